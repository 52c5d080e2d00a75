//! A log that is not the one it was: wiped, or put back to an earlier state.

use std::path::Path;

use tideboard_sync::wire::Reason;

use super::{Place, has, held, wants};
use crate::stock_clients::probe::{Probe, ones};

/// The files of the log; the people and their sessions are elsewhere.
const LOG: [&str; 3] = ["log.db", "log.db-wal", "log.db-shm"];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in LOG {
        let (from, to) = (from.join(file), to.join(file));
        std::fs::remove_file(&to).ok();
        if from.exists() {
            std::fs::copy(from, to).unwrap();
        }
    }
}

/// A viewer that holds 30 events comes back after something happened to the log, which then has `events`.
#[track_caller]
fn told(happen: impl FnOnce(&mut Place, &Path), events: u64, reason: Option<Reason>) {
    let mut place = Place::new();
    let mut probe = Probe::start(place.address);
    place.post(&ones("s", 0..20));
    place.kill();
    let backup = place.folder.path().join("backup");
    copy(place.folder.path(), &backup);
    place.start();
    place.post(&ones("s", 0..10));
    let mirror = place.anew(&mut probe, "before", 30);
    place.kill();
    happen(&mut place, &backup);
    let mut back = place.come(&mut probe, "back", mirror);
    probe.until(&mut back, "all there is", |mirror| has(mirror, events));
    assert_eq!(held(&back.mirror), held(&place.anew(&mut probe, "anew", events)));
    let reasons: Vec<_> = back.mirror.reasons.iter().map(|(_, reason)| *reason).collect();
    match reason {
        Some(reason) => assert_eq!(reasons, [reason; 3]),
        // A process that was started anew knows how buckets changed; of totals and feeds it may have to say that it does not.
        None => assert!(reasons.iter().all(|reason| *reason == Reason::Floor), "{reasons:?}"),
    }
}

#[test]
fn a_position_from_before_a_wipe_is_told_to_be_of_another_log() {
    let wipe = |place: &mut Place, _: &Path| {
        for file in LOG {
            std::fs::remove_file(place.folder.path().join(file)).ok();
        }
        place.start();
        place.post(&ones("s", 0..40));
    };
    told(wipe, 40, Some(Reason::Epoch));
}

#[test]
fn a_position_past_the_end_of_a_log_that_lost_its_tail_is_told_to_be_ahead() {
    let put_back = |place: &mut Place, backup: &Path| {
        copy(backup, place.folder.path());
        place.start();
    };
    told(put_back, 20, Some(Reason::Ahead));
}

#[test]
fn an_offset_that_was_lost_and_given_out_again_is_no_recovery() {
    let put_back = |place: &mut Place, backup: &Path| {
        copy(backup, place.folder.path());
        place.start();
        place.post(&ones("s", 5..15));
        place.post(&ones("s", 0..10));
    };
    told(put_back, 40, Some(Reason::Unproved));
}

#[test]
fn a_server_that_was_killed_and_a_long_absence_are_one_difference() {
    let on = |place: &mut Place, _: &Path| {
        place.start();
        for _ in 0..40 {
            place.post(&ones("s", (0..500).map(|number| number % 50)));
        }
        place.kill();
        place.start();
    };
    told(on, 20_030, None);
}

#[test]
fn a_viewer_that_saw_no_event_before_the_cut_gets_all_that_came_meanwhile() {
    let mut place = Place::new();
    let mut probe = Probe::start(place.address);
    let mut early = place.come(&mut probe, "early", wants());
    probe.until(&mut early, "nothing, said", |mirror| mirror.views.values().all(|view| view.told));
    place.kill();
    place.start();
    place.post(&ones("s", 0..7));
    let mut back = place.come(&mut probe, "back", early.mirror);
    probe.until(&mut back, "all events", |mirror| has(mirror, 7));
    assert_eq!(held(&back.mirror), held(&place.anew(&mut probe, "anew", 7)));
}
