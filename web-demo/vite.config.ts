import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The service that `npm run dev` stands in front of. */
const service = process.env["CHATSIGNAL_SERVICE"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte()],
  // Relative addresses: the page works under any path, and from a file.
  base: "./",
  build: { target: "es2022", sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: service, changeOrigin: true } } },
});
