"""Keep rendered lesson pages: one whose notebook and site settings are unchanged stays as it is."""

import pickle
import sys
from importlib.metadata import version
from pathlib import Path

from jinja2 import BytecodeCache
from mkdocs.plugins import CombinedEvent, event_priority

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline import cache
from pipeline.hashes import digest
from pipeline.lesson import ROOT
from session import SESSION

TOOLS = (
    "mkdocs",
    "mkdocs-material",
    "mkdocs-jupyter",
    "nbconvert",
    "markdown",
    "pymdown-extensions",
)
KEPT = ("content", "toc", "_title_from_render", "present_anchor_ids", "links_to_anchors")


def on_env(env, config, files):
    """Keep compiled templates too: compiling the theme takes half a second."""
    env.bytecode_cache = Templates()
    return env


class Templates(BytecodeCache):
    """Jinja's own cache on disk does not notice a damaged file, and would run it."""

    def load_bytecode(self, bucket):
        if data := cache.load(cache.FOLDER / "templates" / bucket.key):
            bucket.bytecode_from_string(data)

    def dump_bytecode(self, bucket):
        cache.store(cache.FOLDER / "templates" / bucket.key, bucket.bytecode_to_string())


@event_priority(-50)  # when the list of files is complete
def on_files(files, config):
    """What every page depends on: tools, settings, templates, and the pages that links lead to."""
    sources = [
        *ROOT.glob("mkdocs*.yml"),
        *ROOT.glob("docs/hooks/*.py"),
        *ROOT.glob("docs/theme/*.j2"),
    ]
    config.extra["pages_key"] = digest(
        *(version(tool) for tool in TOOLS),
        *(path.read_bytes() for path in sorted(sources)),
        *sorted(file.src_uri for file in files),
    )
    return files


@event_priority(-100)  # after mkdocs-jupyter has put its own render in place
def on_pre_page(page, config, files):
    if hasattr(page.file, "lesson"):
        notebook = Path(page.file.abs_src_path).name
        name = digest(config.extra["pages_key"], page.file.src_uri, notebook)[:32]
        page.kept = cache.FOLDER / "pages" / f"{name}.pickle"
        data = cache.load(page.kept)
        if data:
            _use(page, pickle.loads(data))
        else:
            _watch(page)
    return page


def _use(page, kept):
    """Replace rendering by its kept result; `_before_index` adds the search entries."""
    page.entries = kept.pop("entries")
    page._mkdocs_jupyter_content = lambda: {"content": ""}

    def render(config, files):
        links = kept.pop("links_to_anchors")
        vars(page).update(kept)
        page.links_to_anchors = {files.src_uris[uri]: ids for uri, ids in links.items()}

    page.render = render


def _watch(page):
    """Render, and keep the result unless it warned: the next build must warn again."""
    inner = page.render

    def render(config, files):
        before = SESSION.warnings
        inner(config, files)
        if SESSION.warnings == before:
            page.fresh = {name: getattr(page, name) for name in KEPT}
            links = page.links_to_anchors or {}
            page.fresh["links_to_anchors"] = {f.src_uri: ids for f, ids in links.items()}

    page.render = render


def _entries(config):
    search = next(p for name, p in config.plugins.items() if name.endswith("search"))
    return search.search_index.entries


@event_priority(100)
def _before_index(context, page, config, nav):
    if hasattr(page, "entries"):
        _entries(config).extend(page.entries)
        page.meta["search"] = {"exclude": True}  # they are in the index now
    page.index_length = len(_entries(config))
    return context


@event_priority(-100)
def _after_index(context, page, config, nav):
    if hasattr(page, "entries"):
        del page.meta["search"]
    if hasattr(page, "fresh"):
        entries = _entries(config)[page.index_length :]
        cache.store(page.kept, pickle.dumps(page.fresh | {"entries": entries}))
    return context


on_page_context = CombinedEvent(_before_index, _after_index)
