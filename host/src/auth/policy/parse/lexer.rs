use std::iter::Peekable;
use std::str::Chars;

/// A word of the policy language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    /// One of `{ } [ ] = ,`
    Mark(char),
}

impl Token {
    /// For error messages.
    pub(super) fn show(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::Mark(mark) => format!("'{mark}'"),
        }
    }
}

/// Splits a policy into words; knows the line that it has read to.
pub(super) struct Lexer<'t> {
    chars: Peekable<Chars<'t>>,
    line: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            chars: text.chars().peekable(),
            line: 1,
        }
    }

    /// An error at the line that was read last.
    pub(super) fn error(&self, what: &str) -> String {
        format!("line {}: {what}", self.line)
    }

    /// The next word; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token>, String> {
        self.skip_blanks()?;
        let Some(&first) = self.chars.peek() else {
            return Ok(None);
        };
        let token = match first {
            '{' | '}' | '[' | ']' | '=' | ',' => {
                self.advance();
                Token::Mark(first)
            }
            '"' => Token::Text(self.text()?),
            _ if first.is_ascii_alphabetic() || first == '_' => Token::Name(self.name()),
            _ => return Err(self.error(&format!("unexpected character {first:?}"))),
        };
        Ok(Some(token))
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.chars.next()?;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn skip_blanks(&mut self) -> Result<(), String> {
        while let Some(&next) = self.chars.peek() {
            match next {
                '#' => self.skip_line(),
                '/' => self.skip_comment()?,
                _ if next.is_whitespace() => drop(self.advance()),
                _ => break,
            }
        }
        Ok(())
    }

    fn skip_line(&mut self) {
        while self.advance().is_some_and(|next| next != '\n') {}
    }

    fn skip_comment(&mut self) -> Result<(), String> {
        self.advance();
        match self.advance() {
            Some('/') => self.skip_line(),
            Some('*') => self.skip_block()?,
            _ => return Err(self.error("unexpected character '/'")),
        }
        Ok(())
    }

    fn skip_block(&mut self) -> Result<(), String> {
        while let Some(next) = self.advance() {
            if next == '*' && self.chars.peek() == Some(&'/') {
                self.advance();
                return Ok(());
            }
        }
        Err(self.error("a comment that begins with /* does not end"))
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(next) = self
            .chars
            .next_if(|next| next.is_ascii_alphanumeric() || *next == '_')
        {
            name.push(next);
        }
        name
    }

    fn text(&mut self) -> Result<String, String> {
        self.advance();
        let mut text = String::new();
        loop {
            match self.advance() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some('\n') | None => return Err(self.error("a string does not end on its line")),
                Some('$') if self.chars.peek() == Some(&'{') => {
                    return Err(self.error("'${' is not supported in strings"));
                }
                Some(next) => text.push(next),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        match self.advance() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some(same @ ('"' | '\\')) => Ok(same),
            _ => Err(self.error("a string holds an escape other than \\\" \\\\ \\n \\r \\t")),
        }
    }
}
