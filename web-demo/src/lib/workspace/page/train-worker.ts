/** A thread on which one model is trained: it blocks for as long as that takes, and is ended to cancel it. */
import { initTrain, trainOnLog, type LogTraining } from "chatsignal/slim/train";
import type { Kind } from "../types";

/** What to train, once. */
export interface TrainingOrder {
  /** The module's bytes: a page that may open no connection has them already. */
  readonly module: Uint8Array;
  readonly kind: Kind;
  /** Canonical events, a line each. */
  readonly events: Uint8Array;
  readonly champion: Uint8Array | undefined;
  readonly prior: Uint8Array;
}

/** What the thread tells. */
export type TrainingNews =
  | { readonly step: { readonly stage: string; readonly share: number } }
  | { readonly trained: LogTraining }
  | { readonly failure: string };

const tell = (news: TrainingNews): void => postMessage(news);

addEventListener("message", ({ data }: MessageEvent<TrainingOrder>) => {
  void train(data).catch((error: unknown) => tell({ failure: error instanceof Error ? error.message : String(error) }));
});

async function train({ module, kind, events, champion, prior }: TrainingOrder): Promise<void> {
  await initTrain(module);
  const onStep = (stage: string, share: number) => tell({ step: { stage, share } });
  tell({ trained: trainOnLog(kind, events, { champion, prior, onStep }) });
}
