//! Writers that remember every acknowledgement, to compare with what a crash left.

mod ledger;
mod process;
mod writers;

pub use ledger::{Ledger, Outcome};
pub use process::{children, kill, wait_until_gone};
pub use writers::{Writer, Writers, check_all};
