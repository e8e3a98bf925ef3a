// node bundle.mjs FILE: the editor and all it needs as one module.

import { buildSync } from "esbuild";

buildSync({
  entryPoints: [new URL("editor.mjs", import.meta.url).pathname],
  outfile: process.argv[2],
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "inline",
  minify: true,
  target: "es2022",
});
