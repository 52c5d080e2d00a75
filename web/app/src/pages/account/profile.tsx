import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { account } from "../../api/account.ts";
import { explain, faultAt } from "../../api/http.ts";
import type { User } from "../../api/session.ts";
import { FormError, NOT_PROSE, TextField } from "../../forms/text-field.tsx";
import { useToasts } from "../../shell/toasts.tsx";
import { accountTexts } from "../../strings/account.ts";
import { strings } from "../../strings.ts";
import { useRenewed } from "./use-renewed.ts";

const text = accountTexts.profile;

export function Profile({ user }: { user: User }) {
  const renewed = useRenewed();
  const [name, setName] = useState(user.name);
  const [login, setLogin] = useState(user.login ?? "");
  const save = useMutation({
    mutationFn: () => account.rename(name.trim(), user.login === null ? null : login.trim()),
    onSuccess: async () => {
      useToasts.getState().show({ topic: "account", text: text.saved });
      await renewed();
    },
  });
  const nameFault = faultAt(save.error, "/name");
  const loginFault = faultAt(save.error, "/login");
  const elsewhere = save.error !== null && nameFault === null && loginFault === null;
  const same = name.trim() === user.name && login.trim() === (user.login ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="card" onSubmit={submit} aria-labelledby="profile-title">
      <div className="card-head">
        <h2 id="profile-title">{text.title}</h2>
        <span className="tag">{strings.roles[user.role]}</span>
      </div>
      <div className="columns">
        <TextField
          label={text.name}
          value={name}
          onChange={setName}
          error={nameFault}
          autoComplete="name"
          maxLength={100}
          required
        />
        {/* A first login comes with the first password. */}
        {user.login === null ? null : (
          <TextField
            label={text.login}
            value={login}
            onChange={setLogin}
            error={loginFault}
            hint={text.loginHint}
            autoComplete="username"
            maxLength={100}
            required
            {...NOT_PROSE}
          />
        )}
      </div>
      <FormError text={elsewhere ? explain(save.error) : null} />
      <div className="row">
        <button type="submit" className="button" disabled={same || save.isPending || name.trim() === ""}>
          {text.save}
        </button>
      </div>
    </form>
  );
}
