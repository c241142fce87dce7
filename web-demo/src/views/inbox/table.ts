/** The rows with what filters and searches read of them side by side, so that 50,000 are gone through within
 *  a frame. */
import { consentStates, fold, type Row } from "./rows";
import { risks, tiers } from "./levels";

/** Ids are looked through from this many characters on: shorter pieces are in most of them. */
const idFrom = 4;

/** Texts of all rows in one string, a line each: one search of the engine instead of one for every row. */
class Lines {
  readonly #text: string;
  readonly #starts: Uint32Array;

  constructor(texts: readonly string[]) {
    this.#text = texts.map((text) => `${text.replaceAll("\n", " ")}\n`).join("");
    this.#starts = new Uint32Array(texts.length + 1);
    for (let line = 0; line < texts.length; line += 1) {
      this.#starts[line + 1] = this.#starts[line]! + texts[line]!.length + 1;
    }
  }

  /** Marks the lines that have a piece of text; one that ends with a line's end has to stand there. */
  mark(piece: string, hits: Uint8Array): void {
    let line = 0;
    let at = this.#text.indexOf(piece);
    while (at >= 0) {
      while (this.#starts[line + 1]! <= at) line += 1;
      hits[line] = 1;
      at = this.#text.indexOf(piece, this.#starts[line + 1]!);
    }
  }
}

/** Rows, added one by one. */
export class Table {
  readonly rows: Row[] = [];
  /** Places in `tiers`, `risks` (-1 = no score) and `consentStates`. */
  readonly tier: number[] = [];
  readonly risk: number[] = [];
  readonly consent: number[] = [];
  readonly #byId = new Map<string, number>();
  #index: { readonly names: Lines; readonly ids: Lines; readonly phones: Lines } | null = null;

  constructor(rows: Iterable<Row> = []) {
    for (const row of rows) this.add(row);
  }

  /** Adds a row, and says at which index it is; one that is there already stays as it is. */
  add(row: Row): number {
    const known = this.#byId.get(row.id);
    if (known !== undefined) return known;
    const index = this.rows.push(row) - 1;
    this.#byId.set(row.id, index);
    this.consent.push(consentStates.indexOf(row.consent));
    this.refresh(index);
    this.#index = null;
    return index;
  }

  /** Reads all of a row again, after its contact has changed. */
  renew(index: number): void {
    this.consent[index] = consentStates.indexOf(this.rows[index]!.consent);
    this.refresh(index);
    this.#index = null;
  }

  /** The index of a contact; undefined when it is not there. */
  indexOf(id: string): number | undefined {
    return this.#byId.get(id);
  }

  /** Reads the levels of a row again, after its scores have changed. */
  refresh(index: number): void {
    const { lead, churn } = this.rows[index]!;
    const tier = tiers.findIndex((name) => name === lead?.label);
    this.tier[index] = tier < 0 ? tiers.indexOf("none") : tier;
    this.risk[index] = risks.findIndex((name) => name === churn?.label);
  }

  /** Makes what a search goes through: before the first one, so that no key press waits for it. */
  prepare() {
    return (this.#index ??= {
      names: new Lines(this.rows.map(({ folded }) => folded)),
      ids: new Lines(this.rows.map(({ id }) => id.toLowerCase())),
      phones: new Lines(this.rows.map(({ digits }) => digits)),
    });
  }

  /** Marks the rows with a part of the name, four or more characters of the id, or the end of the phone
   *  number; null when nothing is looked for. */
  find(query: string): Uint8Array | null {
    const text = fold(query.trim());
    if (text === "") return null;
    const hits = new Uint8Array(this.rows.length);
    const { names, ids, phones } = this.prepare();
    names.mark(text, hits);
    if (text.length >= idFrom) ids.mark(text, hits);
    const digits = /^[+\d\s().-]+$/.test(text) ? text.replace(/\D/g, "") : "";
    if (digits !== "") phones.mark(`${digits}\n`, hits);
    return hits;
  }
}
