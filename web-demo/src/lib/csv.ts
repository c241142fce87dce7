/** Tables as CSV (RFC 4180) that a spreadsheet opens without running anything in them, whichever separator
 *  it takes: a semicolon or a tab within a text begins a cell in some countries. */

export type Cell = string | number | null;

/** Tells spreadsheets that the text is UTF-8. */
const byteOrderMark = "\uFEFF";

/** Where a cell may begin with what spreadsheets take for a formula, also after white space or a quote, or in
 *  full width. */
const formula = /(^|[;\t\r\n])(?=[\s\uFEFF"]*[=+\-@|%＝＋－＠])|^(?=[\s\uFEFF]*[\t\r])/g;

function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  // An apostrophe makes text of it.
  const text = cell.replace(formula, "$1'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text of the file: lines with CRLF, the header first. */
export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return byteOrderMark + [header, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}
