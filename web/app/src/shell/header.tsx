import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";
import { api, type Session } from "../api/endpoints.ts";
import { useDashboards } from "../api/queries.ts";
import { strings } from "../strings.ts";
import { ConnectionPill } from "./connection-pill.tsx";
import { Boards, Check, ChevronDown, Exit, Key, Mark, Moon, Person, Plug, Screen, Sun } from "./icons.tsx";
import { Menu } from "./menu.tsx";
import { type ThemeChoice, useTheme } from "./theme.ts";

export interface HeaderProps {
  readonly session: Session;
  readonly title: string;
  /** The dashboard shown, if one is. */
  readonly dashboard?: string;
  /** Buttons of the page. */
  readonly children?: ReactNode;
}

/** The top of every page. */
export function Header({ session, title, dashboard, children }: HeaderProps) {
  const [location] = useLocation();
  useEffect(() => {
    document.title = title === "" ? strings.name : `${title} · ${strings.name}`;
  }, [title]);
  return (
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
      <div className="header-actions">{children}</div>
      {location === "/connect" ? null : (
        <Link href="/connect" className="button header-connect" title={strings.nav.connect}>
          <Plug />
          <span className="wide-only">{strings.nav.connect}</span>
        </Link>
      )}
      <div className="header-account">
        <AccountMenu session={session} />
      </div>
    </header>
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

function AccountMenu({ session }: { session: Session }) {
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
          <p className="menu-note">{strings.nav.signedInAs(session.user.name)}</p>
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
            <li>
              <Link href="/connect" className="menu-item" onClick={close}>
                <Plug />
                <span className="menu-text">{strings.nav.connect}</span>
              </Link>
            </li>
            <li>
              <Link href="/keys" className="menu-item" onClick={close}>
                <Key />
                <span className="menu-text">{strings.nav.keys}</span>
              </Link>
            </li>
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
