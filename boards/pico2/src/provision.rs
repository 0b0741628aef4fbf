//! What the provisioning image does when it is told to: looks, or writes what can't be undone.

use crate::otp::{OtpRoot, Page, Rows};
use casemate_firmware::platform::EntropyError;
use zeroize::Zeroize;

/// A line from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order<'a> {
    /// `look`: a dry run.
    Look,
    /// `write CHIP`: for the chip with this number only, while somebody holds the button.
    Write(&'a str),
    /// Anything else.
    Unknown,
}

impl<'a> Order<'a> {
    /// Reads a line, without its end.
    pub fn parse(line: &'a [u8]) -> Self {
        match str::from_utf8(line).map(str::trim_ascii) {
            Ok("look") => Self::Look,
            Ok(line) => line.strip_prefix("write ").map_or(Self::Unknown, Self::Write),
            Err(_) => Self::Unknown,
        }
    }
}

/// All that provisioning takes.
pub struct Provisioner<R> {
    /// The chip's number, in hexadecimal.
    pub chip: &'static str,
    /// Where the secret goes.
    pub root: OtpRoot<R>,
    /// What is written: random, or the reason why there is none.
    pub secret: Result<[u8; 32], EntropyError>,
}

impl<R> Drop for Provisioner<R> {
    fn drop(&mut self) {
        if let Ok(secret) = &mut self.secret {
            secret.zeroize();
        }
    }
}

impl<R: Rows> Provisioner<R> {
    /// Does as told, and says in one line what came of it.
    pub fn obey(&mut self, order: Order<'_>, is_pressed: impl FnOnce() -> bool) -> &'static str {
        match order {
            Order::Look => self.look(),
            Order::Write(chip) if chip != self.chip => "refused: that is another chip's number",
            Order::Write(_) if !is_pressed() => "refused: hold the button BOOTSEL while this is sent",
            Order::Write(_) => self.write(),
            Order::Unknown => "refused: send `look` or `write CHIP`",
        }
    }

    fn look(&mut self) -> &'static str {
        match self.root.look() {
            Ok((Page::Provisioned(_), true)) => "provisioned: nothing would be written",
            Ok((Page::Provisioned(_), false)) => "interrupted: the page's lock would be written",
            Ok((Page::Free(_), _)) => "blank: 20 rows of page 32 and its lock would be written, for good",
            Ok((Page::UsedUp, _)) => {
                "failed: all three tries were interrupted; this chip can't be provisioned"
            }
            Err(_) => "failed: page 32 of the OTP can't be read, or is damaged",
        }
    }

    fn write(&mut self) -> &'static str {
        let Ok(secret) = &self.secret else {
            return "failed: the noise source did not pass its health tests; nothing was written";
        };
        match self.root.provision(secret) {
            Ok(()) => "provisioned",
            Err(_) => "failed: not everything could be written; `look` tells what there is",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::model::Otp;
    use casemate_firmware::platform::RootSource;

    const CHIP: &str = "0123456789ABCDEF";

    fn provisioner(otp: &Otp, secret: Result<[u8; 32], EntropyError>) -> Provisioner<Otp> {
        Provisioner {
            chip: CHIP,
            root: OtpRoot::new(otp.clone()),
            secret,
        }
    }

    #[test]
    fn nothing_is_written_without_number_button_and_noise() {
        let otp = Otp::blank();
        let mut sound = provisioner(&otp, Ok([7; 32]));
        let right = Order::parse(b"write 0123456789ABCDEF\r");
        assert!(sound.obey(Order::parse(b"look"), || true).starts_with("blank"));
        assert!(
            sound
                .obey(Order::parse(b"write 0123"), || true)
                .starts_with("refused")
        );
        assert!(sound.obey(right, || false).starts_with("refused"));
        assert!(sound.obey(Order::parse(b"\xFF"), || true).starts_with("refused"));
        let mut broken = provisioner(&otp, Err(EntropyError));
        assert!(broken.obey(right, || true).starts_with("failed"));
        assert_eq!(otp.written(), 0);
    }

    #[test]
    fn what_was_written_is_the_root_from_then_on() {
        let otp = Otp::blank();
        let mut first = provisioner(&otp, Ok([7; 32]));
        assert_eq!(first.obey(Order::Write(CHIP), || true), "provisioned");
        assert!(first.obey(Order::Look, || true).starts_with("provisioned"));
        let mut root = [0; 32];
        otp.power_on();
        OtpRoot::new(otp).load_or_create(&[1; 32], &mut root).unwrap();
        assert_eq!(root, [7; 32]);
    }
}
