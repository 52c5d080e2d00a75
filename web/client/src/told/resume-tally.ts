import type { Frame, Reason } from "../generated/wire.ts";
import type { ResumeSummary } from "../types/connection.ts";
import type { AppliedPart } from "./told.ts";

/** Counts what coming back brings, until every stream that is resumed has had its first frame. */
export class ResumeTally {
  readonly #pending = new Set<string>();
  #awaySince: number | null = null;
  #awayMs = 0;
  #changes = 0;
  #replaced = 0;
  readonly #reasons = new Set<Reason>();

  /** The connection is gone. A return that was not complete goes on counting with the next. */
  lost(at: number): void {
    if (this.#awaySince === null) {
      this.#changes = 0;
      this.#replaced = 0;
      this.#reasons.clear();
      this.#awaySince = at;
    }
    this.#pending.clear();
  }

  /** Connected again; cells of these streams were claimed, so each of them will have a frame. */
  back(at: number, streams: Iterable<string>): void {
    if (this.#awaySince === null) return;
    this.#awayMs = at - this.#awaySince;
    for (const stream of streams) this.#pending.add(stream);
    if (this.#pending.size === 0) this.#awaySince = null;
  }

  /** Whether the frame is the first of a stream that is being resumed. */
  concerns(frame: Frame): boolean {
    return this.#pending.size > 0 && Object.keys(frame.from ?? {}).some((stream) => this.#pending.has(stream));
  }

  /** Says what came back once it is complete, else `null`. `claimed`: the views resumed, not the new ones. */
  applied(
    frame: Frame,
    parts: readonly AppliedPart[],
    claimed: ReadonlySet<unknown>,
    at: number,
  ): ResumeSummary | null {
    if (!this.concerns(frame)) return null;
    const anew = new Set<unknown>();
    for (const { view, part, carried } of parts) {
      if (!claimed.has(view) || !this.#pending.has(view.stream)) continue;
      if (part.replace !== undefined) anew.add(view);
      if (part.reason !== undefined) this.#reasons.add(part.reason);
      // A long replacement may go on in further parts.
      if (!anew.has(view)) this.#changes += carried;
    }
    this.#replaced += anew.size;
    for (const stream of Object.keys(frame.from ?? {})) this.#pending.delete(stream);
    if (this.#pending.size > 0) return null;
    this.#awaySince = null;
    return {
      at,
      awayMs: this.#awayMs,
      changes: this.#changes,
      replaced: this.#replaced,
      reasons: [...this.#reasons],
    };
  }
}
