use embedded_hal::{
    delay::DelayNs,
    spi::{Operation, SpiDevice},
};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Bytes of the part.
const CAPACITY: usize = 1 << 20;
const PAGE_LEN: usize = 256;
const SECTOR_LEN: u32 = 4096;
const JEDEC_ID: [u8; 3] = [0xEF, 0x40, 0x14];

const BUSY: u8 = 1 << 0;
const WRITE_ENABLED: u8 = 1 << 1;
const BLOCK_PROTECTION: u8 = 0b111 << 2;

/// Longest page program by the data sheet (3 ms), with as much again to spare.
const PROGRAM_LIMIT_US: u32 = 6_000;
/// Longest sector erase by the data sheet (400 ms), with as much again to spare.
const ERASE_LIMIT_US: u32 = 800_000;
const POLL_INTERVAL_US: u32 = 20;

/// The part's commands, by their data sheet.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Opcode {
    PageProgram = 0x02,
    ReadData = 0x03,
    ReadStatus = 0x05,
    WriteEnable = 0x06,
    SectorErase = 0x20,
    ReadJedecId = 0x9F,
}

impl Opcode {
    const fn at(self, address: u32) -> [u8; 4] {
        let [_, high, middle, low] = address.to_be_bytes();
        [self as u8, high, middle, low]
    }
}

/// Why the part did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum W25Q80Error<E> {
    /// The bus's own error.
    Bus(E),
    /// It did not finish in twice the time that its data sheet allows.
    Busy,
    /// It does not take the write enable command.
    NotEnabled,
    /// Its status register protects blocks, so that it would ignore writes there without a word.
    Protected,
    /// Out of bounds or not aligned.
    Refused(NorFlashErrorKind),
    /// Another part, or none: this is what it answered as its JEDEC id.
    UnknownPart([u8; 3]),
}

impl<E: core::fmt::Debug> NorFlashError for W25Q80Error<E> {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Refused(kind) => *kind,
            _ => NorFlashErrorKind::Other,
        }
    }
}

/// Winbond W25Q80: 1 MiB of NOR flash in sectors of 4 KiB, programmed in pages of 256 bytes.
pub struct W25Q80<S, D> {
    spi: S,
    delay: D,
}

impl<S: SpiDevice, D: DelayNs> W25Q80<S, D> {
    /// The part behind `spi`, once it is sure that it is there, idle and writable.
    ///
    /// # Errors
    /// [`W25Q80Error`]; above all [`W25Q80Error::UnknownPart`], so that a dead bus never passes for an erased part.
    pub fn open(spi: S, delay: D) -> Result<Self, W25Q80Error<S::Error>> {
        let mut part = Self { spi, delay };
        let id = part.answer(Opcode::ReadJedecId)?;
        if id != JEDEC_ID {
            return Err(W25Q80Error::UnknownPart(id));
        }
        // A reset does not stop an erase that is under way.
        part.wait(ERASE_LIMIT_US)?;
        if part.status()? & BLOCK_PROTECTION != 0 {
            return Err(W25Q80Error::Protected);
        }
        Ok(part)
    }

    fn answer<const N: usize>(&mut self, opcode: Opcode) -> Result<[u8; N], W25Q80Error<S::Error>> {
        let mut answer = [0; N];
        self.transaction(&mut [Operation::Write(&[opcode as u8]), Operation::Read(&mut answer)])?;
        Ok(answer)
    }

    fn status(&mut self) -> Result<u8, W25Q80Error<S::Error>> {
        self.answer(Opcode::ReadStatus).map(|[status]| status)
    }

    fn wait(&mut self, limit_us: u32) -> Result<(), W25Q80Error<S::Error>> {
        for _ in 0..limit_us / POLL_INTERVAL_US {
            if self.status()? & BUSY == 0 {
                return Ok(());
            }
            self.delay.delay_us(POLL_INTERVAL_US);
        }
        Err(W25Q80Error::Busy)
    }

    fn enable_write(&mut self) -> Result<(), W25Q80Error<S::Error>> {
        self.transaction(&mut [Operation::Write(&[Opcode::WriteEnable as u8])])?;
        let enabled = self.status()? & WRITE_ENABLED != 0;
        enabled.then_some(()).ok_or(W25Q80Error::NotEnabled)
    }

    fn program(&mut self, address: u32, bytes: &[u8]) -> Result<(), W25Q80Error<S::Error>> {
        self.enable_write()?;
        let head = Opcode::PageProgram.at(address);
        self.transaction(&mut [Operation::Write(&head), Operation::Write(bytes)])?;
        self.wait(PROGRAM_LIMIT_US)
    }

