// Every bar, point and cell says its value: under the mouse, at a touch, and with the arrow keys.
// Without this script the same words are the browser's own tooltips, `title`.

import { status } from "./page.js";

const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});
const tip = status("div", "fig-tip");
/** @type {Element | null} */
let current = null;

document$.subscribe(() => {
  document.body.append(tip);
  show(null);
  document.querySelectorAll(".fig svg").forEach(makeWalkable);
});
for (const kind of ["pointerover", "pointerdown"]) {
  document.addEventListener(kind, ({ target }) => show(markOf(target)));
}
document.addEventListener("focusin", ({ target }) => {
  if (isWalkable(target) && target.matches(":focus-visible")) show(marksOf(target)[0]); // not at a tap
});
document.addEventListener("focusout", () => show(null));
document.addEventListener("scroll", () => show(current), { passive: true }); // it goes along with its mark
document.addEventListener("keydown", walk);

/** Let the keyboard into a figure that has values to tell. @param {Element} svg */
export function makeWalkable(svg) {
  if (svg.querySelector("a") || !marksOf(svg).length) return;
  svg.setAttribute("tabindex", "0");
}

/** @param {EventTarget | null} target @returns {target is Element} */
function isWalkable(target) {
  return target instanceof SVGSVGElement && target.hasAttribute("tabindex");
}

/** @param {Element} svg */
function marksOf(svg) {
  return [.../** @type {Iterable<Element>} */ (svg.querySelectorAll("g"))].filter((group) => textOf(group));
}

/** @param {EventTarget | null} target */
function markOf(target) {
  const mark = target instanceof Element ? target.closest(".fig svg g") : null;
  return mark && textOf(mark) ? mark : null;
}

/** The words of a mark; its title moves aside, or the browser would say them again. @param {Element} mark */
function textOf(mark) {
  const title = mark.querySelector(":scope > title");
  if (title) {
    mark.setAttribute("data-tip", title.textContent ?? "");
    title.remove();
  }
  return mark.getAttribute("data-tip");
}

/** @param {Element | null | undefined} mark */
function show(mark) {
  current?.classList.remove("told");
  current = mark ?? null;
  tip.hidden = !mark;
  if (!mark) return;
  mark.classList.add("told");
  tip.textContent = textOf(mark);
  const box = mark.getBoundingClientRect();
  const middle = box.left + box.width / 2 - tip.offsetWidth / 2;
  const above = box.top - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(4, Math.min(middle, innerWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${above > 60 ? above : box.bottom + 6}px`; // below the header of the site
}

/** @param {KeyboardEvent} event */
function walk(event) {
  if (event.key === "Escape") return show(null);
  const step = ARROWS[event.key];
  if (!step || !isWalkable(event.target)) return;
  event.preventDefault();
  const marks = marksOf(event.target);
  const here = current && marks.includes(current) ? current : marks[0];
  show(nearest(here, marks, step) ?? here);
}

/** The next mark in the direction of the arrow: one that stands beside it, else the closest ahead.
 * @param {Element} here @param {Element[]} marks @param {[number, number]} step */
function nearest(here, marks, [dx, dy]) {
  const from = here.getBoundingClientRect();
  const ahead = marks.map((mark) => {
    const box = mark.getBoundingClientRect();
    const right = (box.left + box.right - from.left - from.right) / 2;
    const down = (box.top + box.bottom - from.top - from.bottom) / 2;
    const apart = dx
      ? Math.max(box.top - from.bottom, from.top - box.bottom)
      : Math.max(box.left - from.right, from.left - box.right);
    const rank = [apart > 1 ? 1 : 0, Math.round(right * dx + down * dy), Math.abs(dx ? down : right)];
    return { mark, rank };
  }).filter(({ rank }) => rank[1] > 0);
  ahead.sort(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return ahead[0]?.mark;
}
