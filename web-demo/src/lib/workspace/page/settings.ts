/** Settings of a page without a service: quiet hours apply to send times at once; they last as long as
 *  the page. */
import type { SettingsPatch, Span, TenantSettings } from "../types";
import { WorkspaceError } from "../types";

/** What the module itself starts with. */
const night: Span = { start: "21:00", end: "08:00" };
/** How the module takes that there are none. */
const never: Span = { start: "00:00", end: "00:00" };

/** The settings of every workspace of one page. */
export class PageSettings {
  /** One span, or none: more the module does not take. */
  #quiet: readonly Span[] = [night];

  /** Hours without marketing, as the module takes them. */
  get quietHours(): Span {
    return this.#quiet[0] ?? never;
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
    };
  }

  /** Changes the quiet hours; null: as at the start. Throws `invalid_field` at anything else. */
  change(timezone: string, patch: Partial<SettingsPatch>): TenantSettings {
    const other = Object.keys(patch).find((name) => name !== "quiet_hours");
    if (other !== undefined) throw refused(other, "Only quiet hours can be changed without a service.");
    const { quiet_hours: quiet } = patch;
    if (quiet && quiet.length > 1) throw refused("quiet_hours", "Without a service quiet hours are one span.");
    if (quiet !== undefined) this.#quiet = quiet ?? [night];
    return this.read(timezone);
  }
}

function refused(name: string, detail: string): WorkspaceError {
  return new WorkspaceError("invalid_field", detail, null, [{ pointer: `/${name}`, detail }]);
}

export const pageSettings = new PageSettings();
