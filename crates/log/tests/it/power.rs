//! Power lost at any moment: a disk that forgets, or tears, what was not synced.
//!
//! The system calls of a child under load are replayed onto a model of a disk. At each point the power fails: of every
//! file, what was synced is kept, and of each later write nothing, all, or some sectors from its start. The log must
//! open on what is left, with everything that had been acknowledged. Trusted here: that a sync is kept by the hardware,
//! that removing a file is durable at once, and that files exist as soon as they are made.

use std::collections::BTreeMap;
use std::path::Path;

use tideboard_log::{Log, SqliteLog};

use crate::crash::{Ack, By, Load, check, stream_of};
use crate::fixture::{Folder, ManualClock, contents, produced};
use crate::trace::{Step, trace};

const SECTOR_BYTES: usize = 512;
const CRASHES: usize = 80;
const APPENDS: i64 = 30;

/// A disk as it is, and as it would be found.
#[derive(Default)]
struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    /// Not yet synced, in order.
    pending: Vec<Step>,
}

impl Disk {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Write { file, .. } | Step::Truncate { file, .. } => {
                self.files.entry(file.clone()).or_default().pending.push(step.clone());
            }
            Step::Sync { file } => {
                let file = self.files.entry(file.clone()).or_default();
                for step in std::mem::take(&mut file.pending) {
                    change(&mut file.durable, &step, usize::MAX);
                }
            }
            Step::Unlink { file } => drop(self.files.remove(file)),
            Step::Ack(_) => {}
        }
    }

    /// Writes what is found after a loss of power. `luck` says how much of each unsynced step reached the disk.
    fn lose_power(&self, folder: &Path, mut luck: impl FnMut() -> Luck) -> usize {
        let mut at_risk = 0;
        // Shared memory is rebuilt from the other two.
        for (name, file) in self.files.iter().filter(|(name, _)| !name.ends_with("-shm")) {
            let mut found = file.durable.clone();
            for step in &file.pending {
                at_risk += 1;
                match luck() {
                    Luck::Lost => {}
                    Luck::Torn { sectors } => change(&mut found, step, sectors * SECTOR_BYTES),
                    Luck::Kept => change(&mut found, step, usize::MAX),
                }
            }
            std::fs::write(folder.join(name), found).unwrap();
        }
        at_risk
    }
}

/// What becomes of a step that was not synced.
enum Luck {
    Lost,
    Torn { sectors: usize },
    Kept,
}

fn change(content: &mut Vec<u8>, step: &Step, at_most: usize) {
    match step {
        Step::Write { offset, bytes, .. } => {
            let bytes = &bytes[..bytes.len().min(at_most)];
            content.resize(content.len().max(offset + bytes.len()), 0);
            content[*offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        Step::Truncate { length, .. } => content.resize(*length, 0),
        Step::Sync { .. } | Step::Unlink { .. } | Step::Ack(_) => {}
    }
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn luck(&mut self) -> Luck {
        match self.below(3) {
            0 => Luck::Lost,
            1 => Luck::Torn { sectors: usize::try_from(self.below(8)).unwrap() },
            _ => Luck::Kept,
        }
    }
}

#[tokio::test]
async fn every_acknowledged_append_outlives_a_loss_of_power_at_any_moment() {
    outlives_a_loss_of_power(By::Key).await;
}

#[tokio::test]
async fn sequences_and_what_they_number_outlive_a_loss_of_power_together() {
    outlives_a_loss_of_power(By::Sequence).await;
}

async fn outlives_a_loss_of_power(by: By) {
    let folder = Folder::new();
    let steps = trace(folder.path(), Load { appenders: 4, appends: APPENDS, start: 0, by });
    let checkpoints = steps.iter().filter(|step| matches!(step, Step::Sync { file } if file == "log.db")).count();
    assert!(checkpoints > 3, "the load is long enough for checkpoints, which move what was written");
    let first_ack = steps.iter().position(|step| matches!(step, Step::Ack(_))).unwrap();
    let every = (steps.len() - first_ack).div_ceil(CRASHES);

    let (mut disk, mut acks, mut dice, mut at_risk) = (Disk::default(), Vec::<Ack>::new(), Dice(0x7ac3_91d5), 0);
    for (index, step) in steps.iter().enumerate() {
        disk.apply(step);
        if let Step::Ack(ack) = step {
            acks.push(ack.clone());
        }
        if index >= first_ack && (index - first_ack) % every == 0 {
            at_risk += crash(&disk, &acks, by, || Luck::Lost).await;
            at_risk += crash(&disk, &acks, by, || dice.luck()).await;
        }
    }
    assert_eq!(i64::try_from(acks.len()).unwrap(), 4 * APPENDS);
    assert!(at_risk > CRASHES, "the power failed with writes on their way: {at_risk}");
}

async fn crash(disk: &Disk, acks: &[Ack], by: By, luck: impl FnMut() -> Luck) -> usize {
    let found = Folder::new();
    let at_risk = disk.lose_power(found.path(), luck);
    let log = SqliteLog::open(found.path(), ManualClock::default().options()).unwrap();
    check(&log, acks).await;
    if by == By::Sequence {
        send_everything_again(&log).await;
    }
    log.close().await.unwrap();
    at_risk
}

/// A sequence is remembered if, and only if, its event was found.
async fn send_everything_again(log: &SqliteLog) {
    let name = stream_of(0);
    let found = contents(log, &name).await.len();
    let all = 0..u64::try_from(APPENDS).unwrap();
    let receipt = log.append(produced(&name, "child", all)).await.unwrap();
    assert_eq!((receipt.duplicates, receipt.refused.len()), (found, 0));
    assert_eq!(contents(log, &name).await.len(), usize::try_from(APPENDS).unwrap());
}
