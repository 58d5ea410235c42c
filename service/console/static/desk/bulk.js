// Deciding many comments at once: what that would mean, a typed number where it is many, and what did not work.

import { toast } from "./announce.js";
import { didStep } from "./steps.js";
import { ask } from "./wire.js";
import { say } from "./words.js";

const TYPED_ABOVE = 50;
const dialog = document.querySelector("#bulk-dialog");
const failed = document.querySelector("#bulk-failed");
const part = (name) => dialog.querySelector(`#bulk-${name}`);
let plan = null;

/**
 * Show what the action would mean. `ids` empty: for all that fit the filter of the page. `ended` is called with the ids of
 * what was decided, once nothing more is to be read.
 */
export async function openBulk(action, ids, ended) {
  let preview;
  try {
    preview = await ask("deck/preview", { action, ids });
  } catch (error) {
    toast(error.message || say("failed"), { warns: true });
    return;
  }
  const count = preview.items.length;
  if (count === 0) {
    toast(say("bulk.nothing"));
    return;
  }
  plan = { action, items: preview.items, ended };
  part("title").textContent = say(`bulk.title.${action}`, { count });
  part("machine").textContent = preview.machine ?? "";
  part("samples").replaceChildren(...preview.samples.map(sample));
  part("reason").hidden = action !== "reject";
  part("typed").hidden = count <= TYPED_ABOVE;
  part("typed").querySelector("label").textContent = say("bulk.type", { count });
  part("number").value = "";
  part("problem").hidden = true;
  dialog.showModal();
}

function sample({ text, author, score }) {
  const line = document.createElement("li");
  const body = Object.assign(document.createElement("p"), { textContent: text, dir: "auto" });
  const by = Object.assign(document.createElement("bdi"), { textContent: author, dir: "auto" });
  const small = document.createElement("small");
  small.append(by, score === null ? "" : ` · ${score}`);
  line.append(body, small);
  return line;
}

dialog.querySelector("form").addEventListener("submit", (event) => {
  const count = plan.items.length;
  if (event.submitter?.value !== "go") return;
  if (count > TYPED_ABOVE && part("number").value.trim() !== String(count)) {
    event.preventDefault();
    part("problem").textContent = say("bulk.typed.wrong");
    part("problem").hidden = false;
    part("number").focus();
    return;
  }
  decide();
});

async function decide() {
  const { action, items, ended } = plan;
  const reason = action === "reject" ? part("because").value : null;
  const choices = items.map((item) => ({ ...item, action, reason, note: null }));
  const away = toast(say("bulk.running", { count: choices.length }));
  let rulings;
  try {
    ({ items: rulings } = await ask("deck/decide", { items: choices }));
  } catch (error) {
    toast(error.message || say("failed"), { warns: true });
    return;
  } finally {
    away();
  }
  const stood = rulings.map((ruling) => ruling.status === 200);
  const decisions = rulings.filter((_, at) => stood[at]).map((ruling) => ruling.decision);
  if (decisions.length > 0) didStep({ decisions, choices: choices.filter((_, at) => stood[at]) });
  const end = () => ended(choices.filter((_, at) => stood[at]).map((choice) => choice.id));
  if (decisions.length === choices.length) end();
  else tellFailures(rulings.filter((ruling) => ruling.status !== 200), end);
}

function tellFailures(lost, end) {
  failed.querySelector("h2").textContent = say("bulk.failed", { count: lost.length });
  failed.querySelector("ul").replaceChildren(...lost.map((ruling) => {
    const line = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { textContent: say("open") });
    link.href = `/console/review/${ruling.id}`;
    line.append(Object.assign(document.createElement("p"), { textContent: ruling.text, dir: "auto" }), link);
    return line;
  }));
  failed.addEventListener("close", end, { once: true });
  failed.showModal();
}
