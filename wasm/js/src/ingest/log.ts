/// <reference lib="esnext.disposable" />
/** What is known of many contacts, in the memory of the page alone. */
import { ModelError, RequestError, TrapError } from "../errors.js";
import type { AnswerModel, EventLog as Glue } from "../glue/chatsignal_wasm_ingest.js";
import type { ModelKind } from "../results.js";
import type {
  ChurnPrediction,
  DateOrder,
  EngagementPrediction,
  Explain,
  ExportReport,
  FeatureSchema,
  LeadPrediction,
  LogContact,
  ModelExplanation,
  OptimalTime,
  ReadReport,
} from "./answers.js";
import { ingesting } from "./host.js";
import { ownZone, zoneSource } from "./zones.js";

/** An instant. */
export type Instant = Date | number;

/** How a log is made. */
export interface LogOptions {
  /**
   * 32 secret bytes that turn names and numbers into ids: the same key gives the same ids. A random
   * one when left out.
   */
  readonly tenantKey?: Uint8Array;
  /** IANA time zone of the business; that of this device when left out. */
  readonly timeZone?: string;
  /** Local hours without marketing, `hh:mm` each; null for none, 21:00 to 08:00 when left out. */
  readonly quietHours?: { readonly start: string; readonly end: string } | null;
}

/** How a chat export is read. */
export interface ExportOptions {
  /** The name, or names, under which the business writes in the chat; see {@link exportAuthors}. */
  readonly me?: string | readonly string[];
  /** Id of the contact of a chat of two, e.g. the phone number; the name in the chat when left out. */
  readonly contact?: string;
  /** Order of day and month; understood from the file when left out. */
  readonly dateOrder?: DateOrder;
  /** What to assume when the file does not tell. */
  readonly dateHint?: DateOrder;
}

/** When an input came. */
export interface ReadOptions {
  /** When it was received; when left out, everything counts as known when it happened. */
  readonly receivedAt?: Instant;
}

/** A model for answers: a `Model` of this package, or the bytes of a model file. */
export type ModelLike = { readonly bytes: Uint8Array } | Uint8Array;

/** The kinds of models that answer about contacts. */
export type AnswerKind = "lead" | "churn" | "engagement";

/** What is asked about one contact. */
export interface AskOptions {
  /** The instant to answer for; now when left out. */
  readonly asOf?: Instant;
  /** How much of the explanation to give; `top` when left out. */
  readonly explain?: Explain;
}

/** A message that is to be sent. */
export interface MessageFacts {
  readonly category?: "marketing" | "utility" | "authentication" | "service";
  readonly language?: string;
  readonly has_media?: boolean;
  readonly has_buttons?: boolean;
  readonly length?: number;
}

/** What is asked about one send. */
export interface EngagementOptions extends AskOptions {
  /** When the message would be sent; at once when left out. */
  readonly sendAt?: Instant;
  /** The contact's offset from UTC then; as the log knows it when left out. */
  readonly utcOffsetMinutes?: number;
  readonly message?: MessageFacts;
}

/** What is asked about the best hour. */
export interface OptimalTimeOptions extends AskOptions {
  /** Local hours to consider; all 24 when left out. */
  readonly hoursToTest?: readonly number[];
  /** Local date, `YYYY-MM-DD`; the coming 24 hours when left out. */
  readonly date?: string;
  /** IANA name of the contact's time zone; as the log knows it when left out. */
  readonly timeZone?: string;
  /** Offset from UTC in minutes, instead of a time zone. */
  readonly utcOffsetMinutes?: number;
  /** Quiet hours, `hh:mm` each; those of the log when left out. */
  readonly quietHours?: { readonly start: string; readonly end: string };
  readonly message?: MessageFacts;
  /** How to choose. */
  readonly policy?: "greedy" | "epsilon" | "thompson";
  /** Share of exploration of the policy `epsilon`. */
  readonly epsilon?: number;
  /** Seed of the policies that draw. */
  readonly seed?: number;
}

/** What is asked about everything of one prediction. */
export interface ExplainOptions extends EngagementOptions {
  /** The tier or level that the counterfactual shall reach; the next better one when left out. */
  readonly target?: string;
  /** Whether to give what pairs of features do together. */
  readonly interactions?: boolean;
}

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
const TENANT_KEY_BYTES = 32;
const DAY_MINUTES = 24 * 60;

/**
 * An event log in the memory of the page: reads what chat systems send, folds it by contact, and
 * gives the answers of the HTTP service. Nothing leaves the module. Await {@link initIngest} before
 * the first one is made.
 */
export class EventLog {
  #glue: Glue | undefined;
  readonly #life: number;
  #models = new WeakMap<object, AnswerModel>();
  readonly #cutoffs = new Map<ModelKind, readonly number[]>();

