"""The picture that other sites show when they link to a page.

It has no words but the lesson's name: one serves both languages, and matplotlib's own font is
enough.
"""

import io

from course import cache

FOLDER = "assets/cards"
HOME = "course"  # the picture of every page that is no lesson
PAPER, INK, PINE, RULE = "#fbfaf6", "#23282a", "#125f5a", "#dcd8cb"  # those of colours.css


def files(numbers):
    """{address: PNG} of the course and of each lesson."""
    key = (cache.environment(), cache.sources("cards.py"), [*numbers])
    return {
        address(name): cache.kept(
            f"cards/{name}.png", key, lambda name=name: draw_card(name, numbers)
        )
        for name in (HOME, *numbers)
    }


def address(name):
    return f"{FOLDER}/{name}.png"


def draw_card(name, numbers):  # -> bytes of a PNG, 1200 x 630
    """The lesson's number and name, the path of all lessons up to it, and a page of attention."""
    from matplotlib.figure import Figure  # takes half a second, and most builds draw no card

    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    number, title = numbers.get(name, ""), name if name in numbers else "llm-scratch"
    reached = numbers.get(name, len(numbers) - 1) + 1
    figure.text(0.06, 0.58, str(number), size=110, color=PINE, weight="bold")
    figure.text(0.06, 0.42, title.replace("_", " "), size=44, color=INK)
    _draw_path(figure.add_axes((0.04, 0.1, 0.92, 0.12)), reached, len(numbers))
    _draw_attention(figure.add_axes((0.64, 0.29, 0.315, 0.6)))
    png = io.BytesIO()
    figure.savefig(png, metadata={"Software": None})
    return png.getvalue()


def _draw_path(axes, reached, n):
    """A path of n steps, gone as far as `reached`."""
    axes.axis("off")
    axes.plot(range(n), [0] * n, color=RULE, linewidth=4, zorder=1)
    axes.scatter(range(n), [0] * n, s=320, c=[PINE] * reached + [RULE] * (n - reached), zorder=2)


def _draw_attention(axes):
    """The causal attention weights of twelve positions for each other, by the package itself."""
    import numpy as np

    from llm_scratch.attention import causal_mask, scaled_dot_product_attention
    from llm_scratch.position import sinusoidal_encoding

    codes = 2 * sinusoidal_encoding(12, 16)
    _, weights = scaled_dot_product_attention(codes, codes, codes, causal_mask(12))
    axes.axis("off")
    axes.imshow(np.where(causal_mask(12), np.nan, weights), cmap="YlGn", vmin=-0.1, vmax=0.7)
