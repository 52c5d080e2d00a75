import type { View } from "@tideboard/client";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useWidgetState } from "../state/use-widget-state.ts";
import { strings } from "../strings.ts";
import { useSurface } from "../view/provider.tsx";
import { useViewHandle } from "../view/use-view.ts";
import type { WidgetKind, WidgetSpec } from "../widgets/kind.ts";
import { widgetKind } from "../widgets/registry.ts";
import { WidgetBoundary } from "./boundary.tsx";
import { DataTable } from "./data-table.tsx";
import { StateChip, StateCover } from "./state-parts.tsx";
import { summarise } from "./summary.ts";

/** How often the text for those who cannot see the picture changes. */
const SUMMARY_EVERY_SECONDS = 10;
/** Kinds whose body is text already. */
const READABLE = new Set(["table", "feed", "text"]);

export interface WidgetProps {
  readonly widget: WidgetSpec;
  /** Stands at the end of the header, such as a menu. */
  readonly actions?: ReactNode;
}

/** A widget with its title, its state and its picture. It fills its parent. */
export function Widget({ widget, actions }: WidgetProps) {
  const kind = widgetKind(widget.kind);
  const titleId = useId();
  return (
    <section className="tb-widget" data-kind={widget.kind} aria-labelledby={titleId}>
      {kind ? (
        <WidgetBoundary>
          <KnownWidget kind={kind} widget={widget} actions={actions} titleId={titleId} />
        </WidgetBoundary>
      ) : (
        <>
          <Header title={widget.title} titleId={titleId} actions={actions} />
          <div className="tb-widget-body">
            <div className="tb-cover">
              <p className="tb-cover-text">{strings.unknownKind(widget.kind)}</p>
            </div>
          </div>
        </>
      )}
    </section>
  );
}

function Header(props: { title: string; titleId: string; actions?: ReactNode; children?: ReactNode }) {
  return (
    <header className="tb-widget-header">
      <h2 className="tb-widget-title" id={props.titleId} title={props.title}>
        {props.title}
      </h2>
      {props.children}
      {props.actions}
    </header>
  );
}

interface KnownProps extends WidgetProps {
  readonly kind: WidgetKind;
  readonly titleId: string;
}

function KnownWidget({ kind, widget, actions, titleId }: KnownProps) {
  const main = useViewHandle(widget.queries.main) as View | null;
  const spark = useViewHandle(widget.queries.spark) as View | null;
  return kind.needsData ? (
    <DataWidget kind={kind} widget={widget} actions={actions} titleId={titleId} main={main} spark={spark} />
  ) : (
    <>
      <Header title={widget.title || kind.label} titleId={titleId} actions={actions} />
      <div className="tb-widget-body">
        <kind.Body widget={widget} main={main} spark={spark} />
      </div>
    </>
  );
}

function DataWidget(props: KnownProps & { main: View | null; spark: View | null }) {
  const { kind, widget, main, spark } = props;
  const state = useWidgetState(main);
  const [tabled, setTabled] = useState(false);
  const picture = useSummary(widget, main);
  const readable = READABLE.has(kind.kind);
  return (
    <>
      <Header title={widget.title || kind.label} titleId={props.titleId} actions={props.actions}>
        <StateChip state={state} />
        {readable || !main ? null : (
          <button
            type="button"
            className="tb-table-toggle"
            aria-pressed={tabled}
            onClick={() => setTabled((shown) => !shown)}
          >
            {tabled ? strings.hideTable : strings.showTable}
          </button>
        )}
      </Header>
      <div className="tb-widget-body" data-state={state.kind}>
        <div className="tb-picture" ref={picture}>
          <kind.Body widget={widget} main={main} spark={spark} />
        </div>
        {tabled && main ? <DataTable widget={widget} view={main} /> : null}
        <StateCover state={state} query={widget.queries.main} onRetry={() => main?.retry()} />
      </div>
    </>
  );
}

/** Keeps the picture's description up to date, without rendering. */
function useSummary(widget: WidgetSpec, view: View | null) {
  const { seconds } = useSurface();
  const picture = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (READABLE.has(widget.kind)) return;
    let count = 0;
    const write = () => {
      // A chart brings its own picture, beside which its legend stays reachable.
      const own = widget.kind === "timeseries";
      const target = own ? picture.current?.querySelector(".tb-chart") : picture.current;
      target?.setAttribute("role", "img");
      target?.setAttribute("aria-label", summarise(widget, view));
    };
    write();
    return seconds.subscribe(() => {
      count += 1;
      // The first data is described soon, changes at a pace that can be listened to.
      if (count === 1 || count % SUMMARY_EVERY_SECONDS === 0) write();
    });
  }, [widget, view, seconds]);
  return picture;
}
