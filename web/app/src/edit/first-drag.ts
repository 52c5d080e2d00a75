import { type RefObject, useEffect, useRef } from "react";

/** So far a pointer moves before it is a drag. */
const DRAG_FROM_PX = 6;

/**
 * Enters edit mode with the first drag of a widget's header, and hands the drag over to the grid that edits.
 * Only for mice and pens: under a finger the same movement scrolls.
 */
export function useFirstDrag(root: RefObject<HTMLElement | null>, enabled: boolean, enter: () => Promise<void>): void {
  const armed = useRef(enabled);
  armed.current = enabled;
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    let start: PointerEvent | null = null;
    let latest: PointerEvent | null = null;
    const down = (event: PointerEvent) => {
      const target = event.target as Element;
      const onHeader = target.closest(".tb-widget-header") !== null && target.closest("button, a") === null;
      start = armed.current && onHeader && event.button === 0 && event.pointerType !== "touch" ? event : null;
      latest = start;
    };
    const move = (event: PointerEvent) => {
      if (latest) latest = event;
      if (!start) return;
      if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < DRAG_FROM_PX) return;
      const from = start;
      start = null;
      const header = (from.target as Element).closest(".tb-widget-header");
      void enter()
        .then(() => dragHandle(header))
        .then((handle) => {
          // Released meanwhile: then it was a way into edit mode, and nothing more.
          if (handle && latest) handOver(handle, from, latest);
          latest = null;
        });
    };
    const up = () => {
      start = null;
      latest = null;
    };
    element.addEventListener("pointerdown", down);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    return () => {
      element.removeEventListener("pointerdown", down);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
    };
  }, [root, enter]);
}

/** Frames that the editing grid is given to take the widget over. */
const PATIENCE_FRAMES = 60;

async function dragHandle(header: Element | null): Promise<Element | null> {
  for (let frame = 0; frame < PATIENCE_FRAMES; frame += 1) {
    const handle = header?.closest(".react-grid-item")?.querySelector(":scope > .edit-drag");
    if (handle) return handle;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return null;
}

/** Tells the editing grid of the press that came before it existed. */
function handOver(handle: Element, from: PointerEvent, latest: PointerEvent): void {
  const at = (event: PointerEvent): MouseEventInit => ({
    bubbles: true,
    cancelable: true,
    button: 0,
    buttons: 1,
    clientX: event.clientX,
    clientY: event.clientY,
    view: window,
  });
  handle.dispatchEvent(new MouseEvent("mousedown", at(from)));
  document.dispatchEvent(new MouseEvent("mousemove", at(latest)));
}
