//! Puts the root secret of a Pico 2 into OTP, once and for all. An image of its own, so that the one that serves can't.
//!
//! `cargo build --profile firmware -p casemate-pico2 --target thumbv8m.main-none-eabihf`; `casemate device provision --board
//! pico2` talks to it.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use casemate_board::executor::block_on;
    use casemate_board::usb::Link;
    use casemate_common::usb::PROVISIONING_PRODUCT;
    use casemate_firmware::crypto::Software;
    use casemate_firmware::entropy::Rng;
    use casemate_firmware::platform::Presence;
    use casemate_pico2::board::Board;
    use casemate_pico2::chip::{Bootsel, OtpPage, Trng, wipe_and_restart};
    use casemate_pico2::otp::OtpRoot;
    use casemate_pico2::provision::{Order, Provisioner};
    use core::convert::Infallible;
    use cortex_m_rt::entry;
    #[cfg(feature = "development")]
    use defmt_rtt as _;
    use embedded_io_async::{Read, Write};

    const LINE_LEN: usize = 64;

    #[entry]
    fn main() -> ! {
        let Ok(Board {
            platform,
            mut link,
            serial,
            ..
        }) = Board::start(PROVISIONING_PRODUCT)
        else {
            wipe_and_restart();
        };
        let random = Rng::<Trng, Software>::start(platform.entropy, b"casemate-pico2-provision");
        let mut provisioner = Provisioner {
            chip: serial,
            root: OtpRoot::new(OtpPage),
            secret: random.and_then(|mut random| random.array()),
        };
        loop {
            link.begin();
            let Ok(()) = block_on(answer_lines(&mut link, |order| {
                provisioner.obey(order, || Bootsel.is_shown())
            }));
        }
    }

    async fn answer_lines(
        link: &mut Link,
        mut obey: impl FnMut(Order<'_>) -> &'static str,
    ) -> Result<(), Infallible> {
        let mut line = [0; LINE_LEN];
        let mut len = 0;
        loop {
            let mut byte = [0];
            if link.read(&mut byte).await? == 0 {
                return Ok(());
            }
            if byte != *b"\n" {
                line[len] = byte[0];
                len = (len + 1).min(LINE_LEN - 1);
                continue;
            }
            let reply = obey(Order::parse(&line[..len]));
            link.write_all(reply.as_bytes()).await.unwrap_or_default();
            link.write_all(b"\n").await.unwrap_or_default();
            len = 0;
        }
    }

    casemate_board::on_failure!(wipe_and_restart);
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv8m.main-none-eabihf.");
    std::process::exit(1);
}
