/** What the scheduler needs from its surroundings; tests bring their own. */
export interface Surroundings {
  requestFrame(callback: (time: number) => void): number;
  cancelFrame(id: number): void;
  setTimer(callback: () => void, delayMs: number): number;
  clearTimer(id: number): void;
  now(): number;
  isHidden(): boolean;
  report(error: unknown): void;
}

/** One thing that is drawn. */
export interface Drawing {
  /** Draws what is current now. May return in how many milliseconds the picture will be out of date by itself. */
  draw(): number | undefined;
}

/** A drawing's place in the scheduler. */
export interface DrawingHandle {
  /** The picture is out of date. */
  invalidate(): void;
  /** Whether anybody could see it: while not, it only stays out of date. */
  setVisible(visible: boolean): void;
  dispose(): void;
}

interface Entry {
  readonly drawing: Drawing;
  dirty: boolean;
  visible: boolean;
  dueAt: number;
}

/** Milliseconds of one frame that drawing may take; what does not fit waits for the next. */
const BUDGET_MS = 8;

/**
 * Draws everything on a page in one animation frame callback.
 *
 * Nothing is queued: a drawing is out of date or not. In a hidden tab no frame is asked for.
 */
export class Scheduler {
  readonly #around: Surroundings;
  readonly #entries = new Set<Entry>();
  readonly #afterFlush = new Set<() => void>();
  #frame: number | null = null;
  #timer: number | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  add(drawing: Drawing): DrawingHandle {
    const entry: Entry = { drawing, dirty: true, visible: true, dueAt: Number.POSITIVE_INFINITY };
    this.#entries.add(entry);
    this.#wake();
    return {
      invalidate: () => {
        if (entry.dirty) return;
        entry.dirty = true;
        if (entry.visible) this.#wake();
      },
      setVisible: (visible) => {
        if (entry.visible === visible) return;
        entry.visible = visible;
        if (visible) this.#wake();
      },
      dispose: () => {
        this.#entries.delete(entry);
      },
    };
  }

  /** Calls back after each frame in which everything visible became current. */
  onCurrent(callback: () => void): () => void {
    this.#afterFlush.add(callback);
    return () => this.#afterFlush.delete(callback);
  }

  /** The page was shown or hidden. */
  visibilityChanged(): void {
    if (!this.#around.isHidden()) {
      this.#wake();
      return;
    }
    if (this.#frame !== null) this.#around.cancelFrame(this.#frame);
    if (this.#timer !== null) this.#around.clearTimer(this.#timer);
    this.#frame = null;
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #wake(): void {
    if (this.#frame !== null || this.#around.isHidden()) return;
    this.#frame = this.#around.requestFrame(() => this.#flush());
  }

  #wakeAt(time: number): void {
    if (this.#around.isHidden() || time >= this.#timerAt) return;
    if (this.#timer !== null) this.#around.clearTimer(this.#timer);
    this.#timerAt = time;
    this.#timer = this.#around.setTimer(
      () => {
        this.#timer = null;
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.#timeCame();
      },
      Math.max(0, time - this.#around.now()),
    );
  }

  /** Data may have had everything drawn since the timer was set: then nothing is due yet, and a frame would be for nothing. */
  #timeCame(): void {
    let nextDue = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) if (entry.visible) nextDue = Math.min(nextDue, entry.dueAt);
    if (nextDue <= this.#around.now()) this.#wake();
    else if (nextDue < Number.POSITIVE_INFINITY) this.#wakeAt(nextDue);
  }

  #flush(): void {
    this.#frame = null;
    const start = this.#around.now();
    let drawn = 0;
    let nextDue = Number.POSITIVE_INFINITY;
    for (const entry of [...this.#entries]) {
      if (!entry.visible || !this.#entries.has(entry)) continue;
      if (!entry.dirty && entry.dueAt > start) {
        nextDue = Math.min(nextDue, entry.dueAt);
        continue;
      }
      if (drawn > 0 && this.#around.now() - start >= BUDGET_MS) {
        entry.dirty = true;
        this.#wake();
        continue;
      }
      this.#draw(entry);
      drawn += 1;
      nextDue = Math.min(nextDue, entry.dueAt);
    }
    if (nextDue < Number.POSITIVE_INFINITY) this.#wakeAt(nextDue);
    if (drawn > 0 && this.#frame === null) for (const callback of this.#afterFlush) callback();
  }

  #draw(entry: Entry): void {
    entry.dirty = false;
    // To the end of the line: what did not fit into this frame comes first in the next.
    this.#entries.delete(entry);
    this.#entries.add(entry);
    entry.dueAt = Number.POSITIVE_INFINITY;
    try {
      const current = entry.drawing.draw();
      if (current !== undefined) entry.dueAt = this.#around.now() + Math.max(0, current);
    } catch (error) {
      // One widget that cannot draw must not stop the others.
      this.#around.report(error);
    }
  }
}
