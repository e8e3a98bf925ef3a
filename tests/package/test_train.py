"""Training: learns what can be learned, no more; stops and goes on to the same numbers."""

import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from refusals import refuses

from llm_scratch import train as training
from llm_scratch.checkpoint import load_gpt2
from llm_scratch.corpus import cat_world
from llm_scratch.model import GPTConfig, init_params, loss_and_grads
from llm_scratch.tokenizer import WordTokenizer
from llm_scratch.train import batch, evaluate, train

WORLD = cat_world()
TOKENIZER = WordTokenizer(WORLD.vocab)
CONFIG = GPTConfig(len(WORLD.vocab), 32, 32, 4, 1)


def text(seed, n_sentences):
    tokens = WORLD.text(np.random.default_rng(seed), n_sentences)
    return np.array(TOKENIZER.encode(" ".join(tokens)))


IDS = text(0, 2000)


def fresh(seed=0):
    return init_params(CONFIG, np.random.default_rng(seed))


def test_windows_are_of_the_text_and_targets_are_one_token_later():
    inputs, targets = batch(np.arange(50), 64, 7, np.random.default_rng(0))
    assert inputs.shape == targets.shape == (64, 7)
    assert (inputs[:, 1:] == targets[:, :-1]).all() and (targets == inputs + 1).all()
    assert inputs.min() == 0 and targets.max() == 49


def test_it_learns_more_than_a_trigram_could_and_no_more_than_there_is():
    params = fresh()
    losses = train(params, CONFIG, text(0, 9000), 500, np.random.default_rng(1), peak=5e-3)
    assert losses[0] == pytest.approx(np.log(len(WORLD.vocab)), abs=0.1)
    after = evaluate(params, CONFIG, text(1, 4000))
    assert WORLD.full_context_floor - 0.01 < after < WORLD.trigram_floor


def numbers(params):
    return np.concatenate([p.ravel() for p in params.values()])


def test_training_in_two_parts_comes_to_the_same_numbers_to_the_bit(tmp_path):
    whole, parts = fresh(), fresh()
    expected = train(whole, CONFIG, IDS, 12, np.random.default_rng(1), warmup=4)

    calls = []

    def stop(*arguments):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return batch(*arguments)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "batch", stop)
        train(parts, CONFIG, IDS, 12, np.random.default_rng(1), warmup=4, folder=tmp_path)
    saved, config = load_gpt2(tmp_path)
    assert config == CONFIG and (numbers(saved) == numbers(parts)).all()

    again = fresh(seed=9)
    losses = train(again, CONFIG, IDS, 12, np.random.default_rng(77), warmup=4, folder=tmp_path)
    assert losses == expected
    assert (numbers(again) == numbers(whole)).all()


def test_a_checkpoint_is_written_on_the_way(tmp_path, monkeypatch):
    saved, rng = [], np.random.default_rng(1)

    def save(folder, config, learner, generator, losses):
        assert (folder, config, generator) == (tmp_path, CONFIG, rng)
        saved.append((learner.n_steps, len(losses)))

    monkeypatch.setattr(training, "save_training", save)
    train(fresh(), CONFIG, IDS, 7, rng, folder=tmp_path, save_every=3)
    assert saved == [(3, 3), (6, 6), (7, 7)]


def test_workers_come_to_what_one_learner_does(monkeypatch):
    """In turn, as in a browser: test_parallel.py starts the processes."""
    monkeypatch.setattr("llm_scratch.parallel.PROCESSES", False)
    alone, together = fresh(), fresh()
    settings = {"warmup": 2, "max_norm": 0.5}
    expected = train(alone, CONFIG, IDS, 5, np.random.default_rng(1), **settings)
    shared = train(together, CONFIG, IDS, 5, np.random.default_rng(1), n_workers=3, **settings)
    assert shared == pytest.approx(expected, rel=1e-5) and shared != expected
    np.testing.assert_allclose(numbers(together), numbers(alone), atol=2e-4)


def a_short_training(**settings):
    return train(fresh(), CONFIG, IDS, 3, np.random.default_rng(1), **settings)


