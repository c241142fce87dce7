/** Invented contacts. */
import type { Contact, Message } from "../src/lib/workspace/types";
import { label } from "./features";
import { generator, pick } from "./random";

const first = ["Mira", "José", "Dara", "Łukasz", "Aïcha", "Milan", "Priya", "Tom", "Yuki", "Zoë", "Anders", "Noor", "Chidi", "Élodie"];
const last = ["Sample", "Muster", "Placeholder", "Exemplar", "Test", "Mithal", "Beispiel", "Prueba", "Vzorek"];
const sentences = [
  "Is the blue one back in stock?",
  "Thanks, that was quick!",
  "I still have not received my parcel, and nobody answers.",
  "We can deliver on Thursday between 9 and 12. Does that suit you?",
  "ok",
  "Could you send the invoice again please? The address on the last one was wrong, it should be the office.",
  "Perfect 👍",
  "Great, see you then.",
];
const now = Date.now();

export function contact(index: number): Contact {
  const random = generator(index + 1);
  const at = new Date(now - 86_400_000 * 200 * random() ** 3).toISOString();
  const lead = 100 * random() ** 1.3;
  const churn = random();
  const engagement = random() ** 2 * 0.7;
  const consent = random();
  const objected = consent > 0.98;
  const score = (kind: "lead" | "churn" | "engagement", value: number) => ({
    value,
    label: label(kind, value),
    computed_at: at,
  });
  return {
    contact_id: (index * 2_654_435_761 % 4_294_967_296).toString(16).padStart(8, "0") + "b64943b60680fa2d77fe1400",
    name: index % 17 === 0 ? null : `${pick(random, first)} ${pick(random, last)} ${index}`,
    phone: `+34000${String(index).padStart(6, "0")}`,
    country: pick(random, ["DE", "ES", "GB", "IN", "BR"]),
    events: Math.floor(random() * 300) + 2,
    first_activity_at: new Date(now - 86_400_000 * (201 + 300 * random())).toISOString(),
    last_activity_at: at,
    consent: {
      marketing_allowed: consent < 0.85,
      opted_out: consent > 0.9,
      objected,
      block_suspected: consent > 0.87 && consent < 0.9,
    },
    scores: {
      churn: score("churn", churn),
      ...(objected ? {} : { engagement: score("engagement", engagement) }),
      ...(objected || random() < 0.1 ? {} : { lead: score("lead", lead) }),
    },
  };
}

export function conversation(id: string, count: number): Message[] {
  const random = generator(id.length + count);
  return Array.from({ length: count }, (_, index) => {
    const inbound = random() < 0.5;
    const voice = random() < 0.04;
    return {
      id: `m${index}`,
      at: now - (count - index) * 5_400_000 * (0.5 + random()),
      direction: inbound ? "inbound" : "outbound",
      author: inbound ? null : "Sam",
      text: voice ? null : pick(random, sentences),
      kind: voice ? "voice" : "text",
    } as const;
  }).sort((a, b) => a.at - b.at);
}
