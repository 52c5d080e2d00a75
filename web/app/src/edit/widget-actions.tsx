import type { KeyboardEvent } from "react";
import type { Widget } from "../boards/model.ts";
import { Cross, Grip } from "../shell/icons.tsx";
import { strings } from "../strings.ts";
import type { Direction } from "./keyboard.ts";

const text = strings.dashboard;

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export interface WidgetActionsProps {
  readonly widget: Widget;
  readonly onKey: (direction: Direction, resize: boolean) => void;
  readonly onRemove: () => void;
}

/** What a widget's header offers while arranging. */
export function WidgetActions({ widget, onKey, onRemove }: WidgetActionsProps) {
  const press = (event: KeyboardEvent) => {
    const direction = DIRECTIONS[event.key];
    if (direction) {
      event.preventDefault();
      onKey(direction, event.shiftKey);
    } else if (event.key === "Delete") {
      event.preventDefault();
      onRemove();
    }
  };
  const name = widget.title || strings.untitled;
  return (
    <span className="edit-actions">
      <button type="button" className="edit-button edit-grip" aria-label={text.move(name)} onKeyDown={press}>
        <Grip />
      </button>
      <button
        type="button"
        className="edit-button edit-remove"
        aria-label={text.remove(name)}
        title={text.remove(name)}
        onClick={onRemove}
      >
        <Cross />
      </button>
    </span>
  );
}
