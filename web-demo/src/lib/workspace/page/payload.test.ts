import { expect, test } from "vitest";
import { payloadOf } from "./payload";

test("a payload is told by its form, so that it is refused for its own reasons", () => {
  const of = (text: string) => payloadOf(new TextEncoder().encode(text));
  expect(of('{"object":"whatsapp_business_account","entry":[]}')).toBe("whatsapp");
  expect(of('{"event":"message_created","id":1}')).toBe("chatwoot");
  expect(["{}", "[]", "null", "1", '"event"'].map(of)).toEqual([null, null, null, null, null]);
  expect(of('\uFEFF{"event":"message_created"}')).toBe("chatwoot");
  expect(of("{")).toBe("whatsapp");
});
