use super::{Sink, Source};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// Start bit, eight data bits, stop bit.
const BITS_PER_BYTE: u64 = 10;

/// Bytes that move at once: half a millisecond's worth at 921,600 bit/s.
const PIECE_LEN: usize = 48;

/// A read that took no longer than this found its bytes waiting.
const LAY_READY: Duration = Duration::from_micros(200);

/// Lateness of a thread that is made up for; more would let bytes travel faster than the line.
const MAX_CATCH_UP: Duration = Duration::from_millis(20);

/// Puts a line of this rate between the link and whoever uses the result. Each direction has a thread of its own, and
/// buffers at both ends as a UART with DMA has, so that both carry bytes at the same time.
pub(crate) fn pace(source: Source, sink: Sink, bit_rate: u32) -> io::Result<(Source, Sink)> {
    let (ours, theirs) = UnixStream::pair()?;
    let line = Line::new(bit_rate);
    let (receiving, sending) = (ours.try_clone()?, ours);
    thread::Builder::new().name("line in".into()).spawn(move || {
        // An error is the end of the link as well; the other side sees it as the end of its input.
        let _ = line.carry(source, &receiving);
        let _ = receiving.shutdown(Shutdown::Write);
    })?;
    thread::Builder::new()
        .name("line out".into())
        .spawn(move || line.carry(sending, sink))?;
    Ok((Box::new(theirs.try_clone()?), Box::new(theirs)))
}

/// One direction of a line.
#[derive(Debug, Clone, Copy)]
struct Line {
    byte: Duration,
}

impl Line {
    fn new(bit_rate: u32) -> Self {
        let nanoseconds = BITS_PER_BYTE * 1_000_000_000 / u64::from(bit_rate.max(1));
        Self {
            byte: Duration::from_nanos(nanoseconds),
        }
    }

    /// Delivers each byte when the last of its bits has arrived, until the source ends.
    fn carry(self, mut source: impl Read, mut sink: impl Write) -> io::Result<()> {
        let mut piece = [0; PIECE_LEN];
        let mut idle_at = Instant::now();
        loop {
            let asked = Instant::now();
            let len = match source.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            // Bytes that lay ready went out while this thread overslept: a UART does not wait for a scheduler.
            let now = Instant::now();
            let lay_ready = now - asked < LAY_READY;
            let free_at = if lay_ready {
                idle_at.max(now - MAX_CATCH_UP)
            } else {
                idle_at.max(now)
            };
            idle_at = free_at + self.byte * len as u32;
            sleep(idle_at.saturating_duration_since(Instant::now()));
            sink.write_all(&piece[..len])?;
        }
    }
}
