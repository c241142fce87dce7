/** WebAssembly modules: loaded once, when they are first needed. */
import { ModuleError } from "./errors.js";
import { bytesOf, type ByteSource } from "./source.js";

/** A WebAssembly module, compiled or not, or where to get it. */
export type ModuleSource = ByteSource | WebAssembly.Module;

/** The part of the generated JavaScript that starts a module. */
interface Glue {
  initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;
}

/**
 * One module with its generated JavaScript.
 *
 * @internal
 */
export class WasmHost<G extends Glue> {
  readonly #glue: G;
  readonly #name: string;
  #started = false;
  #starting: Promise<G> | undefined;
  #source: (() => ModuleSource | Promise<ModuleSource>) | undefined;
  #sourceSync: (() => Uint8Array) | undefined;

  constructor(name: string, glue: G) {
    this.#name = name;
    this.#glue = glue;
  }

  /** Says where the module comes from when nobody gives it. */
  setDefault(source: () => ModuleSource | Promise<ModuleSource>): void {
    this.#source ??= source;
  }

  /** The same on hosts that can wait for it. */
  setDefaultSync(source: () => Uint8Array): void {
    this.#source ??= source;
    this.#sourceSync ??= source;
  }

  /** Starts the module, once; `source` counts for the first call only. */
  async start(source?: ModuleSource): Promise<G> {
    if (this.#started) return this.#glue;
    this.#starting ??= this.#load(source).catch((error: unknown) => {
      // The next call may have more luck.
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Starts the module at once, from what is there already. */
  startSync(module?: Uint8Array | ArrayBuffer | WebAssembly.Module): G {
    if (this.#started) return this.#glue;
    const input = module ?? this.#sourceSync?.();
    if (input === undefined) throw this.#missing();
    this.#glue.initSync({ module: input as BufferSource | WebAssembly.Module });
    this.#started = true;
    return this.#glue;
  }

  /** The started module. */
  get(): G {
    if (!this.#started) return this.startSync();
    return this.#glue;
  }

  async #load(given?: ModuleSource): Promise<G> {
    const source = given ?? (await this.#source?.());
    if (source === undefined) throw this.#missing();
    const module =
      source instanceof WebAssembly.Module
        ? source
        : await WebAssembly.compile((await bytesOf(source)) as BufferSource);
    return this.startSync(module);
  }

  #missing(): ModuleError {
    const detail = `the module ${this.#name} is not loaded: await its init function first`;
    return new ModuleError("engine_unavailable", detail);
  }
}
