/// Length of a chain's head: SHA-256.
pub const HEAD_LEN: usize = 32;

/// Length of a verifier's challenge.
pub const CHALLENGE_LEN: usize = 32;

/// What a chain begins with; the device's id follows.
pub const GENESIS_LABEL: &[u8] = b"casemate audit genesis v1";

const HEAD_LABEL: &[u8; 22] = b"casemate audit head v1";

/// Length of what is signed.
pub const HEAD_MESSAGE_LEN: usize = HEAD_LABEL.len() + 16 + 8 + HEAD_LEN + CHALLENGE_LEN;

/// What the device signs of its chain.
pub fn head_message(
    device: &[u8; 16],
    sequence: u64,
    head: &[u8; HEAD_LEN],
    challenge: &[u8; CHALLENGE_LEN],
) -> [u8; HEAD_MESSAGE_LEN] {
    let sequence = sequence.to_le_bytes();
    let fields: [&[u8]; 5] = [HEAD_LABEL, device, &sequence, head, challenge];
    let mut message = [0; HEAD_MESSAGE_LEN];
    message
        .iter_mut()
        .zip(fields.into_iter().flatten())
        .for_each(|(byte, value)| *byte = *value);
    message
}
