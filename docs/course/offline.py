"""Each language's course as one zip, to be read without the internet.

Packing what runs Python takes longest, so that part is cached. A zip holds one language and no zip:
links to the other language and to the zips have the attribute data-online and are left out.
"""

import re
import zipfile

from course import archive, cache
from course.project import DOCS

ONLINE = re.compile(r"<(\w+)(?=[^>]* data-online).*?</\1>\s*", re.DOTALL)
DOWNLOAD = re.compile(r"<p data-online.*?</p>\s*", re.DOTALL)
SIZE = "<!-- size -->"  # where a page says how large the zip is
LIVE = re.compile(r'(<meta name="live" content="[^"]*)/\.\./live/')  # from an English page
LEFT_OUT = re.compile(r"404\.html|sitemap\.xml\.gz|(en|live|offline|assets/cards)/.*|.*\.map")


def pack(site, language):
    """Write the zip of one language into its offline/, and say on a page how large it is."""
    home, name = home_of(site, language), f"llm-scratch-{language}"
    copy = home / "offline" / f"{name}.zip"
    copy.parent.mkdir()
    copy.write_bytes(runtime(site / "live", name))
    readme = ("README.txt", (DOCS / "offline" / f"{language}.txt").read_bytes())
    with zipfile.ZipFile(copy, "a") as whole:
        for inside, data in [readme, *pages(home, site, language)]:
            archive.add(whole, f"{name}/{inside}", data)
    tell_size(home, copy)


def without_download(html):
    """A page where there is no zip: what leads to it would lead nowhere."""
    return DOWNLOAD.sub("", html)


def home_of(site, language):
    return site / "en" if language == "en" else site


def runtime(live, name):
    """The bytes of a zip of what runs Python, packed again only when any of it has changed."""
    files = [(f"{name}/live/{path.name}", path.read_bytes()) for path in sorted(live.iterdir())]
    return cache.kept(f"offline/{name}.zip", sum(files, ()), lambda: archive.pack(files))


def pages(home, site, language):
    """(path, bytes) of one language's files, the pages without links that need the internet."""
    files = {path.relative_to(home).as_posix(): path for path in home.rglob("*")}
    files["offline.js"] = site / "offline.js"  # both languages share the one in the root
    for inside, path in sorted(files.items()):
        if path.is_file() and not LEFT_OUT.fullmatch(inside):
            page = path.suffix == ".html"
            yield inside, own(path, language) if page else path.read_bytes()


def own(page, language):
    """The page as it stands in its zip, where live/ lies beside the pages of either language."""
    html = ONLINE.sub("", page.read_text(encoding="utf-8"))
    return (LIVE.sub(r"\1/live/", html) if language == "en" else html).encode()


def tell_size(home, copy):
    size = f"{copy.stat().st_size / 1e6:.0f} MB"
    for page in home.glob("follow/index.html"):
        html = page.read_text(encoding="utf-8")
        page.write_text(html.replace(SIZE, size), encoding="utf-8", newline="")
