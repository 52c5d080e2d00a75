import type { Role } from "../api/session.ts";

/** What someone with a role is called in a sentence. */
const A_ROLE: Readonly<Record<Role, string>> = {
  owner: "an owner",
  admin: "an admin",
  editor: "an editor",
  viewer: "a viewer",
};

/** Texts of the pages for those who are not signed in. */
export const entrance = {
  signIn: {
    title: "Sign in",
    leadPassword: "Welcome back.",
    leadLink:
      "When Tideboard starts, its console prints an address that signs you in once. Open that address, or paste it here.",
    login: "Login",
    loginPlaceholder: "Your e-mail address or name",
    password: "Password",
    code: "Code",
    codeHint: "Six digits from your authenticator app, or one of your recovery codes.",
    label: "Address or token",
    placeholder: "http://…/sign-in#token=…",
    submit: "Sign in",
    working: "Signing you in…",
    hint: "No address at hand? Run this where Tideboard runs; it prints a new one:",
    command: "tideboard sign-in",
    empty: "Paste the address or the token first.",
    byLink: "Use a one-time link instead",
    byPassword: "Use a password instead",
    forgotten: "Password forgotten? An owner or admin can give you a link to choose a new one.",
  },
  /** Why somebody who was signed in is not any more. */
  why: {
    session: "You were signed out: by an admin, or from another of your browsers.",
    disabled: "Your account was disabled. An owner or admin can enable it again.",
    over: "Your session is over. Sign in to go on.",
  },
  invite: {
    title: "Join",
    lead: (by: string, role: Role) => `${by} invites you, as ${A_ROLE[role]}.`,
    leadNobody: (role: Role) => `You are invited, as ${A_ROLE[role]}.`,
    name: "Name",
    nameHint: "As others see it.",
    login: "Login",
    loginHint: "What you sign in with: your e-mail address, or any name without spaces.",
    password: "Password",
    submit: "Join",
    gone: "This invite is not good any more",
    goneText: "It was used, revoked, or has expired. Whoever sent it can make a new one.",
    toSignIn: "Sign in instead",
    missing: "The address lacks its secret part. Open the whole link that you were given.",
  },
  reset: {
    title: "Choose a new password",
    lead: (name: string) => `For ${name}. You will be signed out everywhere else.`,
    submit: "Save password",
    gone: "This link is not good any more",
    goneText: "It was used, or has expired. An owner or admin can make a new one.",
    done: "Your new password is saved. Sign in with it.",
  },
  password: {
    show: "Show",
    hide: "Hide",
    showLabel: "Show the password",
    hideLabel: "Hide the password",
    start: "At least 12 characters. A few words that nobody would put together are easy to keep in mind.",
    missing: (count: number) => (count === 1 ? "One more character" : `${count} more characters`),
    repeated: "Too much of the same: mix it up",
    known: "Easy to guess: it holds your name or login",
    fair: "Good",
    strong: "Strong",
  },
} as const;
