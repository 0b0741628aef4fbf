//! The backend for PKCS#11 tokens.
