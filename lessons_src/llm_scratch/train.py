"""Learning: windows of text, one step after the other, kept on disk so that it can be resumed."""

import signal
import sys
import threading
import time
from contextlib import contextmanager, nullcontext

import numpy as np

from llm_scratch.checkpoint import resume_training, save_training
from llm_scratch.checks import as_integers, at_least_1, generator, integer, not_negative, positive
from llm_scratch.contract import takes
from llm_scratch.model import checked_params, forward, loss_and_grads
from llm_scratch.ops import cross_entropy
from llm_scratch.optim import AdamW, clip_by_global_norm, cosine_schedule
from llm_scratch.parallel import DataParallel, keep_freed_memory


def _check_text(ids, n_tokens):
    """Raise an error unless `ids` are a text longer than `n_tokens`."""
    if ids.ndim != 1 or len(ids) <= n_tokens:
        raise ValueError(f"ids must be (N,), more than n_tokens {n_tokens}, got {np.shape(ids)}")


@takes(ids=as_integers, batch_size=positive, n_tokens=positive, rng=generator, where=_check_text)
def batch(ids, batch_size, n_tokens, rng):  # (N,) -> (B, T), (B, T)
    """Windows of a text drawn by `rng`, and the same windows one token later.

    >>> inputs, targets = batch(np.arange(9), 2, 3, np.random.default_rng(0))
    >>> bool((targets == inputs + 1).all()), inputs.shape
    (True, (2, 3))
    """
    starts = rng.integers(0, len(ids) - n_tokens, batch_size)
    windows = ids[starts[:, None] + np.arange(n_tokens + 1)]
    return windows[:, :-1], windows[:, 1:]


def _check_model_and_text(params, config, ids):
    checked_params(params, config), _check_text(ids, config.n_positions)


@takes(
    ids=as_integers,
    n_steps=integer,
    rng=generator,
    peak=not_negative,
    max_norm=not_negative,
    n_workers=positive,
    save_every=at_least_1,
    where=_check_model_and_text,
)
def train(
    params, config, ids, n_steps, rng, *, batch_size=32, peak=3e-3, warmup=50, max_norm=1.0,
    n_workers=1, folder=None, save_every=500, progress=False,
):  # fmt: skip
    """Train in place on windows of `ids`, a text as token ids; return the loss of each step.

    With `folder`, a checkpoint is written there every `save_every` steps, at the end and on Ctrl-C;
    the same call goes on from it and comes to the same numbers, to the bit.
    More than one of `n_workers` share each batch as processes of their own.
    """
    keep_freed_memory()
    with _learner(params, config, n_workers) as learner, _whole_steps() as interrupted:
        losses, started = resume_training(folder, learner, rng), time.perf_counter()
        try:
            for step in range(len(losses), n_steps):
                lr = cosine_schedule(step, n_steps, peak, warmup)
                windows = batch(ids, batch_size, config.n_positions, rng)
                losses.append(learner.learn(*windows, lr, max_norm))
                if progress:
                    _show_progress(step + 1, n_steps, losses[-1], time.perf_counter() - started)
                if (step + 1) % save_every == 0:
                    save_training(folder, config, learner, rng, losses)
                if interrupted:
                    raise KeyboardInterrupt
        finally:
            for name, p in params.items():
                p[...] = learner.params[name]
            if len(losses) == learner.n_steps:  # else an error came within a step
                save_training(folder, config, learner, rng, losses)
    return losses


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
    if n_workers > 1:
        return DataParallel(params, config, n_workers)
    return nullcontext(Learner(params, config))


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


@takes(ids=as_integers, where=_check_model_and_text)
def evaluate(params, config, ids):
    """The mean cross-entropy of a text, in windows that stand side by side."""
    T = config.n_positions
    n = (len(ids) - 1) // T
    windows, later = ids[: n * T].reshape(n, T), ids[1 : n * T + 1].reshape(n, T)
    return float(cross_entropy(forward(params, windows, config), later))


def _show_progress(done, n_steps, loss, seconds, width=30):
    bar = "█" * (width * done // n_steps)
    left = seconds / done * (n_steps - done)
    end = "\n" if done == n_steps else ""
    line = f"\r{bar:·<{width}} {done}/{n_steps}  loss {loss:.4f}  {left:.0f} s left "
    print(line, end=end, file=sys.stderr, flush=True)
