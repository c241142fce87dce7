/** The package in Workers: modules are imported compiled. */
import chatsignal from "../../wasm/chatsignal.wasm";
import chatsignalAdvice from "../../wasm/chatsignal-advice.wasm";
import { scoring, advising } from "../hosts.js";

scoring.setDefault(() => chatsignal);
advising.setDefault(() => chatsignalAdvice);

export * from "../index.js";
