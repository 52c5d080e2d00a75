import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api/endpoints.ts";
import { explain } from "../api/http.ts";
import { keys } from "../api/queries.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Mark } from "../shell/icons.tsx";
import { strings } from "../strings.ts";
import { takeToken, tokenIn } from "./sign-in-token.ts";

const text = strings.signIn;

/** Signs in with a one-time token, from the address or pasted. */
export function SignInPage() {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [pasted, setPasted] = useState("");
  const tried = useRef(false);

  const signIn = async (token: string) => {
    setBusy(true);
    setError(null);
    try {
      const session = await api.signIn(token);
      queries.clear();
      queries.setQueryData(keys.session, session);
      navigate("/", { replace: true });
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read once, whatever renders follow
  useEffect(() => {
    // A token works once, so a second run of this effect must not spend it again.
    if (tried.current) return;
    tried.current = true;
    const token = takeToken(window.location, window.history);
    if (token !== null) void signIn(token);
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = tokenIn(pasted);
    if (token === "") setError(text.empty);
    else void signIn(token);
  };

  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <div className="sign-in-brand">
          <Mark />
          <span>{strings.name}</span>
        </div>
        <h1>{text.title}</h1>
        <p className="lead">{busy ? text.working : text.lead}</p>
        <form onSubmit={submit}>
          <label className="field">
            <span>{text.label}</span>
            <input
              className="input"
              value={pasted}
              onChange={(event) => setPasted(event.target.value)}
              placeholder={text.placeholder}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              disabled={busy}
              aria-invalid={error !== null}
              aria-describedby={error === null ? undefined : "sign-in-error"}
            />
          </label>
          {error === null ? null : (
            <p className="field-error" id="sign-in-error" role="alert">
              {error}
            </p>
          )}
          <button type="submit" className="button button-primary button-block" disabled={busy}>
            {text.submit}
          </button>
        </form>
        <div className="sign-in-hint">
          <p>{text.hint}</p>
          <div className="command">
            <code>{text.command}</code>
            <CopyButton text={text.command} />
          </div>
        </div>
      </div>
    </main>
  );
}
