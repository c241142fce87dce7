/** Something that is asked for: what came of it, for one card of a page. */
export class Resource<T> {
  value = $state.raw<T | null>(null);
  /** Why the last try failed; null when it did not. What came before stays. */
  error = $state.raw<unknown>(null);
  loading = $state(false);
  #turn = 0;

  constructor(readonly ask: () => Promise<T>) {
    void this.load();
  }

  /** Asks again; an older answer that comes later is dropped. */
  load = async (): Promise<void> => {
    const turn = ++this.#turn;
    this.loading = true;
    try {
      const value = await this.ask();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  };
}
