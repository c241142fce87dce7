/** Whose webhook a payload comes from. */
import type { ReadReport } from "chatsignal/slim/ingest";

/** What is said of a file that is neither. */
export const neither: ReadReport["rejects"][number] = {
  place: "The file",
  code: "unknown_payload",
  detail: "is no webhook payload of WhatsApp (an object with `entry`) nor of Chatwoot (one with `event`)",
};

/** By the field that every payload of the sender has; null when it has neither. What is no JSON is WhatsApp's to
 *  refuse: its reader says where. */
export function payloadOf(bytes: Uint8Array): "whatsapp" | "chatwoot" | null {
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return "whatsapp";
  }
  if (typeof payload !== "object" || payload === null) return null;
  if ("entry" in payload) return "whatsapp";
  return "event" in payload ? "chatwoot" : null;
}
