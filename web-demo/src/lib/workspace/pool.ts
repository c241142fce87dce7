/** Work on many items, a few at a time: a browser opens six connections to a host, and one of them is
 *  the live stream's. */
export const parallel = 5;

/** The results in the order of the items; the first failure ends the work. */
export async function pool<T, R>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal: AbortSignal,
  onDone: (done: number) => void = () => {},
  atOnce = parallel,
): Promise<R[]> {
  signal.throwIfAborted();
  const results = new Array<R>(items.length);
  const failed = new AbortController();
  const inner = AbortSignal.any([signal, failed.signal]);
  let [next, done] = [0, 0];
  const run = async () => {
    while (next < items.length) {
      const index = next++;
      inner.throwIfAborted();
      results[index] = await work(items[index]!, inner);
      onDone(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, run));
  } catch (error) {
    // The others are told to stop: nobody waits for them any more.
    failed.abort();
    throw error;
  }
  return results;
}
