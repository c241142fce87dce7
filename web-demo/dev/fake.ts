/** A workspace of invented contacts, to develop the views without a service: its model is a straight line. */
import { kinds, WorkspaceError, type Contact, type FeatureValues, type Kind, type ScoreChange, type Workspace } from "../src/lib/workspace/types";
import { contact, conversation } from "./contacts";
import { featureValues, label, schema, scorer } from "./features";
import { generator } from "./random";
import { churnAnswer, engagementAnswer, explanation, leadAnswer, optimalTime } from "./answers";

/** What the inbox and a contact's page ask for. */
type Asked =
  | "place" | "title" | "simulated" | "abilities" | "loadContacts" | "watch" | "contact" | "messages" | "scores" | "lead"
  | "churn" | "engagement" | "optimalTime" | "explain" | "features" | "schema" | "scorer" | "feedback" | "feedbackOf" | "sendHours";

/** How the workspace behaves. */
export interface FakeOptions {
  /** Where it says that its data is. */
  readonly place: Workspace["place"];
  readonly contacts: number;
  /** Live changes a second. */
  readonly changes: number;
  /** Every answer takes this long, milliseconds. */
  readonly delay: number;
  /** Calls that fail, by name. */
  readonly failing: readonly string[];
  readonly messages: number;
}

export function fakeWorkspace(options: FakeOptions): Workspace {
  const contacts: Contact[] = Array.from({ length: options.contacts }, (_, index) => contact(index));
  const byId = new Map(contacts.map((one, index) => [one.contact_id, index]));
  const answer = async <T>(call: string, make: () => T): Promise<T> => {
    await new Promise((done) => setTimeout(done, options.delay));
    if (options.failing.includes(call)) throw new WorkspaceError("engine_unavailable", `the call ${call} was told to fail`, 503);
    return make();
  };
  const find = (id: string): number => {
    const index = byId.get(id);
    if (index === undefined) throw new WorkspaceError("not_found", "there is no such contact", 404);
    return index;
  };
  const values = (kind: Kind, id: string): FeatureValues =>
    featureValues(kind, generator(find(id) * 3 + kinds.indexOf(kind)));

  const answers = {
    place: options.place,
    title: "Invented contacts",
    simulated: true,
    abilities: { live: options.changes > 0, conversations: options.messages > 0, feedback: true, registry: false, training: false, drift: false, settings: false },
    async loadContacts(onBlock, signal) {
      for (let start = 0; start < contacts.length || start === 0; start += 5000) {
        await answer("loadContacts", () => undefined);
        signal.throwIfAborted();
        onBlock(contacts.slice(start, start + 5000), contacts.length);
      }
    },
    watch(onChange) {
      if (options.changes === 0) return () => undefined;
      const random = generator(7);
      const timer = setInterval(() => {
        const one = contacts[Math.floor(random() * contacts.length)]!;
        const kind = kinds[Math.floor(random() * 3)]!;
        const previous = one.scores[kind]?.value ?? null;
        const value = kind === "lead" ? random() * 100 : random();
        const change: ScoreChange = { contact_id: one.contact_id, model: kind, value, label: label(kind, value), previous, computed_at: new Date().toISOString() };
        onChange(change);
      }, 1000 / options.changes);
      return () => clearInterval(timer);
    },
    contact: (id) => answer("contact", () => contacts[find(id)]!),
    messages: (id) => answer("messages", () => conversation(id, options.messages)),
    scores: (id) =>
      answer("scores", () => {
        const random = generator(find(id) + 11);
        return Array.from({ length: 60 }, (_, index) => {
          const kind = kinds[index % 3]!;
          const value = (kind === "lead" ? 100 : 1) * Math.min(0.95, Math.max(0.03, 0.5 + Math.sin(index / 9) * 0.3 + random() * 0.15));
          const at = new Date(Date.now() - index * 30_000_000).toISOString();
          return { model: kind, version: "3", value, label: label(kind, value), computed_at: at, as_of: at };
        });
      }),
    lead: (id) => answer("lead", () => leadAnswer(contacts[find(id)]!, values("lead", id))),
    churn: (id) => answer("churn", () => churnAnswer(contacts[find(id)]!, values("churn", id))),
    engagement: (id) => answer("engagement", () => engagementAnswer(contacts[find(id)]!, values("engagement", id))),
    optimalTime: (id) => answer("optimalTime", () => optimalTime(find(id))),
    explain: (kind, id) => answer("explain", () => explanation(kind, contacts[find(id)]!, values(kind, id))),
    features: (kind, id) => answer("features", () => values(kind, id)),
    schema: (kind) => answer("schema", () => schema(kind)),
    scorer: (kind) => answer("scorer", () => scorer(kind)),
    feedback: () => answer("feedback", () => undefined),
    feedbackOf: () => answer("feedbackOf", () => []),
    sendHours: (ids) =>
      answer("sendHours", () =>
        ids.map((id) => {
          const plan = optimalTime(find(id));
          const hours = Array.from({ length: 24 }, (_, hour) => {
            const entry = plan.hourly.find((one) => one.hour === hour);
            return entry?.allowed ? entry.probability : null;
          });
          return { contactId: id, hours, now: null, best: plan.optimal_hour ?? null, sendAt: plan.optimal_send_at ? Date.parse(plan.optimal_send_at) : null, blockedBy: null };
        }),
      ),
  } satisfies Pick<Workspace, Asked>;
  // The other views are not developed with it.
  return answers as unknown as Workspace;
}
