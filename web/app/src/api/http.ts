import { type Problem, ProblemError } from "@tideboard/client";
import { strings } from "../strings.ts";

/** What can be wrong with one place of a request. */
export interface FieldFault {
  readonly pointer?: string;
  readonly detail?: string;
}

/** An answer that is no success. */
export class ApiError extends ProblemError {
  readonly status: number;
  readonly faults: readonly FieldFault[];

  constructor(status: number, problem: Problem, faults: readonly FieldFault[]) {
    super(problem);
    this.name = "ApiError";
    this.status = status;
    this.faults = faults;
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Lets the request outlive the page, for the last save. */
  readonly keepalive?: boolean;
}

/** Calls the REST interface and answers its JSON; `undefined` where there is none. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const changes = method !== "GET";
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    headers: {
      accept: "application/json",
      // A page of another origin cannot send these, whatever it makes a browser do.
      ...(changes ? { "content-type": "application/json", "x-tideboard": "1" } : {}),
    },
  };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  if (options.keepalive) init.keepalive = true;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, problem("overloaded", strings.offline, "after_delay"), []);
  }
  const text = await response.text();
  const body = parse(text);
  if (response.ok) return body as T;
  throw refusal(response.status, body);
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, body: unknown): ApiError {
  if (typeof body !== "object" || body === null || !("code" in body) || typeof body.code !== "string") {
    return new ApiError(status, problem("internal", strings.unexpected, "after_delay"), []);
  }
  const given = body as Partial<Problem> & { errors?: unknown };
  const told: Problem = {
    code: given.code ?? "internal",
    title: given.title ?? strings.problem,
    detail: given.detail ?? "",
    retry: given.retry ?? "never",
  };
  return new ApiError(status, told, Array.isArray(given.errors) ? (given.errors as FieldFault[]) : []);
}

function problem(code: Problem["code"], detail: string, retry: Problem["retry"]): Problem {
  return { code, title: strings.problem, detail, retry };
}

/** What to tell people about an error. */
export function explain(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.detail || error.problem.title;
  return strings.unexpected;
}

/** Whether an error says that nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
