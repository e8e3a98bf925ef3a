"""Files that somebody has spoilt: a clear ValueError, little memory, nothing run or opened."""

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
from project import ROOT
from properties import TRIED

from llm_scratch.checkpoint import load_gpt2, read_safetensors, save_gpt2
from llm_scratch.model import GPTConfig, init_params
from llm_scratch.tokenizer import BPETokenizer

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
        at = rng.randrange(min(len(data), rng.choice([16, 400, len(data)])))
        spoilt[at] ^= 1 << rng.randrange(8)
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


NUMBERS = b'0 -1 1e400 NaN true 4294967296 "8" [8] null 1.0'.split() + [b"9" * 30, b"9" * 5000]
WORDS = b"../../../etc/passwd /etc/passwd __import__('os').system('false') PK\x03\x04".split()
WORDS += [b"\x00" * 8, b"\xff" * 8, b"[" * 5000, b"{" * 5000, b'{"a":' * 5000, b"\xed\xa0\x80"]
WORDS += [
    b'"n_layer": 1000000000, "n_layer": 3',
    b"\x80\x04cos\nsystem\n(S'false'\ntR.",
    "は".encode(),
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


RUNS = ["exec", "compile", "import", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen"]
RUNS += ["pickle.find_class", "socket.connect", "ctypes.dlopen"]


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
    path = os.pathsep.join(
        str(ROOT / part) for part in ("tests", "tests/proof", "lessons_src", "docs")
    )
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


@pytest.mark.parametrize("name", FILES)
def test_a_link_to_another_file_is_read_as_that_file_and_refused(tmp_path, name):
    folder_to_spoil(tmp_path / "gpt2")
    (tmp_path / "secret").write_text("root:x:0:0")
    (tmp_path / "gpt2" / name).unlink()
    (tmp_path / "gpt2" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match=name):
        BPETokenizer.load(tmp_path / "gpt2") and load_gpt2(tmp_path / "gpt2")
