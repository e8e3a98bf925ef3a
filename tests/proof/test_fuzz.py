"""Files that somebody has spoilt: a clear ValueError, little memory, nothing run, nothing else opened."""

import json
import os
import random
import re
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from llm_scratch.checkpoint import load_gpt2, read_safetensors, save_gpt2, write_safetensors
from llm_scratch.model import GPTConfig, init_params
from llm_scratch.tokenizer import BPETokenizer
from project import ROOT
from properties import TRIED

CONFIG = GPTConfig(270, 8, 8, 2, 1)
FILES = ("config.json", "model.safetensors", "vocab.json", "merges.txt")
N = 3000  # spoilt folders
MOST = 16 << 20  # bytes that reading one may take; the whole files have 30 kB


def folder_to_spoil(folder):
    save_gpt2(folder, init_params(CONFIG, np.random.default_rng(0)), CONFIG)
    BPETokenizer.train("ねこ は ひるね が すき the cat sat on the mat " * 3, 270).save(folder)
    return {name: (folder / name).read_bytes() for name in FILES}


# Ways to spoil a file: bytes -> bytes, by the numbers of `rng`


def cut(rng, data):
    return data[: rng.randrange(len(data))]


def flip(rng, data):
    spoilt = bytearray(data)
    for _ in range(rng.choice([1, 1, 3, 50])):
        spoilt[rng.randrange(min(len(data), rng.choice([16, 400, len(data)])))] ^= (
            1 << rng.randrange(8)
        )
    return bytes(spoilt)


def repeat(rng, data):
    return data + data[: rng.randrange(len(data))]


