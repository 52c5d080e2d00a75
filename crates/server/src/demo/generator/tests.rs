use std::collections::BTreeMap;

use proptest::prelude::*;
use tideboard_model::FieldKind;

use super::*;

const HOUR_SLOTS: i64 = 36_000;

/// The events of every seventh slot of an hour: as good as all, and quicker.
fn sampled_hour() -> impl Iterator<Item = Event> {
    (0..HOUR_SLOTS).step_by(7).flat_map(|slot| Generator::new(1).events(Slot(slot), Slot(slot + 1)))
}

fn slot() -> impl Strategy<Value = i64> {
    // Some sixty years around 1970.
    -10_000_000_000..10_000_000_000_i64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_seed_and_time_give_the_same_events_however_they_are_asked_for(
        seed: u64, from in slot(), split in 0..50_i64,
    ) {
        let whole = Generator::new(seed).events(Slot(from), Slot(from + 50));
        let generator = Generator::new(seed);
        // The later part first: what is made does not depend on what was made before.
        let second = generator.events(Slot(from + split), Slot(from + 50));
        let mut parts = generator.events(Slot(from), Slot(from + split));
        parts.extend(second);
        prop_assert_eq!(&whole, &parts);
        prop_assert!(seed == 1 || whole != Generator::new(1).events(Slot(from), Slot(from + 50)));
    }

    #[test]
    fn events_lie_in_their_slots_and_the_pace_keeps_to_its_bounds(seed: u64, from in slot()) {
        let events = Generator::new(seed).events(Slot(from), Slot(from + 1_200));
        let (start, end) = (Slot(from).start().to_nanos(), Slot(from + 1_200).start().to_nanos());
        prop_assert!(events.iter().all(|event| start <= event.time && event.time < end));
        let slots: Vec<_> = events.iter().map(|event| Slot::at(event.time.to_millis())).collect();
        prop_assert!(slots.is_sorted());
        let per_second = events.len() / 120;
        prop_assert!((55..=130).contains(&per_second), "{} events per second", per_second);
    }
}

/// What all events of a stream have in common, and how many there are.
type Shape = (Vec<String>, BTreeMap<String, FieldKind>, usize);

/// The streams of an hour.
fn shapes() -> BTreeMap<String, Shape> {
    let mut shapes = BTreeMap::new();
    for event in sampled_hour() {
        let tags: Vec<_> = event.tags.keys().map(ToString::to_string).collect();
        let kinds: BTreeMap<_, _> = event.fields.iter().map(|(name, value)| (name.to_string(), value.kind())).collect();
        let shape = shapes.entry(event.stream.to_string()).or_insert_with(|| (tags.clone(), kinds.clone(), 0));
        assert_eq!((&shape.0, &shape.1), (&tags, &kinds), "events of {} differ in shape", event.stream);
        shape.2 += 1;
    }
    shapes
}

#[test]
fn every_stream_has_one_shape_and_its_share() {
    let shapes = shapes();
    let tags = |stream: &str| shapes[stream].0.join(" ");
    let fields = |stream: &str| shapes[stream].1.keys().cloned().collect::<Vec<_>>().join(" ");
    let named = super::super::STREAMS;
    assert_eq!(shapes.keys().map(String::as_str).collect::<Vec<_>>(), named);
    assert_eq!(
        (tags("shop.orders"), fields("shop.orders")),
        ("category channel country".into(), "amount items".into())
    );
    assert_eq!((tags("shop.visits"), fields("shop.visits")), ("country device page".into(), String::new()));
    assert_eq!((tags("shop.signups"), fields("shop.signups")), ("country plan".into(), String::new()));
    assert_eq!(
        (tags("api.requests"), fields("api.requests")),
        ("region route status".into(), "bytes latency_ms".into())
    );
    assert_eq!((tags("api.errors"), fields("api.errors")), ("level service".into(), "message".into()));
    assert!(shapes["shop.visits"].2 > shapes["shop.orders"].2 * 10, "most visits end without an order");
}

#[test]
fn failing_services_show_in_errors() {
    let failing = |event: &Event| match Incident::at(1, event.time.to_millis()) {
        Some(Incident { kind: super::super::incident::Kind::FailingService(_), strength }) => strength > 0.5,
        Some(_) | None => false,
    };
    let (mut during, mut apart) = ((0_u32, 0_u32), (0_u32, 0_u32));
    for event in sampled_hour() {
        let counts = if failing(&event) { &mut during } else { &mut apart };
        match event.stream.as_str() {
            "api.errors" => counts.0 += 1,
            "api.requests" => counts.1 += 1,
            _ => {}
        }
    }
    let rate = |(errors, requests): (u32, u32)| f64::from(errors) / f64::from(requests);
    assert!(rate(during) > 4.0 * rate(apart), "{during:?} against {apart:?}");
}
