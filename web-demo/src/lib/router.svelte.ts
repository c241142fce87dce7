/** The address of a view is the part after `#`: it works from a file and under any path. */

/** The views, in the order of the navigation. */
export const views = ["inbox", "campaign", "models", "import", "settings"] as const;

/** A view that the navigation names, or one contact. */
export type View = (typeof views)[number] | "contact";

/** Where the page is. */
export interface Route {
  readonly view: View;
  /** The contact of the view `contact`. */
  readonly contactId: string | null;
}

/** The id in an address; null of one that nobody wrote with `contactHref`. */
function decoded(id: string): string | null {
  try {
    return decodeURIComponent(id);
  } catch {
    return null;
  }
}

/** Where an address leads; what it does not know leads to the inbox. */
export function parse(hash: string): Route {
  const [view, id = ""] = hash.replace(/^#\/?/, "").split("/");
  const contactId = view === "contact" ? decoded(id) : null;
  if (contactId) return { view: "contact", contactId };
  const known = views.find((name) => name === view);
  return { view: known ?? "inbox", contactId: null };
}

class Router {
  route = $state.raw<Route>(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.route = parse(location.hash)));
  }
}

/** The one router of the page. */
export const router = new Router();

/** Address of a view. */
export function href(view: Exclude<View, "contact">): string {
  return `#/${view}`;
}

/** Address of one contact. */
export function contactHref(id: string): string {
  return `#/contact/${encodeURIComponent(id)}`;
}
