use super::mmio::Register;
use crate::ring::{Consumer, Producer, Ring};
use core::{
    cell::RefCell,
    convert::Infallible,
    future::poll_fn,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Poll, Waker},
};
use cortex_m::{interrupt::InterruptNumber, peripheral::NVIC};
use critical_section::Mutex;
use embedded_io_async::{BufRead, ErrorType, Read, ReadReady, Write};

/// Its interrupt.
pub(super) const IRQ: u16 = 8;
/// Bytes that are buffered for a worker that is busy.
pub const RECEIVE_LEN: usize = 32 * 1024;
const TRANSMIT_LEN: usize = 16 * 1024;
/// Looks at a line that is not free, for far longer than a byte takes.
const SEND_POLLS: u32 = 1_000_000;
/// Bytes of the hardware's own queues.
const FIFO_LEN: usize = 16;

const ENABLE_RECEIVE: u32 = 1 << 0;
const ENABLE_TRANSMIT: u32 = 1 << 1;
/// Queues on and emptied, an interrupt at 14 received bytes: the other two leave 21 µs at 921,600 bit/s, ten times what
/// any code here masks interrupts for.
const FIFOS: u32 = 0b1100_0111;
const TRIGGER: usize = 14;
/// The field of the interrupt identification that names the cause, and its value for "as many as the trigger".
const CAUSE: u32 = 0b1111;
const RECEIVED_TO_TRIGGER: u32 = 0b0100;
const DIVISOR_LATCH: u32 = 1 << 7;
const EIGHT_BITS: u32 = 0b11;
/// The divisor of the highest rate that the default clock of 1.846 MHz gives: 115,200 bit/s. QEMU ignores it.
const DIVISOR: u32 = 1;
const DATA_READY: u32 = 1 << 0;
const OVERRUN: u32 = 1 << 1;
const TRANSMITTER_FREE: u32 = 1 << 5;
const TRANSMITTER_IDLE: u32 = 1 << 6;

static RECEIVED: Ring<RECEIVE_LEN> = Ring::new();
static TO_SEND: Ring<TRANSMIT_LEN> = Ring::new();
static PORT: Mutex<RefCell<Option<Port>>> = Mutex::new(RefCell::new(None));
static OVERRUNS: AtomicU32 = AtomicU32::new(0);

/// See [`Uart`]: a 16550 whose registers lie 4 bytes apart.
pub struct UartRegisters {
    data: Register,
    interrupt_enable: Register,
    /// Written: queue control. Read: interrupt identification.
    fifo: Register,
    line_control: Register,
    line_status: Register,
}

impl UartRegisters {
    /// 8 data bits, no parity, no interrupts, the highest rate, queues emptied.
    pub(super) fn set_up(&self) {
        self.line_control.write(DIVISOR_LATCH | EIGHT_BITS);
        self.data.write(DIVISOR);
        self.interrupt_enable.write(0);
        self.line_control.write(EIGHT_BITS);
        self.fifo.write(FIFOS);
    }

    /// Sends a byte; false when the line did not take the one before it in time.
    pub(super) fn send(&self, byte: u8) -> bool {
        let free = (0..SEND_POLLS).any(|_| self.line_status.read() & TRANSMITTER_FREE != 0);
        if free {
            self.data.write(u32::from(byte));
        }
        free
    }

    /// The registers from this address on.
    ///
    /// # Safety
    /// As for [`Register::at`], for all of the 16550's registers.
    pub(super) const unsafe fn at(base: usize) -> Self {
        // SAFETY: promised by the caller.
        unsafe {
            Self {
                data: Register::at(base),
                interrupt_enable: Register::at(base + 0x04),
                fifo: Register::at(base + 0x08),
                line_control: Register::at(base + 0x0C),
                line_status: Register::at(base + 0x14),
            }
        }
    }
}

/// UART5, served by its interrupt in both directions: the line neither loses bytes nor idles while the worker computes.
///
/// Reads and writes may be dropped while they wait: nothing is lost, nothing was taken.
pub struct Uart {
    received: Consumer<'static, RECEIVE_LEN>,
    to_send: Producer<'static, TRANSMIT_LEN>,
}

