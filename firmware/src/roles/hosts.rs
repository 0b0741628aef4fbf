use super::Sealer;
use crate::crypto::Aes256Gcm;
use crate::flash::{Kind, Log, NAME_LEN};
use casemate_common::command::{HostEntry, MAX_HOST_NAME, MAX_HOSTS, Role, Roles};
use casemate_common::error::ErrorCode;
use casemate_common::record::NONCE_LEN;
use casemate_common::session::noise::PublicKey;
use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

/// Key, roles, length of the name, name.
const BODY_LEN: usize = PublicKey::LEN + 2 + MAX_HOST_NAME;

/// What a host is called: 1 to [`MAX_HOST_NAME`] bytes of UTF-8.
#[derive(Clone)]
pub(crate) struct HostName(heapless::String<MAX_HOST_NAME>);

impl HostName {
    /// Takes a name; [`ErrorCode::ValueInvalid`] for one that is empty or too long.
    pub(crate) fn parse(name: &str) -> Result<Self, ErrorCode> {
        let name = heapless::String::try_from(name).map_err(|_| ErrorCode::ValueInvalid)?;
        if name.is_empty() {
            return Err(ErrorCode::ValueInvalid);
        }
        Ok(Self(name))
    }
}

/// An enrolled host.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) key: PublicKey,
    pub(crate) roles: Roles,
    pub(crate) name: HostName,
}

impl Host {
    pub(crate) fn entry(&self) -> HostEntry<'_> {
        HostEntry {
            key: self.key,
            roles: self.roles,
            name: &self.name.0,
        }
    }

    fn encode(&self) -> [u8; BODY_LEN] {
        let mut body = [0; BODY_LEN];
        let name = self.name.0.as_bytes();
        let head = [u8::from(self.roles), name.len() as u8];
        let parts = self.key.as_bytes().iter().chain(&head).chain(name);
        body.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        body
    }

    fn decode(body: &[u8; BODY_LEN]) -> Option<Self> {
        let (key, rest) = body.split_first_chunk()?;
        let (&[roles, name_len], name) = rest.split_first_chunk()?;
        let name = core::str::from_utf8(name.get(..name_len.into())?).ok()?;
        Some(Self {
            key: PublicKey::new(*key),
            roles: Roles::try_from(roles).ok()?,
            name: HostName::parse(name).ok()?,
        })
    }
}

/// What a host's record is called: a number. The host's key is inside.
type Name = [u8; NAME_LEN];

/// All enrolled hosts, with the names of their records.
pub(crate) struct Hosts {
    hosts: Vec<(Name, Host), MAX_HOSTS>,
}

impl Hosts {
    /// Reads them from the log. A record that can't be read is an error, lest a device look as if nobody governed it.
    pub(crate) fn load<G: Aes256Gcm, F: NorFlash, const N: usize>(
        sealer: &Sealer<G>,
        log: &mut Log<F, N>,
    ) -> Result<Self, ErrorCode> {
        let mut names: Vec<Name, MAX_HOSTS> = Vec::new();
        for name in log.names_after(Kind::HOST, None) {
            names.push(*name).map_err(|_| ErrorCode::FlashFailed)?;
        }
        let mut hosts = Vec::new();
        for name in &names {
            let body = sealer
                .read(log, (Kind::HOST, name))?
                .ok_or(ErrorCode::FlashFailed)?;
            let host = Host::decode(&body).ok_or(ErrorCode::FlashFailed)?;
            hosts.push((*name, host)).map_err(|_| ErrorCode::FlashFailed)?;
        }
        Ok(Self { hosts })
    }

    /// Whether the device is uninitialised.
    pub(crate) fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().map(|(_, host)| host)
    }

    /// What the host with this key may be: a guest at least.
    pub(crate) fn roles(&self, key: &PublicKey) -> Roles {
        let enrolled = self.all().find(|host| host.key == *key);
        enrolled.map_or(Roles::ANYONE, |host| host.roles.and(Roles::ANYONE))
    }

    /// Enrols a host, or changes one.
    pub(crate) fn enroll<G: Aes256Gcm, F: NorFlash, const N: usize>(
        &mut self,
        (sealer, log): (&Sealer<G>, &mut Log<F, N>),
        nonce: [u8; NONCE_LEN],
        host: Host,
    ) -> Result<(), ErrorCode> {
        if !host.roles.meet(Roles::ALL) {
            return Err(ErrorCode::ValueInvalid);
        }
        if !host.roles.contains(Role::Officer) && self.is_last_officer(&host.key) {
            return Err(ErrorCode::LastOfficer);
        }
        let place = self.hosts.iter().position(|(_, known)| known.key == host.key);
        match place.and_then(|place| self.hosts.get_mut(place)) {
            Some((name, known)) => {
                sealer.put(log, (Kind::HOST, name), nonce, host.encode())?;
                *known = host;
                Ok(())
            }
            None => {
                let name = self.free_name().ok_or(ErrorCode::StoreFull)?;
                sealer.put(log, (Kind::HOST, &name), nonce, host.encode())?;
                self.hosts.push((name, host)).map_err(|_| ErrorCode::StoreFull)
            }
        }
    }

    /// Takes all roles from a host; false when it had none.
    pub(crate) fn revoke<F: NorFlash, const N: usize>(
        &mut self,
        log: &mut Log<F, N>,
        key: &PublicKey,
    ) -> Result<bool, ErrorCode> {
        if self.is_last_officer(key) {
            return Err(ErrorCode::LastOfficer);
        }
        let Some((name, _)) = self.hosts.iter().find(|(_, host)| host.key == *key) else {
            return Ok(false);
        };
        log.remove(Kind::HOST, name)?;
        self.hosts.retain(|(_, host)| host.key != *key);
        Ok(true)
    }

    /// Forgets them all: they are no longer in the log.
    pub(crate) fn forget(&mut self) {
        self.hosts.clear();
    }

    /// One that no host's record has; none when there is no room for another host.
    fn free_name(&self) -> Option<Name> {
        if self.hosts.is_full() {
            return None;
        }
        let names = (0..=u8::MAX).map(|number| [number; NAME_LEN]);
        let mut free = names.filter(|name| self.hosts.iter().all(|(taken, _)| taken != name));
        free.next()
    }

    fn is_last_officer(&self, key: &PublicKey) -> bool {
        let mut officers = self.all().filter(|host| host.roles.contains(Role::Officer));
        officers.next().is_some_and(|officer| officer.key == *key) && officers.next().is_none()
    }
}
