// Questions to the server: JSON both ways, with the token that shows that they come from this page.

/** The server did not answer, or not now: try again later. */
export class Away extends Error {}

/** The server refused. `status` is that of HTTP, the message a sentence for people. */
export class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const token = document.querySelector("meta[name=csrf-token]").content;
const LATER = new Set([429, 502, 503, 504]);

/** Ask with a body (POST; a FormData goes as a form), or without (GET). `last`: let the question outlive the page. */
export async function ask(path, body, { last = false } = {}) {
  const question = { headers: { Accept: "application/json" }, keepalive: last };
  if (body !== undefined) {
    question.method = "POST";
    question.headers["X-CSRFToken"] = token;
    const isForm = body instanceof FormData;
    if (!isForm) question.headers["Content-Type"] = "application/json";
    question.body = isForm ? body : JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`/console/${path}${location.search}`, question);
  } catch {
    throw new Away();
  }
  if (LATER.has(answer.status)) throw new Away();
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, content.text ?? "");
  return content;
}
