// The little that HTML and CSS cannot do. Every page reads well without it.
// `document$` is the theme's: it speaks once for each page, also after instant navigation.

import { button, language } from "./page.js";

/** @type {HTMLAnchorElement | null} */
const other = document.querySelector(".language-switch[data-there]");
if (other) followReader(other);
document$.subscribe(() => {
  /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table.data")).forEach(makeSortable);
  /** @type {NodeListOf<HTMLElement>} */
  const wide = document.querySelectorAll(".md-typeset__scrollwrap, .output.table, .arithmatex, .fig");
  wide.forEach(makeReachable);
});

// Instant navigation leaves the header as it was, so the link is worked out when it is used.
/** @param {HTMLAnchorElement} link */
function followReader(link) {
  const [here, there] = [link.dataset.here, link.dataset.there].map((root) => new URL(root ?? "", location.href));
  link.addEventListener("click", () => {
    const page = location.pathname.slice(here.pathname.length);
    link.href = new URL(page + location.hash, there).href;
  });
}

// What scrolls sideways on a narrow screen must scroll with the keyboard too.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/** @param {HTMLElement} box */
export function makeReachable(box) {
  sizes.observe(box);
}

/** @param {HTMLTableElement} table */
function makeSortable(table) {
  for (const header of table.tHead?.rows[0]?.cells ?? []) {
    if (header.querySelector("button")) continue;
    header.append(button(() => sort(table, header), "", ...header.childNodes));
  }
}

/** @param {HTMLTableElement} table @param {HTMLTableCellElement} header */
function sort(table, header) {
  const descending = header.ariaSort === "ascending";
  const sign = descending ? -1 : 1;
  const text = (/** @type {HTMLTableRowElement} */ row) => row.cells[header.cellIndex].textContent.trim();
  const row = /** @type {HTMLTableRowElement} */ (header.parentNode);
  for (const other of row.cells) other.removeAttribute("aria-sort");
  header.ariaSort = descending ? "descending" : "ascending";
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => sign * compare(text(a), text(b))));
}

/** @param {string} a @param {string} b */
function compare(a, b) {
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) ? a.localeCompare(b, language) : difference;
}
