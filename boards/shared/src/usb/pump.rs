use super::line::{RECEIVE_LEN, Reader, State, TRANSMIT_LEN, Writer};
use casemate_common::usb::VENDOR;
use embassy_futures::join::join;
use embassy_futures::select::select3;
use embassy_usb::class::cdc_acm::{self, CdcAcmClass, ControlChanged, Receiver, Sender};
use embassy_usb::driver::Driver;
use embassy_usb::{Builder, Config};

/// Bytes of a full-speed bulk packet.
const PACKET_LEN: usize = 64;

/// What the host sees of a board before it talks to it.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Which kind of device, within [`VENDOR`]'s numbers.
    pub product_id: u16,
    /// Its name.
    pub product: &'static str,
    /// The chip's own number, in hexadecimal: what a host finds it by.
    pub serial: &'static str,
}

/// Memory for descriptors and control requests.
pub struct UsbMemory {
    configuration: [u8; 128],
    bos: [u8; 32],
    control: [u8; 64],
    state: cdc_acm::State<'static>,
}

// SAFETY: a new one holds no reference. `Pump::run` puts some in, which may not leave the interrupt that it runs in, and by
// then holds the one reference to it for ever.
unsafe impl Send for UsbMemory {}

impl UsbMemory {
    /// Memory that nothing has used yet.
    #[expect(clippy::new_without_default, reason = "it is only of use in a static")]
    pub const fn new() -> Self {
        Self {
            configuration: [0; 128],
            bos: [0; 32],
            control: [0; 64],
            state: cdc_acm::State::new(),
        }
    }
}

/// USB's end.
pub struct Pump {
    to_host: Reader<TRANSMIT_LEN>,
    from_host: Writer<RECEIVE_LEN>,
    state: &'static State,
}

impl Pump {
    pub(super) const fn new(
        to_host: Reader<TRANSMIT_LEN>,
        from_host: Writer<RECEIVE_LEN>,
        state: &'static State,
    ) -> Self {
        Self {
            to_host,
            from_host,
            state,
        }
    }

    /// Runs USB for ever. A host is there as long as the device is configured and it says it is ready (DTR), which Linux
    /// says from opening the terminal until closing it.
    pub async fn run<D: Driver<'static>>(
        mut self,
        driver: D,
        memory: &'static mut UsbMemory,
        identity: Identity,
    ) {
        let mut builder = Builder::new(
            driver,
            config(identity),
            &mut memory.configuration,
            &mut memory.bos,
            &mut [],
            &mut memory.control,
        );
        let class = CdcAcmClass::new(&mut builder, &mut memory.state, PACKET_LEN as u16);
        let mut device = builder.build();
        let (mut sender, mut receiver, control) = class.split_with_control();
        let hosts = async {
            loop {
                self.serve_one(&mut sender, &mut receiver, &control).await;
            }
        };
        join(device.run(), hosts).await;
    }

    async fn serve_one<'d, D: Driver<'d>>(
        &mut self,
        sender: &mut Sender<'d, D>,
        receiver: &mut Receiver<'d, D>,
        control: &ControlChanged<'d>,
    ) {
        self.state.ready.wait().await;
        self.forget_transmitted();
        receiver.wait_connection().await;
        until_dtr(control, true).await;
        select3(
            until_dtr(control, false),
            deliver(receiver, &self.from_host),
            transmit(sender, &mut self.to_host),
        )
        .await;
        self.hang_up();
    }

    /// Tells the worker that the host is gone.
    pub(super) fn hang_up(&self) {
        self.state.hung_up.signal(());
    }

    fn forget_transmitted(&mut self) {
        while let Ok(bytes) = self.to_host.try_fill_buf() {
            let len = bytes.len();
            self.to_host.consume(len);
        }
    }

    #[cfg(test)]
    pub(super) fn try_deliver(&mut self, bytes: &[u8]) -> usize {
        self.from_host.try_write(bytes).unwrap_or_default()
    }
}

fn config(identity: Identity) -> Config<'static> {
    let mut config = Config::new(VENDOR, identity.product_id);
    config.manufacturer = Some("Casemate");
    config.product = Some(identity.product);
    config.serial_number = Some(identity.serial);
    config.max_power = 200;
    config
}

async fn until_dtr(control: &ControlChanged<'_>, ready: bool) {
    while control.dtr() != ready {
        control.control_changed().await;
    }
}

/// Until the device is not configured any more.
async fn deliver<'d, D: Driver<'d>>(receiver: &mut Receiver<'d, D>, from_host: &Writer<RECEIVE_LEN>) {
    let mut packet = [0; PACKET_LEN];
    while let Ok(len) = receiver.read_packet(&mut packet).await {
        let mut rest = &packet[..len];
        while !rest.is_empty() {
            let taken = from_host.write(rest).await;
            rest = &rest[taken..];
        }
    }
}

/// Until the device is not configured any more. A full packet that nothing follows is closed by an empty one, without
/// which the host would wait for more.
async fn transmit<'d, D: Driver<'d>>(sender: &mut Sender<'d, D>, to_host: &mut Reader<TRANSMIT_LEN>) {
    loop {
        let bytes = to_host.fill_buf().await;
        let len = bytes.len().min(PACKET_LEN);
        if sender.write_packet(&bytes[..len]).await.is_err() {
            return;
        }
        to_host.consume(len);
        let is_last = to_host.try_fill_buf().is_err();
        if len == PACKET_LEN && is_last && sender.write_packet(&[]).await.is_err() {
            return;
        }
    }
}
