//! Numbers of the wire as people read them, and back.

use casemate_common::audit::Event;
use casemate_common::command::{COMMANDS, Role};
use casemate_common::error::ErrorCode;

const EVENTS: [(Event, &str); 3] = [
    (Event::Command, "command"),
    (Event::FirstUse, "first-use"),
    (Event::Uses, "uses"),
];

/// A command's name, or the number of one that this host does not know.
pub(super) fn command(code: u16) -> String {
    let known = COMMANDS.iter().find(|spec| spec.code == code);
    known.map_or_else(|| number(code), |spec| spec.name.to_owned())
}

pub(super) fn parse_command(name: &str) -> Option<u16> {
    let known = COMMANDS.iter().find(|spec| spec.name == name);
    known.map(|spec| spec.code).or_else(|| parse_number(name))
}

/// `ok`, or the error.
pub(super) fn outcome(code: u16) -> String {
    match (code, ErrorCode::from_code(code)) {
        (0, _) => "ok".into(),
        (_, Some(code)) => format!("{code:?}"),
        (_, None) => number(code),
    }
}

pub(super) fn parse_outcome(name: &str) -> Option<u16> {
    if name == "ok" {
        return Some(0);
    }
    let known = ErrorCode::ALL.iter().find(|code| format!("{code:?}") == name);
    known.map(|code| code.code()).or_else(|| parse_number(name))
}

pub(super) fn event(event: Event) -> &'static str {
    EVENTS
        .iter()
        .find(|(known, _)| *known == event)
        .map_or("", |(_, name)| name)
}

pub(super) fn parse_event(name: &str) -> Option<Event> {
    EVENTS
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(event, _)| *event)
}

pub(super) fn roles(bits: u8) -> Vec<String> {
    let held = Role::ALL.iter().filter(|role| bits & **role as u8 != 0);
    held.map(|role| role.name().to_owned()).collect()
}

pub(super) fn parse_roles(names: &[String]) -> Option<u8> {
    names.iter().try_fold(0, |bits, name| {
        let role = Role::ALL.iter().find(|role| role.name() == name)?;
        Some(bits | *role as u8)
    })
}

fn number(code: u16) -> String {
    format!("{code:#06x}")
}

fn parse_number(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
