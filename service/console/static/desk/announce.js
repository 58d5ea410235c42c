// What just happened: said to those who listen, and shown for a while to those who look.

import { say } from "./words.js";

const SHOWN_MS = 10_000;
const MAX_SHOWN = 3;
const spoken = add("div", "unseen");
spoken.setAttribute("aria-live", "polite");
spoken.setAttribute("role", "log");
const shown = add("section", "toasts");
shown.setAttribute("aria-label", say("news"));

function add(tag, name) {
  const made = document.createElement(tag);
  made.className = name;
  document.body.append(made);
  return made;
}

/** Have a sentence read out; nothing is shown. */
export function announce(text) {
  const line = document.createElement("p");
  line.textContent = text;
  spoken.append(line);
  while (spoken.childElementCount > 5) spoken.firstChild.remove();
}

/**
 * Show a sentence, and have it read out. `warns`: it stays until it is dismissed. `action`: [text, function or address].
 * Returns the function that takes it away.
 */
export function toast(text, { warns = false, action = null } = {}) {
  const card = document.createElement("div");
  card.className = warns ? "toast warns" : "toast";
  card.append(Object.assign(document.createElement("p"), { textContent: text }));
  const away = () => card.remove();
  if (action !== null) card.append(pressable(action, away));
  if (warns) card.append(pressable([say("dismiss"), () => {}], away));
  else setTimeout(away, SHOWN_MS);
  shown.append(card);
  while (shown.querySelectorAll(".toast:not(.warns)").length > MAX_SHOWN) {
    shown.querySelector(".toast:not(.warns)").remove();
  }
  announce(text);
  return away;
}

function pressable([text, what], away) {
  const made = document.createElement(typeof what === "string" ? "a" : "button");
  made.className = "small button";
  made.textContent = text;
  if (typeof what === "string") made.href = what;
  else made.addEventListener("click", () => { away(); what(); });
  return made;
}
