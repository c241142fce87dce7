/** The package in Workers: modules are imported compiled. */
import chatsignalTrain from "../../wasm/chatsignal-train.wasm";
import { training } from "../train/host.js";

training.setDefault(() => chatsignalTrain);

export * from "../train/index.js";
