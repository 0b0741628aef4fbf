//! New secrets, by their type.

use super::Object;
use super::loosely::{loosely, with_names};

/// What stands in any new secret, and then what its type has.
macro_rules! new_secret {
    ($(#[$about:meta])* $visible:vis struct $name:ident { plain { $($plain:tt)* } $($loose:tt)* }) => {
        loosely! {
            $(#[$about])*
            $visible struct $name {
                plain {
                    #[schema(min_length = 2, max_length = 256, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]$")]
                    name: String,
                    /// 2 to 1024 characters.
                    description: Option<String>,
                    /// Up to 30, of 2 to 64 characters.
                    #[schema(schema_with = crate::api::docs::loose::list, required = false)]
                    labels: Option<Vec<String>>,
                    /// Up to 10 KB.
                    custom_metadata: Option<Object>,
                    /// Up to 10 KB.
                    version_custom_metadata: Option<Object>,
                    $($plain)*
                }
                $($loose)*
            }
        }
    };
}

new_secret! {
    /// A text.
    pub(in crate::api::ibm) struct NewArbitrary {
        plain {
            #[schema(min_length = 1)]
            payload: String,
            /// When it ends, as in RFC 3339.
            expiration_date: Option<String>,
        }
    }
}

new_secret! {
    /// An object.
    pub(in crate::api::ibm) struct NewKv {
        plain { payload: Object, }
    }
}

new_secret! {
    /// A user's name and password.
    pub(in crate::api::ibm) struct NewCredentials {
        plain {
            #[schema(min_length = 2, max_length = 64)]
            username: String,
            /// 6 to 256 characters; one is made where there is none.
            password: Option<String>,
            /// When it ends, as in RFC 3339.
            expiration_date: Option<String>,
        }
    }
}

new_secret! {
    /// A certificate of somebody else's, and what belongs to it, in PEM.
    pub(in crate::api::ibm) struct NewCertificate {
        plain {
            #[schema(min_length = 1)]
            certificate: String,
            private_key: Option<String>,
            intermediate: Option<String>,
        }
    }
}

new_secret! {
    /// API keys of an identity provider, made when the secret is read.
    pub(in crate::api::ibm) struct NewApiKey {
        plain {
            /// Whose they are.
            service_id: Option<String>,
        }
        must span { /** How long they live: seconds, or a duration such as `30m`. */ ttl }
        may list { /** 1 to 10, of which they are; or else service_id. */ access_groups }
        may flag { /** Whether readers share one as long as it lives. */ reuse_api_key }
    }
}

new_secret! {
    /// The credentials of a service, made with the secret.
    pub(in crate::api::ibm) struct NewServiceKey {
        plain {
            source_crn: String,
            role: String,
            parameters: Option<Object>,
        }
        may span {
            /** How long they live: seconds, or a duration such as `90d`; without it as long as the secret. */
            ttl
        }
    }
}

with_names! {
    new_secret {
        /// A certificate of an authority of one's own. Lists may be texts with commas.
        pub(in crate::api::ibm) struct NewPrivate {
            plain {
                /// `auto_rotate`, `interval` and `unit`; they may stand beside the name too.
                rotation: Option<Object>,
            }
            must text { certificate_template }
            may text { common_name, /** A request in PEM of whoever keeps the key. */ csr }
            may span { ttl }
        }
    }
}

new_secret! {
    /// A certificate of a public authority.
    pub(in crate::api::ibm) struct NewPublic {
        plain {
            /// The configuration it is ordered by.
            #[schema(min_length = 1)]
            ca: String,
            /// Who makes the DNS records: `manual`, or a configuration.
            #[schema(min_length = 1)]
            dns: String,
            #[schema(min_length = 1)]
            common_name: String,
            /// `RSA2048`, `RSA4096`, `EC256` or `EC384`
            key_algorithm: Option<String>,
            /// `auto_rotate` and `rotate_keys`; they may stand beside the name too.
            rotation: Option<Object>,
        }
        may list { alt_names }
        may flag { bundle_certs }
    }
}
