//! What authorities do.

use super::authority::{certified_data, max_path_length};
use super::settings::{flag, list, order, subject};
use crate::api::ibm::Call;
use crate::api::ibm::body::missing;
use crate::api::ibm::route::Route;
use crate::api::vault::{Fault, Fields, Response};
use crate::auth::Capability;
use crate::engine::configurations::ConfigKind;
use crate::engine::issuing::{Authority, AuthorityOrder, Signed};

/// What an authority can be told to do: the last segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api::ibm) enum ConfigAction {
    Revoke,
    RotateCrl,
    SetSigned,
    SignCsr,
    SignIntermediate,
}

impl ConfigAction {
    /// The action that a segment names, if the kind has it.
    pub(in crate::api::ibm) fn parse(kind: ConfigKind, name: &str) -> Option<Self> {
        let intermediate = kind == ConfigKind::IntermediateAuthority;
        let authority = intermediate || kind == ConfigKind::RootAuthority;
        Some(match name {
            "revoke" if intermediate => Self::Revoke,
            "rotate_crl" if authority => Self::RotateCrl,
            "set_signed" if intermediate => Self::SetSigned,
            "sign_csr" if authority => Self::SignCsr,
            "sign_intermediate" if authority => Self::SignIntermediate,
            _ => return None,
        })
    }

    /// Its segment.
    pub(in crate::api::ibm) fn name(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::RotateCrl => "rotate_crl",
            Self::SetSigned => "set_signed",
            Self::SignCsr => "sign_csr",
            Self::SignIntermediate => "sign_intermediate",
        }
    }
}

impl Call<'_> {
    /// Has an authority do something; answers what it is set to, with what came of it as `data`.
    pub(in crate::api::ibm) async fn config_action(
        &self,
        route: &Route,
        kind: ConfigKind,
        name: &str,
        action: ConfigAction,
    ) -> Result<Response, Fault> {
        self.authorise(&[Capability::Update], &route.policy_path())?;
        let fields = Fields::parse(self.request.body())?;
        self.app.engine.config::<Authority>(kind, name)?;
        let required = |field: &str| fields.text(field)?.ok_or_else(|| missing(field));
        let (engine, own) = (self.app.engine.clone(), name.to_owned());
        let signed = match action {
            ConfigAction::Revoke => {
                let serial = required("serial_number")?;
                let revoking = async move { engine.revoke_authority(&own, &serial).await };
                self.app.finished(revoking).await?;
                None
            }
            ConfigAction::RotateCrl => {
                self.app
                    .finished(async move { engine.rotate_list(kind, &own).await })
                    .await?;
                None
            }
            ConfigAction::SetSigned => {
                let certificate = required("certificate")?;
                let setting = async move { engine.set_signed(&own, &certificate).await };
                self.app.finished(setting).await?;
                None
            }
            ConfigAction::SignCsr => {
                let (csr, wanted) = (required("csr")?, wanted(&fields)?);
                let signing = async move { engine.sign_request(&own, &csr, wanted).await };
                Some(self.app.finished(signing).await?)
            }
            ConfigAction::SignIntermediate => {
                let (below, wanted) = (required("intermediate_certificate_authority")?, wanted(&fields)?);
                let signing = async move { engine.sign_intermediate(&own, &below, wanted).await };
                Some(self.app.finished(signing).await?)
            }
        };
        let mut config = self.shown_config(kind, name)?;
        if let Some(Signed {
            certified,
            issuing_ca,
        }) = &signed
        {
            config["data"] = certified_data(certified, issuing_ca);
        }
        self.shown_answer(kind, name, config)
    }
}

fn wanted(fields: &Fields) -> Result<AuthorityOrder, Fault> {
    Ok(AuthorityOrder {
        order: order(fields)?,
        subject: subject(fields)?,
        max_path_length: u8::try_from(max_path_length(fields)?).ok(),
        permitted_dns_domains: list(fields, "permitted_dns_domains")?,
        use_csr_values: flag(fields, "use_csr_values", false)?,
        usual_ttl: None,
    })
}
