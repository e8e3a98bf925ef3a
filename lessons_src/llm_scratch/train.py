"""Learning: windows of text, one step after the other, kept on disk so that it can be resumed."""

import ctypes
import json
import sys
import time
from pathlib import Path

import numpy as np

from llm_scratch.checkpoint import read_safetensors, save_gpt2, write_safetensors
from llm_scratch.model import forward, loss_and_grads
from llm_scratch.ops import cross_entropy
from llm_scratch.optim import AdamW, clip_by_global_norm, cosine_schedule

STATE = "training.safetensors"


def batch(ids, batch_size, n_tokens, rng):  # (N,) -> (B, T), (B, T)
    """Windows of a text drawn by `rng`, and the same windows one token later.

    >>> inputs, targets = batch(np.arange(9), 2, 3, np.random.default_rng(0))
    >>> bool((targets == inputs + 1).all()), inputs.shape
    (True, (2, 3))
    """
    if len(ids) <= n_tokens:
        raise ValueError(f"ids must be more than n_tokens {n_tokens}, got {len(ids)}")
    starts = rng.integers(0, len(ids) - n_tokens, batch_size)
    windows = np.asarray(ids)[starts[:, None] + np.arange(n_tokens + 1)]
    return windows[:, :-1], windows[:, 1:]


def train(
    params, config, ids, n_steps, rng, *, batch_size=32, peak=3e-3, warmup=50, max_norm=1.0,
    folder=None, save_every=500, progress=False,
):  # fmt: skip
    """Train in place on windows of `ids`, a text as token ids; return the loss of each step.

    With `folder`, a checkpoint is written there every `save_every` steps, at the end and on Ctrl-C;
    the same call goes on from it and comes to the same numbers, to the bit.
    """
    keep_freed_memory()
    optimizer, losses, started = AdamW(params), [], time.perf_counter()
    if folder and (Path(folder) / STATE).exists():
        losses = _resume(folder, params, optimizer, rng)
    try:
        for step in range(len(losses), n_steps):
            loss, grads = loss_and_grads(
                params, *batch(ids, batch_size, config.n_positions, rng), config
            )
            clip_by_global_norm(grads, max_norm)
            optimizer.step(grads, cosine_schedule(step, n_steps, peak, warmup))
            losses.append(loss)
            if progress:
                _show_progress(step + 1, n_steps, loss, time.perf_counter() - started)
            if folder and (step + 1) % save_every == 0:
                _save(folder, params, config, optimizer, rng, losses)
    finally:
        if folder and len(losses) == optimizer.n_steps:  # else Ctrl-C came between the two
            _save(folder, params, config, optimizer, rng, losses)
    return losses


def _save(folder, params, config, optimizer, rng, losses):
    """The model as GPT-2 has it, and in one file all that going on needs."""
    save_gpt2(folder, params, config)
    arrays = {f"params.{name}": p for name, p in params.items()}
    arrays |= {f"mean.{name}": p for name, p in optimizer.mean.items()}
    arrays |= {f"square.{name}": p for name, p in optimizer.square.items()}
    arrays["losses"] = np.array(losses)
    write_safetensors(Path(folder) / STATE, arrays, {"rng": json.dumps(rng.bit_generator.state)})


def _resume(folder, params, optimizer, rng):
    arrays, metadata = read_safetensors(Path(folder) / STATE)
    for kind, kept in (("params", params), ("mean", optimizer.mean), ("square", optimizer.square)):
        for name, p in kept.items():
            stored = arrays.get(f"{kind}.{name}")
            if stored is None or stored.shape != p.shape:
                raise ValueError(f"{folder}/{STATE} is of another model: {name} differs")
            p[...] = stored
    rng.bit_generator.state = json.loads(metadata["rng"])
    losses = arrays["losses"].tolist()
    optimizer.n_steps = len(losses)
    return losses


def evaluate(params, config, ids):
    """The mean cross-entropy of a text, in windows that stand side by side."""
    T = config.n_positions
    n = (len(ids) - 1) // T
    windows = np.asarray(ids)[: n * T].reshape(n, T)
    later = np.asarray(ids)[1 : n * T + 1].reshape(n, T)
    return float(cross_entropy(forward(params, windows, config), later))


def keep_freed_memory():
    """Let glibc keep freed memory, not hand it back at every array: 1.3 to 1.8 times faster.

    On other systems there is nothing to do.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
            mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD


def _show_progress(done, n_steps, loss, seconds, width=30):
    bar = "█" * (width * done // n_steps)
    left = seconds / done * (n_steps - done)
    end = "\n" if done == n_steps else ""
    line = f"\r{bar:·<{width}} {done}/{n_steps}  loss {loss:.4f}  {left:.0f} s left "
    print(line, end=end, file=sys.stderr, flush=True)
