import type { View } from "@tideboard/client";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { type Surface, useSurface } from "../view/provider.tsx";
import { Emptiness } from "./emptiness.ts";
import { arrivalMark, Rhythm } from "./freshness.ts";
import { cutSince, sameState, type WidgetState, widgetState } from "./widget-state.ts";

/** Follows one view; its snapshot is another object only when something visible changed. */
class StateTracker {
  readonly #view: View | null;
  readonly #surface: Surface;
  readonly #rhythm = new Rhythm();
  readonly #emptiness = new Emptiness();
  #mark: number | null = null;
  #state: WidgetState = { kind: "loading" };

  constructor(view: View | null, surface: Surface) {
    this.#view = view;
    this.#surface = surface;
    this.#arrival();
    this.#update();
  }

  get state(): WidgetState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    const check = () => {
      if (this.#update()) listener();
    };
    const stops = [
      this.#view?.subscribe(() => {
        this.#arrival();
        check();
      }),
      this.#surface.client.connection.subscribe(() => {
        if (cutSince(this.#surface.client.connection.get()) !== null) this.#rhythm.interrupted();
        check();
      }),
      this.#surface.seconds.subscribe(check),
    ];
    this.#update();
    return () => {
      for (const stop of stops) stop?.();
    };
  }

  #arrival(): void {
    if (!this.#view) return;
    const mark = arrivalMark(this.#view.data);
    if (mark === this.#mark) return;
    this.#mark = mark;
    this.#rhythm.arrived(Date.now());
  }

  #update(): boolean {
    const now = Date.now();
    const view = this.#view;
    const connection = this.#surface.client.connection.get();
    const empty = view ? this.#emptiness.lasts(view, now) : true;
    const next = widgetState(view, empty, connection, this.#rhythm.judge(now), now);
    if (sameState(next, this.#state)) return false;
    this.#state = next;
    return true;
  }
}

/** The state of the widget that shows this view; renders only when it looks different. */
export function useWidgetState(view: View | null): WidgetState {
  const surface = useSurface();
  const tracker = useMemo(() => new StateTracker(view, surface), [view, surface]);
  const subscribe = useCallback((listener: () => void) => tracker.subscribe(listener), [tracker]);
  return useSyncExternalStore(
    subscribe,
    () => tracker.state,
    () => tracker.state,
  );
}
