import { type FormEvent, useEffect, useRef, useState } from "react";
import { useHistoryState } from "wouter/use-browser-location";
import { api, type Credentials } from "../api/endpoints.ts";
import { ApiError, explain } from "../api/http.ts";
import { PasswordField } from "../forms/password-field.tsx";
import { FormError, NOT_PROSE, TextField } from "../forms/text-field.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import type { Farewell } from "../shell/rights.ts";
import { entrance } from "../strings/entrance.ts";
import { Entrance } from "./entrance/entrance.tsx";
import { knownLogin } from "./entrance/known-login.ts";
import { takeToken, tokenIn } from "./entrance/token.ts";
import { useEntering } from "./entrance/use-entering.ts";

const text = entrance.signIn;

type Way = "password" | "link";

/** Signs in: with a one-time token, from the address or pasted, or with a login and a password. */
export function SignInPage() {
  const enter = useEntering();
  const farewell = useHistoryState<Farewell | null>() ?? {};
  const [way, setWay] = useState<Way>(() => (knownLogin() === null ? "link" : "password"));
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const tried = useRef(false);

  const signIn = async (credentials: Credentials) => {
    setBusy(true);
    setFailure(null);
    try {
      enter(await api.signIn(credentials), farewell.from);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read once, whatever renders follow
  useEffect(() => {
    // A token works once, so a second run of this effect must not spend it again.
    if (tried.current) return;
    tried.current = true;
    const token = takeToken(window.location, window.history);
    if (token === null) return;
    setWay("link");
    void signIn({ token });
  }, []);

  const form = { busy, failure, signIn: (credentials: Credentials) => void signIn(credentials) };
  const other = () => {
    setFailure(null);
    setWay(way === "password" ? "link" : "password");
  };
  const lead = way === "password" ? text.leadPassword : text.leadLink;
  return (
    <Entrance title={text.title}>
      {farewell.why ? (
        <p className="sign-in-why" role="status">
          {entrance.why[farewell.why]}
        </p>
      ) : null}
      <p className="lead">{busy ? text.working : lead}</p>
      {way === "password" ? <PasswordForm {...form} /> : <LinkForm {...form} />}
      <button type="button" className="link-button sign-in-other" disabled={busy} onClick={other}>
        {way === "password" ? text.byLink : text.byPassword}
      </button>
      <div className="sign-in-hint">
        {way === "password" ? (
          <p>{text.forgotten}</p>
        ) : (
          <>
            <p>{text.hint}</p>
            <div className="command">
              <code>{text.command}</code>
              <CopyButton text={text.command} />
            </div>
          </>
        )}
      </div>
    </Entrance>
  );
}

interface FormProps {
  readonly busy: boolean;
  readonly failure: unknown;
  readonly signIn: (credentials: Credentials) => void;
}

/** Whether the password was right and only the second factor is missing or wrong. */
function wantsCode(failure: unknown): boolean {
  // The code is younger than this page may be: it is compared as text.
  const code: string | undefined = failure instanceof ApiError ? failure.problem.code : undefined;
  return code === "second_factor";
}

function PasswordForm({ busy, failure, signIn }: FormProps) {
  const [login, setLogin] = useState(() => knownLogin() ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const codeField = useRef<HTMLInputElement>(null);
  const wanted = wantsCode(failure);
  useEffect(() => {
    if (wanted) setAsked(true);
  }, [wanted]);
  useEffect(() => {
    if (asked && !busy) codeField.current?.focus();
  }, [asked, busy]);
  // The first time it is a question, not a fault.
  const codeError = wanted && code !== "" ? explain(failure) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn({ login: login.trim(), password, ...(asked ? { code: code.trim() } : {}) });
  };
  return (
    <form onSubmit={submit}>
      <TextField
        label={text.login}
        value={login}
        onChange={setLogin}
        placeholder={text.loginPlaceholder}
        autoComplete="username"
        required
        disabled={busy}
        {...NOT_PROSE}
      />
      <PasswordField
        label={text.password}
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        required
        disabled={busy}
      />
      {asked ? (
        <TextField
          label={text.code}
          value={code}
          onChange={setCode}
          hint={text.codeHint}
          error={codeError}
          inputRef={codeField}
          autoComplete="one-time-code"
          required
          disabled={busy}
          {...NOT_PROSE}
        />
      ) : null}
      <FormError text={failure === null || wanted ? null : explain(failure)} />
      <button type="submit" className="button button-primary button-block" disabled={busy}>
        {text.submit}
      </button>
    </form>
  );
}

function LinkForm({ busy, failure, signIn }: FormProps) {
  const [pasted, setPasted] = useState("");
  const [empty, setEmpty] = useState(false);
  const error = failure === null ? null : explain(failure);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = tokenIn(pasted);
    setEmpty(token === "");
    if (token !== "") signIn({ token });
  };
  return (
    <form onSubmit={submit}>
      <TextField
        label={text.label}
        value={pasted}
        onChange={setPasted}
        placeholder={text.placeholder}
        error={empty ? text.empty : error}
        autoComplete="off"
        disabled={busy}
        {...NOT_PROSE}
      />
      <button type="submit" className="button button-primary button-block" disabled={busy}>
        {text.submit}
      </button>
    </form>
  );
}
