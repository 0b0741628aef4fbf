use core::fmt;
use core::str::FromStr;

/// The version of an image, as `Cargo.toml` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Changes when what worked stops working.
    pub major: u16,
    /// Changes with what is new.
    pub minor: u16,
    /// Changes with what is mended.
    pub patch: u16,
}

/// Not a version: three numbers up to 65535 with points between them are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionError;

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version is three numbers up to 65535, like 1.2.3")
    }
}

impl core::error::Error for VersionError {}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut numbers = text.split('.').map(number);
        let mut next = || numbers.next().flatten().ok_or(VersionError);
        let version = Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        match numbers.next() {
            None => Ok(version),
            Some(_) => Err(VersionError),
        }
    }
}

/// Digits alone: `u16` takes a sign as well.
fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn versions_are_three_numbers_in_their_order() {
        let ordered = ["0.1.0", "0.1.9", "0.1.10", "0.2.0", "1.0.0", "65535.65535.65535"];
        let versions = ordered.map(|text| text.parse::<Version>().unwrap());
        assert!(versions.is_sorted());
        assert_eq!(versions.map(|version| version.to_string()), ordered);
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.",
            "1.2.x",
            "1.2.+3",
            "1.2.65536",
            "1.2.3-rc1",
        ] {
            assert_eq!(text.parse::<Version>(), Err(VersionError), "{text}");
        }
    }
}
