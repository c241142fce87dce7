// The dashboard over invented contacts (web-demo/dev) in a headless Chromium.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { chromium } from "playwright-core";

const webDemo = resolve(import.meta.dirname, "../../../web-demo");
const executablePath = process.env.CHATSIGNAL_CHROMIUM ?? "/usr/bin/chromium";
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
/** Nothing in the background: what is measured is the page. */
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Why these tests cannot run here; false when they can. */
export const missing = existsSync(executablePath) ? false : `no Chromium at ${executablePath}`;

/** Builds and serves the page under its policy; `open` loads it with parameters of dev/given.ts. */
export async function start() {
  // A folder of its own: test files run beside each other.
  const folder = mkdtempSync(join(tmpdir(), "invented-"));
  const options = ["--config", "dev/vite.config.ts", "--outDir", folder, "--logLevel", "error"];
  execFileSync("npm", ["exec", "vite", "build", "--", ...options], { cwd: webDemo, stdio: "inherit" });
  const server = createServer((request, response) => {
    const file = join(folder, new URL(request.url, "http://page").pathname.replace(/\/$/, "/index.html"));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
    });
    response.end(readFileSync(file));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const browser = await chromium.launch({ executablePath, args: quiet });
  return {
    async open(parameters, hash = "#/inbox", shape = { viewport: { width: 1280, height: 800 } }) {
      const page = await (await browser.newContext(shape)).newPage();
      page.faults = [];
      page.on("pageerror", (error) => page.faults.push(error.message));
      page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
      await page.goto(`http://127.0.0.1:${server.address().port}/?${new URLSearchParams(parameters)}${hash}`);
      return page;
    },
    async stop() {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Milliseconds of the main thread's own time that one of `count` steps of some work takes: other programs
 *  of a busy machine do not count. */
export async function ownTime(page, count, work) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const task = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
  const before = await task();
  await work();
  const after = await task();
  await session.detach();
  return ((after - before) * 1000) / count;
}
