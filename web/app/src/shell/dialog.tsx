import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { strings } from "../strings.ts";
import { Cross } from "./icons.tsx";

export interface DialogProps {
  readonly title: string;
  readonly size?: "small" | "medium";
  readonly children: ReactNode;
  /** Buttons at the bottom. */
  readonly footer: (close: () => void) => ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
}

/** What has the focus first: what is said to, or else the first thing to fill in. */
const FIRST = "[data-first], .dialog-body :is(input, select, textarea):not(:disabled)";

/** A window over the page that keeps the focus until it is closed, and then gives it back. */
export function Dialog({ title, size = "medium", children, footer, onSubmit, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element && !element.open) element.showModal();
    element?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const close = () => dialog.current?.close();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <dialog ref={dialog} className="dialog" data-size={size} aria-labelledby={titleId} onClose={onClose}>
      <form className="dialog-form" onSubmit={submit}>
        <div className="dialog-header">
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="edit-button" aria-label={strings.close} onClick={close}>
            <Cross />
          </button>
        </div>
        <div className="dialog-body">{children}</div>
        <div className="dialog-footer">{footer(close)}</div>
      </form>
    </dialog>
  );
}
