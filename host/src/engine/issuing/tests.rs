//! Every parameter of a template: what it allows, and what it refuses.

use super::constraints::Asking;
use super::{KeyAlgorithm, KeySpec, Order, Subject, Template};
use crate::engine::span::Span;
use crate::x509::Request;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};

const EC256: KeySpec = KeySpec {
    key_type: KeyAlgorithm::Ec,
    key_bits: 256,
};

/// Allows as little as it can.
fn strict() -> Template {
    Template {
        certificate_authority: "authority".into(),
        allowed_secret_groups: Vec::new(),
        max_ttl: 3600,
        ttl: 60,
        allow_localhost: false,
        allowed_domains: vec!["example.com".into()],
        allowed_domains_template: false,
        allow_bare_domains: false,
        allow_subdomains: false,
        allow_glob_domains: false,
        allow_any_name: false,
        enforce_hostnames: true,
        allow_ip_sans: false,
        allowed_uri_sans: Vec::new(),
        allowed_other_sans: Vec::new(),
        server_flag: false,
        client_flag: false,
        code_signing_flag: false,
        email_protection_flag: false,
        key: EC256,
        key_usage: Vec::new(),
        ext_key_usage: Vec::new(),
        ext_key_usage_oids: Vec::new(),
        use_csr_common_name: false,
        use_csr_sans: false,
        subject: Subject::default(),
        require_cn: false,
        policy_identifiers: Vec::new(),
        basic_constraints_valid_for_non_ca: false,
        not_before_duration: 30,
    }
}

fn named(name: &str) -> Order {
    Order {
        common_name: Some(name.into()),
        ..Order::default()
    }
}

fn with(change: impl Fn(&mut Order)) -> Order {
    let mut order = Order::default();
    change(&mut order);
    order
}

fn allows(template: &Template, order: &Order) -> Result<(), String> {
    let asking = Asking {
        author: "ada",
        group: "default",
    };
    let lifetime = template.lifetime(order).map_err(|error| error.to_string())?;
    assert!(lifetime <= template.longest());
    let holder = template.holder(order, None, asking);
    holder.map(drop).map_err(|error| error.to_string())
}

