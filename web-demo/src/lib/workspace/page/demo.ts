/** The simulated business of a page without a service: nobody in it exists. */
import { initTrain, simulateBusiness } from "chatsignal/slim/train";
import trainUrl from "chatsignal/chatsignal-train.wasm?url";
import { loadBytes } from "../bytes";
import type { Engine } from "./engine";
import { PageLog } from "./log";

/** Contacts, and the seed of everything about them. */
const contacts = 1_000;
const seed = 7;
/** Length of the log: short enough that many leads of the business are still open today, and long enough to
 *  train on. */
const days = 210;
/** Who was not heard of for longer is left out: the list begins with people to talk to. */
const recentDays = 60;

export async function simulate(engine: Engine): Promise<PageLog> {
  await initTrain(await loadBytes(trainUrl));
  const { events, people } = simulateBusiness(contacts, seed, Date.now(), recentDays, days);
  const log = new PageLog(engine, new Map(people.map((person) => [person.contact_id, person])));
  log.readEvents(events);
  return log;
}
