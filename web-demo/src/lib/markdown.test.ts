import { expect, test } from "vitest";
import { parseLine, parseMarkdown } from "./markdown";

const plain = (text: string) => [{ text, mark: null }];

test("headings, paragraphs, lists and tables", () => {
  expect(parseMarkdown("# A\n\none\ntwo\n\n* x\n* y\n\n| h | i |\n|---|---|\n| 1 | a\\|b |\n")).toEqual([
    { type: "heading", level: 1, line: plain("A") },
    { type: "paragraph", line: plain("one two") },
    { type: "list", items: [plain("x"), plain("y")] },
    { type: "table", header: [plain("h"), plain("i")], rows: [[plain("1"), plain("a|b")]] },
  ]);
});

test("bold and code are marks; links are their text, pictures nothing", () => {
  expect(parseLine("**b** and `c` [t](javascript:x) ![p](q)")).toEqual([
    { text: "b", mark: "strong" },
    { text: " and ", mark: null },
    { text: "c", mark: "code" },
    { text: " t ", mark: null },
  ]);
});

test("elements stay text", () => {
  const evil = '<img src=x onerror="alert(1)">';
  expect(parseMarkdown(evil)).toEqual([{ type: "paragraph", line: plain(evil) }]);
});

test("a heading over pictures alone is left out", () => {
  expect(parseMarkdown("## Plots\n\n![a](a.svg)\n![b](b.svg)\n\n## Limits\n\ntext")).toEqual([
    { type: "heading", level: 2, line: plain("Limits") },
    { type: "paragraph", line: plain("text") },
  ]);
});

test("every kind of line end ends a line", () => {
  const blocks = [
    { type: "heading", level: 1, line: plain("a") },
    { type: "paragraph", line: plain("b c") },
  ];
  for (const end of ["\n", "\r\n", "\r", "\u2028", "\u2029"]) expect(parseMarkdown(`# a${end}b${end}c`)).toEqual(blocks);
});

test("any text ends", () => {
  for (const text of ["", "|", "*", "* ", "#", "# ", "**", "`", "\n\n", "| |\n# x\n- ", "[](", "#".repeat(9)]) {
    expect(() => parseMarkdown(text)).not.toThrow();
  }
});
