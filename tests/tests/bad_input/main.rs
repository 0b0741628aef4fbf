//! Requests that no proper client sends: the dialect's status and body each time, and the daemon serves the others.

mod bench;
mod bodies;
mod http;
mod paths;
mod tokens;
