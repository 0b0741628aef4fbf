//! Ctrl-C: an interrupted command gives the terminal back as it found it, and says what it leaves behind.
//!
//! Once a signal is watched, the system's own way of ending the process is gone for good; so the watch lasts as long as
//! the process.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, Stdin, stdin};
use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

static SCENE: Mutex<Scene> = Mutex::new(Scene {
    shown: None,
    leaves: None,
});

/// What there is to do should the process be interrupted now.
struct Scene {
    /// The terminal as it was before it hid what is typed.
    shown: Option<Termios>,
    leaves: Option<String>,
}

/// From now on an interrupt ends the process by way of here: with 128 and the signal's number, as shells expect it.
///
/// # Errors
/// The system's, when it offers no more signals or threads.
pub(super) fn watch() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let inside = runtime.enter();
    let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
    let (mut interrupted, mut terminated) = (signal(interrupt)?, signal(terminate)?);
    drop(inside);
    let watched = async move {
        tokio::select! {
            _ = interrupted.recv() => interrupt,
            _ = terminated.recv() => terminate,
        }
    };
    let watcher = thread::Builder::new().name("interrupt".into());
    watcher.spawn(move || end(runtime.block_on(watched)))?;
    Ok(())
}

/// What to say from now on when the command is interrupted: what it leaves, and how to go on.
pub(super) fn leaves(sentence: impl Into<String>) {
    scene().leaves = Some(sentence.into());
}

/// The terminal hides what is typed while this lives.
pub(super) struct Hidden(Stdin);

impl Hidden {
    /// Standard input has to be a terminal.
    pub(super) fn begin() -> io::Result<Self> {
        let terminal = stdin();
        let shown = tcgetattr(&terminal)?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        let mut scene = scene();
        tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
        scene.shown = Some(shown);
        Ok(Self(terminal))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        show(&mut scene(), &self.0);
        // The one that was typed was hidden too.
        eprintln!();
    }
}

fn show(scene: &mut Scene, terminal: &Stdin) {
    if let Some(shown) = scene.shown.take() {
        // A terminal that went away shows nothing any more.
        let _ = tcsetattr(terminal, OptionalActions::Flush, &shown);
    }
}

fn end(by: SignalKind) -> ! {
    // Held to the end: nobody hides anything again.
    let mut scene = scene();
    show(&mut scene, &stdin());
    match &scene.leaves {
        Some(leaves) => eprintln!("\ncasemate: interrupted: {leaves}"),
        None => eprintln!("\ncasemate: interrupted"),
    }
    exit(128 + by.as_raw_value())
}

fn scene() -> MutexGuard<'static, Scene> {
    SCENE.lock().unwrap_or_else(PoisonError::into_inner)
}
