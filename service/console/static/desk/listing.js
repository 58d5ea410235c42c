// Block or trust what lies on the desk: the form of the server in a dialog.

import { toast } from "./announce.js";
import { ask } from "./wire.js";
import { say } from "./words.js";

const dialog = document.querySelector("#listing");
const filled = dialog.querySelector(".filled");
let about = null;
let saved = () => {};

/** Open the form. `verb`: block or trust; `id`: the item; `then` is called with what else is to become of the comment. */
export async function openListing(verb, id, then) {
  saved = then;
  about = `review/${id}/${verb}`;
  fill(await ask(about));
  dialog.showModal();
}

function fill({ title, html }) {
  dialog.querySelector("h2").textContent = title;
  filled.innerHTML = html;
}

filled.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await ask(about, new FormData(event.target, event.submitter)).catch((error) => {
    toast(error.message || say("failed"), { warns: true });
  });
  if (answer === undefined) return;
  if (answer.html !== undefined) {
    fill(answer);
    filled.querySelector("[autofocus]").focus();
    return;
  }
  dialog.close();
  toast(answer.text, { action: [say("undo"), () => takeBack(answer.back)] });
  saved(answer.also);
});

async function takeBack(path) {
  try {
    toast((await ask(path, new FormData())).text);
  } catch (error) {
    toast(error.message || say("failed"), { warns: true });
  }
}
