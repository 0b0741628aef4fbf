//! What this program tells valgrind's memcheck: which bytes are secret.
//!
//! Memcheck follows undefined bits through every computation and complains where a branch or an address depends on
//! them. A secret that it is told to be undefined is followed in the same way (Langley, "ctgrind", 2010).

/// Requests of `memcheck.h` and `valgrind.h`.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Request {
    RunningOnValgrind = 0x1001,
    CountErrors = 0x1201,
    MakeUndefined = 0x4d43_0001,
    MakeDefined = 0x4d43_0002,
}

/// Whether somebody is there to complain.
pub(crate) fn is_running() -> bool {
    ask(Request::RunningOnValgrind, 0, 0) > 0
}

/// Complaints so far that are not on the list of what is allowed.
pub(crate) fn complaints() -> u64 {
    ask(Request::CountErrors, 0, 0)
}

/// Bytes that nothing may depend on.
pub(crate) fn secret<const N: usize>(bytes: [u8; N]) -> [u8; N] {
    let bytes = core::hint::black_box(bytes);
    ask(Request::MakeUndefined, bytes.as_ptr().addr(), N);
    core::hint::black_box(bytes)
}

/// The same for a slice, in place.
pub(crate) fn make_secret(bytes: &mut [u8]) {
    ask(Request::MakeUndefined, bytes.as_ptr().addr(), bytes.len());
}

/// Bytes that everybody may know from now on.
pub(crate) fn make_public(bytes: &mut [u8]) {
    ask(Request::MakeDefined, bytes.as_ptr().addr(), bytes.len());
}

/// A client request, as `valgrind.h` makes it on x86-64: a rotation by 128 bits in all and an exchange of a register
/// with itself, which do nothing on a processor and are recognised by valgrind. 0 without valgrind.
#[allow(unsafe_code, reason = "there is no other way to speak to valgrind")]
fn ask(request: Request, address: usize, len: usize) -> u64 {
    let arguments = [request as u64, address as u64, len as u64, 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: the instructions change no register but rdx, which is declared, and read no memory but the arguments;
    // valgrind changes only what it believes of the bytes, never the bytes.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") answer,
        );
    }
    answer
}
