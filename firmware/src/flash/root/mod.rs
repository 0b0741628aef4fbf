//! The root secret in a flash region of its own: itself, for boards without anything better, or what a board's hardware makes
//! it of.

mod page;
mod slot;

pub use page::RootPage;
pub use slot::{CHECK_LEN, Kept, PageKind};

use crate::platform::{RootError, RootSource};
use casemate_common::command::RootKind;
use embedded_storage::nor_flash::NorFlash;

/// Keeps the root secret in a flash region of one sector, or of two for a second copy. Whoever copies this flash has
/// the keys.
pub struct FlashRoot<F> {
    page: RootPage<F>,
}

impl<F: NorFlash> FlashRoot<F> {
    /// The root secret in this region.
    pub const fn new(flash: F) -> Self {
        Self {
            page: RootPage::new(flash, PageKind::Root),
        }
    }
}

impl<F: NorFlash> RootSource for FlashRoot<F> {
    fn kind(&self) -> RootKind {
        RootKind::FlashPage
    }

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        let kept = match self.page.find()? {
            Some(kept) => kept,
            None => Kept::unchecked(*fresh),
        };
        self.page.keep(&kept)?;
        root.copy_from_slice(kept.secret());
        Ok(())
    }
}
