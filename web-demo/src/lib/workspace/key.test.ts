import { afterEach, expect, test, vi } from "vitest";
import { KeyStore } from "./key";

function storage(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  } as unknown as Storage;
}

afterEach(() => vi.unstubAllGlobals());

test("a key lives as long as the tab, or stays when that was asked for", () => {
  vi.stubGlobal("sessionStorage", storage());
  vi.stubGlobal("localStorage", storage());
  const keys = new KeyStore();
  expect(keys.get()).toBeNull();
  keys.set("cs_a", false);
  expect([new KeyStore().get(), keys.remembered]).toEqual(["cs_a", false]);
  keys.set("cs_b", true);
  expect([sessionStorage.getItem("chatsignal.key"), new KeyStore().get(), keys.remembered]).toEqual([null, "cs_b", true]);
  keys.forget();
  expect([keys.get(), new KeyStore().get(), keys.remembered]).toEqual([null, null, false]);
});

test("without storage a key lives as long as the page", () => {
  const refusing = { ...storage(), setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  vi.stubGlobal("sessionStorage", refusing);
  vi.stubGlobal("localStorage", undefined);
  const keys = new KeyStore();
  keys.set("cs_a", false);
  expect(keys.get()).toBe("cs_a");
  expect(new KeyStore().get()).toBeNull();
});
