import { create } from "zustand";
import { strings } from "../strings.ts";
import { Cross } from "./icons.tsx";

export interface ToastAction {
  readonly label: string;
  run(): void;
}

export interface Toast {
  /** A newer toast of the same topic takes the place of the older. */
  readonly topic: string;
  readonly text: string;
  readonly tone?: "plain" | "bad";
  readonly actions?: readonly ToastAction[];
  /** Stays this long; 6 s if absent. */
  readonly forMs?: number;
}

interface ToastState {
  readonly toasts: readonly Toast[];
  show(toast: Toast): void;
  dismiss(topic: string): void;
}

const STAYS_MS = 6000;
const timers = new Map<string, number>();

export const useToasts = create<ToastState>((set, get) => ({
  toasts: [],
  show: (toast) => {
    window.clearTimeout(timers.get(toast.topic));
    timers.set(
      toast.topic,
      window.setTimeout(() => get().dismiss(toast.topic), toast.forMs ?? STAYS_MS),
    );
    set(({ toasts }) => ({ toasts: [...toasts.filter((other) => other.topic !== toast.topic), toast] }));
  },
  dismiss: (topic) => {
    window.clearTimeout(timers.get(topic));
    set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.topic !== topic) }));
  },
}));

/** Quiet notes at the bottom of the page. */
export function Toasts() {
  const { toasts, dismiss } = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.topic} className="toast" data-tone={toast.tone}>
          <span>{toast.text}</span>
          {toast.actions?.map((action) => (
            <button
              key={action.label}
              type="button"
              className="toast-action"
              onClick={() => {
                dismiss(toast.topic);
                action.run();
              }}
            >
              {action.label}
            </button>
          ))}
          <button
            type="button"
            className="toast-close"
            aria-label={strings.dismiss}
            onClick={() => dismiss(toast.topic)}
          >
            <Cross />
          </button>
        </div>
      ))}
    </div>
  );
}
