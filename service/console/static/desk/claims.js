// Comments are held for five minutes for whoever is at it; a beat every 30 seconds keeps them, leaving gives them back.

import { drop, held, shown } from "./deck.js";
import { ask } from "./wire.js";

const BEAT_MS = 30_000;
const IDLE_MS = 5 * 60_000;

let seenAt = Date.now();
for (const kind of ["keydown", "pointerdown", "scroll", "focus"]) {
  addEventListener(kind, () => { seenAt = Date.now(); }, { capture: true, passive: true });
}

/** Keep what is at hand. `lost` is called where the shown comment is no longer held. */
export function keepClaims(lost) {
  setInterval(async () => {
    const ids = held();
    const away = document.visibilityState !== "visible" || Date.now() - seenAt > IDLE_MS;
    if (away || ids.length === 0 || !document.querySelector("#sheet").dataset.may) return;
    const { kept } = await ask("deck/keep", { ids }).catch(() => ({ kept: ids }));
    drop(...ids.filter((id) => id !== shown()?.id && !kept.includes(id)));
    if (ids.includes(shown()?.id) && !kept.includes(shown().id)) lost();
  }, BEAT_MS);
  addEventListener("pagehide", () => {
    if (held().length > 0) ask("deck/leave", { ids: held() }, { last: true }).catch(() => {});
  });
}

/** Give one comment back at once. */
export function leave(id) {
  ask("deck/leave", { ids: [id] }).catch(() => {});
}
