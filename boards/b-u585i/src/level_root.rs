//! Which root the chip can keep at its level of read-out protection.
//!
//! At level 0 the key that SAES derives is the same in all chips (RM0456, section "Hardware secret key management"): what is
//! wrapped under it is no secret, and a change of the level changes the key. So at level 0 the root lies in the flash, plain, and
//! the device says so; under any other it is made with the hardware's key. A page that was written at level 0 is refused from
//! then on ([`RootError::OtherKind`]): what was kept under it was in anybody's reach.

use casemate_common::command::RootKind;
use casemate_firmware::flash::FlashRoot;
use casemate_firmware::platform::{RootError, RootSource};
use embedded_storage::nor_flash::NorFlash;

/// See the module.
pub enum LevelRoot<F, W> {
    /// At level 0.
    Plain(FlashRoot<F>),
    /// Under protection.
    Wrapped(W),
}

impl<F: NorFlash, W> LevelRoot<F, W> {
    /// The root in this region: made with the hardware's key, unless that is everybody's.
    pub fn new(has_own_key: bool, region: F, wrapped: impl FnOnce(F) -> W) -> Self {
        if has_own_key {
            Self::Wrapped(wrapped(region))
        } else {
            Self::Plain(FlashRoot::new(region))
        }
    }
}

impl<F: NorFlash, W: RootSource> RootSource for LevelRoot<F, W> {
    fn kind(&self) -> RootKind {
        match self {
            Self::Plain(root) => root.kind(),
            Self::Wrapped(root) => root.kind(),
        }
    }

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        match self {
            Self::Plain(plain) => plain.load_or_create(fresh, root),
            Self::Wrapped(wrapped) => wrapped.load_or_create(fresh, root),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protection::has_own_key;
    use crate::split_root::SplitRoot;
    use crate::tamper::{TampHalf, arm, model::Model};
    use crate::wrapped_root::{HardwareKey, WrappedRoot};
    use casemate_firmware::crypto::{Aes256, Key256, SoftwareAes256};
    use casemate_sim::nor::Nor;
    use std::vec;
    use std::vec::Vec;

    type Flash = Nor<Vec<u8>, 16, 8192>;

    /// A chip by what the manual says, at this level: its key is everybody's at level 0, and another at each level, once its
    /// power has been off.
    struct Chip {
        level: u8,
        was_off: bool,
    }

    impl HardwareKey for Chip {
        fn is_settled(&self) -> bool {
            self.was_off
        }

        fn encrypt(&mut self, block: &mut [u8; 16]) -> Result<(), RootError> {
            let key = if self.level == 0xAA || !self.was_off {
                [0; 32]
            } else {
                [self.level ^ 0x11; 32]
            };
            SoftwareAes256::new(&Key256::new(key)).encrypt(block);
            Ok(())
        }
    }

    type Loaded = Result<([u8; 32], RootKind), RootError>;

    fn load(mut source: impl RootSource) -> Loaded {
        let mut root = [0; 32];
        source.load_or_create(&[7; 32], &mut root)?;
        Ok((root, source.kind()))
    }

    /// A start at this level, of an image without and of one with the feature `tamper`.
    fn start(flash: &mut Flash, tamp: Option<&Model>, level: u8) -> Loaded {
        let was_off = true;
        start_chip(flash, tamp, Chip { level, was_off })
    }

    /// The start after the reset in which the chip loads the option bytes of a new level.
    fn launch(flash: &mut Flash, tamp: Option<&Model>, level: u8) -> Loaded {
        let was_off = false;
        start_chip(flash, tamp, Chip { level, was_off })
    }

    fn start_chip(flash: &mut Flash, tamp: Option<&Model>, chip: Chip) -> Loaded {
        let own = has_own_key(chip.level);
        match tamp {
            None => load(LevelRoot::new(own, flash, |region| {
                WrappedRoot::new(region, chip)
            })),
            Some(tamp) => {
                arm(tamp);
                load(LevelRoot::new(own, flash, |region| {
                    SplitRoot::new(region, chip, TampHalf::new(tamp.clone()))
                }))
            }
        }
    }

    fn blank() -> Flash {
        Nor::new(vec![0xFF; 2 * 8192])
    }

    #[test]
    fn an_open_board_says_that_its_root_lies_in_the_flash() {
        let tamp = Model::default();
        for tamp in [None, Some(&tamp)] {
            let mut flash = blank();
            let (root, kind) = start(&mut flash, tamp, 0xAA).unwrap();
            assert_eq!((root, kind), ([7; 32], RootKind::FlashPage));
            assert_eq!(start(&mut flash, tamp, 0xAA), Ok((root, kind)));
            assert!(flash.image().windows(32).any(|window| window == root));
        }
    }

    #[test]
    fn a_root_made_before_provisioning_is_refused_and_not_replaced() {
        let tamp = Model::default();
        for tamp in [None, Some(&tamp)] {
            let mut flash = blank();
            start(&mut flash, tamp, 0xAA).unwrap();
            let image = flash.image().to_vec();
            for level in [0x55, 0xBB, 0xCC] {
                assert_eq!(start(&mut flash, tamp, level), Err(RootError::OtherKind));
                assert_eq!(flash.image(), image);
            }
        }
    }

    #[test]
    fn no_root_is_made_before_the_key_of_the_new_level_is_there() {
        let tamp = Model::default();
        for tamp in [None, Some(&tamp)] {
            let mut flash = blank();
            assert_eq!(launch(&mut flash, tamp, 0xBB), Err(RootError::Unsettled));
            assert_eq!(flash.image(), blank().image());
            let made = start(&mut flash, tamp, 0xBB).unwrap();
            assert_eq!(start(&mut flash, tamp, 0xBB), Ok(made));
        }
    }

    #[test]
    fn a_protected_board_uses_its_own_key_and_tells_when_that_changes() {
        let tamp = Model::default();
        for (tamp, expected) in [
            (None, RootKind::HardwareUniqueKey),
            (Some(&tamp), RootKind::HardwareUniqueKeyAndTamper),
        ] {
            let mut flash = blank();
            let (root, kind) = start(&mut flash, tamp, 0xBB).unwrap();
            assert_eq!(kind, expected);
            assert!(!flash.image().windows(32).any(|window| window == root));
            let image = flash.image().to_vec();
            assert_eq!(start(&mut flash, tamp, 0xCC), Err(RootError::Changed));
            assert_eq!(start(&mut flash, tamp, 0xAA), Err(RootError::OtherKind));
            assert_eq!(flash.image(), image);
            assert_eq!(start(&mut flash, tamp, 0xBB), Ok((root, kind)));
        }
    }
}
