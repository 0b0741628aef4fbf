//! The part of HCL that policies are written in: `path "…" { capabilities = ["…", …] }`.
//!
//! A general HCL parser would have to be kept from recursing on hostile input, and would accept functions,
//! interpolation and the like, all of which had to be refused again.

use super::lexer::{Lexer, Token};
use super::{Body, Rule, unknown_key};

pub(super) fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let mut lexer = Lexer::new(text);
    let mut rules = Vec::new();
    while let Some(token) = lexer.next()? {
        match token {
            Token::Name(name) | Token::Text(name) if name == "path" => rules.push(rule(&mut lexer)?),
            Token::Name(name) => {
                let what =
                    format!("{name:?} is not supported; a policy holds blocks like path \"…\" {{ … }}");
                return Err(lexer.error(&what));
            }
            other => return Err(lexer.error(&format!("expected path, found {}", other.show()))),
        }
    }
    Ok(rules)
}

fn rule(lexer: &mut Lexer<'_>) -> Result<Rule, String> {
    let path = match lexer.next()? {
        Some(Token::Text(path)) => path,
        other => return Err(unexpected(lexer, "the path in quotes", other)),
    };
    expect(lexer, '{')?;
    let body = body(lexer)?;
    body.rule(&path).map_err(|why| lexer.error(&why))
}

fn body(lexer: &mut Lexer<'_>) -> Result<Body, String> {
    let mut body = Body::default();
    loop {
        match lexer.next()? {
            Some(Token::Mark('}')) => return Ok(body),
            Some(Token::Mark(',')) => {}
            Some(Token::Name(key) | Token::Text(key)) => setting(lexer, &key, &mut body)?,
            other => return Err(unexpected(lexer, "a setting or '}'", other)),
        }
    }
}

fn setting(lexer: &mut Lexer<'_>, key: &str, body: &mut Body) -> Result<(), String> {
    let again = match key {
        "capabilities" => {
            expect(lexer, '=')?;
            body.capabilities.replace(list(lexer)?).is_some()
        }
        "policy" => {
            expect(lexer, '=')?;
            body.policy.replace(text(lexer)?).is_some()
        }
        _ => return Err(lexer.error(&unknown_key(key))),
    };
    if again {
        return Err(lexer.error(&format!("{key} is set twice")));
    }
    Ok(())
}

fn list(lexer: &mut Lexer<'_>) -> Result<Vec<String>, String> {
    expect(lexer, '[')?;
    let mut items = Vec::new();
    loop {
        match lexer.next()? {
            Some(Token::Mark(']')) => return Ok(items),
            Some(Token::Text(item)) => items.push(item),
            other => return Err(unexpected(lexer, "a string in quotes or ']'", other)),
        }
        match lexer.next()? {
            Some(Token::Mark(']')) => return Ok(items),
            Some(Token::Mark(',')) => {}
            other => return Err(unexpected(lexer, "',' or ']'", other)),
        }
    }
}

fn text(lexer: &mut Lexer<'_>) -> Result<String, String> {
    match lexer.next()? {
        Some(Token::Text(text)) => Ok(text),
        other => Err(unexpected(lexer, "a string in quotes", other)),
    }
}

fn expect(lexer: &mut Lexer<'_>, mark: char) -> Result<(), String> {
    match lexer.next()? {
        Some(Token::Mark(found)) if found == mark => Ok(()),
        other => Err(unexpected(lexer, &format!("'{mark}'"), other)),
    }
}

fn unexpected(lexer: &Lexer<'_>, expected: &str, found: Option<Token>) -> String {
    let found = found.map_or_else(|| "the end".to_owned(), |token| token.show());
    lexer.error(&format!("expected {expected}, found {found}"))
}
