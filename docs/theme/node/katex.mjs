// Reads one formula a line as JSON ({tex, display}), answers one line each: {html} or {error}.
import { createInterface } from "node:readline";
import katex from "katex";

// "error" also refuses what TeX itself would not take, such as Japanese outside \text{}
const options = { output: "htmlAndMathml", strict: "error", throwOnError: true };

function answer({ tex, display }) {
  try {
    return { html: katex.renderToString(tex, { ...options, displayMode: display }) };
  } catch (error) {
    return { error: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line))));
}
