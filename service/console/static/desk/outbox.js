// Decisions on their way to the server, in order; what gathers meanwhile goes together. They wait in the tab while there is no connection.

import { toast } from "./announce.js";
import { Away, ask } from "./wire.js";
import { say } from "./words.js";

const STORE = "gatepost-outbox";
const AT_ONCE = 20;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 15_000;

let waiting = load();
let running = null;
let told = null;
let wake = () => {};

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE)) ?? [];
  } catch {
    return [];
  }
}

function save() {
  sessionStorage.setItem(STORE, JSON.stringify(waiting));
}

/** Send one choice. `ended` is called with each choice and its ruling, or the error that refused it. */
export function send(choice, ended) {
  waiting.push(choice);
  save();
  return flush(ended);
}

/** Send what waits; resolves when nothing does any more. */
export function flush(ended) {
  running ??= run(ended).finally(() => { running = null; });
  return running;
}

/** Take the newest choice off that was not sent yet, if no connection holds them up. */
export function takeUnsent() {
  if (told === null || waiting.length === 0) return undefined;
  const choice = waiting.pop();
  save();
  return choice;
}

async function run(ended) {
  let pause = FIRST_PAUSE_MS;
  while (waiting.length > 0) {
    const batch = waiting.slice(0, AT_ONCE);
    try {
      const { items } = await ask("deck/decide", { items: batch });
      pause = FIRST_PAUSE_MS;
      done(batch);
      batch.forEach((choice, at) => ended(choice, items[at]));
    } catch (error) {
      if (!(error instanceof Away)) {
        done(batch);
        for (const choice of batch) ended(choice, error);
        continue;
      }
      told?.();
      told = toast(say("away", { count: waiting.length }), { warns: true });
      await new Promise((resolve) => { wake = resolve; setTimeout(resolve, pause); });
      pause = Math.min(2 * pause, MAX_PAUSE_MS);
    }
  }
  if (told !== null) {
    told();
    told = null;
    toast(say("back"));
  }
}

function done(batch) {
  waiting = waiting.filter((choice) => !batch.includes(choice));
  save();
}

addEventListener("online", () => wake());
addEventListener("beforeunload", (event) => { if (waiting.length > 0) event.preventDefault(); });
