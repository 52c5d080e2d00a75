import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FeedData, FeedItem } from "@tideboard/client";
import { formatNumber, useClient, useView, Widget as WidgetView } from "@tideboard/react";
import { useDeferredValue, useEffect, useMemo, useReducer, useState } from "react";
import { Link } from "wouter";
import { apiKeys } from "../api/api-keys.ts";
import type { Session, StreamInfo } from "../api/endpoints.ts";
import { explain } from "../api/http.ts";
import { keys, useDashboards, useStreams } from "../api/queries.ts";
import { isAdmin } from "../api/session.ts";
import { BLANK_DRAFT, suggest, widgetOf } from "../edit/draft-widget.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Header } from "../shell/header.tsx";
import { Plus } from "../shell/icons.tsx";
import { strings } from "../strings.ts";
import { type Snippet, snippets } from "./snippets.ts";

const text = strings.connect;

const VALID_STREAM = /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,127}$/;

/** Shows how to send data, and each event as it arrives. */
export function ConnectPage({ session }: { session: Session }) {
  const [stream, setStream] = useState("temperature");
  const listened = useDeferredValue(stream.trim());
  const valid = VALID_STREAM.test(listened);
  return (
    <>
      <Header session={session} title={text.title} />
      <main className="page">
        <p className="lead">{text.lead}</p>
        <div className="card">
          <label className="field field-short">
            <span>{text.stream}</span>
            <input
              className="input"
              value={stream}
              spellCheck={false}
              autoCapitalize="off"
              aria-invalid={!valid}
              onChange={(event) => setStream(event.target.value)}
            />
          </label>
          <p className="hint">{text.streamHint}</p>
          <Commands stream={valid ? listened : "temperature"} mayCreate={isAdmin(session.user)} />
        </div>
        {valid ? <Listener key={listened} stream={listened} /> : null}
      </main>
    </>
  );
}

