/** Training in the page: on a thread of its own, told in the form of the service's jobs. */
import trainUrl from "chatsignal/chatsignal-train.wasm?url";
import type { LogTraining } from "chatsignal/slim/train";
import TrainWorker from "$train-worker";
import { loadBytes } from "../bytes";
import type { Kind, TrainingJob } from "../types";
import { WorkspaceError } from "../types";
import type { PageLog } from "./log";
import type { TrainingNews, TrainingOrder } from "./train-worker";

/** Rows of each class, as the gate of the training counts them. */
interface Gate {
  readonly found: { readonly positives: number; readonly negatives: number };
  readonly required_per_class: number;
  readonly reason: string;
}

/** Trainings that were begun in this page. */
let jobs = 0;

/** Trains on a log and puts the version on its shelf; when the signal fires the thread is ended. */
export async function trainOnPage(
  log: PageLog,
  kind: Kind,
  onChange: (job: TrainingJob) => void,
  signal: AbortSignal,
): Promise<TrainingJob> {
  signal.throwIfAborted();
  const created = new Date();
  jobs += 1;
  const id = `page-${jobs}`;
  const job = (change: Partial<TrainingJob>): TrainingJob => {
    const now: TrainingJob = {
      job_id: id,
      model: kind,
      status: "training",
      stage: "",
      progress: 0,
      scheduled: false,
      created_at: created.toISOString(),
      attempts: 1,
      cancel_requested: false,
      elapsed_s: (Date.now() - created.getTime()) / 1000,
      ...change,
    };
    onChange(now);
    return now;
  };
  job({ stage: "starting" });
  const order: TrainingOrder = {
    module: await loadBytes(trainUrl),
    kind,
    events: log.lines(),
    champion: log.models.champion(kind),
    prior: log.models.file(kind, "prior"),
  };
  // It may have fired while the module was loaded: an event that is over is heard by nobody.
  signal.throwIfAborted();
  let [at, reached] = ["starting", 0];
  const onStep = (stage: string, share: number) => {
    // A stage within another one has no share of its own.
    reached = Math.max(reached, share);
    if (share > 0 || reached === 0) at = stage;
    job({ stage: at, progress: reached });
  };
  const trained = await run(order, onStep, signal);
  signal.throwIfAborted();
  const gate = trained.gate as unknown as Gate;
  if (trained.state === "refused") {
    const rows = (positives: number, negatives: number) => ({ positives, negatives });
    const required = rows(gate.required_per_class, gate.required_per_class);
    return job({ status: "refused", progress: 1, reason: trained.reason, required, found: rows(gate.found.positives, gate.found.negatives) });
  }
  const version = log.models.add(kind, trained);
  // Of a model of little data it is said, and what is lacking.
  const reason = trained.state === "provisional" ? `${trained.reason}; ${gate.reason}` : trained.reason;
  return job({ status: "succeeded", progress: 1, version, promoted: trained.promoted, reason });
}

function run(order: TrainingOrder, onStep: (stage: string, share: number) => void, signal: AbortSignal): Promise<LogTraining> {
  const worker = new TrainWorker();
  const ended = new Promise<LogTraining>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    worker.addEventListener("error", (event) => reject(failed(event.message)));
    worker.addEventListener("message", ({ data }: MessageEvent<TrainingNews>) => {
      if ("step" in data) onStep(data.step.stage, data.step.share);
      else if ("trained" in data) resolve(data.trained);
      else reject(failed(data.failure));
    });
    worker.postMessage(order);
  });
  return ended.finally(() => worker.terminate());
}

const failed = (detail: string): WorkspaceError => new WorkspaceError("training_failed", `The training failed: ${detail || "the thread ended"}`);
