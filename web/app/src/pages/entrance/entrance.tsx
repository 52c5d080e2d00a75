import { type ReactNode, useEffect } from "react";
import { Mark } from "../../shell/icons.tsx";
import { strings } from "../../strings.ts";

/** The frame of the pages for those who are not signed in. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${strings.name}`;
  }, [title]);
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <div className="sign-in-brand">
          <Mark />
          <span>{strings.name}</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
