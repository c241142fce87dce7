/** WebAssembly modules: loaded once, when they are first needed. */
import { isEnd, ModuleError, said, translated, type ErrorCode } from "./errors.js";
import { bytesOf, type ByteSource } from "./source.js";

/** A WebAssembly module, compiled or not, or where to get it. */
export type ModuleSource = ByteSource | WebAssembly.Module;

/** What every module of this package exports, for its own JavaScript. */
const START = "__wbindgen_start";

/** The part of the generated JavaScript that starts a module. */
interface Glue {
  initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;
  /** A new instance of the compiled module; objects of the old one are refused from then on. */
  __wbg_reset_state(): void;
}

/**
 * The module of a source; `name` is that of its file, for errors.
 *
 * @internal
 */
export async function compiled(source: ModuleSource, name: string): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const bytes = await bytesOf(source);
  try {
    return await WebAssembly.compile(bytes as BufferSource);
  } catch (cause) {
    throw new ModuleError("engine_unavailable", `${name} cannot be compiled: ${said(cause)}`, { cause });
  }
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
  /** Whether the instance has come to an end, and there is no new one yet. */
  #ended = false;
  #life = 0;
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
    try {
      const module =
        input instanceof WebAssembly.Module ? input : new WebAssembly.Module(input as BufferSource);
      // The generated JavaScript keeps an instance before it finds that it is none of its own.
      if (!WebAssembly.Module.exports(module).some(({ name }) => name === START)) {
        throw new Error("it is another module");
      }
      this.#glue.initSync({ module });
    } catch (cause) {
      throw new ModuleError("engine_unavailable", `${this.#name} cannot be started: ${said(cause)}`, { cause });
    }
    this.#started = true;
    return this.#glue;
  }

  /** Changes when the module comes to an end: what was made in another life is gone. */
  get life(): number {
    return this.#life;
  }

  /**
   * Runs what calls the module. Errors come out as those of the package; `fallback` is the code of
   * one that the module gives no code. An instance that comes to an end is replaced by a new one.
   */
  call<T>(run: (glue: G) => T, fallback: ErrorCode = "invalid_field"): T {
    const glue = this.#get();
    try {
      return run(glue);
    } catch (error) {
      if (isEnd(error)) this.restart();
      throw translated(error, fallback);
    }
  }

  #get(): G {
    if (!this.#started) return this.startSync();
    if (this.#ended) this.#renew();
    return this.#glue;
  }

  /** Takes a new instance: the old one has come to an end, or a call was left in the middle. */
  restart(): void {
    this.#life += 1;
    this.#ended = true;
    try {
      this.#renew();
    } catch {
      // No memory for it now: the next call tries again.
    }
  }

  #renew(): void {
    this.#glue.__wbg_reset_state();
    this.#ended = false;
  }

  async #load(given?: ModuleSource): Promise<G> {
    const source = given ?? (await this.#source?.());
    if (source === undefined) throw this.#missing();
    return this.startSync(await compiled(source, this.#name));
  }

  #missing(): ModuleError {
    const detail = `the module ${this.#name} is not loaded: await its init function first`;
    return new ModuleError("engine_unavailable", detail);
  }
}

/**
 * An object in a module that is made again when the module has come to an end, from what is outside.
 *
 * @internal
 */
export class Lasting<G extends Glue, T extends { free(): void }> {
  readonly #host: WasmHost<G>;
  readonly #make: (glue: G) => T;
  #object: T;
  #life: number;

  /** Makes the object; `fallback` as in {@link WasmHost.call}. */
  constructor(host: WasmHost<G>, make: (glue: G) => T, fallback?: ErrorCode) {
    this.#host = host;
    this.#make = make;
    this.#object = host.call(make, fallback);
    this.#life = host.life;
  }

  /** Runs what calls the object (and others of its module). */
  call<R>(run: (object: T, glue: G) => R): R {
    return this.#host.call((glue) => {
      if (this.#life !== this.#host.life) {
        this.#object = this.#make(glue);
        this.#life = this.#host.life;
      }
      return run(this.#object, glue);
    });
  }

  /** Gives its memory back, where it has any. */
  free(): void {
    if (this.#life === this.#host.life) this.#host.call(() => this.#object.free());
  }
}
