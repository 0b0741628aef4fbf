//! A public authority or a name server that is down, slow or answers nonsense: an order waits, and goes on once it is back.

use super::gate::{Gate, Mode, Phase, Stops};
use super::{Gated, Orders, is_active, with_name_server};
use casemate_tests::skip;
use serde_json::json;

#[test]
fn orders_wait_for_an_authority_that_fails() {
    if skip::left_out("pebble") || skip::left_out("openssl") || skip::left_out("knot") {
        return;
    }
    let (knot, pebble) = with_name_server(90);
    let gate = Gate::new(&pebble, Stops::new());
    let mut orders = Orders::at(pebble, &gate.url(), "");
    orders.provider("knot", &knot.address(), &json!({}));
    for (name, mode) in [("garbage", Mode::Garbage), ("down", Mode::HangUp)] {
        gate.set_mode(mode);
        let domain = format!("{name}.example.com");
        orders.order(
            name,
            &json!({"dns": "knot", "common_name": domain, "alt_names": []}),
        );
    }
    let failed = "a step of an order failed";
    let daemon = orders.daemon.as_ref().unwrap();
    daemon.await_log(failed).unwrap();
    for (name, mode) in [("garbage", Mode::Garbage), ("down", Mode::HangUp)] {
        gate.set_mode(mode);
        let shown = orders.once(name, |_| true);
        assert_eq!(shown["state_description"], "Pre-activation", "{shown:#}");
    }
    gate.set_mode(Mode::Pass);
    for name in ["garbage", "down"] {
        let shown = orders.once(name, |shown| shown["issuance_info"]["state"] != 0);
        assert!(is_active(&shown), "{shown:#}\n{}", orders.log());
    }
    assert_eq!(gate.orders().len(), 2, "each was ordered once");
    orders.daemon.take().unwrap().stop().unwrap();
}

/// Who does not answer in time is asked again later, in words of its own; what it has done meanwhile counts.
#[test]
fn orders_wait_for_those_that_are_slow() {
    if skip::left_out("pebble") || skip::left_out("openssl") || skip::left_out("knot") {
        return;
    }
    let Gated {
        mut orders,
        stops,
        gate,
        knot: _knot,
        _names,
    } = Gated::new("[ibm]\npatience = '3s'");
    let slow = [
        (
            "authority",
            "/dir",
            Phase::Before,
            "the certificate authority can't be reached at",
        ),
        ("names", "update", Phase::After, "the name server"),
    ];
    for (name, what, phase, words) in slow {
        stops.set(what, phase);
        let domain = format!("{name}.example.com");
        let more = json!({"dns": "knot", "common_name": domain, "alt_names": []});
        orders.order(name, &more);
        stops.await_reached();
        let daemon = orders.daemon.as_ref().unwrap();
        daemon.await_log(words).unwrap();
        assert!(daemon.log().contains("it does not answer"), "{}", daemon.log());
    }
    for (name, ..) in slow {
        let shown = orders.once(name, |shown| shown["issuance_info"]["state"] != 0);
        assert!(is_active(&shown), "{shown:#}\n{}", orders.log());
    }
    assert_eq!(gate.orders().len(), 2, "each was ordered once");
    orders.daemon.take().unwrap().stop().unwrap();
}
