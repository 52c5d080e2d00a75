import type { View } from "@tideboard/client";
import { type RefObject, useEffect, useRef } from "react";
import { Emptiness } from "../state/emptiness.ts";
import { type Palette, readPalette } from "../theme/palette.ts";
import { watchTheme } from "../theme/watch.ts";
import { type Surface, useSurface } from "../view/provider.tsx";

/** What a painter is given with each picture. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** The server's clock. */
  readonly now: number;
}

/** Draws one widget into its element, outside React. */
export interface Painter {
  /** Draws what the views hold now. May return in how many milliseconds the picture is out of date by itself. */
  paint(canvas: Canvas): number | undefined;
  destroy?(): void;
}

/** What a painter may use beside its views. */
export interface PainterTools {
  readonly surface: Surface;
  /** Asks to be painted again, for reasons other than data. */
  readonly invalidate: () => void;
}

/**
 * Runs a painter on an element: again after each change of its views, its size or the theme, never while off screen.
 *
 * `create` may change with every render; the painter is made anew when `key` or a view changes.
 */
export function usePainter(
  views: readonly (View | null)[],
  key: string,
  create: (root: HTMLDivElement, tools: PainterTools) => Painter,
): RefObject<HTMLDivElement | null> {
  const surface = useSurface();
  const root = useRef<HTMLDivElement>(null);
  const latestCreate = useRef(create);
  latestCreate.current = create;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list of views is spread, `key` stands for what `create` closes over
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    return run(element, views, surface, latestCreate.current);
  }, [surface, key, ...views]);
  return root;
}

function run(
  element: HTMLDivElement,
  views: readonly (View | null)[],
  surface: Surface,
  create: (root: HTMLDivElement, tools: PainterTools) => Painter,
): () => void {
  let width = element.clientWidth;
  let height = element.clientHeight;
  let palette: Palette | null = null;
  let invalidate = () => {};
  const emptiness = new Emptiness();
  const painter = create(element, { surface, invalidate: () => invalidate() });
  const handle = surface.scheduler.add({
    draw: () => {
      if (width === 0 || height === 0) return undefined;
      const waitMs = views[0] ? emptiness.waitMs(views[0], Date.now()) : 0;
      if (waitMs > 0) return waitMs;
      palette ??= readPalette(element);
      return painter.paint({ width, height, palette, now: surface.client.serverNow() });
    },
  });
  invalidate = () => handle.invalidate();
  const resize = new ResizeObserver(() => {
    width = element.clientWidth;
    height = element.clientHeight;
    handle.invalidate();
  });
  resize.observe(element);
  const stops = [
    ...views.map((view) => view?.subscribe(invalidate) ?? (() => {})),
    surface.onScreen.watch(element, (visible) => handle.setVisible(visible)),
    watchTheme(() => {
      palette = null;
      handle.invalidate();
    }),
    () => resize.disconnect(),
    () => handle.dispose(),
    () => painter.destroy?.(),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
