/** The models of one log in the page: the shipped ones, and the versions that are trained on it. They last as
 *  long as the page; a version can be kept as a file. */
import type { LogTraining } from "chatsignal/slim/train";
import type { Evaluation } from "../evaluation";
import { readEvaluation } from "../evaluation";
import type { Importance, ImportanceMethod, Kind, ModelVersion } from "../types";
import { kinds, WorkspaceError } from "../types";
import type { Engine } from "./engine";
import { importanceOf, shippedCards, shippedMetadata, type Metadata } from "./shipped";

/** The version that the shipped model goes by. */
const prior = "prior";

/** A version that was trained here. */
interface Trained {
  readonly version: string;
  readonly state: string;
  readonly createdAt: string;
  readonly file: Uint8Array;
  readonly card: Metadata;
  readonly markdown: string;
}

/** The versions of one kind. */
interface Shelf {
  readonly trained: readonly Trained[];
  /** The version that scores, and the one that did before it. */
  readonly champion: string;
  readonly previous: string | null;
}

export class PageModels {
  readonly #shelves = new Map<Kind, Shelf>(kinds.map((kind) => [kind, { trained: [], champion: prior, previous: null }]));

  constructor(private readonly engine: Engine) {}

  /** The version that scores. */
  serving(kind: Kind): string {
    return this.#shelf(kind).champion;
  }

  /** The file of the model that scores, or of a version. */
  file(kind: Kind, version = this.serving(kind)): Uint8Array {
    return version === prior ? this.engine.models[kind] : this.#trained(kind, version).file;
  }

  /** The file of the model that a new version has to beat: the one that scores, also when it is the shipped one
   *  that somebody went back to; none until a version has scored. */
  champion(kind: Kind): Uint8Array | undefined {
    const { champion, previous } = this.#shelf(kind);
    return champion === prior && previous === null ? undefined : this.file(kind);
  }

  /** Takes in what a training came to; its version. It scores from now on if it is better. */
  add(kind: Kind, { bytes, card, markdown, state, promoted }: LogTraining): string {
    if (bytes === null || card === null || markdown === null) throw new Error("a refused training has no model");
    const { trained } = this.#shelf(kind);
    const version = String(trained.length + 1);
    const one: Trained = { version, state, createdAt: new Date().toISOString(), file: bytes, card: card as unknown as Metadata, markdown };
    this.#shelves.set(kind, { ...this.#shelf(kind), trained: [one, ...trained] });
    if (promoted) this.activate(kind, version);
    return version;
  }

  /** Lets a version score. */
  activate(kind: Kind, version: string): void {
    const shelf = this.#shelf(kind);
    if (version === shelf.champion) return;
    if (version !== prior) this.#trained(kind, version);
    this.#shelves.set(kind, { ...shelf, champion: version, previous: shelf.champion });
  }

  /** The versions that were trained here, newest first; behind them the shipped model, once there are any. */
  versions(kind: Kind): ModelVersion[] {
    const { trained, champion, previous } = this.#shelf(kind);
    if (trained.length === 0) return [];
    const shipped = { version: prior, state: prior, createdAt: null, card: shippedMetadata[kind] };
    return [...trained, shipped].map(({ version, state, createdAt, card: { evaluation } }) => ({
      version,
      state,
      aliases: [...(version === champion ? ["champion"] : []), ...(version === previous ? ["previous"] : [])],
      created_at: createdAt,
      trained_through: new Date(evaluation.counts.data_until_ms).toISOString(),
      metrics: Object.fromEntries(Object.entries(evaluation.metrics).flatMap(([name, figure]) => (figure ? [[name, figure.value]] : []))),
      simulated: evaluation.simulated,
      damaged: false,
      shadow: null,
    }));
  }

  evaluation(kind: Kind, version: string): Evaluation | null {
    return readEvaluation(this.#metadata(kind, version));
  }

  /** What weighs in the model that scores. */
  importance(kind: Kind, method: ImportanceMethod): Importance {
    const version = this.serving(kind);
    const state = version === prior ? prior : this.#trained(kind, version).state;
    return importanceOf(this.#metadata(kind, version), kind, { version, state }, method, this.engine.schemas[kind]);
  }

  card(kind: Kind, version: string): string {
    return version === prior ? shippedCards[kind] : this.#trained(kind, version).markdown;
  }

  #metadata(kind: Kind, version: string): Metadata {
    return version === prior ? shippedMetadata[kind] : this.#trained(kind, version).card;
  }

  #trained(kind: Kind, version: string): Trained {
    const found = this.#shelf(kind).trained.find((one) => one.version === version);
    if (!found) throw new WorkspaceError("not_found", `There is no version ${version} in this page.`);
    return found;
  }

  #shelf(kind: Kind): Shelf {
    return this.#shelves.get(kind)!;
  }
}
