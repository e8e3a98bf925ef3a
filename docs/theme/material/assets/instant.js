// A click on a link changes the page in place at any address. The theme does so by itself, but only to
// the addresses in its site map, which are those that the site was built for.

const { base } = JSON.parse(document.getElementById("__config")?.textContent ?? "{}");
const BASE = new URL(base, location.href).href; // of this language
const show = location$.next.bind(location$);
let first = pageOf(location); // for a section of it the theme would fetch it anew, without what has run
/** @type {URL | null} */
let there = null; // where a click leads

location$.next = (url) => {
  if (pageOf(url) === first) return;
  first = "";
  show(url);
};
document.addEventListener("click", (event) => {
  const url = asked(event);
  there = url;
  if (!url || pageOf(url) !== pageOf(location)) return;
  event.stopPropagation(); // to a section the browser goes by itself
  if (url.hash) return;
  event.preventDefault();
  scrollTo(0, 0);
}, true);
document.addEventListener("click", (event) => {
  const url = asked(event);
  if (!url || event.defaultPrevented) return;
  event.preventDefault();
  history.replaceState({ x: scrollX, y: scrollY }, ""); // as the theme does it
  history.pushState(null, "", url);
  location$.next(url);
});

// What the theme notes of the old page a moment after it was scrolled ends up in the new page's entry
// of the history, if that came first; it would then go to neither the section nor the top.
document$.subscribe(() => {
  if (!there || pageOf(there) !== pageOf(location)) return;
  history.replaceState(null, "", there);
  const section = document.getElementById(decodeURIComponent(there.hash.slice(1)));
  if (section) section.scrollIntoView();
  else scrollTo(0, 0);
  there = null;
});

/** Where a plain click leads, if to a page of this language. @param {MouseEvent} event */
function asked({ target, altKey, ctrlKey, metaKey, shiftKey }) {
  const link = target instanceof Element ? target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || altKey || ctrlKey || metaKey || shiftKey) return null;
  const url = new URL(link.href, location.href);
  const own = url.href.startsWith(BASE) && !url.href.startsWith(`${BASE}en/`);
  return own && url.pathname.endsWith("/") ? url : null;
}

/** @param {URL | Location} address */
function pageOf({ pathname, search }) {
  return pathname + search;
}
