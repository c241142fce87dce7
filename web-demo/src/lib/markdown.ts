/** The part of Markdown that model cards use, as plain data: what is no mark stays text, so that nothing
 *  in a card can become an element or an address. */

/** A run of text. */
export interface Run {
  readonly text: string;
  readonly mark: "strong" | "code" | null;
}

export type Line = readonly Run[];

export type Block =
  | { readonly type: "heading"; readonly level: number; readonly line: Line }
  | { readonly type: "paragraph"; readonly line: Line }
  | { readonly type: "list"; readonly items: readonly Line[] }
  | { readonly type: "table"; readonly header: readonly Line[]; readonly rows: readonly (readonly Line[])[] };

/** Marks within a line; a link is its text, a picture is left out. */
export function parseLine(text: string): Line {
  const runs: Run[] = [];
  const plain = text.replace(/!\[[^\]]*\]\([^)]*\)/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  let from = 0;
  for (const match of plain.matchAll(/\*\*(.+?)\*\*|`([^`]+)`/g)) {
    if (match.index > from) runs.push({ text: plain.slice(from, match.index), mark: null });
    const [whole, strong, code] = match;
    runs.push(strong === undefined ? { text: code ?? "", mark: "code" } : { text: strong, mark: "strong" });
    from = match.index + whole.length;
  }
  if (from < plain.length) runs.push({ text: plain.slice(from), mark: null });
  return runs;
}

const cells = (line: string): Line[] =>
  line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => parseLine(cell.trim().replaceAll("\\|", "|")));

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = source.split(/\r\n|[\r\n\u2028\u2029]/);
  for (let at = 0; at < lines.length; ) {
    /** Takes lines as long as they are of a kind. */
    const take = (is: (line: string) => boolean): string[] => {
      const from = at;
      while (at < lines.length && is(lines[at]!)) at++;
      return lines.slice(from, at);
    };
    const line = lines[at]!;
    const heading = /^(#{1,6}) +(.*)$/.exec(line);
    if (line.trim() === "") at++;
    else if (heading) {
      blocks.push({ type: "heading", level: heading[1]!.length, line: parseLine(heading[2]!) });
      at++;
    } else if (isItem(line)) {
      blocks.push({ type: "list", items: take(isItem).map((item) => parseLine(item.replace(/^\s*[*-] +/, ""))) });
    } else if (isRow(line)) {
      const [header = "", ...rest] = take(isRow);
      const rows = rest.filter((row) => !/^[|\s:-]+$/.test(row));
      blocks.push({ type: "table", header: cells(header), rows: rows.map(cells) });
    } else {
      // One line at least, whatever stands in it: every turn goes on.
      at++;
      const text = [line, ...take((next) => next.trim() !== "" && !isItem(next) && !isRow(next) && !/^#{1,6} /.test(next))];
      const run = parseLine(text.join(" ").trim());
      if (run.some(({ text: part }) => part.trim() !== "")) blocks.push({ type: "paragraph", line: run });
    }
  }
  return withoutEmpty(blocks);
}

const isItem = (line: string): boolean => /^\s*[*-] +/.test(line);
const isRow = (line: string): boolean => /^\s*\|/.test(line);

/** Headings with nothing below them (their pictures are drawn elsewhere) go. */
function withoutEmpty(blocks: Block[]): Block[] {
  return blocks.filter((block, index) => {
    if (block.type !== "heading") return true;
    const next = blocks[index + 1];
    return next !== undefined && !(next.type === "heading" && next.level <= block.level);
  });
}