impl Uart {
    /// Sets the line up: 8 data bits, no parity. `None` when that was done before.
    pub fn start(registers: UartRegisters) -> Option<Self> {
        let (received_in, received) = RECEIVED.split()?;
        let (to_send, to_send_out) = TO_SEND.split()?;
        registers.set_up();
        registers.interrupt_enable.write(ENABLE_RECEIVE);
        let port = Port {
            registers,
            received: received_in,
            to_send: to_send_out,
            reader: None,
            writer: None,
        };
        critical_section::with(|cs| {
            *PORT.borrow(cs).try_borrow_mut().ok()? = Some(port);
            Some(())
        })?;
        // SAFETY: the handler is in the vector table and finds its port.
        unsafe { NVIC::unmask(Interrupt) };
        Some(Self { received, to_send })
    }

    fn poll_received(&self, context: &Context<'_>) -> Poll<()> {
        with_port(|port| {
            port.receive(0);
            port.reader = Some(context.waker().clone());
        });
        ready_if(!self.received.is_empty())
    }

    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        with_port(|port| port.writer = Some(context.waker().clone()));
        ready_if(!self.to_send.is_full())
    }

    /// Bytes lost since start because they came faster than they were taken.
    pub fn overruns() -> u32 {
        OVERRUNS.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy)]
struct Interrupt;

// SAFETY: the number is UART5's in the AST1030's table, and fixed.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        IRQ
    }
}

#[unsafe(no_mangle)]
extern "C" fn UART5() {
    with_port(|port| {
        // Reading it acknowledges "transmitter free".
        let cause = port.registers.fifo.read() & CAUSE;
        port.receive(if cause == RECEIVED_TO_TRIGGER { TRIGGER } else { 0 });
        port.transmit();
    });
}

fn with_port<T: Default>(act: impl FnOnce(&mut Port) -> T) -> T {
    critical_section::with(|cs| PORT.borrow_ref_mut(cs).as_mut().map(act).unwrap_or_default())
}

/// The interrupt's side of the line.
struct Port {
    registers: UartRegisters,
    received: Producer<'static, RECEIVE_LEN>,
    to_send: Consumer<'static, TRANSMIT_LEN>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Port {
    /// Takes what the hardware has, of which `known` bytes are sure to be there.
    fn receive(&mut self, known: usize) {
        let mut bytes = [0; FIFO_LEN];
        let mut len = 0;
        for byte in &mut bytes {
            if len >= known && !self.has_received() {
                break;
            }
            *byte = self.registers.data.read() as u8;
            len += 1;
        }
        let lost = len - self.received.push(bytes.get(..len).unwrap_or_default());
        OVERRUNS.fetch_add(lost as u32, Ordering::Relaxed);
        if len > 0 {
            wake(&mut self.reader);
        }
    }

    fn has_received(&self) -> bool {
        let status = self.registers.line_status.read();
        if status & OVERRUN != 0 {
            OVERRUNS.fetch_add(1, Ordering::Relaxed);
        }
        status & DATA_READY != 0
    }

    fn transmit(&mut self) {
        if self.registers.line_status.read() & TRANSMITTER_FREE == 0 {
            return;
        }
        for _ in 0..FIFO_LEN {
            let Some(byte) = self.to_send.pop() else {
                self.registers.interrupt_enable.write(ENABLE_RECEIVE);
                break;
            };
            self.registers.data.write(u32::from(byte));
        }
        wake(&mut self.writer);
    }

    fn start_transmitter(&mut self) {
        self.registers
            .interrupt_enable
            .write(ENABLE_RECEIVE | ENABLE_TRANSMIT);
    }

    fn is_flushed(&self) -> bool {
        self.to_send.is_empty() && self.registers.line_status.read() & TRANSMITTER_IDLE != 0
    }
}

fn ready_if(ready: bool) -> Poll<()> {
    if ready { Poll::Ready(()) } else { Poll::Pending }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let ready = self.fill_buf().await?;
        let len = ready.len().min(buf.len());
        buf[..len].copy_from_slice(&ready[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Uart {
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        if self.received.is_empty() {
            poll_fn(|context| self.poll_received(context)).await;
        }
        Ok(self.received.readable())
    }

    fn consume(&mut self, amt: usize) {
        self.received.consume(amt);
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.received.is_empty())
    }
}

impl Write for Uart {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        if self.to_send.is_full() {
            poll_fn(|context| self.poll_room(context)).await;
        }
        let len = self.to_send.push(buf);
        with_port(Port::start_transmitter);
        Ok(len)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        poll_fn(|context| {
            // The hardware does not tell when its last bit is out.
            context.waker().wake_by_ref();
            ready_if(with_port(|port| port.is_flushed()))
        })
        .await;
        Ok(())
    }
}
