import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** Puts the stock Socket.IO client beside the app: the server offers it at `/socket.io/socket.io.js`. */
export function stockClient(): Plugin {
  return {
    name: "stock-client",
    apply: "build",
    async generateBundle() {
      // The version is the one that the client package is built on.
      const client = createRequire(import.meta.resolve("@tideboard/client"));
      const folder = dirname(client.resolve("socket.io-client/package.json"));
      const source = await readFile(join(folder, "dist/socket.io.min.js"), "utf8");
      this.emitFile({
        type: "asset",
        fileName: "socket.io.js",
        source: source.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, "\n"),
      });
    },
  };
}
