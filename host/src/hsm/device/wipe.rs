/// Zeroes a buffer that may hold plaintext, before it is used again.
///
/// Crate `zeroize` writes byte by byte; for the link's buffers, which every byte of every request passes through, that
/// would cost more than the encryption. This is one `memset` that the optimiser is told somebody looks at.
pub(super) fn wipe(buffer: &mut [u8]) {
    buffer.fill(0);
    std::hint::black_box(buffer);
}
