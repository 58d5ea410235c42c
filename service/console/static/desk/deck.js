// The comments at hand: the one that is shown, those that come next, and those that were passed.

import { Away, ask } from "./wire.js";

const AHEAD = 5;
const MAX_PASSED = 100;
const MAX_DECIDED = 60;

const ahead = [];
const passed = [];
const decided = [];
let current = null;
let filling = null;
let isEnd = false;

/** The sheet that is shown: {id, version, html}. */
export const shown = () => current;

/** The ids of the shown comment and those behind it, which are held for this reviewer. */
export const held = () => [current, ...ahead].filter((card) => card?.id).map((card) => card.id);

/** Begin with a comment that the page has already. */
export function begin(card) {
  current = card;
}

/** Go on to the next comment, at once where it is at hand; null where there is none. `keep`: one can come back to it. */
export async function forward({ keep }) {
  if (keep && current?.id) {
    passed.push(current);
    passed.splice(0, passed.length - MAX_PASSED);
  }
  const left = current;
  if (ahead.length === 0) {
    isEnd = false;
    await fill(left?.id);
    if (ahead.length === 0) {
      isEnd = false;
      passed.length = 0;
      await fill(left?.id);
    }
  }
  current = ahead.shift() ?? null;
  fill(left?.id).catch(() => {});
  return current;
}

/** Note that a comment was decided, which the server may not have heard yet. */
export function leaveOut(id) {
  decided.push(id);
  decided.splice(0, decided.length - MAX_DECIDED);
}

/** Put a comment in front; what is shown comes after it. */
export function putFirst(card) {
  if (current?.id && current.id !== card.id) ahead.unshift(current);
  drop(card.id);
  decided.splice(0, decided.length, ...decided.filter((id) => id !== card.id));
  current = card;
}

/** The comment that was passed last, as the server has it now; null where there is none. */
export async function back() {
  const last = passed.pop();
  if (last === undefined) return null;
  const card = await fetchSheet(last.id);
  putFirst(card);
  return card;
}

/** Comments that are no longer to be shown next. */
export function drop(...ids) {
  for (const id of ids) {
    const at = ahead.findIndex((card) => card.id === id);
    if (at >= 0) ahead.splice(at, 1);
  }
}

/** One comment as the server has it now. */
export const fetchSheet = (id) => ask(`review/${encodeURIComponent(id)}/sheet`);

/** Have the next comments brought, unless they are at hand. */
export function fill(after = null) {
  if (ahead.length >= AHEAD || isEnd) return Promise.resolve();
  filling ??= bring(after).finally(() => { filling = null; });
  return filling;
}

async function bring(after) {
  const behind = ahead.at(-1)?.id ?? current?.id ?? after;
  const known = [after, ...decided, ...passed.slice(-20).map((card) => card.id), ...held()].filter((id) => id);
  try {
    const { items } = await ask("deck/ahead", { after: behind || null, known, count: AHEAD - ahead.length });
    const have = new Set([...held(), ...decided]);
    ahead.push(...items.filter((card) => !have.has(card.id)));
    isEnd = items.length === 0;
  } catch (error) {
    if (!(error instanceof Away)) throw error;
  }
}
