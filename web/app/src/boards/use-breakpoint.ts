import { useSyncExternalStore } from "react";
import { type Breakpoint, breakpointOf } from "./model.ts";

const subscribe = (listener: () => void) => {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
};

/** The breakpoint of the window; renders only when it becomes another. */
export function useBreakpoint(): Breakpoint {
  return useSyncExternalStore(subscribe, () => breakpointOf(window.innerWidth));
}
