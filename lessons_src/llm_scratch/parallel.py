"""One model, several processes: each learns from its part of the batch (data parallelism).

Every worker finds the gradients of its rows, all average them, and each then moves its own share
of the parameters, the only ones whose Adam state it needs (Rajbhandari et al. 2020, ZeRO stage 1).
The arrays lie in one file that all of them map into memory; a command is a line of JSON.
A browser starts no processes: there the workers take turns, with the same result in more time.
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
        # /dev/shm lies in memory: there no disk slows the workers down
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.folder = tempfile.TemporaryDirectory(dir=memory, ignore_cleanup_errors=True)
        shapes = {name: p.shape for name, p in params.items()}
        shared = [f"{self.folder.name}/arrays", params["wte.weight"].dtype.str, shapes, n_workers]
        arrays = [*_shared_arrays(*shared, "w+")]
        self.params, self.mean, self.square, *_ = arrays
        for name, p in params.items():
            self.params[name][...] = p
        start = partial(_Process, shared) if PROCESSES else partial(_InProcess, arrays)
        self.workers = [start(config, index) for index in range(n_workers)]

    def learn(self, ids, targets, lr, max_norm):  # (B, T), (B, T) -> loss
        """One step of AdamW on the whole batch's clipped gradient."""
        n, tasks = self.n_workers, []
        if len(ids) < n:
            got = f"{len(ids)} for {n} workers"
            raise ValueError(f"ids must have a row for each, got {got}")
        parts = np.array_split(ids, n), np.array_split(targets, n)
        for i, t in zip(*parts, strict=True):
            weight = len(i) / len(ids)
            tasks.append((i.tolist(), t.tolist(), weight))
        loss = sum(self._call("find_gradients", tasks))
        squares = self._call("average_share", [()] * n)
        scale = scale_to_norm(squares, max_norm)
        self._call("move_share", [(lr, scale, self.n_steps)] * n)
        self.n_steps += 1
        return loss

    def _call(self, command, tasks):
        """Send all tasks before waiting for any: the workers compute at the same time."""
        try:
            for worker, arguments in zip(self.workers, tasks, strict=True):
                worker.send(json.dumps([command, *arguments]))
            return [json.loads(worker.receive()) for worker in self.workers]
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
    """A worker in a process of its own, which multiplies matrices on its share of the cores."""

    def __init__(self, shared, config, index):
        threads = str(max(1, (os.cpu_count() or 1) // shared[-1]))
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        settings = json.dumps([shared, vars(config), index])
        super().__init__(
            [sys.executable, "-c", f"from {__name__} import _serve; _serve()", settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | dict.fromkeys(names, threads) | {"PYTHONPATH": path},
        )

    def send(self, line):
        print(line, file=self.stdin, flush=True)

    def receive(self):
        return self.stdout.readline()


class _InProcess:
    """A worker in this process, where no others can be started: it computes when it is sent to."""

    def __init__(self, arrays, config, index):
        self.worker = _Worker(arrays, config, index)

    def send(self, line):
        self.result = self.worker.handle(line)

    def receive(self):
        return self.result

    def communicate(self):
        """There is no process to wait for."""


def _shared_arrays(file, dtype, shapes, n_workers, mode="r+"):
    """Parameters, both moments, each worker's gradients: a {name: view of the file} for each."""
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    flat = np.memmap(file, dtype, mode, shape=(3 + n_workers, sum(sizes)))
    cuts = np.cumsum(sizes)[:-1]
    for row in flat.view(np.ndarray):
        parts = zip(shapes.items(), np.split(row, cuts), strict=True)
        yield {name: part.reshape(shape) for (name, shape), part in parts}


def shares_of(shapes, n_workers):  # -> names for each worker
    """Give the largest parameter first, each to the worker that has least."""
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

    def handle(self, line):  # a command and its arguments as JSON -> its result as JSON
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
    """What a worker's process runs: it handles a command a line until its input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C stops the parent, which ends the workers
    keep_freed_memory()
    shared, config, index = json.loads(sys.argv[1])
    worker = _Worker([*_shared_arrays(*shared)], GPTConfig(**config), index)
    for line in sys.stdin:
        print(worker.handle(line), flush=True)


def keep_freed_memory():
    """Let glibc keep freed memory for the next array: 1.3 to 1.8 times faster.

    Other systems have no such setting.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
            mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD
