import type { QueryClient } from "@tanstack/react-query";
import { QueryClientProvider } from "@tanstack/react-query";
import type { Client } from "@tideboard/client";
import { TideboardProvider } from "@tideboard/react";
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import type { Session } from "../api/endpoints.ts";
import { isSignedOut } from "../api/http.ts";
import { useDashboards, useSession } from "../api/queries.ts";
import type { Changes } from "../live/changes.ts";
import { ChangesProvider, useFreshAnswers } from "../live/use-changes.ts";
import { DashboardPage } from "../pages/dashboard.tsx";
import { NotFound } from "../pages/not-found.tsx";
import { strings } from "../strings.ts";
import { Boundary } from "./boundary.tsx";
import { Header } from "./header.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { useQuestion } from "./question.ts";
import { type Farewell, useRights, useToldRights, whereabouts } from "./rights.ts";
import { Toasts } from "./toasts.tsx";

const SignInPage = lazy(async () => ({ default: (await import("../pages/sign-in.tsx")).SignInPage }));
const InvitePage = lazy(async () => ({ default: (await import("../pages/invite.tsx")).InvitePage }));
const ResetPage = lazy(async () => ({ default: (await import("../pages/reset.tsx")).ResetPage }));
const DashboardsPage = lazy(async () => ({ default: (await import("../pages/dashboards.tsx")).DashboardsPage }));
const ConnectPage = lazy(async () => ({ default: (await import("../pages/connect.tsx")).ConnectPage }));
const KeysPage = lazy(async () => ({ default: (await import("../pages/keys.tsx")).KeysPage }));
const AccountPage = lazy(async () => ({ default: (await import("../pages/account/account.tsx")).AccountPage }));
const PeoplePages = lazy(async () => ({ default: (await import("../pages/people/people.tsx")).PeoplePages }));
const AuditPage = lazy(async () => ({ default: (await import("../pages/audit.tsx")).AuditPage }));
const Confirmation = lazy(async () => ({ default: (await import("./confirmation.tsx")).Confirmation }));

export interface AppProps {
  readonly client: Client;
  readonly queries: QueryClient;
  readonly changes: Changes;
}

/** The whole application. */
export function App({ client, queries, changes }: AppProps) {
  return (
    <QueryClientProvider client={queries}>
      <Boundary>
        <Suspense fallback={null}>
          <Switch>
            <Route path="/sign-in">
              <SignInPage />
            </Route>
            <Route path="/invite">
              <InvitePage />
            </Route>
            <Route path="/reset">
              <ResetPage />
            </Route>
            <Route>
              <ChangesProvider value={changes}>
                <SignedIn client={client} changes={changes}>
                  {(session) => <Pages session={session} changes={changes} />}
                </SignedIn>
              </ChangesProvider>
            </Route>
          </Switch>
          <OpenQuestion />
        </Suspense>
      </Boundary>
      <Toasts />
    </QueryClientProvider>
  );
}

function OpenQuestion() {
  const question = useQuestion((state) => state.question);
  if (!question) return null;
  return (
    <Suspense fallback={null}>
      <Confirmation key={question.title} question={question} />
    </Suspense>
  );
}

function Pages({ session, changes }: { session: Session; changes: Changes }) {
  useFreshAnswers();
  useToldRights(session.user, changes);
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/">
          <Home />
        </Route>
        <Route path="/d/:id">{({ id }) => <DashboardPage key={id} session={session} id={id} />}</Route>
        <Route path="/dashboards">
          <DashboardsPage session={session} />
        </Route>
        <Route path="/connect">
          <ConnectPage session={session} />
        </Route>
        <Route path="/keys">
          <KeysPage session={session} />
        </Route>
        <Route path="/account">
          <AccountPage session={session} />
        </Route>
        <Route path="/people/*?">
          <PeoplePages session={session} />
        </Route>
        <Route path="/audit">
          <AuditPage session={session} />
        </Route>
        <Route>
          <Header session={session} title={strings.notFound.title} />
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}

/** The first dashboard, or the list if there is none. */
function Home() {
  const { data, error, refetch } = useDashboards();
  if (error) {
    return (
      <main className="page">
        <ProblemNote error={error} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (!data) return null;
  const first = data[0];
  return <Redirect to={first ? `/d/${encodeURIComponent(first.id)}` : "/dashboards"} replace />;
}

interface SignedInProps {
  readonly client: Client;
  readonly changes: Changes;
  readonly children: (session: Session) => ReactNode;
}

/** Shows its children to whoever is signed in, and keeps the live connection for as long. */
function SignedIn({ client, changes, children }: SignedInProps) {
  const { data: session, error, refetch } = useSession();
  const [, navigate] = useLocation();
  const signedIn = session !== undefined;
  useRights(client, changes);
  useEffect(() => {
    if (!signedIn) return;
    client.start();
    return () => client.stop();
  }, [client, signedIn]);
  const signedOut = isSignedOut(error);
  useEffect(() => {
    if (signedOut) navigate("/sign-in", { replace: true, state: { from: whereabouts() } satisfies Farewell });
  }, [signedOut, navigate]);
  if (session) return <TideboardProvider client={client}>{children(session)}</TideboardProvider>;
  if (!error || signedOut) return null;
  return (
    <main className="page">
      <ProblemNote error={error} onRetry={() => void refetch()} />
    </main>
  );
}
