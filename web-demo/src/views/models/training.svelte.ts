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
  /** Looks no longer. In the page that ends the training; a service goes on with it. */
  readonly leave: () => void;
}

/** The newest training of each kind that was begun here. Ask for it by `trainingOf`. */
export const trainings = new SvelteMap<Kind, Training>();

/** The newest training of a kind in a workspace; one of another workspace is not its. */
export function trainingOf(workspace: Workspace, kind: Kind): Training | undefined {
  const training = trainings.get(kind);
  return training?.workspace === workspace ? training : undefined;
}

/** Ends the trainings of every other workspace: nobody would see what they come to. */
export function keepTrainingsOf(workspace: Workspace | null): void {
  for (const [kind, training] of trainings) {
    if (training.workspace === workspace) continue;
    training.leave();
    trainings.delete(kind);
  }
}

/** How many trainings of each kind have ended: with each of them a version may have come. */
export const endings = new SvelteMap<Kind, number>();

/** Trains, until the job has ended. */
export async function beginTraining(workspace: Workspace, kind: Kind): Promise<void> {
  const cancelling = new AbortController();
  const cancel = () => cancelling.abort();
  const leave = () => {
    if (workspace.place === "page") cancel();
  };
  /** Whether it is still the one that is shown: it may have been left, or another one begun. */
  const mine = () => trainings.get(kind)?.cancel === cancel;
  const show = (change: Partial<Training>) => {
    const before = trainings.get(kind);
    if (before && mine()) trainings.set(kind, { ...before, ...change });
  };
  trainings.set(kind, { workspace, job: null, error: null, running: true, cancel, leave });
  try {
    const job = await workspace.train(kind, (change) => show({ job: change }), cancelling.signal);
    show({ job, running: false });
    if (job.promoted) campaign.outdate(workspace);
  } catch (error) {
    if (!isAbort(error)) show({ error, running: false });
    else if (mine()) trainings.delete(kind);
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
