use crate::platform::EntropyError;

/// Where the algorithms get random bytes from: the device's generator, or a fixed sequence in a known-answer test.
pub trait Random {
    /// Fills `output` with bytes that are given to nobody else.
    ///
    /// # Errors
    /// [`EntropyError`] when the source failed; then `output` must not be used.
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError>;
}

impl<R: Random> Random for &mut R {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        R::fill(self, output)
    }
}
