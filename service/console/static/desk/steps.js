// What can be taken back, and done again: 50 steps deep, kept as long as the tab is open. A whole bulk is one step.

const STORE = "gatepost-steps";
const DEPTH = 50;

let kept = load();

function load() {
  try {
    return { done: [], undone: [], ...JSON.parse(sessionStorage.getItem(STORE)) };
  } catch {
    return { done: [], undone: [] };
  }
}

function save() {
  sessionStorage.setItem(STORE, JSON.stringify(kept));
}

/** Note a step: `decisions` ids as the server gave them, `choices` what was chosen, in the same order. */
export function didStep(step) {
  kept = { done: [...kept.done, step].slice(-DEPTH), undone: [] };
  save();
}

/** Note that a step that was taken back was done again. */
export function didAgain(step) {
  kept = { done: [...kept.done, step].slice(-DEPTH), undone: kept.undone.slice(0, -1) };
  save();
}

/** Note that the last step was taken back: `choices` with the versions that they would have now. */
export function tookBack(choices) {
  kept = { done: kept.done.slice(0, -1), undone: [...kept.undone, { choices }].slice(-DEPTH) };
  save();
}

/** Forget the last step: it cannot be taken back any more. */
export function forgetStep() {
  kept.done.pop();
  save();
}

/** Forget the last step that was taken back. */
export function forgetUndone() {
  kept.undone.pop();
  save();
}

/** The step that `undo` takes back, if there is one. */
export const lastStep = () => kept.done.at(-1);

/** The step that `redo` does again, if there is one. */
export const lastUndone = () => kept.undone.at(-1);
