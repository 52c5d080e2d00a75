import { type ReactNode, useEffect, useRef, useState } from "react";

export interface MenuProps {
  readonly label: string;
  readonly button: ReactNode;
  readonly buttonClass: string;
  readonly align: "start" | "end";
  /** `close` shuts the menu. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a small panel; Escape, a click elsewhere, or leaving with Tab closes it. */
export function Menu({ label, button, buttonClass, align, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const onOutside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      trigger.current?.focus();
    };
    document.addEventListener("pointerdown", onOutside);
    document.addEventListener("focusin", onOutside);
    document.addEventListener("keydown", onEscape);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      document.removeEventListener("focusin", onOutside);
      document.removeEventListener("keydown", onEscape);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    // What was pressed is gone: the focus would be lost.
    trigger.current?.focus();
  };
  return (
    <div className="menu" ref={root}>
      <button
        ref={trigger}
        type="button"
        className={buttonClass}
        aria-label={label}
        aria-expanded={open}
        title={label}
        onClick={() => setOpen((was) => !was)}
      >
        {button}
      </button>
      {open ? (
        <div className="menu-panel" data-align={align}>
          {children(close)}
        </div>
      ) : null}
    </div>
  );
}