  constructor(options: LogOptions = {}) {
    const key =
      options.tenantKey ?? crypto.getRandomValues(new Uint8Array(TENANT_KEY_BYTES));
    const zone = options.timeZone ?? ownZone();
    // The generated types know the source of zones by its method alone.
    const source = zoneSource as unknown as ConstructorParameters<typeof Glue>[2];
    this.#glue = ingesting.call(({ EventLog }) => new EventLog(key, zone, source));
    this.#life = ingesting.life;
    if (options.quietHours !== undefined) {
      const { start, end } = options.quietHours ?? { start: "00:00", end: "00:00" };
      ingesting.call(() => this.#alive().setQuietHours(minute(start), end === "24:00" ? DAY_MINUTES : minute(end)));
    }
  }

  /** Loads the module where it is not yet, and makes a log. */
  static async create(options: LogOptions = {}): Promise<EventLog> {
    await ingesting.start();
    return new EventLog(options);
  }

  /**
   * Lets the levels of a kind of model begin where a team says, in every answer from now on: lowest lead
   * scores of hot, warm, cold; lowest probabilities of critical, high, medium churn risk; lowest multiples
   * of the base rate of high, medium engagement. Null goes back to the model's own.
   *
   * @throws {@link RequestError} when they do not fall or lie outside their range
   */
  setCutoffs(kind: AnswerKind, cutoffs: readonly number[] | null): void {
    if (cutoffs === null) this.#cutoffs.delete(kind);
    else {
      ingesting.call(({ checkCutoffs }) => checkCutoffs(kind, Float64Array.from(cutoffs)));
      this.#cutoffs.set(kind, [...cutoffs]);
    }
    this.#models = new WeakMap();
  }

  /** Number of events. */
  get eventCount(): number {
    return ingesting.call(() => this.#alive().eventCount);
  }

  /**
   * Reads the text of a chat that the WhatsApp app exported (`_chat.txt`; see `unzipChat` for the
   * `.zip`).
   *
   * @throws {@link RequestError} when the bytes are no export, or nobody of the name `me` writes in it
   */
  readWhatsAppExport(text: Uint8Array | string, options: ExportOptions = {}): ExportReport {
    const { me = [], contact, dateOrder, dateHint } = options;
    const json = JSON.stringify({
      me: typeof me === "string" ? [me] : me,
      contact,
      date_order: dateOrder,
      date_hint: dateHint,
    });
    return parsed(ingesting.call(() => this.#alive().readWhatsAppExport(bytesOf(text), json)));
  }

  /** Reads a webhook of the WhatsApp Cloud API. What is wrong with it is in the report. */
  readWebhook(payload: Uint8Array | string, options: ReadOptions = {}): ReadReport {
    return parsed(ingesting.call(() => this.#alive().readWebhook(bytesOf(payload), received(options))));
  }

  /** Reads a webhook of Chatwoot. What is wrong with it is in the report. */
  readChatwoot(payload: Uint8Array | string, options: ReadOptions = {}): ReadReport {
    return parsed(ingesting.call(() => this.#alive().readChatwoot(bytesOf(payload), received(options))));
  }

  /** Reads canonical events, one JSON object a line (`docs/EVENTS.md`). */
  readEvents(lines: Uint8Array | string, options: ReadOptions = {}): ReadReport {
    return parsed(ingesting.call(() => this.#alive().readEvents(bytesOf(lines), received(options))));
  }

  /** Every event as canonical lines: ids instead of names and numbers, and no text. */
  eventLines(): string {
    return ingesting.call(() => this.#alive().eventLines());
  }

  /** The contacts, with what is known of them at an instant. */
  contacts(asOf: Instant = Date.now()): LogContact[] {
    return parsed(ingesting.call(() => this.#alive().contacts(Number(asOf))));
  }

  /**
   * The features of one contact at an instant, as a row for `Model`. Of an engagement model: those of
   * a marketing message sent at once. NaN alone where nothing was known of the contact then.
   */
  features(model: ModelLike, contactId: string, asOf: Instant = Date.now()): Float32Array {
    return this.featureRows(model, [contactId], asOf);
  }

  /** As {@link EventLog.features}, of many contacts, one after another. */
  featureRows(
    model: ModelLike,
    contactIds: readonly string[],
    asOf: Instant = Date.now(),
  ): Float32Array {
    const answers = this.#model(model);
    return ingesting.call(() => this.#alive().featureRows(answers, [...contactIds], Number(asOf)));
  }

  /** Rows of an engagement model: a marketing message decided upon at `asOf` and sent at others. */
  sendRows(
    model: ModelLike,
    contactId: string,
    asOf: Instant,
    sendAt: readonly Instant[],
  ): Float32Array {
    const answers = this.#model(model);
    const instants = Float64Array.from(sendAt, Number);
    return ingesting.call(() => this.#alive().sendRows(answers, contactId, Number(asOf), instants));
  }

  /** Scores a lead, as the service does. */
  lead(model: ModelLike, contactId: string, options: AskOptions = {}): LeadPrediction {
    const request = { lead_id: contactId, as_of: written(options.asOf) };
    return this.#answer("lead", model, request, options);
  }

  /** Predicts the churn of a customer, as the service does. */
  churn(model: ModelLike, contactId: string, options: AskOptions = {}): ChurnPrediction {
    const request = { customer_id: contactId, as_of: written(options.asOf) };
    return this.#answer("churn", model, request, options);
  }

  /** The probability of a reply to one send, as the service gives it. */
  engagement(
    model: ModelLike,
    contactId: string,
    options: EngagementOptions = {},
  ): EngagementPrediction {
    return this.#answer("engagement", model, sending(contactId, options), options);
  }

  /** The best hour to write to a contact, as the service gives it. */
  optimalTime(
    model: ModelLike,
    contactId: string,
    options: OptimalTimeOptions = {},
  ): OptimalTime {
    const request = {
      contact_id: contactId,
      as_of: written(options.asOf),
      hours_to_test: options.hoursToTest,
      date: options.date,
      timezone: options.timeZone,
      utc_offset_minutes: options.utcOffsetMinutes,
      quiet_hours: options.quietHours,
      message: options.message,
      policy: options.policy,
      epsilon: options.epsilon,
      seed: options.seed,
    };
    return this.#answer("optimalTime", model, request, options);
  }

  /** Everything about one prediction, as `POST /api/v1/models/{model}/explain` gives it. */
  explain(model: ModelLike, contactId: string, options: ExplainOptions = {}): ModelExplanation {
    const answers = this.#model(model);
    const { kind } = answers;
    const request =
      kind === "engagement"
        ? sending(contactId, options)
        : { [ids[kind] ?? "contact_id"]: contactId, as_of: written(options.asOf) };
    const { target, interactions = false } = options;
    const json = JSON.stringify(request);
    return parsed(
      ingesting.call(() => this.#alive().explain(answers, json, target, interactions, Date.now())),
    );
  }

  /** Forgets everything and gives the memory back. The log cannot be used any more. */
  free(): void {
    if (this.#life === ingesting.life) this.#glue?.free();
    this.#glue = undefined;
  }

  /** As {@link EventLog.free}, for `using`. */
  [dispose](): void {
    this.free();
  }

  #alive(): Glue {
    if (this.#glue === undefined) throw new RequestError("not_found", "the log was freed");
    if (this.#life === ingesting.life) return this.#glue;
    const detail = "the module came to an end since, and what the log held is gone: read it anew";
    throw new TrapError("internal", detail);
  }

  #model(model: ModelLike): AnswerModel {
    let answers = this.#models.get(model);
    if (answers === undefined) {
      const bytes = model instanceof Uint8Array ? model : model.bytes;
      answers = this.#prepared(bytes);
      this.#models.set(model, answers);
    }
    return answers;
  }

  #prepared(bytes: Uint8Array): AnswerModel {
    return ingesting.call(({ AnswerModel }) => {
      const own = new AnswerModel(bytes, undefined, undefined);
      const cutoffs = this.#cutoffs.get(own.kind as ModelKind);
      if (cutoffs === undefined) return own;
      own.free();
      return new AnswerModel(bytes, undefined, Float64Array.from(cutoffs));
    }, "model_unavailable");
  }

  #answer<T>(
    question: "lead" | "churn" | "engagement" | "optimalTime",
    model: ModelLike,
    request: object,
    options: AskOptions,
  ): T {
    const answers = this.#model(model);
    const json = JSON.stringify(request);
    const explain = options.explain ?? "top";
    return parsed(ingesting.call(() => this.#alive()[question](answers, json, explain, Date.now())));
  }
}

/** The authors of a chat export, most messages first: one of them is the business. */
export function exportAuthors(
  text: Uint8Array | string,
): readonly { readonly name: string; readonly messages: number }[] {
  return parsed(ingesting.call(({ exportAuthors }) => exportAuthors(bytesOf(text))));
}

/** The features of a kind of model with their definitions, as the service tells them. */
export function featureSchema(kind: "lead" | "churn" | "engagement"): FeatureSchema {
  return parsed(ingesting.call(({ featureSchema }) => featureSchema(kind)));
}

const ids: Readonly<Partial<Record<ModelKind | string, string>>> = {
  lead: "lead_id",
  churn: "customer_id",
};

function sending(contactId: string, options: EngagementOptions): object {
  return {
    contact_id: contactId,
    as_of: written(options.asOf),
    send_at: written(options.sendAt),
    utc_offset_minutes: options.utcOffsetMinutes,
    message: options.message,
  };
}

function bytesOf(input: Uint8Array | string): Uint8Array {
  return typeof input === "string" ? new TextEncoder().encode(input) : input;
}

function received({ receivedAt }: ReadOptions): number | undefined {
  return receivedAt === undefined ? undefined : Number(receivedAt);
}

function written(at: Instant | undefined): string | undefined {
  if (at === undefined) return undefined;
  const date = new Date(at);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new RequestError("invalid_field", "an instant is a valid date, or milliseconds since 1970");
}

function minute(text: string): number {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined) {
    throw new RequestError("invalid_field", "write quiet hours like 21:00");
  }
  return Number(hour) * 60 + Number(minute);
}

function parsed<T>(json: string): T {
  try {
    return JSON.parse(json) as T;
  } catch (cause) {
    throw new ModelError("internal", "the module's answer is no JSON", { cause });
  }
}
