import { useMutation } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { account, type PendingTotp } from "../../api/account.ts";
import { useAccount } from "../../api/admin-queries.ts";
import { explain, faultAt } from "../../api/http.ts";
import type { User } from "../../api/session.ts";
import { PasswordField } from "../../forms/password-field.tsx";
import { FormError, NOT_PROSE, TextField } from "../../forms/text-field.tsx";
import { CopyButton } from "../../shell/copy-button.tsx";
import { Dialog } from "../../shell/dialog.tsx";
import { useToasts } from "../../shell/toasts.tsx";
import { accountTexts } from "../../strings/account.ts";
import { strings } from "../../strings.ts";
import { useRenewed } from "./use-renewed.ts";

const text = accountTexts.totp;
const FEW_CODES = 3;

const QrCode = lazy(async () => ({ default: (await import("./qr-code.tsx")).QrCode }));

export function SecondFactor({ user }: { user: User }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <section className="card" aria-labelledby="totp-title">
      <h2 id="totp-title">{text.title}</h2>
      {codes ? <RecoveryCodes codes={codes} onKept={() => setCodes(null)} /> : null}
      {user.hasTotp && !codes ? <Active /> : null}
      {user.hasTotp || codes ? null : <Inactive user={user} onCodes={setCodes} />}
    </section>
  );
}

function Active() {
  const { data } = useAccount();
  const [ending, setEnding] = useState(false);
  const left = data?.recoveryCodesLeft;
  return (
    <>
      {/* What comes later takes the place that was kept for it. */}
      <p className="hint">
        {text.on} {left === undefined ? "…" : text.codesLeft(left)}
        {left !== undefined && left <= FEW_CODES ? ` ${text.fewCodes}` : null}
      </p>
      <div className="row">
        <button type="button" className="button" onClick={() => setEnding(true)}>
          {text.end}
        </button>
      </div>
      {ending ? <Ending onClose={() => setEnding(false)} /> : null}
    </>
  );
}

function Ending({ onClose }: { onClose: () => void }) {
  const renewed = useRenewed();
  const [password, setPassword] = useState("");
  const end = useMutation({
    mutationFn: () => account.dropTotp(password),
    onSuccess: async () => {
      onClose();
      useToasts.getState().show({ topic: "account", text: text.ended });
      await renewed();
    },
  });
  return (
    <Dialog
      title={text.endTitle}
      size="small"
      onClose={onClose}
      onSubmit={() => end.mutate()}
      footer={(close) => (
        <>
          <button type="button" className="button" onClick={close}>
            {strings.cancel}
          </button>
          <button type="submit" className="button button-grave" disabled={end.isPending || password === ""}>
            {text.end}
          </button>
        </>
      )}
    >
      <p className="dialog-text">{text.endText}</p>
      <PasswordField
        label={text.password}
        value={password}
        onChange={setPassword}
        error={end.error ? explain(end.error) : null}
        autoComplete="current-password"
        required
      />
    </Dialog>
  );
}

function Inactive({ user, onCodes }: { user: User; onCodes: (codes: readonly string[]) => void }) {
  const begin = useMutation({ mutationFn: account.beginTotp });
  if (begin.data) return <SetUp pending={begin.data} onCodes={onCodes} />;
  return (
    <>
      <p className="hint">{text.off}</p>
      <FormError text={begin.error ? explain(begin.error) : null} />
      <div className="row">
        <button
          type="button"
          className="button"
          disabled={!user.hasPassword || begin.isPending}
          onClick={() => begin.mutate()}
        >
          {text.begin}
        </button>
        {user.hasPassword ? null : <p className="hint">{text.needsPassword}</p>}
      </div>
    </>
  );
}

interface SetUpProps {
  readonly pending: PendingTotp;
  readonly onCodes: (codes: readonly string[]) => void;
}

function SetUp({ pending, onCodes }: SetUpProps) {
  const renewed = useRenewed();
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const codeField = useRef<HTMLInputElement>(null);
  useEffect(() => codeField.current?.focus(), []);
  const activate = useMutation({
    mutationFn: () => account.activateTotp(pending.secret, code.replaceAll(/\s/g, ""), password),
    onSuccess: async ({ recoveryCodes }) => {
      onCodes(recoveryCodes);
      await renewed();
    },
  });
  const codeFault = faultAt(activate.error, "/code");
  const passwordFault = faultAt(activate.error, "/password");
  const elsewhere = activate.error !== null && codeFault === null && passwordFault === null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    activate.mutate();
  };
  return (
    <form className="totp" onSubmit={submit}>
      <div className="totp-code">
        <Suspense fallback={null}>
          <QrCode text={pending.uri} label={text.qr} />
        </Suspense>
      </div>
      <div className="totp-form">
        <p className="hint">{text.scan}</p>
        <div className="field">
          <span>{text.secret}</span>
          <div className="command">
            <code>{inGroups(pending.secret)}</code>
            <CopyButton text={pending.secret} />
          </div>
        </div>
        <TextField
          label={text.code}
          value={code}
          onChange={setCode}
          error={codeFault}
          inputRef={codeField}
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          {...NOT_PROSE}
        />
        <PasswordField
          label={text.password}
          value={password}
          onChange={setPassword}
          error={passwordFault}
          autoComplete="current-password"
          required
        />
        <FormError text={elsewhere ? explain(activate.error) : null} />
        <div className="row">
          <button type="submit" className="button button-primary" disabled={activate.isPending}>
            {text.activate}
          </button>
        </div>
      </div>
    </form>
  );
}

/** Easier to read, and to type. */
function inGroups(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(" ");
}

function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <div className="secret">
      <h3 ref={title} tabIndex={-1}>
        {text.recovery}
      </h3>
      <p>{text.recoveryText}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="row">
        <CopyButton text={codes.join("\n")} />
        <button type="button" className="button button-small button-primary" onClick={onKept}>
          {text.kept}
        </button>
      </div>
    </div>
  );
}