    fn erase_sector(&mut self, address: u32) -> Result<(), W25Q80Error<S::Error>> {
        self.enable_write()?;
        self.transaction(&mut [Operation::Write(&Opcode::SectorErase.at(address))])?;
        self.wait(ERASE_LIMIT_US)
    }

    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), W25Q80Error<S::Error>> {
        self.spi.transaction(operations).map_err(W25Q80Error::Bus)
    }
}

impl<S: SpiDevice, D> ErrorType for W25Q80<S, D> {
    type Error = W25Q80Error<S::Error>;
}

impl<S: SpiDevice, D: DelayNs> ReadNorFlash for W25Q80<S, D> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len()).map_err(W25Q80Error::Refused)?;
        let head = Opcode::ReadData.at(offset);
        self.transaction(&mut [Operation::Write(&head), Operation::Read(bytes)])
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl<S: SpiDevice, D: DelayNs> NorFlash for W25Q80<S, D> {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = SECTOR_LEN as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to).map_err(W25Q80Error::Refused)?;
        (from..to)
            .step_by(Self::ERASE_SIZE)
            .try_for_each(|sector| self.erase_sector(sector))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len()).map_err(W25Q80Error::Refused)?;
        let (mut address, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            // A program that runs over the end of its page goes on at the page's start.
            let room = PAGE_LEN - address as usize % PAGE_LEN;
            let (page, later) = rest.split_at(room.min(rest.len()));
            self.program(address, page)?;
            address += page.len() as u32;
            rest = later;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Chip, NoDelay};
    use super::*;

    fn open(chip: &mut Chip) -> W25Q80<&mut Chip, NoDelay> {
        W25Q80::open(chip, NoDelay).ok().unwrap()
    }

    #[test]
    fn programs_are_split_at_pages() {
        let mut chip = Chip::new();
        let data: std::vec::Vec<u8> = (0..700_u32).map(|n| (n % 251) as u8).collect();
        let mut read = [0; 700];
        open(&mut chip).write(100, &data).unwrap();
        open(&mut chip).read(100, &mut read).unwrap();
        assert_eq!(read[..], data[..]);
        assert_eq!(chip.programs, [(100, 156), (256, 256), (512, 256), (768, 32)]);
    }

    #[test]
    fn erases_whole_sectors_and_nothing_else() {
        let mut chip = Chip::new();
        chip.memory.fill(0x5A);
        open(&mut chip).erase(4096, 12288).unwrap();
        let erased = |range: core::ops::Range<usize>| chip.memory[range].iter().all(|&byte| byte == 0xFF);
        assert!(erased(4096..12288));
        assert_eq!((chip.memory[4095], chip.memory[12288]), (0x5A, 0x5A));
    }

    #[test]
    fn waits_while_busy_but_not_for_ever() {
        let mut chip = Chip::new();
        chip.busy_polls = 100;
        open(&mut chip).write(0, &[0x12]).unwrap();
        assert_eq!(chip.memory[0], 0x12);
        chip.busy_polls = u32::MAX;
        let mut part = open(&mut chip);
        assert_eq!(part.write(1, &[0x34]), Err(W25Q80Error::Busy));
        assert_eq!(part.erase(0, 4096), Err(W25Q80Error::NotEnabled));
    }

    #[test]
    fn refuses_what_it_could_not_do() {
        let mut chip = Chip::new();
        chip.ignore_write_enable = true;
        assert_eq!(open(&mut chip).write(0, &[0]), Err(W25Q80Error::NotEnabled));
        let out_of_bounds = W25Q80Error::Refused(NorFlashErrorKind::OutOfBounds);
        assert_eq!(open(&mut chip).write(CAPACITY as u32, &[0]), Err(out_of_bounds));
        let not_aligned = W25Q80Error::Refused(NorFlashErrorKind::NotAligned);
        assert_eq!(open(&mut chip).erase(1, 4096), Err(not_aligned));
    }

    #[test]
    fn opens_only_the_part_it_knows() {
        let mut chip = Chip::new();
        chip.protection = 0b100;
        assert_eq!(
            W25Q80::open(&mut chip, NoDelay).err(),
            Some(W25Q80Error::Protected)
        );
        chip.id = [0xFF; 3];
        let unknown = W25Q80Error::UnknownPart([0xFF; 3]);
        assert_eq!(W25Q80::open(&mut chip, NoDelay).err(), Some(unknown));
    }
}
