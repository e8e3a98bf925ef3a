// The editor of a cell, bundled into live/editor.js and loaded when a reader first edits.

import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";

// The theme's own colours for code, in light and dark.
const colour = (/** @type {string} */ name) => `var(--md-code-hl-${name}-color)`;
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: colour("keyword") },
  { tag: tags.string, color: colour("string") },
  { tag: tags.number, color: colour("number") },
  { tag: tags.comment, color: colour("comment") },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.className], color: colour("function") },
  { tag: [tags.bool, tags.null], color: colour("constant") },
  { tag: tags.operator, color: colour("operator") },
]);

/** A long line wraps under itself, as on the page. @param {EditorView} view */
function hanging({ state }) {
  const lines = Array.from({ length: state.doc.lines }, (_, i) => state.doc.line(i + 1));
  return Decoration.set(lines.flatMap(({ from, text }) => {
    const indent = text.search(/[^ ]|$/);
    const line = Decoration.line({ attributes: { style: `--indent: ${indent}` } }).range(from);
    return indent ? [line, WHOLE.range(from, from + indent)] : [line];
  }));
}
const WHOLE = Decoration.mark({ class: "whole" });

/**
 * Put an editor into `parent`. Shift+Enter and Ctrl+Enter run, Escape then Tab leaves.
 * @param {HTMLElement} parent
 * @param {{text: string, label: string, run: () => void, changed: () => void}} options
 */
export function open(parent, { text, label, run, changed }) {
  const runs = { preventDefault: true, run: () => (run(), true) };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: "Shift-Enter", ...runs }, { key: "Ctrl-Enter", ...runs }, indentWithTab]),
        minimalSetup,
        EditorView.lineWrapping, // on a phone nothing is out of sight
        EditorView.decorations.of(hanging),
        lineNumbers(),
        bracketMatching(),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(colours),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
      ],
    }),
  });
  view.focus();
  return { text: () => view.state.doc.toString(), close: () => view.destroy(), focus: () => view.focus() };
}
