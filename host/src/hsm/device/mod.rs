//! The backend for devices that run our firmware.
