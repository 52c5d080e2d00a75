import { Link } from "wouter";
import { strings } from "../strings.ts";

const text = strings.rights;

/** In place of what one may not see: no fault, and somebody can mend it. */
export function NoPermission() {
  return (
    <div className="note">
      <p className="note-title">{text.denied}</p>
      <p>{text.deniedText}</p>
      <Link href="/dashboards" className="button">
        {text.home}
      </Link>
    </div>
  );
}
