use percent_encoding::percent_decode;
use zeroize::Zeroizing;

/// A body as `application/x-www-form-urlencoded`, which may hold a secret.
pub(super) struct Form<'b>(&'b [u8]);

impl<'b> Form<'b> {
    pub(super) fn new(body: &'b [u8]) -> Self {
        Self(body)
    }

    /// The first field of this name; empty counts as none, and so does what is no UTF-8.
    pub(super) fn field(&self, name: &str) -> Option<Zeroizing<String>> {
        let mut pairs = self.0.trim_ascii().split(|&byte| byte == b'&');
        let value = pairs.find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
        let spaced = value.iter().map(|&byte| if byte == b'+' { b' ' } else { byte });
        let spaced = Zeroizing::new(spaced.collect::<Vec<u8>>());
        let decoded = Zeroizing::new(percent_decode(&spaced).collect::<Vec<u8>>());
        let text = Zeroizing::new(std::str::from_utf8(&decoded).ok()?.to_owned());
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn fields_are_decoded() {
        let form = Form::new(b"grant_type=urn%3Aibm%3Aparams&a=&b=1+2%2B3&bb=4&b=5&c=%ff");
        let field = |name| form.field(name).map(|text| text.to_string());
        assert_eq!(field("grant_type").as_deref(), Some("urn:ibm:params"));
        assert_eq!(field("b").as_deref(), Some("1 2+3"));
        assert_eq!(field("bb").as_deref(), Some("4"));
        for none in ["a", "c", "d", ""] {
            assert_eq!(field(none), None, "{none}");
        }
    }
}
