/** Training at a service: asks for it and follows the job to its end. */
import type { Api } from "./api";
import { address } from "./api";
import { follow } from "./sse";
import type { Kind, TrainingJob } from "./types";
import { WorkspaceError } from "./types";

/** Whether the job goes no further. */
export function hasEnded({ status }: TrainingJob): boolean {
  return status === "succeeded" || status === "failed" || status === "refused" || status === "cancelled";
}

/** Trains; when the signal fires the job is cancelled. While the model has an open job, that one is followed. */
export async function train(
  api: Api,
  kind: Kind,
  onChange: (job: TrainingJob) => void,
  signal: AbortSignal,
): Promise<TrainingJob> {
  signal.throwIfAborted();
  // Not ended by the signal: a job that was accepted has to be known, so that it can be cancelled.
  const accepted = await api.call("post", "/api/v1/ml/training/train-model", { body: { model: kind }, once: true });
  const path = { job_id: accepted.job_id };
  let last: TrainingJob | null = null;
  const see = (job: TrainingJob) => {
    last = job;
    onChange(job);
    return !hasEnded(job);
  };
  await follow(api.http, {
    path: address("/api/v1/jobs/{job_id}/events", path),
    signal,
    onEvent: ({ data }) => see(JSON.parse(data) as TrainingJob),
  });
  if (signal.aborted) {
    await api.call("delete", "/api/v1/jobs/{job_id}", { path });
    throw signal.reason;
  }
  // The stream has an end of its own; the job's is asked for.
  if (!last) see(await api.call("get", "/api/v1/jobs/{job_id}", { path }));
  if (!last) throw new WorkspaceError("not_found", "The training job is gone.");
  return last;
}
