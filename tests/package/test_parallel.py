"""Several processes learn what one would have learned, and leave nothing behind."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from project import ROOT

from llm_scratch import parallel
from llm_scratch.checkpoint import load_gpt2
from llm_scratch.model import GPTConfig, init_params, loss_and_grads
from llm_scratch.parallel import DataParallel, shares_of
from llm_scratch.train import Learner, batch, train

CONFIG = GPTConfig(vocab_size=11, n_positions=8, d_model=16, n_heads=2, n_layers=2)
IDS = np.random.default_rng(5).integers(0, 11, (7, 9))
BATCH = IDS[:, :-1], IDS[:, 1:]


def fresh(dtype=np.float64):
    return init_params(CONFIG, np.random.default_rng(0), dtype)


@pytest.mark.parametrize("processes", [True, False], ids=["processes", "in turn"])
@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_workers_learn_what_one_process_learns(n_workers, processes, monkeypatch):
    monkeypatch.setattr(parallel, "PROCESSES", processes)
    alone = Learner(fresh(), CONFIG)
    with DataParallel(fresh(), CONFIG, n_workers) as together:
        for lr in (1e-2, 1e-3, 1e-2):  # 7 rows: the parts differ in size
            loss = alone.learn(*BATCH, lr, max_norm=0.5)
            assert together.learn(*BATCH, lr, max_norm=0.5) == pytest.approx(loss, abs=1e-12)
        for kind in ("params", "mean", "square"):
            for name, expected in getattr(alone, kind).items():
                np.testing.assert_allclose(getattr(together, kind)[name], expected, atol=1e-12)
        assert together.n_steps == alone.n_steps == 3


def test_float32_stays_float32_and_workers_and_their_folder_are_gone_afterwards():
    with DataParallel(fresh(np.float32), CONFIG, 2) as together:
        workers, folder = together.workers, Path(together.folder.name)
        assert folder.is_dir() and all(worker.poll() is None for worker in workers)
        together.learn(*BATCH, 1e-3, 1.0)
        assert {p.dtype for p in together.params.values()} == {np.dtype(np.float32)}
    assert not folder.exists() and [worker.returncode for worker in workers] == [0, 0]


def test_each_parameter_has_one_owner_and_the_shares_are_even():
    sizes = {name: p.shape for name, p in fresh().items()}
    shares = shares_of(sizes, 3)
    assert sorted(name for share in shares for name in share) == sorted(sizes)
    loads = [sum(int(np.prod(sizes[name])) for name in share) for share in shares]
    assert max(loads) - min(loads) < max(np.prod(shape) for shape in sizes.values())


def test_the_largest_goes_first_to_whoever_has_least():
    shapes = {"a": (2,), "b": (3, 2), "c": (5,), "d": (2, 2), "e": (1,)}
    assert shares_of(shapes, 2) == [["b", "a", "e"], ["c", "d"]]


class Spoken(io.StringIO):
    """What a worker has said, and how much of it had gone out at each command that it read."""

    def __init__(self):
        super().__init__()
        self.out = ""

    def flush(self):
        self.out = self.getvalue()


def test_a_worker_answers_each_command_at_once_and_lets_ctrl_c_pass(tmp_path, monkeypatch):
    alone = Learner(fresh(), CONFIG)
    shapes = {name: p.shape for name, p in alone.params.items()}
    shared = [str(tmp_path / "arrays"), "<f8", shapes, 1]
    arrays = next(parallel._shared_arrays(*shared, "w+"))
    for name, p in alone.params.items():
        arrays[name][...] = p
    spoken, heard = Spoken(), []

    def commands():
        for command in ("find_gradients", *[x.tolist() for x in BATCH], 1.0), ("average_share",):
            heard.append(spoken.out)
            yield json.dumps(command)
        heard.append(spoken.out)

    monkeypatch.setattr(sys, "argv", ["-c", json.dumps([shared, vars(CONFIG), 0])])
    monkeypatch.setattr(sys, "stdin", commands())
    monkeypatch.setattr(sys, "stdout", spoken)
    monkeypatch.setattr(parallel, "keep_freed_memory", lambda: heard.append("kept"))
    before = signal.getsignal(signal.SIGINT)
    try:
        parallel._serve()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    loss, grads = loss_and_grads(alone.params, *BATCH, CONFIG)
    answers = [float(line) for line in heard[-1].split()]
    assert answers == pytest.approx([loss, sum((g**2).sum() for g in grads.values())], rel=1e-12)
    assert heard[0] == "kept" and [text.count("\n") for text in heard[1:]] == [0, 1, 2]


def test_a_worker_that_ends_is_told_and_the_others_end_too():
    with DataParallel(fresh(), CONFIG, 2) as together:
        workers = together.workers
        workers[1].kill()
        with pytest.raises(RuntimeError, match="a worker has ended"):
            together.learn(*BATCH, 1e-3, 1.0)
    assert workers[0].returncode == 0


@pytest.mark.parametrize(("cores", "threads"), [(7, "3"), (1, "1"), (None, "1"), (4, "2")])
def test_workers_share_the_cores_and_find_the_package(monkeypatch, cores, threads):
    started = {}

    def start(process, command, **options):
        started.update(options, command=command)

    monkeypatch.setattr(subprocess.Popen, "__init__", start)
    monkeypatch.setattr(subprocess.Popen, "__del__", lambda process: None)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    parallel._Process(["file", "<f8", {"w": (2,)}, 2], CONFIG, 1)
    environment = started["env"]
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    assert [environment[name] for name in names] == [threads] * 3
    assert environment["PYTHONPATH"] == f"{ROOT / 'lessons_src'}{os.pathsep}elsewhere"
    program, settings = started["command"][-2:]
    assert program == "from llm_scratch.parallel import _serve; _serve()"
    assert json.loads(settings) == [["file", "<f8", {"w": [2]}, 2], vars(CONFIG), 1]


@pytest.mark.parametrize(
    ("platform", "calls"), [("linux", [(-3, 2**30), (-1, 2**31 - 1)]), ("darwin", [])]
)
def test_glibc_is_told_to_keep_memory(monkeypatch, platform, calls):
    """malloc.h: M_MMAP_THRESHOLD is -3, M_TRIM_THRESHOLD is -1."""
    done = []
    glibc = SimpleNamespace(mallopt=lambda option, value: done.append((option, value)))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(parallel.ctypes, "CDLL", lambda name: glibc if name is None else None)
    parallel.keep_freed_memory()
    assert done == calls
    monkeypatch.setattr(parallel.ctypes, "CDLL", lambda name: object())  # a C library without it
    parallel.keep_freed_memory()


def test_a_row_for_each_worker_is_enough(monkeypatch):
    monkeypatch.setattr(parallel, "PROCESSES", False)
    with DataParallel(fresh(), CONFIG, 7) as together:
        expected, _ = loss_and_grads(fresh(), *BATCH, CONFIG)
        assert together.learn(*BATCH, 1e-3, 1.0) == pytest.approx(expected, rel=1e-12)


def test_a_batch_must_have_a_row_for_each_worker():
    said = "ids must have a row for each, got 1 for 2 workers"
    with DataParallel(fresh(), CONFIG, 2) as together, pytest.raises(ValueError, match=said):
        together.learn(BATCH[0][:1], BATCH[1][:1], 1e-3, 1.0)


TEXT = np.random.default_rng(6).integers(0, 11, 300)


def run(params, n_steps, **settings):
    rng = np.random.default_rng(1)
    return train(params, CONFIG, TEXT, n_steps, rng, batch_size=6, warmup=2, **settings)


def test_training_with_workers_goes_on_to_the_same_bits(tmp_path):
    whole, parts = fresh(), fresh()
    expected = run(whole, 6, n_workers=2)
    assert expected == pytest.approx(run(fresh(), 6), abs=1e-9)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("llm_scratch.train.batch", stops_at(4))
        run(parts, 6, n_workers=2, folder=tmp_path)
    assert run(fresh(), 6, n_workers=2, folder=tmp_path) == expected
    loaded, _ = load_gpt2(tmp_path)
    for name, p in whole.items():
        assert (loaded[name] == p).all()


def stops_at(n_calls):
    calls = []

    def stop(*arguments):
        calls.append(1)
        if len(calls) == n_calls:
            raise KeyboardInterrupt
        return batch(*arguments)

    return stop


def test_n_workers_must_be_positive():
    with pytest.raises(ValueError, match=r"n_workers must lie in 1 \.\. 16777216, got 0"):
        run(fresh(), 1, n_workers=0)


SCRIPT = """
import numpy as np, sys
from llm_scratch.model import GPTConfig, init_params
from llm_scratch.train import train
config, rng = GPTConfig(11, 8, 16, 2, 2), np.random.default_rng(0)
settings = dict(folder=sys.argv[1], n_workers=int(sys.argv[2]), progress=True, save_every=10**9)
train(init_params(config, rng), config, rng.integers(0, 11, 300), 10**6, rng, **settings)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
@pytest.mark.parametrize("n_workers", [1, 2])
def test_ctrl_c_leaves_a_whole_checkpoint(tmp_path, n_workers):
    """The signal goes to all processes of the group, as it does in a terminal."""
    path = {"PYTHONPATH": str(ROOT / "lessons_src")}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(n_workers)],
        stderr=subprocess.PIPE, start_new_session=True, env=os.environ | path,
    ) as process:  # fmt: skip
        while b"loss" not in (shown := process.stderr.read(40)):
            assert shown, "it ended before the first step"
        os.killpg(process.pid, signal.SIGINT)
        end = process.stderr.read().decode()
    assert process.returncode == -signal.SIGINT or "KeyboardInterrupt" in end
    params, config = load_gpt2(tmp_path)
    assert config == CONFIG and all(np.isfinite(p).all() for p in params.values())
