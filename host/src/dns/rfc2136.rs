//! Name servers that take updates (RFC 2136) which are signed with a shared key (RFC 8945), over TCP.

use super::tsig::Key;
use super::{DnsError, NameServer, TTL, Txt};
use async_trait::async_trait;
use hickory_proto::ProtoError;
use hickory_proto::op::{Message, OpCode, Query, ResponseCode, UpdateMessage};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// Where updates are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rfc2136 {
    /// Host and port.
    pub server: String,
    /// The zone that has all names; `None` to ask the server which of its zones has one.
    pub zone: Option<String>,
    /// What the server calls the key.
    pub key_name: String,
}

impl Rfc2136 {
    pub(super) fn with(
        &self,
        secret: Zeroizing<Vec<u8>>,
        patience: Duration,
    ) -> Result<impl NameServer + use<>, DnsError> {
        let key = Key::new(name(&self.key_name)?, &secret);
        Ok(Server {
            address: self.server.clone(),
            zone: self.zone.as_deref().map(name).transpose()?,
            key: key.map_err(|error| DnsError::Configuration(format!("tsig_secret: {error}")))?,
            patience,
        })
    }
}

struct Server {
    address: String,
    zone: Option<Name>,
    key: Key,
    /// For a question and its answer.
    patience: Duration,
}

#[derive(Clone, Copy)]
enum Change {
    Add,
    Remove,
}

#[async_trait]
impl NameServer for Server {
    async fn put(&self, records: &[Txt<'_>]) -> Result<(), DnsError> {
        self.change(records, Change::Add).await
    }

    async fn remove(&self, records: &[Txt<'_>]) -> Result<(), DnsError> {
        self.change(records, Change::Remove).await
    }
}

impl Server {
    /// One update for each zone: all of it is done, or nothing (RFC 2136, section 3.4).
    async fn change(&self, records: &[Txt<'_>], change: Change) -> Result<(), DnsError> {
        let mut zones: BTreeMap<Name, Vec<Record>> = BTreeMap::new();
        for record in records {
            let changed = changed(record, change)?;
            let zone = self.zone_of(&changed.name).await?;
            zones.entry(zone).or_default().push(changed);
        }
        for (zone, records) in zones {
            self.update(zone, records).await?;
        }
        Ok(())
    }

    /// The zone that a name is in: the server says it with whatever it answers (RFC 2308, section 2).
    async fn zone_of(&self, name: &Name) -> Result<Name, DnsError> {
        if let Some(zone) = &self.zone {
            return Ok(zone.clone());
        }
        let mut question = Message::query();
        question.add_query(Query::query(name.clone(), RecordType::SOA));
        let answer = self.ask(&self.encoded(&question)?).await?;
        let answer = self.decoded(&answer)?;
        let mut zones = answer.answers.iter().chain(&answer.authorities);
        let zone = zones.find(|record| record.record_type() == RecordType::SOA && record.name.zone_of(name));
        zone.map(|zone| zone.name.clone())
            .ok_or_else(|| DnsError::NoZone {
                service: format!("the name server {}", self.address),
                name: name.to_string(),
            })
    }

    async fn update(&self, zone: Name, records: Vec<Record>) -> Result<(), DnsError> {
        let mut update = Message::query();
        update.metadata.op_code = OpCode::Update;
        update.add_zone(Query::query(zone, RecordType::SOA));
        for record in records {
            update.add_update(record);
        }
        let request = self.key.sign(&mut update, now());
        let request = request.map_err(|error| self.unsendable(&error))?;
        let raw = self.ask(&self.encoded(&update)?).await?;
        let answer = self.decoded(&raw)?;
        if answer.metadata.id != update.metadata.id {
            return Err(self.unintelligible("answers something else"));
        }
        // Whoever can forge a refusal can as well keep the answer from coming.
        match answer.metadata.response_code {
            ResponseCode::NoError => {}
            code => return Err(self.refused(code, &answer)),
        }
        match self.key.has_signed(&raw, &request, now()) {
            true => Ok(()),
            false => Err(self.unintelligible("is not signed with tsig_secret")),
        }
    }

    fn refused(&self, code: ResponseCode, answer: &Message) -> DnsError {
        let about_key = answer.signature().and_then(|record| record.data.error.as_ref());
        DnsError::Refused {
            server: self.address.clone(),
            why: match about_key {
                Some(error) => format!("{code}: {error:?}: check tsig_key_name, tsig_secret and both clocks"),
                None => code.to_string(),
            },
        }
    }

    async fn ask(&self, question: &[u8]) -> Result<Vec<u8>, DnsError> {
        let answer = timeout(self.patience, exchange(&self.address, question)).await;
        let answer = answer.unwrap_or_else(|_| Err(io::Error::other("it does not answer")));
        answer.map_err(|why| DnsError::Unreachable {
            server: self.address.clone(),
            why,
        })
    }

    fn encoded(&self, message: &Message) -> Result<Vec<u8>, DnsError> {
        message.to_vec().map_err(|error| self.unsendable(&error))
    }

    fn decoded(&self, bytes: &[u8]) -> Result<Message, DnsError> {
        Message::from_vec(bytes).map_err(|_| self.unintelligible("is no answer of the DNS"))
    }

    fn unsendable(&self, error: &ProtoError) -> DnsError {
        DnsError::Configuration(format!("no update can be sent to {}: {error}", self.address))
    }

    fn unintelligible(&self, what: &'static str) -> DnsError {
        DnsError::Unintelligible {
            server: self.address.clone(),
            what,
        }
    }
}

/// Over TCP each message has its length in front (RFC 1035, section 4.2.2).
async fn exchange(address: &str, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes(), question].concat())
        .await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// What an update says of a record (RFC 2136, sections 2.5.1 and 2.5.4).
fn changed(record: &Txt<'_>, change: Change) -> Result<Record, DnsError> {
    let data = RData::TXT(TXT::new(vec![record.value.to_owned()]));
    let mut changed = Record::from_rdata(name(record.name)?, TTL, data);
    if let Change::Remove = change {
        changed.dns_class = DNSClass::NONE;
        changed.ttl = 0;
    }
    Ok(changed)
}

fn name(text: &str) -> Result<Name, DnsError> {
    let mut name =
        Name::from_ascii(text).map_err(|error| DnsError::Configuration(format!("{text}: {error}")))?;
    name.set_fqdn(true);
    Ok(name)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
