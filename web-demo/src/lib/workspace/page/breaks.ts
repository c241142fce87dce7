/** Long work in pieces, so that the page answers in between. */

/** Longest piece, milliseconds: half of a frame. */
const pieceMs = 8;

export class Breaks {
  #began = performance.now();

  /** Whether the piece has been long enough. */
  due(): boolean {
    return performance.now() - this.#began >= pieceMs;
  }

  /** Lets the page answer; throws when the work is given up. */
  async take(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resume) => setTimeout(resume));
    signal?.throwIfAborted();
    this.#began = performance.now();
  }

  async takeIfDue(signal?: AbortSignal): Promise<void> {
    if (this.due()) await this.take(signal);
  }
}
