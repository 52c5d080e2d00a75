import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { account } from "../api/account.ts";
import { ApiError, explain, faultAt } from "../api/http.ts";
import { NewPasswordField } from "../forms/password-field.tsx";
import { PASSWORD_MIN } from "../forms/strength.ts";
import { FormError, NOT_PROSE, TextField } from "../forms/text-field.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { useToasts } from "../shell/toasts.tsx";
import { entrance } from "../strings/entrance.ts";
import { Entrance } from "./entrance/entrance.tsx";
import { keepLogin } from "./entrance/known-login.ts";
import { useOffered } from "./entrance/use-offered.ts";
import { DeadEnd } from "./invite.tsx";

const text = entrance.reset;

/** Lets whoever was given a link choose a new password. */
export function ResetPage() {
  const { token, data, error, refetch } = useOffered("reset", account.resetInfo);
  if (token === null) return <DeadEnd title={text.title} why={entrance.invite.missing} />;
  if (error instanceof ApiError && error.status === 404) return <DeadEnd title={text.gone} why={text.goneText} />;
  return (
    <Entrance title={text.title}>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && token ? <Choosing token={token} name={data.name} login={data.login} /> : null}
    </Entrance>
  );
}

function Choosing({ token, name, login }: { token: string; name: string; login: string | null }) {
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState(login ?? "");
  const [password, setPassword] = useState("");
  const save = useMutation({
    mutationFn: () => account.reset({ token, password, ...(login === null ? { login: chosen.trim() } : {}) }),
    onSuccess: () => {
      keepLogin(chosen.trim());
      useToasts.getState().show({ topic: "reset", text: text.done });
      navigate("/sign-in", { replace: true });
    },
  });
  const loginFault = faultAt(save.error, "/login");
  const passwordFault = faultAt(save.error, "/password");
  const elsewhere = save.error !== null && loginFault === null && passwordFault === null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <>
      <p className="lead">{text.lead(name)}</p>
      <form onSubmit={submit}>
        {/* A known login stands there too, for password managers. */}
        <TextField
          label={entrance.invite.login}
          value={chosen}
          onChange={setChosen}
          error={loginFault}
          autoComplete="username"
          readOnly={login !== null}
          maxLength={100}
          required
          {...NOT_PROSE}
        />
        <NewPasswordField
          label={entrance.invite.password}
          value={password}
          onChange={setPassword}
          error={passwordFault}
          known={[name, chosen]}
          minLength={PASSWORD_MIN}
          required
        />
        <FormError text={elsewhere ? explain(save.error) : null} />
        <button type="submit" className="button button-primary button-block" disabled={save.isPending}>
          {text.submit}
        </button>
      </form>
    </>
  );
}
