// The little that HTML and CSS cannot do. Every page reads well without it.
// `document$` is the theme's: it speaks once for each page, also after instant navigation.

const language = document.querySelector(".language-switch[data-there]");
if (language) followReader(language);
document$.subscribe(() => {
  document.querySelectorAll("table.data").forEach(makeSortable);
  document.querySelectorAll(".md-typeset__scrollwrap, .output.table, .arithmatex, .fig").forEach(makeReachable);
});

// Instant navigation leaves the header as it was, so the link is worked out when it is used.
function followReader(link) {
  const [here, there] = [link.dataset.here, link.dataset.there].map((root) => new URL(root, location));
  link.addEventListener("click", () => {
    const page = location.pathname.slice(here.pathname.length);
    link.href = new URL(page + location.hash, there);
  });
}

// What scrolls sideways on a narrow screen must scroll with the keyboard too.
function makeReachable(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}

function makeSortable(table) {
  for (const header of table.tHead?.rows[0]?.cells ?? []) {
    if (header.querySelector("button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(table, header));
    header.append(button);
  }
}

function sort(table, header) {
  const descending = header.ariaSort === "ascending";
  const sign = descending ? -1 : 1;
  const text = (row) => row.cells[header.cellIndex].textContent.trim();
  for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
  header.ariaSort = descending ? "descending" : "ascending";
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => sign * compare(text(a), text(b))));
}

function compare(a, b) {
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) ? a.localeCompare(b, document.documentElement.lang) : difference;
}
