// The dashboard over invented contacts (web-demo/dev) in a headless Chromium.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { launch, serve, watch } from "../chromium.mjs";

const webDemo = resolve(import.meta.dirname, "../../../web-demo");
/** The policy of the built page. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";

/** Builds and serves the page under its policy; `open` loads it with parameters of dev/given.ts. */
export async function start() {
  // A folder of its own: test files run beside each other.
  const folder = mkdtempSync(join(tmpdir(), "invented-"));
  const options = ["--config", "dev/vite.config.ts", "--outDir", folder, "--logLevel", "error"];
  execFileSync("npm", ["exec", "vite", "build", "--", ...options], { cwd: webDemo, stdio: "inherit" });
  const site = await serve(folder, { policy });
  const browser = await launch();
  return {
    async open(parameters, hash = "#/inbox", shape = { viewport: { width: 1280, height: 800 } }) {
      const page = await (await browser.newContext(shape)).newPage();
      page.faults = watch(page);
      await page.goto(`${site.address}/?${new URLSearchParams(parameters)}${hash}`);
      return page;
    },
    async stop() {
      await browser.close();
      await site.close();
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
