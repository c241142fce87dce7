/** Which rows of a long list stand in the document: those in sight and a few around them. */

/** A range of rows: `first` and the one after the last. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** Rows that are kept ready above and below those in sight. */
export const overscan = 6;

/** The rows to draw of `count` rows of one height; both in pixels. */
export function span(scrollTop: number, viewport: number, rowHeight: number, count: number): Span {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((scrollTop + viewport) / rowHeight) + overscan);
  return { first: Math.min(first, Math.max(0, count - 1)), end: Math.max(end, 0) };
}

/** Where to scroll so that a row is wholly in sight; the same place when it is already. */
export function reveal(index: number, scrollTop: number, viewport: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + viewport) return top + rowHeight - viewport;
  return scrollTop;
}

/** The row that a key moves to; null when the key moves nothing. */
export function moved(key: string, index: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const last = count - 1;
  const step = Math.max(1, page - 1);
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + step,
    PageUp: index - step,
    Home: 0,
    End: last,
  };
  const target = targets[key];
  return target === undefined ? null : Math.min(last, Math.max(0, target));
}
