/** Files as sources: addresses of files, and text that is no address but a path. */
import { readFile } from "node:fs/promises";
import { ModuleError, said } from "../errors.js";
import { readFilesWith } from "../source.js";

/** A scheme has two letters or more: one is a drive. */
const ADDRESS = /^[a-z][a-z0-9+.-]+:/i;

readFilesWith((source) => {
  const scheme = source instanceof URL ? source.protocol : ADDRESS.exec(source)?.[0].toLowerCase();
  if (scheme === undefined) return read(source);
  return scheme === "file:" ? read(new URL(source)) : undefined;
});

async function read(file: URL | string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "not_found" : "engine_unavailable";
    throw new ModuleError(code, `${file} cannot be read: ${said(cause)}`, { cause });
  }
}
