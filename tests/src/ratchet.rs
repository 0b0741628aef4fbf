//! Numbers that may get better but not worse: a table in the tree against what was measured now.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// Names with numbers, of which smaller is better.
pub type Table = BTreeMap<String, u64>;

/// How much worse a number may be, in percent: what unrelated changes do to the compiler's choices.
pub const SLACK_PERCENT: u64 = 2;

/// A table of `tests/ratchet`.
pub struct Ratchet {
    /// Its name there.
    pub file: &'static str,
    /// What its numbers are, for whoever reads it.
    pub about: &'static str,
    /// The test that checks it, and keeps new numbers when it is told to by `CASEMATE_RATCHET=update`.
    pub test: &'static str,
}

impl Ratchet {
    /// Compares what was measured with the table, or keeps it.
    ///
    /// # Panics
    /// When something got worse, or the table can't be read or written.
    pub fn check(&self, measured: &Table) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("ratchet")
            .join(self.file);
        let update = format!(
            "CASEMATE_RATCHET=update cargo test -p casemate-tests --test {}",
            self.test
        );
        if env::var("CASEMATE_RATCHET").is_ok_and(|wish| wish == "update") {
            let text = self.text(measured, &update);
            return fs::write(path, text).expect("a table that can be written");
        }
        let text = fs::read_to_string(&path).expect("a table that can be read");
        let kept: Table = toml::from_str(&text).expect("a table of numbers");
        println!("{}", comparison(&kept, measured));
        let complaints = complaints(&kept, measured);
        assert!(
            complaints.is_empty(),
            "worse than {} says by more than {SLACK_PERCENT} %, which was measured with rustc 1.95.0:\n{}\nif it has to be: \
             {update}",
            path.display(),
            complaints.join("\n")
        );
    }

    fn text(&self, measured: &Table, update: &str) -> String {
        let rows: String = measured
            .iter()
            .map(|(name, number)| format!("{name:?} = {number}\n"))
            .collect();
        format!(
            "# {} A test fails when a number gets worse by over\n# {SLACK_PERCENT} %. To change the table: {update}\n{rows}",
            self.about
        )
    }
}

/// What is wrong with `measured` by the table `kept`, a line each: what got worse by more than the slack, what is not in
/// the table, and what is no longer measured.
pub fn complaints(kept: &Table, measured: &Table) -> Vec<String> {
    let worse = measured.iter().filter_map(|(name, &now)| match kept.get(name) {
        None => Some(format!("{name}: {now}, and not in the table")),
        Some(&before) if now * 100 > before * (100 + SLACK_PERCENT) => {
            Some(format!("{name}: {now}, was {before} ({})", change(before, now)))
        }
        Some(_) => None,
    });
    let gone = kept
        .keys()
        .filter(|name| !measured.contains_key(*name))
        .map(|name| format!("{name}: not measured any more"));
    worse.chain(gone).collect()
}

/// Both tables side by side.
pub fn comparison(kept: &Table, measured: &Table) -> String {
    let mut text = String::new();
    for (name, now) in measured {
        let change = kept
            .get(name)
            .map_or_else(|| "new".to_owned(), |&before| change(before, *now));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:30} {now:>10} {change:>8}");
    }
    text
}

fn change(before: u64, now: u64) -> String {
    let percent = (now as f64 / before as f64 - 1.0) * 100.0;
    format!("{percent:+.1} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, u64)]) -> Table {
        rows.iter()
            .map(|&(name, number)| (name.to_owned(), number))
            .collect()
    }

    #[test]
    fn two_percent_is_the_limit() {
        let kept = table(&[("a", 1000)]);
        assert!(complaints(&kept, &table(&[("a", 1020)])).is_empty());
        assert!(complaints(&kept, &table(&[("a", 10)])).is_empty());
        assert_eq!(
            complaints(&kept, &table(&[("a", 1021)])),
            ["a: 1021, was 1000 (+2.1 %)"]
        );
    }

    #[test]
    fn both_tables_have_the_same_rows() {
        let (kept, measured) = (table(&[("old", 1)]), table(&[("new", 2)]));
        let expected = ["new: 2, and not in the table", "old: not measured any more"];
        assert_eq!(complaints(&kept, &measured), expected);
    }
}
