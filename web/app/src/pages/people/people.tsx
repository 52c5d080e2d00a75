import { Link, Route, Switch, useLocation } from "wouter";
import type { Session } from "../../api/endpoints.ts";
import { isAdmin } from "../../api/session.ts";
import { Header } from "../../shell/header.tsx";
import { NoPermission } from "../../shell/no-permission.tsx";
import { peopleTexts } from "../../strings/people.ts";
import { InvitesTab } from "./invites.tsx";
import { PersonPage } from "./person.tsx";
import { TeamsTab } from "./teams.tsx";
import { UsersTab } from "./users.tsx";

const TABS = [
  { href: "/people", label: peopleTexts.tabs.people },
  { href: "/people/invites", label: peopleTexts.tabs.invites },
  { href: "/people/teams", label: peopleTexts.tabs.teams },
] as const;

/** Who can sign in, who is invited, and who belongs together. */
export function PeoplePages({ session }: { session: Session }) {
  const { user } = session;
  return (
    <>
      <Header session={session} title={peopleTexts.title} />
      <main className="page">
        {isAdmin(user) ? (
          <Switch>
            <Route path="/people/invites">
              <Tabs />
              <InvitesTab user={user} />
            </Route>
            <Route path="/people/teams">
              <Tabs />
              <TeamsTab />
            </Route>
            <Route path="/people/:id">{({ id }) => <PersonPage key={id} id={id} self={user} />}</Route>
            <Route>
              <Tabs />
              <UsersTab self={user} />
            </Route>
          </Switch>
        ) : (
          <NoPermission />
        )}
      </main>
    </>
  );
}

function Tabs() {
  const [location] = useLocation();
  return (
    <nav className="tabs" aria-label={peopleTexts.title}>
      {TABS.map(({ href, label }) => (
        <Link key={href} href={href} className="tab" aria-current={location === href ? "page" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
