//! Authorities of one's own, and what is signed by them.

use crate::api::docs::Operation;
use crate::api::ibm::shapes::Unsaid;
use crate::api::ibm::shapes::authority::{
    Authority, NewIntermediate, NewRoot, RevokedSerial, SignOrder, SignedElsewhere,
};
use crate::api::ibm::shapes::configuration::Configurations;
use crate::api::ibm::shapes::template::{NewTemplate, Template};
use serde_json::json;
use utoipa::ToSchema;

const STEM: &str = "/v1/ibmcloud/private_cert/config";
const ROOTS: &str = "root_certificate_authorities";
const INTERMEDIATES: &str = "intermediate_certificate_authorities";

/// The configurations of private certificates.
pub(in crate::api::ibm) fn configurations() -> Vec<Operation> {
    let mut all = Vec::from(members::<NewRoot, Authority>(STEM, ROOTS, "root authorities"));
    all.extend(members::<NewIntermediate, Authority>(
        STEM,
        INTERMEDIATES,
        "intermediate authorities",
    ));
    all.extend(members::<NewTemplate, Template>(
        STEM,
        "certificate_templates",
        "certificate templates",
    ));
    all.extend([ROOTS, INTERMEDIATES].into_iter().flat_map(signing));
    all.push(order::<SignedElsewhere>(
        INTERMEDIATES,
        "set_signed",
        "Give an intermediate its certificate",
    ));
    all.push(order::<RevokedSerial>(
        INTERMEDIATES,
        "revoke",
        "Revoke an intermediate's certificate",
    ));
    all.extend(published());
    all
}

/// Lists of one kind of configurations, and each of them.
pub(super) fn members<New: ToSchema, Shown: ToSchema>(
    stem: &str,
    collection: &str,
    what: &'static str,
) -> [Operation; 5] {
    let (all, one) = (
        format!("{stem}/{collection}"),
        format!("{stem}/{collection}/{{config}}"),
    );
    let id = |verb: &str| format!("{verb}_{collection}");
    [
        Operation::read(&id("list"), &all, "List configurations").data::<Configurations>(what),
        Operation::write(
            &id("make"),
            &all,
            "Make a configuration, or change the one of this name",
        )
        .body::<New>()
        .data::<Shown>(what),
        Operation::read(&id("read"), &one, "Read a configuration").data::<Shown>(what),
        Operation::write(&id("change"), &one, "Change a configuration")
            .body::<New>()
            .data::<Shown>(what),
        Operation::delete(&id("delete"), &one, "Delete a configuration that nothing uses").nothing(),
    ]
}

fn order<Body: ToSchema>(collection: &str, action: &str, summary: &'static str) -> Operation {
    let path = format!("{STEM}/{collection}/{{config}}/{action}");
    Operation::write(&format!("{action}_{collection}"), &path, summary)
        .body::<Body>()
        .data::<Authority>("The authority; what was signed stands in `data`")
}

/// What any authority does.
fn signing(collection: &'static str) -> [Operation; 3] {
    let rotate = format!("{STEM}/{collection}/{{config}}/rotate_crl");
    [
        order::<SignOrder>(collection, "sign_csr", "Sign a certificate request"),
        order::<SignOrder>(collection, "sign_intermediate", "Sign an intermediate of ours"),
        Operation::write(
            &format!("rotate_crl_{collection}"),
            &rotate,
            "Make the revocation list anew",
        )
        .optional_body::<Unsaid>()
        .data::<Authority>("The authority"),
    ]
}

/// What authorities publish, for everybody.
fn published() -> [Operation; 5] {
    let what = |id: &str, rest: &str, summary, media: &str| {
        let path = format!("{STEM}/certificate_authorities/{{config}}/{rest}");
        Operation::read(id, &path, summary)
            .for_all()
            .file(media, &json!({"type": "string"}))
    };
    let pem = "application/pem-certificate-chain";
    [
        what(
            "read_ca",
            "ca",
            "An authority's certificate in DER",
            "application/pkix-cert",
        ),
        what("read_ca_pem", "ca/pem", "An authority's certificate in PEM", pem),
        what("read_ca_chain", "ca_chain", "The same with those above it", pem),
        what(
            "read_crl",
            "crl",
            "An authority's revocation list in DER",
            "application/pkix-crl",
        ),
        what(
            "read_crl_pem",
            "crl/pem",
            "An authority's revocation list in PEM",
            "application/x-pem-file",
        ),
    ]
}
