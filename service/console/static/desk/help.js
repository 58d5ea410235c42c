// The dialog that shows the keys and changes them.

import { DEFAULTS, actionOf, change, isOn, keyOf, spell, turn } from "./keys.js";
import { say, sayOr } from "./words.js";

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "Tab", "Escape", "CapsLock", "AltGraph", "Dead"]);

/** Open it. `pages`: [letter, name] of the pages that `g` leads to. */
export function openHelp(pages) {
  const dialog = make("dialog", { className: "keys" });
  dialog.setAttribute("aria-labelledby", "keys-title");
  const said = make("p", { className: "hint" });
  said.setAttribute("role", "status");
  const list = make("dl");
  const draw = () => list.replaceChildren(...rows(pages, said, draw));
  draw();
  const on = make("input", { type: "checkbox", checked: isOn() });
  on.addEventListener("change", () => turn(on.checked));
  const choice = make("label", { className: "choice" });
  choice.append(on, " ", say("help.on"));
  const reset = button(say("help.reset"), () => { change(null); draw(); });
  const close = button(say("close"), () => dialog.close());
  close.classList.add("main");
  const ways = make("p", { className: "ways" });
  ways.append(reset, close);
  dialog.append(
    make("h2", { id: "keys-title", textContent: say("help") }),
    make("p", { className: "hint", textContent: say("help.lead") }),
    choice, list, said, ways,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function rows(pages, said, draw) {
  const own = Object.keys(DEFAULTS).flatMap((action) => {
    const key = button(named(keyOf(action)), () => catchKey(key, action, said, draw));
    key.classList.add("small");
    const name = make("dt", { textContent: say(`do.${action}`), id: `do-${action}` });
    key.setAttribute("aria-describedby", name.id);
    const cell = make("dd");
    cell.append(key);
    return [name, cell];
  });
  const ways = pages.flatMap(([letter, page]) => [
    make("dt", { textContent: say("do.go", { page }) }),
    make("dd", { textContent: say("then", { first: "G", second: letter.toUpperCase() }) }),
  ]);
  return [...own, ...ways];
}

function catchKey(key, action, said, draw) {
  key.textContent = say("help.press");
  said.textContent = "";
  key.addEventListener("blur", draw, { once: true });
  key.addEventListener("keydown", function pressed(event) {
    if (event.key === "Escape") { event.preventDefault(); key.blur(); return; }
    if (MODIFIERS.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const wanted = spell(event);
    if (event.ctrlKey || event.metaKey || event.altKey || wanted === "g") return;
    const taken = actionOf(wanted);
    if (taken !== undefined && taken !== action) {
      said.textContent = say("help.taken", { key: named(wanted), action: say(`do.${taken}`) });
      return;
    }
    key.removeEventListener("keydown", pressed);
    change(action, wanted);
    key.blur();
  });
}

function named(key) {
  return key.split("+").map((part) => sayOr(`key.${part}`, part.length === 1 ? part.toUpperCase() : part)).join(" + ");
}

function button(text, what) {
  const made = make("button", { type: "button", textContent: text });
  made.addEventListener("click", what);
  return made;
}

function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
