//! Time as the engine sees it: stored as nanoseconds, settable in tests.

use super::span::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the present.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Time;

    /// The present, as far as it is certain: what can't be undone is done only when its time has come by this too.
    fn certain(&self) -> Time {
        self.now()
    }
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// Nanoseconds since 1970-01-01T00:00:00Z; good until the year 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Time(i64);

impl Time {
    /// This many nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds after the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The time of an RFC 3339 text; `None` where it is none, or beyond the year 2262.
    pub fn parse(text: &str) -> Option<Self> {
        let time: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(time.as_nanosecond()).ok().map(Self)
    }

    /// RFC 3339 in UTC with this many digits of fraction.
    pub fn with_digits(self, digits: usize) -> String {
        match jiff::Timestamp::from_nanosecond(self.0.into()) {
            Ok(time) => format!("{time:.digits$}"),
            Err(_) => self.to_string(),
        }
    }

    /// Later by `span`, or the last time that can be told.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.as_nanos()))
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC with 0, 3, 6 or 9 digits of fraction, as Vault's protobuf library writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = [(1_000_000_000, 0), (1_000_000, 3), (1_000, 6)]
            .into_iter()
            .find(|(unit, _)| self.0 % unit == 0)
            .map_or(9, |(_, digits)| digits);
        let time = jiff::Timestamp::from_nanosecond(self.0.into()).map_err(|_| fmt::Error)?;
        write!(f, "{time:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_have_0_3_6_or_9_digits() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_795_295_000_000_000_000, "2026-11-21T21:03:20Z"),
            (1_100_000_000, "1970-01-01T00:00:01.100Z"),
            (1_000_010_000, "1970-01-01T00:00:01.000010Z"),
            (1_000_000_001, "1970-01-01T00:00:01.000000001Z"),
        ] {
            assert_eq!(Time::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn far_futures_saturate() {
        let late = Time::from_nanos(i64::MAX - 1).after(Span::from_secs(10));
        assert_eq!(late, Time::from_nanos(i64::MAX));
        assert!(late.to_string().starts_with("2262-04-11T"));
    }
}
