//! Whether every update of every widget came, once and in order, and how long it took.

use hdrhistogram::Histogram;

use super::clock::since_start;

/// What one viewer of a rival has seen of its widgets.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The last number seen, per widget.
    last: Vec<Option<u64>>,
    /// Updates that came.
    pub(crate) updates: u64,
    /// Numbers that were passed over.
    pub(crate) lost: u64,
    /// Numbers that came again, or late.
    pub(crate) doubled: u64,
}

impl Order {
    /// Of so many widgets, none seen yet.
    pub(crate) fn new(widgets: usize) -> Self {
        Self { last: vec![None; widgets], ..Self::default() }
    }

    /// Takes in whatever updates a message holds; delays go to `delays` in microseconds, if it is given.
    pub(crate) fn take(&mut self, text: &str, mut delays: Option<&mut Histogram<u64>>) {
        for update in text.split("{\"widget\":").skip(1) {
            let (Some(widget), Some(seq)) = (leading(update), member(update, "\"seq\":")) else { continue };
            self.number(widget as usize, seq);
            if let (Some(delays), Some(sent)) = (delays.as_deref_mut(), member(update, "\"value\":")) {
                delays.saturating_record(since_start().saturating_sub(sent));
            }
        }
    }

    /// Whether every widget has got so far.
    pub(crate) fn has(&self, seq: u64) -> bool {
        self.last.iter().all(|last| last.is_some_and(|last| last >= seq))
    }

    fn number(&mut self, widget: usize, seq: u64) {
        self.updates += 1;
        let Some(last) = self.last.get_mut(widget) else { return };
        match *last {
            // Whoever comes late has not lost what was before.
            None => {}
            Some(last) if seq > last => self.lost += seq - last - 1,
            Some(_) => {
                self.doubled += 1;
                return;
            }
        }
        *last = Some(seq);
    }
}

/// The number behind a name, without reading the whole.
fn member(text: &str, name: &str) -> Option<u64> {
    leading(text.split_once(name)?.1)
}

fn leading(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_repetitions_are_counted_per_widget() {
        let mut order = Order::new(2);
        order.take(r#"42["update",{"widget":1,"seq":7,"time":1,"value":5}]"#, None);
        order.take(r#"42["updates",[{"widget":1,"seq":8,"value":5},{"widget":0,"seq":1,"value":5}]]"#, None);
        assert_eq!((order.updates, order.lost, order.doubled), (3, 0, 0));
        order.take(r#"{"widget":1,"seq":11,"value":5}"#, None);
        order.take(r#"{"widget":1,"seq":11,"value":5}"#, None);
        order.take(r#"{"widget":1,"seq":9,"value":5}"#, None);
        assert_eq!((order.updates, order.lost, order.doubled), (6, 2, 2));
    }
}