/// A parameter, what sets it, and an order that is refused without it and allowed with it.
type Row = (&'static str, fn(&mut Template), Order);

#[test]
fn what_each_parameter_allows() {
    let rows: Vec<Row> = vec![
        (
            "allow_localhost",
            |t| t.allow_localhost = true,
            named("localhost"),
        ),
        (
            "allow_bare_domains",
            |t| t.allow_bare_domains = true,
            named("example.com"),
        ),
        (
            "allow_bare_domains, case",
            |t| t.allow_bare_domains = true,
            named("EXAMPLE.com"),
        ),
        (
            "allow_bare_domains, email",
            |t| t.allow_bare_domains = true,
            with(|o| o.alt_names = vec!["a@example.com".into()]),
        ),
        (
            "allow_subdomains",
            |t| t.allow_subdomains = true,
            named("a.b.example.com"),
        ),
        (
            "allow_subdomains, wildcard",
            |t| t.allow_subdomains = true,
            named("*.example.com"),
        ),
        (
            "allow_subdomains, email",
            |t| t.allow_subdomains = true,
            with(|o| o.alt_names = vec!["a@b.example.com".into()]),
        ),
        (
            "allow_glob_domains",
            |t| (t.allow_glob_domains, t.allowed_domains) = (true, vec!["ftp*.example.com".into()]),
            named("ftp1.example.com"),
        ),
        (
            "allowed_domains",
            |t| (t.allow_bare_domains, t.allowed_domains) = (true, vec!["example.org".into()]),
            named("example.org"),
        ),
        (
            "allowed_domains_template",
            |t| {
                (t.allow_bare_domains, t.allowed_domains_template) = (true, true);
                t.allowed_domains = vec!["{{identity.entity.name}}.example.com".into()];
            },
            named("ada.example.com"),
        ),
        (
            "allow_any_name",
            |t| t.allow_any_name = true,
            named("anything.org"),
        ),
        (
            "enforce_hostnames",
            |t| (t.allow_any_name, t.enforce_hostnames) = (true, false),
            named("not a hostname"),
        ),
        (
            "allow_ip_sans",
            |t| t.allow_ip_sans = true,
            with(|o| o.ip_sans = vec!["::1".into()]),
        ),
        (
            "allowed_uri_sans",
            |t| t.allowed_uri_sans = vec!["spiffe://*".into()],
            with(|o| o.uri_sans = vec!["spiffe://a/b".into()]),
        ),
        (
            "allowed_other_sans, value",
            |t| t.allowed_other_sans = vec!["1.2.3:UTF8:a*".into()],
            with(|o| o.other_sans = vec!["1.2.3;UTF-8:ab".into()]),
        ),
        (
            "allowed_other_sans, all",
            |t| t.allowed_other_sans = vec!["*".into()],
            with(|o| o.other_sans = vec!["1.2.3:UTF8:b".into()]),
        ),
        (
            "max_ttl",
            |t| t.max_ttl = 7200,
            with(|o| o.ttl = Some(Span::from_secs(7200))),
        ),
    ];
    for (what, set, order) in rows {
        let mut template = strict();
        assert!(
            allows(&template, &order).is_err(),
            "{what}: {order:?} is allowed by nothing"
        );
        set(&mut template);
        assert_eq!(allows(&template, &order), Ok(()), "{what}: {order:?}");
        template.check().unwrap();
    }
}

#[test]
fn what_each_parameter_goes_on_refusing() {
    let rows: Vec<Row> = vec![
        (
            "allow_bare_domains",
            |t| t.allow_bare_domains = true,
            named("a.example.com"),
        ),
        (
            "allow_subdomains",
            |t| t.allow_subdomains = true,
            named("example.com"),
        ),
        (
            "allow_subdomains, look-alike",
            |t| t.allow_subdomains = true,
            named("anexample.com"),
        ),
        (
            "allow_subdomains, domain in the middle",
            |t| t.allow_subdomains = true,
            named("a.example.com.org"),
        ),
        (
            "allow_subdomains, two addresses",
            |t| t.allow_subdomains = true,
            with(|o| o.alt_names = vec!["a@b@c.example.com".into()]),
        ),
        (
            "allow_any_name, hostnames",
            |t| t.allow_any_name = true,
            named("a b"),
        ),
        (
            "allow_any_name, length",
            |t| t.allow_any_name = true,
            named(&format!("{}.com", "a.".repeat(40))),
        ),
        (
            "allow_any_name, addresses",
            |t| t.allow_any_name = true,
            with(|o| o.ip_sans = vec!["1.2.3.4".into()]),
        ),
        (
            "allow_any_name, URIs",
            |t| t.allow_any_name = true,
            with(|o| o.uri_sans = vec!["a:b".into()]),
        ),
        (
            "allowed_other_sans",
            |t| t.allowed_other_sans = vec!["1.2.3:UTF8:a*".into()],
            with(|o| o.other_sans = vec!["1.2.4:UTF8:ab".into()]),
        ),
        (
            "allowed_domains_template, another's",
            |t| {
                (t.allow_bare_domains, t.allowed_domains_template) = (true, true);
                t.allowed_domains = vec!["{{identity.entity.name}}.example.com".into()];
            },
            named("bob.example.com"),
        ),
        ("require_cn", |t| t.require_cn = true, Order::default()),
        (
            "allowed_secret_groups",
            |t| t.allowed_secret_groups = vec!["2bcaa289-5d38-aa57-910d-970e418ab1b3".into()],
            Order::default(),
        ),
        (
            "max_ttl",
            |t| t.max_ttl = 7200,
            with(|o| o.ttl = Some(Span::from_secs(7201))),
        ),
        (
            "max_ttl, none at all",
            |t| t.max_ttl = 7200,
            with(|o| o.ttl = Some(Span::from_secs(-1))),
        ),
    ];
    for (what, set, order) in rows {
        let mut template = strict();
        set(&mut template);
        assert!(allows(&template, &order).is_err(), "{what}: {order:?}");
    }
    assert_eq!(allows(&strict(), &Order::default()), Ok(()));
}

#[test]
fn whose_names_count_where_there_is_a_request() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(["san.example.com".to_owned()]).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "cn.example.com");
    let csr = params.serialize_request(&key).unwrap().pem().unwrap();
    let request = Request::parse(&csr).unwrap();
    let order = Order {
        common_name: Some("own.example.com".into()),
        alt_names: vec!["beside.example.com".into()],
        exclude_cn_from_sans: true,
        ..Order::default()
    };
    let asking = Asking {
        author: "ada",
        group: "default",
    };
    for (common_name, sans, wanted) in [
        (true, true, ("cn.example.com", "san.example.com")),
        (true, false, ("cn.example.com", "beside.example.com")),
        (false, true, ("own.example.com", "san.example.com")),
        (false, false, ("own.example.com", "beside.example.com")),
    ] {
        let template = Template {
            allow_subdomains: true,
            use_csr_common_name: common_name,
            use_csr_sans: sans,
            ..strict()
        };
        let holder = template.holder(&order, Some(&request), asking).unwrap();
        assert_eq!(holder.common_name.as_deref(), Some(wanted.0));
        assert_eq!(holder.names.dns, [wanted.1]);
        let rsa = KeySpec::parse(Some("rsa"), None).unwrap();
        let template = Template { key: rsa, ..template };
        assert!(template.holder(&order, Some(&request), asking).is_err());
    }
}

#[test]
fn what_keys_are_for() {
    let extended = |set: fn(&mut Template)| {
        let mut template = strict();
        set(&mut template);
        let usages = template.extended_usages().map_err(|error| error.to_string());
        usages.map(|usages| {
            usages
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    for (set, oids) in [
        ((|_| {}) as fn(&mut Template), ""),
        (|t| t.server_flag = true, "1.3.6.1.5.5.7.3.1"),
        (|t| t.client_flag = true, "1.3.6.1.5.5.7.3.2"),
        (|t| t.code_signing_flag = true, "1.3.6.1.5.5.7.3.3"),
        (|t| t.email_protection_flag = true, "1.3.6.1.5.5.7.3.4"),
        (
            |t| t.ext_key_usage = vec!["ExtKeyUsageTimeStamping".into()],
            "1.3.6.1.5.5.7.3.8",
        ),
        (
            |t| t.ext_key_usage_oids = vec!["1.2.3".into(), "1.2.3".into()],
            "1.2.3",
        ),
    ] {
        assert_eq!(extended(set).as_deref(), Ok(oids));
    }
    let bad: [fn(&mut Template); 7] = [
        |t| t.ext_key_usage = vec!["Everything".into()],
        |t| t.ext_key_usage_oids = vec!["one".into()],
        |t| t.key_usage = vec!["Everything".into()],
        |t| t.key_usage = vec!["CertSign".into()],
        |t| t.policy_identifiers = vec!["x".into()],
        |t| t.allowed_other_sans = vec!["x".into()],
        |t| t.ttl = 3601,
    ];
    for set in bad {
        let mut template = strict();
        set(&mut template);
        assert!(template.check().is_err(), "{template:?}");
    }
}
