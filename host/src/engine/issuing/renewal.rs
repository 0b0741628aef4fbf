//! Templates, and what is made anew by itself.

use super::{Template, refused};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::managed::{Found, Kind, ListQuery, NewEdition};
use crate::engine::{Engine, EngineError};
use crate::store::Batch;

const KIND: ConfigKind = ConfigKind::CertificateTemplate;
/// Secrets looked at together.
const PAGE: usize = 500;

impl Engine {
    /// Makes a template.
    ///
    /// # Errors
    /// [`EngineError::NameTaken`], [`EngineError::BadChange`] for what no certificate could be made by, and those of the store.
    pub async fn make_template(
        &self,
        collection: CollectionId,
        name: &str,
        template: Template,
    ) -> Result<Config<Template>, EngineError> {
        let _authority_stays = self.using_configs().await;
        self.check_template(&template)?;
        self.make_config((KIND, name), collection, template, None).await
    }

    /// Replaces a template by another.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], and as [`Engine::make_template`].
    pub async fn change_template(
        &self,
        name: &str,
        template: Template,
    ) -> Result<Config<Template>, EngineError> {
        let _authority_stays = self.using_configs().await;
        self.check_template(&template)?;
        self.change_config((KIND, name), |config: &mut Config<Template>| {
            config.facts.clone_from(&template);
            Ok(Batch::new())
        })
        .await
    }

    /// Removes a template that no secret was made by.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], [`EngineError::BadChange`] where a secret was, and those of the store.
    pub async fn remove_template(&self, name: &str) -> Result<(), EngineError> {
        self.remove_config((KIND, name), |_: &Config<Template>| match self.made_by(name)? {
            None => Ok(Batch::new()),
            Some(secret) => Err(refused(format!(
                "the certificate template is in use by the secret {secret}; delete that first"
            ))),
        })
        .await
    }

    fn check_template(&self, template: &Template) -> Result<(), EngineError> {
        template.check()?;
        match self.authority(&template.certificate_authority) {
            Err(EngineError::ConfigNotFound(name)) => {
                Err(refused(format!("there is no certificate authority named {name}")))
            }
            found => found.map(drop),
        }
    }

    /// The name of a secret that was made by a template.
    fn made_by(&self, template: &str) -> Result<Option<String>, EngineError> {
        for offset in (0..).step_by(PAGE) {
            let query = ListQuery {
                offset,
                limit: PAGE,
                ..ListQuery::default()
            };
            let listed = self.listed(Kind::PrivateCertificate, None, &query)?;
            let mut made = listed.page.iter().filter(|row| {
                let issuance = row.private_issuance();
                issuance.is_some_and(|issuance| issuance.template == template)
            });
            if let Some(row) = made.next() {
                return Ok(row.managed.as_ref().map(|managed| managed.name.clone()));
            }
            if offset + PAGE >= listed.total {
                break;
            }
        }
        Ok(None)
    }

    /// Makes a certificate anew whose time has come.
    pub(in crate::engine) async fn renew_certificate(
        &self,
        found: &Found,
        author: &str,
        now: Time,
    ) -> Result<(), EngineError> {
        let edition = NewEdition {
            auto_rotated: true,
            ..NewEdition::by(author)
        };
        self.reissue_certificate(found, None, edition, Some(now))
            .await
            .map(drop)
    }
}
