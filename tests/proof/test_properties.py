"""Bad input: every public function of the package, with arguments of every kind."""

import importlib
import inspect
import pkgutil

import properties_of_arrays
import properties_of_figures
import properties_of_text
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

import llm_scratch

# To import them is to register what they hold.
CASES = properties_of_arrays, properties_of_text, properties_of_figures
SOME = settings(max_examples=settings.default.max_examples // 3)


@pytest.mark.parametrize("name", PROPERTIES)
@SOME
@given(data=st.data())
def test_what_it_is_for_is_right_in_every_layout(name, data):
    held = PROPERTIES[name]
    dtype, layout = data.draw(st.sampled_from(FLOATS)), data.draw(st.sampled_from([*LAYOUTS]))
    arguments = held.arguments(data.draw, mild(data.draw, dtype))
    laid = (x if i in held.changes else laid_out(x, layout) for i, x in enumerate(arguments))
    arguments = (*laid,)
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


# What cannot be called twenty times, or with anything, and which tests try it instead.
ELSEWHERE = {
    "the functions that call it: each of their refusals is one of its own": "checks",
    "test_contract.py: their language, and what they refuse": "contract",
    "test_train.py: stops and goes on": "checkpoint.save_training checkpoint.resume_training",
    "test_command.py: a command, whose errors end the program in one line": "__main__.main",
    "oracles/with_transformers.py: needs PyTorch": "with_torch",
    "test_parallel.py: starts processes": "parallel",
    "test_figures.py: they draw what figures has checked": "svg drawing",
    "test_playground.py: trains for seconds": "playground.save_mini_gpt",
    "test_exercises.py: data": "exercises.Exercise exercises.Mistake exercises.Verdict",
    "test_exercises.py: called by check": "exercises.judge exercises.call_each",
    "test_exercises.py: builds what is registered": "exercises.exercise exercises.build_exercise",
    "tokenizer.BPETokenizer.train, which calls it": "tokenizer.learn_merges",
    "checkpoint and test_fuzz.py, which call it": "files.write_atomically files.read_text",
    "test_figures.py: called with words that a figure has checked": "figures.find_label",
    "figures.bar and its like, which return it": "figures.Figure figures.Table figures.Source",
}
NAMES = (*" ".join(ELSEWHERE.values()).split(),)


def public():
    """Every function, class and method of the package whose name does not start with _."""
    for found in pkgutil.walk_packages(llm_scratch.__path__, "llm_scratch."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            ours = getattr(value, "__module__", "") == found.name and not name.startswith("_")
            if ours and (inspect.isfunction(value) or inspect.isclass(value)):
                yield name_of(value)
                yield from methods(value)


def methods(value):
    for name, method in vars(value).items():
        function = getattr(method, "__func__", method)
        named = inspect.isfunction(function) and not name.startswith("_")
        if inspect.isclass(value) and named and function.__name__ != "<lambda>":
            yield name_of(function)


def test_every_public_function_has_a_property():
    known = (*PROPERTIES, *(name for name in public() if name.startswith(NAMES)))
    missing = ", ".join({*public()} - {*known})
    assert not missing, f"say in tests/proof/properties_of_*.py what is right for {missing}"


def test_what_is_tried_elsewhere_is_there_and_not_here():
    names = [*public()]
    for elsewhere in NAMES:
        assert any(name.startswith(elsewhere) for name in names), elsewhere
        assert not any(name.startswith(elsewhere) for name in PROPERTIES), elsewhere
