// How much waits, as it changes: from a stream, or asked now and then where all places in it are taken.

import { ask } from "./wire.js";

const ASK_MS = 15_000;

/** Call `told` with {waiting, leased, new} whenever it changes. `since`: what came after that is new. */
export function follow(since, told) {
  const query = new URLSearchParams(location.search);
  query.set("since", since);
  let stream = null;
  let asks = null;
  const askNow = () => ask("live/counts").then((counts) => told({ ...counts, new: 0 })).catch(() => {});
  const open = () => {
    if (stream !== null || asks !== null) return;
    stream = new EventSource(`/console/live?${query}`);
    stream.onmessage = (event) => told(JSON.parse(event.data));
    stream.onerror = () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = null;
      asks ??= setInterval(askNow, ASK_MS);
    };
  };
  const close = () => {
    stream?.close();
    clearInterval(asks);
    stream = asks = null;
  };
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? open() : close()));
  addEventListener("pagehide", close);
  open();
}
