"""What MkDocs calls, in the order in which it does: the only file that knows MkDocs.

`mkdocs build` and `mkdocs serve` build the Japanese site; when its pages are written, that builds
the English one into en/, and then both are finished and published together.
"""

import contextlib
import logging
import marshal
import shutil
import sys
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from jinja2 import BytecodeCache
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from mkdocs.utils import CountHandler
from watchdog.observers.polling import PollingObserver

from course import address, cache, dates, formulas, publish, stage
from course.digests import digest
from course.finish import finish
from course.notebook import LessonFailed
from course.project import LANGUAGES
from course.run import COURSE

JAPANESE, ENGLISH = LANGUAGES
HOST = File.__module__.partition(".")[0]  # mkdocs, or properdocs, which takes its place
WARNINGS = CountHandler(level=logging.WARNING)
log = logging.getLogger("mkdocs.course")  # a warning: nothing is published
serving = False
published = None  # the folder that a finished build replaces
stages = {}  # language: what this build shows in it


@contextlib.contextmanager
def told():
    """What is wrong with a lesson is told by its own words, not by a traceback of MkDocs."""
    try:
        yield
    except (LessonFailed, ValueError) as error:
        raise PluginError(str(error)) from None


def language_of(config):
    return config.theme["language"]


def stage_of(config):
    return stages[language_of(config)]


def name_of(page):
    return page.file.src_uri.removesuffix(".md")


def on_startup(command, dirty):
    global serving
    serving = command == "serve"
    dates.fix()
    logging.getLogger(HOST).addHandler(WARNINGS)


def on_config(config):
    language = language_of(config)
    if language == JAPANESE:
        begin(config)
    config.repo_url = address.of_repository()
    config.repo_name = urlsplit(config.repo_url).path.strip("/")
    config.edit_uri = config.repo_url and address.edit_uri(config.repo_url, language)
    config.extra["scope"] = urlsplit(config.site_url).path.removesuffix(f"{ENGLISH}/") or "/"
    config.nav = stage.translated(config.nav, config.extra.get("parts", {}))
    config.extra_css.insert(0, formulas.STYLES)
    stages[language] = stage.Stage(
        language, config.site_name, config.site_url, config.repo_url, serving
    )


def begin(config):
    """Start stale lessons, and build beside the site that is there."""
    global published
    WARNINGS.counts.clear()
    if not serving:
        config.site_url = address.of_site()
        published = Path(config.site_dir)
        publish.forget_dead(published)
        config.site_dir = str(publish.beside(published))
    if serving or not COURSE.lessons:  # `python docs build` has read them already
        with told():
            COURSE.refresh()


def on_files(files, config):
    here = stage_of(config)
    with told():
        made = here.files()
    for finding in here.findings if here.language == JAPANESE else ():
        log.warning(finding)
    for uri, content in made.items():
        on_disk = isinstance(content, Path)
        source = {"abs_src_path": str(content)} if on_disk else {"content": content}
        file = File.generated(config, uri, **source)
        if uri.startswith("lessons/") and uri.endswith(".md"):
            file.edit_uri = f"../../lessons_src/{Path(uri).stem}.py"
        files.append(file)
    return files


def on_env(env, config, files):
    env.bytecode_cache = Templates()
    return env


class Templates(BytecodeCache):
    """Compiling the theme takes half a second; Jinja's own cache would run a damaged file."""

    def load_bytecode(self, bucket):
        if data := cache.load(self.path(bucket)):
            bucket.code = marshal.loads(data)

    def dump_bytecode(self, bucket):
        cache.store(self.path(bucket), marshal.dumps(bucket.code))

    @staticmethod
    def path(bucket):
        name = digest(bucket.key, bucket.checksum, sys.version)[:32]
        return cache.folder() / "templates" / name


def on_page_markdown(markdown, page, config, files):
    here = stage_of(config)
    page.meta.setdefault("description", here.description(markdown, name_of(page)))
    return here.markdown(markdown, name_of(page))


def on_page_content(html, page, config, files):
    return stage_of(config).content(html, name_of(page))


def on_page_context(context, page, config, nav):
    """`translation_url` and `card` are addresses for others, and need the site's."""
    context |= stage_of(config).context(name_of(page))
    if config.site_url:
        there = urljoin(config.site_url, config.extra["translation"]["path"])
        context["translation_url"] = urljoin(there, page.url)
        context["card"] = urljoin(config.site_url.removesuffix(f"{ENGLISH}/"), context["card"])
    return context


def on_post_build(config):
    if language_of(config) == JAPANESE:
        site = Path(config.site_dir)
        build_english(config)
        check_pairs(site)
        late = stages[JAPANESE].late | stages[ENGLISH].late
        with told():
            finish(site, late, config.site_url, serving)
        if published:
            if found := sum(WARNINGS.counts.values()):
                raise PluginError(f"Warnings: {found}. Nothing is published; mend what they say.")
            publish.swap(site, published)
        cache.forget_old()


def build_english(japanese):
    """Build the English site into en/."""
    config = load_config(
        str(Path(japanese.config_file_path).with_name("mkdocs.en.yml")),
        site_dir=str(Path(japanese.site_dir, ENGLISH)),
        site_url=japanese.site_url and urljoin(japanese.site_url, f"{ENGLISH}/"),
    )
    build(config)


def check_pairs(site):
    """Warn of a page that has no translation: its language switch would lead nowhere."""
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    english = {page.removeprefix(f"{ENGLISH}/") for page in pages if page.startswith(f"{ENGLISH}/")}
    japanese = {page for page in pages if not page.startswith(f"{ENGLISH}/")}
    for page in sorted(japanese ^ english):
        missing = ENGLISH if page in japanese else JAPANESE
        name = page.removesuffix("/index.html")
        log.warning("%s exists in one language only: write it in docs/%s, too", name, missing)


def on_build_error(error):
    if published:
        shutil.rmtree(publish.beside(published), ignore_errors=True)


def on_serve(server, config, builder):
    """MkDocs looks twice a second and then waits; this site is small enough for ten times."""
    watched = [config.docs_dir, config.config_file_path]
    for path in watched:
        server.unwatch(path)
    server.observer, server.build_delay = PollingObserver(timeout=0.1), 0.03
    for path in watched:
        server.watch(path)
    return server


def on_shutdown():
    formulas.stop()
