use super::{Fault, Fields, Of, Sender, Subject, Sys, respond};
use crate::api::vault::Response;

pub(super) async fn answer(
    sys: &Sys,
    sender: &Sender<'_>,
    fields: &Fields,
    of: Of,
) -> Result<Response, Fault> {
    let increment = fields.span("increment")?;
    let subject = Subject::of(sys, sender, fields, of)?;
    let renewed = sys.auth.renew(subject.hash, increment).await?;
    let token = subject.text.as_deref();
    Ok(respond(&renewed.record, token, sys.auth.now(), &renewed.warnings))
}
