use super::body::Body;
use super::reach::Reach;
use super::transmit::Transmit;
use super::trial::Trial;
use super::vault::Vault;
use crate::audit::Who;
use crate::channel::NoiseSuite;
use crate::command::{self, Request};
use crate::crypto::Crypto;
use crate::flash::CounterId;
use crate::image::Images;
use crate::platform::{Clock, Meters, Platform, Presence};
use casemate_common::command::{Command, DeviceState, InfoAnswer, Role, Roles, RootKind, Sign, Spec, spec};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::{Message, MessageKind};
use casemate_common::fault::Fault;
use casemate_common::session::noise::{PublicKey, Secret, Suite};

/// Owns the keys and answers messages. The only part that is about commands.
pub(crate) struct Worker<P: Platform> {
    clock: P::Clock,
    meters: P::Meters,
    presence: P::Presence,
    root: RootKind,
    /// What serves, or why nothing does.
    vault: Result<Vault<P>, Fault>,
    caller: Caller,
    must_restart: bool,
    trial: &'static Trial,
}

/// Whom the session is with: what the handshake proved, never what a message says.
struct Caller {
    key: Option<PublicKey>,
    roles: Roles,
    pin_verified: bool,
}

impl Caller {
    const NOBODY: Self = Self {
        key: None,
        roles: Roles::ANYONE,
        pin_verified: false,
    };

    /// The same for the audit log.
    fn who<C: Crypto>(&self) -> Who {
        let host = self.key.map(|key| NoiseSuite::<C>::hash(&[key.as_bytes()]));
        Who {
            host: host
                .and_then(|hash| hash.first_chunk().copied())
                .unwrap_or_default(),
            roles: self.roles.into(),
        }
    }
}

/// A message that this side of the link never gets from a host that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotForDevices;

impl<P: Platform> Worker<P> {
    pub(super) fn new(
        (clock, meters, presence): (P::Clock, P::Meters, P::Presence),
        root: RootKind,
        vault: Result<Vault<P>, Fault>,
        trial: &'static Trial,
    ) -> Self {
        if vault.is_err() {
            trial.fail(clock.uptime_ms());
        }
        Self {
            clock,
            meters,
            presence,
            root,
            vault,
            caller: Caller::NOBODY,
            must_restart: false,
            trial,
        }
    }

    /// The board is to be reset, once the answer has left.
    pub(crate) fn restart(&mut self) {
        self.must_restart = true;
    }

    pub(super) fn must_restart(&self) -> bool {
        self.must_restart
    }

