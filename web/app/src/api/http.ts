import { type Problem, ProblemError } from "@tideboard/client";
import { strings } from "../strings.ts";
import { Access } from "./access.ts";
import type { SessionBody } from "./session.ts";

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

  /** What is wrong with one place of the request; `null` if that is not said. */
  at(pointer: string): string | null {
    return this.faults.find((fault) => fault.pointer === pointer)?.detail ?? null;
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Lets the request outlive the page, for the last save. */
  readonly keepalive?: boolean;
}

/** The access token of this page. */
export const access = new Access({
  refresh: () => anonymous<SessionBody>("POST", "/api/v1/session/refresh"),
  isSignedOut,
});

/** Calls the REST interface as whoever is signed in, and answers its JSON; `undefined` where there is none. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  return (await answered(await authorized(method, path, options))) as T;
}

/** What is at an address, as a file. */
export async function download(path: string): Promise<Blob> {
  const response = await authorized("GET", path, {});
  if (!response.ok) await answered(response);
  return await response.blob();
}

/** Calls the REST interface as nobody: what signs in, or makes that possible. */
export async function anonymous<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  return (await answered(await send(method, path, options, null))) as T;
}

/** Sends the access token along, and once more with a new one if that is refused. */
async function authorized(method: Method, path: string, options: RequestOptions): Promise<Response> {
  // The last save of a page cannot wait for a new token.
  const token = options.keepalive ? access.held : await access.token();
  const response = await send(method, path, options, token);
  if (response.status !== 401 || options.keepalive) return response;
  return await send(method, path, options, await access.instead(token));
}

async function send(method: Method, path: string, options: RequestOptions, token: string | null): Promise<Response> {
  const changes = method !== "GET";
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    headers: {
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      // A page of another origin cannot send these, whatever it makes a browser do.
      ...(changes ? { "content-type": "application/json", "x-tideboard": "1" } : {}),
    },
  };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  if (options.keepalive) init.keepalive = true;
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, problem("overloaded", strings.offline, "after_delay"), []);
  }
}

async function answered(response: Response): Promise<unknown> {
  const text = await response.text();
  const body = parse(text);
  if (response.ok) return body;
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

/** Whether an error says that whoever is signed in may not do this. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

/** What is wrong with one place of a request; `null` if that is not said. */
export function faultAt(error: unknown, pointer: string): string | null {
  return error instanceof ApiError ? error.at(pointer) : null;
}