function Commands({ stream, mayCreate }: { stream: string; mayCreate: boolean }) {
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Snippet["id"]>("curl");
  const create = useMutation({
    mutationFn: () => apiKeys.create({ name: text.keyName(stream), streams: [stream] }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  const key = create.data?.key;
  const all = snippets(window.location.origin, stream, key ?? text.keyPlaceholder);
  const code = all.find((snippet) => snippet.id === chosen)?.code ?? "";
  return (
    <>
      <div className="tabs" role="tablist" aria-label={text.title}>
        {all.map((snippet) => (
          <button
            key={snippet.id}
            type="button"
            role="tab"
            className="tab"
            aria-selected={snippet.id === chosen}
            onClick={() => setChosen(snippet.id)}
          >
            {text.snippets[snippet.id]}
          </button>
        ))}
      </div>
      <div className="snippet">
        <pre>
          <code>{code}</code>
        </pre>
        <CopyButton text={code} />
      </div>
      {mayCreate ? null : <p className="hint">{text.askForKey}</p>}
      {mayCreate && key === undefined ? (
        <div className="row">
          <button
            type="button"
            className="button button-primary"
            disabled={create.isPending}
            onClick={() => create.mutate()}
          >
            {text.createKey}
          </button>
          {create.error ? (
            <p className="field-error" role="alert">
              {explain(create.error)}
            </p>
          ) : null}
        </div>
      ) : null}
      {key === undefined ? null : (
        <p className="hint" role="status">
          {text.keyShown}
        </p>
      )}
    </>
  );
}

/** How often a stream that is not there yet is asked for again. */
const ASK_AGAIN_MS = 1500;
const SHOWN = 8;

function Listener({ stream }: { stream: string }) {
  const client = useClient();
  const { data, state, view } = useView({ stream, shape: "feed", limit: 20 });
  // Ages are those at arrival; only events after opening count as received.
  const [opened] = useState(() => client.serverNow());
  const ages = useArrivalAges(data, opened);
  useEffect(() => {
    if (state.kind !== "failed" || state.retrying) return;
    const timer = window.setTimeout(() => view?.retry(), ASK_AGAIN_MS);
    return () => window.clearTimeout(timer);
  }, [state, view]);
  const items = (data?.items ?? [])
    .filter((item) => ages.has(item.sequence))
    .slice(-SHOWN)
    .reverse();
  return (
    <>
      <section className="card listener" aria-live="polite">
        <p className="listener-state" data-heard={items.length > 0 ? "" : undefined}>
          <i className="pulse" />
          {text.listening(stream)}
        </p>
        {items.length === 0 ? <p className="hint">{text.listeningHint}</p> : null}
        <ol className="received">
          {items.map((item) => (
            <li key={item.sequence} className="tb-num">
              <span className="muted">{text.received}</span> {describe(stream, item)}
              <span className="muted"> · {text.ago(ages.get(item.sequence) ?? 0)}</span>
            </li>
          ))}
        </ol>
      </section>
      {items.length > 0 ? <Previews stream={stream} /> : null}
    </>
  );
}

/** Kinds that most data can be shown as. */
const PREVIEWED = ["timeseries", "number", "gauge"];

/** The new stream as widgets, live, each a click away from a dashboard. */
function Previews({ stream }: { stream: string }) {
  const info = useStreams().data?.find((candidate) => candidate.name === stream);
  const board = useDashboards().data?.[0];
  // Only another set of fields or tags makes another suggestion, not another count of events.
  const shape = info ? JSON.stringify({ ...info, events: 0, lastAccepted: null }) : null;
  const widgets = useMemo(() => {
    if (shape === null) return [];
    const known = JSON.parse(shape) as StreamInfo;
    return PREVIEWED.map((kind) => widgetOf(suggest(known, kind, BLANK_DRAFT), `preview-${kind}`));
  }, [shape]);
  if (widgets.length === 0) return null;
  return (
    <section className="previews" aria-label={text.next}>
      <h2>{text.next}</h2>
      <div className="preview-grid">
        {widgets.map((widget) => (
          <div key={widget.id} className="preview">
            <div className="preview-widget">
              <WidgetView widget={widget} />
            </div>
            {board ? (
              <Link
                className="button"
                href={`/d/${encodeURIComponent(board.id)}?add=${encodeURIComponent(stream)}&kind=${widget.kind}`}
              >
                <Plus />
                {text.addTo(board.title)}
              </Link>
            ) : null}
          </div>
        ))}
      </div>
    </section>
  );
}

/** How old each event was when it came here. */
function useArrivalAges(data: FeedData | null, opened: number): ReadonlyMap<number, number> {
  const client = useClient();
  const [ages] = useState(() => new Map<number, number>());
  const [, again] = useReducer((count: number) => count + 1, 0);
  const newest = data?.items.at(-1)?.sequence ?? -1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest item's number says that `data` changed in place
  useEffect(() => {
    const now = client.serverNow();
    let added = false;
    for (const item of data?.items ?? []) {
      if (ages.has(item.sequence) || item.time < opened - 1000) continue;
      ages.set(item.sequence, Math.max(0, now - item.time));
      added = true;
    }
    if (added) again();
  }, [newest, data, ages, opened, client]);
  return ages;
}

/** An event as people write it: `temperature{room=kitchen} = 21.4`. */
export function describe(stream: string, item: FeedItem): string {
  const tags = Object.entries(item.tags).map(([name, value]) => `${name}=${value}`);
  const fields = Object.entries(item.fields);
  const write = (value: unknown) => (typeof value === "number" ? formatNumber(value, { unit: "none" }) : String(value));
  const single = fields.length === 1 ? fields[0] : undefined;
  const values = single ? write(single[1]) : fields.map(([name, value]) => `${name} ${write(value)}`).join(", ");
  return `${stream}${tags.length > 0 ? `{${tags.join(", ")}}` : ""}${values === "" ? "" : ` = ${values}`}`;
}
