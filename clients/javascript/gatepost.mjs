// A thin client of Gatepost's HTTP API in one file: fetch and Web Crypto only (Node 20, Deno, Bun, workers).
//
//   const gatepost = new Gatepost("https://gatepost.example", "gps_...");
//   const comment = await gatepost.submit({ external_id: "17", body: "Nice post" }, { waitSeconds: 5 });
//   console.log(comment.state);
//
// The key is a secret of the website: use this on a server, never in a page.
// Calls are repeated where that can help (no connection, 429, 5xx, a twin in progress) after a time that is drawn at
// random, or the one that the server names; an idempotency key makes sure that nothing is done twice.

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const LONGEST_RETRY_AFTER_SECONDS = 60;
const TOLERANCE_SECONDS = 300;

/** What Gatepost answered (RFC 9457). `status` 0: no answer came. `errors`: each field that is wrong. */
export class GatepostError extends Error {
  constructor(status, problem, retryAfter = null) {
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? problem.title ?? ""}`);
    this.name = new.target.name;
    this.status = status;
    this.code = problem.code ?? "";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? null;
    this.retryAfter = retryAfter;
  }
}

/** 400, 413, 415, 422: the request must be changed before it is sent again. */
export class InvalidRequest extends GatepostError {}
/** 401, 403: the key is unknown, revoked, or of the wrong kind. */
export class NotAllowed extends GatepostError {}
/** 404, 410: it is not there, or not any more. */
export class NotFound extends GatepostError {}
/** 409, 412, 423, 428: it stands otherwise than the request assumes. */
export class Conflict extends GatepostError {}
/** 429: too many requests; `retryAfter` in seconds. */
export class RateLimited extends GatepostError {}
/** 5xx, or no answer at all: the same request may succeed later. */
export class Unavailable extends GatepostError {}
/** The webhook does not come from Gatepost, was changed on its way, or is too old. */
export class InvalidSignature extends Error {}

const KINDS = [
  [InvalidRequest, [400, 413, 415, 422]],
  [NotAllowed, [401, 403]],
  [NotFound, [404, 410]],
  [Conflict, [409, 412, 423, 428]],
  [RateLimited, [429]],
];

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls with the key of one site. `timeoutMs`: of one attempt, beside the time that Gatepost is to wait. */
export class Gatepost {
  #url;
  #key;
  #options;

  constructor(url, key, options = {}) {
    this.#url = url.replace(/\/+$/, "");
    this.#key = key;
    this.#options = { timeoutMs: 10_000, attempts: 4, sleep: rest, fetch: globalThis.fetch, ...options };
  }

  /** Submit a comment; gives it as it stands, decided if a decision came within `waitSeconds` (at most 10). */
  submit(comment, { waitSeconds = 0, idempotencyKey } = {}) {
    return this.#call("POST", "/v1/comments", comment, waitSeconds, idempotencyKey);
  }

  /** Submit up to 100; one `{status, comment}` or `{status, problem}` each, in the same order. */
  async submitMany(comments, { waitSeconds = 0 } = {}) {
    return (await this.#call("POST", "/v1/comments:batch", { items: comments }, waitSeconds)).items;
  }

  /** A comment as it stands. Throws NotFound. */
  get(id) {
    return this.#call("GET", `/v1/comments/${encodeURIComponent(id)}`);
  }

  /** The comment with the website's own id; null if there is none. */
  async find(externalId) {
    for await (const comment of this.comments({ external_id: externalId })) return comment;
    return null;
  }

  /** All comments, newest first; `state` and `external_id` choose among them. */
  async *comments(filters = {}) {
    let cursor = null;
    do {
      const query = new URLSearchParams({ ...filters, limit: "200", ...(cursor === null ? {} : { cursor }) });
      const page = await this.#call("GET", `/v1/comments?${query}`);
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  /** The comment once it has a decision, or as it stands when the time is over. */
  async wait(id, { seconds = 30 } = {}) {
    const ends = performance.now() + seconds * 1000;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, 2_000)) {
      const comment = await this.get(id);
      const left = ends - performance.now();
      if (comment.decision !== null || left <= 0) return comment;
      await this.#options.sleep(Math.min(pause, left));
    }
  }

  /** Send the edited text as `{body}`; it is judged anew. */
  revise(id, revision, { waitSeconds = 0 } = {}) {
    return this.#call("POST", `/v1/comments/${encodeURIComponent(id)}/revisions`, revision, waitSeconds);
  }

  /** Tell that a comment is `spam` or `ham` after all. */
  feedback(id, label, note) {
    const given = note === undefined ? { label } : { label, note };
    return this.#call("POST", `/v1/comments/${encodeURIComponent(id)}/feedback`, given);
  }

  /** Remove every text and every trace of the author. Throws NotFound. */
  async erase(id) {
    await this.#call("DELETE", `/v1/comments/${encodeURIComponent(id)}`);
  }

  async #call(method, path, body, waitSeconds = 0, idempotencyKey = undefined) {
    const headers = { Authorization: `Bearer ${this.#key}`, Accept: "application/json" };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      headers["Idempotency-Key"] = idempotencyKey ?? crypto.randomUUID();
    }
    if (waitSeconds) headers.Prefer = `wait=${waitSeconds}`;
    const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), redirect: "manual" };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(path, request, this.#options.timeoutMs + waitSeconds * 1000);
      } catch (error) {
        const again = error instanceof RateLimited || error instanceof Unavailable || error.code === "in_progress";
        const tooLong = (error.retryAfter ?? 0) > LONGEST_RETRY_AFTER_SECONDS;
        if (!again || tooLong || attempt + 1 >= this.#options.attempts) throw error;
        const drawn = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
        await this.#options.sleep((error.retryAfter ?? 0) * 1000 + drawn);
      }
    }
  }

  async #once(path, request, timeoutMs) {
    let answer, text;
    try {
      answer = await this.#options.fetch(this.#url + path, { ...request, signal: AbortSignal.timeout(timeoutMs) });
      text = await answer.text();
    } catch (error) {
      throw new Unavailable(0, { code: "no_answer", detail: `${error.name}: ${error.cause?.message ?? error.message}` });
    }
    if (answer.ok) return text === "" ? null : JSON.parse(text);
    throw errorOf(answer.status, text, answer.headers.get("Retry-After"));
  }
}

