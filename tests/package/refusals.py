"""Refusals, word by word: which argument, what came and what was expected."""

import pytest


def refuses(table):
    """A test that each call (function, arguments, error, words) ends in that error and words."""

    @pytest.mark.parametrize(("function", "arguments", "error", "words"), table)
    def test(function, arguments, error, words):
        with pytest.raises(error) as refused:
            function(*arguments)
        assert str(refused.value) == words

    return test
