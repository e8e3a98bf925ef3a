"""One model, several processes: each learns from its part of the batch (data parallelism).

Every worker finds the gradients of its rows, all average them, and each then moves its own share
of the parameters, the only ones whose Adam state it needs (Rajbhandari et al. 2020, ZeRO stage 1).
The arrays lie in one file that all of them map into memory; a command is a line of JSON.
A browser has no processes: there the workers take turns, with the same numbers and no time gained.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from llm_scratch.model import GPTConfig, loss_and_grads
from llm_scratch.optim import AdamW, scale_to_norm

PROCESSES = sys.platform != "emscripten"  # a browser's Python starts none


class DataParallel:
    """`n_workers` processes that train a copy of `params` together; close it, or use `with`.

    `params`, `mean`, `square` and `n_steps` are those of an `AdamW` over all parameters.
    Raises ValueError if a batch has fewer rows than there are workers, RuntimeError if one ends.
    """

    def __init__(self, params, config, n_workers):
        self.n_steps, self.n_workers, self.workers = 0, n_workers, []
        # in memory where there is such a folder, so that no disk has to keep up
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.folder = tempfile.TemporaryDirectory(dir=memory, ignore_cleanup_errors=True)
        shapes = {name: p.shape for name, p in params.items()}
        shared = [f"{self.folder.name}/arrays", params["wte.weight"].dtype.str, shapes, n_workers]
        arrays = [*_shared_arrays(*shared, "w+")]
        self.params, self.mean, self.square, *_ = arrays
        for name, p in params.items():
            self.params[name][...] = p
        start = partial(_Process, shared) if PROCESSES else partial(_InTurn, arrays)
        self.workers = [start(config, index) for index in range(n_workers)]

    def learn(self, ids, targets, lr, max_norm):  # (B, T), (B, T) -> loss
        """One step of AdamW on the gradient of the whole batch, clipped to `max_norm`."""
        if len(ids) < self.n_workers:
            raise ValueError(f"a batch of {len(ids)} has no row for each of {self.n_workers}")
        parts = zip(
            *(np.array_split(np.asarray(x), self.n_workers) for x in (ids, targets)), strict=True
        )
        tasks = [(i.tolist(), t.tolist(), len(i) / len(ids)) for i, t in parts]
        loss = sum(self._ask("find_gradients", tasks))
        squares = self._ask("average_share", [()] * self.n_workers)
        scale = scale_to_norm(squares, max_norm)
        self._ask("move_share", [(lr, scale, self.n_steps)] * self.n_workers)
        self.n_steps += 1
        return loss

    def _ask(self, command, tasks):
        """Tell all workers first, then wait for all: they work at the same time."""
        try:
            for worker, arguments in zip(self.workers, tasks, strict=True):
                worker.tell(json.dumps([command, *arguments]))
            return [json.loads(worker.answer()) for worker in self.workers]
        except (BrokenPipeError, json.JSONDecodeError):
            raise RuntimeError("a worker has ended; its own message is above") from None

    def close(self):
        """End the workers and give back what they shared; the arrays can still be read."""
        for worker in self.workers:
            worker.communicate()
        self.workers = []
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Process(subprocess.Popen):
    """A worker of its own, with its share of the processor's cores for matrix products."""

    def __init__(self, shared, config, index):
        threads = str(max(1, (os.cpu_count() or 1) // shared[-1]))
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        settings = json.dumps([shared, vars(config), index])
        super().__init__(
            [sys.executable, "-c", f"from {__name__} import _serve; _serve()", settings],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | dict.fromkeys(names, threads) | {"PYTHONPATH": path},
        )  # fmt: skip

    def tell(self, line):
        print(line, file=self.stdin, flush=True)

    def answer(self):
        return self.stdout.readline()


class _InTurn:
    """A worker where there are no processes: it does its part when it is told to."""

    def __init__(self, arrays, config, index):
        self.worker = _Worker(arrays, config, index)

    def tell(self, line):
        self.said = self.worker.obey(line)

    def answer(self):
        return self.said

    def communicate(self):
        """There is nobody to wait for."""


def _shared_arrays(file, dtype, shapes, n_workers, mode="r+"):
    """Parameters, both moments, and gradients for each worker: {name: view of the file} each."""
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    flat = np.memmap(file, dtype, mode, shape=(3 + n_workers, sum(sizes)))
    cuts = np.cumsum(sizes)[:-1]
    for row in flat.view(np.ndarray):
        parts = zip(shapes.items(), np.split(row, cuts), strict=True)
        yield {name: part.reshape(shape) for (name, shape), part in parts}


def shares_of(shapes, n_workers):  # -> names for each worker
    """The largest first, each to whoever has least."""
    shares, load = [[] for _ in range(n_workers)], [0] * n_workers
    for name in sorted(shapes, key=lambda name: -np.prod(shapes[name])):
        least = load.index(min(load))
        shares[least].append(name)
        load[least] += int(np.prod(shapes[name]))
    return shares


class _Worker:
    def __init__(self, arrays, config, index):
        self.config, self.index = config, index
        self.params, mean, square, *self.grads = arrays
        shapes = {name: p.shape for name, p in self.params.items()}
        self.share = shares_of(shapes, len(self.grads))[index]
        self.optimizer = AdamW({name: self.params[name] for name in self.share})
        self.optimizer.mean, self.optimizer.square = mean, square

    def obey(self, line):  # a command and its arguments as JSON -> the answer as JSON
        command, *arguments = json.loads(line)
        return json.dumps(getattr(self, command)(*arguments))

    def find_gradients(self, ids, targets, weight):
        loss, grads = loss_and_grads(self.params, np.array(ids), np.array(targets), self.config)
        for name, g in grads.items():
            np.multiply(g, weight, out=self.grads[self.index][name])
        return loss * weight

    def average_share(self):  # -> its part of the squared norm
        first, *others = self.grads
        for name in self.share:
            for other in others:
                first[name] += other[name]
        return sum(float(np.vdot(first[name], first[name])) for name in self.share)

    def move_share(self, lr, scale, n_steps):
        self.optimizer.n_steps = n_steps
        grads = {name: self.grads[0][name] for name in self.share}
        for g in grads.values():
            g *= scale
        self.optimizer.step(grads, lr)


def _serve():
    """The life of a worker: a command a line, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that gives the commands
    keep_freed_memory()
    shared, config, index = json.loads(sys.argv[1])
    worker = _Worker([*_shared_arrays(*shared)], GPTConfig(**config), index)
    for line in sys.stdin:
        print(worker.obey(line), flush=True)


def keep_freed_memory():
    """Let glibc keep freed memory, not hand it back at every array: 1.3 to 1.8 times faster.

    On other systems there is nothing to do.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
            mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD
