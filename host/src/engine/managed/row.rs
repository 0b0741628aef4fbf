use super::Certificate;
use crate::engine::clock::Time;
use crate::engine::secret::SecretRow;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of value a secret has, where its API tells kinds apart. The numbers are part of stored rows and of keys:
/// never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// Any text.
    Arbitrary = 1,
    /// A JSON object.
    KeyValue = 2,
    /// A user's name and password.
    Credentials = 3,
    /// A certificate that somebody else has issued, with what belongs to it.
    Certificate = 4,
    /// A certificate that an authority of ours has issued, with what belongs to it.
    PrivateCertificate = 5,
    /// A certificate of a public authority, ordered by ACME.
    PublicCertificate = 6,
    /// API keys of an identity provider.
    ApiKey = 7,
    /// The credentials of a service.
    ServiceKey = 8,
}

impl Kind {
    /// Its segment in paths.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Arbitrary => "arbitrary",
            Self::KeyValue => "kv",
            Self::Credentials => "credentials",
            Self::Certificate => "certificate",
            Self::PrivateCertificate => "private-certificate",
            Self::PublicCertificate => "public-certificate",
            Self::ApiKey => "api-key",
            Self::ServiceKey => "service-key",
        }
    }

    /// All of them.
    pub(super) const ALL: [Self; 8] = [
        Self::Arbitrary,
        Self::KeyValue,
        Self::Credentials,
        Self::Certificate,
        Self::PrivateCertificate,
        Self::PublicCertificate,
        Self::ApiKey,
        Self::ServiceKey,
    ];

    /// Whether secrets of the kind can be made anew without anybody saying how.
    pub const fn rotates_by_itself(self) -> bool {
        matches!(self, Self::ApiKey | Self::Credentials | Self::PrivateCertificate)
    }

    /// Whether a secret of the kind is there before its first value.
    pub(super) const fn begins_empty(self) -> bool {
        matches!(self, Self::PublicCertificate)
    }

    /// Whether the value before the current one outlives a rotation without being locked.
    pub(super) const fn keeps_previous(self) -> bool {
        !matches!(self, Self::KeyValue)
    }

    /// Whether locks hold its end up.
    const fn locks_outlast_expiry(self) -> bool {
        !matches!(
            self,
            Self::Certificate | Self::PrivateCertificate | Self::PublicCertificate
        )
    }
}

/// What a secret has beside its versions where it is known by an identifier and a name instead of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Managed {
    /// What its values are.
    pub kind: Kind,
    /// Its name, which no other secret of its kind has.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Texts to find it by.
    pub labels: Vec<String>,
    /// What users noted: a JSON object.
    pub custom: String,
    /// Who made it.
    pub created_by: String,
    /// When its values end.
    pub expires: Option<Time>,
    /// Whether its values were destroyed because it had expired.
    pub destroyed: bool,
    /// When it rotates by itself.
    pub policy: Option<Policy>,
    /// Its versions, oldest first: those of [`SecretRow::versions`].
    pub editions: Vec<Edition>,
}

/// What a version has beside its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// The version's number.
    pub number: u32,
    /// Its identifier.
    pub id: Uuid,
    /// Who made it.
    pub created_by: String,
    /// Whether its value was read.
    pub downloaded: bool,
    /// Whether a schedule made it.
    pub auto_rotated: bool,
    /// What users noted: a JSON object.
    pub custom: String,
    /// What the certificate in it says.
    pub certificate: Option<Certificate>,
    /// What protects it.
    pub locks: Vec<Lock>,
}

/// Protects a version's value from change and deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its name, which no other lock of the version has.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// What automation noted: a JSON object.
    pub attributes: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created: Time,
    /// When it was last replaced.
    pub updated: Time,
}

/// Automatic rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its identifier.
    pub id: Uuid,
    /// Who made it.
    pub created_by: String,
    /// Who last changed it.
    pub updated_by: String,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub updated: Time,
    /// How often.
    pub every: Interval,
    /// When next.
    pub next: Time,
}

/// Days, or months of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interval {
    /// Days of 24 hours.
    Days(u16),
    /// Months of the calendar in UTC.
    Months(u16),
}

impl Policy {
    pub(super) fn new(every: Interval, author: &str, now: Time) -> Self {
        Self {
            id: Uuid::new_v4(),
            created_by: author.to_owned(),
            updated_by: author.to_owned(),
            created: now,
            updated: now,
            every,
            next: every.after(now),
        }
    }

    /// Sets the next time after `now`, however many intervals have passed.
    pub(super) fn advance(&mut self, now: Time) {
        while self.next <= now {
            self.next = self.every.after(self.next);
        }
    }
}

impl Interval {
    /// The time one interval after `time`.
    pub fn after(self, time: Time) -> Time {
        let span = match self {
            Self::Days(days) => jiff::Span::new().days(i64::from(days)),
            Self::Months(months) => jiff::Span::new().months(i64::from(months)),
        };
        let stamp = jiff::Timestamp::from_nanosecond(time.as_nanos().into());
        let later = stamp.and_then(|stamp| stamp.to_zoned(jiff::tz::TimeZone::UTC).checked_add(span));
        let nanos = later.map(|later| later.timestamp().as_nanosecond());
        let nanos = nanos.ok().and_then(|nanos| i64::try_from(nanos).ok());
        Time::from_nanos(nanos.unwrap_or(i64::MAX))
    }
}

/// Which version is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The newest.
    Current,
    /// The one before it.
    Previous,
    /// The one with this identifier.
    Id(Uuid),
}

impl Managed {
    /// The newest version.
    pub fn current(&self) -> Option<&Edition> {
        self.editions.last()
    }

    /// The version before the newest.
    pub fn previous(&self) -> Option<&Edition> {
        self.editions.iter().rev().nth(1)
    }

    /// A version.
    pub fn edition(&self, which: Which) -> Option<&Edition> {
        match which {
            Which::Current => self.current(),
            Which::Previous => self.previous(),
            Which::Id(id) => self.editions.iter().find(|edition| edition.id == id),
        }
    }

    pub(super) fn edition_mut(&mut self, number: u32) -> Option<&mut Edition> {
        self.editions.iter_mut().find(|edition| edition.number == number)
    }

    /// How many locks its versions have.
    pub fn locks(&self) -> usize {
        self.editions.iter().map(|edition| edition.locks.len()).sum()
    }

    /// Whether its values have ended at `now`, destroyed already or not.
    pub fn is_over(&self, now: Time) -> bool {
        self.destroyed || self.ends().is_some_and(|end| end <= now)
    }

    /// When its values end, as things are: not while locks hold that up.
    pub(super) fn ends(&self) -> Option<Time> {
        let held = self.kind.locks_outlast_expiry() && self.locks() > 0;
        self.expires.filter(|_| !held && !self.destroyed)
    }

    /// When something is to be done by itself.
    pub(super) fn due(&self) -> Option<Time> {
        let rotation = self.policy.as_ref().map(|policy| policy.next);
        let rotation = rotation.filter(|_| !self.destroyed);
        self.ends().into_iter().chain(rotation).min()
    }
}

impl SecretRow {
    /// Its identifier.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether the value of a version can be read at `now`.
    pub fn is_available(&self, number: u32, now: Time) -> bool {
        use crate::engine::secret::VersionState::Active;
        let over = self.managed.as_ref().is_some_and(|managed| managed.is_over(now));
        !over
            && self
                .version(number)
                .is_some_and(|version| version.state(now) == Active)
    }
}
