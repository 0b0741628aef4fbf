use super::{Fault, Fields, Of, Sender, Subject, Sys};
use crate::api::vault::{Response, no_content};

pub(super) async fn answer(
    sys: &Sys,
    sender: &Sender<'_>,
    fields: &Fields,
    of: Of,
) -> Result<Response, Fault> {
    let subject = Subject::of(sys, sender, fields, of)?;
    sys.auth.revoke(subject.hash).await?;
    Ok(no_content())
}

/// Spares the token's children.
pub(super) async fn orphaning(sys: &Sys, fields: &Fields) -> Result<Response, Fault> {
    let subject = Subject::given(fields)?;
    sys.auth.revoke_orphan(subject.hash).await?;
    Ok(no_content())
}
