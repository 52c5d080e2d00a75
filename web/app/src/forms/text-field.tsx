import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";

export interface TextFieldProps
  extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value" | "id" | "className"> {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  /** What is wrong with it; `null` if nothing is. */
  readonly error?: string | null;
  readonly inputRef?: Ref<HTMLInputElement>;
  /** Stands beside the label. */
  readonly aside?: ReactNode;
}

/** A line of text with its label, and what is to be said about it. */
export function TextField({ label, value, onChange, hint, error = null, inputRef, aside, ...input }: TextFieldProps) {
  const id = useId();
  const told = error ?? hint ?? null;
  return (
    <div className="field">
      <div className="field-label">
        <label htmlFor={id}>{label}</label>
        {aside}
      </div>
      <input
        {...input}
        ref={inputRef}
        id={id}
        className="input"
        value={value}
        aria-invalid={error !== null}
        aria-describedby={told === null ? undefined : `${id}-told`}
        onChange={(event) => onChange(event.target.value)}
      />
      {told === null ? null : (
        <p
          id={`${id}-told`}
          className={error === null ? "hint" : "field-error"}
          role={error === null ? undefined : "alert"}
        >
          {told}
        </p>
      )}
    </div>
  );
}

/** What went wrong with a form as a whole. */
export function FormError({ text }: { text: string | null }) {
  return text === null ? null : (
    <p className="field-error" role="alert">
      {text}
    </p>
  );
}

/** For names that are not words. */
export const NOT_PROSE = { autoCapitalize: "off", autoCorrect: "off", spellCheck: false } as const;
