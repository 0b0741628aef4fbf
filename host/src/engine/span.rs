//! Lengths of time in the text form of Go's `time.Duration`, which Vault's clients send and expect.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const SECOND: i64 = 1_000_000_000;

/// A signed length of time in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span(i64);

/// The text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a duration; give seconds, or a number with a unit such as 90s, 1h30m or 7d")]
pub struct BadSpan;

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many seconds; saturates after 292 years.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// This many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whether it runs backwards.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl FromStr for Span {
    type Err = BadSpan;

    /// Plain digits are seconds; otherwise numbers with the units `ns us µs ms s m h d`, largest first or not.
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        if let Ok(seconds) = text.parse::<i64>() {
            return seconds.checked_mul(SECOND).map(Self).ok_or(BadSpan);
        }
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest.is_empty() {
            return Err(BadSpan);
        }
        let mut nanos = 0i64;
        while !rest.is_empty() {
            let (part, after) = leading_part(rest)?;
            nanos = nanos.checked_add(part).ok_or(BadSpan)?;
            rest = after;
        }
        Ok(Self(if negative { -nanos } else { nanos }))
    }
}

/// Nanoseconds of the first number with its unit, and what follows.
fn leading_part(text: &str) -> Result<(i64, &str), BadSpan> {
    let number_len = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .ok_or(BadSpan)?;
    let (number, rest) = text.split_at(number_len);
    let unit_len = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_len);
    let unit = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return Err(BadSpan),
    };
    Ok((scaled(number, unit)?, rest))
}

/// `number` (digits with at most one point) times `unit`, cut to whole nanoseconds.
fn scaled(number: &str, unit: i64) -> Result<i64, BadSpan> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || fraction.len() > 18 {
        return Err(BadSpan);
    }
    let digits = |text: &str| {
        if text.is_empty() {
            Ok(0)
        } else {
            text.parse::<i64>()
        }
    };
    let whole = digits(whole).map_err(|_| BadSpan)?;
    let tenths = i128::from(digits(fraction).map_err(|_| BadSpan)?) * i128::from(unit);
    let fraction = tenths / 10i128.pow(u32::try_from(fraction.len()).map_err(|_| BadSpan)?);
    let nanos = i128::from(whole) * i128::from(unit) + fraction;
    i64::try_from(nanos).map_err(|_| BadSpan)
}

impl fmt::Display for Span {
    /// As Go writes it: `0s`, `1.5ms`, `30s`, `3h25m19s`, `24h0m0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let nanos = self.0.unsigned_abs();
        let second = SECOND.unsigned_abs();
        match nanos {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{nanos}ns"),
            1_000..1_000_000 => write!(f, "{}µs", Decimal(nanos, 1_000)),
            1_000_000..1_000_000_000 => write!(f, "{}ms", Decimal(nanos, 1_000_000)),
            _ => {
                let (hours, minutes) = (nanos / (3_600 * second), nanos / (60 * second) % 60);
                match (hours, minutes) {
                    (0, 0) => {}
                    (0, minutes) => write!(f, "{minutes}m")?,
                    (hours, minutes) => write!(f, "{hours}h{minutes}m")?,
                }
                write!(f, "{}s", Decimal(nanos % (60 * second), second))
            }
        }
    }
}

/// A number of units without trailing zeros.
struct Decimal(u64, u64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, unit) = *self;
        write!(f, "{}", value / unit)?;
        let (mut fraction, mut unit) = (value % unit, unit);
        if fraction != 0 {
            f.write_str(".")?;
        }
        while fraction != 0 {
            unit /= 10;
            write!(f, "{}", fraction / unit)?;
            fraction %= unit;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_what_go_means() {
        for (text, written) in [
            ("0", "0s"),
            ("0s", "0s"),
            ("30", "30s"),
            ("-1", "-1s"),
            ("30s", "30s"),
            ("30m", "30m0s"),
            ("3h25m19s", "3h25m19s"),
            ("1d", "24h0m0s"),
            ("36h", "36h0m0s"),
            ("1.5h", "1h30m0s"),
            (".5s", "500ms"),
            ("1500us", "1.5ms"),
            ("1µs", "1µs"),
            ("12ns", "12ns"),
            ("90.25s", "1m30.25s"),
            ("-1h", "-1h0m0s"),
        ] {
            assert_eq!(
                text.parse::<Span>().map(|span| span.to_string()),
                Ok(written.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "",
            "-",
            "s",
            "1",
            "1x",
            "1.2.3s",
            ".s",
            "1h30",
            "1 h",
            "999999999999h",
            "-9999999999999999999",
        ] {
            assert_eq!(text.parse::<Span>().is_err(), text != "1", "{text}");
        }
    }
}
