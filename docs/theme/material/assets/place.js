// Where the reader stopped: the lesson and the section last read.

import { language, wordsOf } from "./page.js";
import { keep, kept } from "./storage.js";

/** @typedef {{lesson: string, section: string, words: string, language: string}} Place */
const REST = 300; // ms without scrolling, until a section counts as read

let resting = 0;
document$.subscribe(keepPlace);
addEventListener("scroll", () => {
  clearTimeout(resting);
  resting = setTimeout(keepPlace, REST);
}, { passive: true });

/** @returns {Place | null} */
export function place() {
  const last = kept("place");
  return last && ["lesson", "section", "words", "language"].every((name) => typeof last[name] === "string") ? last : null;
}

function keepPlace() {
  const lesson = /\/lessons\/([\w-]+)\/(?:index\.html)?$/.exec(location.pathname)?.[1];
  if (!lesson) return;
  const section = sectionInView();
  keep("place", { lesson, section: section?.id ?? "", words: section ? wordsOf(section) : "", language });
}

// The section that fills the screen: the last whose heading has passed its upper third.
function sectionInView() {
  const headings = document.querySelectorAll("article h2[id]");
  return [...headings].findLast((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
}