def test_a_thread_may_train_too():
    """Only the main thread can listen to Ctrl-C."""
    with ThreadPoolExecutor() as pool:
        assert pool.submit(a_short_training).result() == a_short_training()


def test_what_is_not_said_is_what_the_lessons_use():
    said = {"batch_size": 32, "peak": 3e-3, "warmup": 50, "max_norm": 1.0}
    assert a_short_training() == a_short_training(**said)


def test_progress_is_shown_where_it_was_asked_for(capsys, monkeypatch):
    seconds = iter([100.0, 103.0, 107.0])
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: next(seconds)))
    train(fresh(), CONFIG, IDS, 2, np.random.default_rng(1), progress=True)
    monkeypatch.undo()
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.endswith("  0 s left \n")
    assert re.search(r"1/2  loss 2\.9\d\d\d  3 s left", shown.err)
    train(fresh(), CONFIG, IDS, 1, np.random.default_rng(1))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("n", [7, 9])
def test_a_text_is_judged_in_windows_that_stand_side_by_side(n):
    config = GPTConfig(5, 3, 8, 2, 1)
    params = {name: 20 * p for name, p in init_params(config, np.random.default_rng(0)).items()}
    ids = np.random.default_rng(1).integers(0, 5, n)
    windows = [([ids[at : at + 3]], [ids[at + 1 : at + 4]]) for at in (0, 3)]
    losses = [loss_and_grads(params, *window, config)[0] for window in windows]
    assert evaluate(params, config, ids) == pytest.approx(np.mean(losses), rel=1e-6)


def test_the_bar_shows_the_part_that_is_done_and_the_time_that_is_left(capsys):
    training._show_progress(2, 6, 1.25, 4.0)
    line = f"\r{'█' * 10}{'·' * 20} 2/6  loss 1.2500  8 s left "
    assert capsys.readouterr().err == line
    training._show_progress(6, 6, 1.25, 4.0)
    assert capsys.readouterr().err == f"\r{'█' * 30} 6/6  loss 1.2500  0 s left \n"


RNG, SMALL = np.random.default_rng(0), GPTConfig(5, 4, 4, 2, 1)
PARAMS = init_params(SMALL, RNG)


def trained(ids=(0,) * 5, n_steps=0, rng=RNG, **settings):
    return train(PARAMS, SMALL, ids, n_steps, rng, **settings)


REFUSED = """
batch([1, 2], 0, 1, RNG)  # batch_size must lie in 1 .. 16777216, got 0
batch([1, 2], 1, 0, RNG)  # n_tokens must lie in 1 .. 16777216, got 0
batch([1, 2], 1, 1, 0)  # TypeError: rng must be a Generator, got 0
batch([1, 2], 1, 2, RNG)  # ids must be (N,), more than n_tokens 2, got (2,)
batch([1.0, 2.0], 1, 1, RNG)  # TypeError: ids must be integers, got float64
batch([[1.0], [1.0, 2.0]], 1, 1, RNG)  # ids must be an array, got rows that differ in shape
evaluate(PARAMS, SMALL, [1, 2, 3, 4])  # ids must be (N,), more than n_tokens 4, got (4,)
trained(n_workers=1.0)  # TypeError: n_workers must be an integer, got 1.0
trained(n_steps=-1)  # n_steps must lie in 0 .. 16777216, got -1
trained(n_steps=1.0)  # TypeError: n_steps must be an integer, got 1.0
trained(save_every=0)  # save_every must lie in 1 .. 4611686018427387904, got 0
trained(save_every=2**62 + 1)  # save_every must lie in 1 .. 4611686018427387904, got …905
trained(peak=-0.1)  # peak must be 0 or more, got -0.1
trained(max_norm=-0.1)  # max_norm must be 0 or more, got -0.1
trained(rng=None)  # TypeError: rng must be a Generator, got None
trained(ids=[0] * 4)  # ids must be (N,), more than n_tokens 4, got (4,)
"""
test_refusals = refuses(REFUSED, globals())


def test_what_lies_on_a_bound_is_taken():
    assert trained(save_every=2**62, peak=0, max_norm=0) == trained(save_every=1) == []
