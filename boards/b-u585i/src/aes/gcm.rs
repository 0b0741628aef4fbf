use super::{
    BUSY, DECRYPT, ENABLE, GCM, IV, KEY, KEY_OF_256, PADDING_AT, PHASE_AT, Register, Registers, Stuck,
    complete, put, reset, take, until,
};
use casemate_common::record::{NONCE_LEN, TAG_LEN};
use casemate_firmware::crypto::{Aes256Gcm, CryptoError, Key256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The counter of the first block of data: the one before it is the tag's (SP 800-38D, section 7.1).
const FIRST_COUNTER: u32 = 2;

/// Which way data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The tag is over what comes out.
    Encrypt,
    /// The tag is over what goes in.
    Decrypt,
}

#[derive(Clone, Copy)]
enum Phase {
    Init,
    Header,
    Payload,
    Final,
}

/// AES-256-GCM by the AES block, which `R` reaches.
pub struct HardwareAes256Gcm<R> {
    key: Key256,
    aes: R,
}

impl<R: Registers + Default> Aes256Gcm for HardwareAes256Gcm<R> {
    fn new(key: &Key256) -> Self {
        Self {
            key: Key256::new(*key.as_bytes()),
            aes: R::default(),
        }
    }

    #[inline(never)]
    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CryptoError> {
        run(&self.aes, Direction::Encrypt, &self.key, nonce, associated, data)
            .map_err(|Stuck| CryptoError::Failed)
    }

    /// The block decrypts and authenticates at once; what does not authenticate is wiped before anybody sees it.
    #[inline(never)]
    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CryptoError> {
        let outcome = run(&self.aes, Direction::Decrypt, &self.key, nonce, associated, data);
        let error = match outcome {
            Ok(found) if bool::from(found.ct_eq(tag)) => return Ok(()),
            Ok(_) => CryptoError::NotAuthentic,
            Err(Stuck) => CryptoError::Failed,
        };
        data.fill(0);
        Err(error)
    }
}

/// All four phases (RM0456, section 49.4.8), and the tag.
pub(super) fn run(
    aes: &impl Registers,
    direction: Direction,
    key: &Key256,
    nonce: &[u8; NONCE_LEN],
    associated: &[u8],
    data: &mut [u8],
) -> Result<[u8; TAG_LEN], Stuck> {
    reset(aes)?;
    let flow = Flow { aes, direction };
    let tag = flow
        .init(key, nonce)
        .and_then(|()| flow.header(associated))
        .and_then(|()| flow.payload(data))
        .and_then(|()| flow.finish(associated.len(), data.len()));
    reset(aes)?;
    tag
}

struct Flow<'a, R> {
    aes: &'a R,
    direction: Direction,
}

impl<R: Registers> Flow<'_, R> {
    fn control(&self, phase: Phase, padding: usize, enable: u32) {
        let mode = match self.direction {
            Direction::Encrypt => 0,
            Direction::Decrypt => DECRYPT,
        };
        let phase = (phase as u32) << PHASE_AT;
        let padding = (padding as u32) << PADDING_AT;
        self.aes.write(
            Register::Control,
            GCM | KEY_OF_256 | mode | phase | padding | enable,
        );
    }

    /// Takes key and nonce, and makes the hash key.
    fn init(&self, key: &Key256, nonce: &[u8; NONCE_LEN]) -> Result<(), Stuck> {
        self.control(Phase::Init, 0, 0);
        for (register, word) in KEY.into_iter().zip(key.as_bytes().as_chunks().0) {
            self.aes.write(register, u32::from_be_bytes(*word));
        }
        let counter = FIRST_COUNTER.to_be_bytes();
        for (register, word) in IV.into_iter().zip(nonce.as_chunks().0.iter().chain([&counter])) {
            self.aes.write(register, u32::from_be_bytes(*word));
        }
        self.control(Phase::Init, 0, ENABLE);
        complete(self.aes)
    }

    /// Entered also without anything to authenticate.
    fn header(&self, associated: &[u8]) -> Result<(), Stuck> {
        self.control(Phase::Header, 0, ENABLE);
        for piece in associated.chunks(16) {
            put(self.aes, &padded(piece));
            complete(self.aes)?;
        }
        Ok(())
    }

    fn payload(&self, data: &mut [u8]) -> Result<(), Stuck> {
        for piece in data.chunks_mut(16) {
            self.control(Phase::Payload, self.padding(piece.len()), ENABLE);
            let mut block = Zeroizing::new(padded(piece));
            put(self.aes, &block);
            take(self.aes, &mut block)?;
            piece.copy_from_slice(&block[..piece.len()]);
        }
        Ok(())
    }

    /// The bytes of a block that count for nothing: told when encrypting alone (section 49.4.4), as ciphertext comes with zeros.
    const fn padding(&self, len: usize) -> usize {
        match self.direction {
            Direction::Encrypt => 16 - len,
            Direction::Decrypt => 0,
        }
    }

    fn finish(&self, associated_len: usize, data_len: usize) -> Result<[u8; TAG_LEN], Stuck> {
        until(self.aes, Register::Status, BUSY, 0)?;
        self.control(Phase::Final, 0, ENABLE);
        let bits = ((associated_len as u128 * 8) << 64) | (data_len as u128 * 8);
        put(self.aes, &bits.to_be_bytes());
        let mut tag = [0; TAG_LEN];
        take(self.aes, &mut tag)?;
        Ok(tag)
    }
}

fn padded(piece: &[u8]) -> [u8; 16] {
    let mut block = [0; 16];
    block[..piece.len()].copy_from_slice(piece);
    block
}
