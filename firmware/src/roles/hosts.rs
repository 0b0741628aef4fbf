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

    fn record_name(key: &PublicKey) -> [u8; NAME_LEN] {
        let [name @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *key.as_bytes();
        name
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

/// All enrolled hosts.
pub(crate) struct Hosts {
    hosts: Vec<Host, MAX_HOSTS>,
}

impl Hosts {
    /// Reads them from the log. A record that can't be read is an error, lest a device look as if nobody governed it.
    pub(crate) fn load<G: Aes256Gcm, F: NorFlash, const N: usize>(
        sealer: &Sealer<G>,
        log: &mut Log<F, N>,
    ) -> Result<Self, ErrorCode> {
        let mut names: Vec<[u8; NAME_LEN], MAX_HOSTS> = Vec::new();
        names.extend(log.names_after(Kind::HOST, None).take(MAX_HOSTS).copied());
        let mut hosts = Vec::new();
        for name in &names {
            let body = sealer
                .read(log, (Kind::HOST, name))?
                .ok_or(ErrorCode::FlashFailed)?;
            let host = Host::decode(&body).ok_or(ErrorCode::FlashFailed)?;
            hosts.push(host).map_err(|_| ErrorCode::FlashFailed)?;
        }
        Ok(Self { hosts })
    }

    /// Whether the device is uninitialised.
    pub(crate) fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter()
    }

    /// What the host with this key may be: a guest at least.
    pub(crate) fn roles(&self, key: &PublicKey) -> Roles {
        let enrolled = self.hosts.iter().find(|host| host.key == *key);
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
        let place = self.hosts.iter().position(|known| known.key == host.key);
        if place.is_none() && self.hosts.is_full() {
            return Err(ErrorCode::StoreFull);
        }
        let name = Host::record_name(&host.key);
        sealer.put(log, (Kind::HOST, &name), nonce, host.encode())?;
        match place.and_then(|place| self.hosts.get_mut(place)) {
            Some(known) => *known = host,
            None => self.hosts.push(host).map_err(|_| ErrorCode::StoreFull)?,
        }
        Ok(())
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
        let removed = log.remove(Kind::HOST, &Host::record_name(key))?;
        self.hosts.retain(|host| host.key != *key);
        Ok(removed)
    }

    /// Forgets them all: they are no longer in the log.
    pub(crate) fn forget(&mut self) {
        self.hosts.clear();
    }

    fn is_last_officer(&self, key: &PublicKey) -> bool {
        let mut officers = self
            .hosts
            .iter()
            .filter(|host| host.roles.contains(Role::Officer));
        officers.next().is_some_and(|officer| officer.key == *key) && officers.next().is_none()
    }
}
