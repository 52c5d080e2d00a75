import { type RefObject, useEffect } from "react";

/** So far a pointer moves before it is a drag. */
const DRAG_FROM_PX = 6;

/**
 * Enters edit mode with the first drag of a widget's header, and hands the drag over to the grid that edits.
 * Only for mice and pens: under a finger the same movement scrolls.
 */
export function useFirstDrag(root: RefObject<HTMLElement | null>, enabled: boolean, enter: () => Promise<void>): void {
  useEffect(() => {
    const element = root.current;
    if (!element || !enabled) return;
    let start: PointerEvent | null = null;
    const down = (event: PointerEvent) => {
      const target = event.target as Element;
      const onHeader = target.closest(".tb-widget-header") !== null && target.closest("button, a") === null;
      start = onHeader && event.button === 0 && event.pointerType !== "touch" ? event : null;
    };
    const move = (event: PointerEvent) => {
      if (!start) return;
      if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < DRAG_FROM_PX) return;
      const from = start;
      start = null;
      const header = (from.target as Element).closest(".tb-widget-header");
      void enter().then(() => handOver(header, from, event));
    };
    const up = () => {
      start = null;
    };
    element.addEventListener("pointerdown", down);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    return () => {
      element.removeEventListener("pointerdown", down);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
    };
  }, [root, enabled, enter]);
}

/** Tells the editing grid of the press that came before it existed. */
function handOver(header: Element | null, from: PointerEvent, latest: PointerEvent): void {
  const at = (event: PointerEvent): MouseEventInit => ({
    bubbles: true,
    cancelable: true,
    button: 0,
    buttons: 1,
    clientX: event.clientX,
    clientY: event.clientY,
    view: window,
  });
  header?.dispatchEvent(new MouseEvent("mousedown", at(from)));
  document.dispatchEvent(new MouseEvent("mousemove", at(latest)));
}
