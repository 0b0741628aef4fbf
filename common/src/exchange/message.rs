use crate::error::ErrorCode;

/// Most bytes in front of a message's body.
pub const MESSAGE_HEADER_LEN: usize = 5;

const LAST: u8 = 0x80;

/// What a message is in its exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// The first message of a request, with its command's code.
    Request(u16),
    /// More of a request's body.
    RequestPart,
    /// The first message of an answer, with 0 or an error's code; after that, an error that ends it.
    Answer(u16),
    /// More of an answer's body.
    AnswerPart,
    /// The host does not want the answer any more. Answered with [`ErrorCode::Cancelled`], or by an answer that was
    /// on its way already.
    Cancel,
}

/// One message, borrowed from the frame that carried it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'b> {
    /// What it is.
    pub kind: MessageKind,
    /// The exchange it belongs to.
    pub id: u16,
    /// Whether the sender's side of the exchange ends with it.
    pub last: bool,
    /// The rest of the frame.
    pub body: &'b mut [u8],
}

impl<'b> Message<'b> {
    /// Reads a frame's payload.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] for a short message or an unknown kind.
    pub fn parse(payload: &'b mut [u8]) -> Result<Self, ErrorCode> {
        let (&mut [first, i0, i1], rest) = payload
            .split_first_chunk_mut::<3>()
            .ok_or(ErrorCode::MalformedRequest)?;
        let (kind, body) = match first & !LAST {
            2 => (MessageKind::RequestPart, rest),
            4 => (MessageKind::AnswerPart, rest),
            5 => (MessageKind::Cancel, rest),
            coded => {
                let (&mut code, body) = rest
                    .split_first_chunk_mut::<2>()
                    .ok_or(ErrorCode::MalformedRequest)?;
                let code = u16::from_le_bytes(code);
                match coded {
                    1 => (MessageKind::Request(code), body),
                    3 => (MessageKind::Answer(code), body),
                    _ => return Err(ErrorCode::MalformedRequest),
                }
            }
        };
        Ok(Self {
            kind,
            id: u16::from_le_bytes([i0, i1]),
            last: first & LAST != 0,
            body,
        })
    }
}

impl MessageKind {
    /// Writes the header of a message of this kind and tells its length (3, or 5 with a code).
    pub fn write(self, id: u16, last: bool, target: &mut [u8; MESSAGE_HEADER_LEN]) -> usize {
        let (number, code) = match self {
            Self::Request(code) => (1, Some(code)),
            Self::RequestPart => (2, None),
            Self::Answer(code) => (3, Some(code)),
            Self::AnswerPart => (4, None),
            Self::Cancel => (5, None),
        };
        let [i0, i1] = id.to_le_bytes();
        let [c0, c1] = code.unwrap_or_default().to_le_bytes();
        *target = [number | if last { LAST } else { 0 }, i0, i1, c0, c1];
        if code.is_some() { 5 } else { 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn every_kind_survives_the_wire() {
        let kinds = [
            MessageKind::Request(0x0102),
            MessageKind::RequestPart,
            MessageKind::Answer(0),
            MessageKind::AnswerPart,
            MessageKind::Cancel,
        ];
        for kind in kinds {
            for last in [false, true] {
                let mut head = [0; MESSAGE_HEADER_LEN];
                let len = kind.write(0xbeef, last, &mut head);
                let mut payload: Vec<u8> = head[..len].to_vec();
                payload.extend(b"body");
                let message = Message::parse(&mut payload).unwrap();
                assert_eq!((message.kind, message.id, message.last), (kind, 0xbeef, last));
                assert_eq!(message.body, b"body");
            }
        }
    }

    #[test]
    fn short_and_unknown_messages_are_refused() {
        for payload in [&mut [][..], &mut [1, 0], &mut [1, 0, 0, 1], &mut [9, 0, 0, 0, 0]] {
            assert_eq!(Message::parse(payload), Err(ErrorCode::MalformedRequest));
        }
    }
}
