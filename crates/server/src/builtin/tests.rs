use std::collections::BTreeSet;

use tideboard_boards::{Breakpoint, Place, Widget};
use tideboard_model::{Limits, Query, ShapeSpec};

use super::*;

const KINDS: [&str; 7] = ["barlist", "feed", "gauge", "number", "table", "text", "timeseries"];

fn all() -> Vec<Dashboard> {
    let all = dashboards(Demo::On);
    assert_eq!(all.len(), 4, "one can't be read");
    all
}

fn shape_of(kind: &str) -> Option<ShapeSpec> {
    match kind {
        "timeseries" => Some(ShapeSpec::Series),
        "number" | "gauge" | "barlist" | "table" => Some(ShapeSpec::Table),
        "feed" => Some(ShapeSpec::Feed),
        _ => None,
    }
}

fn check(widget: &Widget) {
    let id = &widget.id;
    assert!(KINDS.contains(&widget.kind.as_str()), "{id}: kind {}", widget.kind);
    assert!(!widget.title.is_empty(), "{id} has no title");
    for (part, spec) in &widget.queries {
        Query::new(spec, &Limits::default()).unwrap_or_else(|error| panic!("{id}, {part}: {error}"));
    }
    let parts: Vec<_> = widget.queries.keys().map(String::as_str).collect();
    match shape_of(&widget.kind) {
        None => assert!(parts.is_empty() && widget.options.contains_key("text"), "{id}"),
        Some(shape) => {
            assert_eq!(widget.queries["main"].shape, shape, "{id}");
            assert!(parts == ["main"] || (widget.kind == "number" && parts == ["main", "spark"]), "{id}: {parts:?}");
        }
    }
    if let Some(spark) = widget.queries.get("spark") {
        assert_eq!(spark.shape, ShapeSpec::Series, "{id}");
    }
    let measures = widget.queries.get("main").map_or(0, |main| main.measures.len());
    for list in ["measureLabels", "units"] {
        if let Some(given) = widget.options.get(list) {
            assert_eq!(given.as_array().map(Vec::len), Some(measures), "{id}: {list}");
        }
    }
}

#[test]
fn every_widget_is_sound() {
    for dashboard in all() {
        assert_eq!(dashboard.revision, 0);
        dashboard.widgets.iter().for_each(check);
    }
}

#[test]
fn the_machine_is_shown_in_at_least_ten_widgets_of_six_kinds() {
    let dashboards = dashboards(Demo::Off);
    let [machine] = &dashboards[..] else { panic!("one dashboard, without the demo") };
    assert_eq!(machine.id.as_str(), "this-machine");
    let kinds: BTreeSet<_> = machine.widgets.iter().map(|widget| &widget.kind).collect();
    assert!(machine.widgets.len() >= 10 && kinds.len() >= 6, "{kinds:?}");
}

/// Rows that are full from edge to edge leave no hole, on any screen.
#[test]
fn wide_layouts_have_no_holes() {
    for dashboard in all() {
        let layout = dashboard.layout(Breakpoint::Wide);
        assert_eq!(layout.len(), dashboard.widgets.len());
        let area: u32 = layout.values().map(|place| u32::from(place.w) * u32::from(place.h)).sum();
        let bottom = layout.values().map(|place| Place::bottom(*place)).max().unwrap();
        assert_eq!(area, 24 * u32::from(bottom), "{}", dashboard.id);
    }
}

#[test]
fn on_a_phone_every_widget_is_there_in_reading_order() {
    for dashboard in all() {
        let order = |breakpoint| {
            let mut places: Vec<_> = dashboard.layout(breakpoint).into_iter().collect();
            places.sort_by_key(|(_, place)| (place.y, place.x));
            places.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!(order(Breakpoint::Phone), order(Breakpoint::Wide), "{}", dashboard.id);
    }
}

#[test]
fn what_dashboards_ask_for_is_what_the_machine_and_the_demo_write() {
    let mut streams: BTreeSet<&str> = crate::demo::STREAMS.into();
    streams.extend(crate::host::STREAMS);
    // The one that people are invited to write to.
    streams.insert("hello");
    for dashboard in all() {
        for query in dashboard.widgets.iter().flat_map(|widget| widget.queries.values()) {
            assert!(streams.contains(query.stream.as_str()), "{}: {}", dashboard.id, query.stream);
        }
    }
}
