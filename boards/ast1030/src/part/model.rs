//! A W25Q80 by its data sheet, for the driver's tests: bits only fall, programs wrap within their page, and every
//! change needs its own write enable.

use core::convert::Infallible;
use embedded_hal::{
    delay::DelayNs,
    spi::{ErrorType, Operation, SpiDevice},
};
use std::{vec, vec::Vec};

pub(super) struct Chip {
    pub(super) memory: Vec<u8>,
    pub(super) programs: Vec<(usize, usize)>,
    pub(super) id: [u8; 3],
    /// Status reads for which a change keeps it busy.
    pub(super) busy_polls: u32,
    pub(super) ignore_write_enable: bool,
    pub(super) protection: u8,
    enabled: bool,
    busy: u32,
}

pub(super) struct NoDelay;

impl DelayNs for NoDelay {
    fn delay_ns(&mut self, _: u32) {}
}

impl Chip {
    pub(super) fn new() -> Self {
        Self {
            memory: vec![0xFF; 1 << 20],
            programs: vec![],
            id: [0xEF, 0x40, 0x14],
            busy_polls: 0,
            ignore_write_enable: false,
            protection: 0,
            enabled: false,
            busy: 0,
        }
    }

    fn answer(&mut self, command: &[u8], answer: &mut [u8]) {
        match command {
            [0x05] => answer.fill(self.status()),
            [0x9F] => answer.copy_from_slice(&self.id),
            [0x03, address @ ..] if self.busy == 0 => {
                let start = number(address);
                answer.copy_from_slice(&self.memory[start..start + answer.len()]);
            }
            _ => panic!("no answer to {command:02x?}"),
        }
    }

    fn obey(&mut self, command: &[u8]) {
        match command {
            _ if self.busy > 0 => {}
            [0x06] => self.enabled = !self.ignore_write_enable,
            [0x20, address @ ..] if self.begin_change() => {
                let start = number(address);
                self.memory[start..start + 4096].fill(0xFF);
            }
            [0x02, high, middle, low, data @ ..] if self.begin_change() => {
                self.program(number(&[*high, *middle, *low]), data);
            }
            _ => panic!("unexpected {command:02x?}"),
        }
    }

    fn program(&mut self, start: usize, data: &[u8]) {
        self.programs.push((start, data.len()));
        let page = start & !255;
        for (at, byte) in (start..).zip(data) {
            self.memory[page | at & 255] &= byte;
        }
    }

    fn begin_change(&mut self) -> bool {
        self.busy = self.busy_polls;
        core::mem::take(&mut self.enabled)
    }

    fn status(&mut self) -> u8 {
        let status = u8::from(self.busy > 0) | u8::from(self.enabled) << 1 | self.protection << 2;
        self.busy = self.busy.saturating_sub(1);
        status
    }
}

fn number(address: &[u8]) -> usize {
    address.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte))
}

impl ErrorType for Chip {
    type Error = Infallible;
}

impl SpiDevice for Chip {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        let mut command = Vec::new();
        for operation in operations {
            match operation {
                Operation::Write(bytes) => command.extend_from_slice(bytes),
                Operation::Read(answer) => {
                    self.answer(&command, answer);
                    return Ok(());
                }
                _ => panic!("the driver only writes, then reads"),
            }
        }
        self.obey(&command);
        Ok(())
    }
}
