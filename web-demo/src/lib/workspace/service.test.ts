import { expect, test, vi } from "vitest";
import { Api } from "./api";
import { Http } from "./http";
import { ServiceWorkspace } from "./service";
import type { LiveChange, TrainingJob } from "./types";

vi.mock("./scorer", async (original) => ({
  ...(await original<typeof import("./scorer")>()),
  loadModel: async () => ({
    featureSetHash: "x64:1",
    cutoffs: [75, 50, 25],
    score: () => 60,
    level: (_: number, [hot]: readonly number[]) => (60 >= hot! ? "hot" : "warm"),
    explain: () => ({ baseValue: 0, margin: 0, contributions: [] }),
  }),
}));

type Route = (url: URL, init: RequestInit) => Response | Promise<Response>;

/** A service with these routes ("METHOD /path"), besides what opening asks for. */
async function workspace(routes: Record<string, Route>) {
  const asked: string[] = [];
  const all: Record<string, Route> = {
    "GET /api/v1/me": () => Response.json({ tenant: "shop", scopes: ["score"], now: "" }),
    "GET /api/v1/contacts": () => Response.json({ contacts: [], total: 0, next_cursor: null }),
    "GET /api/v1/registry/lead/aliases": () => Response.json({ champion: null, serving: "prior" }),
    "GET /api/v1/registry/churn/aliases": () => Response.json({ champion: null, serving: "prior" }),
    "GET /api/v1/registry/engagement/aliases": () => Response.json({ champion: null, serving: "prior" }),
    ...routes,
  };
  const http = new Http("", { get: () => null, ask: async () => null }, async (path, init) => {
    const url = new URL(path, "http://service");
    const name = `${init.method} ${url.pathname}`;
    asked.push(name);
    const route = all[name];
    return route ? route(url, init) : Response.json({ type: "/", title: name, status: 404, code: "not_found" }, { status: 404 });
  });
  return { open: await ServiceWorkspace.open(new Api(http)), asked };
}

const never = new AbortController().signal;

test("the tenant names the workspace; nothing is called simulated without a sign", async () => {
  const { open } = await workspace({});
  expect([open.title, open.simulated, open.scopes]).toEqual(["shop", false, ["score"]]);
});

test("events of the simulator tell that the data are simulated, though nothing was trained on them", async () => {
  const simulated = async (source: string): Promise<boolean> => {
    const { open } = await workspace({
      "GET /api/v1/contacts": () => Response.json({ contacts: [{ contact_id: "a" }], total: 1, next_cursor: null }),
      "GET /api/v1/contacts/a/events": () => Response.json({ events: [{ source }] }),
    });
    return open.simulated;
  };
  expect([await simulated("simulator"), await simulated("chatwoot")]).toEqual([true, false]);
});

test("a champion tells it too, however many versions came after it; what may not be read tells nothing", async () => {
  const refused = () => Response.json({ type: "/", title: "No", status: 403, code: "forbidden" }, { status: 403 });
  const { open } = await workspace({
    "GET /api/v1/contacts": refused,
    "GET /api/v1/registry/churn/aliases": () => Response.json({ champion: "2", serving: "2" }),
    "GET /api/v1/registry/churn/versions/2": () => Response.json({ version: "2", simulated: true }),
  });
  expect(open.simulated).toBe(true);
});

test("contacts come page by page, to the last one", async () => {
  const pages: Record<string, object> = {
    first: { contacts: [{ contact_id: "a" }], total: 2, next_cursor: "n" },
    n: { contacts: [{ contact_id: "b" }], total: 2, next_cursor: null },
  };
  const { open } = await workspace({ "GET /api/v1/contacts": (url) => Response.json(pages[url.searchParams.get("cursor") ?? "first"]) });
  const ids: string[] = [];
  await open.loadContacts((block, total) => ids.push(...block.map((one) => `${one.contact_id}/${total}`)), never);
  expect(ids).toEqual(["a/2", "b/2"]);
});

test("settings are changed only as they were seen", async () => {
  let sent: Headers | null = null;
  const { open } = await workspace({
    "GET /api/v1/settings": () => Response.json({}, { headers: { etag: '"1"' } }),
    "PATCH /api/v1/settings": (_, init) => {
      sent = new Headers(init.headers);
      return Response.json({}, { headers: { etag: '"2"' } });
    },
  });
  await open.settings();
  await open.saveSettings({ currency: "EUR" });
  expect(sent!.get("if-match")).toBe('"1"');
  await open.saveSettings({ currency: "USD" });
  expect(sent!.get("if-match")).toBe('"2"');
});

test("changes of scores are told, and so is what was missed", async () => {
  const gone = { contact_id: "b", reason: "erased" };
  const body = `event: score\ndata: {"contact_id":"a"}\n\nevent: withdrawn\ndata: ${JSON.stringify(gone)}\n\nevent: gap\ndata: {"missed":3}\n\n`;
  const { open } = await workspace({ "GET /api/v1/stream": () => new Response(body) });
  const seen: (LiveChange | null)[] = [];
  const stop = open.watch((change) => seen.push(change));
  await expect.poll(() => seen.length).toBeGreaterThanOrEqual(3);
  stop();
  expect(seen.slice(0, 3)).toEqual([{ contact_id: "a" }, gone, null]);
});

