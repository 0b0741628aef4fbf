use crate::engine::keys::KeyName;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The seconds that distributions were last named by, for each name of a key: keys of one name in several mounts may go to
/// one key ring, where two of one second would be one key.
#[derive(Default)]
pub(in crate::engine) struct Seconds(Mutex<HashMap<String, i64>>);

impl Seconds {
    /// The first second from `earliest` on that no distribution of a key of this name has had. What lies before `now` is
    /// forgotten: no later call may come back to it.
    pub(super) fn take(&self, name: &KeyName, earliest: i64, now: i64) -> i64 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, second| *second >= now);
        let last = all.entry(name.to_string()).or_insert(i64::MIN);
        *last = earliest.max(last.saturating_add(1));
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_names_two_distributions_of_one_name() {
        let (seconds, [one, other]) = (
            Seconds::default(),
            ["one", "other"].map(|name| KeyName::parse(name).unwrap()),
        );
        assert_eq!([1, 2].map(|_| seconds.take(&one, 100, 100)), [100, 101]);
        assert_eq!(seconds.take(&other, 100, 100), 100);
        assert_eq!(seconds.take(&one, 100, 100), 102);
        assert_eq!(seconds.take(&one, 200, 200), 200);
    }
}
