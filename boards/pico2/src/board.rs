//! The Pico 2: what hangs where, and what the firmware gets of it.

use crate::chip::{Bootsel, OtpPage, Trng, chip_id, protection, reset_the_rest, restart_if_needed};
use crate::layout::{AUDIT, BOARD, COUNTERS, FLASH_LEN, IMAGES, STORE};
use crate::otp::OtpRoot;
use casemate_board::usb::{Identity, Line, Link, Pump, RECEIVE_LEN, UsbMemory};
use casemate_board::{clock::BootClock, lent::Lent, partition::Partition, slots::vector_table, stack};
use casemate_common::command::Protection;
use casemate_common::usb::PICO2;
use casemate_firmware::crypto::Software;
use casemate_firmware::image::Slots;
use casemate_firmware::platform::{DeviceMemory, Meters, Parts, Platform};
use core::{cell::RefCell, str};
use embassy_executor::InterruptExecutor;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Level, Output};
use embassy_rp::interrupt;
use embassy_rp::peripherals::{FLASH, USB};
use embassy_rp::uart::{self, Blocking as BlockingUart, UartTx};
use embassy_rp::watchdog::Watchdog;
use embassy_rp::{Peri, bind_interrupts, usb};

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => usb::InterruptHandler<USB>;
});

static MEMORY: Lent<DeviceMemory<Software>> = Lent::new(DeviceMemory::new());
static USB_MEMORY: Lent<UsbMemory> = Lent::new(UsbMemory::new());
static LINE: Lent<Line> = Lent::new(Line::new());
static SERIAL: Lent<[u8; 16]> = Lent::new([0; 16]);
static BESIDE: InterruptExecutor = InterruptExecutor::new();

type Nor = Flash<'static, FLASH, Blocking, { FLASH_LEN as usize }>;
type Region = Partition<'static, Nor>;

/// What is needed to run the firmware here.
pub struct Board {
    /// For the device.
    pub platform: Pico2,
    /// The link to the host.
    pub link: Link,
    /// Where it tells who it is: GPIO 0, which a Raspberry Pi debug probe offers as a serial port.
    pub console: UartTx<'static, BlockingUart>,
    /// Shines while the device serves.
    pub led: Output<'static>,
    /// Resets the chip when it is not fed, once it was started.
    pub watchdog: Watchdog,
    /// The chip's number, in hexadecimal.
    pub serial: &'static str,
}

/// The board was started before, or the chip does not even tell its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardError;

impl Board {
    /// Starts clocks, flash, noise and USB, as the product `product_id`.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn start(product_id: u16) -> Result<Self, BoardError> {
        restart_if_needed();
        let chip = embassy_rp::init(embassy_rp::config::Config::default());
        reset_the_rest();
        let nor = cortex_m::singleton!(: RefCell<Nor> = RefCell::new(Flash::new_blocking(chip.FLASH)));
        let (link, pump) = LINE.take().ok_or(BoardError)?.split();
        let serial = serial()?;
        let identity = Identity {
            product_id,
            product: PICO2,
            serial,
        };
        start_usb(pump, chip.USB, identity)?;
        Ok(Self {
            platform: Pico2 {
                nor: nor.ok_or(BoardError)?,
                memory: MEMORY.take().ok_or(BoardError)?,
                entropy: Trng::start(chip.TRNG),
            },
            link,
            console: UartTx::new_blocking(chip.UART0, chip.PIN_0, uart::Config::default()),
            led: Output::new(chip.PIN_25, Level::Low),
            watchdog: Watchdog::new(chip.WATCHDOG),
            serial,
        })
    }
}

fn serial() -> Result<&'static str, BoardError> {
    let serial = SERIAL.take().ok_or(BoardError)?;
    *serial = chip_id().map_err(|_| BoardError)?;
    str::from_utf8(serial).map_err(|_| BoardError)
}

/// USB runs in an interrupt of its own, so that no work of the device, however long, keeps it waiting.
fn start_usb(pump: Pump, block: Peri<'static, USB>, identity: Identity) -> Result<(), BoardError> {
    let memory = USB_MEMORY.take().ok_or(BoardError)?;
    let beside = BESIDE.start(interrupt::SWI_IRQ_0);
    let task = run_usb(pump, block, memory, identity).map_err(|_| BoardError)?;
    beside.spawn(task);
    Ok(())
}

#[embassy_executor::task]
async fn run_usb(pump: Pump, block: Peri<'static, USB>, memory: &'static mut UsbMemory, identity: Identity) {
    pump.run(usb::Driver::new(block, Interrupts), memory, identity)
        .await;
}

#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: this is the executor's own interrupt, which `start` enables once it has started.
    unsafe { BESIDE.on_interrupt() }
}

/// The platform of the Pico 2.
pub struct Pico2 {
    nor: &'static RefCell<Nor>,
    memory: &'static mut DeviceMemory<Software>,
    /// The noise, for provisioning.
    pub entropy: Trng,
}

impl Platform for Pico2 {
    type Flash = Region;
    type Entropy = Trng;
    type Clock = BootClock;
    type Root = OtpRoot<OtpPage>;
    type Crypto = Software;
    type Meters = BoardMeters;
    type Presence = Bootsel;
    type Images = Slots<Region, Software>;

    const BOARD: &'static str = BOARD;
    const RECEIVE_WINDOW: u32 = RECEIVE_LEN as u32;

    fn into_parts(self) -> Parts<Self> {
        Parts {
            flash: Partition::new(self.nor, STORE),
            memory: self.memory,
            counters: Partition::new(self.nor, COUNTERS),
            audit: Partition::new(self.nor, AUDIT),
            entropy: self.entropy,
            clock: BootClock,
            root: OtpRoot::new(OtpPage),
            meters: BoardMeters,
            presence: Bootsel,
            images: IMAGES.images(self.nor, vector_table()),
        }
    }
}

/// The stack's paint. USB loses nothing: what there is no room for waits at the host.
pub struct BoardMeters;

impl Meters for BoardMeters {
    fn stack_high_water(&self) -> u32 {
        stack::high_water() as u32
    }

    fn protection(&self) -> Protection {
        protection()
    }
}
