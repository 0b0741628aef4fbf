//! Many batches, one transaction.

use redb::{Database, Durability, ReadableTable, StorageError, Table};

use super::{TABLE, failed};
use crate::store::{Batch, StoreError};

type Pairs<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// Carries out these batches in their order in one durable commit, each wholly or not at all.
///
/// A batch sees the changes of those before it. The answer says for each whether its preconditions held.
///
/// # Errors
/// When anything failed; then no batch was carried out, or (where only the last sync failed) all whose preconditions
/// held.
pub(super) fn commit<'b>(
    database: &Database,
    batches: impl Iterator<Item = &'b Batch>,
) -> Result<Vec<bool>, StoreError> {
    let mut transaction = database.begin_write().map_err(failed)?;
    transaction
        .set_durability(Durability::Immediate)
        .map_err(failed)?;
    let verdicts = {
        let mut table = transaction.open_table(TABLE).map_err(failed)?;
        batches
            .map(|batch| carry_out(&mut table, batch))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?
    };
    if verdicts.contains(&true) {
        transaction.commit().map_err(failed)?;
    } else {
        transaction.abort().map_err(failed)?;
    }
    Ok(verdicts)
}

fn carry_out(table: &mut Pairs<'_>, batch: &Batch) -> Result<bool, StorageError> {
    if !holds(table, batch)? {
        return Ok(false);
    }
    for (key, value) in &batch.changes {
        match value {
            Some(value) => drop(table.insert(key.as_slice(), value.as_slice())?),
            None => drop(table.remove(key.as_slice())?),
        }
    }
    Ok(true)
}

fn holds(table: &Pairs<'_>, batch: &Batch) -> Result<bool, StorageError> {
    for (key, expected) in &batch.expected {
        let found = table.get(key.as_slice())?;
        if found.as_ref().map(|found| found.value()) != expected.as_deref() {
            return Ok(false);
        }
    }
    Ok(true)
}
