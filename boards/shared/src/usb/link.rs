use super::line::{RECEIVE_LEN, Reader, State, TRANSMIT_LEN, Writer};
use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use embassy_futures::select::{Either, select};
use embedded_io_async::{BufRead, ErrorType, Read, ReadReady, Write};

/// The worker's end: a stream that ends when the host hangs up, until [`Link::begin`].
pub struct Link {
    received: Reader<RECEIVE_LEN>,
    transmitted: Writer<TRANSMIT_LEN>,
    state: &'static State,
}

impl Link {
    pub(super) const fn new(
        received: Reader<RECEIVE_LEN>,
        transmitted: Writer<TRANSMIT_LEN>,
        state: &'static State,
    ) -> Self {
        Self {
            received,
            transmitted,
            state,
        }
    }

    /// Makes ready for the next host: what the last one sent is forgotten.
    pub fn begin(&mut self) {
        while let Ok(bytes) = self.received.try_fill_buf() {
            let len = bytes.len();
            self.received.consume(len);
        }
        self.state.hung_up.reset();
        self.state.ready.signal(());
    }

    /// Waits until there is something to read; false when the host hung up first.
    async fn readable(&mut self) -> bool {
        let Self { received, state, .. } = self;
        let mut gone = pin!(state.hung_up.wait());
        poll_fn(|context| {
            if gone.as_mut().poll(context).is_ready() {
                return Poll::Ready(false);
            }
            let mut filled = pin!(received.fill_buf());
            filled.as_mut().poll(context).map(|_| true)
        })
        .await
    }
}

impl ErrorType for Link {
    type Error = Infallible;
}

impl Read for Link {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let bytes = self.fill_buf().await?;
        let len = bytes.len().min(buffer.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Link {
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        if !self.readable().await {
            return Ok(&[]);
        }
        Ok(self.received.try_fill_buf().unwrap_or_default())
    }

    fn consume(&mut self, len: usize) {
        self.received.consume(len);
    }
}

impl ReadReady for Link {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.state.hung_up.signaled() || self.received.try_fill_buf().is_ok())
    }
}

impl Write for Link {
    /// Nothing is written once the host has hung up.
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        match select(self.state.hung_up.wait(), self.transmitted.write(bytes)).await {
            Either::First(()) => Ok(0),
            Either::Second(written) => Ok(written),
        }
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Line;
    use super::*;
    use embassy_futures::block_on;
    use std::boxed::Box;

    #[test]
    fn ends_when_the_host_hangs_up_and_begins_anew_without_its_bytes() {
        let (mut link, mut pump) = Box::leak(Box::new(Line::new())).split();
        link.begin();
        assert_eq!(pump.try_deliver(b"hello"), 5);
        assert_eq!(link.read_ready(), Ok(true));
        assert_eq!(block_on(link.fill_buf()), Ok(&b"hello"[..]));
        link.consume(2);

        pump.hang_up();
        assert_eq!(link.read_ready(), Ok(true));
        assert_eq!(block_on(link.fill_buf()), Ok(&b""[..]));
        link.begin();
        assert_eq!(link.read_ready(), Ok(false));
        assert_eq!(pump.try_deliver(b"again"), 5);
        let mut buffer = [0; 8];
        assert_eq!(block_on(link.read(&mut buffer)), Ok(5));
        assert_eq!(&buffer[..5], b"again");
    }

    #[test]
    fn a_writer_whom_nobody_reads_is_freed_by_the_hang_up() {
        let (mut link, pump) = Box::leak(Box::new(Line::new())).split();
        link.begin();
        let bytes = [7; TRANSMIT_LEN];
        assert_eq!(block_on(link.write(&bytes)), Ok(TRANSMIT_LEN));
        pump.hang_up();
        assert_eq!(block_on(link.write(&bytes)), Ok(0));
    }
}
