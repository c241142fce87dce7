/** A model in the page behind the view's sliders: the smallest use of the package `chatsignal`. */
import scoringUrl from "chatsignal/chatsignal.wasm?url";
import { init, loadModel as load } from "chatsignal/slim";
import { loadBytes } from "./bytes";
import type { FeatureSchema, FeatureValues, Kind, LocalScorer } from "./types";
import { WorkspaceError } from "./types";

/** A model that was read from its file. Rows are features in the order of the schema, NaN is missing. */
export interface PageModel {
  /** The fingerprint of the features that it reads, like `x64:93c8bd2b72f47f75`. */
  readonly featureSetHash: string;
  /** Where the levels of the model itself begin, falling. */
  readonly cutoffs: readonly number[];
  /** Score or probability. */
  score(row: Float32Array): number;
  /** Its level, by cut-offs. */
  level(value: number, cutoffs: readonly number[]): string;
  /** `baseValue` plus all contributions is `margin`. */
  explain(row: Float32Array): {
    readonly baseValue: number;
    readonly margin: number;
    readonly contributions: ArrayLike<number>;
  };
}

/** Reads a model file (`.csm`). */
export async function loadModel(kind: Kind, bytes: Uint8Array): Promise<PageModel> {
  await init(await loadBytes(scoringUrl));
  const model = await load(bytes);
  if (model.kind !== kind) throw new WorkspaceError("model_unavailable", `The model is for ${model.kind}, not for ${kind}.`);
  return {
    featureSetHash: model.schemaFingerprint,
    cutoffs: model.cutoffs,
    score: (row) => model.value(row),
    level: (value, cutoffs) => model.levelOf(value, cutoffs) ?? "",
    explain: (row) => model.explain(row, 0),
  };
}

/** A scorer by feature name over a model by position. Levels begin at `cutoffs`; null: where the model says. */
export function localScorer(
  kind: Kind,
  schema: FeatureSchema,
  model: PageModel,
  cutoffs: readonly number[] | null,
): LocalScorer {
  if (model.featureSetHash !== schema.feature_set_hash) {
    throw new WorkspaceError("schema_mismatch", `The model reads other features (${model.featureSetHash}) than ${schema.feature_set}.`);
  }
  const names = schema.features.map((feature) => feature.name);
  // One row for every call: nothing is allocated at sixty frames a second but the answer.
  const row = new Float32Array(names.length);
  return {
    kind,
    ownCutoffs: model.cutoffs,
    score(values: FeatureValues) {
      names.forEach((name, index) => (row[index] = values[name] ?? NaN));
      const value = model.score(row);
      const label = model.level(value, cutoffs ?? model.cutoffs);
      const { baseValue, margin, contributions } = model.explain(row);
      const byName = Object.fromEntries(names.map((name, index) => [name, contributions[index] ?? 0]));
      return { value, label, baseValue, margin, contributions: byName };
    },
  };
}
