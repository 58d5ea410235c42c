// The list of what waits: go through it, select, decide many at once, and hear of what is new without a jump.

import { announce, toast } from "./announce.js";
import { openBulk } from "./bulk.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { redo, undo } from "./reversal.js";
import { say } from "./words.js";

const bar = document.querySelector("#bulk");
const rows = () => [...document.querySelectorAll(".queue li[data-item]")];
const box = (row) => row.querySelector(".pick input");
const selected = () => rows().filter((row) => box(row)?.checked);
let anchor = null;
let isAll = false;

function at() {
  return rows().findIndex((row) => row.contains(document.activeElement));
}

function step(by) {
  const all = rows();
  all[Math.max(0, Math.min(all.length - 1, at() + by))]?.querySelector(".text").focus();
}

function draw() {
  if (bar === null) return;
  const count = selected().length;
  bar.hidden = count === 0 && !isAll;
  const text = isAll ? say("selected.all") : say("selected", { count });
  bar.querySelector("#bulk-count").textContent = text;
  for (const row of rows()) row.classList.toggle("picked", Boolean(box(row)?.checked));
  announce(text);
}

function select(range) {
  const all = rows();
  const here = Math.max(0, at());
  const row = all[here];
  if (row === undefined || box(row) === null) return;
  if (range && anchor !== null) {
    const [first, last] = [all.indexOf(anchor), here].sort((a, b) => a - b);
    for (const other of all.slice(Math.max(0, first), last + 1)) box(other).checked = true;
  } else {
    box(row).checked = !box(row).checked;
    anchor = row;
  }
  isAll = false;
  draw();
}

function selectAll(on) {
  for (const row of rows()) if (box(row)) box(row).checked = on;
  isAll = on;
  draw();
}

function decideMany(action) {
  const ids = isAll ? [] : selected().map((row) => row.dataset.item);
  if (!isAll && ids.length === 0) return toast(say("bulk.nothing"));
  return openBulk(action, ids, (decided) => {
    sessionStorage.setItem("gatepost-told", say("bulk.done", { count: decided.length }));
    location.reload();
  });
}

async function reversed(what) {
  if ((await what()) !== null) setTimeout(() => location.reload(), 600);
}

for (const pick of document.querySelectorAll(".pick")) pick.hidden = false;
document.querySelector(".queue")?.addEventListener("change", (event) => {
  anchor = event.target.closest("li");
  isAll = false;
  draw();
});
bar?.addEventListener("click", (event) => {
  const what = event.target.closest("[data-bulk]")?.dataset.bulk;
  if (what === "all") selectAll(true);
  else if (what === "none") selectAll(false);
  else if (what) decideMany(what);
});

listen({
  next: () => step(1),
  previous: () => step(-1),
  select: () => select(false),
  range: () => select(true),
  all: () => bar && selectAll(!isAll),
  approve: () => decideMany("approve"),
  spam: () => decideMany("reject"),
  reject: () => decideMany("reject"),
  escalate: () => decideMany("escalate"),
  undo: () => reversed(undo),
  redo: () => reversed(redo),
});

const pill = document.querySelector("#new");
pill.querySelector("button").addEventListener("click", () => location.reload());
follow(document.querySelector("#queue").dataset.since, ({ waiting, new: fresh }) => {
  document.querySelector("#waiting").textContent = waiting === 1 ? say("waiting.one") : say("waiting", { count: waiting });
  pill.hidden = fresh === 0;
  pill.querySelector("button").textContent = say("new", { count: fresh });
});

const told = sessionStorage.getItem("gatepost-told");
if (told !== null) {
  sessionStorage.removeItem("gatepost-told");
  toast(told, { action: [say("undo"), () => reversed(undo)] });
}
