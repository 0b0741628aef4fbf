//! Bodies whose members are read loosely, and the members that several of them have.

/// A body: members as they are, then those that are read as [`crate::api::docs::loose`] has it, by what they are.
macro_rules! loosely {
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $(plain { $($plain:tt)* })?
        $(must $needed:ident { $($(#[$what:meta])* $must:ident),* $(,)? })*
        $(may $kind:ident { $($(#[$more:meta])* $may:ident),* $(,)? })*
    }) => {
        $(#[$about])*
        #[derive(utoipa::ToSchema)]
        $visible struct $name {
            $($($plain)*)?
            $($($(#[$what])* #[schema(schema_with = crate::api::docs::loose::$needed)] $must: serde_json::Value,)*)*
            $($(
                $(#[$more])*
                #[schema(schema_with = crate::api::docs::loose::$kind, required = false)]
                $may: serde_json::Value,
            )*)*
        }
    };
}

/// With what else a certificate names, and how it is sent.
macro_rules! with_names {
    ($then:ident { $(#[$about:meta])* $visible:vis struct $name:ident { $($members:tt)* } }) => {
        $then! {
            $(#[$about])*
            $visible struct $name {
                $($members)*
                may list { alt_names, ip_sans, uri_sans, /** `<oid>:UTF8:<text>` */ other_sans }
                may text { /** `pem` or `pem_bundle` */ format, /** `der` or `pkcs8` */ private_key_format }
                may flag { exclude_cn_from_sans }
            }
        }
    };
}

/// With the subject of certificates beside its common name.
macro_rules! with_subject {
    ($(#[$about:meta])* $visible:vis struct $name:ident { $($members:tt)* }) => {
        loosely! {
            $(#[$about])*
            $visible struct $name {
                $($members)*
                may list { ou, organization, country, locality, province, street_address, postal_code }
                may text { serial_number }
            }
        }
    };
}

pub(super) use {loosely, with_names, with_subject};
