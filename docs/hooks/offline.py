"""MkDocs hook: each language's course as one zip, to be read without the internet.

Packing what runs Python takes longest, so that part is cached. A zip holds one language and no zip:
links to the other language and to the zips have the attribute data-online and are left out.
"""

import re
import sys
import zipfile
from pathlib import Path

from session import SESSION

DOCS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(DOCS))

from languages import is_english
from pipeline import archive, cache
from pipeline.hashes import digest

ONLINE = re.compile(r"<(\w+)(?=[^>]* data-online).*?</\1>\s*", re.DOTALL)
DOWNLOAD = re.compile(r"<p data-online.*?</p>\s*", re.DOTALL)
SIZE = "<!-- size -->"  # where a page says how large the zip is
LIVE = re.compile(r'(<meta name="live" content="[^"]*)/\.\./live/')  # from an English page
LEFT_OUT = re.compile(r"404\.html|sitemap\.xml\.gz|(en|live|offline|assets/cards)/.*|.*\.map")


def on_post_page(output, page, config):
    """While serving there is no zip: what leads to it would lead nowhere."""
    return DOWNLOAD.sub("", output) if SESSION.serving else output


def on_post_build(config):
    if not SESSION.serving:
        site, language = Path(config.site_dir), config.theme["language"]
        name = f"llm-scratch-{language}"
        live = (site.parent if is_english(config) else site) / "live"
        copy = site / "offline" / f"{name}.zip"
        copy.parent.mkdir()
        copy.write_bytes(runtime(live, name))
        readme = ("README.txt", (DOCS / "offline" / f"{language}.txt").read_bytes())
        with zipfile.ZipFile(copy, "a") as whole:
            for inside, data in [readme, *pages(site, is_english(config))]:
                archive.add(whole, f"{name}/{inside}", data)
        tell_size(site, copy)


def runtime(live, name):
    """The bytes of a zip of what runs Python, packed again only when any of it has changed."""
    files = [(f"{name}/live/{path.name}", path.read_bytes()) for path in sorted(live.iterdir())]
    kept = cache.FOLDER / "offline" / f"{digest(*sum(files, ()))[:16]}.zip"
    if (data := cache.load(kept)) is None:
        data = archive.pack(files)
        cache.store(kept, data)
    return data


def pages(site, english):
    """(path, bytes) of one language's files, the pages without links that need the internet."""
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*")}
    if english:  # both languages share the one in the site's root
        files["offline.js"] = site.parent / "offline.js"
    for inside, path in sorted(files.items()):
        if path.is_file() and not LEFT_OUT.fullmatch(inside):
            page = path.suffix == ".html"
            yield inside, own(path, english) if page else path.read_bytes()


def own(page, english):
    """The page as it stands in its zip, where live/ lies beside the pages of either language."""
    html = ONLINE.sub("", page.read_text(encoding="utf-8"))
    return (LIVE.sub(r"\1/live/", html) if english else html).encode()


def tell_size(site, copy):
    size = f"{copy.stat().st_size / 1e6:.0f} MB"
    for page in site.glob("follow/index.html"):
        html = page.read_text(encoding="utf-8")
        page.write_text(html.replace(SIZE, size), encoding="utf-8", newline="")
