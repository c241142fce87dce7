/** The module of ingest. */
import * as glue from "../glue/chatsignal_wasm_ingest.js";
import { WasmHost, type ModuleSource } from "../module.js";

/** @internal */
export const ingesting = new WasmHost("chatsignal-ingest.wasm", glue);

/**
 * Loads the module of ingest, before the first {@link EventLog} is made.
 *
 * @param source the module, or where to get it; that of this package when left out
 */
export async function initIngest(source?: ModuleSource): Promise<void> {
  await ingesting.start(source);
}

/** As {@link initIngest}, at once: from bytes or a compiled module; in Node from this package. */
export function initIngestSync(module?: Uint8Array | ArrayBuffer | WebAssembly.Module): void {
  ingesting.startSync(module);
}
