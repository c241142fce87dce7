/** The package without a module of its own: give it to `init`. */
export * from "./index.js";
