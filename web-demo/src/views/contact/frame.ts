/** Work that is done at most once a frame, within a budget: sliders re-score with it. */

/** What the browser gives, replaceable in tests. */
export interface FrameClock {
  request(callback: () => void): number;
  cancel(handle: number): void;
  /** Milliseconds. */
  now(): number;
}

const browserClock: FrameClock = {
  request: (callback) => requestAnimationFrame(callback),
  cancel: (handle) => cancelAnimationFrame(handle),
  now: () => performance.now(),
};

/** A frame of a screen of 60 Hz, milliseconds. */
export const frameBudget = 16;

/** Runs `work` in the next frame, however often it is asked to. Work that took longer than the budget
 *  lets as many frames pass as it took, so that the page stays in hand. */
export class FrameLoop {
  /** Duration of the last run, milliseconds. */
  lastMs = 0;
  #handle: number | null = null;
  #rest = 0;

  constructor(
    readonly work: () => void,
    readonly clock: FrameClock = browserClock,
  ) {}

  /** Asks for a run. */
  request(): void {
    this.#handle ??= this.clock.request(this.#frame);
  }

  /** Drops what was asked for. */
  stop(): void {
    if (this.#handle !== null) this.clock.cancel(this.#handle);
    this.#handle = null;
  }

  readonly #frame = (): void => {
    this.#handle = null;
    if (this.#rest > 0) {
      this.#rest -= 1;
      this.request();
      return;
    }
    const begin = this.clock.now();
    this.work();
    this.lastMs = this.clock.now() - begin;
    this.#rest = this.lastMs > frameBudget ? Math.ceil(this.lastMs / frameBudget) : 0;
  };
}
