// What several scripts of the site need of the page they run in.

export const language = document.documentElement.lang === "ja" ? "ja" : "en";
/** The folder of what runs Python, of which both languages share one; relative to the first page. */
export const LIVE = new URL(
  /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="live"]')).content, location.href);

/** @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {string} kind its class @param {(Node | string)[]} inside */
export function element(tag, kind = "", ...inside) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...inside);
  return made;
}

/** Where a screen reader hears what changes. @param {"div" | "p" | "span"} tag @param {string} kind */
export function status(tag, kind) {
  const made = element(tag, kind);
  made.setAttribute("role", "status");
  return made;
}

/** @param {() => void} action @param {string} kind @param {(Node | string)[]} inside */
export function button(action, kind, ...inside) {
  const made = element("button", kind, ...inside);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

/** A heading or link as words: without the link to itself, a formula as √d. @param {Element} titled */
export function wordsOf(titled) {
  const copy = /** @type {Element} */ (titled.cloneNode(true));
  copy.querySelectorAll(".headerlink").forEach((link) => link.remove());
  copy.querySelectorAll(".katex").forEach((formula) => {
    const tex = formula.querySelector("annotation")?.textContent ?? "";
    formula.replaceWith(tex.replace(/\\sqrt/g, "√").replace(/[\\{}]/g, ""));
  });
  return (copy.textContent ?? "").trim();
}
