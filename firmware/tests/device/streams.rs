//! Seal and open: sizes, bindings, many at once.

use crate::board::Bench;
use crate::host::{Answer, Host, id, open_body, pieces, seal_body};
use casemate_common::command::{Command, Info, KeyringDestroy, Open, Seal};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_common::limits::{MAX_CONTEXT, MAX_PLAINTEXT};
use casemate_common::record::{CHUNK_LEN, HEADER_LEN, SEALED_CHUNK_LEN, sealed_len};
use casemate_firmware::device::MAX_STREAMS;

const SEAL: MessageKind = MessageKind::Request(Seal::SPEC.code);
const OPEN: MessageKind = MessageKind::Request(Open::SPEC.code);
const PART: MessageKind = MessageKind::RequestPart;

fn connect() -> Host {
    let mut host = Host::connect(Bench::blank(4).untested());
    host.create(id(1));
    host
}

fn plaintext(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 31 + n / 257) as u8).collect()
}

#[test]
fn every_size_comes_back_whole() {
    let mut host = connect();
    for len in [
        0,
        1,
        100,
        4095,
        4096,
        4097,
        8191,
        8192,
        8193,
        MAX_PLAINTEXT - 1,
        MAX_PLAINTEXT,
    ] {
        let plaintext = plaintext(len);
        let record = host.seal(id(1), b"place", &plaintext).unwrap();
        assert_eq!(Some(record.len()), sealed_len(len));
        assert!(host.open(id(1), b"place", &record).unwrap() == plaintext, "{len}");
    }
}

#[test]
fn one_byte_too_many_is_refused_and_the_slot_is_free_again() {
    let mut host = connect();
    let too_long = plaintext(MAX_PLAINTEXT + 1);
    for _ in 0..=MAX_STREAMS {
        assert_eq!(host.seal(id(1), b"", &too_long), Err(ErrorCode::TooLarge));
    }
}

#[test]
fn records_are_different_each_time() {
    let mut host = connect();
    let records: Vec<_> = (0..50).map(|_| host.seal(id(1), b"", b"same").unwrap()).collect();
    let mut headers: Vec<_> = records.iter().map(|record| &record[..HEADER_LEN]).collect();
    headers.sort();
    headers.dedup();
    assert_eq!(headers.len(), 50);
}

#[test]
fn a_record_opens_only_unaltered_and_in_its_place() {
    let mut host = connect();
    host.create(id(2));
    let record = host.seal(id(1), b"place", &plaintext(5000)).unwrap();
    assert_eq!(host.open(id(1), b"other", &record), Err(ErrorCode::RecordInvalid));
    assert_eq!(host.open(id(2), b"place", &record), Err(ErrorCode::RecordInvalid));
    assert_eq!(
        host.open(id(9), b"place", &record),
        Err(ErrorCode::KeyringNotFound)
    );
    for at in (1..record.len()).step_by(61) {
        let mut altered = record.clone();
        altered[at] ^= 1;
        assert_eq!(
            host.open(id(1), b"place", &altered),
            Err(ErrorCode::RecordInvalid),
            "{at}"
        );
    }
    let mut newer = record.clone();
    newer[0] = 2;
    assert_eq!(host.open(id(1), b"place", &newer), Err(ErrorCode::RecordVersion));
    assert_eq!(host.open(id(1), b"place", &record).unwrap(), plaintext(5000));
}

#[test]
fn truncated_reordered_and_mixed_records_do_not_open() {
    let mut host = connect();
    let record = host.seal(id(1), b"", &plaintext(3 * CHUNK_LEN)).unwrap();
    let other = host.seal(id(1), b"", &plaintext(3 * CHUNK_LEN)).unwrap();
    let cuts = [
        0,
        19,
        20,
        35,
        36,
        37,
        HEADER_LEN + SEALED_CHUNK_LEN,
        HEADER_LEN + SEALED_CHUNK_LEN + 16,
    ];
    for len in cuts
        .into_iter()
        .chain([record.len() - 1, record.len() - SEALED_CHUNK_LEN])
    {
        let result = host.open(id(1), b"", &record[..len]);
        assert_eq!(result, Err(ErrorCode::RecordInvalid), "{len}");
    }
    let chunk = |n: usize| HEADER_LEN + n * SEALED_CHUNK_LEN..HEADER_LEN + (n + 1) * SEALED_CHUNK_LEN;
    let swapped = [
        &record[..HEADER_LEN],
        &record[chunk(1)],
        &record[chunk(0)],
        &record[chunk(2)],
    ]
    .concat();
    assert_eq!(host.open(id(1), b"", &swapped), Err(ErrorCode::RecordInvalid));
    let mixed = [&record[..chunk(1).end], &other[chunk(2)]].concat();
    assert_eq!(host.open(id(1), b"", &mixed), Err(ErrorCode::RecordInvalid));
}

#[test]
fn chunks_of_wrong_lengths_end_the_exchange() {
    let mut host = connect();
    let body = seal_body(id(1), b"");
    let short = [&body[..], &[0; CHUNK_LEN - 1]].concat();
    let malformed = [Answer::error(1, ErrorCode::MalformedRequest)];
    assert_eq!(host.send(SEAL, 1, false, &short), malformed);
    assert_eq!(
        host.send(PART, 1, true, b"more"),
        [],
        "the rest passes in silence"
    );
    let long = [&body[..], &[0; CHUNK_LEN + 1]].concat();
    assert_eq!(host.send(SEAL, 1, true, &long), malformed);
    let exact = [&body[..], &[0; CHUNK_LEN]].concat();
    assert_eq!(host.send(SEAL, 1, false, &exact).len(), 1);
    assert_eq!(host.send(PART, 1, true, b""), malformed, "an empty last chunk");
}

