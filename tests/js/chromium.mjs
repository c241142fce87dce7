// A page in the system's Chromium, and a server of static files for it. `CHATSIGNAL_CHROMIUM` names the
// program; `cargo xtask test` finds or installs one.
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
  ".svg": "image/svg+xml",
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

/**
 * Serves a folder (or several, by the start of the path) on a free port, with a policy or (null) without
 * one; `{ address, close() }`. `page` is
 * what stands at `/`, `take` is called with the body of each POST.
 */
export async function serve(folders, { policy = POLICY, page, take } = {}) {
  const places = typeof folders === "string" ? { "": folders } : folders;
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const headers = policy === null ? {} : { "content-security-policy": policy };
    if (request.method === "POST") {
      const pieces = [];
      request.on("data", (piece) => pieces.push(piece));
      request.on("end", () => {
        take(Buffer.concat(pieces));
        response.writeHead(200, headers).end();
      });
      return;
    }
    if (path === "/" && page !== undefined) {
      response.writeHead(200, { ...headers, "content-type": TYPES[".html"] }).end(page);
      return;
    }
    const start = Object.keys(places).find((start) => path.startsWith(`${start}/`));
    let file = start === undefined ? "" : join(places[start], path.slice(start.length));
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (start === undefined || !file.startsWith(places[start]) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "content-type": type }).end(readFileSync(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
      }),
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

/** Whatever goes wrong on a page without anybody looking: errors, refused content, requests elsewhere. An
 *  address that may be missing is no fault when it is. */
export function watch(page, allowed = () => true, mayMiss = () => false) {
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !mayMiss(message.location().url)) faults.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!allowed(request.url())) faults.push(`request: ${request.url()}`);
  });
  return faults;
}

/** Waits until nothing that is in sight is being loaded. */
export function settled(page) {
  const waiting = ".skeleton, [aria-busy=true]";
  return page.waitForFunction(
    (selector) => [...document.querySelectorAll(selector)].every((element) => !element.checkVisibility()),
    waiting,
  );
}
