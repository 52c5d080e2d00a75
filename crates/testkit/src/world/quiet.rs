//! Once all is quiet: every viewer holds what the log as it is now says.

use tideboard_model::{Limits, Query, Shape, StreamName};
use tideboard_sync::Verdict;
use tideboard_sync::wire::Reason;

use super::shown::clipped;
use super::{Op, World};
use crate::oracle;

impl World {
    /// Everything goes well for a while: first for those who are connected, then for all.
    ///
    /// # Panics
    /// If a viewer does not end at the end of every stream it watches.
    pub fn settle(&mut self) {
        self.calm_down();
        self.current();
        for viewer in 0..self.viewers.len() {
            self.step(&Op::Connect(viewer));
        }
        self.calm_down();
        self.current();
    }

    /// All that is asked for is read, sent and received, without a new connection.
    fn calm_down(&mut self) {
        self.step(&Op::Notice);
        (0..self.nodes.len()).for_each(|node| self.step(&Op::Rejoin(node)));
        // What is read anew is judged before, and what is presented after that.
        for _ in 0..6 {
            for op in [Op::Pass(1), Op::Verify, Op::Hydrate(usize::MAX), Op::Verify] {
                self.step(&op);
                for node in 0..self.nodes.len() {
                    self.step(&Op::Hear(node, usize::MAX));
                    self.step(&Op::Answer(node, usize::MAX));
                }
            }
            for viewer in 0..self.viewers.len() {
                self.step(&Op::Drain(viewer));
                self.step(&Op::Grant(viewer, 100));
            }
            self.step(&Op::Flush);
            for viewer in 0..self.viewers.len() {
                self.step(&Op::Receive(viewer, usize::MAX));
            }
        }
    }

    /// Every viewer that is connected is at the end of the log as it is now, and holds what that says.
    fn current(&self) {
        for viewer in &self.viewers {
            let Some((node, _)) = viewer.session else { continue };
            for (id, held) in &viewer.mirror.views {
                let stream = StreamName::new(&held.query.stream).unwrap();
                let Some(end) = self.log.end(&stream) else {
                    assert_eq!(held.cells, oracle::Cells::default(), "{id} of a stream that does not exist");
                    continue;
                };
                let query = Query::new(&held.query, &Limits::default()).unwrap();
                let view = self.nodes[node].view(&query).expect("a view that is asked for is open");
                let at = viewer.mirror.position[&held.query.stream].parse().unwrap();
                let verdict = self.log.judge(&stream, at);
                assert!(
                    matches!(verdict, Verdict::Proved | Verdict::Refused(Reason::Expired)),
                    "{id} at {at}: {verdict:?}"
                );
                let all = self.history.get(&end.to_string()).map(|events| events.as_slice()).unwrap_or_default();
                let expected = oracle::cells(&query, all, view.window());
                if !(self.trimmed && matches!(query.shape, Shape::Feed { .. })) {
                    let own = clipped(held.cells.clone(), view.window(), &query);
                    assert_eq!(own, expected, "{id} after everything was received");
                }
            }
        }
    }
}
