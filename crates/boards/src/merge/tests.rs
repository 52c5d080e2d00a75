use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::{PersonalLayouts, Place, derive_layout};

fn id(text: &str) -> WidgetId {
    text.parse().unwrap()
}

fn widget(name: &str) -> Widget {
    Widget { id: id(name), kind: "text".to_owned(), title: name.to_owned(), queries: [].into(), options: Map::new() }
}

fn layout(places: &[(&str, [u16; 4])]) -> Layout {
    places.iter().map(|(name, [x, y, w, h])| (id(name), Place { x: *x, y: *y, w: *w, h: *h })).collect()
}

fn base(wide: &[(&str, [u16; 4])]) -> Dashboard {
    Dashboard {
        id: "d".parse().unwrap(),
        title: "D".to_owned(),
        revision: 7,
        widgets: wide.iter().map(|(name, _)| widget(name)).collect(),
        layouts: Layouts { wide: layout(wide), tablet: None, phone: None },
    }
}

fn untouched() -> PersonalView {
    PersonalView {
        dashboard: "d".parse().unwrap(),
        revision: 1,
        base_revision: 6,
        hidden: BTreeSet::new(),
        added: Vec::new(),
        layouts: PersonalLayouts::default(),
    }
}

fn names(dashboard: &Dashboard) -> Vec<&str> {
    dashboard.widgets.iter().map(|widget| widget.id.as_str()).collect()
}

const TWO: [(&str, [u16; 4]); 2] = [("a", [0, 0, 12, 4]), ("b", [12, 0, 12, 4])];

#[test]
fn an_untouched_view_is_the_dashboard_itself() {
    assert_eq!(merge(&base(&TWO), &untouched()), base(&TWO));
}

#[test]
fn what_the_user_placed_stays_and_the_rest_moves_down() {
    let mut view = untouched();
    view.layouts.wide = layout(&[("b", [0, 2, 24, 4])]);
    let merged = merge(&base(&TWO), &view);
    assert_eq!(merged.layouts.wide, layout(&[("a", [0, 6, 12, 4]), ("b", [0, 2, 24, 4])]));
}

#[test]
fn hidden_widgets_are_left_out_and_added_ones_stand_below() {
    let mut view = untouched();
    view.hidden.insert(id("a"));
    view.added.push(widget("mine"));
    let merged = merge(&base(&TWO), &view);
    assert_eq!(names(&merged), ["b", "mine"]);
    assert_eq!(merged.layouts.wide, layout(&[("b", [12, 0, 12, 4]), ("mine", [0, 4, 12, 6])]));
}

#[test]
fn widgets_that_left_the_dashboard_leave_the_view() {
    let mut view = untouched();
    view.hidden.insert(id("gone"));
    view.layouts.wide = layout(&[("gone", [0, 0, 24, 9]), ("a", [0, 0, 6, 2])]);
    let merged = merge(&base(&TWO), &view);
    assert_eq!(names(&merged), ["a", "b"]);
    assert_eq!(merged.layouts.wide, layout(&[("a", [0, 0, 6, 2]), ("b", [12, 0, 12, 4])]));
}

#[test]
fn widgets_new_to_the_dashboard_appear_below_what_the_user_placed() {
    let mut view = untouched();
    view.layouts.wide = layout(&[("a", [0, 0, 24, 4]), ("b", [0, 4, 24, 4])]);
    let merged = merge(&base(&[TWO[0], TWO[1], ("new", [0, 1, 6, 3])]), &view);
    assert_eq!(merged.layouts.wide[&id("new")], Place { x: 0, y: 8, w: 6, h: 3 });
    assert_eq!(merged.layouts.wide[&id("a")], Place { x: 0, y: 0, w: 24, h: 4 });
}

#[test]
fn a_new_widget_that_nobody_placed_appears_at_the_bottom() {
    let mut dashboard = base(&TWO);
    dashboard.widgets.push(widget("new"));
    let merged = merge(&dashboard, &untouched());
    assert_eq!(merged.layouts.wide[&id("new")].y, 4);
}

#[test]
fn an_added_widget_never_takes_the_place_of_one_of_the_dashboard() {
    let mut view = untouched();
    view.added.push(Widget { title: "mine".to_owned(), ..widget("a") });
    let merged = merge(&base(&TWO), &view);
    assert_eq!(names(&merged), ["a", "b"]);
    assert_eq!(merged.widgets[0].title, "a");
}

