import { lazy, Suspense } from "react";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { textOption } from "../options.ts";

const Markdown = lazy(async () => ({ default: (await import("./markdown.tsx")).Markdown }));

function TextBody({ widget }: BodyProps) {
  const text = textOption(widget.options, "text", "");
  return (
    <div className="tb-text tb-scroll">
      {text.trim() === "" ? (
        <p className="tb-muted">{strings.emptyText}</p>
      ) : (
        <Suspense fallback={null}>
          <Markdown text={text} />
        </Suspense>
      )}
    </div>
  );
}

/** Words, as Markdown. */
export const text: WidgetKind = {
  kind: "text",
  label: strings.kinds.text,
  Body: TextBody,
  size: { w: 6, h: 4, minW: 3, minH: 2 },
  needsData: false,
  shape: null,
};
