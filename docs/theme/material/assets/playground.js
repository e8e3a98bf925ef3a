// The playground: a form, and what `llm_scratch.playground` answers in the worker, as tables.

import { send } from "./live.js";
import { button, element, language, status } from "./page.js";

const WORDS = {
  ja: {
    prompt: "文の始まり（語は空白で区切ります）", words: "語を足す", start: "モデルを読み込む（約 9 MB、一度だけ）",
    step: "1 語書く", run: "文末まで書く", stop: "停止", temperature: "温度", top_k: "top-k", top_p: "top-p", all: "全部",
    layer: "層", head: "ヘッド", attention: "Attention の重み（行が query、列が key）", next: "次のトークン", token: "トークン",
    given: "モデルの確率", p: "サンプリングの確率", tokens: "トークン", loading: "読み込んでいます", broken: "読み込めませんでした。もう一度押すとやり直します。サイトを自分で作ったときは、先に make live が要ります",
  },
  en: {
    prompt: "The beginning of a sentence (spaces between words)", words: "Add a word", start: "Load the model (about 9 MB, once)",
    step: "Write one word", run: "Write to the end", stop: "Stop", temperature: "Temperature", top_k: "top-k", top_p: "top-p", all: "all",
    layer: "Layer", head: "Head", attention: "Attention weights (rows: query, columns: key)", next: "Next token", token: "token",
    given: "model says", p: "sampled with", tokens: "Tokens", loading: "Loading", broken: "It could not be loaded. Press again to retry. If you built the site yourself, it needs make live first",
  },
};
/** What the words of the world mean, beside them on the English page. @type {Record<string, string>} */
const GLOSSES = language === "ja" ? {} : {
  "。": "(end)", あした: "tomorrow", いつも: "always", いぬ: "dog", うた: "songs", が: "(object)", きょう: "today",
  さんぽ: "walks", すき: "likes", とても: "very much", とり: "bird", ねこ: "cat", は: "(topic)", ひと: "human",
  ひるね: "naps", も: "also", を: "(object)", 本: "books", 読む: "reads",
};
const words = WORDS[language];

/** @typedef {{tokens: string[], attention: number[][][][], next: {token: string, given: number, p: number}[]}} Seen */

document$.subscribe(() => {
  const box = document.getElementById("playground-box");
  if (box && !box.querySelector("button")) offer(box);
});

/** @param {HTMLElement} box */
function offer(box) {
  const note = status("p", "live-note");
  const start = button(async () => {
    start.disabled = true;
    note.textContent = words.loading;
    try {
      new Playground(box, await ask("vocabulary"), note);
    } catch {
      note.textContent = words.broken;
      start.disabled = false;
    }
  }, "live-button", words.start);
  box.replaceChildren(start, note);
}

/** What a function of `llm_scratch.playground` answers; an error holds what Python said. @param {string} call */
async function ask(call, args = {}) {
  let said = "";
  const kind = await send({ call, args }, (answer) => {
    if (answer.kind === "value" || answer.kind === "failed") said = answer.text;
  });
  if (kind !== "done") throw new Error(said);
  return JSON.parse(said);
}

class Playground {
  /** @param {HTMLElement} box @param {string[]} vocab @param {HTMLElement} note */
  constructor(box, vocab, note) {
    this.note = note;
    this.vocab = vocab;
    this.writing = false;
    this.shown = element("div");
    this.prompt = Object.assign(element("input"), { type: "text", value: "ねこ は いつも とても" });
    this.temperature = slider(0, 3, 0.1, 1, (n) => n.toFixed(1));
    this.topK = slider(1, vocab.length, 1, vocab.length, (n) => (n === vocab.length ? words.all : String(n)));
    this.topP = slider(0.05, 1, 0.05, 1, (n) => n.toFixed(2));
    this.layer = choice(2);
    this.head = choice(4);
    this.runs = button(() => this.run(), "live-button", words.run);
    const bar = element("div", "live-bar", button(() => this.step(), "live-button", words.step), this.runs);
    const add = element("div", "playground-words", ...vocab.map((word) => button(() => this.add(word), "live-button", `${word} ${GLOSSES[word] ?? ""}`.trim())));
    add.setAttribute("role", "group");
    add.setAttribute("aria-label", words.words);
    const settings = element("div", "playground-row", labelled(words.temperature, this.temperature), labelled(words.top_k, this.topK), labelled(words.top_p, this.topP));
    const maps = element("div", "playground-row", labelled(words.layer, this.layer), labelled(words.head, this.head));
    this.attention = element("div");
    box.replaceChildren(labelled(words.prompt, this.prompt), add, settings, bar, note, this.shown, maps, this.attention);
    box.addEventListener("input", ({ target }) => (target === this.layer || target === this.head ? this.map() : this.look()));
    this.look();
  }

