/** Where the API key of a service is kept: until the tab closes, or on this device when asked to. */

const name = "chatsignal.key";

/** Storage may be switched off in a browser; then the key lives as long as the page. */
function storage(kind: "sessionStorage" | "localStorage"): Storage | null {
  try {
    return globalThis[kind] ?? null;
  } catch {
    return null;
  }
}

export class KeyStore {
  #memory: string | null = null;

  /** The key, or null. */
  get(): string | null {
    return this.#memory ?? storage("sessionStorage")?.getItem(name) ?? storage("localStorage")?.getItem(name) ?? null;
  }

  /** Whether it stays on this device when the tab is closed. */
  get remembered(): boolean {
    return storage("localStorage")?.getItem(name) != null;
  }

  set(key: string, remember: boolean): void {
    this.forget();
    this.#memory = key;
    try {
      storage(remember ? "localStorage" : "sessionStorage")?.setItem(name, key);
    } catch {
      // No room or not allowed: it lives as long as the page.
    }
  }

  forget(): void {
    this.#memory = null;
    storage("sessionStorage")?.removeItem(name);
    storage("localStorage")?.removeItem(name);
  }
}
