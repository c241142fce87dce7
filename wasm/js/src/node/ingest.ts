/** The package in Node: modules come from files beside this one. */
import { readFileSync } from "node:fs";
import "./files.js";
import { ingesting } from "../ingest/host.js";

ingesting.setDefaultSync(() => readFileSync(new URL("../../wasm/chatsignal-ingest.wasm", import.meta.url)));

export * from "../ingest/index.js";
