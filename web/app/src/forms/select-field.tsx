import { type SelectHTMLAttributes, useId } from "react";

export interface SelectFieldProps<T extends string>
  extends Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "value" | "id" | "className"> {
  readonly label: string;
  /** The label is read out only: what surrounds the field says it to those who see. */
  readonly quiet?: boolean;
  readonly value: T;
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly onChange: (value: T) => void;
}

/** A choice of few. */
export function SelectField<T extends string>({
  label,
  quiet = false,
  value,
  options,
  onChange,
  ...select
}: SelectFieldProps<T>) {
  const id = useId();
  return (
    <div className="field">
      <div className={quiet ? "tb-hidden" : "field-label"}>
        <label htmlFor={id}>{label}</label>
      </div>
      <select
        {...select}
        id={id}
        className="input"
        value={value}
        onChange={(event) => {
          const chosen = options.find(([option]) => option === event.target.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
