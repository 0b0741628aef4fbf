use embedded_io_async::{BufRead, ErrorType, Read, ReadReady, Write};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::AsFd;

const BUFFER_LEN: usize = 64 * 1024;

/// A connection with a buffer each way. What was written leaves when there is nothing more to read, so that a batch of
/// requests costs one system call to take and one to answer.
pub(crate) struct BufferedLink<R, W> {
    source: R,
    sink: W,
    input: Vec<u8>,
    start: usize,
    end: usize,
    output: Vec<u8>,
}

impl<R: io::Read, W: io::Write> BufferedLink<R, W> {
    pub(crate) fn new(source: R, sink: W) -> Self {
        Self {
            source,
            sink,
            input: vec![0; BUFFER_LEN],
            start: 0,
            end: 0,
            output: Vec::with_capacity(BUFFER_LEN),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let sent = self.sink.write_all(&self.output).and_then(|()| self.sink.flush());
        self.output.fill(0);
        self.output.clear();
        sent
    }

    fn receive(&mut self) -> io::Result<()> {
        self.input[..self.end].fill(0);
        (self.start, self.end) = (0, 0);
        loop {
            match self.source.read(&mut self.input) {
                Ok(len) => {
                    self.end = len;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // However the host goes, the link is at its end.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R, W> ErrorType for BufferedLink<R, W> {
    type Error = io::Error;
}

impl<R: io::Read, W: io::Write> Read for BufferedLink<R, W> {
    async fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let waiting = self.fill_buf().await?;
        let len = waiting.len().min(target.len());
        target[..len].copy_from_slice(&waiting[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl<R: io::Read, W: io::Write> BufRead for BufferedLink<R, W> {
    async fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.send()?;
            self.receive()?;
        }
        Ok(&self.input[self.start..self.end])
    }

    fn consume(&mut self, len: usize) {
        self.start = (self.start + len).min(self.end);
    }
}

impl<R: io::Read + AsFd, W: io::Write> ReadReady for BufferedLink<R, W> {
    fn read_ready(&mut self) -> io::Result<bool> {
        if self.start != self.end {
            return Ok(true);
        }
        self.send()?;
        let mut source = [PollFd::new(&self.source, PollFlags::IN)];
        match poll(&mut source, Some(&Timespec::default())) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl<R: io::Read, W: io::Write> Write for BufferedLink<R, W> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.output.len() + bytes.len() > BUFFER_LEN {
            self.send()?;
        }
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
