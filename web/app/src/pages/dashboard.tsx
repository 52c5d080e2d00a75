import { Widget as WidgetView } from "@tideboard/react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useStore } from "zustand";
import type { DashboardAnswer, Session } from "../api/endpoints.ts";
import { ApiError } from "../api/http.ts";
import { useDashboard, useDashboards } from "../api/queries.ts";
import { isAdmin } from "../api/session.ts";
import { addWidget, arrange, removeWidget } from "../boards/edits.ts";
import { HostedWidgets, useHosts } from "../boards/hosts.tsx";
import { shownLayout } from "../boards/layout.ts";
import { isEmptyView, merge } from "../boards/merge.ts";
import { COLUMNS, type Layout, type Widget } from "../boards/model.ts";
import { useBoard } from "../boards/use-board.ts";
import { useBreakpoint } from "../boards/use-breakpoint.ts";
import { ViewGrid } from "../boards/view-grid.tsx";
import type { Chosen } from "../edit/add-widget.tsx";
import { useFirstDrag } from "../edit/first-drag.ts";
import type { Direction } from "../edit/keyboard.ts";
import { WidgetActions } from "../edit/widget-actions.tsx";
import { useChanges } from "../live/use-changes.ts";
import { Header } from "../shell/header.tsx";
import { Arrange, Check, Plus, Undo } from "../shell/icons.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { useToasts } from "../shell/toasts.tsx";
import { strings } from "../strings.ts";
import { NotFound } from "./not-found.tsx";

const text = strings.dashboard;

const loadEditing = () => import("../edit/editing.ts");
const EditGrid = lazy(async () => ({ default: (await loadEditing()).EditGrid }));
const AddWidget = lazy(async () => ({ default: (await import("../edit/add-widget.tsx")).AddWidget }));
const ShareDialog = lazy(async () => ({ default: (await import("./share.tsx")).Share }));

/** One dashboard, to look at and to arrange. */
export function DashboardPage({ session, id }: { session: Session; id: string }) {
  const changes = useChanges();
  const [told] = useState(() => changes.told);
  const { data, error, refetch } = useDashboard(id);
  const title = useDashboards().data?.find((entry) => entry.id === id)?.title ?? "";
  if (data) return <LoadedDashboard key={id} session={session} answer={data} told={told} />;
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <>
      <Header session={session} title={missing ? strings.notFound.title : title} dashboard={id} />
      {missing ? <NotFound title={text.missing} /> : null}
      {error && !missing ? (
        <main className="page">
          <ProblemNote error={error} onRetry={() => void refetch()} />
        </main>
      ) : null}
    </>
  );
}

interface LoadedProps {
  readonly session: Session;
  readonly answer: DashboardAnswer;
  readonly told: number;
}

