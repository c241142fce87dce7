/** The package in pages and their bundlers: modules come from addresses beside this file. */
import { scoring, advising } from "../hosts.js";

scoring.setDefault(() => new URL("../../wasm/chatsignal.wasm", import.meta.url));
advising.setDefault(() => new URL("../../wasm/chatsignal-advice.wasm", import.meta.url));

export * from "../index.js";
