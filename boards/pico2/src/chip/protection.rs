use crate::protection::of_flags;
use casemate_common::command::Protection;
use embassy_rp::pac;

/// What keeps a debugger out: the flags as the boot ROM found them.
pub fn protection() -> Protection {
    let flags = pac::OTP.critical().read();
    let debug_disabled = flags.debug_disable() || flags.secure_debug_disable();
    of_flags(flags.secure_boot_enable(), debug_disabled)
}