#[test]
fn a_narrower_layout_follows_until_someone_touches_it() {
    let mut view = untouched();
    view.layouts.wide = layout(&[("a", [0, 9, 24, 4])]);
    let merged = merge(&base(&TWO), &view);
    assert_eq!(merged.layouts.phone, None);
    assert_eq!(merged.layout(Breakpoint::Phone), derive_layout(&merged.layouts.wide, 4));

    view.layouts.phone = layout(&[("a", [0, 0, 4, 2])]);
    let merged = merge(&base(&TWO), &view);
    assert_eq!(merged.layout(Breakpoint::Phone), layout(&[("a", [0, 0, 4, 2]), ("b", [0, 2, 4, 4])]));
    assert_eq!(merged.layouts.tablet, None);
}

fn places(columns: u16) -> impl Strategy<Value = Layout> {
    let one = ("[a-h]", 0..columns, 0..30u16, 1..=columns, 1..10u16);
    proptest::collection::vec(one, 0..10).prop_map(move |all| {
        let mut layout = Layout::new();
        for (name, x, y, w, h) in all {
            let place = Place { x, y, w: w.min(columns - x), h };
            if !layout.contains_key(name.as_str()) {
                settle::push_down(&mut layout, [(&id(&name), place)], columns);
            }
        }
        layout
    })
}

fn dashboards() -> impl Strategy<Value = Dashboard> {
    let known = |layout: Layout, ids: &BTreeSet<String>| -> Layout {
        layout.into_iter().filter(|(id, _)| ids.contains(id.as_str())).collect()
    };
    let narrower = (proptest::option::of(places(12)), proptest::option::of(places(4)));
    (proptest::collection::btree_set("[a-h]", 0..8), places(24), narrower).prop_map(
        move |(ids, wide, (tablet, phone))| Dashboard {
            widgets: ids.iter().map(|id| widget(id)).collect(),
            layouts: Layouts {
                wide: known(wide, &ids),
                tablet: tablet.map(|layout| known(layout, &ids)),
                phone: phone.map(|layout| known(layout, &ids)),
            },
            ..base(&[])
        },
    )
}

fn views() -> impl Strategy<Value = PersonalView> {
    let ids = || proptest::collection::btree_set("[a-h]", 0..5);
    (ids(), ids(), places(24), places(12), places(4)).prop_map(|(hidden, added, wide, tablet, phone)| PersonalView {
        hidden: hidden.iter().map(|name| id(name)).collect(),
        added: added.iter().map(|name| widget(name)).collect(),
        layouts: PersonalLayouts { wide, tablet, phone },
        ..untouched()
    })
}

proptest! {
    #[test]
    fn a_merged_view_is_a_good_dashboard_with_every_widget_in_place(base in dashboards(), view in views()) {
        base.check().unwrap();
        view.check().unwrap();
        let merged = merge(&base, &view);
        prop_assert_eq!(merged.check(), Ok(()));
        let ids: BTreeSet<_> = merged.widgets.iter().map(|widget| widget.id.clone()).collect();
        for breakpoint in Breakpoint::ALL {
            let layout = merged.layout(breakpoint);
            prop_assert!(layout.keys().eq(ids.iter()), "{:?}", breakpoint);
            let shown = Dashboard {
                layouts: Layouts { wide: Layout::new(), tablet: None, phone: None },
                ..merged.clone()
            };
            let shown = match breakpoint {
                Breakpoint::Wide => Dashboard { layouts: Layouts { wide: layout, ..shown.layouts }, ..shown },
                Breakpoint::Tablet => Dashboard { layouts: Layouts { tablet: Some(layout), ..shown.layouts }, ..shown },
                Breakpoint::Phone => Dashboard { layouts: Layouts { phone: Some(layout), ..shown.layouts }, ..shown },
            };
            prop_assert_eq!(shown.check(), Ok(()));
        }
    }

    #[test]
    fn what_the_user_placed_is_never_moved(base in dashboards(), view in views()) {
        let merged = merge(&base, &view);
        let ids: BTreeSet<_> = merged.widgets.iter().map(|widget| &widget.id).collect();
        for (id, place) in view.layouts.wide.iter().filter(|(id, _)| ids.contains(id)) {
            prop_assert_eq!(merged.layouts.wide.get(id), Some(place));
        }
    }

    #[test]
    fn nothing_is_left_to_settle_after_merging(base in dashboards(), view in views()) {
        let once = merge(&base, &view);
        prop_assert_eq!(merge(&once, &untouched()), once);
    }
}
