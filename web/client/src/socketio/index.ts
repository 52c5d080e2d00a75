export { systemClock } from "./system-clock.ts";
export { type SocketIoOptions, socketIoTransport } from "./transport.ts";
