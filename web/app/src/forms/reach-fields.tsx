import { Cross, Plus } from "../shell/icons.tsx";
import { peopleTexts } from "../strings/people.ts";
import { strings } from "../strings.ts";
import type { ReachDraft, TagDraft } from "./reach.ts";
import { NOT_PROSE, TextField } from "./text-field.tsx";

const text = peopleTexts.reach;

/** As many tags as a reach may name. */
const MOST_TAGS = 8;

export interface ReachFieldsProps {
  readonly draft: ReachDraft;
  readonly tagsHint?: string;
  readonly onChange: (draft: ReachDraft) => void;
}

/** Which streams, and of those the events with which tags. */
export function ReachFields({ draft, tagsHint, onChange }: ReachFieldsProps) {
  const { tags } = draft;
  const set = (row: TagDraft) =>
    onChange({ ...draft, tags: tags.map((other) => (other.key === row.key ? row : other)) });
  const add = () => {
    const key = Math.max(-1, ...tags.map((row) => row.key)) + 1;
    onChange({ ...draft, tags: [...tags, { key, tag: "", values: "" }] });
  };
  return (
    <div className="reach">
      <TextField
        label={text.streams}
        value={draft.streams}
        placeholder={text.streamsPlaceholder}
        hint={text.streamsHint}
        onChange={(streams) => onChange({ ...draft, streams })}
        {...NOT_PROSE}
      />
      <fieldset className="reach-tags">
        <legend>{text.tags}</legend>
        {tagsHint ? <p className="hint">{tagsHint}</p> : null}
        {tags.map((row) => (
          <div key={row.key} className="reach-tag">
            <TextField
              label={text.tag}
              value={row.tag}
              placeholder={text.tagPlaceholder}
              onChange={(tag) => set({ ...row, tag })}
              {...NOT_PROSE}
            />
            <TextField
              label={text.values}
              value={row.values}
              placeholder={text.valuesPlaceholder}
              onChange={(values) => set({ ...row, values })}
              {...NOT_PROSE}
            />
            <button
              type="button"
              className="edit-button"
              aria-label={text.removeTag(row.tag)}
              title={strings.dismiss}
              onClick={() => onChange({ ...draft, tags: tags.filter((other) => other.key !== row.key) })}
            >
              <Cross />
            </button>
          </div>
        ))}
        <button type="button" className="button button-small" disabled={tags.length >= MOST_TAGS} onClick={add}>
          <Plus />
          {text.addTag}
        </button>
      </fieldset>
    </div>
  );
}
