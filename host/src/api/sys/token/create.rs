use super::{Fault, Fields, Sender, Sys, respond};
use crate::api::vault::Response;
use crate::auth::NewToken;
use crate::auth::policy::PolicyName;

pub(super) async fn answer(
    sys: &Sys,
    sender: &Sender<'_>,
    fields: &Fields,
    orphan: bool,
) -> Result<Response, Fault> {
    refuse_unsupported(fields)?;
    let wanted = wanted(fields)?;
    let path = if orphan {
        "auth/token/create-orphan"
    } else {
        "auth/token/create"
    };
    let created = sys.auth.create(&sender.identity, path, orphan, wanted).await?;
    let token = Some(created.token.reveal());
    Ok(respond(
        &created.record,
        token,
        created.record.created,
        &created.warnings,
    ))
}

fn refuse_unsupported(fields: &Fields) -> Result<(), Fault> {
    if fields.text("id")?.is_some_and(|id| !id.is_empty()) {
        let why = "id is not supported: tokens come from the device's random generator; leave it out";
        return Err(Fault::bad(why));
    }
    if fields
        .text("entity_alias")?
        .is_some_and(|alias| !alias.is_empty())
    {
        return Err(Fault::bad(
            "entity_alias is not supported: there are no token roles; leave it out",
        ));
    }
    match fields.text("type")?.as_deref() {
        None | Some("" | "default" | "service") => Ok(()),
        Some("batch") => Err(Fault::bad(
            "batch tokens are not supported; leave type out, or give service",
        )),
        Some(_) => Err(Fault::bad("invalid 'type' value; leave it out, or give service")),
    }
}

fn wanted(fields: &Fields) -> Result<NewToken, Fault> {
    let policies = fields.list("policies")?.map(|names| {
        let names = names.iter().map(|name| name.parse::<PolicyName>());
        names.collect::<Result<Vec<_>, _>>()
    });
    Ok(NewToken {
        policies: policies
            .transpose()
            .map_err(|error| Fault::bad(error.to_string()))?,
        ttl: fields.span("ttl")?,
        explicit_max_ttl: fields.span("explicit_max_ttl")?,
        period: fields.span("period")?,
        renewable: fields.flag("renewable")?,
        num_uses: fields.number("num_uses")?.unwrap_or(0),
        meta: fields.map("meta")?.unwrap_or_default(),
        display_name: fields.text("display_name")?.unwrap_or_default(),
        no_parent: fields.flag("no_parent")?.unwrap_or(false),
        no_default_policy: fields.flag("no_default_policy")?.unwrap_or(false),
    })
}
