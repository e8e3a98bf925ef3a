// Run, edit, reset and stop on every code cell. Nothing is loaded before the reader asks for it, and
// without this script a lesson is the static lesson. `document$` is the theme's: once for each page.

import { makeWalkable } from "./figures.js";
import { button, element, language, LIVE, status } from "./page.js";
import { remember } from "./progress.js";
import { makeReachable } from "./site.js";

const WORDS = {
  ja: {
    run: "実行", check: "答えを確かめる", stop: "停止", edit: "編集", reset: "元に戻す", retry: "やり直す",
    load: "最初の実行では、約 9 MB の Python を一度だけ読み込みます",
    trains: "学習するセルです。ブラウザでは 1 分ほどかかります",
    starting: "Python を準備しています", running: "実行しています",
    done: (/** @type {string} */ s) => `このブラウザで実行しました（${s} 秒）`,
    failed: "エラーで止まりました",
    stopped: "停止しました。変数はすべて消えたので、次は最初から実行します",
    broken: "Python を読み込めませんでした。サイトを自分で作ったときは、先に make live が要ります",
    code: "このセルのコード（Esc のあと Tab で外へ出ます）",
    docstring: "docstring の残り",
  },
  en: {
    run: "Run", check: "Check", stop: "Stop", edit: "Edit", reset: "Reset", retry: "Retry",
    load: "The first run loads about 9 MB of Python, once",
    trains: "This cell trains, which takes about a minute in a browser",
    starting: "Getting Python ready", running: "Running",
    done: (/** @type {string} */ s) => `Ran in this browser (${s} s)`,
    failed: "Stopped by an error",
    stopped: "Stopped. All variables are gone, so the next run starts from the top",
    broken: "Python could not be loaded. If you built the site yourself, it needs make live first",
    code: "The code of this cell (Escape, then Tab, leaves it)",
    docstring: "The rest of the docstring",
  },
};
const WORKER = new URL("worker.js", LIVE);
const EDITOR = new URL("editor.js", LIVE);
const OFFLINE = new URL("../offline.js", LIVE);
const TRAINS = /\btrain\.train\(/;
const words = WORDS[language];

/** What the worker says of a cell. @typedef {{kind: string, text: string}} Answer */
/** @typedef {{text: () => string, close: () => void, focus: () => void}} Editor */

/** @type {Promise<Worker> | null} */
let worker = null;
let serial = 0;
/** @type {Map<number, (answer: Answer) => void>} */
const waiting = new Map(); // id -> what to do with a message
/** @type {Set<string>} */
const ran = new Set(); // cells whose variables the worker holds

document$.subscribe(() => {
  /** @type {NodeListOf<HTMLElement>} */
  const found = document.querySelectorAll(".cell.highlight");
  const cells = [...found].filter((box) => !box.dataset.live);
  const all = cells.map((box) => new Cell(box));
  const needed = all.filter((cell) => !cell.box.closest("details.solution")); // nothing needs a solution
  const first = all.find((cell) => !cell.box.closest("details")); // one that is seen
  if (!worker && first) first.note.textContent = words.load;
  for (const cell of all) cell.above = needed.slice(0, needed.findLastIndex((one) => one.isAbove(cell)) + 1);
});

/** @param {object} message @param {(answer: Answer) => void} listener @returns {Promise<string>} how it ended */
export function send(message, listener) {
  const running = (worker ??= startWorker());
  const id = ++serial;
  return new Promise((resolve) => {
    waiting.set(id, (/** @type {Answer} */ answer) => {
      listener(answer);
      if (["done", "failed", "broken", "stopped"].includes(answer.kind)) {
        waiting.delete(id);
        resolve(answer.kind);
      }
    });
    listener({ kind: "status", text: "starting" });
    running.then((started) => waiting.has(id) && started.postMessage({ id, ...message }));
  });
}

// A worker made from a blob obeys the policy of this page, so what runs in it reaches no other host.
async function startWorker() {
  await keepForOffline();
  const script = new Blob([`import ${JSON.stringify(WORKER.href)};`], { type: "text/javascript" });
  const started = new Worker(URL.createObjectURL(script), { type: "module" });
  started.onmessage = ({ data }) => {
    waiting.get(data.id)?.(data);
    if (data.kind === "broken") end("broken");
  };
  started.onerror = () => end("broken");
  return started;
}

// The page, and from now on all that it loads, can be had again without a network.
async function keepForOffline() {
  const { serviceWorker } = navigator; // not there without https
  if (!serviceWorker || serviceWorker.controller) return;
  try {
    const controlled = new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    if (!(await serviceWorker.register(OFFLINE))) return;
    await Promise.race([controlled, new Promise((resolve) => setTimeout(resolve, 2000))]);
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const own = [location.href, ...loaded].filter((url) => url.startsWith(new URL("..", LIVE).href));
    navigator.serviceWorker.controller?.postMessage(own.map((url) => url.split("#")[0]));
  } catch {
    // switched off, or a site that is being written: the network is needed each time
  }
}

/** @param {string} kind */
function end(kind) {
  worker?.then((started) => started.terminate());
  worker = null;
  ran.clear();
  for (const listener of [...waiting.values()]) listener({ kind, text: "" });
}

class Cell {
  /** @param {HTMLElement} box */
  constructor(box) {
    box.dataset.live = "yes";
    this.box = box;
    this.code = /** @type {HTMLElement} */ (box.querySelector("code"));
    this.pre = /** @type {HTMLElement} */ (this.code.closest("pre"));
    this.answers = box.classList.contains("exercise");
    /** @type {Editor | null} */
    this.editor = null;
    /** @type {Cell[]} */
    this.above = [];
    this.key = `${location.pathname}#${box.id}`;
    this.built = following(box);
    this.output = element("div", "live-output");
    this.runs = button(() => this.pressed(), "live-button", this.label);
    const edits = button(() => this.edit(), "live-button", words.edit);
    this.resets = button(() => this.reset(), "live-button", words.reset);
    this.resets.hidden = true;
    this.note = status("span", "live-note");
    if (TRAINS.test(this.text)) this.note.textContent = words.trains;
    this.clock = element("span", "live-clock");
    this.clock.ariaHidden = "true"; // once a second would be too much to listen to
    this.bar = element("div", "live-bar", this.runs, edits, this.resets, this.note, this.clock);
    box.after(this.bar);
  }

  get label() {
    return this.answers ? words.check : words.run;
  }

  get text() {
    return this.editor?.text() ?? this.code.textContent ?? "";
  }

  /** @param {Cell} other */
  isAbove(other) {
    return Boolean(this.box.compareDocumentPosition(other.box) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  async pressed() {
    if (this.runs.dataset.busy) return end("stopped");
    this.busy();
    for (const cell of this.above) {
      if (ran.has(cell.key)) continue;
      const kind = await cell.run(this);
      if (kind === "done") continue;
      const fold = cell.box.closest("details"); // what went wrong must be seen
      if (fold && kind === "failed") fold.open = true;
      return this.rest(kind, said(kind));
    }
    await this.run();
  }

  busy() {
    this.runs.textContent = words.stop;
    this.runs.dataset.busy = "yes";
  }

  /** @param {string} kind how a run ended @param {string} told */
  rest(kind, told) {
    this.note.textContent = told;
    this.runs.textContent = kind === "broken" ? words.retry : this.label;
    delete this.runs.dataset.busy;
  }

  /** @param {Cell} pressed the cell that the reader looks at */
  async run(pressed = this) {
    this.busy();
    this.output.remove();
    this.built.forEach((output) => (output.hidden = true));
    this.output = element("div", "live-output");
    this.bar.after(this.output);
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const ticking = setInterval(() => (pressed.clock.textContent = seconds().toFixed(0)), 1000);
    const name = `<${this.box.id}>`;
    const code = this.text;
    const kind = await send({ page: location.pathname, name, code }, (answer) => {
      this.hear(answer);
      if (answer.kind === "status") pressed.hear(answer);
    });
    clearInterval(ticking);
    pressed.clock.textContent = "";
    if (kind === "done") ran.add(this.key);
    this.rest(kind, kind === "done" ? words.done(seconds().toFixed(1)) : said(kind));
    this.resets.hidden = false;
    return kind;
  }

  /** @param {Answer} answer */
  hear({ kind, text }) {
    if (kind === "status") this.note.textContent = text === "running" && TRAINS.test(this.text) ? words.trains : said(text);
    else if (kind === "text") this.print(text);
    else if (kind === "failed") this.print(text).classList.add("live-error");
    else if (kind === "docstring") this.fold(text);
    else if (kind === "svg") {
      this.place("figure", "fig", text);
      this.output.querySelectorAll("svg").forEach(makeWalkable);
    } else if (kind === "html") {
      this.place("div", "output table", text);
      remember(this.output.querySelector(".verdict"));
    }
  }

  /** @param {string} text */
  print(text) {
    const last = this.output.lastElementChild;
    const pre = last instanceof HTMLPreElement ? last : element("pre");
    this.output.append(pre);
    pre.append(...lines(text));
    return pre;
  }

  /** @param {string} text */
  fold(text) {
    if (!text) return;
    const parts = [element("summary", "", words.docstring), element("pre", "", ...lines(text))];
    this.output.append(element("details", "quiet docstring", ...parts));
  }

  /** @param {"div" | "figure"} tag @param {string} kind @param {string} markup */
  place(tag, kind, markup) {
    const box = element(tag, kind);
    box.innerHTML = markup; // made by our own package in the reader's own worker
    this.output.append(box);
    makeReachable(box);
  }

  async edit() {
    if (this.editor) return this.editor.focus();
    try {
      const { open } = await import(EDITOR.href);
      this.editor ??= open(this.box, {
        text: this.text.trimEnd(),
        label: words.code,
        run: () => this.pressed(),
        changed: () => ran.delete(this.key),
      });
    } catch {
      this.note.textContent = words.broken;
      return;
    }
    this.pre.hidden = true;
    this.resets.hidden = false;
  }

  reset() {
    this.output.remove();
    this.editor?.close();
    this.editor = null;
    this.pre.hidden = false;
    this.built.forEach((output) => (output.hidden = false));
    this.note.textContent = "";
    this.resets.hidden = true;
    ran.delete(this.key);
  }
}

// The outputs that the build put under a cell: all up to the next thing that is none.
/** @param {Element} box @returns {HTMLElement[]} */
function following(box) {
  const next = box.nextElementSibling;
  return next instanceof HTMLElement && next.matches(".output, .fig") ? [next, ...following(next)] : [];
}

/** What a status or an end of a run is called. @param {string} kind */
function said(kind) {
  return words[/** @type {"starting" | "running" | "failed" | "stopped" | "broken"} */ (kind)];
}

// As docs/course/finish.py does it: a long line wraps under itself.
/** @param {string} text @returns {(HTMLElement | string)[]} */
function lines(text) {
  return text.split(/(\n)/).map((line) => {
    if (line.length < 2) return line;
    const parts = line.split(/(^ +|->)/).map((part, i) => (i % 2 ? element("span", "whole", part) : part));
    const made = element("span", "line", ...parts);
    made.style.setProperty("--indent", String(line.search(/[^ ]|$/)));
    return made;
  });
}
