//! Just enough of DER (ITU-T X.690) to find the numbers of a private key.

pub(super) const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The public key in an `ECPrivateKey` (RFC 5915).
const EC_PUBLIC_KEY: u8 = 0xa1;
/// The curve there.
const EC_PARAMETERS: u8 = 0xa0;

/// Reads one element after the other.
#[derive(Clone, Copy)]
pub(super) struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    pub(super) fn new(der: &'d [u8]) -> Self {
        Self(der)
    }

    /// Inside the next element, which must be a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.element(SEQUENCE).map(Self)
    }

    /// The contents of the next element, if it has this tag.
    pub(super) fn element(&mut self, tag: u8) -> Option<&'d [u8]> {
        let (found, contents, rest) = split(self.0)?;
        (found == tag).then(|| {
            self.0 = rest;
            contents
        })
    }
}

/// Tag and contents of the first element, and what follows it.
fn split(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let len = bytes.iter().fold(0, |len, &byte| len << 8 | usize::from(byte));
            (len, rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(len)?;
    Some((tag, contents, rest))
}

/// What stands in a `OneAsymmetricKey` (RFC 5958).
pub(in crate::engine) struct Pkcs8Key<'d> {
    /// The algorithm's identifier.
    pub(in crate::engine) algorithm: &'d [u8],
    /// The curve's identifier; empty where the algorithm has none.
    pub(in crate::engine) parameters: &'d [u8],
    /// The key, as the algorithm has it.
    pub(in crate::engine) key: &'d [u8],
}

/// The parts of a private key in PKCS#8.
pub(in crate::engine) fn pkcs8_key(der: &[u8]) -> Option<Pkcs8Key<'_>> {
    let mut info = Reader::new(der).sequence()?;
    info.element(INTEGER)?;
    let mut identifier = info.sequence()?;
    let algorithm = identifier.element(OID)?;
    Some(Pkcs8Key {
        algorithm,
        parameters: identifier.element(OID).unwrap_or_default(),
        key: info.element(OCTET_STRING)?,
    })
}

/// The scalar of an `ECPrivateKey` (RFC 5915), and the bits of its public key where that stands beside.
pub(in crate::engine) fn ec_key(der: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut private = Reader::new(der).sequence()?;
    private.element(INTEGER)?;
    let scalar = private.element(OCTET_STRING)?;
    let _ = private.element(EC_PARAMETERS);
    let public = private.element(EC_PUBLIC_KEY);
    Some((
        scalar,
        public.and_then(|public| Reader::new(public).element(BIT_STRING)),
    ))
}
