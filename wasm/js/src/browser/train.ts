/** The package in pages and their bundlers: modules come from addresses beside this file. */
import { training } from "../train/host.js";

training.setDefault(() => new URL("../../wasm/chatsignal-train.wasm", import.meta.url));

export * from "../train/index.js";
