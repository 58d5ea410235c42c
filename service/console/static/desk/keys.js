// Which key does what. Keys can be changed, are kept with the account, and sleep while somebody types (WCAG 2.1.4).

import { toast } from "./announce.js";
import { ask } from "./wire.js";
import { say } from "./words.js";

export const DEFAULTS = {
  next: "j", previous: "k", approve: "a", spam: "s", reject: "r", escalate: "e", skip: "Space",
  undo: "u", redo: "Shift+u", note: "n", why: "i", talk: "v", author: "h", page: "o", look: "l", focus: "z",
  block: "b", trust: "w", copies: "c",
  select: "x", range: "Shift+x", all: "*", open: "Enter", search: "/", help: "?",
};
const ALWAYS = { "Ctrl+z": "undo", "Ctrl+Shift+z": "redo" };
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const PRESSES_ITSELF = "a[href], button, summary, input, label";

const kept = { on: true, keys: {}, ...JSON.parse(document.querySelector("meta[name=desk-keys]").content || "{}") };

function save() {
  label(document);
  ask("account/keys", kept).catch((error) => toast(error.message || say("failed"), { warns: true }));
}

/** The key of an action, as `spell` writes it. */
export const keyOf = (action) => kept.keys[action] ?? DEFAULTS[action];

/** The action of a key, if it has one. */
export const actionOf = (key) => Object.keys(DEFAULTS).find((action) => keyOf(action) === key);

/** Whether single keys do anything. */
export const isOn = () => kept.on;

/** Switch single keys on or off. */
export function turn(on) {
  kept.on = on;
  save();
}

/** Give an action another key; null restores all of them. */
export function change(action, key) {
  if (action === null) kept.keys = {};
  else kept.keys[action] = key;
  save();
}

/** How a key press is written: `a`, `Shift+x`, `Ctrl+z`, `Space`, `*`. */
export function spell(event) {
  const single = event.key.length === 1;
  const key = event.key === " " ? "Space" : single ? event.key.toLowerCase() : event.key;
  const letter = !single || key === "Space" || key !== event.key.toUpperCase();
  const shift = event.shiftKey && letter ? "Shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift}${key}`;
}

/** Have actions carried out: a function for each by its name. `go`: pages by the letter that follows `g`. */
export function listen(actions, go = {}) {
  let waitsForPage = false;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.(TYPING)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = spell(event);
    const always = ALWAYS[key];
    if (always === undefined && (!kept.on || event.ctrlKey || event.metaKey || event.altKey)) return;
    if ((key === "Space" || key === "Enter") && event.target.closest?.(PRESSES_ITSELF)) return;
    const action = waitsForPage ? undefined : always ?? actionOf(key);
    const page = waitsForPage ? go[key] : undefined;
    waitsForPage = !waitsForPage && key === "g" && action === undefined;
    if (page !== undefined) page();
    else if (actions[action] === undefined) return;
    else actions[action](event);
    event.preventDefault();
  });
}

/** Write the keys beside the buttons of a part of the page. */
export function label(part) {
  for (const mark of part.querySelectorAll("kbd[data-for]")) {
    const key = keyOf(mark.dataset.for);
    mark.textContent = !kept.on ? "" : key === "Space" ? "␣" : key.replace("Shift+", "⇧").toUpperCase();
  }
}
