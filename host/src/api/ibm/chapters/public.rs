//! Accounts at public authorities.

use super::private::members;
use super::settings::{Account, NewAccount};
use crate::api::docs::Operation;

/// The configurations of public certificates.
pub(in crate::api::ibm) fn configurations() -> Vec<Operation> {
    let stem = "/v1/ibmcloud/public_cert/config";
    members::<NewAccount, Account>(stem, "certificate_authorities", "accounts at public authorities").into()
}