  /** What the functions of the package take. */
  get arguments() {
    const top_k = Number(this.topK.value);
    const top_p = Number(this.topP.value);
    return {
      prompt: this.prompt.value,
      temperature: Number(this.temperature.value),
      top_k: top_k === this.vocab.length ? null : top_k,
      top_p: top_p === 1 ? null : top_p,
    };
  }

  async look() {
    const asked = this.arguments;
    try {
      const seen = await ask("look", asked);
      if (JSON.stringify(asked) !== JSON.stringify(this.arguments)) return; // the reader has gone on; that answer is on its way
      /** @type {Seen} */
      this.seen = seen;
      this.note.textContent = "";
      this.draw();
    } catch (error) {
      this.tell(error);
    }
  }

  /** What Python said of the reader's words, or that it is gone. @param {unknown} error */
  tell(error) {
    this.note.textContent = (error instanceof Error && error.message) || words.broken;
  }

  async step() {
    try {
      this.prompt.value = await ask("step", this.arguments);
    } catch (error) {
      this.tell(error);
      this.writing = false;
    }
    await this.look();
  }

  async run() {
    if (this.writing) return void (this.writing = false);
    this.writing = true;
    this.runs.textContent = words.stop;
    const end = this.seen?.tokens[0];
    do await this.step();
    while (this.writing && !this.prompt.value.endsWith(end ?? ""));
    this.writing = false;
    this.runs.textContent = words.run;
  }

  /** @param {string} word */
  add(word) {
    this.prompt.value = `${this.prompt.value} ${word}`.trim();
    this.look();
  }

  draw() {
    if (!this.seen) return;
    const rows = this.seen.next.slice(0, 8).map(({ token, given, p }) => [token, given.toFixed(4), p.toFixed(4)]);
    const next = table([words.token, words.given, words.p], rows, words.next);
    next.querySelectorAll("tbody tr").forEach((row, i) => {
      /** @type {HTMLElement} */ (row).style.setProperty("--p", String(this.seen?.next[i].p ?? 0));
    });
    next.classList.add("playground-next");
    const tokens = element("p", "playground-tokens", `${words.tokens}: `, ...this.seen.tokens.map((token) => element("code", "", token)));
    this.shown.replaceChildren(tokens, next);
    this.map();
  }

  map() {
    if (!this.seen) return;
    const weights = this.seen.attention[Number(this.layer.value)][Number(this.head.value)];
    const { tokens } = this.seen;
    const rows = weights.map((row, i) => [tokens[i], ...row.map((weight, j) => (j > i ? "" : weight.toFixed(2)))]);
    const map = table(["", ...tokens], rows, words.attention);
    map.classList.add("playground-map");
    map.querySelectorAll("tbody td").forEach((cell) => /** @type {HTMLElement} */ (cell).style.setProperty("--p", cell.textContent || "0"));
    const wide = element("div", "playground-wide", map);
    wide.tabIndex = 0; // what scrolls sideways must do so with the keyboard too
    this.attention.replaceChildren(wide);
  }
}

/** @param {number} min @param {number} max @param {number} step @param {number} value @param {(n: number) => string} told */
function slider(min, max, step, value, told) {
  const made = Object.assign(element("input"), { type: "range", min, max, step });
  made.value = String(value);
  const say = () => made.setAttribute("aria-valuetext", (made.dataset.told = told(Number(made.value))));
  made.addEventListener("input", say);
  say();
  return made;
}

/** @param {number} n */
function choice(n) {
  return element("select", "", ...Array.from({ length: n }, (_, i) => new Option(String(i))));
}

/** @param {string} text @param {HTMLInputElement | HTMLSelectElement} control */
function labelled(text, control) {
  const value = element("output");
  const say = () => (value.textContent = control.dataset.told ?? "");
  control.addEventListener("input", say);
  say();
  return element("label", "", `${text} `, control, value);
}

/** @param {string[]} head @param {string[][]} rows @param {string} caption */
function table(head, rows, caption) {
  const made = element("table");
  made.createCaption().textContent = caption;
  const top = made.createTHead().insertRow();
  for (const text of head) {
    if (text) top.append(Object.assign(element("th", "", text), { scope: "col" }));
    else top.insertCell();
  }
  const body = made.createTBody();
  for (const [first, ...rest] of rows) {
    const row = body.insertRow();
    row.append(Object.assign(element("th", "", first), { scope: "row" }));
    for (const text of rest) row.insertCell().textContent = text;
  }
  return made;
}
