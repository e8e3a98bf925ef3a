// Where the reader stopped: the lesson and the section last read, kept in the reader's own browser.

/** @typedef {{lesson: string, section: string, words: string, language: string}} Place */
const LIVE = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="live"]')).content;
const KEY = `place:${new URL(LIVE, location.href).pathname}`; // one record for each site of a host
const REST = 300; // ms without scrolling, until a section counts as read

let resting = 0;
document$.subscribe(keepPlace);
addEventListener("scroll", () => {
  clearTimeout(resting);
  resting = setTimeout(keepPlace, REST);
}, { passive: true });

/** @returns {Place | null} */
export function place() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return kept && ["lesson", "section", "words", "language"].every((name) => typeof kept[name] === "string") ? kept : null;
  } catch {
    return null; // storage is switched off, or holds something else
  }
}

export function forgetPlace() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // storage is switched off: nothing was kept
  }
}

function keepPlace() {
  const lesson = /\/lessons\/(\w+)\/(?:index\.html)?$/.exec(location.pathname)?.[1];
  if (!lesson) return;
  const section = sectionInView();
  const words = section?.firstChild?.textContent ?? "";
  const kept = { lesson, section: section?.id ?? "", words, language: document.documentElement.lang };
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // storage is switched off: the page reads the same
  }
}

// The section that fills the screen: the last whose heading has passed its upper third.
function sectionInView() {
  const headings = document.querySelectorAll("article h2[id]");
  return [...headings].findLast((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
}
