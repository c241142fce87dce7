// A page in the system's Chromium, and a server of static files for it.
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";

import { chromium } from "playwright-core";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** The strictest policy under which the package works. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

/** Starts the browser. */
export function launch() {
  const named = process.env.CHATSIGNAL_CHROMIUM ?? PROGRAMS.find((program) => existsSync(program));
  if (named === undefined) throw new Error("install Chromium, or name it in CHATSIGNAL_CHROMIUM");
  return chromium.launch({ executablePath: named, args: FLAGS });
}

/** Serves a folder on a free port; `{ address, close() }`. */
export async function serve(folder, policy = POLICY) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    let file = join(folder, path);
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (!file.startsWith(folder) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": policy });
    response.end(readFileSync(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }),
  };
}

/** Opens an address, waits until the page has set `window.found`, and gives that; fails as the page does. */
export async function found(browser, address) {
  const page = await browser.newPage();
  const failures = [];
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
  try {
    await page.goto(address);
    await page.waitForFunction(() => window.found !== undefined, undefined, { timeout: 120_000 });
    const result = await page.evaluate(() => window.found);
    if (result.failure) throw new Error(`${result.failure}\n${failures.join("\n")}`);
    return result;
  } catch (error) {
    throw new Error(`${error.message}\n${failures.join("\n")}`);
  } finally {
    await page.close();
  }
}
