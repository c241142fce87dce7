/** Settings of a page without a service: quiet hours and cut-offs between levels, which apply at once; they
 *  last as long as the page. */
import { cutField, cutoffFaults, cutoffsOf } from "../cutoffs";
import type { Kind, SettingsPatch, Span, TenantSettings } from "../types";
import { kinds, WorkspaceError } from "../types";

/** What the module itself starts with. */
const night: Span = { start: "21:00", end: "08:00" };
/** How the module takes that there are none. */
const never: Span = { start: "00:00", end: "00:00" };

type Cutoffs = Pick<TenantSettings, (typeof cutField)[Kind]>;
const own: Cutoffs = { lead_cutoffs: null, churn_cutoffs: null, engagement_cutoffs: null };

/** What can be changed here. */
const known: ReadonlySet<string> = new Set(["quiet_hours", ...Object.values(cutField)]);

/** The settings of every workspace of one page. */
export class PageSettings {
  /** One span, or none: more the module does not take. */
  #quiet: readonly Span[] = [night];
  #cutoffs: Cutoffs = own;

  /** Hours without marketing, as the module takes them. */
  get quietHours(): Span {
    return this.#quiet[0] ?? never;
  }

  /** Where the levels of a kind of model begin, falling; null for the model's own. */
  cutoffs(kind: Kind): readonly number[] | null {
    return cutoffsOf(this.#cutoffs, kind);
  }

  /** All of them, in the form of the service's. */
  read(timezone: string): TenantSettings {
    return {
      timezone,
      currency: "EUR",
      quiet_hours: [...this.#quiet],
      opening_hours: {},
      weekend: ["sat", "sun"],
      retrain_days: 0,
      ...this.#cutoffs,
    };
  }

  /** Changes what is in the patch; null: as at the start. Throws `invalid_field` at anything else. */
  change(timezone: string, patch: Partial<SettingsPatch>): TenantSettings {
    const other = Object.keys(patch).find((name) => !known.has(name));
    if (other !== undefined) throw refused(other, "Only quiet hours and levels can be changed without a service.");
    const { quiet_hours: quiet, ...rest } = patch;
    if (quiet && quiet.length > 1) throw refused("quiet_hours", "Without a service quiet hours are one span.");
    const cutoffs: Cutoffs = { ...this.#cutoffs, ...(rest as Partial<Cutoffs>) };
    for (const kind of kinds) {
      const falling = cutoffsOf(cutoffs, kind);
      const [fault] = falling ? cutoffFaults(kind, falling) : [];
      if (fault) throw refused(`${cutField[kind]}/${fault[0]}`, "Levels begin above 0, each below the one before it.");
    }
    this.#cutoffs = cutoffs;
    if (quiet !== undefined) this.#quiet = quiet ?? [night];
    return this.read(timezone);
  }
}

function refused(name: string, detail: string): WorkspaceError {
  return new WorkspaceError("invalid_field", detail, null, [{ pointer: `/${name}`, detail }]);
}

export const pageSettings = new PageSettings();
