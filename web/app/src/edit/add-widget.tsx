import { UNITS, WIDGET_KINDS, Widget as WidgetView, widgetKind } from "@tideboard/react";
import { type FormEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { StreamInfo } from "../api/endpoints.ts";
import { useStreams } from "../api/queries.ts";
import type { Widget } from "../boards/model.ts";
import { Cross } from "../shell/icons.tsx";
import { strings } from "../strings.ts";
import {
  BLANK_DRAFT,
  type Draft,
  freshId,
  isComplete,
  MEASURES,
  measurableFields,
  RANGES,
  suggest,
  widgetOf,
} from "./draft-widget.ts";
import "./add-widget.css";

const text = strings.add;

const START: Draft = { ...BLANK_DRAFT, text: text.textDefault };

/** What is chosen from the start. */
export interface Chosen {
  /** Empty: the first stream there is. */
  readonly stream: string;
  readonly kind: string;
}

export interface AddWidgetProps {
  readonly chosen: Chosen;
  readonly taken: ReadonlySet<string>;
  readonly onAdd: (widget: Widget, size: { readonly w: number; readonly h: number }) => void;
  readonly onClose: () => void;
}

/** Builds a widget by clicking, with a live preview. */
export function AddWidget({ chosen, taken, onAdd, onClose }: AddWidgetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { data: streams } = useStreams();
  const [draft, setDraft] = useState<Draft>(() => ({ ...START, kind: chosen.kind }));
  const stream = streams?.find((candidate) => candidate.name === draft.stream);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
  }, []);
  useEffect(() => {
    const first = streams?.find(({ name }) => name === chosen.stream) ?? streams?.[0];
    if (first) setDraft((current) => (current.stream === "" ? suggest(first, current.kind, current) : current));
  }, [streams, chosen.stream]);
  const id = useMemo(() => freshId(draft.kind, taken), [draft.kind, taken]);
  const widget = useMemo(() => (isComplete(draft) ? widgetOf(draft, id) : null), [draft, id]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (widget) onAdd(widget, widgetKind(widget.kind)?.size ?? { w: 6, h: 6 });
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="add-title" onClose={onClose}>
      <form className="add" onSubmit={submit}>
        <header className="dialog-header">
          <h2 id="add-title">{text.title}</h2>
          <button
            type="button"
            className="edit-button"
            aria-label={strings.close}
            onClick={() => dialog.current?.close()}
          >
            <Cross />
          </button>
        </header>
        <div className="add-body">
          <div className="add-form">
            <KindPicker draft={draft} stream={stream} onChange={setDraft} />
            {draft.kind === "text" ? (
              <TextFields draft={draft} onChange={setDraft} />
            ) : (
              <DataFields draft={draft} streams={streams ?? []} stream={stream} onChange={setDraft} />
            )}
            <Field label={text.name}>
              <input
                className="input"
                value={draft.title}
                maxLength={200}
                placeholder={widget?.title ?? ""}
                onChange={(event) => setDraft({ ...draft, title: event.target.value })}
              />
            </Field>
          </div>
          <Preview widget={widget} />
        </div>
        <footer className="dialog-footer">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {strings.cancel}
          </button>
          <button type="submit" className="button button-primary" disabled={!widget}>
            {text.submit}
          </button>
        </footer>
      </form>
    </dialog>
  );
}

function Preview({ widget }: { widget: Widget | null }) {
  const shown = useDeferredValue(widget);
  return (
    <section className="add-preview" aria-label={text.preview}>
      {shown ? <WidgetView key={shown.kind} widget={shown} /> : <p className="muted">{text.pickStream}</p>}
    </section>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function KindPicker({ draft, stream, onChange }: FieldsProps & { stream: StreamInfo | undefined }) {
  return (
    <fieldset className="kinds" aria-label={text.kind}>
      {WIDGET_KINDS.map(({ kind, label }) => (
        <button
          key={kind}
          type="button"
          className="kind"
          aria-pressed={draft.kind === kind}
          onClick={() => onChange(stream ? suggest(stream, kind, draft) : { ...draft, kind })}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

function TextFields({ draft, onChange }: FieldsProps) {
  return (
    <Field label={text.textLabel}>
      <textarea
        className="input"
        rows={8}
        value={draft.text}
        onChange={(event) => onChange({ ...draft, text: event.target.value })}
      />
    </Field>
  );
}

function DataFields({
  draft,
  streams,
  stream,
  onChange,
}: FieldsProps & { streams: readonly StreamInfo[]; stream: StreamInfo | undefined }) {
  const choose = (name: string) => {
    const next = streams.find((candidate) => candidate.name === name);
    if (next) onChange(suggest(next, draft.kind, draft));
  };
  const fields = measurableFields(stream);
  const counts = draft.fn === "count" || draft.fn === "rate";
  return (
    <>
      <Field label={text.stream}>
        <Select value={draft.stream} onChange={choose} options={streams.map(({ name }) => [name, name])} />
      </Field>
      {streams.length === 0 ? <p className="hint">{text.noStreams}</p> : null}
      {draft.kind === "feed" ? null : (
        <>
          <div className="pair">
            <Field label={text.measure}>
              <Select
                value={draft.fn}
                onChange={(fn) => onChange({ ...draft, fn: fn as Draft["fn"] })}
                options={MEASURES.map((fn) => [fn, text.measures[fn]])}
              />
            </Field>
            <Field label={text.field}>
              <Select
                value={draft.fn === "count" ? "" : draft.field}
                onChange={(field) => onChange({ ...draft, field })}
                options={[
                  ...(counts ? [["", text.events] as const] : []),
                  ...fields.map((name) => [name, name] as const),
                ]}
              />
            </Field>
          </div>
          <div className="pair">
            <Field label={text.groupBy}>
              <Select
                value={draft.groupBy}
                onChange={(groupBy) => onChange({ ...draft, groupBy })}
                options={[["", text.nothing], ...(stream?.tags ?? []).map((tag) => [tag, tag] as const)]}
              />
            </Field>
            <Field label={text.range}>
              <Select
                value={String(draft.rangeMs)}
                onChange={(ms) => onChange({ ...draft, rangeMs: Number(ms) })}
                options={RANGES.map(({ ms, label }) => [String(ms), label])}
              />
            </Field>
          </div>
          <Field label={text.unit}>
            <Select
              value={draft.unit}
              onChange={(unit) => onChange({ ...draft, unit })}
              options={UNITS.map((unit) => [unit, strings.units[unit] ?? unit])}
            />
          </Field>
        </>
      )}
    </>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control comes in as a child
    <label className="field">
      <span>{label}</span>
      {children}
    </label>
  );
}

function Select({
  value,
  options,
  onChange,
}: {
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChange: (value: string) => void;
}) {
  return (
    <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
      {options.map(([option, label]) => (
        <option key={option} value={option}>
          {label}
        </option>
      ))}
    </select>
  );
}
