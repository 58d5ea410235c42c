// The keys that work on every page: go to another page, search, help.

import { openHelp } from "./help.js";
import { label, listen } from "./keys.js";

const pages = [...document.querySelectorAll(".top nav a[data-key]")];
const go = Object.fromEntries(pages.map((link) => [link.dataset.key, () => link.click()]));

listen(
  {
    help: () => openHelp(pages.map((link) => [link.dataset.key, link.textContent.trim()])),
    search: () => {
      const field = document.querySelector("input[type=search]");
      if (field !== null) field.focus();
      else location.assign("/console#search");
    },
  },
  go,
);
label(document);
if (location.hash === "#search") document.querySelector("input[type=search]")?.focus();
