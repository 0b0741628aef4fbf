//! Accounts at public authorities, and the DNS providers that prove names to them.

use super::private::members;
use crate::api::docs::Operation;
use crate::api::ibm::shapes::account::{Account, NewAccount};
use crate::api::ibm::shapes::dns_provider::{NewProvider, Provider};

/// The configurations of public certificates.
pub(in crate::api::ibm) fn configurations() -> Vec<Operation> {
    let stem = "/v1/ibmcloud/public_cert/config";
    let mut all = Vec::from(members::<NewAccount, Account>(
        stem,
        "certificate_authorities",
        "accounts at public authorities",
    ));
    all.extend(members::<NewProvider, Provider>(
        stem,
        "dns_providers",
        "DNS providers",
    ));
    all
}
