// Keys on lists of decisions: j and k go from one to the next, d disagrees with the one that has the focus.

const entries = () => [...document.querySelectorAll(".log > .entry")];
let goesTo = false;

function step(by) {
  const all = entries();
  const at = all.indexOf(document.activeElement?.closest(".entry"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const afterG = goesTo;
  goesTo = event.key === "g"; // `g` and a letter goes to another page.
  if (afterG) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "d") document.activeElement?.closest(".entry")?.querySelector("[data-disagree]")?.click();
  else return;
  event.preventDefault();
});
