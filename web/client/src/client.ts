import type { Client, ClientOptions } from "./types/client.ts";

/** Makes a client; nothing happens before `start()`. */
export function createClient(_options: ClientOptions): Client {
  throw new Error("not built yet");
}
