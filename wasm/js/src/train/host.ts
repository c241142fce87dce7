/** The module of training. */
import * as glue from "../glue/chatsignal_wasm_train.js";
import { WasmHost, type ModuleSource } from "../module.js";

/** @internal */
export const training = new WasmHost("chatsignal-train.wasm", glue);

/**
 * Loads the module of training.
 *
 * @param source the module, or where to get it; that of this package when left out
 */
export async function initTrain(source?: ModuleSource): Promise<void> {
  await training.start(source);
}

/** As {@link initTrain}, at once: from bytes or a compiled module; in Node from this package. */
export function initTrainSync(module?: Uint8Array | ArrayBuffer | WebAssembly.Module): void {
  training.startSync(module);
}
