// The dashboard as people meet it: static files, or the service with a simulated business.
import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

export const root = join(import.meta.dirname, "../../..");
export const built = join(root, "web-demo/dist");

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Serves a folder as any static host does; gives its address and how to stop it. */
export async function serveFiles(folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((done) => server.close(done)),
  };
}

/** Starts `chatsignal demo --serve` with so many simulated contacts. */
export async function serveDemo(contacts) {
  const folder = mkdtempSync(join(tmpdir(), "chatsignal-page-"));
  const program = join(root, "target/debug/chatsignal");
  const demo = ["demo", "--db", join(folder, "demo.db"), "--contacts", String(contacts)];
  const child = spawn(program, [...demo, "--serve", "--listen", "127.0.0.1:0"], { cwd: folder });
  const address = await new Promise((found, failed) => {
    let said = "";
    const read = (chunk) => {
      said += chunk;
      const listening = /listens on (http:\/\/[\d.:]+)/.exec(said);
      if (listening) found(listening[1]);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.on("error", failed);
    child.on("exit", (code) => failed(new Error(`the service ended with ${code}: ${said}`)));
  });
  const stop = async () => {
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.on("exit", done));
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { address, stop };
}
