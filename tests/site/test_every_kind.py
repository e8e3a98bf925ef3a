"""One page of every kind, in both languages: accessible and whole, on any screen."""

import pytest
from project import PREFIX
from reader import KINDS, VIEWS, audit


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_a_page_of_every_kind_is_accessible_and_fits(open_page, address, path):
    page = open_page(path)
    audit(page, VIEWS["ja"])
    page.goto(address + PREFIX["en"] + path)
    audit(page, VIEWS["en"])
