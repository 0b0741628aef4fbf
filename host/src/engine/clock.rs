//! Time as the engine sees it: stored as nanoseconds, settable in tests.

use super::span::Span;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// The machine's clock, watched against one that nobody sets: when somebody sets it forward, the time that is certain
/// goes on as if nobody had, until the clock has kept to its new time for a day.
pub struct WatchedClock {
    watch: Mutex<Watch>,
}

/// A time of the clock and the moment it was read, which agreed with each other.
#[derive(Clone, Copy)]
struct Watch {
    time: Time,
    moment: Duration,
    /// Since when the clock is ahead, by the time that is certain.
    ahead_since: Option<Time>,
}

/// How far the clock may stray without having been set.
const SLACK: Span = Span::from_secs(60);
/// How long a clock that was set forward has to keep to it.
const TRIAL: Span = Span::from_secs(24 * 3600);

impl Default for WatchedClock {
    fn default() -> Self {
        let watch = Watch {
            time: SystemClock.now(),
            moment: moment(),
            ahead_since: None,
        };
        Self {
            watch: Mutex::new(watch),
        }
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Time {
        SystemClock.now()
    }

    fn certain(&self) -> Time {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.certain(SystemClock.now(), moment())
    }
}

impl Watch {
    fn certain(&mut self, now: Time, moment: Duration) -> Time {
        let passed = moment.saturating_sub(self.moment).as_nanos();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let expected = Time(self.time.0.saturating_add(passed));
        if now < Time(expected.0.saturating_sub(SLACK.as_nanos())) {
            self.ahead_since = None;
            return now;
        }
        let ahead = now > expected.after(SLACK);
        let since = *self.ahead_since.get_or_insert(expected);
        if ahead && expected < since.after(TRIAL) {
            return expected;
        }
        *self = Self {
            time: now,
            moment,
            ahead_since: None,
        };
        now
    }
}

/// Time since the machine was started, sleep included.
pub(crate) fn moment() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
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

    /// How long after `earlier` this is; nothing where it is not.
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_nanos(if self.0 > earlier.0 {
            self.0.saturating_sub(earlier.0)
        } else {
            0
        })
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
    fn a_clock_that_was_set_forward_is_certain_after_a_day() {
        let hour = Span::from_secs(3600);
        let start = Time::from_nanos(1_795_219_200_000_000_000);
        let mut watch = Watch {
            time: start,
            moment: Duration::ZERO,
            ahead_since: None,
        };
        let at = |hours: u64| Duration::from_secs(hours * 3600);
        let day_ahead = |time: Time| time.after(Span::from_secs(86_400));
        assert_eq!(watch.certain(start.after(hour), at(1)), start.after(hour));
        let two = start.after(Span::from_secs(2 * 3600));
        assert_eq!(watch.certain(day_ahead(two), at(2)), two);
        assert_eq!(watch.certain(two, at(2)), two);
        let back = Time::from_nanos(start.as_nanos() - 86_400_000_000_000);
        assert_eq!(watch.certain(back, at(3)), back);
        let four = start.after(Span::from_secs(4 * 3600));
        assert_eq!(watch.certain(day_ahead(four), at(4)), four);
        let later = start.after(Span::from_secs(28 * 3600));
        assert_eq!(watch.certain(day_ahead(later), at(28)), day_ahead(later));
    }

    #[test]
    fn far_futures_saturate() {
        let late = Time::from_nanos(i64::MAX - 1).after(Span::from_secs(10));
        assert_eq!(late, Time::from_nanos(i64::MAX));
        assert!(late.to_string().starts_with("2262-04-11T"));
    }
}
