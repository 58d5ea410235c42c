// What the scripts say, in the language of the page.

const texts = JSON.parse(document.querySelector("meta[name=words]").content);

/** The text of a key with its `{placeholders}` filled in. */
export function say(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text of a key, or `otherwise` where there is none. */
export function sayOr(key, otherwise) {
  return key in texts ? say(key) : otherwise;
}
