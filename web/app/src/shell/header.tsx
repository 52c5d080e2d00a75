import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";
import { api, type Session } from "../api/endpoints.ts";
import { useDashboards } from "../api/queries.ts";
import { isAdmin, type User } from "../api/session.ts";
import { strings } from "../strings.ts";
import { ChoosePassword } from "./choose-password.tsx";
import { ConnectionPill } from "./connection-pill.tsx";
import {
  Boards,
  Check,
  ChevronDown,
  Exit,
  Key,
  Log,
  Mark,
  Moon,
  People,
  Person,
  Plug,
  Screen,
  Share,
  Sun,
} from "./icons.tsx";
import { Menu } from "./menu.tsx";
import { type ThemeChoice, useTheme } from "./theme.ts";

export interface HeaderProps {
  readonly session: Session;
  readonly title: string;
  /** The dashboard shown, if one is. */
  readonly dashboard?: string;
  /** Opens what says who may see it; absent where that is not to be changed. */
  readonly onShare?: (() => void) | undefined;
  /** Buttons of the page. */
  readonly children?: ReactNode;
}

/** The top of every page. */
export function Header({ session, title, dashboard, onShare, children }: HeaderProps) {
  const [location] = useLocation();
  useEffect(() => {
    document.title = title === "" ? strings.name : `${title} · ${strings.name}`;
  }, [title]);
  return (
    <>
      <header className="header">
        <Link href="/" className="header-home" aria-label={strings.name} title={strings.name}>
          <Mark />
        </Link>
        <div className="header-title">
          <h1 className="header-name">
            <Switcher title={title} dashboard={dashboard} />
          </h1>
        </div>
        <ConnectionPill />
        <div className="header-spacer" />
        <div className="header-actions">
          {onShare ? (
            <button type="button" className="button roomy-only" title={strings.share} onClick={onShare}>
              <Share />
              <span className="wide-only">{strings.share}</span>
            </button>
          ) : null}
          {children}
        </div>
        {location === "/connect" || session.user.role === "viewer" ? null : (
          <Link href="/connect" className="button header-connect" title={strings.nav.connect}>
            <Plug />
            <span className="wide-only">{strings.nav.connect}</span>
          </Link>
        )}
        <div className="header-account">
          <AccountMenu session={session} onShare={onShare} />
        </div>
      </header>
      <ChoosePassword user={session.user} />
    </>
  );
}

function Switcher({ title, dashboard }: { title: string; dashboard: string | undefined }) {
  const { data } = useDashboards();
  return (
    <Menu
      label={strings.nav.switchFrom(title)}
      align="start"
      buttonClass="switcher"
      button={
        <>
          <span className="switcher-title">{title}</span>
          <ChevronDown />
        </>
      }
    >
      {(close) => (
        <nav aria-label={strings.nav.dashboards}>
          <ul className="menu-list">
            {data?.map((entry) => (
              <li key={entry.id}>
                <Link
                  href={`/d/${encodeURIComponent(entry.id)}`}
                  className="menu-item"
                  aria-current={entry.id === dashboard ? "page" : undefined}
                  onClick={close}
                >
                  <span className="menu-check">{entry.id === dashboard ? <Check /> : null}</span>
                  <span className="menu-text">{entry.title}</span>
                  {entry.personal ? <span className="tag">{strings.dashboards.personal}</span> : null}
                </Link>
              </li>
            ))}
            <li className="menu-divider" aria-hidden="true" />
            <li>
              <Link href="/dashboards" className="menu-item" onClick={close}>
                <span className="menu-check">
                  <Boards />
                </span>
                <span className="menu-text">{strings.nav.all}</span>
              </Link>
            </li>
          </ul>
        </nav>
      )}
    </Menu>
  );
}

const THEMES: readonly { choice: ThemeChoice; Icon: () => ReactNode }[] = [
  { choice: "system", Icon: Screen },
  { choice: "light", Icon: Sun },
  { choice: "dark", Icon: Moon },
];

/** Where the account menu leads, and whom. */
const PLACES: readonly {
  readonly href: string;
  readonly label: string;
  readonly Icon: () => ReactNode;
  readonly open: (user: User) => boolean;
}[] = [
  { href: "/account", label: strings.nav.account, Icon: Person, open: () => true },
  { href: "/connect", label: strings.nav.connect, Icon: Plug, open: ({ role }) => role !== "viewer" },
  { href: "/people", label: strings.nav.people, Icon: People, open: isAdmin },
  { href: "/keys", label: strings.nav.keys, Icon: Key, open: isAdmin },
  { href: "/audit", label: strings.nav.audit, Icon: Log, open: isAdmin },
];

function AccountMenu({ session, onShare }: { session: Session; onShare: (() => void) | undefined }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const theme = useTheme();
  const signOut = async () => {
    try {
      await api.signOut();
    } finally {
      queries.clear();
      navigate("/sign-in");
    }
  };
  return (
    <Menu label={strings.nav.account} align="end" buttonClass="button button-round" button={<Person />}>
      {(close) => (
        <>
          <p className="menu-note">
            {strings.nav.signedInAs(session.user.name)} <span className="tag">{strings.roles[session.user.role]}</span>
          </p>
          <fieldset className="segments" aria-label={strings.theme.label}>
            {THEMES.map(({ choice, Icon }) => (
              <button
                key={choice}
                type="button"
                className="segment"
                aria-pressed={theme.choice === choice}
                onClick={() => theme.choose(choice)}
              >
                <Icon />
                {strings.theme[choice]}
              </button>
            ))}
          </fieldset>
          <ul className="menu-list">
            <li className="menu-divider" aria-hidden="true" />
            {onShare ? (
              <li className="tight-only">
                <button
                  type="button"
                  className="menu-item"
                  onClick={() => {
                    close();
                    onShare();
                  }}
                >
                  <Share />
                  <span className="menu-text">{strings.share}</span>
                </button>
              </li>
            ) : null}
            {PLACES.filter(({ open }) => open(session.user)).map(({ href, label, Icon }) => (
              <li key={href}>
                <Link href={href} className="menu-item" onClick={close}>
                  <Icon />
                  <span className="menu-text">{label}</span>
                </Link>
              </li>
            ))}
            <li className="menu-divider" aria-hidden="true" />
            <li>
              <button
                type="button"
                className="menu-item"
                onClick={() => {
                  void signOut();
                }}
              >
                <Exit />
                <span className="menu-text">{strings.nav.signOut}</span>
              </button>
            </li>
          </ul>
        </>
      )}
    </Menu>
  );
}
