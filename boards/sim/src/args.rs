use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// How to run the simulator.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// File that holds the flash; made when there is none
    #[arg(long, value_name = "FILE")]
    pub flash: PathBuf,

    /// Where the host is: `stdin` (a socket on file descriptor 0), `pty` (its path is printed) or `tcp:ADDRESS` (the
    /// address bound is printed)
    #[arg(long, default_value = "stdin")]
    pub link: LinkAddress,

    /// Slow the link down to a UART's rate, 10 bits a byte, in each direction
    #[arg(long, value_name = "BIT/S")]
    pub bit_rate: Option<u32>,

    /// Cut power in the n-th program or erase of the flash: leave it torn and exit
    #[arg(long, value_name = "N")]
    pub cut_at: Option<u64>,

    /// Decides what a power cut leaves of the operation it hits
    #[arg(long, default_value_t = 0)]
    pub seed: u64,

    /// Do not wait until the disk has what was written to the flash: for tests that never cut the machine's own power
    #[arg(long)]
    pub no_sync: bool,
}

/// Where the host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAddress {
    /// File descriptor 0, a socket that the host opened.
    Stdin,
    /// A pseudo-terminal, opened here.
    Pty,
    /// The first connection to this address; port 0 takes any.
    Tcp(SocketAddr),
}

impl FromStr for LinkAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("tcp:")) {
            ("stdin", _) => Ok(Self::Stdin),
            ("pty", _) => Ok(Self::Pty),
            (_, Some(address)) => address
                .parse()
                .map(Self::Tcp)
                .map_err(|error| format!("{error}; an address looks like 127.0.0.1:0")),
            _ => Err("expected `stdin`, `pty` or `tcp:ADDRESS`".into()),
        }
    }
}
