import { join } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** Opens the invented workspace where the page would look for a service. */
const invented: Plugin = {
  name: "invented-workspace",
  enforce: "pre",
  resolveId: (source, importer) =>
    source === "./lib/open" && importer?.endsWith("/App.svelte") ? join(import.meta.dirname, "open.ts") : null,
};

/** The dashboard over invented contacts; never shipped. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [invented, svelte({ configFile: "../svelte.config.js" })],
  base: "./",
  build: { target: "es2022", outDir: "../dist-dev", emptyOutDir: true, assetsInlineLimit: 0 },
});
