use super::names;
use super::{Found, Interval, Issuance, Kind, Managed, NewEdition, Policy};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::secret::SecretRow;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Versions that are known of at a time; their values go earlier.
const MAX_VERSIONS: u32 = 50;

/// A managed secret to be made, with its first version.
pub struct NewSecret {
    /// What its values are.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Texts to find it by.
    pub labels: Vec<String>,
    /// What users note: a JSON object; empty for none.
    pub custom: String,
    /// When its values end.
    pub expires: Option<Time>,
    /// The value of its first version.
    pub value: Zeroizing<Vec<u8>>,
    /// What is known of its first version.
    pub edition: NewEdition,
    /// What it is issued by and for, if somebody issues it.
    pub issuance: Option<Issuance>,
    /// How often it rotates by itself.
    pub rotation: Option<Interval>,
}

impl Engine {
    /// Makes a managed secret. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::NameTaken`], [`EngineError::CollectionNotFound`], and those of device and store.
    pub async fn create(&self, collection: CollectionId, new: NewSecret) -> Result<SecretRow, EngineError> {
        self.create_as(Uuid::new_v4(), collection, new, Batch::new())
            .await
    }

    /// As [`Engine::create`], with this identifier and what else is to happen with it.
    pub(in crate::engine) async fn create_as(
        &self,
        id: Uuid,
        collection: CollectionId,
        new: NewSecret,
        also: Batch,
    ) -> Result<SecretRow, EngineError> {
        let _collection_stays = self.making.read().await;
        let path = names::path(new.kind, id)?;
        let found = Found { collection, id, path };
        let made = self
            .change(collection, &found.path, Needs::Metadata, |snapshot| {
                Self::check_free(&*self.store, new.kind, &new.name)?;
                let mut row = SecretRow::new(snapshot.now);
                row.id = id;
                row.settings.max_versions = MAX_VERSIONS;
                row.managed = Some(Box::new(new.managed(snapshot.now)));
                row.issuance = new.issuance.clone().map(Box::new);
                let seal = (!new.kind.begins_empty()).then(|| {
                    row.add_version(snapshot.now, row.settings.under(snapshot.defaults));
                    row.add_edition(new.edition.clone());
                    (row.current, new.value.clone())
                });
                let outcome = Outcome::Changed {
                    row: row.clone(),
                    seal,
                    drop: Vec::new(),
                    also: names::taken(new.kind, &new.name, collection, id).and(also.clone()),
                };
                Ok((outcome, row))
            })
            .await;
        self.catalogue.refresh(&*self.store, &found)?;
        made
    }
}

impl NewSecret {
    /// One of which nothing but this is known.
    pub fn new(kind: Kind, name: String, value: Zeroizing<Vec<u8>>, edition: NewEdition) -> Self {
        Self {
            kind,
            name,
            description: None,
            labels: Vec::new(),
            custom: String::new(),
            expires: None,
            value,
            edition,
            issuance: None,
            rotation: None,
        }
    }

    fn managed(&self, now: Time) -> Managed {
        Managed {
            kind: self.kind,
            name: self.name.clone(),
            description: self.description.clone(),
            labels: self.labels.clone(),
            custom: self.custom.clone(),
            created_by: self.edition.author.clone(),
            expires: self.expires,
            destroyed: false,
            policy: self
                .rotation
                .map(|every| Policy::new(every, &self.edition.author, now)),
            editions: Vec::new(),
        }
    }
}
