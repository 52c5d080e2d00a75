import { useEffect, useState } from "react";
import { strings } from "../strings.ts";
import { Check, Copy } from "./icons.tsx";

/** Copies a text and says so. */
export function CopyButton({ text, label = strings.copy }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className="button button-small"
      onClick={() => {
        void copy(text).then(setCopied);
      }}
    >
      {copied ? <Check /> : <Copy />}
      <span aria-live="polite">{copied ? strings.copied : label}</span>
    </button>
  );
}

/** Away from `localhost` and TLS there is no clipboard interface, only the old command. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "tb-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
