import type { Session } from "../../api/endpoints.ts";
import { Header } from "../../shell/header.tsx";
import { accountTexts } from "../../strings/account.ts";
import { Password } from "./password.tsx";
import { Profile } from "./profile.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { OwnSessions } from "./sessions.tsx";

/** One's own account. */
export function AccountPage({ session }: { session: Session }) {
  const { user } = session;
  return (
    <>
      <Header session={session} title={accountTexts.title} />
      <main className="page page-narrow">
        {/* The one thing that is missing comes first. */}
        {user.hasPassword ? null : <Password user={user} />}
        <Profile user={user} />
        {user.hasPassword ? <Password user={user} /> : null}
        <SecondFactor user={user} />
        <OwnSessions />
      </main>
    </>
  );
}
