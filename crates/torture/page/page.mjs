import { createClient } from "@tideboard/client";
import { socketIoTransport, systemClock } from "@tideboard/client/socketio";
console.log(typeof createClient, typeof socketIoTransport);
