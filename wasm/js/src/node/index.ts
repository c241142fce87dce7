/** The package in Node: modules come from files beside this one. */
import { readFileSync } from "node:fs";
import "./files.js";
import { scoring, advising } from "../hosts.js";

scoring.setDefaultSync(() => readFileSync(new URL("../../wasm/chatsignal.wasm", import.meta.url)));
advising.setDefaultSync(() => readFileSync(new URL("../../wasm/chatsignal-advice.wasm", import.meta.url)));

export * from "../index.js";