/** The event of a webhook, once it is certain that Gatepost sent it (Standard Webhooks 1.0).
 *
 * `body`: the text exactly as received. `headers`: a Headers object, or one by name. `secret`: `whsec_...`, or several
 * of them during a rotation. Throws InvalidSignature. */
export async function verifyWebhook(body, headers, secret, { now = Date.now() / 1000 } = {}) {
  const given = new Headers(headers);
  const [id, sent, signatures] = ["id", "timestamp", "signature"].map((part) => given.get(`webhook-${part}`));
  if (!id || !signatures || !/^\d+$/.test(sent ?? "")) {
    throw new InvalidSignature("A header of the webhook is missing or cannot be read.");
  }
  if (Math.abs(now - Number(sent)) > TOLERANCE_SECONDS) {
    throw new InvalidSignature("The webhook is more than five minutes old, or the clock is wrong.");
  }
  const signed = new TextEncoder().encode(`${id}.${sent}.${body}`);
  for (const one of [secret].flat()) {
    const raw = bytesOf(one.replace(/^whsec_/, ""));
    const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const part of signatures.split(" ").filter((shown) => shown.startsWith("v1,"))) {
      const signature = bytesOf(part.slice(3));
      if (signature && (await crypto.subtle.verify("HMAC", key, signature, signed))) return JSON.parse(body);
    }
  }
  throw new InvalidSignature("No signature of the webhook is right.");
}

function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function errorOf(status, text, retryAfter) {
  let problem = { title: "no problem document" };
  try {
    problem = Object(JSON.parse(text));
  } catch {}
  const [kind] = KINDS.find(([, statuses]) => statuses.includes(status)) ?? [status >= 500 ? Unavailable : GatepostError];
  return new kind(status, problem, /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null);
}
