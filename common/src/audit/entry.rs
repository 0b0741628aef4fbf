/// Length of an entry in bytes.
pub const ENTRY_LEN: usize = 64;

/// What an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Event {
    /// A command, and how it ended.
    Command = 1,
    /// A session has used a key by this command for the first time. Later uses follow in [`Event::Uses`].
    FirstUse = 2,
    /// How often the session has used the key by this command since the entry before about the same.
    Uses = 3,
}

impl Event {
    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Command),
            2 => Some(Self::FirstUse),
            3 => Some(Self::Uses),
            _ => None,
        }
    }
}

/// What a command was about: the id of a keyring or key, the start of a host key's hash; zeros where there is nothing
/// to name.
pub type Subject = [u8; 16];

/// One entry of the log.
///
/// | field | bytes, integers little endian |
/// | --- | --- |
/// | sequence | 8 |
/// | starts | 8 |
/// | uptime_ms | 8 |
/// | host | 8 |
/// | subject | 16 |
/// | command | 2 |
/// | outcome | 2 |
/// | uses | 4 |
/// | failures | 4 |
/// | roles | 1 |
/// | event | 1 |
/// | zeros | 2 |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Counts the entries; the first one of a device is 1.
    pub sequence: u64,
    /// How often the device had been started.
    pub starts: u64,
    /// Milliseconds since the last start.
    pub uptime_ms: u64,
    /// The first bytes of the SHA-256 of the public key by which the session's host proved itself; zeros without one.
    pub host: [u8; 8],
    /// What it was about.
    pub subject: Subject,
    /// The command's code.
    pub command: u16,
    /// 0, or the error's code.
    pub outcome: u16,
    /// Uses that succeeded; of a command, 1 or 0.
    pub uses: u32,
    /// Uses that failed; of a command, 0 or 1.
    pub failures: u32,
    /// The session's roles, as the bits of [`Role`](crate::command::Role).
    pub roles: u8,
    /// What it tells of.
    pub event: Event,
}

impl Entry {
    /// The bytes that are chained and travel.
    pub fn encode(&self) -> [u8; ENTRY_LEN] {
        let fields: [&[u8]; 11] = [
            &self.sequence.to_le_bytes(),
            &self.starts.to_le_bytes(),
            &self.uptime_ms.to_le_bytes(),
            &self.host,
            &self.subject,
            &self.command.to_le_bytes(),
            &self.outcome.to_le_bytes(),
            &self.uses.to_le_bytes(),
            &self.failures.to_le_bytes(),
            &[self.roles, self.event as u8],
            &[0, 0],
        ];
        let mut bytes = [0; ENTRY_LEN];
        bytes
            .iter_mut()
            .zip(fields.into_iter().flatten())
            .for_each(|(byte, value)| *byte = *value);
        bytes
    }

    /// The entry in `bytes`, if it is one.
    pub fn parse(bytes: &[u8; ENTRY_LEN]) -> Option<Self> {
        let (sequence, rest) = bytes.split_first_chunk()?;
        let (starts, rest) = rest.split_first_chunk()?;
        let (uptime_ms, rest) = rest.split_first_chunk()?;
        let (host, rest) = rest.split_first_chunk()?;
        let (subject, rest) = rest.split_first_chunk()?;
        let (command, rest) = rest.split_first_chunk()?;
        let (outcome, rest) = rest.split_first_chunk()?;
        let (uses, rest) = rest.split_first_chunk()?;
        let (failures, rest) = rest.split_first_chunk()?;
        let &[roles, event, 0, 0] = rest else {
            return None;
        };
        Some(Self {
            sequence: u64::from_le_bytes(*sequence),
            starts: u64::from_le_bytes(*starts),
            uptime_ms: u64::from_le_bytes(*uptime_ms),
            host: *host,
            subject: *subject,
            command: u16::from_le_bytes(*command),
            outcome: u16::from_le_bytes(*outcome),
            uses: u32::from_le_bytes(*uses),
            failures: u32::from_le_bytes(*failures),
            roles,
            event: Event::from_number(event)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry = Entry {
        sequence: 0x0102_0304,
        starts: 5,
        uptime_ms: 6_000,
        host: [7; 8],
        subject: [8; 16],
        command: 0x0201,
        outcome: 0x0301,
        uses: 9,
        failures: 10,
        roles: 4,
        event: Event::Uses,
    };

    #[test]
    fn the_bytes_are_fixed() {
        let mut expected = [0; ENTRY_LEN];
        expected[..4].copy_from_slice(&[4, 3, 2, 1]);
        expected[8] = 5;
        expected[16..18].copy_from_slice(&[0x70, 0x17]);
        expected[24..32].fill(7);
        expected[32..48].fill(8);
        expected[48..52].copy_from_slice(&[1, 2, 1, 3]);
        expected[52] = 9;
        expected[56] = 10;
        expected[60..62].copy_from_slice(&[4, 3]);
        assert_eq!(ENTRY.encode(), expected);
        assert_eq!(Entry::parse(&expected), Some(ENTRY));
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        for (at, value) in [(61, 0), (61, 4), (62, 1), (63, 1)] {
            let mut bytes = ENTRY.encode();
            bytes[at] = value;
            assert_eq!(Entry::parse(&bytes), None);
        }
    }
}
