//! Ctrl-C at commands of `casemate`.

use casemate_tests::desk::Desk;
use casemate_tests::program;
use casemate_tests::terminal::Terminal;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command};

/// Runs a command on a terminal, which is its standard input and error.
fn run(desk: &Desk, terminal: &Terminal, arguments: &[&str]) -> Child {
    Command::new(program::casemate().expect("the program"))
        .args(arguments)
        .env("CASEMATE_DATA", desk.path("data"))
        .current_dir(desk.path(""))
        .stdin(terminal.side().expect("a terminal"))
        .stderr(terminal.side().expect("a terminal"))
        .spawn()
        .expect("it runs")
}

fn interrupt(mut child: Child, signal: Signal) -> Option<i32> {
    kill_process(Pid::from_child(&child), signal).expect("it runs");
    child.wait().expect("it ends").code()
}

#[test]
fn a_terminal_shows_again_what_is_typed() {
    let desk = Desk::new();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let terminal = Terminal::new().expect("a terminal");
        let change = run(&desk, &terminal, &["device", "pin", "change"]);
        terminal.await_text("new officer PIN").expect("a question");
        terminal.await_hidden().expect("a hidden PIN");
        assert_eq!(interrupt(change, signal), Some(code));
        assert!(terminal.echoes().expect("a terminal"));
        terminal.await_text("interrupted").expect("a sentence");
    }
    desk.text(&["device", "pin", "verify"]);
    assert!(desk.text(&["--help"]).contains("130, 143"));
}

/// Nothing is left that would be in the way of doing it again.
#[test]
fn a_key_that_was_not_made_can_be_asked_for_again() {
    let desk = Desk::new();
    let terminal = Terminal::new().expect("a terminal");
    let generate = |kind| {
        let keyring = desk.keyring();
        [
            "device",
            "key",
            "--keyring",
            keyring,
            "generate",
            "--type",
            kind,
            "--usage",
            "sign",
            "--out",
            "key",
        ]
    };
    let search = run(&desk, &terminal, &generate("rsa-4096"));
    terminal.await_text("candidates tried").expect("a search");
    assert_eq!(interrupt(search, Signal::INT), Some(130));
    let said = terminal.await_text("do it again").expect("a sentence");
    assert!(
        said.contains("interrupted: where key is not there, no key was made"),
        "{said}"
    );
    assert!(!desk.path("key").exists());
    desk.json(&generate("p-256"));
}
