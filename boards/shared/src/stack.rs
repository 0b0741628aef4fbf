//! Where the stack lies, and how deep it has been: cortex-m-rt paints it before `main`.

use core::ops::Range;
use cortex_m_rt::STACK_PAINT_VALUE;

/// More than an interrupt's frame and its handler take.
const FRAME_LEN: usize = 512;

unsafe extern "C" {
    static _stack_end: u32;
    static _stack_start: u32;
}

/// Most bytes of stack used since start.
pub fn high_water() -> usize {
    let Range { start, end } = words();
    let painted = (0..)
        .map(|index| start.wrapping_add(index))
        .take_while(|&word| word < end)
        // SAFETY: the word lies within the stack's memory, which is always readable.
        .take_while(|&word| unsafe { word.read_volatile() } == STACK_PAINT_VALUE)
        .count();
    (end.addr() - start.addr()) - painted * size_of::<u32>()
}

/// Bytes of stack in use now.
#[inline(always)]
pub fn depth() -> usize {
    words().end.addr() - cortex_m::register::msp::read() as usize
}

/// Paints anew what is not in use, so that [`high_water`] tells what was used since then.
#[inline(never)]
pub fn repaint() {
    let Range { start, .. } = words();
    // What is painted here lies below this function's frame and what it calls.
    let painted_to = cortex_m::register::msp::read() as usize - FRAME_LEN;
    for index in 0..(painted_to - start.addr()) / size_of::<u32>() {
        // SAFETY: the word lies between the stack's lowest address and the frame of this function, where nothing is.
        unsafe {
            start
                .wrapping_add(index)
                .cast_mut()
                .write_volatile(STACK_PAINT_VALUE)
        };
    }
}

fn words() -> Range<*const u32> {
    &raw const _stack_end..&raw const _stack_start
}
