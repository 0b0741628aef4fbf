//! Automatic rotation.

use super::Call;
use super::body::{Body, invalid, missing};
use super::route::SecretRoute;
use crate::api::vault::Fault;
use crate::api::vault::{self, Response};
use crate::engine::managed::Interval;
use serde_json::Value;

/// The longest intervals: three years.
const MAX_DAYS: u16 = 1095;
const MAX_MONTHS: u16 = 36;

impl Call<'_> {
    pub(super) fn read_policies(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let (group, _, row) = self.found(&secret.group, secret.kind, &secret.name)?;
        let shown = self.show(&group).policies(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    pub(super) async fn write_policies(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        if !secret.kind.rotates_by_itself() {
            return Err(Fault::bad_request(
                "rotation policies are for username_password, iam_credentials and private_cert secrets; other types can't \
                 rotate by themselves",
            ));
        }
        let every = interval(&Body::parse(self.request.body())?)?;
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let (engine, author) = (self.app.engine.clone(), self.author());
        let schedule = async move { engine.schedule(&found, every, &author).await };
        let row = self.app.finished(schedule).await?;
        let shown = self.show(&group).policies(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }
}

/// The interval of the one policy in a body; `None` where the list is empty, which takes the policy away.
fn interval(body: &Body<'_>) -> Result<Option<Interval>, Fault> {
    let policies = body.value("policies")?.ok_or_else(|| missing("policies"))?;
    let policies = policies
        .as_array()
        .ok_or_else(|| invalid("policies", "a list of policies"))?;
    let policy = match policies.as_slice() {
        [] => return Ok(None),
        [policy] => policy,
        _ => return Err(invalid("policies", "a list of one rotation policy")),
    };
    rotation("policies[].rotation", policy.get("rotation").unwrap_or(policy)).map(Some)
}

/// How often, by `interval` and `unit`.
pub(super) fn rotation(field: &str, rotation: &Value) -> Result<Interval, Fault> {
    let interval = match rotation.get("interval") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        None => return Err(missing(&format!("{field}.interval"))),
    };
    match (interval, rotation.get("unit").and_then(Value::as_str)) {
        (Some(days @ 1..=MAX_DAYS), Some("day")) => Ok(Interval::Days(days)),
        (Some(months @ 1..=MAX_MONTHS), Some("month")) => Ok(Interval::Months(months)),
        _ => Err(invalid(
            field,
            "an interval of 1 to 1095 with the unit day, or of 1 to 36 with the unit month",
        )),
    }
}
