use crate::platform::Platform;
use crate::selftest;
use casemate_common::command::SelfTest;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(SelfTest {}: SelfTest) -> Result<(), ErrorCode> {
    Ok(selftest::run::<P::Crypto>()?)
}
