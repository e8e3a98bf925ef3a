"""The optimiser against PyTorch, schedules and clipping against closed forms."""

import math
from itertools import pairwise

import numpy as np
import pytest
from llm_scratch.optim import AdamW, clip_by_global_norm, cosine_schedule
from oracles import model as oracle


@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_adamw_equals_pytorch_s_after_five_steps(dtype, close):
    """Stored by tests/oracles/model.py with PyTorch 2.13.0."""
    start, grads = oracle.optimizer_inputs()
    params = {"w": start.astype(dtype)}
    optimizer = AdamW(params)
    for grad in grads:
        optimizer.step({"w": grad.astype(dtype)}, lr=0.01)
    assert params["w"].dtype == dtype
    np.testing.assert_allclose(params["w"], np.load(oracle.STORED)["adamw"], atol=close)


def test_the_first_step_is_the_sign_of_the_gradient_and_vectors_do_not_decay():
    """facts.md: first Adam step = -lr · sign(g)."""
    params = {"b": np.array([5.0, -5.0, 5.0])}
    AdamW(params).step({"b": np.array([1e-3, 40.0, -7.0])}, lr=0.25)
    np.testing.assert_allclose(params["b"], [4.75, -5.25, 5.25], atol=1e-5)


@pytest.mark.parametrize("grads", [{}, {"w": np.zeros(3)}])
def test_a_gradient_that_is_missing_or_misshapen_is_named(grads):
    with pytest.raises(ValueError, match=r"gradient of w must have the shape \(2, 2\)"):
        AdamW({"w": np.zeros((2, 2))}).step(grads, lr=0.1)


def test_the_schedule_rises_and_falls_along_a_cosine():
    rates = [cosine_schedule(step, 110, 3e-3, warmup=10, final=1e-3) for step in range(111)]
    assert rates[0] == pytest.approx(3e-4) and rates[9] == rates[10] == 3e-3 == max(rates)
    assert rates[60] == pytest.approx(2e-3) and rates[110] == pytest.approx(1e-3)
    assert rates[35] == pytest.approx(1e-3 + 2e-3 * (1 + math.cos(math.pi / 4)) / 2)
    assert cosine_schedule(999, 110, 3e-3, final=1e-3) == pytest.approx(1e-3)
    assert all(a > b for a, b in pairwise(rates[10:]))


def test_clipping_keeps_the_direction():
    grads = {"a": np.array([[6.0]]), "b": np.array([0.0, 8.0])}
    assert clip_by_global_norm(grads, 5.0) == 10.0
    assert grads["a"].tolist() == [[3.0]] and grads["b"].tolist() == [0.0, 4.0]
    assert clip_by_global_norm(grads, 5.1) == 5.0
    assert grads["a"].tolist() == [[3.0]]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="must be finite"):
        clip_by_global_norm({"a": np.array([1.0, bad])}, 1.0)
