import { Link, useLocation } from "wouter";
import { create } from "zustand";
import type { User } from "../api/session.ts";
import { strings } from "../strings.ts";
import { Cross } from "./icons.tsx";

const text = strings.choosePassword;
const STORED_AS = "tideboard.password-later";

function putOff(): boolean {
  try {
    return sessionStorage.getItem(STORED_AS) !== null;
  } catch {
    return false;
  }
}

/** Put off for this visit only: the next one asks again. */
const useLater = create<{ later: boolean; putOff(): void }>((set) => ({
  later: putOff(),
  putOff: () => {
    try {
      sessionStorage.setItem(STORED_AS, "1");
    } catch {
      // Without storage it lasts as long as the page.
    }
    set({ later: true });
  },
}));

/** Asks whoever came in by a one-time link to choose a password. */
export function ChoosePassword({ user }: { user: User }) {
  const [location] = useLocation();
  const { later, putOff } = useLater();
  if (later || user.hasPassword !== false || location === "/account") return null;
  return (
    <aside className="banner">
      <p>{text.text}</p>
      <Link href="/account" className="button button-small">
        {text.act}
      </Link>
      <button type="button" className="edit-button" aria-label={text.later} title={text.later} onClick={putOff}>
        <Cross />
      </button>
    </aside>
  );
}
