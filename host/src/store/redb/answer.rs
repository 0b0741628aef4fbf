use tokio::sync::oneshot;

use crate::store::StoreError;

/// What became of a batch.
pub(super) type Outcome = Result<(), StoreError>;

/// What a caller learns of its batch, and has to pass on to those who share its commit.
///
/// Waking a task from the writer's thread costs a system call or a lock that all workers share, from another task next
/// to nothing: so the writer wakes one caller, and that one, by taking or dropping its answer, all others.
pub(super) struct Answer {
    outcome: Outcome,
    others: Vec<(oneshot::Sender<Answer>, Outcome)>,
}

impl Answer {
    pub(super) fn take(mut self) -> Outcome {
        std::mem::replace(&mut self.outcome, Ok(()))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        for (caller, outcome) in self.others.drain(..) {
            send(caller, outcome, Vec::new());
        }
    }
}

/// Answers all callers of a commit.
pub(super) fn answer_all(mut callers: impl Iterator<Item = (oneshot::Sender<Answer>, Outcome)>) {
    if let Some((first, outcome)) = callers.next() {
        send(first, outcome, callers.collect());
    }
}

/// A caller that no longer waits is passed over: its batch was carried out all the same, and its answer, dropped, goes
/// on to the others.
fn send(caller: oneshot::Sender<Answer>, outcome: Outcome, others: Vec<(oneshot::Sender<Answer>, Outcome)>) {
    drop(caller.send(Answer { outcome, others }));
}
