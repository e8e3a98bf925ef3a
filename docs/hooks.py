"""What MkDocs calls, in the order in which it does: the only file that knows MkDocs.

`mkdocs build` and `mkdocs serve` build the Japanese site; when its pages are written, that builds
the English one into en/, and then both are finished and published together.
"""

import contextlib
import logging
import shutil
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from course import address, dates, formulas, publish, stage
from course.cache import forget_old
from course.finish import finish
from course.notebook import LessonFailed
from course.project import LANGUAGES
from course.run import COURSE
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from mkdocs.utils import CountHandler
from watchdog.observers.polling import PollingObserver

JAPANESE, ENGLISH = LANGUAGES
WARNINGS = CountHandler(level=logging.WARNING)
log = logging.getLogger("mkdocs.course")  # a warning stops a strict build
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
    logging.getLogger("mkdocs").addHandler(WARNINGS)


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
    stages[language] = stage.Stage(language, config.site_name, config.site_url, serving)


def begin(config):
    """Start stale lessons, and build beside the site that is there."""
    global published
    WARNINGS.counts.clear()
    if serving:
        config.strict = False  # a finding is shown, and the server stays up
    else:
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
        source = (
            {"abs_src_path": str(content)} if isinstance(content, Path) else {"content": content}
        )
        file = File.generated(config, uri, **source)
        if uri.startswith("lessons/") and uri.endswith(".md"):
            file.edit_uri = f"../../lessons_src/{Path(uri).stem}.py"
        files.append(file)
    return files


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
        if not serving and not (config.strict and WARNINGS.get_counts()):
            publish.swap(site, published)
        forget_old()


def build_english(japanese):
    """Build the English site into en/; a warning in it stops the whole build as its own would."""
    config = load_config(
        str(Path(japanese.config_file_path).with_name("mkdocs.en.yml")),
        site_dir=str(Path(japanese.site_dir, ENGLISH)),
        site_url=japanese.site_url and urljoin(japanese.site_url, f"{ENGLISH}/"),
        strict=japanese.strict,
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
