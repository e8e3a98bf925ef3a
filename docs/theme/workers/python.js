// Python in a worker of its own: the page stays free, and Stop ends the worker, whatever it does.
// One message runs one cell, {page, name, code, labels}, or calls one function of llm_scratch.playground,
// {call, args}; the answers are `say`s: status, text, docstring, html, svg, value, done, failed.

const HERE = new URL("./", import.meta.url).href;

const GLUE = `
import json, linecache, traceback
from inspect import isfunction, signature
from pathlib import Path
from pyodide.code import eval_code_async
from pyodide.http import pyfetch

async def run_cell(code, name, labels, namespace, say):
    from llm_scratch import figures
    figures.labels.clear()
    figures.labels.update(json.loads(labels))
    linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
    try:
        value = await eval_code_async(code, namespace, filename=name)
        if value is not None:
            await show(value, say)
    except BaseException as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename != name:
            trace = trace.tb_next
        return "".join(traceback.format_exception(type(error), error, trace))

async def show(value, say):
    if hasattr(value, "page_svg"):
        await load_matplotlib()
        say("svg", value.page_svg())
    elif hasattr(value, "_repr_html_"):
        say("html", value._repr_html_())
    else:
        say("text", repr(value) + "\\n")
        if hasattr(value, "page_docstring"):
            say("docstring", value.page_docstring())

model = {}  # what the page cannot give to a function: {"params": ..., "rng": ...}

async def call(name, args, say):
    try:
        from llm_scratch import playground
        function = vars(playground).get(name)
        if not isfunction(function) or function.__module__ != playground.__name__:
            raise ValueError(f"llm_scratch.playground has no function {name}")
        if not model:
            await load_model(playground)
        own = {name: model[name] for name in signature(function).parameters if name in model}
        say("value", json.dumps(function(**own, **json.loads(args)), ensure_ascii=False))
    except Exception as error:
        return str(error) or repr(error)

async def load_model(playground):
    answer = await pyfetch(f"{HERE}mini_gpt.safetensors")
    Path("mini_gpt.safetensors").write_bytes(await answer.bytes())
    from numpy.random import default_rng
    model.update(params=playground.load_mini_gpt("mini_gpt.safetensors"), rng=default_rng())
`;

const starting = start();
/** @type {Record<string, any>} */
const namespaces = {};

// What is fetched must be as it was built: Python would wait for a damaged file without end.
async function start() {
  const files = await (await fetch(`${HERE}files.json`)).json();
  const fetched = self.fetch;
  const spoilt = new Promise((_, reject) => {
    self.fetch = async (resource, options) => {
      const integrity = files[String(resource).slice(HERE.length)];
      if (!integrity) return fetched(resource, options);
      const answer = fetched(resource, { ...options, integrity });
      answer.catch(reject);
      return answer;
    };
  });
  return Promise.race([load(), spoilt]);
}

async function load() {
  const { loadPyodide } = await import(`${HERE}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: HERE, packages: ["numpy"] });
  if (!python.loadedPackages.numpy) throw new Error("NumPy could not be loaded"); // Pyodide goes on without it
  const archive = await fetch(`${HERE}llm_scratch.zip`);
  if (!archive.ok) throw new Error(`${archive.url}: ${archive.status}`);
  python.unpackArchive(await archive.arrayBuffer(), "zip");
  python.globals.set("load_matplotlib", () => python.loadPackage("matplotlib", { messageCallback() {} }));
  python.globals.set("HERE", HERE);
  await python.runPythonAsync(GLUE);
  return python;
}

self.onmessage = async ({ data: { id, page, name, code = "", labels = "{}", call, args } }) => {
  const say = (/** @type {string} */ kind, text = "") => self.postMessage({ id, kind, text });
  try {
    const python = await starting;
    python.setStdout({ batched: (/** @type {string} */ line) => say("text", `${line}\n`) });
    python.setStderr({ batched: (/** @type {string} */ line) => say("text", `${line}\n`) });
    await python.loadPackagesFromImports(code, { messageCallback() {} });
    say("status", "running");
    namespaces[page] ??= python.toPy({ __name__: "__main__" });
    const failure = call
      ? await python.globals.get("call")(call, JSON.stringify(args), say)
      : await python.globals.get("run_cell")(code, name, labels, namespaces[page], say);
    say(failure ? "failed" : "done", failure);
  } catch (error) {
    say("broken", String(error));
  }
};
