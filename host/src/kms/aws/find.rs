use super::{ATTEMPT_TAG, AwsKms, PROVIDER};
use crate::kms::{Found, KmsError, NewCopy};
use serde_json::{Value, json};

/// Keys asked for at a time.
const PAGE: u32 = 1000;
/// Pages asked for before the answers are held to be endless.
const PAGES: u32 = 1000;

impl AwsKms {
    /// Looks for the key that bears an attempt's tag: it may have been made without our having heard of it. Not every
    /// account may list keys and tags.
    pub(super) async fn find_attempt(&self, copy: &NewCopy<'_>) -> Result<Found, KmsError> {
        match self.search(&copy.attempt.to_string()).await {
            Ok(Some(id)) => Ok(Found::Place(id)),
            Ok(None) => Ok(Found::Nothing),
            Err(error) if error.code().is_some_and(|code| code.contains("AccessDenied")) => {
                Ok(Found::Unknown(format!(
                    "perhaps a key without material in {} whose tag {ATTEMPT_TAG} is {}; allow kms:ListKeys and \
                     kms:ListResourceTags, and it is found next time",
                    self.region, copy.attempt
                )))
            }
            Err(error) => Err(error),
        }
    }

    async fn search(&self, attempt: &str) -> Result<Option<String>, KmsError> {
        let mut body = json!({ "Limit": PAGE });
        for _ in 0..PAGES {
            let answer = self.call("ListKeys", &body).await?;
            let keys = answer["Keys"].as_array().into_iter().flatten();
            for id in keys.filter_map(|key| key["KeyId"].as_str()) {
                if self.has_tag(id, attempt).await? {
                    return Ok(Some(id.to_owned()));
                }
            }
            match (&answer["Truncated"], &answer["NextMarker"]) {
                (Value::Bool(true), Value::String(marker)) => body["Marker"] = marker.as_str().into(),
                (Value::Bool(true), _) => break,
                _ => return Ok(None),
            }
        }
        Err(KmsError::Unintelligible {
            provider: PROVIDER,
            operation: "ListKeys".into(),
        })
    }

    async fn has_tag(&self, id: &str, attempt: &str) -> Result<bool, KmsError> {
        let answer = match self.call("ListResourceTags", &json!({ "KeyId": id })).await {
            // It has gone meanwhile.
            Err(error) if error.code() == Some("NotFoundException") => return Ok(false),
            answer => answer?,
        };
        let mut tags = answer["Tags"].as_array().into_iter().flatten();
        Ok(tags.any(|tag| tag["TagKey"] == ATTEMPT_TAG && tag["TagValue"] == attempt))
    }
}
