/** Something that is loaded: its value, its failure, and whether it is on its way. */
export class Resource<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  #turn = 0;

  /** Loads; of several at once the last one counts. What was there stays until the new value comes,
   *  unless it is of something else (`fresh`). */
  async load(work: () => Promise<T>, fresh = true): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    this.error = null;
    if (fresh) this.value = null;
    try {
      const value = await work();
      if (turn === this.#turn) this.value = value;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }
}

/** Whether an error only says that somebody cancelled. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
