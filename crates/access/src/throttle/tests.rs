use proptest::prelude::*;

use super::*;

const NOW: Millis = Millis(1_700_000_000_000);

fn after(seconds: i64) -> Millis {
    Millis(NOW.0 + seconds * 1000)
}

fn throttle() -> Throttle {
    Throttle::new(ThrottleSettings::default())
}

/// A throttle with that many failures of `ana`, all at once.
fn failed(times: u32) -> Throttle {
    let mut throttle = throttle();
    (0..times).for_each(|_| throttle.failed("ana", NOW));
    throttle
}

#[test]
fn after_five_failures_each_wait_is_twice_as_long_up_to_a_minute() {
    for (failures, seconds) in
        [(0, 0i64), (1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (12, 60), (1000, 60)]
    {
        let throttle = failed(failures);
        let expected = if seconds == 0 { Ok(()) } else { Err(Wait { seconds: seconds.unsigned_abs() }) };
        assert_eq!(throttle.may_try("ana", NOW), expected, "{failures}");
        assert_eq!(throttle.may_try("ana", after(seconds)), Ok(()), "{failures}");
        assert_eq!(throttle.may_try("bo", NOW), Ok(()));
    }
}

#[test]
fn a_wait_is_told_in_whole_seconds_and_never_too_short() {
    let throttle = failed(6);
    for (millis, seconds) in [(0, 2), (1, 2), (1000, 1), (1999, 1)] {
        assert_eq!(throttle.may_try("ana", Millis(NOW.0 + millis)), Err(Wait { seconds }), "{millis}");
    }
}

#[test]
fn a_quarter_of_an_hour_of_quiet_makes_failures_forgotten() {
    let next = |seconds| {
        let mut throttle = failed(9);
        throttle.failed("ana", after(seconds));
        throttle.may_try("ana", after(seconds))
    };
    assert_eq!(next(15 * 60 - 1), Err(Wait { seconds: 32 }));
    assert_eq!(next(15 * 60), Ok(()));
}

#[test]
fn who_succeeds_starts_anew() {
    let mut throttle = failed(9);
    throttle.succeeded("bo");
    assert!(throttle.may_try("ana", NOW).is_err());
    throttle.succeeded("ana");
    throttle.failed("ana", NOW);
    assert_eq!(throttle.may_try("ana", NOW), Ok(()));
}

#[test]
fn one_who_shares_a_name_excuses_only_themselves() {
    let mut throttle = failed(7);
    throttle.excused("ana");
    assert_eq!(throttle.may_try("ana", NOW), Err(Wait { seconds: 2 }));
    (0..10).for_each(|_| throttle.excused("ana"));
    assert_eq!(throttle.may_try("ana", NOW), Ok(()));
    assert!(throttle.counts.is_empty());
}

#[test]
fn a_flood_of_names_takes_no_memory_and_costs_a_victim_nothing_until_all_others_are_newer() {
    let mut throttle = failed(9);
    for i in 1..4096 {
        throttle.failed(&format!("{i}{}", "x".repeat(1000)), after(1));
    }
    assert_eq!(throttle.counts.len(), 4096);
    assert!(throttle.may_try("ana", after(1)).is_err());
    // Who keeps failing is never the oldest.
    throttle.failed("ana", after(20));
    for i in 0..4095 {
        throttle.failed(&format!("again {i}"), after(21));
    }
    assert_eq!(throttle.counts.len(), 4096);
    assert!(throttle.may_try("ana", after(21)).is_err());
    throttle.failed("one more", after(21));
    assert_eq!(throttle.counts.len(), 4096);
    assert!(throttle.may_try("ana", after(21)).is_ok());
}

#[test]
fn what_is_forgotten_goes_before_the_oldest() {
    let settings = ThrottleSettings { names_max: 3, ..ThrottleSettings::default() };
    let mut throttle = Throttle::new(settings);
    throttle.failed("old", NOW);
    throttle.failed("older", after(-100));
    throttle.failed("new", after(1000));
    throttle.failed("newer", after(1001));
    assert_eq!(throttle.counts.len(), 2);
}

#[test]
fn a_clock_that_was_put_back_keeps_nobody_out() {
    let throttle = failed(20);
    assert_eq!(throttle.may_try("ana", after(-3600)), Ok(()));
    assert_eq!(throttle.may_try("ana", Millis(i64::MIN)), Ok(()));
    // Attempts at once, though, are no way around the wait: one may have read the clock just before another failed.
    assert_eq!(throttle.may_try("ana", after(-5)), Err(Wait { seconds: 60 }));
    assert_eq!(throttle.may_try("ana", Millis(i64::MAX)), Ok(()));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Failed(u8),
    Succeeded(u8),
    Excused(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..12u8).prop_map(Step::Failed),
        1 => (0..12u8).prop_map(Step::Succeeded),
        1 => (0..12u8).prop_map(Step::Excused),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_nobody_waits_longer_than_a_minute_and_memory_is_bounded(
        steps in proptest::collection::vec((step(), 0..100_000i64), 0..200),
    ) {
        let mut throttle = Throttle::new(ThrottleSettings { names_max: 8, ..ThrottleSettings::default() });
        let mut now = NOW;
        for (step, passed) in steps {
            now = Millis(now.0 + passed);
            match step {
                Step::Failed(who) => throttle.failed(&who.to_string(), now),
                Step::Succeeded(who) => throttle.succeeded(&who.to_string()),
                Step::Excused(who) => throttle.excused(&who.to_string()),
            }
            prop_assert!(throttle.counts.len() <= 8);
            for who in 0..12u8 {
                let told = throttle.may_try(&who.to_string(), now);
                prop_assert!(told.is_ok_and(|()| true) || told.is_err_and(|wait| (1..=60).contains(&wait.seconds)));
                prop_assert_eq!(throttle.may_try(&who.to_string(), Millis(now.0 + 61_000)), Ok(()));
            }
        }
    }
}
