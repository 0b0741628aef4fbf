use super::{LOOKS, Stuck};

/// What SAES hangs on besides the bus: a secure oscillator of its own (SHSI), which is off after a reset.
pub trait Clock {
    /// Switches the oscillator on (`SHSION`).
    fn switch_on(&self);

    /// Whether it runs steadily (`SHSIRDY`).
    fn is_ready(&self) -> bool;

    /// Gives the block its clocks (`SAESEN`).
    fn let_in(&self);
}

/// Starts the block's clocks, unless they run. Without the oscillator the block would stay busy for ever.
///
/// # Errors
/// [`Stuck`] when the oscillator does not start.
pub(super) fn start(clock: &impl Clock) -> Result<(), Stuck> {
    clock.switch_on();
    if !(0..LOOKS).any(|_| clock.is_ready()) {
        return Err(Stuck);
    }
    clock.let_in();
    Ok(())
}
