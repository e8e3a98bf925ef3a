"""The sinusoidal table against the paper's formula and the facts that follow from it."""

import math

import numpy as np
import pytest
from refusals import refuses

from llm_scratch.position import sinusoidal_encoding


@pytest.mark.parametrize(("n", "d"), [(12, 8), (50, 64), (1, 2), (0, 8)])
def test_the_formula_of_the_paper(n, d):
    """Vaswani et al. 2017, §3.5, number by number."""
    table = sinusoidal_encoding(n, d)
    assert table.shape == (n, d)
    for p in range(n):
        for i in range(d // 2):
            angle = p / 10000 ** (2 * i / d)
            assert table[p, 2 * i] == pytest.approx(math.sin(angle), abs=1e-12)
            assert table[p, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-12)


def test_facts_about_every_row():
    """facts.md: row 0 is 0 1 0 1 …, and the squared length is d/2 at every position."""
    table = sinusoidal_encoding(40, 16)
    assert table[0].tolist() == [0, 1] * 8
    np.testing.assert_allclose((table**2).sum(axis=1), 8, rtol=1e-14)


def test_a_shift_is_one_matrix_for_all_positions():
    """facts.md: PE(p+δ) = M(δ) PE(p); M found by least squares, from more rows than it needs."""
    table = sinusoidal_encoding(60, 8)
    shift, residual, rank, _ = np.linalg.lstsq(table[:-5], table[5:], rcond=None)
    assert rank == 8 and residual.max() < 1e-20
    np.testing.assert_allclose(shift @ shift.T, np.eye(8), atol=1e-9)


REFUSED = """
sinusoidal_encoding(4, 7)  # … expects n_positions T, d_model 2·pairs; …: 2·pairs cannot be 7
sinusoidal_encoding(4, 0)  # …got n_positions 4, d_model 0: 2·pairs is 0
sinusoidal_encoding(4, -2)  # d_model must lie in 0 .. 16777216, got -2
sinusoidal_encoding(-1, 8)  # n_positions must lie in 0 .. 16777216, got -1
sinusoidal_encoding(4.0, 8)  # TypeError: n_positions must be an integer, got 4.0
"""
test_refusals = refuses(REFUSED, globals())
