use std::fmt;

/// Where a secret lies within its collection: 1 to 255 characters, segments parted by single slashes.
///
/// Allowed are ASCII letters, digits, the space and `_ . : / = @ % -`: what OVHcloud documents, and the space that
/// Vault's clients may send.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretPath(String);

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// No character at all.
    #[error("the path is empty")]
    Empty,
    /// More than [`SecretPath::MAX_LEN`] characters.
    #[error("the path is longer than 255 characters")]
    TooLong,
    /// A leading, trailing or double slash.
    #[error("the path must not start or end with a slash or hold two in a row")]
    EmptySegment,
    /// A character that paths do not have.
    #[error("the path may hold letters, digits, spaces and _.:/=@%- only")]
    Character,
}

impl SecretPath {
    /// Most characters of a path.
    pub const MAX_LEN: usize = 255;

    /// The path of this text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadPath> {
        let text = text.into();
        match text.as_bytes() {
            [] => Err(BadPath::Empty),
            bytes if bytes.len() > Self::MAX_LEN => Err(BadPath::TooLong),
            bytes if !bytes.iter().copied().all(is_path_byte) => Err(BadPath::Character),
            [b'/', ..] | [.., b'/'] => Err(BadPath::EmptySegment),
            _ if text.contains("//") => Err(BadPath::EmptySegment),
            _ => Ok(Self(text)),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.:/=@%- ".contains(&byte)
}

impl fmt::Display for SecretPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SecretPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretPath({:?})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_characters_pass() {
        for text in [
            "a",
            "foo/bar",
            "A-Z_0.9:=@%",
            "foo/bar baz@x",
            "..",
            &"x".repeat(255),
        ] {
            assert_eq!(SecretPath::parse(text).map(|path| path.0), Ok(text.to_owned()));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, why) in [
            ("", BadPath::Empty),
            ("/a", BadPath::EmptySegment),
            ("a/", BadPath::EmptySegment),
            ("a//b", BadPath::EmptySegment),
            ("/", BadPath::EmptySegment),
            ("a*", BadPath::Character),
            ("a\0b", BadPath::Character),
            ("ä", BadPath::Character),
            ("a\nb", BadPath::Character),
            (&"x".repeat(256), BadPath::TooLong),
        ] {
            assert_eq!(SecretPath::parse(text), Err(why), "{text:?}");
        }
    }
}
