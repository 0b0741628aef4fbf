use super::uart;

unsafe extern "C" {
    fn DefaultHandler();
    fn UART5();
}

/// The handlers of interrupts 0 to 8. No later one is ever enabled.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
#[used]
static __INTERRUPTS: [unsafe extern "C" fn(); 9] = {
    let mut table = [DefaultHandler as unsafe extern "C" fn(); 9];
    table[uart::IRQ as usize] = UART5;
    table
};
