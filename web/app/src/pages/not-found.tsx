import { Link } from "wouter";
import { strings } from "../strings.ts";

/** For addresses that lead nowhere. */
export function NotFound({ title = strings.notFound.title }: { title?: string }) {
  return (
    <main className="page">
      <div className="note">
        <p className="note-title">{title}</p>
        <p>{strings.notFound.text}</p>
        <Link href="/dashboards" className="button">
          {strings.notFound.home}
        </Link>
      </div>
    </main>
  );
}
