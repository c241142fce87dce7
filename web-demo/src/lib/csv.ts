/** Tables as CSV (RFC 4180) that a spreadsheet opens without running anything in them. */

export type Cell = string | number | null;

/** What spreadsheets take as the beginning of a formula, also after white space or in full width. */
const formula = /^[\s\uFEFF]*[=+\-@\t\r|%＝＋－＠]/;

function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  // An apostrophe makes text of it.
  const text = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines with CRLF, the header first. */
export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}
