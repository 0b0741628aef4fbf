use super::Failure;
use crate::hsm::device::{UsbBoard, terminal, unprovisioned};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

/// The board answers at once, or after writing some twenty rows.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the provisioning image what it would write into OTP, or has it written.
pub(super) async fn provision(write: Option<&str>) -> Result<String, Failure> {
    let board = the_one(unprovisioned(Path::new("/"))?)?;
    let chip = &board.serial;
    let Some(confirmed) = write else {
        let found = ask(&board, "look").await?;
        return Ok(format!(
            "chip {chip}: {found}\nto do it, with the button BOOTSEL held: casemate device provision --board pico2 --write {chip}\n"
        ));
    };
    let answer = ask(&board, &format!("write {}", confirmed.to_ascii_uppercase())).await?;
    match answer.as_str() {
        "provisioned" => Ok(format!(
            "chip {chip}: {answer}\nnext: casemate flash --board pico2\n"
        )),
        _ => Err(format!("chip {chip}: {answer}").into()),
    }
}

fn the_one(mut boards: Vec<UsbBoard>) -> Result<UsbBoard, Failure> {
    match (boards.pop(), boards.is_empty()) {
        (Some(board), true) => Ok(board),
        (Some(_), false) => Err("several boards wait to be provisioned: leave one plugged in".into()),
        (None, _) => Err(
            "no Pico 2 waits to be provisioned: put the provisioning image on it, with casemate flash --board pico2 \
             --image target/thumbv8m.main-none-eabihf/firmware/casemate-pico2-provision"
                .into(),
        ),
    }
}

async fn ask(board: &UsbBoard, line: &str) -> Result<String, Failure> {
    let mut port = terminal(&board.terminal)?;
    port.write_all(format!("{line}\n").as_bytes()).await?;
    let mut answer = String::new();
    timeout(PATIENCE, BufReader::new(port).read_line(&mut answer))
        .await
        .map_err(|_| "the board does not answer")??;
    Ok(answer.trim().to_owned())
}
