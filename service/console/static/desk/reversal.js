// Take the last step back, or do it again.

import { toast } from "./announce.js";
import { didAgain, forgetStep, forgetUndone, lastStep, lastUndone, tookBack } from "./steps.js";
import { Away, ask } from "./wire.js";
import { say } from "./words.js";

/** Take the last step back; the sheet of its comment, or null where nothing was taken back. */
export async function undo() {
  const step = lastStep();
  if (step === undefined) return tell("undo.nothing");
  const answer = await asked("deck/undo", { ids: step.decisions });
  if (answer === null) return null;
  const undone = new Map(answer.items.filter((item) => item.status === 200).map((item) => [item.decision, item]));
  const failed = answer.items.find((item) => item.status !== 200);
  if (failed !== undefined) toast(failed.text, { warns: true });
  if (undone.size === 0) {
    forgetStep();
    return null;
  }
  const back = step.choices.flatMap((choice, at) => {
    const item = undone.get(step.decisions[at]);
    return item === undefined ? [] : [{ ...choice, version: item.version }];
  });
  tookBack(back);
  toast(back.length === 1 ? say("done.undo") : say("done.undo.many", { count: back.length }));
  return answer.sheet;
}

/** Do the last step again that was taken back; the ids of its comments, or null where nothing was done. */
export async function redo() {
  const step = lastUndone();
  if (step === undefined) return tell("redo.nothing");
  const answer = await asked("deck/decide", { items: step.choices });
  if (answer === null) return null;
  const lost = answer.items.find((item) => item.status !== 200);
  if (lost !== undefined) toast(lost.text, { warns: true });
  const choices = step.choices.filter((_, at) => answer.items[at].status === 200);
  const decisions = answer.items.flatMap((item) => (item.status === 200 ? [item.decision] : []));
  if (decisions.length === 0) {
    forgetUndone();
    return null;
  }
  didAgain({ decisions, choices });
  toast(say("done.redo"));
  return choices.map((choice) => choice.id);
}

function tell(key) {
  toast(say(key));
  return null;
}

async function asked(path, body) {
  try {
    return await ask(path, body);
  } catch (error) {
    toast(error instanceof Away ? say("failed") : error.message || say("failed"), { warns: true });
    return null;
  }
}
