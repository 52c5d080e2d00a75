import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { account } from "../../api/account.ts";
import { explain, faultAt } from "../../api/http.ts";
import type { User } from "../../api/session.ts";
import { NewPasswordField, PasswordField } from "../../forms/password-field.tsx";
import { PASSWORD_MIN } from "../../forms/strength.ts";
import { FormError, NOT_PROSE, TextField } from "../../forms/text-field.tsx";
import { useToasts } from "../../shell/toasts.tsx";
import { accountTexts } from "../../strings/account.ts";
import { useRenewed } from "./use-renewed.ts";

const text = accountTexts.password;

export function Password({ user }: { user: User }) {
  const renewed = useRenewed();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [login, setLogin] = useState("");
  const save = useMutation({
    mutationFn: () =>
      account.setPassword({
        password: fresh,
        ...(user.hasPassword ? { current } : {}),
        ...(user.login === null ? { login: login.trim() } : {}),
      }),
    onSuccess: async () => {
      setCurrent("");
      setFresh("");
      useToasts.getState().show({ topic: "account", text: text.saved });
      await renewed();
    },
  });
  const faults = ["/current", "/login", "/password"].map((pointer) => faultAt(save.error, pointer));
  const [currentFault = null, loginFault = null, passwordFault = null] = faults;
  const elsewhere = save.error !== null && faults.every((fault) => fault === null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="card" onSubmit={submit} aria-labelledby="password-title">
      <h2 id="password-title">{text.title}</h2>
      <p className="hint">{user.hasPassword ? text.change : text.choose}</p>
      <div className="columns">
        {user.hasPassword ? (
          <PasswordField
            label={text.current}
            value={current}
            onChange={setCurrent}
            error={currentFault}
            autoComplete="current-password"
            required
          />
        ) : null}
        {user.login === null ? (
          <TextField
            label={text.login}
            value={login}
            onChange={setLogin}
            error={loginFault}
            hint={accountTexts.profile.loginHint}
            autoComplete="username"
            maxLength={100}
            required
            {...NOT_PROSE}
          />
        ) : null}
        <NewPasswordField
          label={text.fresh}
          value={fresh}
          onChange={setFresh}
          error={passwordFault}
          known={[user.name, user.login ?? login]}
          minLength={PASSWORD_MIN}
          required
        />
      </div>
      <FormError text={elsewhere ? explain(save.error) : null} />
      <div className="row">
        <button
          type="submit"
          className={user.hasPassword ? "button" : "button button-primary"}
          disabled={save.isPending || fresh === ""}
        >
          {text.save}
        </button>
      </div>
    </form>
  );
}
