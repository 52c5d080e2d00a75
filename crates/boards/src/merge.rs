//! Rebasing: a personal view over whatever the shared dashboard has become.

use std::collections::BTreeSet;

use crate::layout::reading_order;
use crate::{Breakpoint, Dashboard, Layout, Layouts, PersonalView, Widget, WidgetId, settle};

/// The dashboard as one user sees it.
///
/// Widgets that the dashboard no longer has vanish from the view too, and new ones appear. What the user placed
/// stays where it was put; the dashboard's widgets keep their places where these are free and move down where not.
/// The result carries the dashboard's id, title and revision.
#[must_use]
pub fn merge(base: &Dashboard, personal: &PersonalView) -> Dashboard {
    let own: BTreeSet<&WidgetId> = base.widgets.iter().map(|widget| &widget.id).collect();
    let kept = base.widgets.iter().filter(|widget| !personal.hidden.contains(&widget.id));
    let added = personal.added.iter().filter(|widget| !own.contains(&widget.id));
    let widgets: Vec<Widget> = kept.chain(added).cloned().collect();
    let ids: Vec<&WidgetId> = widgets.iter().map(|widget| &widget.id).collect();

    let wide = overlay(&base.layouts.wide, &personal.layouts.wide, &ids, Breakpoint::Wide.columns());
    let wide = settle::complete(&wide, &ids, Breakpoint::Wide.columns());
    let narrower = |base: Option<&Layout>, personal: &Layout, breakpoint: Breakpoint| match base {
        None if personal.is_empty() => None,
        base => Some(overlay(base.unwrap_or(&Layout::new()), personal, &ids, breakpoint.columns())),
    };
    let tablet = narrower(base.layouts.tablet.as_ref(), &personal.layouts.tablet, Breakpoint::Tablet);
    let phone = narrower(base.layouts.phone.as_ref(), &personal.layouts.phone, Breakpoint::Phone);
    let layouts = Layouts { wide, tablet, phone };
    Dashboard { id: base.id.clone(), title: base.title.clone(), revision: base.revision, widgets, layouts }
}

fn overlay(base: &Layout, personal: &Layout, ids: &[&WidgetId], columns: u16) -> Layout {
    let mut layout = Layout::new();
    let mine = reading_order(personal).into_iter().filter(|(id, _)| ids.contains(id));
    settle::push_down(&mut layout, mine, columns);
    let others = reading_order(base).into_iter();
    let others = others.filter(|(id, _)| ids.contains(id) && !personal.contains_key(*id));
    settle::push_down(&mut layout, others, columns);
    layout
}

#[cfg(test)]
mod tests;
