// The service with a simulated business, as people start it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

/** Starts `chatsignal demo --serve` with so many simulated contacts. */
export async function serveDemo(contacts) {
  const folder = mkdtempSync(join(tmpdir(), "chatsignal-page-"));
  const program = process.env.CHATSIGNAL ?? join(root, "target/debug/chatsignal");
  const demo = ["demo", "--db", join(folder, "demo.db"), "--contacts", String(contacts)];
  const child = spawn(program, [...demo, "--serve", "--listen", "127.0.0.1:0"], { cwd: folder });
  const address = await new Promise((found, failed) => {
    let said = "";
    const read = (chunk) => {
      said += chunk;
      // A line may come in pieces: the address ends where something follows it.
      const listening = /listens on (http:\/\/[\d.]+:\d+)\s/.exec(said);
      if (listening) found(listening[1]);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.on("error", failed);
    child.on("exit", (code) => failed(new Error(`the service ended with ${code}: ${said}`)));
  });
  const close = async () => {
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.on("exit", done));
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { address, close };
}
