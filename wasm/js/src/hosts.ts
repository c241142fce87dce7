/** The modules of scoring and of advice. */
import * as adviceGlue from "./glue/chatsignal_wasm_advice.js";
import * as scoreGlue from "./glue/chatsignal_wasm.js";
import { WasmHost, type ModuleSource } from "./module.js";

/** @internal */
export const scoring = new WasmHost("chatsignal.wasm", scoreGlue);
/** @internal */
export const advising = new WasmHost("chatsignal-advice.wasm", adviceGlue);

/**
 * Loads the scoring module. Needed before anything else with `chatsignal/slim`; elsewhere it happens
 * by itself when the first model is loaded. Only the first call counts.
 *
 * @param source the module, or where to get it; that of this package when left out
 */
export async function init(source?: ModuleSource): Promise<void> {
  await scoring.start(source);
}

/** As {@link init}, at once: from bytes or a compiled module; in Node from this package. */
export function initSync(module?: Uint8Array | ArrayBuffer | WebAssembly.Module): void {
  scoring.startSync(module);
}

/** Loads the module of advice, as {@link init} does that of scoring. */
export async function initAdvice(source?: ModuleSource): Promise<void> {
  await advising.start(source);
}

/** As {@link initAdvice}, at once. */
export function initAdviceSync(module?: Uint8Array | ArrayBuffer | WebAssembly.Module): void {
  advising.startSync(module);
}
