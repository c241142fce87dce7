import { join } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The dashboard over invented contacts; never shipped. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: "../svelte.config.js" })],
  base: "./",
  resolve: { alias: { "$train-worker": join(import.meta.dirname, "../src/lib/workspace/page/train-worker.ts?worker") } },
  build: { target: "es2022", outDir: "../dist-dev", emptyOutDir: true, assetsInlineLimit: 0 },
});
