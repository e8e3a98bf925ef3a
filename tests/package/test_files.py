"""Files: written whole or not at all, and read only if they are what they should be."""

import json
import os
import re
import threading

import pytest
from refusals import refuses

from llm_scratch.files import read_object, read_text, write_atomically


def test_parts_are_written_one_after_the_other(tmp_path):
    write_atomically(tmp_path / "x", [b"ab", b"", b"c"])
    write_atomically(f"{tmp_path}/y", iter([b"d"]))
    assert (tmp_path / "x").read_bytes() == b"abc" and (tmp_path / "y").read_bytes() == b"d"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x", "y"]


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(tmp_path):
    def parts():
        yield b"new"
        assert (tmp_path / "x").read_bytes() == b"old"  # as long as the new one is not complete
        (unfinished,) = tmp_path.glob("*.unfinished")
        assert unfinished.name == f"x.{os.getpid()}.{threading.get_ident()}.unfinished"
        raise KeyboardInterrupt

    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "x", parts())
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def test_two_threads_may_write_one_file(tmp_path):
    """The second begins and ends while the first is half way."""

    def parts():
        yield b"first "
        other = threading.Thread(target=write_atomically, args=(tmp_path / "x", [b"second"]))
        other.start()
        other.join()
        assert (tmp_path / "x").read_bytes() == b"second"
        yield b"whole"

    write_atomically(tmp_path / "x", parts())
    assert (tmp_path / "x").read_bytes() == b"first whole"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_the_error_of_a_place_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "x", [b"a"])


def test_text_is_read_as_utf_8_and_what_is_none_is_named(tmp_path):
    (tmp_path / "x").write_bytes("ねこ".encode())
    assert read_text(tmp_path / "x") == read_text(f"{tmp_path}/x") == "ねこ"
    (tmp_path / "x").write_bytes(b"a\xff")
    said = f"{tmp_path / 'x'} must be text in UTF-8: 'utf-8' codec can't decode byte 0xff"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        read_text(tmp_path / "x")


def test_an_object_is_read_from_text_and_bytes():
    for data in ('{"a": {"b": [1, null]}, "c": {"b": 2}}', b"{}"):
        assert read_object("x", data) == json.loads(data)


REFUSED = r"""
read_object("x", "[1]")  # x is no object, but a list
read_object("x", "null")  # x is no object, but a NoneType
read_object("x", "{")  # x: Expecting property name enclosed in double quotes: line 1 …
read_object("x", b'{"\xff": 1}')  # x: 'utf-8' codec can't decode byte 0xff in position 2…
read_object("x", '{"a": 1, "b": 2, "b": 3}')  # x: the key 'b' stands there twice
read_object("x", '{"a": {"b": 1, "b": 1}}')  # x: the key 'b' stands there twice
read_object("x", "[" * 100_000)  # x: maximum recursion depth exceeded…
"""
test_what_is_no_object_is_refused_by_its_name = refuses(REFUSED, globals())
