//! Whatever is done to them, the log over Redis and the log in memory answer the same.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tideboard_log::{Append, Batch, Log, MemoryLog, Options, Receipt, ScanRange};
use tideboard_log_laws::ManualClock;
use tideboard_log_laws::batches::{event, key, of, serial, stream};
use tideboard_model::{Event, FieldValue, Nanos, Offset};

use crate::fixture::{open, settings, shared_redis};

const STREAMS: [&str; 2] = ["a", "b"];

/// Time, whether the value is of the usual kind, and perhaps a producer with a sequence.
type Sent = (i64, bool, Option<(u8, u64)>);

#[derive(Debug, Clone)]
enum Step {
    Append {
        stream: usize,
        events: Vec<Sent>,
        key: Option<u8>,
    },
    Trim(i64),
    Tick(i64),
    /// Goes on at another node.
    Change,
}

fn step() -> impl Strategy<Value = Step> {
    let numbered = proptest::option::weighted(0.5, (0..4_u8, prop_oneof![0..5_u64, 1_022..1_030_u64]));
    let events = proptest::collection::vec((0..100_i64, proptest::bool::weighted(0.8), numbered), 0..4);
    let append = (0..2_usize, events, proptest::option::weighted(0.3, 0..4_u8));
    prop_oneof![
        12 => append.prop_map(|(stream, events, key)| Step::Append { stream, events, key }),
        2 => (0..100_i64).prop_map(Step::Trim),
        2 => (1..40_i64).prop_map(Step::Tick),
        3 => Just(Step::Change),
    ]
}

fn batch(name: &str, events: &[Sent], number: Option<u8>) -> Batch {
    let value = |time: i64, whole: bool| if whole { FieldValue::Int(time % 3) } else { FieldValue::Bool(true) };
    let numbered = |(producer, sequence): (u8, u64)| serial(&producer.to_string(), sequence);
    let serials = events.iter().map(|(_, _, number)| number.map(numbered)).collect();
    let events = events.iter().map(|(time, whole, _)| event(name, *time, "value", value(*time, *whole))).collect();
    Batch { serials, key: number.map(|number| key("p", &number.to_string()).1), ..of(name, events) }
}

/// All but what is drawn at random.
fn plain(appends: &[Arc<Append>]) -> Vec<(Offset, Offset, i64, Vec<Event>)> {
    let parts =
        |append: &Arc<Append>| (append.first, append.position.offset, append.accepted.0, append.events.to_vec());
    appends.iter().map(parts).collect()
}

async fn compare(one: &dyn Log, two: &dyn Log) {
    let infos = async |log: &dyn Log| {
        let infos = log.streams().await.unwrap().into_iter();
        infos
            .map(|info| (info.end.offset, info.first_retained, info.retained_from, info.fields, info.last_accepted))
            .collect::<Vec<_>>()
    };
    assert_eq!(infos(one).await, infos(two).await);
    for name in STREAMS.map(stream) {
        for (after, max) in [(0, 1), (0, 5), (3, 100)] {
            let (after, upto) = (Offset(after), Offset(after + 12));
            let read = async |log: &dyn Log| plain(&log.read(&name, after, max).await.unwrap());
            assert_eq!(read(one).await, read(two).await, "read after {after}");
            let back = async |log: &dyn Log| plain(&log.read_back(&name, upto, max).await.unwrap());
            assert_eq!(back(one).await, back(two).await, "back from {upto}");
            for since in [0, 30, 70, 99] {
                let range = ScanRange { since: Nanos(since), after, upto };
                let scan = async |log: &dyn Log| plain(&log.scan(&name, range, max).await.unwrap());
                assert_eq!(scan(one).await, scan(two).await, "{range:?}");
            }
        }
    }
}

async fn run(steps: Vec<Step>) {
    let clock = ManualClock::default();
    let options = || -> Options {
        let mut options = clock.options();
        options.keys.age = Duration::from_millis(50);
        options.keys.count = 3;
        options.producers = 3;
        options
    };
    let redis = shared_redis();
    let settings = settings(redis.url());
    let memory = MemoryLog::new(options());
    let nodes = [open(&settings, options()).await, open(&settings, options()).await];
    let (mut now, mut node) = (0, 0);
    for step in steps {
        match step {
            Step::Append { stream, events, key } => {
                let batch = batch(STREAMS[stream], &events, key);
                let (one, two) = (memory.append(batch.clone()).await, nodes[node].append(batch).await);
                let plain = |receipt: Receipt| {
                    (receipt.position.offset, receipt.accepted, receipt.duplicates, receipt.refused, receipt.replayed)
                };
                assert_eq!(one.map(plain), two.map(plain));
            }
            Step::Trim(before) => {
                assert_eq!(memory.trim(Nanos(before)).await.unwrap(), nodes[node].trim(Nanos(before)).await.unwrap());
            }
            Step::Tick(millis) => {
                now += millis;
                clock.set(now);
            }
            Step::Change => node = 1 - node,
        }
    }
    compare(&memory, &*nodes[node]).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn two_nodes_over_redis_and_one_log_in_memory_answer_the_same(steps in proptest::collection::vec(step(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(steps));
    }
}
