//! Exchange layer: many requests in flight over one session, with bodies of any length.
//!
//! ```text
//! message = kind|last (1) ‖ id (2) ‖ [code (2)] ‖ body       integers little endian; bit 7 of the first byte: last
//! ```
//!
//! A request is one `Request` message (code: the command), followed by `RequestPart`s until one is marked last. Its
//! answer is one `Answer` message (code: 0, or an [`ErrorCode`](crate::error::ErrorCode)), followed by `AnswerPart`s
//! until one is marked last; an answer may begin before its request has ended, and an answer with an error ends the
//! exchange at once. Answers of different ids may interleave. An id is free again after its answer's last message.
//! A stream may fail after its first answer part: then an `Answer` with the error follows in place of a part.

mod message;

pub use message::{MESSAGE_HEADER_LEN, Message, MessageKind};
