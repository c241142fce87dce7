/** A long conversation in pages: only those near the sight stand in the document. */
import type { Message } from "../../lib/workspace/types";

/** Messages of one page. */
export const pageSize = 40;

/** A page of messages. */
export interface MessagePage {
  readonly index: number;
  readonly messages: readonly Message[];
  /** Height before it has been drawn, pixels. */
  readonly estimate: number;
}

const lineHeight = 20;
const perLine = 34;

/** Puts messages in order, oldest first, and splits them into pages. */
export function pages(all: readonly Message[]): MessagePage[] {
  const messages = [...all].sort((a, b) => a.at - b.at);
  const result: MessagePage[] = [];
  for (let start = 0; start < messages.length; start += pageSize) {
    const part = messages.slice(start, start + pageSize);
    const estimate = part.reduce(
      (height, { text }) => height + 44 + lineHeight * (Math.ceil((text?.length ?? 1) / perLine) - 1),
      0,
    );
    result.push({ index: result.length, messages: part, estimate });
  }
  return result;
}

/** Whether a message is the first of its day, by the clock of this device. */
export function startsDay(message: Message, before: Message | undefined): boolean {
  return !before || new Date(message.at).toDateString() !== new Date(before.at).toDateString();
}
