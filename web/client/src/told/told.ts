import type { WatchedView } from "../asked/watched-view.ts";
import type { Frame, Part } from "../generated/wire.ts";

/** One part as it was applied. */
export interface AppliedPart {
  readonly view: WatchedView;
  readonly part: Part;
  /** Cells, rows or events it carried. */
  readonly carried: number;
}

/** What became of a frame. */
export type Outcome =
  /** Kept until the last message of the frame. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "applied"; readonly parts: readonly AppliedPart[] }
  /** It starts elsewhere. Nothing was applied. */
  | { readonly kind: "out_of_step"; readonly stream: string }
  /** It contradicts what was agreed. Nothing was applied. */
  | { readonly kind: "malformed"; readonly detail: string };

/** What I was told: how far into each stream, and the one way from there to further. */
export class Told {
  readonly #lookup: (id: string) => WatchedView | undefined;
  readonly #position = new Map<string, string>();
  /** Number of the last frame of this connection; 0 before the first. */
  #seq = 0;
  #incomplete: { readonly seq: number; messages: number; readonly parts: Part[] } | null = null;

  constructor(lookup: (id: string) => WatchedView | undefined) {
    this.#lookup = lookup;
  }

  positionOf(stream: string): string | undefined {
    return this.#position.get(stream);
  }

  get position(): ReadonlyMap<string, string> {
    return this.#position;
  }

  /** A new connection knows only what it is told: forget the streams of which no cells are left. */
  keepOnly(streams: ReadonlySet<string>): void {
    for (const stream of this.#position.keys()) {
      if (!streams.has(stream)) this.#position.delete(stream);
    }
  }

  /** A frame that was cut in between is as good as never sent. */
  connectionEnded(): void {
    this.#incomplete = null;
    this.#seq = 0;
  }

  /** Applies the whole frame in one step, or nothing of it. */
  apply(frame: Frame): Outcome {
    if (this.#incomplete !== null && this.#incomplete.seq !== frame.seq) {
      return { kind: "malformed", detail: `frame ${this.#incomplete.seq} was not finished before ${frame.seq}` };
    }
    if (frame.more === true) {
      this.#incomplete ??= { seq: frame.seq, messages: 0, parts: [] };
      this.#incomplete.messages += 1;
      this.#incomplete.parts.push(...frame.parts);
      return { kind: "incomplete" };
    }
    const messages = (this.#incomplete?.messages ?? 0) + 1;
    const parts = this.#incomplete === null ? frame.parts : [...this.#incomplete.parts, ...frame.parts];
    this.#incomplete = null;
    // What carries messages may lose one where it changes from one transport to the other.
    if (messages !== (frame.messages ?? 1)) {
      return { kind: "malformed", detail: `${messages} of ${frame.messages ?? 1} messages of frame ${frame.seq} came` };
    }
    if (frame.seq !== this.#seq + 1) {
      return { kind: "malformed", detail: `frame ${frame.seq} came after frame ${this.#seq}` };
    }
    const ends = this.#ends(frame);
    return typeof ends === "string"
      ? { kind: "out_of_step", stream: ends }
      : (this.#misfit(parts) ?? this.#commit(frame, parts, ends));
  }

  /** Where the frame leads, per stream; or the first stream that I stand elsewhere in than where it starts. */
  #ends({ from = {}, to = {} }: Frame): Map<string, string> | string {
    for (const [stream, start] of Object.entries(from)) {
      if ((this.#position.get(stream) ?? null) !== start) return stream;
    }
    const ends = new Map<string, string>();
    for (const [stream, end] of Object.entries(to)) {
      // Where the last frame that moved it led.
      const start = this.#position.get(stream);
      if (start === undefined && !Object.hasOwn(from, stream)) return stream;
      ends.set(stream, end.startsWith("~") ? `${start?.slice(0, start.indexOf(".") + 1)}${end.slice(1)}` : end);
    }
    return ends;
  }

  #misfit(parts: readonly Part[]): Outcome | null {
    const replaced = new Set<string>();
    for (const part of parts) {
      const view = this.#lookup(part.view);
      if (view === undefined) continue;
      if (part.replace !== undefined) replaced.add(part.view);
      const whole = view.held || replaced.has(part.view);
      const misfit = whole ? view.cells.misfit(part) : "a difference for a view that was never whole";
      if (misfit !== null) return { kind: "malformed", detail: `view ${part.view}: ${misfit}` };
    }
    return null;
  }

  #commit(frame: Frame, parts: readonly Part[], ends: ReadonlyMap<string, string>): Outcome {
    const applied: AppliedPart[] = [];
    for (const part of parts) {
      // Parts may still come for a view that was just closed, or that has failed: they are nobody's.
      const view = this.#lookup(part.view);
      if (view !== undefined) applied.push({ view, part, carried: view.apply(part) });
    }
    for (const [stream, end] of ends) this.#position.set(stream, end);
    this.#seq = frame.seq;
    return { kind: "applied", parts: applied };
  }
}
