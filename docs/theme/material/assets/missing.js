// The page for a broken address: its words go into the search fields, and what they find is listed.

import { element } from "./page.js";

const LISTED = 5;
const NOISE = new Set(["en", "html", "index", "lessons", "ipynb", "md", "py"]);
/** @typedef {{location: string, title: string, text: string}} Entry */

const moved = location.pathname.replace(/(\/lessons\/)\d\d_(?=\w)/, "$1"); // before lessons went by name
if (moved !== location.pathname) location.replace(moved + location.search + location.hash);

const languages = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-root]"))];
const words = wordsOf(location.pathname);
const asked = languages.findLast((box) => location.pathname.startsWith(box.dataset.root ?? "")) ?? languages[0];
asked.parentElement?.querySelector("h1")?.after(asked); // the language of the address comes first
for (const box of languages) {
  const field = box.querySelector("input");
  if (field) field.value = words.join(" ");
}
if (words.length) suggest(asked).catch(() => {}); // without an index the fields are still there

/** @param {string} path */
function wordsOf(path) {
  let text = path.slice((languages[0].dataset.root ?? "").length);
  try {
    text = decodeURIComponent(text);
  } catch {
    // half a character in the address: its letters are searched as they are
  }
  const all = text.normalize("NFKC").toLowerCase().match(/\p{L}+/gu) ?? [];
  return all.filter((word) => !NOISE.has(word));
}

/** @param {HTMLElement} box */
async function suggest(box) {
  const answer = await fetch(`${box.dataset.root}search/search_index.json`);
  /** @type {{docs: Entry[]}} */
  const { docs } = await answer.json();
  const found = pagesOf(docs).map((page) => ({ page, score: score(page) })).filter(({ score }) => score > 0);
  found.sort((a, b) => b.score - a.score);
  const list = /** @type {HTMLElement} */ (box.querySelector("ul"));
  list.append(...found.slice(0, LISTED).map(({ page }) => line(box, page)));
  list.hidden = !found.length;
}

// The index has an entry for each section; a page holds the words of all of them.
/** @param {Entry[]} docs @returns {Entry[]} */
function pagesOf(docs) {
  const pages = docs.filter(({ location }) => !location.includes("#"));
  return pages.map((page) => {
    const sections = docs.filter(({ location }) => location.startsWith(`${page.location}#`));
    return { ...page, text: [page, ...sections].map(({ title, text }) => `${title} ${text}`).join(" ") };
  });
}

// A word in an address or a title says more than one in a text.
/** @param {Entry} page */
function score({ location, title, text }) {
  const weighed = /** @type {[string, number][]} */ ([[location, 4], [title, 3], [text, 1]]);
  const hits = (/** @type {string} */ place) => words.filter((word) => place.toLowerCase().includes(word)).length;
  return weighed.reduce((sum, [place, weight]) => sum + weight * hits(place), 0);
}

/** @param {HTMLElement} box @param {Entry} entry */
function line(box, { location, title }) {
  const link = element("a", "", new DOMParser().parseFromString(title, "text/html").body.textContent ?? "");
  link.href = `${box.dataset.root}${location}`;
  return element("li", "", link);
}
