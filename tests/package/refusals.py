"""Refusals, word by word: which argument, what came and what was expected."""

import re

import pytest


def refuses(table, names):
    """A test that each call ends in its words: a line `call  # words`, further ones indented.

    The error is a ValueError where the words do not begin with TypeError;
    `…` stands for any words.
    """
    lines = re.sub(r"\n\s+", " ", table.strip()).splitlines()

    @pytest.mark.parametrize(("call", "words"), [re.split(r"\s+# ", x, maxsplit=1) for x in lines])
    def test(call, words):
        with pytest.raises((TypeError, ValueError)) as refused:
            eval(call, names)
        said = "TypeError: " * refused.errisinstance(TypeError) + str(refused.value)
        assert re.fullmatch(".*".join(map(re.escape, words.split("…"))), said), said

    return test
