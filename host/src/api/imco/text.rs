//! Texts of a JSON body that may be secret: decoded into memory that is zeroized, as serde_json's own are not.

use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The bytes that a JSON string stands for, as UTF-8; `None` where the value is no string, or holds half a surrogate
/// pair.
pub(super) fn decode(raw: &RawValue) -> Option<Zeroizing<Vec<u8>>> {
    let mut rest = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    // Never longer than its JSON.
    let mut bytes = Zeroizing::new(Vec::with_capacity(rest.len()));
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        bytes.extend_from_slice(plain.as_bytes());
        let (character, after) = unescape(escape)?;
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// The character that an escape stands for, and what follows it.
fn unescape(text: &str) -> Option<(char, &str)> {
    let mut characters = text.strip_prefix('\\')?.chars();
    let character = match characters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(characters.as_str()),
        itself => itself,
    };
    Some((character, characters.as_str()))
}

/// What four hexadecimal digits stand for, or with another escape behind them a surrogate pair.
fn unicode(text: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(text)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some((character, rest));
    }
    let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
    let mut pair = char::decode_utf16([first, second]);
    Some((pair.next()?.ok()?, rest))
}

fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::decode;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    fn decoded(json: &str) -> Option<Vec<u8>> {
        let raw: Box<RawValue> = serde_json::from_str(json).ok()?;
        decode(&raw).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn surrogates_come_in_pairs() {
        assert_eq!(decoded(r#""\ud83d\ude00""#), Some("😀".into()));
        for half in [r#""\ud83d""#, r#""\ud83dx""#, r#""\ude00\ud83d""#, "5", "null"] {
            assert_eq!(decoded(half), None, "{half}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn it_decodes_what_serde_json_does(text in any::<String>(), escaped in any::<bool>()) {
            let json = match escaped {
                false => serde_json::to_string(&text).unwrap(),
                true => {
                    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                    format!("\"{}\"", units.collect::<String>())
                }
            };
            prop_assert_eq!(decoded(&json), Some(text.into_bytes()));
        }
    }
}
