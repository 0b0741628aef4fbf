//! The daemon killed in every step of an order: it completes or fails cleanly, and never orders twice. What came of it is
//! compared with what another ACME client, instant-acme, is told about the same orders.

use super::gate::Phase;
use super::{Gated, Orders, PATIENCE, POLL, is_active};
use casemate_tests::skip;
use instant_acme::{Account, Key, OrderStatus};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use std::time::Instant;

/// What the daemon asks of others for one certificate: pebble's paths, and updates of the name server. Whether what only
/// reads was answered makes no difference.
const STEPS: [(&str, &[Phase]); 10] = [
    ("/dir", &[Phase::After]),
    ("/sign-me-up", &[Phase::After]),
    ("/order-plz", &[Phase::Before, Phase::After]),
    ("/my-order/", &[Phase::After]),
    ("/authZ/", &[Phase::After]),
    ("update", &[Phase::Before, Phase::After]),
    ("/chalZ/", &[Phase::Before, Phase::After]),
    ("/finalize-order/", &[Phase::Before, Phase::After]),
    ("/certZ/", &[Phase::After]),
    ("removal", &[Phase::Before, Phase::After]),
];

#[test]
fn a_daemon_that_is_killed_in_any_step_never_orders_twice() {
    if skip::left_out("pebble") || skip::left_out("openssl") || skip::left_out("knot") {
        return;
    }
    let Gated {
        mut orders,
        stops,
        gate,
        knot,
        _names,
    } = Gated::new("");
    let mut ends = Vec::new();
    for (index, (step, phases)) in STEPS.into_iter().enumerate() {
        for &phase in phases {
            let name = format!("{phase:?}-{index}").to_lowercase();
            let domain = format!("{name}.example.com");
            stops.set(step, phase);
            orders.order(
                &name,
                &json!({"common_name": domain, "alt_names": [], "dns": "knot"}),
            );
            stops.await_reached();
            orders.restart();
            let shown = orders.once(&name, |shown| shown["issuance_info"]["state"] != 0);
            let torn = step == "/order-plz";
            match torn {
                true => assert_eq!(shown["issuance_info"]["error_code"], "interrupted", "{shown:#}"),
                false => assert!(is_active(&shown), "{step} {phase:?}: {shown:#}\n{}", orders.log()),
            }
            // The records of this order go before the next stop is set: it is for the next order.
            let deadline = Instant::now() + PATIENCE;
            while knot.texts(&format!("_acme-challenge.{domain}")) > 0 {
                assert!(Instant::now() < deadline, "{domain}: {}", orders.log());
                std::thread::sleep(POLL);
            }
            ends.push((domain, shown));
        }
    }
    let taken = gate.orders();
    for (domain, shown) in &ends {
        let own: Vec<_> = taken
            .iter()
            .filter(|order| order.payload["identifiers"][0]["value"] == domain.as_str())
            .collect();
        assert!(own.len() <= 1, "{domain} was ordered twice");
        assert!(own.len() == 1 || !is_active(shown), "{domain}: {shown:#}");
        if let Some(order) = own.first().filter(|_| is_active(shown)) {
            let seen = seen_by_another(&orders, &gate.url(), order.location.as_deref().unwrap());
            assert_eq!(seen, (OrderStatus::Valid, certificates(shown)), "{domain}");
        }
    }
    orders.daemon.take().unwrap().stop().unwrap();
}

fn certificates(shown: &Value) -> Option<String> {
    shown["secret_data"]["certificate"]
        .as_str()
        .map(|text| text.replace('\n', ""))
}

/// What the authority tells another client, with the same account, about an order.
fn seen_by_another(orders: &Orders, directory: &str, url: &str) -> (OrderStatus, Option<String>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (account, root) = (orders.account.clone(), orders.pebble.authority());
    runtime.block_on(async move {
        let pkcs8 = || PrivatePkcs8KeyDer::from(account.clone());
        let key = Key::from_pkcs8_der(pkcs8()).unwrap();
        let (account, _) = Account::builder_with_root(root)
            .unwrap()
            .from_key((key, PrivateKeyDer::Pkcs8(pkcs8())), directory.to_owned())
            .await
            .unwrap();
        let mut order = account.order(url.to_owned()).await.unwrap();
        let status = order.state().status;
        let chain = order.certificate().await.unwrap();
        (status, chain.map(|text| text.replace('\n', "")))
    })
}
