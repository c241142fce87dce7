/** The package in Workers: modules are imported compiled. */
import chatsignalIngest from "../../wasm/chatsignal-ingest.wasm";
import { ingesting } from "../ingest/host.js";

ingesting.setDefault(() => chatsignalIngest);

export * from "../ingest/index.js";
