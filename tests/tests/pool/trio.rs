use casemate::hsm::Hsm;
use casemate::hsm::device::{DeviceHsm, Trust};
use casemate::hsm::pool::Pool;
use casemate_common::keyring::KeyringId;
use casemate_tests::place::Place;
use casemate_tests::pluggable::Pluggable;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::sleep;

/// How long anything may take to come about.
const SOON: Duration = Duration::from_secs(20);

/// Devices that this host is the officer of.
pub(crate) struct Devices {
    pub(crate) boards: Vec<Pluggable>,
    trust: Trust,
    directory: TempDir,
}

pub(crate) fn id(byte: u8) -> KeyringId {
    KeyringId::new([byte; 16])
}

impl Devices {
    /// So many, all plugged in, of which the first lets the others join its security domain.
    pub(crate) async fn joined(count: usize) -> Self {
        let devices = Self::strangers(count);
        let [first, others @ ..] = &*devices.boards else {
            panic!("at least one device");
        };
        let member = devices.officer(first).await;
        let member_is = member.device_status().await.unwrap().identity;
        for other in others {
            let joiner = devices.officer(other).await;
            let joiner_is = joiner.device_status().await.unwrap().identity;
            let offer = joiner.offer().await.unwrap();
            let share = member.share_domain(joiner_is, offer).await.unwrap();
            joiner.join_domain(member_is, &share).await.unwrap();
        }
        devices
    }

    /// So many that have nothing in common.
    pub(crate) fn strangers(count: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let board = |number| {
            let board = Pluggable::new(directory.path(), &format!("device-{number}")).unwrap();
            board.plug();
            board
        };
        Self {
            boards: (1..=count).map(board).collect(),
            trust: Trust::open(&data_of(&directory)).unwrap().on_first_use(count),
            directory,
        }
    }

    /// A daemon on them, with a settings file.
    pub(crate) fn serve(self, settings: &str) -> (Vec<Pluggable>, Place) {
        let Self {
            boards, directory, ..
        } = self;
        let addresses: Vec<_> = boards.iter().map(|board| board.address().to_string()).collect();
        fs::write(directory.path().join("casemate.toml"), settings).unwrap();
        (boards, Place::at(directory, &addresses.join(" "), None).unwrap())
    }

    /// A device by itself.
    pub(crate) fn alone(&self, board: &Pluggable) -> DeviceHsm {
        DeviceHsm::connect(board.connector(&self.trust))
    }

    /// A device by itself, which knows that its officer is there.
    async fn officer(&self, board: &Pluggable) -> DeviceHsm {
        let hsm = self.alone(board);
        hsm.device_status().await.unwrap();
        let pin = fs::read_to_string(data_of(&self.directory).join("officer-pin")).unwrap();
        hsm.verify_pin(pin.trim()).await.unwrap();
        hsm
    }

    /// A pool of them.
    pub(crate) fn pool(&self) -> Pool {
        self.pool_of(&self.boards)
    }

    /// A pool of some of them.
    pub(crate) fn pool_of(&self, boards: &[Pluggable]) -> Pool {
        let connectors = boards.iter().map(|board| board.connector(&self.trust));
        Pool::connect(connectors.collect(), &self.ledger()).unwrap()
    }

    /// Where their pool keeps what it must not forget.
    pub(crate) fn ledger(&self) -> PathBuf {
        data_of(&self.directory).join("pool.json")
    }

    /// Puts every device into a security domain of its own.
    pub(crate) async fn part(&self) {
        for (board, other) in self.boards.iter().zip(self.boards.iter().rev()) {
            let (member, other) = (self.officer(board).await, self.officer(other).await);
            let other_is = other.device_status().await.unwrap().identity;
            let offer = other.offer().await.unwrap();
            member.share_domain(other_is, offer).await.unwrap();
        }
    }

    /// Leaves this device alone in.
    pub(crate) fn only(&self, at: usize) {
        for (other, board) in self.boards.iter().enumerate() {
            if other == at {
                board.plug();
            } else {
                board.pull();
            }
        }
    }

    pub(crate) fn plug_all(&self) {
        self.boards.iter().for_each(Pluggable::plug);
    }
}

/// Where this host keeps who it is.
fn data_of(directory: &TempDir) -> PathBuf {
    let data = directory.path().join("data");
    fs::create_dir_all(&data).unwrap();
    data
}

/// The ids of the devices that serve.
pub(crate) async fn ids(pool: &Pool) -> Vec<String> {
    let members = pool.info().await.unwrap().members;
    members.into_iter().filter_map(|member| member.id).collect()
}

/// Waits until a device does not serve for a reason in which all of this is said.
pub(crate) async fn told_out(pool: &Pool, said: &[&str]) {
    let begun = Instant::now();
    loop {
        let members = pool.info().await.unwrap().members;
        let tells = |out: &String| said.iter().all(|part| out.contains(part));
        if members.iter().filter_map(|member| member.out.as_ref()).any(tells) {
            return;
        }
        assert!(begun.elapsed() < SOON, "{said:?} is to be said: {members:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until just these devices serve.
pub(crate) async fn serving(pool: &Pool, expected: &[usize]) {
    let begun = Instant::now();
    loop {
        let members = pool.info().await.unwrap().members;
        let serve = (0..members.len()).filter(|at| members[*at].out.is_none());
        if serve.eq(expected.iter().copied()) {
            return;
        }
        assert!(begun.elapsed() < SOON, "{expected:?} are to serve: {members:?}");
        sleep(Duration::from_millis(5)).await;
    }
}
