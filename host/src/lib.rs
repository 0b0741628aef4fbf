//! The daemon: four cloud-secrets HTTP APIs, one engine, and a hardware security module that does every operation on
//! key material.
//!
//! The arrows go one way: [`api`] → [`engine`] → [`hsm`], [`store`], [`kms`], [`issuers`], [`dns`]; [`auth`], [`pki`] and [`tls`] beside `api`.

mod acme;
pub mod api;
pub mod attestation;
pub mod audit;
pub mod auth;
pub mod cli;
pub mod config;
pub mod dns;
pub mod engine;
pub mod hsm;
mod http;
mod ibm_cloud;
pub mod issuers;
pub mod kms;
mod pem;
pub mod pki;
mod small_file;
pub mod store;
pub mod tls;
mod x509;
