//! What all Vault dialects share: the envelope around answers, error bodies, and how a request carries its token, its
//! flags and its body.
//!
//! Nothing of a request is trusted here: parsing is bounded by the body's size, which the listener limits, and by
//! serde_json's depth limit of 128.

mod action;
mod envelope;
mod fault;
mod fields;
mod request;
mod request_id;
mod response;
#[cfg(test)]
mod tests;

pub use action::{Action, NoAction};
pub use envelope::Envelope;
pub(in crate::api) use fault::Fault;
pub(in crate::api) use fields::Fields;
pub use request::{Carrier, Credential, Malformed, credential, is_list, json_object, query_pairs};
pub use request_id::RequestId;
pub(in crate::api) use response::names;
pub use response::{Request, Response, data, errors, json, no_content, octets, text};
