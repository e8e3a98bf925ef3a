"""Learning: windows of text, one step after the other, kept on disk so that it can be resumed."""

import json
import signal
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from llm_scratch.checkpoint import read_safetensors, save_gpt2, write_safetensors
from llm_scratch.checks import as_array, entry, instance, integer, real
from llm_scratch.files import read_object
from llm_scratch.model import checked_params, forward, loss_and_grads
from llm_scratch.ops import cross_entropy
from llm_scratch.optim import AdamW, clip_by_global_norm, cosine_schedule
from llm_scratch.parallel import DataParallel, keep_freed_memory

STATE = "training.safetensors"


def batch(ids, batch_size, n_tokens, rng):  # (N,) -> (B, T), (B, T)
    """Windows of a text drawn by `rng`, and the same windows one token later.

    >>> inputs, targets = batch(np.arange(9), 2, 3, np.random.default_rng(0))
    >>> bool((targets == inputs + 1).all()), inputs.shape
    (True, (2, 3))
    """
    ids = _checked_text_ids(ids, integer("n_tokens", n_tokens, 1))
    integer("batch_size", batch_size, 1), instance("rng", rng, np.random.Generator)
    starts = rng.integers(0, len(ids) - n_tokens, batch_size)
    windows = ids[starts[:, None] + np.arange(n_tokens + 1)]
    return windows[:, :-1], windows[:, 1:]


def _checked_text_ids(ids, n_tokens):
    """`ids` as an array, if it is a text longer than `n_tokens`."""
    ids = as_array("ids", ids)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise TypeError(f"ids must be integers of the shape (N,), got {ids.dtype} {ids.shape}")
    if len(ids) <= n_tokens:
        raise ValueError(f"ids must be more than n_tokens {n_tokens}, got {len(ids)}")
    return ids


def train(
    params, config, ids, n_steps, rng, *, batch_size=32, peak=3e-3, warmup=50, max_norm=1.0,
    n_workers=1, folder=None, save_every=500, progress=False,
):  # fmt: skip
    """Train in place on windows of `ids`, a text as token ids; return the loss of each step.

    With `folder`, a checkpoint is written there every `save_every` steps, at the end and on Ctrl-C;
    the same call goes on from it and comes to the same numbers, to the bit.
    More than one of `n_workers` share each batch as processes of their own.
    """
    if integer("n_workers", n_workers) < 1:
        raise ValueError(f"n_workers must be 1 or more, got {n_workers}")
    checked_params(params, config), _checked_text_ids(ids, config.n_positions)
    _check_training(n_steps, rng, peak, max_norm, save_every)
    keep_freed_memory()
    losses, started = [], time.perf_counter()
    with _learner(params, config, n_workers) as learner, _whole_steps() as interrupted:
        if folder and (Path(folder) / STATE).exists():
            losses = _resume(folder, learner, rng)
        try:
            for step in range(len(losses), n_steps):
                lr = cosine_schedule(step, n_steps, peak, warmup)
                windows = batch(ids, batch_size, config.n_positions, rng)
                losses.append(learner.learn(*windows, lr, max_norm))
                if progress:
                    _show_progress(step + 1, n_steps, losses[-1], time.perf_counter() - started)
                if folder and (step + 1) % save_every == 0:
                    _save(folder, config, learner, rng, losses)
                if interrupted:
                    raise KeyboardInterrupt
        finally:
            for name, p in params.items():
                p[...] = learner.params[name]
            if folder and len(losses) == learner.n_steps:  # else an error came within a step
                _save(folder, config, learner, rng, losses)
    return losses


def _check_training(n_steps, rng, peak, max_norm, save_every):
    integer("n_steps", n_steps), integer("save_every", save_every, 1, most=2**62)
    real("peak", peak, least=0), real("max_norm", max_norm, least=0)
    instance("rng", rng, np.random.Generator)


class Learner(AdamW):
    """AdamW that finds the gradients of a batch, clips them and takes a step."""

    def __init__(self, params, config):
        super().__init__(checked_params(params, config))
        self.config = config

    def learn(self, ids, targets, lr, max_norm):  # (B, T), (B, T) -> loss
        loss, grads = loss_and_grads(self.params, ids, targets, self.config)
        clip_by_global_norm(grads, max_norm)
        self.step(grads, lr)
        return loss


def _learner(params, config, n_workers):
    if n_workers == 1:
        return nullcontext(Learner(params, config))
    return DataParallel(params, config, n_workers)


@contextmanager
def _whole_steps():
    """Ctrl-C waits here until a step is complete; what is yielded then is no longer empty."""
    interrupted = []
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # only the main thread may listen to Ctrl-C
        return
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _save(folder, config, learner, rng, losses):
    """The model as GPT-2 has it, and in one file all that going on needs."""
    save_gpt2(folder, learner.params, config)
    arrays = {f"params.{name}": p for name, p in learner.params.items()}
    arrays |= {f"mean.{name}": p for name, p in learner.mean.items()}
    arrays |= {f"square.{name}": p for name, p in learner.square.items()}
    arrays["losses"] = np.array(losses)
    write_safetensors(Path(folder) / STATE, arrays, {"rng": json.dumps(rng.bit_generator.state)})


def _resume(folder, learner, rng):
    arrays, metadata = read_safetensors(Path(folder) / STATE)
    state, losses = _going_on(f"{folder}/{STATE}", arrays, metadata)
    for kind in ("params", "mean", "square"):
        for name, p in getattr(learner, kind).items():
            stored = arrays.get(f"{kind}.{name}")
            if stored is None or stored.shape != p.shape:
                raise ValueError(f"{folder}/{STATE} is of another model: {name} differs")
            p[...] = stored
    rng.bit_generator.state = state
    learner.n_steps = len(losses)
    return losses


def _going_on(path, arrays, metadata):  # -> state of rng, losses
    losses = entry(path, arrays, "losses")
    if losses.ndim != 1 or losses.dtype.kind != "f":
        raise ValueError(f"{path}: losses must be (n_steps,), got {losses.dtype} {losses.shape}")
    return read_object(f"{path}: rng", entry(path, metadata, "rng")), losses.tolist()


def evaluate(params, config, ids):
    """The mean cross-entropy of a text, in windows that stand side by side."""
    checked_params(params, config)
    T, ids = config.n_positions, _checked_text_ids(ids, config.n_positions)
    n = (len(ids) - 1) // T
    windows, later = ids[: n * T].reshape(n, T), ids[1 : n * T + 1].reshape(n, T)
    return float(cross_entropy(forward(params, windows, config), later))


def _show_progress(done, n_steps, loss, seconds, width=30):
    bar = "█" * (width * done // n_steps)
    left = seconds / done * (n_steps - done)
    end = "\n" if done == n_steps else ""
    line = f"\r{bar:·<{width}} {done}/{n_steps}  loss {loss:.4f}  {left:.0f} s left "
    print(line, end=end, file=sys.stderr, flush=True)