#[test]
fn contexts_have_a_limit() {
    let mut host = connect();
    let longest = [7; MAX_CONTEXT];
    let record = host.seal(id(1), &longest, b"x").unwrap();
    assert_eq!(host.open(id(1), &longest, &record).unwrap(), b"x");
    assert_eq!(
        host.seal(id(1), &[7; MAX_CONTEXT + 1], b"x"),
        Err(ErrorCode::TooLarge)
    );
    assert_eq!(
        host.open(id(1), &[7; MAX_CONTEXT + 1], &record),
        Err(ErrorCode::TooLarge)
    );
}

#[test]
fn interleaved_streams_do_not_disturb_each_other() {
    let mut host = connect();
    let plaintexts: Vec<_> = (0..MAX_STREAMS).map(|n| plaintext(20_000 + 3000 * n)).collect();
    let body = seal_body(id(1), b"");
    let requests: Vec<_> = plaintexts
        .iter()
        .map(|text| pieces(&body, text, CHUNK_LEN, 0))
        .collect();
    let mut records = vec![Vec::new(); MAX_STREAMS];
    for step in 0..requests.iter().map(Vec::len).max().unwrap() {
        for (n, request) in requests
            .iter()
            .enumerate()
            .filter(|(_, request)| step < request.len())
        {
            let kind = if step == 0 { SEAL } else { PART };
            let last = step + 1 == request.len();
            let answers = host.send(kind, n as u16 + 100, last, &request[step]);
            assert_eq!(
                (answers.len(), answers[0].id, answers[0].last),
                (1, n as u16 + 100, last)
            );
            records[n].extend(&answers[0].body);
        }
        assert!(host.call(&Info {}).is_ok());
    }
    for (record, plaintext) in records.iter().zip(&plaintexts) {
        assert!(host.open(id(1), b"", record).unwrap() == *plaintext);
    }
}

#[test]
fn one_stream_too_many_is_busy_and_short_requests_go_on() {
    let mut host = connect();
    let first = [&seal_body(id(1), b"")[..], &[0; CHUNK_LEN]].concat();
    for n in 0..MAX_STREAMS as u16 {
        assert_eq!(
            host.send(SEAL, 100 + n, false, &first)[0].kind,
            MessageKind::Answer(0)
        );
    }
    assert_eq!(
        host.send(SEAL, 200, false, &first),
        [Answer::error(200, ErrorCode::Busy)]
    );
    assert_eq!(host.send(PART, 200, true, b"x"), []);
    assert!(host.seal(id(1), b"", b"short").is_ok());
    assert_eq!(
        host.send(PART, 103, true, b"end")[0].kind,
        MessageKind::AnswerPart
    );
    assert_eq!(
        host.send(SEAL, 200, false, &first)[0].kind,
        MessageKind::Answer(0)
    );
}

#[test]
fn cancel_ends_a_stream_and_only_that() {
    let mut host = connect();
    let first = [&seal_body(id(1), b"")[..], &[0; CHUNK_LEN]].concat();
    host.send(SEAL, 1, false, &first);
    host.send(SEAL, 2, false, &first);
    let cancelled = host.send(MessageKind::Cancel, 1, true, &[]);
    assert_eq!(cancelled, [Answer::error(1, ErrorCode::Cancelled)]);
    assert_eq!(host.send(PART, 1, true, b"x"), []);
    assert_eq!(host.send(MessageKind::Cancel, 1, true, &[]), []);
    assert_eq!(host.send(PART, 2, true, b"x")[0].kind, MessageKind::AnswerPart);
}

#[test]
fn an_id_that_is_in_use_ends_both_exchanges() {
    let mut host = connect();
    let first = [&seal_body(id(1), b"")[..], &[0; CHUNK_LEN]].concat();
    host.send(SEAL, 1, false, &first);
    assert_eq!(
        host.send(SEAL, 1, false, &first),
        [Answer::error(1, ErrorCode::OutOfOrder)]
    );
    assert_eq!(host.send(PART, 1, true, b"x"), []);
}

#[test]
fn destroying_a_keyring_ends_its_open_streams() {
    let mut host = connect();
    host.create(id(2));
    for (stream, keyring) in [(1, id(1)), (2, id(2))] {
        let first = [&seal_body(keyring, b"")[..], &[0; CHUNK_LEN]].concat();
        host.send(SEAL, stream, false, &first);
    }
    host.call(&KeyringDestroy { id: id(1) }).unwrap();
    assert_eq!(
        host.send(PART, 1, true, b"x"),
        [Answer::error(1, ErrorCode::KeyringNotFound)]
    );
    assert_eq!(host.send(PART, 2, true, b"x")[0].kind, MessageKind::AnswerPart);
}

#[test]
fn a_forged_chunk_in_the_middle_ends_the_answer_there() {
    let mut host = connect();
    let mut record = host.seal(id(1), b"", &plaintext(3 * CHUNK_LEN)).unwrap();
    record[HEADER_LEN + SEALED_CHUNK_LEN] ^= 1;
    let messages = pieces(&open_body(id(1), b""), &record, SEALED_CHUNK_LEN, HEADER_LEN);
    assert_eq!(
        host.send(OPEN, 1, false, &messages[0])[0].body,
        plaintext(CHUNK_LEN)
    );
    let refused = [Answer::error(1, ErrorCode::RecordInvalid)];
    assert_eq!(host.send(PART, 1, false, &messages[1]), refused);
    assert_eq!(host.send(PART, 1, true, &messages[2]), []);
}
