//! `casemate device update`: show what runs, and bring the device another image.

use super::open::Opened;
use super::restart::{order, started_anew};
use super::{Failure, Target};
use crate::cli::files;
use crate::cli::image::{PublicPoint, sound};
use crate::cli::print::object;
use crate::cli::progress::Bar;
use crate::hsm::HsmError;
use crate::hsm::device::DeviceStatus;
use casemate_common::command::{ImageSummary, UpdateStatusAnswer};
use casemate_common::image::{Manifest, Package, SignedImage, SlotAddress, TRIES};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// `casemate device update`
#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// The package, as `casemate image sign` makes it; without one, only what runs is shown
    package: Option<PathBuf>,
}

pub(super) async fn update(target: &Target, args: &UpdateArgs) -> Result<String, Failure> {
    let opened = target.open()?;
    let status = opened.hsm.device_status().await?;
    let before = opened.hsm.update_status().await?;
    let Some(path) = &args.package else {
        return Ok(object(target.json, &shown(&status, &before)?));
    };
    let bytes = files::read(path)?;
    let package = Package::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    let signed = suitable(path, &package, &status, &before)?;
    let manifest = &signed.header.manifest;
    eprintln!(
        "runs      {}",
        before
            .running
            .map_or("an image without a version".into(), summary)
    );
    let new = ImageSummary::from(*manifest);
    let is_older = before
        .running
        .is_some_and(|running| new.version < running.version);
    let older = if is_older { ", which is older" } else { "" };
    eprintln!("installs  {}{older}", summary(new));
    opened.verify_pin(target).await?;
    install(&opened, &signed).await?;
    let tried = |used: usize| {
        format!(
            "the image is installed, and the next {} starts try it",
            TRIES - used
        )
    };
    let starts = order(&opened)
        .await
        .map_err(|error| format!("{}, but {error}", tried(0)))?;
    let status = started_anew(&opened, starts)
        .await
        .map_err(|error| format!("{} after this one, but {error}", tried(1)))?;
    // It has served once it has done something; a signature of each kind is something.
    opened.hsm.self_test().await?;
    let after = opened.hsm.update_status().await?;
    if !runs(&after, manifest) {
        return Err(format!(
            "the new image was installed, but did not serve: {} runs; bring it again to try it anew",
            after.running.map_or("none with a version".into(), summary)
        )
        .into());
    }
    Ok(object(target.json, &shown(&status, &after)?))
}

/// The image of the package that goes into the free slot, if this device takes it.
fn suitable<'b>(
    path: &Path,
    package: &Package<'b>,
    status: &DeviceStatus,
    device: &UpdateStatusAnswer,
) -> Result<SignedImage<'b>, Failure> {
    let path = path.display();
    let common = package.manifest();
    if common.board.as_str() != status.board {
        return Err(format!(
            "{path} is for the board {}, this is a {}",
            common.board, status.board
        )
        .into());
    }
    if common.signer.0 != device.signer {
        return Err(format!(
            "{path} is signed by the key {}, the device takes images of {} alone",
            common.signer,
            hex::encode(device.signer)
        )
        .into());
    }
    if u64::from(common.security_version) < device.security_floor {
        return Err(format!(
            "{path} has security version {}, and one with {} has served on this device: take a newer package",
            common.security_version, device.security_floor
        )
        .into());
    }
    let free = SlotAddress::new(device.free_slot).ok_or("the device's free slot is none")?;
    let signed = package.linked_for(free).ok_or_else(|| {
        format!(
            "{path} has no image for the slot at {free}, which is free now: make the package of both images"
        )
    })?;
    if signed.header.manifest.len > device.room {
        let len = signed.header.manifest.len;
        return Err(format!(
            "{path}: the image has {len} bytes, the slot room for {}",
            device.room
        )
        .into());
    }
    sound(&signed).map_err(|error| format!("{path}: {error}"))?;
    Ok(signed)
}

async fn install(opened: &Opened, signed: &SignedImage<'_>) -> Result<(), HsmError> {
    let (bar, all) = (Bar::new(), signed.image().len());
    let show = |done| bar.show(done as f64 / all as f64, &format!("{done} of {all} bytes"));
    let result = opened.hsm.install(signed, show).await;
    bar.clear();
    result
}

fn runs(device: &UpdateStatusAnswer, manifest: &Manifest) -> bool {
    device.running == Some((*manifest).into()) && device.free_slot != manifest.slot.address()
}

fn shown(status: &DeviceStatus, device: &UpdateStatusAnswer) -> Result<Value, Failure> {
    Ok(json!({
        "board": status.board,
        "runs": device.running.map(version),
        "security_version": device.running.map(|image| image.security_version),
        "has_served": device.is_confirmed,
        "other_slot": device.other.map(summary),
        "security_floor": device.security_floor,
        "free_slot": format!("{:#010x}", device.free_slot),
        "signer": hex::encode(device.signer),
        "development_key": everybodys(device)?,
    }))
}

/// Whether it takes images that anybody can sign.
fn everybodys(device: &UpdateStatusAnswer) -> Result<bool, Failure> {
    Ok(device.signer == PublicPoint::development()?.name().0)
}

fn summary(image: ImageSummary) -> String {
    format!("{} (security version {})", version(image), image.security_version)
}

fn version(image: ImageSummary) -> String {
    image.version.map(|number| number.to_string()).join(".")
}