function LoadedDashboard({ session, answer, told }: LoadedProps) {
  const board = useBoard(answer, told);
  const { shared, view, past, save } = useStore(board.store);
  const breakpoint = useBreakpoint();
  const columns = COLUMNS[breakpoint];
  const dashboard = useMemo(() => merge(shared, view), [shared, view]);
  const layout = useMemo(
    () =>
      shownLayout(
        dashboard.layouts,
        dashboard.widgets.map((widget) => widget.id),
        breakpoint,
      ),
    [dashboard, breakpoint],
  );
  const hosts = useHosts(dashboard.widgets);
  const [editing, setEditing] = useState(false);
  const [adding, setAdding] = useAdding();
  const [sharing, setSharing] = useState(false);
  const main = useRef<HTMLElement>(null);
  const announce = useAnnouncer();

  const enter = useCallback(async () => {
    await loadEditing();
    flushSync(() => setEditing(true));
    tellHow();
  }, []);
  useFirstDrag(main, !editing && breakpoint !== "phone", enter);

  useEffect(() => {
    if (!editing) return;
    const undo = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
      if (typing || event.key !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      board.undo();
    };
    document.addEventListener("keydown", undo);
    return () => document.removeEventListener("keydown", undo);
  }, [editing, board]);

  const place = (next: Layout) => board.edit((base, current) => arrange(base, current, breakpoint, next));
  const remove = (widget: Widget) => {
    board.edit((base, current) => removeWidget(base, current, widget.id));
    announce(text.removed(widget.title));
  };
  const add = (widget: Widget, size: { w: number; h: number }) => {
    board.edit((base, current) => addWidget(base, current, widget, size));
    announce(text.added(widget.title));
    setAdding(null);
    requestAnimationFrame(() => {
      document.querySelector(`[data-widget="${CSS.escape(widget.id)}"]`)?.scrollIntoView({ block: "nearest" });
    });
  };
  const key = async (widget: Widget, direction: Direction, resize: boolean) => {
    const { limitsOf, moveBy, resizeBy } = await loadEditing();
    const next = resize
      ? resizeBy(layout, widget.id, direction, columns, limitsOf(widget, columns))
      : moveBy(layout, widget.id, direction, columns);
    const at = next?.[widget.id];
    if (!next || !at) {
      announce(text.blocked);
      return;
    }
    place(next);
    announce(resize ? text.size(widget.title, at.w, at.h) : text.place(widget.title, at.x + 1, at.y + 1));
  };

  return (
    <>
      <Header
        session={session}
        title={dashboard.title}
        dashboard={dashboard.id}
        onShare={isAdmin(session.user) && !editing ? () => setSharing(true) : undefined}
      >
        {editing ? (
          <>
            {isEmptyView(view) ? null : (
              <button type="button" className="button wide-only" onClick={() => board.reset()}>
                {text.reset}
              </button>
            )}
            <button
              type="button"
              className="button"
              disabled={past.length === 0}
              title={text.undo}
              aria-label={text.undo}
              onClick={() => board.undo()}
            >
              <Undo />
            </button>
            <button type="button" className="button" title={text.add} onClick={() => setAdding(NOTHING_CHOSEN)}>
              <Plus />
              <span className="wide-only">{text.add}</span>
            </button>
          </>
        ) : null}
        {/* One button both ways, so that the keyboard's focus stays. */}
        <button
          key="arrange"
          type="button"
          className={editing ? "button button-primary" : "button"}
          title={editing ? text.done : text.arrange}
          onPointerEnter={() => void loadEditing()}
          onClick={() => (editing ? setEditing(false) : void enter())}
        >
          {editing ? <Check /> : <Arrange />}
          <span className={editing ? undefined : "wide-only"}>{editing ? text.done : text.arrange}</span>
        </button>
      </Header>
      <main
        ref={main}
        id="main"
        className="board"
        data-editing={editing ? "" : undefined}
        data-save={save}
        data-breakpoint={breakpoint}
      >
        {editing ? (
          <Suspense fallback={<ViewGrid layout={layout} columns={columns} hosts={hosts} />}>
            <EditGrid
              layout={layout}
              columns={columns}
              widgets={dashboard.widgets}
              hosts={hosts}
              onArrange={place}
              onBegin={() => board.hold()}
              onEnd={() => board.release()}
            />
          </Suspense>
        ) : (
          <ViewGrid layout={layout} columns={columns} hosts={hosts} />
        )}
        <HostedWidgets widgets={dashboard.widgets} hosts={hosts}>
          {(widget) => (
            <WidgetView
              widget={widget}
              actions={
                editing ? (
                  <WidgetActions
                    widget={widget}
                    onRemove={() => remove(widget)}
                    onKey={(direction, resize) => void key(widget, direction, resize)}
                  />
                ) : null
              }
            />
          )}
        </HostedWidgets>
        {dashboard.widgets.length === 0 ? (
          <div className="note">
            <p className="note-title">{text.emptyTitle}</p>
            <p>{text.emptyText}</p>
            <button type="button" className="button button-primary" onClick={() => setAdding(NOTHING_CHOSEN)}>
              <Plus />
              {text.add}
            </button>
          </div>
        ) : null}
      </main>
      {adding ? (
        <Suspense fallback={null}>
          <AddWidget
            chosen={adding}
            taken={new Set([...shared.widgets, ...view.added].map((widget) => widget.id))}
            onAdd={(widget, size) => add(widget, size)}
            onClose={() => setAdding(null)}
          />
        </Suspense>
      ) : null}
      {sharing ? (
        <Suspense fallback={null}>
          <ShareDialog dashboard={dashboard.id} title={dashboard.title} onClose={() => setSharing(false)} />
        </Suspense>
      ) : null}
      <Announcer />
    </>
  );
}

const NOTHING_CHOSEN: Chosen = { stream: "", kind: "timeseries" };

/** What the dialog for adding starts with, while it is open. A link may open it: `?add=temperature&kind=number`. */
function useAdding() {
  const [search] = useState(() => new URLSearchParams(window.location.search));
  const stream = search.get("add");
  useEffect(() => {
    // Reloading the page should not open the dialog again.
    if (stream !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
  }, [stream]);
  return useState<Chosen | null>(stream === null ? null : { stream, kind: search.get("kind") ?? "timeseries" });
}

let hintTold = false;

/** Says once per visit how arranging works. */
function tellHow(): void {
  if (hintTold) return;
  hintTold = true;
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  useToasts.getState().show({ topic: "hint", text: coarse ? text.hintTouch : text.hint, forMs: 8000 });
}

const ANNOUNCER = "announcer";

/** Says something to those who listen to the page. */
function useAnnouncer(): (message: string) => void {
  return useCallback((message) => {
    const region = document.getElementById(ANNOUNCER);
    if (region) region.textContent = message;
  }, []);
}

function Announcer() {
  return <div id={ANNOUNCER} className="tb-hidden" role="status" aria-live="assertive" />;
}
