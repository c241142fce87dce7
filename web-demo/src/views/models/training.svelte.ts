/** Trainings that run: they go on when the view is left. */
import { SvelteMap } from "svelte/reactivity";
import { isAbort } from "../../lib/resource.svelte";
import { formatCount } from "../../lib/ui/format";
import type { Kind, TrainingJob, Workspace } from "../../lib/workspace/types";
import { campaign } from "../campaign/campaign.svelte";

export interface Training {
  readonly workspace: Workspace;
  /** None until the service has answered. */
  readonly job: TrainingJob | null;
  readonly error: unknown;
  readonly running: boolean;
  readonly cancel: () => void;
}

/** The newest training of each kind that was begun here. */
export const trainings = new SvelteMap<Kind, Training>();

/** How many trainings of each kind have ended: with each of them a version may have come. */
export const endings = new SvelteMap<Kind, number>();

/** Trains, until the job has ended. */
export async function beginTraining(workspace: Workspace, kind: Kind): Promise<void> {
  const cancelling = new AbortController();
  const show = (change: Partial<Training>) => {
    const before = trainings.get(kind);
    trainings.set(kind, { workspace, job: null, error: null, running: true, cancel: () => cancelling.abort(), ...before, ...change });
  };
  trainings.delete(kind);
  show({});
  try {
    const job = await workspace.train(kind, (change) => show({ job: change }), cancelling.signal);
    show({ job, running: false });
    if (job.promoted) campaign.outdate(workspace);
  } catch (error) {
    if (isAbort(error)) trainings.delete(kind);
    else show({ error, running: false });
  }
  endings.set(kind, (endings.get(kind) ?? 0) + 1);
}

/** What came of a job, for people. */
export function outcome(job: TrainingJob): string {
  const reason = job.reason ? ` (${job.reason})` : "";
  switch (job.status) {
    case "succeeded":
      return job.promoted ? `Version ${job.version} was trained and scores now${reason}.` : `Version ${job.version} was trained. It does not score yet${reason}.`;
    case "refused": {
      const { required, found } = job;
      if (!required || !found) return `There is too little data${reason}.`;
      return `There is too little data: ${formatCount(found.positives)} positive and ${formatCount(found.negatives)} negative rows of the ${formatCount(required.positives)} and ${formatCount(required.negatives)} that are needed.`;
    }
    case "failed":
      return `Training failed: ${job.error ?? "no reason was given"}.`;
    case "cancelled":
      return "Training was cancelled.";
    default:
      return "Training goes on.";
  }
}

/** What a job is doing, and for how much longer. */
export function standing({ status, stage, eta_s: eta }: TrainingJob): { label: string; detail: string } {
  const label = status === "queued" ? "Waiting for its turn" : stage || status;
  const left = eta == null ? "" : eta < 60 ? `about ${Math.max(Math.round(eta), 1)} s left` : `about ${Math.round(eta / 60)} min left`;
  return { label: label.charAt(0).toUpperCase() + label.slice(1), detail: left };
}
