//! Accounts at public authorities.

use super::configuration::{configuration, new_configuration};
use super::loosely::loosely;
use utoipa::ToSchema;

configuration! {
    /// An account at a public authority.
    Account(AccountSettings)
}

new_configuration! {
    /// An account at a public authority: `type` says which.
    NewAccount(NewAccountSettings)
}

/// What an account is set to.
#[derive(ToSchema)]
struct AccountSettings {
    /// The hash of the public half: the private one is in the device.
    #[schema(required = false)]
    private_key: String,
}

loosely! {
    /// What an account is to be set to.
    struct NewAccountSettings {
        may text {
            /** The account's key: PKCS#8 in PEM, RSA or P-256. */
            private_key
        }
    }
}
