/** The package in pages and their bundlers: modules come from addresses beside this file. */
import { ingesting } from "../ingest/host.js";

ingesting.setDefault(() => new URL("../../wasm/chatsignal-ingest.wasm", import.meta.url));

export * from "../ingest/index.js";
