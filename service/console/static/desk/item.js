// One comment after the other: decide, skip, go back, take back, without leaving the page.

import { announce, toast } from "./announce.js";
import { openBulk } from "./bulk.js";
import { keepClaims, leave } from "./claims.js";
import * as deck from "./deck.js";
import { label, listen } from "./keys.js";
import { openListing } from "./listing.js";
import { flush, send, takeUnsent } from "./outbox.js";
import { redo, undo } from "./reversal.js";
import { didStep } from "./steps.js";
import { Refusal, ask } from "./wire.js";
import { say } from "./words.js";

const ACTIONS = { approve: "approve", reject: "reject", escalate: "escalate" };
const rejectDialog = document.querySelector("#reject");
const copiesDialog = document.querySelector("#copies");
let copies = [];
let turn = Promise.resolve();

/** What a key does waits for what the key before it did: a fast hand never decides the same comment twice. */
const inTurn = (act) => () => { turn = turn.then(act).catch(failed); };
const sheet = () => document.querySelector("#sheet");

function paint(card) {
  const holder = document.createElement("template");
  if (card === null) holder.innerHTML = document.querySelector("#nothing").innerHTML;
  else holder.innerHTML = card.html;
  const fresh = holder.content.querySelector("#sheet");
  for (const news of document.querySelectorAll("main > .news")) news.remove();
  sheet().replaceWith(fresh);
  label(fresh);
  fresh.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
  if (card === null) announce(say("nothing"));
  else {
    announce(fresh.querySelector("h1").textContent);
    history.replaceState(null, "", `/console/review/${card.id}${location.search}`);
  }
  for (const link of document.querySelectorAll(".rail a[data-item]")) {
    if (link.dataset.item === card?.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function measure(name, begin) {
  performance.measure(name, { start: begin, end: performance.now() });
}

async function goOn({ keep }) {
  const begin = performance.now();
  const card = await deck.forward({ keep }).catch(failed);
  if (card === undefined) return;
  paint(card);
  requestAnimationFrame(() => setTimeout(() => measure("paint", begin)));
}

function failed(error) {
  if (error instanceof Refusal && error.status === 401) {
    toast(say("session"), { warns: true, action: [say("session.open"), `/console/login?next=${location.pathname}`] });
  } else toast(error.message || say("failed"), { warns: true });
}

function decide(action, reason = null) {
  const { item, version, may, escalates } = sheet().dataset;
  if (!may || (action === "escalate" && !escalates)) return toast(say("may.not"));
  const note = document.querySelector("#note")?.value.trim() || null;
  const begin = performance.now();
  document.querySelector(`.rail a[data-item="${item}"]`)?.closest("li").remove();
  toast(say(`done.${action}`), { action: [say("undo"), inTurn(takeBack)] });
  deck.leaveOut(item);
  send({ id: item, version: Number(version), action, reason, note }, ended).then(() => measure("ack", begin));
  return goOn({ keep: false });
}

function ended(choice, ruling) {
  if (ruling.status === 200) didStep({ decisions: [ruling.decision], choices: [choice] });
  else if (ruling instanceof Error) failed(ruling);
  else toast(ruling.text, { warns: true, action: [say("open"), `/console/review/${choice.id}`] });
}

async function takeBack() {
  const unsent = takeUnsent();
  if (unsent !== undefined) return show(unsent.id);
  await flush(ended);
  const card = await undo();
  if (card === null) return undefined;
  deck.putFirst(card);
  return paint(card);
}

async function doAgain() {
  await flush(ended);
  const ids = await redo();
  if (ids?.includes(sheet().dataset.item)) await goOn({ keep: false });
}

async function show(id) {
  const card = await deck.fetchSheet(id).catch(failed);
  if (card === undefined) return;
  deck.putFirst(card);
  paint(card);
}

async function goBack() {
  const card = await deck.back().catch(failed);
  if (card === null) toast(say("first"));
  else if (card !== undefined) paint(card);
}

function skip() {
  const { item, may } = sheet().dataset;
  if (may) leave(item);
  announce(say("done.skip"));
  return goOn({ keep: true });
}

function openPage() {
  const { page } = sheet().dataset;
  if (page) open(page, "_blank", "noopener,noreferrer");
  else toast(say("page.none"));
}

function reveal(selector) {
  const part = sheet().querySelector(selector);
  if (part === null) return;
  part.closest("details")?.setAttribute("open", "");
  part.querySelector("details")?.setAttribute("open", "");
  part.scrollIntoView({ block: "nearest" });
  part.focus();
}

function look() {
  sheet().querySelector(".veil")?.setAttribute("open", "");
}

function focusMode() {
  const on = document.body.classList.toggle("alone");
  localStorage.setItem("gatepost-alone", on ? "1" : "");
  announce(say(on ? "focus.on" : "focus.off"));
}

function chooseReason() {
  if (!sheet().dataset.may) return toast(say("may.not"));
  return rejectDialog.showModal();
}

function list(verb) {
  if (!sheet().querySelector(`[data-menu=${verb}]`)) return toast(say("may.not"));
  const asWell = (also) => also && inTurn(() => decide(also, also === "reject" ? "spam" : null))();
  return openListing(verb, sheet().dataset.item, asWell).catch(failed);
}

async function showCopies() {
  const { item } = sheet().dataset;
  if (!item) return;
  ({ ids: copies } = await ask(`review/${item}/alike`));
  if (copies.length === 0) {
    toast(say("copies.none"));
    return;
  }
  copiesDialog.querySelector("h2").textContent = say("copies", { count: copies.length });
  copiesDialog.showModal();
}

function copiesDecided(ids) {
  for (const id of ids) {
    deck.leaveOut(id);
    document.querySelector(`.rail a[data-item="${id}"]`)?.closest("li").remove();
  }
  deck.drop(...ids);
  toast(say("bulk.done", { count: ids.length }), { action: [say("undo"), inTurn(takeBack)] });
  if (ids.includes(sheet().dataset.item)) inTurn(() => goOn({ keep: false }))();
}

/** A dialog of numbered choices: `chosen` is called with the value of the one that is pressed. */
function numbered(dialog, chosen) {
  dialog.addEventListener("close", () => {
    const value = dialog.returnValue;
    dialog.returnValue = "";
    if (value) chosen(value);
  });
  dialog.addEventListener("keydown", (event) => {
    const choice = dialog.querySelectorAll(".choices button")[Number(event.key) - 1];
    if (choice === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    dialog.close(choice.value);
  });
}

numbered(rejectDialog, (reason) => inTurn(() => decide("reject", reason))());
numbered(copiesDialog, (what) => {
  if (what === "show") location.assign(`/console/review/${sheet().dataset.item}/alike`);
  else openBulk(what, copies, copiesDecided);
});

document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  const action = ACTIONS[submitter?.value];
  if (target.id === "decision" && action) {
    const open = document.querySelector(".act details")?.open;
    const reason = action === "reject" && open ? document.querySelector("#reason").value : null;
    inTurn(() => decide(action, reason))();
  } else if (target.id === "onward") inTurn(skip)();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".rail a[data-item], a[data-menu]");
  if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.menu === "copies") return;
  event.preventDefault();
  if (link.dataset.menu) list(link.dataset.menu);
  else inTurn(() => show(link.dataset.item))();
});

listen({
  approve: inTurn(() => decide("approve")),
  spam: inTurn(() => decide("reject", "spam")),
  reject: chooseReason,
  escalate: inTurn(() => decide("escalate")),
  skip: inTurn(skip),
  next: inTurn(() => goOn({ keep: true })),
  previous: inTurn(goBack),
  undo: inTurn(takeBack),
  redo: inTurn(doAgain),
  note: () => reveal("#note"),
  why: () => reveal("#why"),
  talk: () => reveal("#talk"),
  author: () => reveal("#author"),
  block: () => list("block"),
  trust: () => list("trust"),
  copies: () => showCopies().catch(failed),
  page: openPage,
  look,
  focus: focusMode,
});

document.body.classList.toggle("alone", localStorage.getItem("gatepost-alone") === "1");
const { item, version } = sheet().dataset;
deck.begin({ id: item, version: Number(version), html: sheet().outerHTML });
label(document);
flush(ended);
if (sheet().dataset.may || document.querySelector("#onward")) {
  deck.fill(item).catch(failed);
  keepClaims(() => {
    toast(say("lease.lost"), { warns: true });
    show(sheet().dataset.item);
  });
}
