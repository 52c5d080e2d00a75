// Known defects, each one small, plausible and fatal to a promise in docs/guarantees.md. `find` stands in `file` exactly
// once (`make check` sees to it); with `replace` in its place the suite must fail (`make defects` sees to that).

/**
 * @typedef {object} Defect
 * @property {string} name a sentence: what the program does wrong
 * @property {string} file
 * @property {keyof import("./suites.mjs").suites} suite which must fail
 * @property {string} find
 * @property {string} replace
 */

/** @type {readonly Defect[]} */
export const defects = [
  // --- What is acknowledged is kept ---------------------------------------------------------------------------------
  {
    name: "an answer does not wait until the disk has it",
    file: "crates/log/src/sqlite/schema.rs",
    suite: "disk",
    find: '"synchronous", "FULL"',
    replace: '"synchronous", "OFF"',
  },
  {
    name: "a batch is acknowledged although its transaction never ended",
    file: "crates/log/src/sqlite/group.rs",
    suite: "log",
    find: "transaction.commit()?;",
    replace: "transaction.rollback()?;",
  },
  {
    name: "a retry of a batch is not recognised",
    file: "crates/log/src/sqlite/group.rs",
    suite: "log",
    find: "keys::recall(self.db, stream, key, options.keys.opens(now))?",
    replace: "keys::recall(self.db, stream, key, options.keys.opens(now))?.filter(|_| false)",
  },
  {
    name: "what is known of a producer is forgotten at once",
    file: "crates/log/src/sqlite/producers.rs",
    suite: "log",
    find: "*window = found.map(|found| found.ok_or_else(|| damaged(producer))).transpose()?;",
    replace: "*window = found.map(|found| found.ok_or_else(|| damaged(producer))).transpose()?.filter(|_| false);",
  },
  {
    name: "a sequence too far behind to be known is taken for new",
    file: "crates/log/src/window.rs",
    suite: "log",
    find: "Some(distance) if distance > WINDOW => Sighting::Behind { highest },",
    replace: "Some(distance) if distance > WINDOW => Sighting::New,",
  },
  {
    name: "sequences that were skipped count as seen",
    file: "crates/log/src/window.rs",
    suite: "window",
    find: "            (before..now).skip(1).for_each(|skipped| self.set(skipped, false));\n",
    replace: "",
  },
  // --- A position is what it claims to be ---------------------------------------------------------------------------
  {
    name: "the log takes any proof for its own",
    file: "crates/log/src/stream.rs",
    suite: "log",
    find: "Some((proof, accepted)) if proof == position.proof => {",
    replace: "Some((_, accepted)) => {",
  },
  {
    name: "a proof never grows too old",
    file: "crates/log/src/stream.rs",
    suite: "log",
    find: "if accepted < proofs_open {",
    replace: "if accepted < proofs_open && accepted.0 < 0 {",
  },
  {
    name: "a position past the log's end is taken",
    file: "crates/log/src/stream.rs",
    suite: "log",
    find: "            Verdict::Ahead\n",
    replace: "            Verdict::Proved\n",
  },
  {
    name: "a session goes on from a position that the log has refused",
    file: "crates/sync/src/session.rs",
    suite: "sync",
    find: "Verdict::Refused(reason) => Err(reason),",
    replace: "Verdict::Refused(_) => Ok(position.offset),",
  },
  // --- A view is its events, whatever their order -------------------------------------------------------------------
  {
    name: "a sum drops what is too small for it at the moment",
    file: "crates/live/src/sum.rs",
    suite: "live",
    find: "        self.widen().add_scaled(addend, scale);\n    }",
    replace: "        if scale >= 0 {\n            self.widen().add_scaled(addend, scale);\n        }\n    }",
  },
  {
    name: "of two events of one instant the last in the log is not the last",
    file: "crates/live/src/accumulator.rs",
    suite: "live",
    find: "own.take(Sample { time: event.time, offset, value",
    replace: "own.take(Sample { time: event.time, offset: Offset(1 + offset.0 % 1), value",
  },
  {
    name: "a late sample of a counter leaves the bucket after its own as told",
    file: "crates/live/src/series.rs",
    suite: "live",
    find: "if self.looks_back\n",
    replace: "if self.looks_back && pane.0 < 0\n",
  },
  {
    name: "an append is folded in although one before it is missing",
    file: "crates/live/src/stream.rs",
    suite: "live",
    find: "if append.before() != self.applied.offset {",
    replace: "if append.before() < self.applied.offset {",
  },
  {
    name: "a view shows what retention has half taken",
    file: "crates/live/src/view.rs",
    suite: "world",
    find: "let from = window.from.max(first);",
    replace: "let from = window.from.max(Pane(first.0.min(window.from.0)));",
  },
  // --- What is told is exactly what changed -------------------------------------------------------------------------
  {
    name: "a changed cell keeps its old stamp",
    file: "crates/live/src/series.rs",
    suite: "world",
    find: "        self.touch(slot, pane, before);\n        let next",
    replace: "        if before == Offset::ZERO {\n            self.touch(slot, pane, before);\n        }\n        let next",
  },
  {
    name: "a difference begins one event too late",
    file: "crates/live/src/series.rs",
    suite: "world",
    find: "(standing.offset.next(), SlotId::FIRST, Pane(i64::MIN))",
    replace: "(standing.offset.next().next(), SlotId::FIRST, Pane(i64::MIN))",
  },
  {
    name: "a table's difference begins one event too late",
    file: "crates/live/src/table.rs",
    suite: "world",
    find: "(standing.offset.next(), SlotId::FIRST)..",
    replace: "(standing.offset.next().next(), SlotId::FIRST)..",
  },
  {
    name: "a feed tells again the last event that was told",
    file: "crates/live/src/feed.rs",
    suite: "world",
    find: "*offset <= standing.offset",
    replace: "*offset < standing.offset",
  },
  {
    name: "a feed forgets events and goes on counting from what is left",
    file: "crates/live/src/feed.rs",
    suite: "world",
    find: "self.floor = forgotten;",
    replace: "self.floor = self.floor.max(Offset(forgotten.0.min(0)));",
  },
  {
    name: "a table tells differences since a window before it was read",
    file: "crates/live/src/table.rs",
    suite: "world",
    find: "if standing.offset < self.floor.0 || held < self.floor.1 {",
    replace: "if standing.offset < self.floor.0 {",
  },
  {
    name: "a group that is gone leaves no tombstone",
    file: "crates/live/src/table.rs",
    suite: "world",
    find: "self.panes.slide(window, oldest, |_, _, _| {}, |_| true);",
    replace: "self.panes.slide(window, oldest, |_, _, _| {}, |_| false);",
  },
  {
    name: "groups that are gone are not told",
    file: "crates/sync/src/encode.rs",
    suite: "world",
    find: "let removed = delta.removed.iter().map(group).collect();",
    replace: "let removed = Vec::new();",
  },
  {
    name: "a window that moved is not told with the move",
    file: "crates/sync/src/session/flush.rs",
    suite: "sync",
    find: "            self.parts.append(&mut windows.parts);\n",
    replace: "",
  },
  {
    name: "a stream moves on and leaves behind a view whose cells were claimed",
    file: "crates/sync/src/session/flush.rs",
    suite: "sync",
    find: "view.claim.is_some() || view.absent == Some(Absent::Told)",
    replace: "view.absent == Some(Absent::Told)",
  },
  {
    name: "a frame counts as sent before it was handed over",
    file: "crates/sync/src/session/flush.rs",
    suite: "sync",
    find: "            self.unsent = Some(draft.unsent);\n",
    replace: "            self.unsent = Some(draft.unsent);\n            self.sent();\n",
  },
  {
    name: "frames are made without credit",
    file: "crates/sync/src/session/flush.rs",
    suite: "sync",
    find: "if self.seq >= self.credit {",
    replace: "if self.seq >= self.credit.saturating_mul(2) {",
  },
  // --- A complete feed is complete -----------------------------------------------------------------------------------
  {
    name: "a page begins with the event that the one before ended with",
    file: "crates/sync/src/feed/draft.rs",
    suite: "feeds",
    find: ".skip(usize::try_from(passed).unwrap_or(usize::MAX));",
    replace: ".skip(usize::try_from(passed.saturating_sub(1)).unwrap_or(usize::MAX));",
  },
  {
    name: "a feed passes in silence over what retention took",
    file: "crates/sync/src/feed.rs",
    suite: "feeds",
    find: "                if !self.draft.skip(after, append.first) {\n                    return;\n                }\n                after",
    replace: "                after",
  },
  {
    name: "a page comes without credit",
    file: "crates/sync/src/feed.rs",
    suite: "feeds",
    find: "        if self.seq >= self.until {\n            // Nothing",
    replace: "        if self.seq > self.until {\n            // Nothing",
  },
  {
    name: "a feed goes on although commits went by unseen",
    file: "crates/sync/src/feed.rs",
    suite: "feeds",
    find: "if append.before() > end {",
    replace: "if append.before() > end && append.first.0 == 0 {",
  },
  // --- The client applies what it is told, or nothing ----------------------------------------------------------------
  {
    name: "the client applies a frame that starts elsewhere",
    file: "web/client/src/told/told.ts",
    suite: "client",
    find: "return this.#outOfStep(frame) ?? this.#misfit(parts)",
    replace: "return this.#misfit(parts)",
  },
  {
    name: "the client applies a message of a frame before the rest has come",
    file: "web/client/src/told/told.ts",
    suite: "client",
    find: "if (frame.more === true) {",
    replace: "if (frame.more === true && frame.seq < 0) {",
  },
  {
    name: "half a frame survives the cut of its connection",
    file: "web/client/src/told/told.ts",
    suite: "client",
    find: "  connectionEnded(): void {\n    this.#incomplete = null;",
    replace: "  connectionEnded(): void {",
  },
  {
    name: "the client keeps groups that were removed",
    file: "web/client/src/told/table.ts",
    suite: "client",
    find: "for (const labels of part.removed ?? []) this.rows.delete(keyOf(labels));",
    replace: "",
  },
  {
    name: "the client keeps buckets that have left the window",
    file: "web/client/src/told/series.ts",
    suite: "client",
    find: "const dropped = line.columns.dropBefore(start);",
    replace: "const dropped = 0;",
  },
  {
    name: "the client claims cells that were made for another query",
    file: "web/client/src/asked/watched-view.ts",
    suite: "client",
    find: "if (replacedBefore) this.#identity = identity;",
    replace: "this.#identity = identity;",
  },
  {
    name: "the client hides how many events were passed over",
    file: "web/client/src/told/feed.ts",
    suite: "client",
    find: "if (part.skipped !== undefined) this.#skip(part.skipped);",
    replace: "",
  },
  {
    name: "a hidden page goes on granting frames",
    file: "web/client/src/talk/credit.ts",
    suite: "client",
    find: "return hidden || seq + GRANT_AHEAD",
    replace: "return seq + GRANT_AHEAD",
  },
  {
    name: "the client hears what an old connection still says",
    file: "web/client/src/talk/talk.ts",
    suite: "client",
    find: "if (attempt === this.#attempt) this.#hear(event);",
    replace: "this.#hear(event);",
  },
  {
    name: "the client shows buckets ahead of the window",
    file: "web/client/src/told/series.ts",
    suite: "client",
    find: "this.length = this.columns.countBefore(end);",
    replace: "this.length = this.columns.size;",
  },
  {
    name: "the client presents the position of a stream of which it holds nothing",
    file: "web/client/src/talk/session.ts",
    suite: "client",
    find: "    told.keepOnly(held);\n",
    replace: "",
  },
  {
    name: "the client hands over a page that starts elsewhere",
    file: "web/client/src/asked/followed-feed.ts",
    suite: "client",
    find: "if (this.#at === undefined || page.from !== this.#at || page.seq !== this.#seq + 1) return false;",
    replace: "if (this.#at === undefined) return false;",
  },
  {
    name: "the client takes a page whose handler failed for dealt with",
    file: "web/client/src/asked/followed-feed.ts",
    suite: "client",
    find: "this.#after = this.#dealtWith;",
    replace: "",
  },
];
