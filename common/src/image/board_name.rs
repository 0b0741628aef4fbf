use core::fmt;

/// What a board's firmware calls the board: 1 to 16 visible characters of ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BoardName([u8; BoardName::MAX_LEN]);

impl BoardName {
    /// Most characters of a name.
    pub const MAX_LEN: usize = 16;

    /// The name; `None` where no board is called so.
    pub const fn new(name: &str) -> Option<Self> {
        let mut field = [0; Self::MAX_LEN];
        let Some((front, _)) = field.split_at_mut_checked(name.len()) else {
            return None;
        };
        front.copy_from_slice(name.as_bytes());
        let mut rest: &[u8] = name.as_bytes();
        while let [first, behind @ ..] = rest {
            if !first.is_ascii_graphic() {
                return None;
            }
            rest = behind;
        }
        if name.is_empty() { None } else { Some(Self(field)) }
    }

    /// The name in a header's field.
    pub(super) fn parse(field: [u8; Self::MAX_LEN]) -> Option<Self> {
        let len = field.iter().take_while(|&&byte| byte != 0).count();
        let (name, rest) = field.split_at_checked(len)?;
        let visible = name.iter().all(u8::is_ascii_graphic);
        let filled_up = rest.iter().all(|&byte| byte == 0);
        (visible && filled_up && !name.is_empty()).then_some(Self(field))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let name = self.0.split(|&byte| byte == 0).next().unwrap_or_default();
        str::from_utf8(name).unwrap_or_default()
    }

    /// The header's field.
    pub(super) const fn as_bytes(&self) -> &[u8; Self::MAX_LEN] {
        &self.0
    }
}

impl fmt::Display for BoardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for BoardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoardName({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_name_is_short_and_visible() {
        for name in ["pico2", "b-u585i-iot02a", "a", "0123456789abcdef"] {
            assert_eq!(BoardName::new(name).unwrap().to_string(), name);
        }
        for name in [
            "",
            "0123456789abcdefg",
            "pico 2",
            "pico2\n",
            "pico²",
            "pico\u{0}2",
        ] {
            assert_eq!(BoardName::new(name), None, "{name:?}");
        }
    }
}
