import { type Client, createClient } from "@tideboard/client";
import { socketIoTransport, systemClock } from "@tideboard/client/socketio";
import { api } from "../api/endpoints.ts";
import { ApiError } from "../api/http.ts";

/** The page's one live connection; it starts when somebody is signed in. */
export function createLiveClient(): Client {
  return createClient({
    transport: socketIoTransport(),
    clock: systemClock,
    random: Math.random,
    token: async () => {
      try {
        return await api.socketToken();
      } catch (error) {
        // Only a refusal says something about the right to connect; silence means "later".
        if (error instanceof ApiError && error.status === 0) throw new Error(error.message, { cause: error });
        throw error;
      }
    },
  });
}
