/** Settings of a page without a service: quiet hours apply to send times at once; they last as long as
 *  the page. */
import type { SettingsPatch, TenantSettings } from "../types";
import { WorkspaceError } from "../types";

/** What the module itself starts with. */
const quietHours = [{ start: "21:00", end: "08:00" }];

class PageSettings {
  #changed: Partial<TenantSettings> = {};

  read(timezone: string): TenantSettings {
    return {
      timezone,
      currency: "EUR",
      quiet_hours: quietHours,
      opening_hours: {},
      weekend: ["sat", "sun"],
      retrain_days: 0,
      ...this.#changed,
    };
  }

  change(timezone: string, patch: Partial<SettingsPatch>): TenantSettings {
    for (const name of Object.keys(patch)) {
      if (name === "quiet_hours") continue;
      const detail = "Only quiet hours can be changed without a service.";
      throw new WorkspaceError("invalid_field", detail, null, [{ pointer: `/${name}`, detail }]);
    }
    if (patch.quiet_hours === null) this.#changed = {};
    else if (patch.quiet_hours) this.#changed = { quiet_hours: patch.quiet_hours };
    return this.read(timezone);
  }
}

export const pageSettings = new PageSettings();