    pub(super) fn trial(&self) -> &'static Trial {
        self.trial
    }

    /// The session is with this host from now on.
    pub(super) fn begin_session(&mut self, host: PublicKey) {
        self.caller = Caller {
            key: Some(host),
            ..Caller::NOBODY
        };
        self.refresh_roles();
    }

    /// Drops all that belongs to the session that ended, and writes down what it used.
    pub(super) fn end_session(&mut self) {
        self.caller = Caller::NOBODY;
        let now = self.clock.uptime_ms();
        if let Ok(vault) = &mut self.vault {
            vault.streams.end_all();
            vault.domain.withdraw();
            vault.images.abandon();
            if let Err(code) = vault.audit.end_session(now) {
                self.fail(code);
            }
        }
    }

    /// Takes one message and puts the answer to it, if there is one, into `transmit`.
    pub(super) fn answer(
        &mut self,
        message: &Message<'_>,
        transmit: &mut Transmit,
    ) -> Result<bool, NotForDevices> {
        let Message { kind, id, last, .. } = *message;
        let outcome = match kind {
            MessageKind::Request(code) => {
                let request = Request {
                    id,
                    last,
                    body: message.body,
                };
                transmit
                    .message(MessageKind::Answer(0), id, last, |body| {
                        self.run(code, &request, body)
                    })
                    .map(|()| true)
            }
            MessageKind::RequestPart => self.advance(message, transmit),
            MessageKind::Cancel => self.cancel(id),
            MessageKind::Answer(_) | MessageKind::AnswerPart => return Err(NotForDevices),
        };
        Ok(outcome.unwrap_or_else(|code| {
            self.note(code);
            refuse(code, id, transmit);
            true
        }))
    }

    fn run(&mut self, code: u16, request: &Request<'_>, answer: &mut Body<'_>) -> Result<(), ErrorCode> {
        let spec = spec(code).ok_or(ErrorCode::UnknownCommand)?;
        self.permit(spec)?;
        if let Ok(vault) = &mut self.vault
            && vault.streams.end(request.id)
        {
            return Err(ErrorCode::OutOfOrder);
        }
        self.vault().map_or(Ok(()), |vault| {
            vault.reach = Reach::of(spec);
            vault.audit.admit(spec)
        })?;
        let outcome = command::run(spec, self, request, answer);
        self.log(spec, outcome)?;
        self.confirm_image(spec)
    }

    /// An image has served once it has done what an enrolled host has asked of it.
    fn confirm_image(&mut self, spec: &Spec) -> Result<(), ErrorCode> {
        if spec.roles.contains(Role::Guest) {
            return Ok(());
        }
        self.vault()?
            .confirm_image()
            .inspect_err(|code| self.fail(*code))?;
        self.trial.pass();
        Ok(())
    }

    /// Writes all uses down that the log only counts so far.
    pub(crate) fn flush_uses(&mut self) -> Result<(), ErrorCode> {
        let now = self.clock.uptime_ms();
        self.vault()?.audit.flush(now)
    }

    /// Logs what was done, before its answer leaves. A device that can't do that must not go on.
    fn log(&mut self, spec: &Spec, outcome: Result<(), ErrorCode>) -> Result<(), ErrorCode> {
        if let Ok(vault) = &mut self.vault
            && let Err(code) = vault.audit.record(spec, outcome, self.clock.uptime_ms())
        {
            self.fail(code);
            return Err(code);
        }
        outcome
    }

    /// Whether this session may use this command now. The state is asked before the role, so that a device in the
    /// error state says why to everybody.
    fn permit(&self, spec: &Spec) -> Result<(), ErrorCode> {
        if !spec.states.contains(self.state()) {
            return Err(self.wrong_state());
        }
        if !spec.roles.meet(self.caller.roles) {
            return Err(ErrorCode::NotPermitted);
        }
        if spec.pin && !self.caller.pin_verified && self.state() == DeviceState::Ready {
            return Err(ErrorCode::PinRequired);
        }
        if spec.pin && !self.presence.is_shown() {
            return Err(ErrorCode::PresenceRequired);
        }
        Ok(())
    }

    fn wrong_state(&self) -> ErrorCode {
        match (&self.vault, self.state()) {
            (Err(fault), _) => fault.code(),
            (_, DeviceState::Uninitialised) => ErrorCode::NotInitialised,
            (_, DeviceState::Locked) => ErrorCode::PinLocked,
            _ => ErrorCode::WrongState,
        }
    }

    fn state(&self) -> DeviceState {
        match &self.vault {
            Err(_) => DeviceState::Error,
            Ok(vault) if vault.hosts.is_empty() => DeviceState::Uninitialised,
            Ok(vault) if vault.is_locked(self.uptime_ms()) => DeviceState::Locked,
            Ok(_) => DeviceState::Ready,
        }
    }

    /// A fresh private key for one handshake; or why there is none.
    pub(super) fn ephemeral(&mut self) -> Result<Secret, ErrorCode> {
        let fresh = self.vault().and_then(|vault| Ok(vault.rng.array()?));
        fresh.map(Secret::new).inspect_err(|code| self.note(*code))
    }

    /// The key of the session's host; `None` when there is no secure session.
    pub(crate) fn caller(&self) -> Option<PublicKey> {
        self.caller.key
    }

    /// Asks anew what the session's host may be: who is enrolled has changed.
    pub(crate) fn refresh_roles(&mut self) {
        let hosts = self.vault.as_ref().ok().map(|vault| &vault.hosts);
        let enrolled = hosts.zip(self.caller.key).map(|(hosts, key)| hosts.roles(&key));
        self.caller.roles = enrolled.unwrap_or(Roles::ANYONE);
        self.caller.pin_verified &= self.caller.roles.meet(Roles::OFFICER);
        let who = self.caller.who::<P::Crypto>();
        if let Ok(vault) = &mut self.vault {
            vault.audit.begin_session(who);
        }
    }

    /// Notes for the rest of the session whether the officer is there. A device that erased itself has no roles left.
    pub(crate) fn pin_was(&mut self, right: bool) {
        self.caller.pin_verified = right;
        self.refresh_roles();
    }

    fn advance(&mut self, message: &Message<'_>, transmit: &mut Transmit) -> Result<bool, ErrorCode> {
        let Message { id, last, .. } = *message;
        let Ok(vault) = &mut self.vault else {
            return Ok(false);
        };
        let mut known = true;
        let outcome = transmit.message(MessageKind::AnswerPart, id, last, |body| {
            let result = vault.advance(id, last, message.body, body);
            // What follows a request that was refused passes in silence.
            known = result.is_some();
            result.unwrap_or(Ok(()))
        });
        // Of the streams, only that of a message to sign opens its key at the end.
        self.log(&Sign::SPEC, outcome)?;
        Ok(known)
    }

    fn cancel(&mut self, id: u16) -> Result<bool, ErrorCode> {
        if let Ok(vault) = &mut self.vault
            && vault.streams.end(id)
        {
            return Err(ErrorCode::Cancelled);
        }
        Ok(false)
    }

    /// It must not go on.
    fn fail(&mut self, code: ErrorCode) {
        self.vault = Err(code.into());
        self.trial.fail(self.clock.uptime_ms());
    }

    /// After some errors the device must not go on: it forgets its keys and answers only `Info`.
    fn note(&mut self, code: ErrorCode) {
        if matches!(code, ErrorCode::EntropyFailed | ErrorCode::SelfTestFailed) {
            self.fail(code);
        }
    }

    /// How far down the stack it has written since this was asked last.
    pub(super) fn reached(&mut self) -> Reach {
        let rest = Reach::Curve;
        let vault = self.vault.as_mut();
        vault.map_or(rest, |vault| core::mem::replace(&mut vault.reach, rest))
    }

    /// Begins random numbers anew: the start has moved the generator about, and what it left behind lies above all that
    /// is wiped.
    pub(super) fn renew_random(&mut self) {
        if let Ok(vault) = &mut self.vault
            && let Err(error) = vault.rng.renew()
        {
            self.note(error.into());
        }
    }

    /// Whether there is something to do that takes long.
    pub(super) fn has_work(&self) -> bool {
        self.vault.as_ref().is_ok_and(Vault::has_work)
    }

    /// Does a slice of it.
    pub(super) fn work(&mut self) {
        if let Ok(vault) = &mut self.vault
            && let Err(code) = vault.work()
        {
            self.fail(code);
        }
    }

    /// Milliseconds since start.
    pub(crate) fn uptime_ms(&self) -> u64 {
        self.clock.uptime_ms()
    }

    pub(crate) fn vault(&mut self) -> Result<&mut Vault<P>, ErrorCode> {
        self.vault.as_mut().map_err(|fault| fault.code())
    }

    pub(crate) fn info(&self) -> InfoAnswer<'static> {
        let vault = self.vault.as_ref().ok();
        let identity = vault.map(|vault| &vault.identity);
        let uptime_ms = self.uptime_ms();
        InfoAnswer {
            firmware: env!("CARGO_PKG_VERSION"),
            board: P::BOARD,
            device_id: identity.map(|identity| identity.device_id).unwrap_or_default(),
            state: self.state(),
            roles: self.caller.roles,
            pin_verified: self.caller.pin_verified,
            pin_tries: vault.map_or(0, |vault| vault.pin_tries_left(uptime_ms)),
            identity: identity.map_or(PublicKey::new([0; 32]), |identity| *identity.channel.public()),
            root: self.root,
            keyrings: vault.map_or(0, |vault| vault.keyrings.len()),
            keyring_capacity: vault.map_or(0, |vault| vault.keyrings.capacity()),
            starts: vault.map_or(0, |vault| vault.counters.value(CounterId::Boots)),
            uptime_ms,
            stack_high_water: self.meters.stack_high_water(),
            receive_overruns: self.meters.receive_overruns(),
            domain: vault.and_then(|vault| vault.domain.id::<P::Crypto>()),
            protection: self.meters.protection(),
        }
    }
}

fn refuse(code: ErrorCode, id: u16, transmit: &mut Transmit) {
    let nothing = |_: &mut Body<'_>| Ok::<(), core::convert::Infallible>(());
    let Ok(()) = transmit.message(MessageKind::Answer(code.code()), id, true, nothing);
}