test("events are counted over the pieces of a file, and refusals have the file's lines", async () => {
  let piece = 0;
  const { open } = await workspace({
    "POST /api/v1/events": (_, init) => {
      const lines = String(init.body).trimEnd().split("\n").length;
      const errors = piece++ === 1 ? [{ line: 1, field: "v", reason: "is missing" }] : [];
      return Response.json({ accepted: lines - errors.length, duplicates: 0, erased: 0, rejected: errors.length, errors });
    },
  });
  const line = `{"contact_id":"a","t":"${"x".repeat(1000)}"}\n`;
  const progress: number[] = [];
  const file = new File([line.repeat(3000)], "e.ndjson");
  const report = await open.importFile(file, ({ done }) => progress.push(done), never);
  expect(report).toMatchObject({ accepted: 2999, rejected: 1, contacts: 1 });
  expect(piece).toBeGreaterThan(1);
  const [place] = report.rejects;
  expect(Number(/^Line (\d+), v$/.exec(place?.place ?? "")?.[1])).toBeGreaterThan(1000);
  expect(progress.at(-1)).toBe(file.size);
});

const event = (name: string, job: object) => `event: ${name}\ndata: ${JSON.stringify(job)}\n\n`;

test("a training is followed to its end", async () => {
  const { open } = await workspace({
    "POST /api/v1/ml/training/train-model": () => Response.json({ job_id: "j" }, { status: 202 }),
    "GET /api/v1/jobs/j/events": () => new Response(event("progress", { status: "training" }) + event("end", { status: "succeeded", version: "2" })),
  });
  const seen: string[] = [];
  const job = await open.train("churn", ({ status }) => seen.push(status), never);
  expect(seen).toEqual(["training", "succeeded"]);
  expect(job.version).toBe("2");
});

test("who cancels a training cancels the job", async () => {
  const cancel = new AbortController();
  const { open, asked } = await workspace({
    "POST /api/v1/ml/training/train-model": () => Response.json({ job_id: "j" }, { status: 202 }),
    "GET /api/v1/jobs/j/events": () => new Response(event("progress", { status: "training" })),
    "DELETE /api/v1/jobs/j": () => Response.json({ status: "training", cancel_requested: true }),
  });
  const training = open.train("churn", (_: TrainingJob) => cancel.abort(), cancel.signal);
  await expect(training).rejects.toMatchObject({ name: "AbortError" });
  expect(asked.at(-1)).toBe("DELETE /api/v1/jobs/j");
});

test("who cancels while a training is asked for cancels the job that was accepted", async () => {
  const cancel = new AbortController();
  const { open, asked } = await workspace({
    "POST /api/v1/ml/training/train-model": async () => {
      cancel.abort();
      return Response.json({ job_id: "j" }, { status: 202 });
    },
    "DELETE /api/v1/jobs/j": () => Response.json({ status: "queued", cancel_requested: true }),
  });
  await expect(open.train("churn", () => {}, cancel.signal)).rejects.toMatchObject({ name: "AbortError" });
  expect(asked.at(-1)).toBe("DELETE /api/v1/jobs/j");
});

test("a model is read once, until another version serves, and its levels begin where the team says", async () => {
  const schema = { feature_set: "lead/1", feature_set_hash: "x64:1", features: [] };
  let serving = "1";
  let lead_cutoffs: object | null = null;
  const { open, asked } = await workspace({
    "GET /api/v1/features/lead/schema": () => Response.json(schema),
    "GET /api/v1/registry/lead/aliases": () => Response.json({ serving }),
    "GET /api/v1/registry/lead/versions/1/file": () => new Response("first"),
    "GET /api/v1/registry/lead/versions/2/file": () => new Response("second"),
    "GET /api/v1/settings": () => Response.json({ lead_cutoffs }),
  });
  const files = () => asked.filter((name) => name.endsWith("/file")).length;
  expect((await open.scorer("lead")).score({}).label).toBe("warm");
  lead_cutoffs = { hot: 60, warm: 40, cold: 20 };
  const again = await open.scorer("lead");
  expect([again.score({}).label, again.ownCutoffs]).toEqual(["hot", [75, 50, 25]]);
  expect(files()).toBe(1);
  serving = "2";
  await open.scorer("lead");
  expect(files()).toBe(2);
});

test("send times are planned page by page, without who was erased meanwhile", async () => {
  const ids = Array.from({ length: 600 }, (_, at) => `c${at}`);
  const { open, asked } = await workspace({
    "POST /api/v1/ml/models/engagement-prediction/optimal-time/batch": (_, init) => {
      const { contacts } = JSON.parse(String(init.body)) as { contacts: { contact_id: string }[] };
      const results = contacts.map(({ contact_id }, index) =>
        contact_id === "c3" ? { index, error: { status: 404, code: "not_found" } } : { index, result: { hourly: [], optimal_hour: null } },
      );
      return Response.json({ results, summary: {} });
    },
  });
  const told: number[] = [];
  const hours = await open.sendHours(ids, ({ done }) => told.push(done), never);
  expect(asked.filter((name) => name.endsWith("/batch"))).toHaveLength(3);
  expect([hours.length, hours[0]?.contactId, hours.at(-1)?.contactId]).toEqual([599, "c0", "c599"]);
  expect(told.at(-1)).toBe(600);
});
