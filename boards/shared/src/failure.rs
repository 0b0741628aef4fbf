//! Where what should not be ends.

/// Makes every panic and hard fault of a program end in this function, which does not return.
#[macro_export]
macro_rules! on_failure {
    ($end:path) => {
        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            $end()
        }

        #[cortex_m_rt::exception(trampoline = false)]
        unsafe fn HardFault() -> ! {
            $end()
        }
    };
}