def write_over(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + rng.choice(WORDS) + data[at + rng.choice([0, 1, 8, 30]) :]


def change_number(rng, data):
    """One number of the JSON, or of the header of a safetensors file, is another."""
    numbers = [*re.finditer(rb"\d+", data[:4000])]
    if not numbers:
        return cut(rng, data)
    number = rng.choice(numbers)
    return data[: number.start()] + rng.choice(NUMBERS) + data[number.end() :]


def change_header(rng, data):
    """The same with the header's length made right: the numbers themselves are judged."""
    (length,) = struct.unpack("<Q", data[:8])
    header = change_number(rng, data[8 : 8 + length]) if length < len(data) else data
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


NUMBERS = [
    b"0",
    b"-1",
    b"1e400",
    b"NaN",
    b"true",
    b"9" * 30,
    b"9" * 5000,
    b"4294967296",
    b'"8"',
    b"[8]",
    b"null",
    b"1.0",
]
WORDS = [
    b"\x00" * 8,
    b"\xff" * 8,
    b"[" * 5000,
    b"{" * 5000,
    b'{"a":' * 5000,
    b'"n_layer": 1000000000, "n_layer": 3',
    b"../../../etc/passwd",
    b"/etc/passwd",
    b"__import__('os').system('false')",
    b"PK\x03\x04",
    b"\x80\x04cos\nsystem\n(S'false'\ntR.",
    "ねこ".encode(),
    b"\xed\xa0\x80",
]
WAYS = [cut, flip, repeat, write_over, change_number, change_header]


def spoilt(rng, whole):
    """One file of the folder, spoilt in one or two ways."""
    name = rng.choice(FILES)
    data = whole[name]
    for _ in range(rng.choice([1, 1, 2])):
        way = rng.choice(WAYS if name == "model.safetensors" else WAYS[:-1])
        data = way(rng, data) or b" "
    return name, data


def attempt(folder):
    """What reading the folder comes to, and the most memory that it took."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        params, config = load_gpt2(folder)
        BPETokenizer.load(folder)
        read_safetensors(Path(folder, "model.safetensors"))
        outcome = "read"
        assert sum(p.nbytes for p in params.values()) < 1 << 20 and config.vocab_size < 1000
    except ValueError as error:
        assert str(folder) in str(error), f"no file is named: {error!r}"
        outcome = "refused"
    return outcome, tracemalloc.get_traced_memory()[1] - before


def fuzz(folder, seed, n):
    """Spoil and read again and again; prints what came of it. Runs in a process of its own."""
    rng, whole, count, most = random.Random(seed), folder_to_spoil(folder), {}, 0
    allowed = [str(folder)]
    attempt(folder)
    sys.addaudithook(lambda event, arguments: forbid(event, arguments, allowed))
    tracemalloc.start()
    for _ in range(n):
        name, data = spoilt(rng, whole)
        Path(folder, name).write_bytes(data)
        try:
            outcome, memory = attempt(folder)
        except BaseException as error:
            os.write(2, f"{name}, {data[:3000]!r}: {error!r:.500}".encode())
            os._exit(5)
        count[outcome], most = count.get(outcome, 0) + 1, max(most, memory)
        Path(folder, name).write_bytes(whole[name])
    print(json.dumps({**count, "bytes": most}))


RUNS = (
    "exec",
    "compile",
    "import",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "subprocess.Popen",
    "pickle.find_class",
    "socket.connect",
    "ctypes.dlopen",
)


def forbid(event, arguments, allowed):
    """Nothing is run, and no file beside the four is opened."""
    if event in RUNS:
        os.write(2, f"{event} {arguments}\n".encode())
        os._exit(3)
    if event == "open" and not str(arguments[0]).startswith(allowed[0]):
        os.write(2, f"opened {arguments[0]}\n".encode())
        os._exit(4)


PROGRAM = """
import resource, sys
from pathlib import Path
import test_fuzz
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20),) * 2)
test_fuzz.fuzz(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is set in Linux's way")
def test_spoilt_folders_are_refused_or_read_in_little_memory_and_run_nothing(tmp_path):
    path = os.pathsep.join(str(ROOT / part) for part in ("tests", "tests/proof", "lessons_src", "docs"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "gpt2", "0", str(N)],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    count = json.loads(done.stdout)
    assert count["refused"] + count["read"] == N and count["refused"] > N / 2
    assert count["bytes"] < MOST
    TRIED["spoilt folders refused"] += count["refused"]
    TRIED["spoilt folders read, the harm being in numbers"] += count["read"]


def places(**changes):
    first = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    second = {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}
    return {"a": first, "b": second | changes}


HEADERS = {
    "overlapping": (places(data_offsets=[4, 12]), "starts at 4, where the one before ends at 8"),
    "the same bytes twice": (places(data_offsets=[0, 8]), "starts at 0, where the one before ends"),
    "a hole": (places(shape=[1], data_offsets=[12, 16]), "starts at 12"),
    "left over": ({"a": places()["a"]}, "end at 8, but there are 16 bytes"),
    "a bool for a size": (places(shape=[True, 2]), "its size and its place disagree"),
    "too many axes": (places(shape=[2] + [1] * 99), "tensor b cannot be read"),
    "an axis of 2**70 and one of none": (places(shape=[2**70, 0], data_offsets=[8, 8]), "tensor b cannot be read"),
    "metadata of numbers": (places() | {"__metadata__": {"a": 1}}, "metadata is not of text"),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_lies_is_told(tmp_path, name):
    header, message = HEADERS[name]
    text = json.dumps(header).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 16)
    with pytest.raises(ValueError, match=message):
        read_safetensors(path)


TWICE = {
    "model.safetensors": b'{"a":{},"a":{}}',
    "config.json": b'{"n_layer": 1, "n_layer": 2}',
    "vocab.json": b'{"a": 1, "a": 1}',
}


@pytest.mark.parametrize("name", TWICE)
def test_a_key_that_comes_twice_is_told(tmp_path, name):
    folder_to_spoil(tmp_path)
    text = TWICE[name]
    length = struct.pack("<Q", len(text)) if name == "model.safetensors" else b""
    (tmp_path / name).write_bytes(length + text)
    with pytest.raises(ValueError, match=rf"{name}.*the key '\w+' stands there twice"):
        BPETokenizer.load(tmp_path) and load_gpt2(tmp_path)


def test_a_billion_layers_are_not_believed(tmp_path):
    folder_to_spoil(tmp_path)
    settings = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(settings | {"n_layer": 10_000_000}))
    with pytest.raises(ValueError, match=r"n_layer 10000000 is more than its 16 tensors"):
        load_gpt2(tmp_path)


def test_names_that_look_like_paths_are_names(tmp_path):
    names = ["../up", "/etc/passwd", "C:\\x", "a/../../b"]
    write_safetensors(tmp_path / "x", {name: np.ones(1) for name in names})
    assert list(read_safetensors(tmp_path / "x")[0]) == names
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("name", FILES)
def test_a_link_to_another_file_is_read_as_that_file_and_refused(tmp_path, name):
    folder_to_spoil(tmp_path / "gpt2")
    (tmp_path / "secret").write_text("root:x:0:0")
    (tmp_path / "gpt2" / name).unlink()
    (tmp_path / "gpt2" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(
        ValueError, match=r"model\.safetensors|config\.json|vocab\.json|merges\.txt"
    ):
        BPETokenizer.load(tmp_path / "gpt2") and load_gpt2(tmp_path / "gpt2")
