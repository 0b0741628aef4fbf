use std::cmp::Reverse;

/// Bytes of a path pattern at most.
const MAX: usize = 1024;

/// Which paths a rule is for: a path in which whole segments may be `+`, and which may end in `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// Without the `*` at the end.
    text: Box<str>,
    /// Whether a `*` was at the end.
    prefix: bool,
    /// Segments that are `+`.
    wildcards: usize,
}

/// Orders patterns: of those that match a path, the greatest counts. The parts, in this order: a later first wildcard,
/// no `*` at the end, fewer `+`, longer, lexicographically larger.
pub(super) type Precedence<'p> = (usize, bool, Reverse<usize>, usize, &'p str);

impl Pattern {
    /// Reads a pattern; a slash in front is dropped, as in Vault.
    ///
    /// # Errors
    /// A sentence that says why it is none.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.len() > MAX {
            return Err("it is longer than 1024 bytes");
        }
        if text.contains("+*") {
            return Err("'+*' is forbidden; write '+/*' or '*'");
        }
        if text.contains("{{") {
            return Err("templates in '{{ }}' are not supported");
        }
        let (text, prefix) = match text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (text, false),
        };
        if text.contains('*') {
            return Err("'*' may stand at its end only; '+' stands for one segment");
        }
        Ok(Self {
            text: text.into(),
            prefix,
            wildcards: text.split('/').filter(|segment| *segment == "+").count(),
        })
    }

    /// The path, where the pattern matches nothing else.
    pub(super) fn exact(&self) -> Option<&str> {
        (!self.prefix && self.wildcards == 0).then_some(&self.text)
    }

    pub(super) fn precedence(&self) -> Precedence<'_> {
        let first = self.first_wildcard();
        (
            first,
            !self.prefix,
            Reverse(self.wildcards),
            self.text.len(),
            &self.text,
        )
    }

    fn first_wildcard(&self) -> usize {
        let mut start = 0;
        for segment in self.text.split('/') {
            if segment == "+" {
                return start;
            }
            start += segment.len() + 1;
        }
        self.text.len()
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        if self.wildcards == 0 {
            return path.starts_with(&*self.text) && (self.prefix || path.len() == self.text.len());
        }
        let mut wanted = self.text.split('/').peekable();
        let mut found = path.split('/');
        while let Some(wanted_segment) = wanted.next() {
            let Some(segment) = found.next() else { return false };
            let last = wanted.peek().is_none();
            let matches = wanted_segment == "+"
                || wanted_segment == segment
                || (self.prefix && last && segment.starts_with(wanted_segment));
            if !matches {
                return false;
            }
        }
        self.prefix || found.next().is_none()
    }
}
