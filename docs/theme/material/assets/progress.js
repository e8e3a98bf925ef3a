// Which exercises the reader has solved: kept in the reader's own browser, shown on the home page
// together with the place where the reader stopped.

import { button, element, language, wordsOf } from "./page.js";
import { place } from "./place.js";
import { keep, kept } from "./storage.js";

const WORDS = {
  ja: {
    solved: (/** @type {number} */ n, /** @type {number} */ all) => `解いた練習：${all} 題のうち ${n} 題。この記録は、このブラウザの中だけにあります。`,
    erase: "記録を消す",
    done: "解きました",
    of: (/** @type {number} */ n, /** @type {number} */ all) => `練習 ${n}/${all}`,
    resume: "つづきから：",
    here: "前回はここ",
  },
  en: {
    solved: (/** @type {number} */ n, /** @type {number} */ all) => `Exercises solved: ${n} of ${all}. This record is in your browser only.`,
    erase: "Erase it",
    done: "Solved",
    of: (/** @type {number} */ n, /** @type {number} */ all) => `exercises ${n}/${all}`,
    resume: "Go on where you stopped: ",
    here: "last read",
  },
};
const words = WORDS[language];

document$.subscribe(showProgress);
addEventListener("storage", showProgress); // another tab solved one, or erased the record

/** @returns {Set<string>} the ids, such as attention.1 */
function solved() {
  const ids = kept("solved");
  return new Set(Array.isArray(ids) ? ids.map(String) : []);
}

/** Remember that the exercise of this verdict is solved. @param {Element | null} verdict */
export function remember(verdict) {
  const id = verdict?.matches(".solved") && verdict.getAttribute("data-exercise");
  if (!id) return;
  keep("solved", [...solved().add(id)]);
  showProgress();
}

function showProgress() {
  const known = solved();
  markExercises(known);
  const told = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="exercises"]'));
  const map = document.querySelector(".course-map");
  if (map && told) showOnMap(map, known, told.content.trim().split(/\s+/).map((pair) => pair.split(":")));
}

/** @param {Set<string>} known */
function markExercises(known) {
  for (const cell of document.querySelectorAll(".cell.exercise")) {
    const done = known.has(/check\("([^"]+)"/.exec(cell.textContent ?? "")?.[1] ?? "");
    cell.classList.toggle("solved", done);
    cell.setAttribute("data-solved", done ? words.done : "");
  }
}

/** @param {Element} map @param {Set<string>} known @param {string[][]} counts of each lesson's exercises */
function showOnMap(map, known, counts) {
  document.querySelectorAll(".progress, .resume").forEach((old) => old.remove());
  document.querySelector(".course-map [aria-current]")?.removeAttribute("aria-current");
  let all = 0;
  let done = 0;
  for (const [lesson, count] of counts) {
    const link = linkTo(lesson);
    if (!link) continue; // the style guide is no part of the course
    const n = [...known].filter((id) => id.startsWith(`${lesson}.`)).length;
    all += Number(count);
    done += n;
    if (n) minutesOf(link)?.append(element("span", "progress", words.of(n, Number(count))));
  }
  const stopped = resume();
  if (stopped) map.before(stopped);
  if (done || stopped) map.before(summary(done, all));
}

// Back to the lesson and section last read; on the map, its card says so.
function resume() {
  const last = place();
  const card = last && linkTo(last.lesson);
  if (!last || !card) return null;
  minutesOf(card)?.append(element("span", "resume", words.here));
  card.setAttribute("aria-current", "location");
  const link = element("a", "", wordsOf(card));
  link.href = card.href + (last.section && `#${last.section}`);
  if (last.words && last.language === language) link.append(` › ${last.words}`);
  return element("p", "resume", words.resume, link);
}

/** On the map, a lesson by the name of its folder. @param {string} lesson @returns {HTMLAnchorElement | null} */
function linkTo(lesson) {
  return document.querySelector(`.course-map a[href*="lessons/${CSS.escape(lesson)}/"]`);
}

/** The line of a card that says how long it takes. @param {Element} link */
function minutesOf(link) {
  return link.parentElement?.querySelector(".minutes");
}

/** @param {number} done @param {number} all */
function summary(done, all) {
  const erase = button(() => {
    for (const name of ["place", "solved"]) keep(name, undefined);
    showProgress();
  }, "live-button", words.erase);
  return element("p", "progress", `${words.solved(done, all)} `, erase);
}
