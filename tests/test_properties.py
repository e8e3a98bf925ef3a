"""Bad input: every public function of the package, with arguments of every kind."""

import importlib
import inspect
import pkgutil

import llm_scratch
import properties_of_arrays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import (
    FLOATS,
    LAYOUTS,
    PROPERTIES,
    TRIED,
    called,
    check_refusal,
    laid_out,
    mild,
    name_of,
    replaced,
    wild,
)

SOME = settings(max_examples=settings.default.max_examples // 2)


@pytest.mark.parametrize("name", PROPERTIES)
@SOME
@given(data=st.data())
def test_what_it_is_for_is_right_in_every_layout(name, data):
    held = PROPERTIES[name]
    dtype, layout = data.draw(st.sampled_from(FLOATS)), data.draw(st.sampled_from([*LAYOUTS]))
    arguments = held.arguments(data.draw, mild(data.draw, dtype))
    arguments = tuple(
        x if i in held.changes else laid_out(x, layout) for i, x in enumerate(arguments)
    )
    held.right(called(held, arguments), *arguments)
    TRIED["right"] += 1


@pytest.mark.parametrize("name", PROPERTIES)
@SOME
@given(data=st.data())
def test_anything_else_is_right_or_refused_by_name(name, data):
    held = PROPERTIES[name]
    numbers = wild if data.draw(st.booleans()) else mild
    arguments = held.arguments(data.draw, numbers(data.draw, data.draw(st.sampled_from(FLOATS))))
    if numbers is mild:
        arguments = replaced(data.draw, arguments)
    try:
        result = called(held, arguments)
    except (TypeError, ValueError) as error:
        check_refusal(held, error)
        TRIED["refused"] += 1
    else:
        held.right(result, *arguments)
        TRIED["right"] += 1
