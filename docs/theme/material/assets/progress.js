// Which exercises the reader has solved: kept in the reader's own browser, shown on the home page
// together with the place where the reader stopped.

import { forgetPlace, place } from "./place.js";

const WORDS = {
  ja: {
    solved: (/** @type {number} */ n, /** @type {number} */ all) => `解いた練習：${all} 題のうち ${n} 題。この記録は、このブラウザーの中だけにあります。`,
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
const words = document.documentElement.lang === "ja" ? WORDS.ja : WORDS.en;
const LIVE = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="live"]')).content;
const KEY = `solved:${new URL(LIVE, location.href).pathname}`; // one record for each site of a host

document$.subscribe(showProgress);
addEventListener("storage", showProgress); // another tab solved one, or erased the record

/** @returns {Set<string>} */
export function solved() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  } catch {
    return new Set(); // storage is switched off, or holds something else
  }
}

/** Remember that the exercise of this verdict is solved. @param {Element | null} verdict */
export function remember(verdict) {
  const name = verdict?.matches(".solved") && verdict.getAttribute("data-exercise");
  if (name) keep([...solved().add(name)]);
}

/** @param {string[]} names */
function keep(names) {
  try {
    localStorage.setItem(KEY, JSON.stringify(names));
  } catch {
    // storage is switched off: the answer was right all the same
  }
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
    const name = /check\("([\w.]+)"/.exec(cell.textContent ?? "")?.[1];
    cell.classList.toggle("solved", known.has(name ?? ""));
    cell.setAttribute("data-solved", known.has(name ?? "") ? words.done : "");
  }
}

/** @param {Element} map @param {Set<string>} known @param {string[][]} counts */
function showOnMap(map, known, counts) {
  document.querySelectorAll(".progress, .resume").forEach((old) => old.remove());
  document.querySelector(".course-map [aria-current]")?.removeAttribute("aria-current");
  let all = 0;
  let done = 0;
  for (const [lesson, count] of counts) {
    const link = document.querySelector(`.course-map a[href*="lessons/${lesson}/"]`);
    if (!link) continue; // the style guide is no part of the course
    const n = [...known].filter((name) => name.split(".")[0] === lesson).length;
    all += Number(count);
    done += n;
    if (n) minutesOf(link)?.append(piece("span", words.of(n, Number(count))));
  }
  const stopped = resume();
  if (stopped) map.before(stopped);
  if (done || stopped) map.before(summary(done, all));
}

// Back to the lesson and section last read; on the map, its card says so.
function resume() {
  const last = place();
  /** @type {HTMLAnchorElement | null} */
  const card = last && document.querySelector(`.course-map a[href*="lessons/${CSS.escape(last.lesson)}/"]`);
  if (!last || !card) return null;
  minutesOf(card)?.append(piece("span", words.here, "resume"));
  card.setAttribute("aria-current", "location");
  const link = /** @type {HTMLAnchorElement} */ (piece("a", card.textContent ?? "", ""));
  link.href = card.href + (last.section && `#${last.section}`);
  if (last.words && last.language === document.documentElement.lang) link.append(` › ${last.words}`);
  const line = piece("p", words.resume, "resume");
  line.append(link);
  return line;
}

/** The line of a card that says how long it takes. @param {Element | null} link */
function minutesOf(link) {
  return link?.parentElement?.querySelector(".minutes");
}

/** @param {number} done @param {number} all */
function summary(done, all) {
  const line = piece("p", `${words.solved(done, all)} `);
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words.erase });
  button.className = "live-button";
  button.addEventListener("click", () => {
    forgetPlace();
    keep([]);
  });
  line.append(button);
  return line;
}

/** @param {string} tag @param {string} text */
function piece(tag, text, kind = "progress") {
  return Object.assign(document.createElement(tag), { className: kind, textContent: text });
}
