//! The credentials file that AWS's tools share (AWS SDKs and Tools Reference Guide, "Shared config and credentials files").

use super::Credentials;
use std::env;
use std::fs;
use std::path::PathBuf;
use zeroize::Zeroizing;

const FIELDS: [(&str, &str); 3] = [
    ("aws_access_key_id", "access_key"),
    ("aws_secret_access_key", "secret_key"),
    ("aws_session_token", "session_token"),
];

/// What the file says of the profile that `AWS_PROFILE` names; nothing where there is no file.
pub(super) fn read() -> Credentials {
    let named = env::var_os("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    let usual = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".aws/credentials"));
    let text = named
        .or_else(usual)
        .and_then(|file| fs::read_to_string(file).ok());
    let profile = env::var("AWS_PROFILE").unwrap_or_else(|_| "default".into());
    parse(&Zeroizing::new(text.unwrap_or_default()), &profile)
}

fn parse(text: &str, profile: &str) -> Credentials {
    let mut found = Credentials::default();
    let mut in_profile = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            in_profile = section.trim() == profile;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| in_profile) {
            let known = FIELDS.iter().find(|(known, _)| *known == name.trim());
            if let Some((_, field)) = known {
                found.set(field, value.trim());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_profile_has_its_section() {
        let text = "# note\n[default]\naws_access_key_id = A\naws_secret_access_key=S\n\n[other]\naws_access_key_id = B\n";
        let default = parse(text, "default");
        assert_eq!(
            (default.text("access_key"), default.text("secret_key")),
            (Some("A"), Some("S"))
        );
        let other = parse(text, "other");
        assert_eq!(
            (other.text("access_key"), other.text("secret_key")),
            (Some("B"), None)
        );
        assert_eq!(parse(text, "none").text("access_key"), None);
    }
}
