//! Test vectors of the record format, used by unit tests, self-tests and other implementations.
