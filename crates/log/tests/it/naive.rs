//! Sequences against a model that remembers every one of them: whatever is sent again, cut and mixed anew, out of
//! order or across restarts, each event is in the log once, and what becomes of each is what the model says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use tideboard_log::{Batch, Log, MemoryLog, Receipt, Refusal, SqliteLog};
use tideboard_model::FieldValue;

use crate::fixture::{Folder, ManualClock, contents, event, of, serial, stream};

const PRODUCERS: [&str; 2] = ["a", "b"];
/// How far back sequences are told apart.
const WINDOW: u64 = 1_024;

/// An event as sent: whose, which, and whether its value is of the kind that the stream takes.
type Sent = (usize, u64, bool);

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<Sent>),
    /// The same events again as some earlier step, cut in two at some place, the second part first.
    Again {
        step: prop::sample::Index,
        cut: prop::sample::Index,
    },
    Restart,
}

/// Dense beginnings, neighbourhoods of the window's far end, and leaps.
fn sequence() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..12_u64,
        4 => 1_018..1_034_u64,
        2 => 2_040..2_060_u64,
        2 => 0..5_000_u64,
        1 => prop::sample::select(vec![1 << 40, (1 << 40) + WINDOW, (1 << 40) + WINDOW + 1, (1 << 53) - 1]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let sent = (0..PRODUCERS.len(), sequence(), prop::bool::weighted(0.9));
    prop_oneof![
        6 => prop::collection::vec(sent, 0..12).prop_map(Step::Send),
        3 => (any::<prop::sample::Index>(), any::<prop::sample::Index>())
            .prop_map(|(step, cut)| Step::Again { step, cut }),
        1 => Just(Step::Restart),
    ]
}

#[derive(Default)]
struct Model {
    seen: BTreeMap<usize, BTreeSet<u64>>,
    /// The values of the events in the log, in order.
    log: Vec<i64>,
}

/// An event that says which it is, unless it is of the wrong kind.
fn value((producer, sequence, good): Sent) -> FieldValue {
    if good { FieldValue::Int(tag(producer, sequence)) } else { FieldValue::Bool(true) }
}

fn tag(producer: usize, sequence: u64) -> i64 {
    i64::try_from(sequence * 2 + producer as u64).unwrap()
}

impl Model {
    /// Accepted, duplicates, and the places of the refused events, those behind the window told apart.
    fn send(&mut self, events: &[Sent]) -> (usize, usize, Vec<(usize, bool)>) {
        let (mut accepted, mut duplicates, mut refused) = (0, 0, Vec::new());
        for (place, (producer, sequence, good)) in events.iter().enumerate() {
            let seen = self.seen.entry(*producer).or_default();
            if seen.last().is_some_and(|highest| sequence + WINDOW < *highest) {
                refused.push((place, true));
            } else if seen.contains(sequence) {
                duplicates += 1;
            } else if *good {
                seen.insert(*sequence);
                self.log.push(tag(*producer, *sequence));
                accepted += 1;
            } else {
                refused.push((place, false));
            }
        }
        (accepted, duplicates, refused)
    }
}

fn batch(events: &[Sent]) -> Batch {
    let serials = events.iter().map(|(producer, sequence, _)| Some(serial(PRODUCERS[*producer], *sequence))).collect();
    Batch { serials, ..of("s", events.iter().map(|sent| event("s", 1, "value", value(*sent))).collect()) }
}

fn outcome(receipt: &Receipt) -> (usize, usize, Vec<(usize, bool)>) {
    let behind = |reason: &Refusal| matches!(reason, Refusal::SequenceBehind { .. });
    let refused = receipt.refused.iter().map(|refused| (refused.index, behind(&refused.reason))).collect();
    (receipt.accepted, receipt.duplicates, refused)
}

async fn run(steps: Vec<Step>) {
    let (folder, options) = (Folder::new(), || ManualClock::default().options());
    let memory = MemoryLog::new(options());
    let mut disk = SqliteLog::open(folder.path(), options()).unwrap();
    let (mut model, mut sent) = (Model::default(), Vec::<Vec<Sent>>::new());
    // Fixes the kind of the field.
    let first = batch(&[(0, 0, true)]);
    model.send(&[(0, 0, true)]);
    for log in [&memory as &dyn Log, &disk] {
        log.append(first.clone()).await.unwrap();
    }
    for step in steps {
        let batches = match step {
            Step::Send(events) => {
                sent.push(events.clone());
                vec![events]
            }
            Step::Again { .. } if sent.is_empty() => vec![],
            Step::Again { step, cut } => {
                let events = step.get(&sent);
                let (first, second) = events.split_at(cut.index(events.len() + 1));
                vec![second.to_vec(), first.to_vec()]
            }
            Step::Restart => {
                disk.close().await.unwrap();
                disk = SqliteLog::open(folder.path(), options()).unwrap();
                vec![]
            }
        };
        for events in batches {
            let expected = model.send(&events);
            for log in [&memory as &dyn Log, &disk] {
                assert_eq!(outcome(&log.append(batch(&events)).await.unwrap()), expected);
            }
        }
    }
    for log in [&memory as &dyn Log, &disk] {
        let found = contents(log, "s").await;
        assert_eq!(found.iter().map(|(_, value)| *value).collect::<Vec<_>>(), model.log);
        let distinct: BTreeSet<_> = found.iter().map(|(_, value)| value).collect();
        assert_eq!(distinct.len(), found.len(), "each event once");
        assert_eq!(log.end(&stream("s")).await.unwrap().unwrap().offset.0, found.len() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_becomes_of_each_event_is_what_a_model_with_a_perfect_memory_says(
        steps in prop::collection::vec(step(), 1..25)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_overtake_each_other_within_the_window_lose_and_double_nothing() {
    let folder = Folder::new();
    let log = Arc::new(SqliteLog::open(folder.path(), ManualClock::default().options()).unwrap());
    // Each of 16 senders has its sixteenth of 1,024 events, sends it in small pieces from the far end, and each piece
    // twice at once.
    let senders = (0..16_u64).map(|sender| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for piece in (0..8_u64).rev() {
                let first = sender * 64 + piece * 8;
                let events: Vec<Sent> = (first..first + 8).rev().map(|sequence| (0, sequence, true)).collect();
                let (one, two) = tokio::join!(log.append(batch(&events)), log.append(batch(&events)));
                let (one, two) = (one.unwrap(), two.unwrap());
                assert_eq!((one.accepted + two.accepted, one.duplicates + two.duplicates), (8, 8));
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    let mut found: Vec<_> = contents(&*log, "s").await.into_iter().map(|(_, value)| value).collect();
    found.sort_unstable();
    assert_eq!(found, (0..1_024).map(|sequence| tag(0, sequence)).collect::<Vec<_>>());
}
