// Shows the published comments, and measures how long the form was looked at.

const shown = performance.now();
const form = document.getElementById("form");

form.addEventListener("submit", () => {
  form.elements.seconds.value = ((performance.now() - shown) / 1000).toFixed(1);
});

const SAID = {
  approved: "Thank you, your comment is published.",
  review: "Thank you. A person looks at your comment before it is published.",
  waiting: "Thank you. Your comment is being looked at.",
  refused: "Your comment is not published.",
  failed: "Your comment could not be taken just now. Please try again in a minute.",
};
document.getElementById("said").textContent = SAID[new URLSearchParams(location.search).get("said")] ?? "";

const answer = await fetch("/comments.json");
for (const { name, body } of answer.ok ? await answer.json() : []) {
  const item = document.createElement("li");
  item.textContent = `${name ?? "Somebody"}: ${body}`; // As text, never as HTML: visitors wrote it.
  document.getElementById("comments").append(item);
}
