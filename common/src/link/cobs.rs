//! Consistent Overhead Byte Stuffing, whole runs at a time: data of a link is mostly ciphertext, where zeros are about
//! 256 bytes apart, so that copying runs is several times faster than going byte by byte.

use super::LinkError;

/// Longest run of non-zero bytes that one code byte announces.
const MAX_RUN: usize = 254;

/// Most bytes that encoding `len` bytes yields, without the delimiter.
pub const fn max_encoded_len(len: usize) -> usize {
    len.saturating_add(len / MAX_RUN).saturating_add(1)
}

/// Encodes `input` into `output`, without a delimiter, and tells how many bytes that took.
///
/// # Errors
/// [`LinkError::TooLong`] when `output` is shorter than [`max_encoded_len`] demands.
pub fn encode(input: &[u8], output: &mut [u8]) -> Result<usize, LinkError> {
    let mut rest = input;
    let mut written = 0_usize;
    loop {
        let zero = memchr::memchr(0, rest);
        let mut run = match zero {
            Some(at) => rest.split_at_checked(at).ok_or(LinkError::TooLong)?.0,
            None => rest,
        };
        while let Some((full, tail)) = run.split_at_checked(MAX_RUN) {
            // A full run that ends the input stands alone; otherwise what follows continues it without a zero.
            if tail.is_empty() && zero.is_none() {
                put(output, &mut written, full)?;
                return Ok(written);
            }
            put(output, &mut written, full)?;
            run = tail;
        }
        put(output, &mut written, run)?;
        match zero {
            Some(at) => rest = rest.get(at.saturating_add(1)..).unwrap_or_default(),
            None => return Ok(written),
        }
    }
}

fn put(output: &mut [u8], written: &mut usize, run: &[u8]) -> Result<(), LinkError> {
    let free = output.get_mut(*written..).ok_or(LinkError::TooLong)?;
    let (code, free) = free.split_first_mut().ok_or(LinkError::TooLong)?;
    let (body, _) = free.split_at_mut_checked(run.len()).ok_or(LinkError::TooLong)?;
    *code = u8::try_from(run.len().saturating_add(1)).map_err(|_| LinkError::TooLong)?;
    body.copy_from_slice(run);
    *written = written.saturating_add(run.len()).saturating_add(1);
    Ok(())
}

/// Decodes `buffer` (without its delimiter) in place and tells how many bytes came out.
///
/// # Errors
/// [`LinkError::Garbled`] for anything that no encoder makes.
pub fn decode_in_place(buffer: &mut [u8]) -> Result<usize, LinkError> {
    let mut read = 0_usize;
    let mut written = 0_usize;
    while let Some(&code) = buffer.get(read) {
        let run = usize::from(code).checked_sub(1).ok_or(LinkError::Garbled)?;
        let start = read.saturating_add(1);
        let end = start.checked_add(run).ok_or(LinkError::Garbled)?;
        // `written` never gets ahead of `start`; to ask nevertheless keeps a panic out of the image.
        if end > buffer.len() || written > buffer.len().saturating_sub(run) {
            return Err(LinkError::Garbled);
        }
        buffer.copy_within(start..end, written);
        written = written.saturating_add(run);
        read = end;
        if run < MAX_RUN && read < buffer.len() {
            // `written` is behind `read`, so there is room.
            *buffer.get_mut(written).ok_or(LinkError::Garbled)? = 0;
            written = written.saturating_add(1);
        }
    }
    if read == 0 {
        Err(LinkError::Garbled)
    } else {
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    fn encoded(input: &[u8]) -> Vec<u8> {
        let mut output = vec![0; max_encoded_len(input.len())];
        let len = encode(input, &mut output).unwrap();
        output.truncate(len);
        output
    }

    #[test]
    fn known_answers() {
        // The examples of the COBS paper and its usual boundary cases.
        assert_eq!(encoded(&[]), [1]);
        assert_eq!(encoded(&[0]), [1, 1]);
        assert_eq!(encoded(&[0, 0]), [1, 1, 1]);
        assert_eq!(encoded(&[0x11, 0x22, 0, 0x33]), [3, 0x11, 0x22, 2, 0x33]);
        assert_eq!(encoded(&[0x11, 0, 0, 0]), [2, 0x11, 1, 1, 1]);
        let ones = [1; 254];
        assert_eq!(encoded(&ones)[0], 0xff);
        assert_eq!(encoded(&ones).len(), 255);
        let mut followed_by_zero = ones.to_vec();
        followed_by_zero.push(0);
        assert_eq!(encoded(&followed_by_zero)[255..], [1, 1]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(input in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..1200)) {
            let mut wire = encoded(&input);
            prop_assert!(!wire.contains(&0));
            prop_assert!(wire.len() <= max_encoded_len(input.len()));
            let len = decode_in_place(&mut wire).unwrap();
            prop_assert_eq!(&wire[..len], &input[..]);
        }

        #[test]
        fn any_bytes_decode_or_are_refused(mut wire in prop::collection::vec(any::<u8>(), 0..600)) {
            let before = wire.len();
            if let Ok(len) = decode_in_place(&mut wire) {
                prop_assert!(len < before);
            }
        }
    }
}
