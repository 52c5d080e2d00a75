use proptest::prelude::*;
use tideboard_model::{Fields, Limits, Nanos, Query, QuerySpec, StreamName};

use super::*;

fn event(tags: &[(&str, &str)]) -> Event {
    Event {
        stream: StreamName::new("orders").unwrap(),
        time: Nanos(1),
        tags: tags.iter().map(|(tag, value)| (TagName::new(tag).unwrap(), (*value).into())).collect(),
        fields: Fields::default(),
    }
}

fn scope(tags: &[(&str, &[&str])]) -> TagScope {
    TagScope::new(tags.iter().map(|(tag, values)| (*tag, values.iter()))).unwrap()
}

#[test]
fn only_events_with_one_of_the_values_of_every_tag_are_covered() {
    let eu = scope(&[("region", &["eu", "uk"]), ("tier", &["gold"])]);
    for (tags, covered) in [
        (&[("region", "eu"), ("tier", "gold")][..], true),
        (&[("region", "uk"), ("tier", "gold"), ("other", "x")], true),
        (&[("region", "us"), ("tier", "gold")], false),
        (&[("region", "eu"), ("tier", "silver")], false),
        (&[("tier", "gold")], false),
        (&[], false),
    ] {
        assert_eq!(eu.covers(&event(tags)), covered, "{tags:?}");
        assert!(TagScope::default().covers(&event(tags)));
    }
}

#[test]
fn an_event_is_given_the_tag_that_it_must_have_and_refused_with_another() {
    let eu = scope(&[("region", &["eu"])]);
    let mut bare = event(&[("shop", "a")]);
    eu.force(&mut bare).unwrap();
    assert_eq!(bare, event(&[("region", "eu"), ("shop", "a")]));
    assert_eq!(
        eu.force(&mut event(&[("region", "us")])).unwrap_err().to_string(),
        "the tag `region` must be `eu` here"
    );
    let several = scope(&[("region", &["eu", "uk"])]);
    assert!(several.force(&mut event(&[("region", "uk")])).is_ok());
    let refused = several.force(&mut event(&[])).unwrap_err().to_string();
    assert_eq!(refused, "the tag `region` must be `eu` or `uk` here");
}

#[test]
fn scopes_that_say_nothing_or_too_much_are_refused() {
    let long = "x".repeat(REACH_VALUE_MAX_BYTES + 1);
    for values in [vec![], vec![""], vec!["a\n"], vec![long.as_str()]] {
        assert!(TagScope::new([("region", values.clone())]).is_err(), "{values:?}");
    }
    assert!(TagScope::new([("", ["a"])]).is_err());
    let many = (0..=REACH_MAX_TAGS).map(|number| (format!("t{number}"), ["a"]));
    assert_eq!(TagScope::new(many), Err(TagScopeError::TooManyTags { tags: REACH_MAX_TAGS + 1 }));
    let values = (0..=REACH_MAX_VALUES).map(|number| number.to_string());
    assert!(matches!(TagScope::new([("t", values)]), Err(TagScopeError::Values { .. })));
}

#[test]
fn a_reach_survives_json() {
    let reach = Reach { streams: Scope::new(["a", "b.*"]).unwrap(), tags: scope(&[("region", &["uk", "eu"])]) };
    let json = serde_json::to_string(&reach).unwrap();
    assert_eq!(json, r#"{"streams":["a","b.*"],"tags":{"region":["eu","uk"]}}"#);
    assert_eq!(serde_json::from_str::<Reach>(&json).unwrap(), reach);
    assert!(serde_json::from_str::<Reach>(r#"{"streams":[],"tags":{"region":[]}}"#).is_err());
}

fn values() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-c]", 1..3)
}

proptest! {
    /// Whatever a query asks for beside it, with the scope's conditions it matches nothing that the scope leaves out.
    #[test]
    fn no_query_matches_what_its_scope_leaves_out(
        forced in proptest::collection::btree_map("[x-z]", values(), 1..3),
        asked in proptest::collection::vec(("[x-z]", any::<bool>(), values()), 0..3),
        tags in proptest::collection::btree_map("[x-z]", "[a-c]", 0..3),
    ) {
        let scope = TagScope::new(forced).unwrap();
        let asked = asked.into_iter().map(|(tag, within, values)| {
            FilterSpec { tag, op: if within { FilterOp::In } else { FilterOp::NotIn }, values }
        });
        let spec: QuerySpec = serde_json::from_str(r#"{"stream": "orders", "shape": "feed"}"#).unwrap();
        let spec = QuerySpec { filters: asked.chain(scope.conditions()).collect(), ..spec };
        let query = Query::new(&spec, &Limits::default()).unwrap();
        let event = event(&tags.iter().map(|(tag, value)| (tag.as_str(), value.as_str())).collect::<Vec<_>>());
        prop_assert!(!query.matches(&event) || scope.covers(&event));
    }

    /// What may be sent is what may be seen.
    #[test]
    fn what_is_forced_is_covered(
        forced in proptest::collection::btree_map("[x-z]", values(), 0..3),
        tags in proptest::collection::btree_map("[x-z]", "[a-c]", 0..3),
    ) {
        let scope = TagScope::new(forced).unwrap();
        let mut event = event(&tags.iter().map(|(tag, value)| (tag.as_str(), value.as_str())).collect::<Vec<_>>());
        let was_covered = scope.covers(&event);
        match scope.force(&mut event) {
            Ok(()) => prop_assert!(scope.covers(&event)),
            Err(_) => prop_assert!(!was_covered),
        }
    }
}
