//! Random histories of a pool, compared step by step with a simple model.

use crate::trio::{Devices, id, serving};
use casemate::hsm::pool::Pool;
use casemate::hsm::{ErrorKind, Hsm};
use casemate_tests::dice::{Dice, fresh_seed};
use std::collections::BTreeMap;

const DEVICES: usize = 3;
const STEPS: usize = 40;

/// What each keyring of the model has sealed; `None`: it was destroyed.
type Model = BTreeMap<u8, Option<Vec<u8>>>;

struct History {
    devices: Devices,
    pool: Pool,
    plugged: [bool; DEVICES],
    model: Model,
    /// Sealed under keyrings that were destroyed since.
    dead: Vec<(u8, Vec<u8>)>,
}

impl History {
    async fn step(&mut self, dice: &mut Dice) {
        let name = dice.below(5) as u8;
        match dice.below(10) {
            0..=2 => self.create(name).await,
            3 | 4 => self.destroy(name).await,
            5..=7 => self.replug(dice.below(DEVICES)).await,
            8 => {
                self.pool = self.devices.pool();
                self.settled().await;
            }
            _ => {}
        }
        self.check().await;
    }

    async fn create(&mut self, name: u8) {
        let is_new = self.model.get(&name).is_none_or(Option::is_none);
        assert_eq!(self.pool.create_keyring(id(name)).await, Ok(is_new));
        if is_new {
            let record = self.pool.seal(id(name), b"", &[name]).await.unwrap();
            self.model.insert(name, Some(record));
        }
    }

    async fn destroy(&mut self, name: u8) {
        let record = self.model.insert(name, None).flatten();
        assert_eq!(self.pool.destroy_keyring(id(name)).await, Ok(record.is_some()));
        self.dead.extend(record.map(|record| (name, record)));
    }

    /// Pulls a device out, or puts it back; one stays always.
    async fn replug(&mut self, at: usize) {
        if self.plugged[at] && self.plugged.iter().filter(|plugged| **plugged).count() == 1 {
            return;
        }
        self.plugged[at] = !self.plugged[at];
        if self.plugged[at] {
            self.devices.boards[at].plug();
        } else {
            self.devices.boards[at].pull();
        }
        self.settled().await;
    }

    async fn settled(&self) {
        let plugged: Vec<_> = (0..DEVICES).filter(|at| self.plugged[*at]).collect();
        serving(&self.pool, &plugged).await;
    }

    async fn check(&self) {
        check_living(&self.pool, &self.model).await;
        // Of what is gone, a pool is certain when all of it is there.
        if self.plugged == [true; DEVICES] {
            check_dead(&self.pool, &self.dead).await;
        }
    }
}

async fn check_living(hsm: &dyn Hsm, model: &Model) {
    let living = model.iter().filter(|(_, record)| record.is_some());
    let ids: Vec<_> = living.clone().map(|(name, _)| id(*name)).collect();
    assert_eq!(hsm.list_keyrings().await.unwrap(), ids);
    for (name, record) in living {
        let opened = hsm.open(id(*name), b"", record.as_ref().unwrap()).await;
        assert_eq!(*opened.unwrap(), [*name]);
    }
}

async fn check_dead(hsm: &dyn Hsm, dead: &[(u8, Vec<u8>)]) {
    for (name, record) in dead {
        let refused = hsm.open(id(*name), b"", record).await.unwrap_err();
        let gone = [ErrorKind::Caller, ErrorKind::Refused];
        assert!(gone.contains(&refused.kind()), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_agree_with_the_model() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let devices = Devices::joined(DEVICES).await;
    let pool = devices.pool();
    let mut history = History {
        devices,
        pool,
        plugged: [true; DEVICES],
        model: Model::new(),
        dead: Vec::new(),
    };
    history.settled().await;
    for _ in 0..STEPS {
        history.step(&mut dice).await;
    }
    // Every device by itself has come to the same.
    history.devices.plug_all();
    history.plugged = [true; DEVICES];
    history.settled().await;
    history.check().await;
    let History {
        devices,
        pool,
        model,
        dead,
        ..
    } = history;
    drop(pool);
    for board in &devices.boards {
        let device = devices.alone(board);
        check_living(&device, &model).await;
        check_dead(&device, &dead).await;
    }
}
