use proptest::prelude::*;

use super::*;
use crate::settle::push_down;
use crate::{PLACE_MAX_HEIGHT, WidgetId};

fn id(text: &str) -> WidgetId {
    text.parse().unwrap()
}

fn layout(places: &[(&str, [u16; 4])]) -> Layout {
    places.iter().map(|(name, [x, y, w, h])| (id(name), Place { x: *x, y: *y, w: *w, h: *h })).collect()
}

#[test]
fn a_row_of_four_numbers_over_a_chart_becomes_two_by_two_over_a_chart() {
    let wide = layout(&[
        ("cpu", [0, 0, 6, 3]),
        ("memory", [6, 0, 6, 3]),
        ("disk", [12, 0, 6, 3]),
        ("network", [18, 0, 6, 3]),
        ("chart", [0, 3, 24, 8]),
    ]);
    let phone = layout(&[
        ("cpu", [0, 0, 2, 3]),
        ("memory", [2, 0, 2, 3]),
        ("disk", [0, 3, 2, 3]),
        ("network", [2, 3, 2, 3]),
        ("chart", [0, 6, 4, 8]),
    ]);
    assert_eq!(derive_layout(&wide, 4), phone);
    let tablet = layout(&[
        ("cpu", [0, 0, 3, 3]),
        ("memory", [3, 0, 3, 3]),
        ("disk", [6, 0, 3, 3]),
        ("network", [9, 0, 3, 3]),
        ("chart", [0, 3, 12, 8]),
    ]);
    assert_eq!(derive_layout(&wide, 12), tablet);
}

#[test]
fn gaps_of_the_wide_layout_are_closed() {
    let wide = layout(&[("a", [4, 10, 24, 2]), ("b", [0, 50, 24, 2])]);
    assert_eq!(derive_layout(&wide, 4), layout(&[("a", [0, 0, 4, 2]), ("b", [0, 2, 4, 2])]));
}

#[test]
fn a_small_widget_stands_beside_a_tall_one_below_the_one_before_it() {
    let wide = layout(&[("tall", [0, 0, 6, 9]), ("a", [6, 0, 6, 3]), ("b", [12, 0, 6, 3])]);
    let phone = layout(&[("tall", [0, 0, 2, 9]), ("a", [2, 0, 2, 3]), ("b", [2, 3, 2, 3])]);
    assert_eq!(derive_layout(&wide, 4), phone);
}

/// Layouts as they are stored: inside 24 columns, without overlaps.
fn wide_layouts() -> impl Strategy<Value = Layout> {
    let place = (0..24u16, 0..60u16, 1..=24u16, 1..=PLACE_MAX_HEIGHT);
    proptest::collection::vec(place, 0..40).prop_map(|places| {
        let mut layout = Layout::new();
        for (index, (x, y, w, h)) in places.into_iter().enumerate() {
            let w = w.min(24 - x);
            push_down(&mut layout, [(&id(&format!("w{index}")), Place { x, y, w, h })], 24);
        }
        layout
    })
}

proptest! {
    #[test]
    fn derived_layouts_hold_every_widget_inside_the_grid_without_overlaps(
        wide in wide_layouts(),
        columns in prop_oneof![Just(4u16), Just(12), Just(24), 1..=24u16],
    ) {
        let derived = derive_layout(&wide, columns);
        prop_assert!(derived.keys().eq(wide.keys()));
        let places: Vec<_> = derived.values().collect();
        for (index, place) in places.iter().enumerate() {
            prop_assert!(place.w >= 1 && place.h >= 1 && place.right() <= columns);
            for other in &places[..index] {
                prop_assert!(!place.overlaps(**other), "{:?} {:?}", place, other);
            }
        }
    }

    #[test]
    fn derived_layouts_keep_the_reading_order(wide in wide_layouts(), columns in 1..=24u16) {
        let order = |layout: &Layout| reading_order(layout).into_iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
        prop_assert_eq!(order(&derive_layout(&wide, columns)), order(&wide));
    }

    /// Rows begin only where some widget ends, so none is wasted and nothing stands a row lower than its neighbour
    /// for no reason.
    #[test]
    fn derived_layouts_are_compacted_upward(wide in wide_layouts(), columns in 1..=24u16) {
        let derived = derive_layout(&wide, columns);
        let order = reading_order(&derived);
        let mut before = 0;
        for (index, (_, place)) in order.iter().enumerate() {
            let on_another = order[..index].iter().any(|(_, other)| other.bottom() == place.y);
            prop_assert!(place.y == before || on_another, "{:?} after a widget in row {}", place, before);
            before = place.y;
        }
    }

    #[test]
    fn full_width_widgets_are_stacked_without_gaps(heights in proptest::collection::vec(1..=9u16, 0..20)) {
        let place = |(index, h): (usize, &u16)| {
            let y = u16::try_from(index).unwrap() * 20;
            (id(&format!("w{index}")), Place { x: 0, y, w: 24, h: *h })
        };
        let derived = derive_layout(&heights.iter().enumerate().map(place).collect(), 4);
        prop_assert_eq!(derived.values().map(|place| place.bottom()).max().unwrap_or(0), heights.iter().sum::<u16>());
    }
}
