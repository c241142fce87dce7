import { svelte } from "@sveltejs/vite-plugin-svelte";
import { join } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vite";

/** The service that `npm run dev` stands in front of. */
const service = process.env["CHATSIGNAL_SERVICE"] ?? "http://127.0.0.1:8080";

/** The thread of trainings. */
const trainWorker = join(import.meta.dirname, "src/lib/workspace/page/train-worker.ts");

/** What the built page may do, wherever it is served from; the service sends the same as a header. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const withPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: () => [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" }],
  },
};

// `vite build` makes files to be served; `vite build --mode offline` makes one script with everything
// in it, of which scripts/offline.mjs makes one page.
export default defineConfig(({ mode }) => {
  const offline = mode === "offline";
  return {
    plugins: [svelte(), withPolicy],
    // Relative addresses: the page works under any path, and from a file.
    base: "./",
    assetsInclude: ["**/*.csm"],
    // Trainings have a thread of their own: a file beside the page, or inside the page that may load none.
    resolve: { alias: { "$train-worker": `${trainWorker}${offline ? "?worker&inline" : "?worker"}` } },
    publicDir: offline ? false : "public",
    build: {
      target: "es2022",
      outDir: offline ? "dist-offline" : "dist",
      assetsInlineLimit: offline ? () => true : 0,
      cssCodeSplit: !offline,
      modulePreload: { polyfill: false },
      rollupOptions: { output: { inlineDynamicImports: offline } },
    },
    // The service refuses pages of another origin: to it, this one is its own.
    server: { proxy: { "/api": { target: service, changeOrigin: true, headers: { origin: service } } } },
  };
});
