//! Many viewers that return at once.

use std::collections::BTreeSet;

use tideboard_sync::wire::Reason;

use super::{Place, has, held, wants};
use crate::stock_clients::probe::{Probe, ones};

/// Names live as long as the test.
const NAMES: [(&str, &str); 24] = [
    ("a", "A"),
    ("b", "B"),
    ("c", "C"),
    ("d", "D"),
    ("e", "E"),
    ("f", "F"),
    ("g", "G"),
    ("h", "H"),
    ("i", "I"),
    ("j", "J"),
    ("k", "K"),
    ("l", "L"),
    ("m", "M"),
    ("n", "N"),
    ("o", "O"),
    ("p", "P"),
    ("q", "Q"),
    ("r", "R"),
    ("s", "S"),
    ("t", "T"),
    ("u", "U"),
    ("v", "V"),
    ("w", "W"),
    ("x", "X"),
];

#[test]
fn viewers_sent_away_by_a_stop_return_each_at_its_moment_and_share_the_work() {
    let mut place = Place::new();
    let mut probe = Probe::start(place.address);
    place.post(&ones("s", 0..20));
    let mut viewers: Vec<_> = NAMES.iter().map(|(name, _)| place.come(&mut probe, name, wants())).collect();
    for viewer in &mut viewers {
        probe.until(viewer, "the first events", |mirror| has(mirror, 20));
    }
    place.server().signal("-TERM");
    let mut moments = BTreeSet::new();
    for (name, _) in NAMES {
        let closing = |line: &serde_json::Value| {
            (line["event"] == "closing").then(|| line["data"]["reconnectAfterMs"].as_u64().unwrap())
        };
        moments.insert(probe.wait(name, "to be told when to return", closing));
    }
    assert_eq!(moments.len(), NAMES.len(), "each another moment: {moments:?}");
    let (code, log) = place.server.take().unwrap().end();
    assert_eq!(code, Some(0), "{log}");

    place.start();
    place.post(&ones("s", 0..30));
    let mut back: Vec<_> =
        NAMES.iter().zip(viewers).map(|((_, name), viewer)| place.come(&mut probe, name, viewer.mirror)).collect();
    for viewer in &mut back {
        probe.until(viewer, "all events", |mirror| has(mirror, 50));
    }
    let anew = place.anew(&mut probe, "anew", 50);
    for viewer in &back {
        assert_eq!(held(&viewer.mirror), held(&anew), "{}", viewer.name);
        let by_difference = |(view, reason): &(String, Reason)| view != "series" && *reason == Reason::Floor;
        assert!(viewer.mirror.reasons.iter().all(by_difference), "{}: {:?}", viewer.name, viewer.mirror.reasons);
    }
    assert_eq!(place.metric("tideboard_views"), 3.0, "one view per query, whoever asks");
    assert_eq!(place.metric("tideboard_sessions"), 25.0);
}
