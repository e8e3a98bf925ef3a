"""MkDocs hook: the description and the picture that other sites show when they link to a page.

The description is the page's own first sentences. The picture has no words but the lesson's name:
one serves both languages, and matplotlib's own font is enough.
"""

import html
import io
import sys
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from languages import ENGLISH, is_english
from lessons import lesson_of
from pipeline import cache
from pipeline.course import COURSE
from pipeline.hashes import digest
from pipeline.prose import description, prose_in

FOLDER = "assets/cards"
HOME = "course"  # the picture of every page that is no lesson
PAPER, INK, PINE, RULE = "#fbfaf6", "#23282a", "#125f5a", "#dcd8cb"  # those of colours.css


def on_files(files, config):
    if not is_english(config):
        for name in (HOME, *COURSE.numbered):
            files.append(File.generated(config, f"{FOLDER}/{name}.png", content=cached_card(name)))
    return files


def on_page_markdown(markdown, page, config, files):
    language, lesson = config.theme["language"], lesson_of(page)
    text = description(prose_in(lesson, language) if lesson else markdown, language)
    page.meta.setdefault("description", html.escape(text))


def on_page_context(context, page, config, nav):
    lesson = lesson_of(page)
    name = lesson.name if lesson and lesson.name in COURSE.numbered else HOME
    context["card"] = urljoin(config.site_url.removesuffix(ENGLISH), f"{FOLDER}/{name}.png")
    return context


def cached_card(name):
    """The PNG of one card, drawn once."""
    source = Path(__file__).read_bytes()
    key = digest(cache.environment_digest(), source, name, *COURSE.numbered)[:16]
    path = cache.FOLDER / "cards" / f"{key}.png"
    if not (data := cache.load(path)):
        data = draw_card(name, COURSE.numbered)
        cache.store(path, data)
    return data


def draw_card(name, lessons):  # -> bytes of a PNG, 1200 x 630
    """The lesson's number and name, the path of all lessons up to it, and a page of attention."""
    from matplotlib.figure import Figure  # takes half a second, and most builds draw no card

    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    number, _, title = name.partition("_") if name in lessons else ("", "", "llm-scratch")
    figure.text(0.06, 0.58, number, size=110, color=PINE, weight="bold")
    figure.text(0.06, 0.42, title.replace("_", " "), size=44, color=INK)
    _draw_path(figure.add_axes((0.04, 0.1, 0.92, 0.12)), name, lessons)
    _draw_attention(figure.add_axes((0.64, 0.29, 0.315, 0.6)))
    png = io.BytesIO()
    figure.savefig(png, metadata={"Software": None})
    return png.getvalue()


def _draw_path(axes, name, lessons):
    reached = lessons.index(name) + 1 if name in lessons else len(lessons)
    steps = range(len(lessons))
    axes.axis("off")
    axes.plot(steps, [0] * len(lessons), color=RULE, linewidth=4, zorder=1)
    colours = [PINE if step < reached else RULE for step in steps]
    axes.scatter(steps, [0] * len(lessons), s=320, c=colours, zorder=2)


def _draw_attention(axes):
    """The causal attention weights of twelve positions for each other, by the package itself."""
    import numpy as np
    from llm_scratch.attention import causal_mask, scaled_dot_product_attention
    from llm_scratch.position import sinusoidal_encoding

    codes = 2 * sinusoidal_encoding(12, 16)
    _, weights = scaled_dot_product_attention(codes, codes, codes, causal_mask(12))
    axes.axis("off")
    axes.imshow(np.where(causal_mask(12), np.nan, weights), cmap="YlGn", vmin=-0.1, vmax=0.7)
