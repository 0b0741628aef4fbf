//! What each command does: one file each.

mod info;
mod keyring_create;
mod keyring_destroy;
mod keyring_list;
mod open;
mod random;
mod seal;

use crate::device::{Body, Worker};
use crate::platform::Platform;
use casemate_common::command::{
    Command, Info, KeyringCreate, KeyringDestroy, KeyringList, Open, Random, Seal, Spec,
};
use casemate_common::error::ErrorCode;
use serde::Deserialize;

/// The first message of a request.
pub(crate) struct Request<'b> {
    pub(crate) id: u16,
    /// Whether it is the only one.
    pub(crate) last: bool,
    pub(crate) body: &'b [u8],
}

const INFO: u16 = Info::SPEC.code;
const RANDOM: u16 = Random::SPEC.code;
const KEYRING_CREATE: u16 = KeyringCreate::SPEC.code;
const KEYRING_LIST: u16 = KeyringList::SPEC.code;
const KEYRING_DESTROY: u16 = KeyringDestroy::SPEC.code;
const SEAL: u16 = Seal::SPEC.code;
const OPEN: u16 = Open::SPEC.code;

/// Runs a command that has been permitted.
pub(crate) fn run<P: Platform>(
    spec: &Spec,
    worker: &mut Worker<P>,
    request: &Request<'_>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    match spec.code {
        INFO => info::run(request.whole()?, worker, answer),
        RANDOM => random::run(request.whole()?, worker.vault()?, answer),
        KEYRING_CREATE => keyring_create::run(request.whole()?, worker.vault()?, answer),
        KEYRING_LIST => keyring_list::run(request.whole()?, worker.vault()?, answer),
        KEYRING_DESTROY => keyring_destroy::run(request.whole()?, worker.vault()?, answer),
        SEAL => seal::run(request, worker.vault()?, answer),
        OPEN => open::run(request, worker.vault()?, answer),
        _ => Err(ErrorCode::UnknownCommand),
    }
}

impl<'b> Request<'b> {
    /// The command of a request that takes no data.
    fn whole<C: Deserialize<'b>>(&self) -> Result<C, ErrorCode> {
        match self.with_data()? {
            (command, []) if self.last => Ok(command),
            _ => Err(ErrorCode::MalformedRequest),
        }
    }

    /// The command, and the data behind it.
    fn with_data<C: Deserialize<'b>>(&self) -> Result<(C, &'b [u8]), ErrorCode> {
        postcard::take_from_bytes(self.body).map_err(|_| ErrorCode::MalformedRequest)
    }
}
