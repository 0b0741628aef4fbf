//! Request bodies, parsed into what the engine takes. Unknown fields are ignored, as the clients expect.

use super::fault::Fault;
use super::text;
use crate::api::app::App;
use crate::engine::vaults::ObjectId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_common::keyring::KeyringId;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// A key vault to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewKeyVault {
    /// What people call it.
    #[schema(required, nullable = false, min_length = 1, max_length = 255, pattern = r"\S")]
    pub(super) name: Option<String>,
    /// The plan that it follows.
    #[schema(required, nullable = false, pattern = "^[0-9a-f]{24}$")]
    pub(super) key_vault_plan_id: Option<String>,
    /// The account that it belongs to.
    #[schema(required, nullable = false, pattern = "^[0-9a-f]{24}$")]
    pub(super) cloud_account_id: Option<String>,
    /// Labels to put on it.
    pub(super) label_ids: Option<Vec<String>>,
    /// The identifier that its keyring is to have on the device.
    #[schema(pattern = "^([0-9a-fA-F]{32})?$")]
    pub(super) desired_remote_id: Option<String>,
}

/// Another name.
#[derive(Deserialize, ToSchema)]
pub(super) struct Rename {
    /// What people are to call it.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    pub(super) name: Option<String>,
}

/// A secret to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewSecret<'b> {
    /// What people call it.
    #[schema(required, nullable = false, min_length = 1, max_length = 255, pattern = r"\S")]
    pub(super) name: Option<String>,
    /// Its first value.
    #[serde(borrow)]
    #[schema(required, nullable = false, value_type = String, min_length = 1)]
    content: Option<&'b RawValue>,
    /// `base64` where the value is the bytes that `content` stands for, in standard Base64.
    content_encoding: Option<ContentEncoding>,
    /// Labels to put on it.
    pub(super) label_ids: Option<Vec<String>>,
    /// The identifier that it is to have within the key vault.
    #[schema(max_length = 127, pattern = "^[A-Za-z0-9._-]*$")]
    pub(super) desired_remote_id: Option<String>,
}

/// Another version of a secret.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewSecretVersion<'b> {
    /// Its value.
    #[serde(borrow)]
    #[schema(required, nullable = false, value_type = String, min_length = 1)]
    content: Option<&'b RawValue>,
    /// `base64` where the value is the bytes that `content` stands for, in standard Base64.
    content_encoding: Option<ContentEncoding>,
}

/// What a try has to bring again: a value that could not be stored was not kept.
#[derive(Deserialize, ToSchema)]
pub(super) struct Retry<'b> {
    /// The value.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    content: Option<&'b RawValue>,
    /// `base64` where the value is the bytes that `content` stands for, in standard Base64.
    content_encoding: Option<ContentEncoding>,
}

/// How a value stands in JSON.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ContentEncoding {
    /// As the text itself, in UTF-8.
    Utf8,
    /// As its bytes in Base64.
    Base64,
}

/// What to put a label on.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewLabelResources {
    /// Key vaults and secrets.
    #[schema(required, nullable = false)]
    pub(super) resources: Option<Vec<NewLabelResource>>,
}

/// A key vault or secret.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewLabelResource {
    /// Its identifier.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    pub(super) id: String,
    /// `key_vault` or `secret`.
    pub(super) resource_type: String,
}

/// The object in a body; an empty body is an empty object.
pub(super) fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Fault> {
    let body = match body.trim_ascii() {
        [] => b"{}",
        body => body,
    };
    // A derived struct would take an array for its fields in order.
    if !body.starts_with(b"{") {
        return Err(Fault::malformed("the body must be a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        match error.is_data() {
            // The text says what was there, which may be a secret.
            true => Fault::malformed(format!("the body has a value of a wrong type at {place}")),
            false => Fault::malformed(format!("the body is not JSON at {place}")),
        }
    })
}

/// A name: anything but blanks.
pub(super) fn name(name: Option<String>) -> Result<String, Fault> {
    match name {
        Some(name) if name.trim().is_empty() => Err(Fault::invalid("name", "can't be blank")),
        Some(name) if name.chars().count() > 255 => {
            Err(Fault::invalid("name", "is too long (maximum is 255 characters)"))
        }
        Some(name) => Ok(name),
        None => Err(Fault::invalid("name", "can't be blank")),
    }
}

impl NewSecret<'_> {
    pub(super) fn content(&self, app: &App) -> Result<Zeroizing<Vec<u8>>, Fault> {
        content(self.content, self.content_encoding, app.max_value)
    }

    /// The identifier within the key vault that is desired.
    pub(super) fn remote_id(&self) -> Result<Option<String>, Fault> {
        let fits = |id: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            (1..=127).contains(&id.len()) && id.bytes().all(known)
        };
        match self.desired_remote_id.as_deref() {
            None | Some("") => Ok(None),
            Some(id) if fits(id) => Ok(Some(id.to_owned())),
            Some(_) => {
                let text = "must have 1 to 127 letters, digits, dots, underscores and hyphens";
                Err(Fault::invalid("desired_remote_id", text))
            }
        }
    }
}

impl NewSecretVersion<'_> {
    pub(super) fn content(&self, app: &App) -> Result<Zeroizing<Vec<u8>>, Fault> {
        content(self.content, self.content_encoding, app.max_value)
    }
}

impl Retry<'_> {
    pub(super) fn content(&self, app: &App) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let content = self
            .content
            .map(|raw| content(Some(raw), self.content_encoding, app.max_value));
        content.transpose()
    }
}

fn content(
    raw: Option<&RawValue>,
    encoding: Option<ContentEncoding>,
    max: usize,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let raw = raw.ok_or_else(|| Fault::invalid("content", "can't be blank"))?;
    let text = text::decode(raw).ok_or_else(|| Fault::invalid("content", "must be a string"))?;
    let bytes = match encoding {
        None | Some(ContentEncoding::Utf8) => text,
        Some(ContentEncoding::Base64) => STANDARD
            .decode(&text)
            .map(Zeroizing::new)
            .map_err(|_| Fault::invalid("content", "is not Base64"))?,
    };
    match bytes.len() {
        0 => Err(Fault::invalid("content", "can't be blank")),
        len if len > max => Err(Fault::invalid(
            "content",
            format!("is too long (maximum is {max} bytes)"),
        )),
        _ => Ok(bytes),
    }
}

/// A keyring's identifier: 32 hexadecimal digits.
pub(super) fn keyring(text: &str) -> Option<KeyringId> {
    let mut bytes = [0; KeyringId::LEN];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(KeyringId::new(bytes))
}

/// An identifier that must be one of those known.
pub(super) fn known<'k, T>(
    field: &'static str,
    given: Option<&str>,
    find: impl FnOnce(ObjectId) -> Option<&'k T>,
) -> Result<&'k T, Fault> {
    let given = given.ok_or_else(|| Fault::invalid(field, "can't be blank"))?;
    let found = given.parse().ok().and_then(find);
    found.ok_or_else(|| Fault::invalid(field, "is not known"))
}
