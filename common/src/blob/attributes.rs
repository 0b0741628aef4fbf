use super::{KeyType, Usage, Usages};
use crate::error::ErrorCode;
use serde::{Deserialize, Serialize};

/// Names a key: 16 random bytes, drawn by the device when it makes the blob.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyId([u8; KeyId::LEN]);

impl KeyId {
    /// Length of an identifier in bytes.
    pub const LEN: usize = 16;

    /// The identifier with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as they travel and as they stand in the blob.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl core::fmt::Display for KeyId {
    /// 32 lower-case hex digits.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl core::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Where a key came into being. The number stands in the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Origin {
    /// In this device: no other place has ever held it, unless it was exported.
    Generated = 1,
    /// Elsewhere: whoever brought it may have kept it.
    Imported = 2,
}

impl Origin {
    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Generated),
            2 => Some(Self::Imported),
            _ => None,
        }
    }
}

/// What the host says about a key that is to be made or imported. Its usages fit its type and each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Template {
    key_type: KeyType,
    usages: Usages,
    distributable: bool,
    created_at: u64,
}

/// All that a blob says of its key; fixed when the blob is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attributes {
    /// The key's name.
    pub id: KeyId,
    /// Where it came into being.
    pub origin: Origin,
    /// What the host said when it was made.
    pub template: Template,
}

impl Attributes {
    /// Length of their encoding in bytes.
    pub const LEN: usize = 29;

    /// How they stand in a blob and in a statement: key id (16), type (1), usages (2), origin (1), distributable (1),
    /// created at (8); integers big endian.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let Self { id, origin, template } = *self;
        let [u0, u1] = template.usages.bits().to_be_bytes();
        let parts = id.as_bytes().iter().copied();
        let parts = parts
            .chain([template.key_type as u8, u0, u1])
            .chain([origin as u8, u8::from(template.distributable)])
            .chain(template.created_at.to_be_bytes());
        let mut bytes = [0; Self::LEN];
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }

    /// Reads them; `None` when the bytes say something that no device says.
    pub fn parse(bytes: &[u8; Self::LEN]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk()?;
        let (&[kind, u0, u1, origin, distributable], rest) = rest.split_first_chunk()?;
        let created_at = u64::from_be_bytes(*rest.first_chunk()?);
        let distributable = match distributable {
            0 => false,
            1 => true,
            _ => return None,
        };
        let usages = Usages::from_bits(u16::from_be_bytes([u0, u1]))?;
        let kind = KeyType::from_number(kind)?;
        Some(Self {
            id: KeyId::new(*id),
            origin: Origin::from_number(origin)?,
            template: Template::new(kind, usages, distributable, created_at).ok()?,
        })
    }
}

impl Template {
    /// A key of this type for these usages. `distributable`: whether it may ever be wrapped for a recipient outside.
    /// `created_at`: seconds since 1970 by the host's clock, as a device has none.
    ///
    /// # Errors
    /// [`ErrorCode::UsagesInvalid`] when the type can't do one of the usages, or one key must not have them all.
    pub const fn new(
        key_type: KeyType,
        usages: Usages,
        distributable: bool,
        created_at: u64,
    ) -> Result<Self, ErrorCode> {
        if !usages.within(key_type.possible_usages()) || !usages.fit_together() {
            return Err(ErrorCode::UsagesInvalid);
        }
        Ok(Self {
            key_type,
            usages,
            distributable,
            created_at,
        })
    }

    /// What kind of key it is.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// What it may be used for.
    pub const fn usages(&self) -> Usages {
        self.usages
    }

    /// Whether it may be used for this.
    ///
    /// # Errors
    /// [`ErrorCode::UsageForbidden`] when not.
    pub const fn permit(&self, usage: Usage) -> Result<(), ErrorCode> {
        if self.usages.allows(usage) {
            Ok(())
        } else {
            Err(ErrorCode::UsageForbidden)
        }
    }

    /// Whether it may be wrapped for a recipient outside.
    pub const fn distributable(&self) -> bool {
        self.distributable
    }

    /// When it was made, in seconds since 1970, as the host said.
    pub const fn created_at(&self) -> u64 {
        self.created_at
    }
}

/// A template whose fields nobody has looked at together yet.
#[derive(Serialize, Deserialize)]
struct Raw {
    key_type: KeyType,
    usages: Usages,
    distributable: bool,
    created_at: u64,
}

impl From<Template> for Raw {
    fn from(template: Template) -> Self {
        let Template {
            key_type,
            usages,
            distributable,
            created_at,
        } = template;
        Self {
            key_type,
            usages,
            distributable,
            created_at,
        }
    }
}

impl TryFrom<Raw> for Template {
    type Error = ErrorCode;

    fn try_from(raw: Raw) -> Result<Self, ErrorCode> {
        Self::new(raw.key_type, raw.usages, raw.distributable, raw.created_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_possible_or_not_at_all() {
        let template = |key_type, usages: &[Usage]| Template::new(key_type, Usages::of(usages), false, 0);
        assert!(template(KeyType::P256, &[Usage::Sign]).is_ok());
        for (key_type, usages) in [
            (KeyType::P256, &[Usage::Decrypt][..]),
            (KeyType::Aes256, &[Usage::Sign]),
            (KeyType::Rsa2048, &[Usage::Mac]),
            (KeyType::Rsa2048, &[Usage::Decrypt, Usage::Unwrap]),
        ] {
            assert_eq!(
                template(key_type, usages),
                Err(ErrorCode::UsagesInvalid),
                "{usages:?}"
            );
        }
    }

    #[test]
    fn an_impossible_template_is_refused_on_the_wire() {
        let mut bytes = [0; 32];
        let raw = Raw {
            key_type: KeyType::P521,
            usages: Usages::of(&[Usage::Mac]),
            distributable: true,
            created_at: 1,
        };
        let wire = postcard::to_slice(&raw, &mut bytes).unwrap();
        assert!(postcard::from_bytes::<Template>(wire).is_err());
        let template = Template::new(KeyType::P521, Usages::of(&[Usage::Sign]), true, u64::MAX).unwrap();
        let wire = postcard::to_slice(&template, &mut bytes).unwrap();
        assert_eq!(postcard::from_bytes(wire), Ok(template));
    }
}
