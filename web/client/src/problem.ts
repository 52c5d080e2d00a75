import { isProblemCode } from "./decode/messages.ts";
import type { Problem, ProblemCode } from "./generated/wire.ts";

/** An error that says what the server said. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** The problem behind a refusal to connect, which comes as its code alone; `null`: nothing the server says. */
export function refusal(code: string): Problem | null {
  return isProblemCode(code) ? { code, ...describe(code) } : null;
}

function describe(code: ProblemCode): Omit<Problem, "code"> {
  switch (code) {
    case "unauthorized":
      return { title: "You are not signed in", detail: "Sign in again to go on.", retry: "after_sign_in" };
    case "forbidden":
      return { title: "This is not permitted", detail: "Ask an owner or admin for the right.", retry: "never" };
    case "protocol_version":
      return {
        title: "This page is outdated",
        detail: "The server speaks another version: reload the page.",
        retry: "never",
      };
    case "shutting_down":
      return { title: "The server is restarting", detail: "It will be back shortly.", retry: "after_delay" };
    case "overloaded":
      return { title: "The server is busy", detail: "Another try follows by itself.", retry: "after_delay" };
    default:
      return { title: "The server refused the connection", detail: `It said: ${code}.`, retry: "after_delay" };
  }
}
