use crate::bench::{Bench, is_refusal};
use serde_json::json;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::time::{Duration, Instant};

#[test]
fn requests_that_http_does_not_allow() {
    let bench = Bench::new();
    let (base, token) = (&bench.base, &bench.token);
    let get = format!("GET {base}/secret/data/good HTTP/1.1\r\nHost: casemate\r\n{token}");
    let huge = format!("{get}X-Filler: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("{get}{}\r\n", "X-Filler: x\r\n".repeat(1000));
    for (what, request) in [("a huge header", huge), ("many headers", many)] {
        let mut connection = bench.connect();
        // The server may hang up before it has taken all of it.
        let _ = connection.send(request.as_bytes());
        match connection.receive() {
            Ok(reply) => assert_eq!(reply.status, 431, "{what}"),
            Err(_) => assert!(connection.is_closed(), "{what}"),
        }
    }
    for (what, head) in [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n"),
        ("no length", "Content-Length: many\r\n"),
        ("a negative length", "Content-Length: -1\r\n"),
        ("a header without a name", ": x\r\n"),
    ] {
        assert_eq!(
            bench.raw(format!("{get}{head}\r\n{{}}").as_bytes()).status,
            400,
            "{what}"
        );
    }
    assert_eq!(
        bench
            .raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
            .status,
        400,
        "TLS"
    );
    bench.stop();
}

#[test]
fn requests_that_break_off() {
    let bench = Bench::new();
    let whole = bench.read("HTTP/1.1");
    for len in [1, 10, whole.len() / 2, whole.len() - 1] {
        let mut connection = bench.connect();
        connection.send(&whole[..len]).unwrap();
        connection.stream().shutdown(Shutdown::Write).unwrap();
        assert!(
            connection.receive().map_or(true, |reply| reply.status == 400),
            "{len} bytes"
        );
    }
    let head = format!(
        "POST {}/secret/data/broken HTTP/1.1\r\nHost: casemate\r\n{}",
        bench.base, bench.token
    );
    let mut connection = bench.connect();
    connection
        .send(format!("{head}Content-Length: 100\r\n\r\n{{\"data\":{{}}}}").as_bytes())
        .unwrap();
    connection.stream().shutdown(Shutdown::Write).unwrap();
    assert!(connection.receive().map_or(true, |reply| reply.status == 400));
    assert_eq!(
        bench.ask("GET", "/secret/metadata/broken", b"").status,
        404,
        "half a request was carried out"
    );
    bench.stop();
}

#[test]
fn a_length_that_is_too_short_ends_the_request_there() {
    let bench = Bench::new();
    let head = format!(
        "POST {}/secret/data/short HTTP/1.1\r\nHost: casemate\r\n{}",
        bench.base, bench.token
    );
    let mut connection = bench.connect();
    connection
        .send(format!("{head}Content-Length: 4\r\n\r\n{{\"data\":{{}}}}").as_bytes())
        .unwrap();
    is_refusal(&connection.receive().unwrap(), 400, true, "four bytes of a body");
    // What follows is taken for the next request, and is none.
    assert_eq!(connection.receive().unwrap().status, 400);
    assert!(connection.is_closed());
    bench.stop();
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let bench = Bench::new();
    let mut bytes = Vec::new();
    for number in 0..50 {
        let (base, token) = (&bench.base, &bench.token);
        let body = format!(r#"{{"data":{{"n":{number}}}}}"#);
        let len = body.len();
        bytes.extend_from_slice(format!("POST {base}/secret/data/pipe HTTP/1.1\r\nHost: casemate\r\n{token}Content-Length: {len}\r\n\r\n{body}").as_bytes());
        bytes.extend_from_slice(
            format!("GET {base}/secret/data/pipe HTTP/1.1\r\nHost: casemate\r\n{token}\r\n").as_bytes(),
        );
    }
    let mut connection = bench.connect();
    connection.send(&bytes).unwrap();
    for number in 0..50 {
        assert_eq!(
            connection.receive().unwrap().json()["data"]["version"],
            json!(number + 1)
        );
        assert_eq!(
            connection.receive().unwrap().json()["data"]["data"]["n"],
            json!(number)
        );
    }
    bench.stop();
}

#[test]
fn http_1_0_is_served_and_closed() {
    let bench = Bench::new();
    let mut connection = bench.connect();
    connection.send(&bench.read("HTTP/1.0")).unwrap();
    let reply = connection.receive().unwrap();
    assert_eq!(
        (reply.status, &reply.json()["data"]["data"]["text"]),
        (200, &json!("good"))
    );
    assert!(connection.is_closed());
    bench.stop();
}

#[test]
fn slow_clients_hold_up_nobody_and_are_dropped() {
    let bench = Bench::new();
    let begun = Instant::now();
    let request = bench.read("HTTP/1.1");
    let mut slow: Vec<_> = (0..200).map(|_| bench.connect()).collect();
    let mut slowest = Duration::ZERO;
    for &byte in &request[..20] {
        for connection in &mut slow {
            connection.send(&[byte]).unwrap();
        }
        let asked = Instant::now();
        bench.serves();
        slowest = slowest.max(asked.elapsed());
    }
    eprintln!("others were served within {slowest:?}");
    assert!(
        slowest < Duration::from_secs(2),
        "a proper client waited {slowest:?}"
    );
    for connection in &mut slow {
        connection
            .stream()
            .set_read_timeout(Some(Duration::from_secs(40)))
            .unwrap();
        let dropped = connection.receive().map_or(true, |reply| reply.status == 408);
        assert!(dropped && connection.is_closed());
    }
    eprintln!("all were dropped after {:?}", begun.elapsed());
    bench.stop();
}

#[test]
fn clients_that_take_no_answers_are_dropped() {
    let bench = Bench::new();
    let text = "x".repeat(60_000);
    let body = format!(r#"{{"data":{{"text":"{text}"}}}}"#);
    assert_eq!(bench.ask("POST", "/secret/data/big", body.as_bytes()).status, 200);
    let (base, token) = (&bench.base, &bench.token);
    let request = format!("GET {base}/secret/data/big HTTP/1.1\r\nHost: casemate\r\n{token}\r\n");
    let mut greedy = bench.connect();
    greedy
        .stream()
        .set_write_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let begun = Instant::now();
    let refused = loop {
        if let Err(error) = greedy.send(request.as_bytes()) {
            break error;
        }
    };
    eprintln!("dropped after {:?}: {refused}", begun.elapsed());
    assert_eq!(refused.kind(), ErrorKind::ConnectionReset);
    bench.serves();
    bench.stop();
}
