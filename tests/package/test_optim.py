"""The optimiser against PyTorch, schedules and clipping against closed forms."""

import math
from itertools import pairwise

import numpy as np
import pytest
from oracles import model as oracle
from refusals import refuses

from llm_scratch import optim
from llm_scratch.optim import AdamW, clip_by_global_norm, cosine_schedule


@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_adamw_equals_pytorch_s_after_five_steps(dtype, close):
    """Stored by oracles/model.py with PyTorch 2.13.0."""
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


def adamw(**params):
    return AdamW(params or {"w": np.ones(2)})


BIG = 2**62 + 1
REFUSED = """
AdamW(None)  # TypeError: params must be a Mapping, got None
adamw(w=[1.0])  # TypeError: params: w must be an array of floating-point numbers, got list
adamw(w=np.ones(1, np.float16))  # TypeError: params: w must be float32 or wider, got float16
adamw(w=np.broadcast_to(1.0, 2))  # params: w must not be read-only, it is changed in place
adamw().step({}, 0.1)  # grads must hold 'w', got []
adamw().step({"w": [1, 2]}, 0.1)  # grads: w must be … of the shape (2,), got int64 (2,)
adamw().step({"w": [np.inf, 0]}, 0.1)  # grads: w must be finite, and so its square: got inf
adamw().step(None, 0.1)  # TypeError: grads must be a Mapping, got None
adamw().step({"w": np.ones(2)}, "fast")  # TypeError: lr must be a real number, got 'fast'
cosine_schedule(1.0, 2, 1.0)  # TypeError: step must be an integer, got 1.0
cosine_schedule(BIG, 2, 1.0)  # step must lie in 0 .. 4611686018427387904, got 4611686018427387905
cosine_schedule(1, BIG, 1.0)  # n_steps must lie in 0 .. 4611686018427387904, got …905
cosine_schedule(1, 2, 1.0, BIG)  # warmup must lie in 0 .. 4611686018427387904, got …905
cosine_schedule(-1, 2, 1.0)  # step must lie in 0 .. 4611686018427387904, got -1
cosine_schedule(1, 2, "fast")  # TypeError: peak must be a real number, got 'fast'
cosine_schedule(1, 2, 1.0, 0, "slow")  # TypeError: final must be a real number, got 'slow'
clip_by_global_norm(None, 1.0)  # TypeError: grads must be a Mapping, got None
clip_by_global_norm({"w": np.array([1])}, 1.0)  # TypeError: grads: w must be an array … got int64
clip_by_global_norm({"w": np.array([np.inf])}, 1.0)  # grads: w must be finite, … got inf
clip_by_global_norm({"w": np.ones(1)}, -1.0)  # max_norm must be 0 or more, got -1.0
clip_by_global_norm({"w": np.ones(1)}, "short")  # TypeError: max_norm must be … got 'short'
scale_to_norm([[1.0]], 1.0)  # …got squares (1, 1): (1, 1) does not have the axes (N,)
scale_to_norm([-1.0], 1.0)  # squares must be 0 or more, got [-1.]
"""
test_refusals = refuses(REFUSED, vars(optim) | globals())


def test_a_schedule_without_warm_up_begins_at_its_peak():
    assert cosine_schedule(0, 4, 2.0) == 2.0 and cosine_schedule(1, 1, 2.0, final=0.5) == 0.5


def test_gradients_that_are_short_enough_stay_to_the_bit():
    grads = {"w": np.array([3.0, 4.0])}
    assert clip_by_global_norm(grads, 5.0) == 5.0 and grads["w"].tolist() == [3, 4]


def test_a_step_divides_by_the_spread_and_eps():
    params = {"w": np.array([1.0])}
    AdamW(params, eps=1.0).step({"w": np.array([1.0])}, lr=0.5)
    np.testing.assert_allclose(params["w"], 1 - 0.5 / 2, rtol=1e-12)


def test_what_lies_on_a_bound_is_taken():
    assert optim.cosine_schedule(2**62, 2**62, 1.0, warmup=2**62) == 1.0
    assert optim.cosine_schedule(0, 0, 1.0) == 1.0
    assert optim.scale_to_norm([1e300, 1e308], 1e308) == 1.0
    assert optim.scale_to_norm([9, 16], 1) == 0.2 and optim.scale_to_norm([], 0) == 1
    assert clip_by_global_norm({}, np.inf) == 0
