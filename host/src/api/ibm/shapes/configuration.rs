//! Configurations of any kind.

use utoipa::ToSchema;

/// Configurations of one kind, under its name.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Configurations {
    #[schema(required = false)]
    root_certificate_authorities: Vec<ListedConfiguration>,
    #[schema(required = false)]
    intermediate_certificate_authorities: Vec<ListedConfiguration>,
    #[schema(required = false)]
    certificate_templates: Vec<ListedConfiguration>,
    #[schema(required = false)]
    certificate_authorities: Vec<ListedConfiguration>,
    #[schema(required = false)]
    dns_providers: Vec<ListedConfiguration>,
}

/// A configuration as it stands in a list.
#[derive(ToSchema)]
struct ListedConfiguration {
    name: String,
    r#type: String,
}

/// An answer about a configuration.
macro_rules! configuration {
    ($(#[$doc:meta])* $name:ident($config:ident)) => {
        $(#[$doc])*
        #[derive(utoipa::ToSchema)]
        pub(in crate::api::ibm) struct $name {
            config: $config,
            name: String,
            r#type: String,
        }
    };
}

/// A body about a configuration. The settings may stand beside the name too.
macro_rules! new_configuration {
    ($(#[$doc:meta])* $name:ident($config:ident)) => {
        loosely! {
            $(#[$doc])*
            pub(in crate::api::ibm) struct $name {
                plain {
                    /// Where it is not there, the settings stand beside the name.
                    config: Option<$config>,
                }
                must text { r#type }
                may text {
                    /** 2 to 256 letters, digits, dots and dashes. Where the path has it, it may be left out. */
                    name
                }
            }
        }
    };
}

pub(super) use {configuration, new_configuration};
