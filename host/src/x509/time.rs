use super::BadX509;
use crate::engine::clock::Time;
use std::time::Duration;
use x509_cert::der::asn1::{GeneralizedTime, UtcTime};
use x509_cert::time::Time as X509Time;

/// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5).
pub(crate) fn time(time: Time) -> Result<X509Time, BadX509> {
    let seconds = u64::try_from(time.as_nanos() / 1_000_000_000).unwrap_or_default();
    let since_epoch = Duration::from_secs(seconds);
    Ok(match UtcTime::from_unix_duration(since_epoch) {
        Ok(time) => time.into(),
        Err(_) => GeneralizedTime::from_unix_duration(since_epoch)?.into(),
    })
}
