import { useId, useState } from "react";
import { entrance } from "../strings/entrance.ts";
import { strengthOf } from "./strength.ts";
import { TextField, type TextFieldProps } from "./text-field.tsx";

const text = entrance.password;

/** A password that can be looked at. */
export function PasswordField(props: TextFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      type={shown ? "text" : "password"}
      autoCapitalize="off"
      autoCorrect="off"
      spellCheck={false}
      aside={
        <button
          type="button"
          className="link-button"
          aria-label={shown ? text.hideLabel : text.showLabel}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? text.hide : text.show}
        </button>
      }
    />
  );
}

/** A new password, which says while it is typed how good it is. `known`: what others know of its owner. */
export function NewPasswordField({ known, ...props }: TextFieldProps & { readonly known: readonly string[] }) {
  const id = useId();
  const { level, text: told } = strengthOf(props.value, known);
  return (
    <div className="new-password">
      <PasswordField {...props} autoComplete="new-password" />
      <div className="strength" data-level={props.value === "" ? undefined : level} aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <p id={id} className="hint strength-text" aria-live="polite">
        {told}
      </p>
    </div>
  );
}
