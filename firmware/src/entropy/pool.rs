use zeroize::{Zeroize, ZeroizeOnDrop};

/// One call of the generator costs much the same for 16 bytes as for 256; a seal needs 19.
const POOL_LEN: usize = 256;

/// Generator output that waits to be used. Bytes are wiped as they leave, so that nobody who reads the memory later
/// learns what was handed out.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Pool {
    bytes: [u8; POOL_LEN],
    used: usize,
}

impl Pool {
    pub(super) const fn empty() -> Self {
        Self {
            bytes: [0; POOL_LEN],
            used: POOL_LEN,
        }
    }

    /// Moves bytes to the front of `output` and tells how many there were.
    pub(super) fn take(&mut self, output: &mut [u8]) -> usize {
        let waiting = self.bytes.get_mut(self.used..).unwrap_or_default();
        let len = waiting.len().min(output.len());
        for (target, byte) in output.iter_mut().zip(waiting) {
            *target = core::mem::take(byte);
        }
        self.used = self.used.saturating_add(len);
        len
    }

    /// Fills the whole pool by `generate`; on its error the pool stays empty.
    pub(super) fn refill<E>(&mut self, generate: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<(), E> {
        generate(&mut self.bytes)?;
        self.used = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_once_and_nothing_stays() {
        let mut pool = Pool::empty();
        assert_eq!(pool.take(&mut [0; 8]), 0);
        pool.refill::<()>(|bytes| {
            bytes.fill(0xaa);
            Ok(())
        })
        .unwrap();
        let mut output = [0; 200];
        assert_eq!(pool.take(&mut output), 200);
        assert_eq!(output, [0xaa; 200]);
        assert_eq!(pool.bytes[..200], [0; 200]);
        assert_eq!(pool.take(&mut output), 56);
        assert_eq!(pool.take(&mut output), 0);
        assert_eq!(pool.bytes, [0; POOL_LEN]);
    }
}
