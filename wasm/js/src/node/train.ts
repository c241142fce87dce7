/** The package in Node: modules come from files beside this one. */
import { readFileSync } from "node:fs";
import "./files.js";
import { training } from "../train/host.js";

training.setDefaultSync(() => readFileSync(new URL("../../wasm/chatsignal-train.wasm", import.meta.url)));

export * from "../train/index.js";
