use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

const SCHEME: &str = "pkcs11:";

/// Longest token label in bytes (`CK_TOKEN_INFO.label`, PKCS#11 v3.1 section 3.2).
const MAX_LABEL: usize = 32;

/// What an address can't hold as it is.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'%')
    .add(b'?')
    .add(b'&')
    .add(b'#')
    .add(b'=');

/// Which token of which module: `pkcs11:/path/to/module.so?token=LABEL[&pin-source=FILE]`.
///
/// Path, label and file may be percent-encoded (RFC 3986 section 2.1); `+` means itself. The PIN never stands in an
/// address: it comes from the file, or from the environment variable `CASEMATE_PKCS11_PIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    module: PathBuf,
    token: String,
    pin_source: Option<PathBuf>,
}

impl Address {
    /// The module's shared library; absolute.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The token's label, without the padding.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The file that holds the PIN on its first line.
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix(SCHEME).ok_or(AddressError::Scheme)?;
        let (module, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parameters = Parameters::parse(query)?;
        Ok(Self {
            module: absolute(decode(module)?)?,
            token: label(parameters.token.ok_or(AddressError::NoToken)?)?,
            pin_source: parameters.pin_source.map(absolute).transpose()?,
        })
    }
}

#[derive(Default)]
struct Parameters {
    token: Option<String>,
    pin_source: Option<String>,
}

impl Parameters {
    fn parse(query: &str) -> Result<Self, AddressError> {
        let mut parameters = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (known, slot) = match name {
                "token" => ("token", &mut parameters.token),
                "pin-source" => ("pin-source", &mut parameters.pin_source),
                "pin" | "pin-value" => return Err(AddressError::PinInAddress),
                _ => return Err(AddressError::Unknown(name.to_owned())),
            };
            if slot.replace(decode(value)?).is_some() {
                return Err(AddressError::Twice(known));
            }
        }
        Ok(parameters)
    }
}

fn absolute(path: String) -> Result<PathBuf, AddressError> {
    if path.starts_with('/') {
        Ok(path.into())
    } else {
        Err(AddressError::NotAbsolute(path))
    }
}

fn label(label: String) -> Result<String, AddressError> {
    if label.is_empty() || label.len() > MAX_LABEL || label.trim_end() != label {
        return Err(AddressError::Label(label));
    }
    Ok(label)
}

fn decode(text: &str) -> Result<String, AddressError> {
    let malformed = || AddressError::Encoding(text.to_owned());
    let well_formed = text.split('%').skip(1).all(|part| {
        let mut digits = part.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    });
    if !well_formed {
        return Err(malformed());
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| malformed())?;
    Ok(decoded.into_owned())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module = self.module.to_string_lossy();
        let (module, token) = (encode(&module), encode(&self.token));
        write!(f, "{SCHEME}{module}?token={token}")?;
        match &self.pin_source {
            Some(file) => write!(f, "&pin-source={}", encode(&file.to_string_lossy())),
            None => Ok(()),
        }
    }
}

fn encode(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, RESERVED)
}

/// Why a text is no [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A part is not percent-encoded UTF-8.
    #[error("`{0}` is not percent-encoded UTF-8; write `%25` for a percent sign")]
    Encoding(String),
    /// The label has no length a token's label can have, or ends with a space.
    #[error("`{0}` can't be a token's label, which has 1 to {MAX_LABEL} bytes and no space at its end")]
    Label(String),
    /// There is no label.
    #[error("a PKCS#11 address needs the token's label: `?token=LABEL` (see `pkcs11-tool --list-slots`)")]
    NoToken,
    /// A path is relative.
    #[error(
        "`{0}` is not an absolute path; write for example `pkcs11:/usr/lib/softhsm/libsofthsm2.so?token=…`"
    )]
    NotAbsolute(String),
    /// The PIN itself is in the address.
    #[error(
        "a PIN does not belong into an address, where process lists and logs show it; \
         set CASEMATE_PKCS11_PIN or write `pin-source=FILE`"
    )]
    PinInAddress,
    /// It starts with something else.
    #[error("a PKCS#11 address starts with `{SCHEME}`")]
    Scheme,
    /// A parameter is there twice.
    #[error("`{0}` is there twice")]
    Twice(&'static str),
    /// A parameter that does not exist.
    #[error("there is no parameter `{0}`; a PKCS#11 address has `token` and `pin-source`")]
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError};
    use std::path::Path;

    fn refusal(text: &str) -> AddressError {
        text.parse::<Address>().expect_err(text)
    }

    #[test]
    fn reads_what_it_writes() {
        let text = "pkcs11:/usr/lib/softhsm/libsofthsm2.so?token=my%20token%26co&pin-source=/run/pin";
        let address: Address = text.parse().expect(text);
        assert_eq!(address.module(), Path::new("/usr/lib/softhsm/libsofthsm2.so"));
        assert_eq!(address.token(), "my token&co");
        assert_eq!(address.pin_source(), Some(Path::new("/run/pin")));
        assert_eq!(address.to_string(), text);
    }

    #[test]
    fn refuses_what_is_no_address_and_says_why() {
        let encoding = |part: &str| AddressError::Encoding(part.to_owned());
        assert_eq!(refusal("serial:/dev/ttyACM0"), AddressError::Scheme);
        assert_eq!(refusal("pkcs11:/m.so"), AddressError::NoToken);
        assert_eq!(
            refusal("pkcs11:m.so?token=a"),
            AddressError::NotAbsolute("m.so".to_owned())
        );
        assert_eq!(
            refusal("pkcs11:/m.so?token=a&token=b"),
            AddressError::Twice("token")
        );
        assert_eq!(
            refusal("pkcs11:/m.so?tokem=a"),
            AddressError::Unknown("tokem".to_owned())
        );
        for bad in ["%", "%2", "%zz", "%ff", "%%41"] {
            assert_eq!(refusal(&format!("pkcs11:/m.so?token={bad}")), encoding(bad));
        }
        for bad in ["", "0123456789012345678901234567890123", "a%20"] {
            assert!(matches!(
                refusal(&format!("pkcs11:/m.so?token={bad}")),
                AddressError::Label(_)
            ));
        }
    }

    #[test]
    fn refuses_a_pin_without_repeating_it() {
        let error = refusal("pkcs11:/m.so?token=a&pin-value=987654");
        assert_eq!(error, AddressError::PinInAddress);
        assert!(!error.to_string().contains("987654"));
    }
}
