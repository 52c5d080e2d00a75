import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./build/precompress.ts";
import { stockClient } from "./build/stock-client.ts";

const server = process.env.TIDEBOARD_URL ?? "http://127.0.0.1:8433";

export default defineConfig({
  plugins: [react(), stockClient(), precompress()],
  build: {
    target: "es2022",
    manifest: "manifest.json",
    // Small pictures would become `data:` addresses, which the content security policy need not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
});
