import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { account, type InviteInfo } from "../api/account.ts";
import { ApiError, explain, faultAt } from "../api/http.ts";
import { NewPasswordField } from "../forms/password-field.tsx";
import { PASSWORD_MIN } from "../forms/strength.ts";
import { FormError, NOT_PROSE, TextField } from "../forms/text-field.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { entrance } from "../strings/entrance.ts";
import { Entrance } from "./entrance/entrance.tsx";
import { useEntering } from "./entrance/use-entering.ts";
import { useOffered } from "./entrance/use-offered.ts";

const text = entrance.invite;

/** Lets in whoever was invited. */
export function InvitePage() {
  const { token, data, error, refetch } = useOffered("invite", account.inviteInfo);
  if (token === null) return <DeadEnd title={text.title} why={text.missing} />;
  if (error instanceof ApiError && error.status === 404) return <DeadEnd title={text.gone} why={text.goneText} />;
  return (
    <Entrance title={text.title}>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && token ? <Joining token={token} info={data} /> : null}
    </Entrance>
  );
}

/** A link that leads nowhere. */
export function DeadEnd({ title, why }: { title: string; why: string }) {
  return (
    <Entrance title={title}>
      <p className="lead">{why}</p>
      <p className="sign-in-end">
        <Link href="/sign-in" className="button button-block">
          {text.toSignIn}
        </Link>
      </p>
    </Entrance>
  );
}

function Joining({ token, info }: { token: string; info: InviteInfo }) {
  const enter = useEntering();
  const [name, setName] = useState("");
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const join = useMutation({
    mutationFn: () => account.acceptInvite({ token, name: name.trim(), login: login.trim(), password }),
    onSuccess: (session) => enter(session),
  });
  const faults = ["/name", "/login", "/password"].map((pointer) => faultAt(join.error, pointer));
  const [nameFault = null, loginFault = null, passwordFault = null] = faults;
  const elsewhere = join.error !== null && faults.every((fault) => fault === null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    join.mutate();
  };
  return (
    <>
      <p className="lead">{info.invitedBy ? text.lead(info.invitedBy, info.role) : text.leadNobody(info.role)}</p>
      <form onSubmit={submit}>
        <TextField
          label={text.name}
          value={name}
          onChange={setName}
          hint={text.nameHint}
          error={nameFault}
          autoComplete="name"
          maxLength={100}
          required
        />
        <TextField
          label={text.login}
          value={login}
          onChange={setLogin}
          hint={text.loginHint}
          error={loginFault}
          autoComplete="username"
          maxLength={100}
          required
          {...NOT_PROSE}
        />
        <NewPasswordField
          label={text.password}
          value={password}
          onChange={setPassword}
          error={passwordFault}
          known={[name, login]}
          minLength={PASSWORD_MIN}
          required
        />
        <FormError text={elsewhere ? explain(join.error) : null} />
        <button type="submit" className="button button-primary button-block" disabled={join.isPending}>
          {text.submit}
        </button>
      </form>
    </>
  );
}
