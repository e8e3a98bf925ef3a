"""Refusals, word by word: which argument, what came and what was expected."""

import numpy as np
import pytest
from llm_scratch import (
    attention,
    model,
    ops,
    optim,
    position,
    sample,
    train,
)

X = np.ones((3, 2))
HEADS = np.ones((1, 1, 2, 2))
VECTOR = np.ones(2)
INF = np.full((3, 2), np.inf)
CONFIG = model.GPTConfig(vocab_size=5, n_positions=4, d_model=4, n_heads=2, n_layers=1)
PARAMS = model.init_params(CONFIG, np.random.default_rng(0))
RNG = np.random.default_rng(0)
IDS = np.array([[1, 2]])
RAGGED = [[1.0], [1.0, 2.0]]


def holding(n_tokens):
    """A cache that has seen some tokens."""
    cache = model.KVCache(CONFIG)
    model.forward(PARAMS, np.zeros((1, n_tokens), int), CONFIG, cache)
    return cache


REFUSED = [
    (attention.split_heads, (np.ones((2, 5, 24)), 3, 5), ValueError, 'expected x (B, T, a multiple of n_parts 3 · n_heads 5); got x (2, 5, 24)'),
    (attention.split_heads, (X, 1, 1), ValueError, 'expected x (B, T, a multiple of n_parts 1 · n_heads 1); got x (3, 2)'),
    (attention.split_heads, (np.ones((2, 5, 24)), 0, 1), ValueError, 'n_parts must lie in 1 .. 16777216, got 0'),
    (attention.split_heads, (np.ones((2, 5, 24)), 1, 0), ValueError, 'n_heads must lie in 1 .. 16777216, got 0'),
    (attention.split_heads, (np.ones((2, 5, 24)), 1.0, 1), TypeError, 'n_parts must be an integer, got 1.0'),
    (attention.split_heads, (np.ones((2, 5, 24)), 1, 1.0), TypeError, 'n_heads must be an integer, got 1.0'),
    (attention.split_heads, (RAGGED, 1, 1), ValueError, 'x must be an array, got rows that differ in shape'),
    (attention.causal_mask, (-1,), ValueError, 'n must lie in 0 .. 16777216, got -1'),
    (attention.causal_mask, (1.0,), TypeError, 'n must be an integer, got 1.0'),
    (attention.causal_self_attention, ([[[1, 2, 3]]], 1), TypeError, 'qkv must hold floating-point numbers, got int64'),
    (attention.scaled_dot_product_attention, (X, X, np.ones((4, 2))), ValueError, 'expected query (..., T_q, d), key (..., T_k, d), value (..., T_k, d_v); got query (3, 2), key (3, 2), value (4, 2)'),
    (attention.scaled_dot_product_attention, (X, X, X, RAGGED), ValueError, 'mask must be an array, got rows that differ in shape'),
    (attention.scaled_dot_product_attention, (X, X, X, np.zeros((4, 3), bool)), ValueError, 'mask must fit the scores (3, 3), got (4, 3)'),
    (attention.scaled_dot_product_attention, (X, X, X, np.zeros((3, 3))), TypeError, 'mask must be bool, True where a key is hidden; got float64'),
    (attention.scaled_dot_product_attention, (X, INF, X), ValueError, 'key must be finite, got inf at (0, 0)'),
    (attention.scaled_dot_product_attention, (X, X, INF), ValueError, 'value must be finite, got inf at (0, 0)'),
    (attention.scaled_dot_product_attention, (1e200 * X, 1e200 * X, X), ValueError, 'query and key must have finite scores, got inf at (0, 0)'),
    (attention.causal_attention, (HEADS, HEADS, HEADS[:, :, :1]), ValueError, 'expected query (B, H, T_q, d), key and value (B, H, T_k, d) with T_q up to T_k; got query (1, 1, 2, 2), key (1, 1, 2, 2), value (1, 1, 1, 2)'),
    (attention.causal_attention, (HEADS, HEADS[:, :, :1], HEADS[:, :, :1]), ValueError, 'expected query (B, H, T_q, d), key and value (B, H, T_k, d) with T_q up to T_k; got query (1, 1, 2, 2), key (1, 1, 1, 2), value (1, 1, 1, 2)'),
    (attention.causal_attention, (HEADS[..., :0], HEADS[..., :0], HEADS[..., :0]), ValueError, 'expected query (B, H, T_q, d), key and value (B, H, T_k, d) with T_q up to T_k; got query (1, 1, 2, 0), key (1, 1, 2, 0), value (1, 1, 2, 0)'),
    (attention.causal_attention, (HEADS, HEADS[..., :1], HEADS[..., :1]), ValueError, 'expected query (B, H, T_q, d), key and value (B, H, T_k, d) with T_q up to T_k; got query (1, 1, 2, 2), key (1, 1, 2, 1), value (1, 1, 2, 1)'),
    (attention.causal_attention, (X, X, X), ValueError, 'expected query (B, H, T_q, d), key and value (B, H, T_k, d) with T_q up to T_k; got query (3, 2), key (3, 2), value (3, 2)'),
    (attention.causal_attention, (1e200 * HEADS, 1e200 * HEADS, HEADS), ValueError, 'query and key must have finite scores, got nan at (0, 0, 0, 0)'),
    (attention.causal_attention, (HEADS, HEADS, np.inf * HEADS), ValueError, 'value must be finite, got nan at (0, 0, 0)'),
    (attention.causal_self_attention_backward, (X[None], np.ones((1, 3, 6)), X[None], np.ones((1, 1, 3, 2))), ValueError, 'expected doutput and output (B, T, C), qkv (B, T, 3C), weights (B, n_heads, T, T); got doutput (1, 3, 2), qkv (1, 3, 6), output (1, 3, 2), weights (1, 1, 3, 2)'),
    (attention.causal_self_attention_backward, (X[None], np.ones((1, 3, 6)), X[None], np.ones((1, 0, 3, 3))), ValueError, 'expected doutput and output (B, T, C), qkv (B, T, 3C), weights (B, n_heads, T, T); got doutput (1, 3, 2), qkv (1, 3, 6), output (1, 3, 2), weights (1, 0, 3, 3)'),
    (attention.causal_self_attention_backward, (X[None], np.ones((1, 3, 6)), X[None], np.ones((1, 3, 3, 3))), ValueError, 'expected doutput and output (B, T, C), qkv (B, T, 3C), weights (B, n_heads, T, T); got doutput (1, 3, 2), qkv (1, 3, 6), output (1, 3, 2), weights (1, 3, 3, 3)'),
    (attention.causal_self_attention_backward, (X[None], np.ones((1, 3, 4)), X[None], np.ones((1, 1, 3, 3))), ValueError, 'expected doutput and output (B, T, C), qkv (B, T, 3C), weights (B, n_heads, T, T); got doutput (1, 3, 2), qkv (1, 3, 4), output (1, 3, 2), weights (1, 1, 3, 3)'),
    (attention.causal_self_attention_backward, (X, np.ones((1, 3, 6)), X[None], np.ones((1, 1, 3, 3))), ValueError, 'expected doutput and output (B, T, C), qkv (B, T, 3C), weights (B, n_heads, T, T); got doutput (3, 2), qkv (1, 3, 6), output (1, 3, 2), weights (1, 1, 3, 3)'),
    (attention.causal_self_attention_backward, (X[None], np.ones((1, 3, 6)), [1], np.ones((1, 1, 3, 3))), TypeError, 'output must hold floating-point numbers, got int64'),
    (ops.one_hot, ([1.0], 3), TypeError, 'ids must be integers, got float64'),
    (ops.one_hot, ([3], 3), ValueError, 'ids must lie in 0 .. 2, got 3'),
    (ops.one_hot, ([0], -1), ValueError, 'vocab_size must lie in 0 .. 16777216, got -1'),
    (ops.softmax, (X, 2), ValueError, 'axis must lie in -2 .. 1, got 2'),
    (ops.softmax, (X, -3), ValueError, 'axis must lie in -2 .. 1, got -3'),
    (ops.softmax, (X[:, :0],), ValueError, 'x must have numbers along axis -1, got the shape (3, 0)'),
    (ops.softmax, (INF,), ValueError, 'x must have a finite maximum in each row, got inf at (0, 0)'),
    (ops.softmax, (["a"],), TypeError, 'x must hold real numbers, got <U1'),
    (ops.entropy, ([0.5, 0.4],), ValueError, 'p must hold rows that are not negative and sum to 1, got [0.5 0.4]'),
    (ops.entropy, (["a"],), TypeError, 'p must hold real numbers, got <U1'),
    (ops.linear, (X, X, VECTOR), ValueError, 'expected x (..., n_in), weight (n_in, n_out), bias (n_out,); got x (3, 2), weight (3, 2), bias (2,)'),
    (ops.linear, (1.0, X, VECTOR), ValueError, 'expected x (..., n_in), weight (n_in, n_out), bias (n_out,); got x (), weight (3, 2), bias (2,)'),
    (ops.linear, (X, np.eye(2), np.eye(2)), ValueError, 'expected x (..., n_in), weight (n_in, n_out), bias (n_out,); got x (3, 2), weight (2, 2), bias (2, 2)'),
    (ops.linear, (X, np.eye(2), [1, 2]), TypeError, 'bias must hold floating-point numbers, got int64'),
    (ops.rows, (1.0,), ValueError, 'expected x (..., d); got x ()'),
    (ops.rows, (RAGGED,), ValueError, 'x must be an array, got rows that differ in shape'),
    (ops.linear_backward, (X, np.ones((2, 2)), np.eye(2)), ValueError, 'expected dy (..., n_out), x (..., n_in), weight (n_in, n_out); got dy (3, 2), x (2, 2), weight (2, 2)'),
    (ops.linear_backward, (X, X, np.ones((2, 3))), ValueError, 'expected dy (..., n_out), x (..., n_in), weight (n_in, n_out); got dy (3, 2), x (3, 2), weight (2, 3)'),
    (ops.linear_backward, (X, X, [[1, 2], [1, 2]]), TypeError, 'weight must hold floating-point numbers, got int64'),
    (ops.layer_norm, (X, np.ones(3), VECTOR), ValueError, 'expected dy and x (..., d), weight and bias (d,); got x (3, 2), weight (3,), bias (2,)'),
    (ops.layer_norm, (X, VECTOR, np.ones(3)), ValueError, 'expected dy and x (..., d), weight and bias (d,); got x (3, 2), weight (2,), bias (3,)'),
    (ops.layer_norm, (X[:, :0], VECTOR[:0], VECTOR[:0]), ValueError, 'expected dy and x (..., d), weight and bias (d,); got x (3, 0), weight (0,), bias (0,)'),
    (ops.layer_norm, (INF, VECTOR, VECTOR), ValueError, 'x must have a finite variance in each row, got nan at (0, 0)'),
    (ops.layer_norm, (X, VECTOR, [1, 2]), TypeError, 'bias must hold floating-point numbers, got int64'),
    (ops.layer_norm_backward, (X[:2], X, VECTOR), ValueError, 'expected dy and x (..., d), weight and bias (d,); got dy (2, 2), x (3, 2), weight (2,)'),
    (ops.layer_norm_backward, (X, X, np.ones(3)), ValueError, 'expected dy and x (..., d), weight and bias (d,); got dy (3, 2), x (3, 2), weight (3,)'),
    (ops.layer_norm_backward, (X, X, [1, 2]), TypeError, 'weight must hold floating-point numbers, got int64'),
    (ops.rms_norm, (X, np.ones(3)), ValueError, 'expected dy and x (..., d), weight and bias (d,); got x (3, 2), weight (3,)'),
    (ops.rms_norm, (X, [1, 2]), TypeError, 'weight must hold floating-point numbers, got int64'),
    (ops.rms_norm, (1e200 * X, VECTOR), ValueError, 'x must have a finite mean square in each row, got inf at (0, 0)'),
    (ops.rms_norm_backward, (X[:2], X, VECTOR), ValueError, 'expected dy and x (..., d), weight and bias (d,); got dy (2, 2), x (3, 2), weight (2,)'),
    (ops.rms_norm_backward, (X, X, [1, 2]), TypeError, 'weight must hold floating-point numbers, got int64'),
    (ops.gelu, ([1],), TypeError, 'x must hold floating-point numbers, got int64'),
    (ops.gelu_exact, ([1],), TypeError, 'x must hold floating-point numbers, got int64'),
    (ops.gelu_backward, (X, X[:2]), ValueError, 'expected dy and x of one shape; got dy (3, 2), x (2, 2)'),
    (ops.gelu_backward, ([1], [1.0]), TypeError, 'dy must hold floating-point numbers, got int64'),
    (ops.gelu_backward, ([1.0], [1]), TypeError, 'x must hold floating-point numbers, got int64'),
    (ops.gelu_exact_backward, (X, X[:2]), ValueError, 'expected dy and x of one shape; got dy (3, 2), x (2, 2)'),
    (ops.cross_entropy, (X, [0, 1]), ValueError, 'expected logits (..., V) and targets (...): (3, 2), (2,)'),
    (ops.cross_entropy, (X, [0, 1, 2]), ValueError, 'targets must lie in 0 .. 1, got 2'),
    (ops.cross_entropy, (X, [0.0, 1.0, 1.0]), TypeError, 'targets must be integers, got float64'),
    (ops.cross_entropy, (INF, [0, 1, 1]), ValueError, 'logits must have a finite maximum in each row, got inf at (0, 0)'),
    (ops.cross_entropy, (["a"], 0), TypeError, 'logits must hold real numbers, got <U1'),
    (ops.cross_entropy, (X, [[0], [0, 1]]), ValueError, 'targets must be an array, got rows that differ in shape'),
    (position.sinusoidal_encoding, (-1, 2), ValueError, 'n_positions must be 0 or more and d_model even (pairs of sine and cosine): got -1 and 2'),
    (position.sinusoidal_encoding, (1, 3), ValueError, 'n_positions must be 0 or more and d_model even (pairs of sine and cosine): got 1 and 3'),
    (position.sinusoidal_encoding, (1.0, 2), TypeError, 'n_positions must be an integer, got 1.0'),
    (position.sinusoidal_encoding, (1, 2.0), TypeError, 'd_model must be an integer, got 2.0'),
    (position.sinusoidal_encoding, (2**24 + 1, 2), ValueError, 'n_positions must lie in -16777216 .. 16777216, got 16777217'),
    (position.sinusoidal_encoding, (1, 2**24 + 2), ValueError, 'd_model must lie in -16777216 .. 16777216, got 16777218'),
    (position.sinusoidal_encoding, (-(2**24) - 1, 2), ValueError, 'n_positions must lie in -16777216 .. 16777216, got -16777217'),
    (position.sinusoidal_encoding, (1, -(2**24) - 2), ValueError, 'd_model must lie in -16777216 .. 16777216, got -16777218'),
    (optim.AdamW, (None,), TypeError, 'params must be a Mapping, got None'),
    (optim.AdamW, ({"w": [1.0]},), TypeError, 'params: w must be an array of floating-point numbers, got list'),
    (optim.AdamW, ({"w": np.array([1])},), TypeError, 'params: w must be an array of floating-point numbers, got int64'),
    (optim.AdamW, ({"w": np.ones(1, np.float16)},), TypeError, 'params: w must be float32 or wider, got float16'),
    (optim.AdamW, ({"w": np.broadcast_to(1.0, 2)},), ValueError, 'params: w must not be read-only, it is changed in place'),
    (optim.AdamW({"w": np.ones(2)}).step, ({}, 0.1), ValueError, 'grads: the gradient of w must have the shape (2,)'),
    (optim.AdamW({"w": np.ones(2)}).step, ({"w": [1, 2]}, 0.1), ValueError, 'grads: the gradient of w must have the shape (2,)'),
    (optim.AdamW({"w": np.ones(2)}).step, ({"w": RAGGED}, 0.1), ValueError, 'grads must be an array, got rows that differ in shape'),
    (optim.AdamW({"w": np.ones(2)}).step, ({"w": [np.inf, 0]}, 0.1), ValueError, 'grads: w must be finite, and so its square: got inf'),
    (optim.AdamW({"w": np.ones(2)}).step, (None, 0.1), TypeError, 'grads must be a Mapping, got None'),
    (optim.AdamW({"w": np.ones(2)}).step, ({"w": VECTOR}, "fast"), TypeError, "lr must be a real number, got 'fast'"),
    (optim.cosine_schedule, (1.0, 2, 1.0), TypeError, 'step must be an integer, got 1.0'),
    (optim.cosine_schedule, (2**62 + 1, 2, 1.0), ValueError, 'step must lie in 0 .. 4611686018427387904, got 4611686018427387905'),
    (optim.cosine_schedule, (1, 2**62 + 1, 1.0), ValueError, 'n_steps must lie in 0 .. 4611686018427387904, got 4611686018427387905'),
    (optim.cosine_schedule, (1, 2, 1.0, 2**62 + 1), ValueError, 'warmup must lie in 0 .. 4611686018427387904, got 4611686018427387905'),
    (optim.cosine_schedule, (-1, 2, 1.0), ValueError, 'step must lie in 0 .. 4611686018427387904, got -1'),
    (optim.cosine_schedule, (1, 2, "fast"), TypeError, "peak must be a real number, got 'fast'"),
    (optim.cosine_schedule, (1, 2, 1.0, 0, "slow"), TypeError, "final must be a real number, got 'slow'"),
    (optim.clip_by_global_norm, (None, 1.0), TypeError, 'grads must be a Mapping, got None'),
    (optim.clip_by_global_norm, ({"w": np.array([1])}, 1.0), TypeError, 'grads: w must be an array of floating-point numbers, got int64'),
    (optim.clip_by_global_norm, ({"w": np.array([np.inf])}, 1.0), ValueError, 'grads: w must be finite, and so its square: got inf'),
    (optim.clip_by_global_norm, ({"w": np.ones(1)}, -1.0), ValueError, 'max_norm must lie in 0 .. 1.7976931348623157e+308, got -1.0'),
    (optim.clip_by_global_norm, ({"w": np.ones(1)}, "short"), TypeError, "max_norm must be a real number, got 'short'"),
    (optim.scale_to_norm, ([[1.0]], 1.0), ValueError, 'squares must be numbers of 0 or more, got [[1.]]'),
    (optim.scale_to_norm, ([-1.0], 1.0), ValueError, 'squares must be numbers of 0 or more, got [-1.]'),
    (optim.scale_to_norm, ([np.inf], 1.0), ValueError, 'squares must be finite, the norm is inf'),
    (optim.scale_to_norm, (["a"], 1.0), TypeError, 'squares must hold real numbers, got <U1'),
    (sample.next_token_probabilities, (X,), ValueError, 'expected logits (V,); got logits (3, 2)'),
    (sample.next_token_probabilities, ([],), ValueError, 'expected logits (V,); got logits (0,)'),
    (sample.next_token_probabilities, (INF[0],), ValueError, 'logits must have a finite maximum, got inf at (0,)'),
    (sample.next_token_probabilities, (["a"],), TypeError, 'logits must hold real numbers, got <U1'),
    (sample.next_token_probabilities, (VECTOR, -0.5), ValueError, 'temperature must be 0 or more, got -0.5'),
    (sample.next_token_probabilities, (VECTOR, -np.inf), ValueError, 'temperature must be 0 or more, got -inf'),
    (sample.next_token_probabilities, (VECTOR, "hot"), TypeError, "temperature must be a real number, got 'hot'"),
    (sample.next_token_probabilities, (VECTOR, 1e-320), ValueError, 'logits must stay finite when divided by temperature 1e-320, got inf at (0,)'),
    (sample.next_token_probabilities, (VECTOR, 1.0, 0), ValueError, 'top_k must be 1 or more, got 0'),
    (sample.next_token_probabilities, (VECTOR, 1.0, 1.0), TypeError, 'top_k must be an integer, got 1.0'),
    (sample.next_token_probabilities, (VECTOR, 1.0, None, 0), ValueError, 'top_p must be above 0 and at most 1, got 0'),
    (sample.next_token_probabilities, (VECTOR, 1.0, None, np.inf), ValueError, 'top_p must be above 0 and at most 1, got inf'),
    (sample.next_token_probabilities, (VECTOR, 1.0, None, "most"), TypeError, "top_p must be a real number, got 'most'"),
    (sample.generate, (PARAMS, CONFIG, [1], -1, RNG), ValueError, 'n_tokens must lie in 0 .. 16777216, got -1'),
    (sample.generate, (PARAMS, CONFIG, [1], 1.0, RNG), TypeError, 'n_tokens must be an integer, got 1.0'),
    (sample.generate, (PARAMS, CONFIG, [], 1, RNG), ValueError, 'ids must be 1 to 4 tokens, got the shape (0,)'),
    (sample.generate, (PARAMS, CONFIG, [1] * 5, 1, RNG), ValueError, 'ids must be 1 to 4 tokens, got the shape (5,)'),
    (sample.generate, (PARAMS, CONFIG, [5], 1, RNG), ValueError, 'ids must lie in 0 .. 4, got 5'),
    (sample.generate, (PARAMS, CONFIG, RAGGED, 1, RNG), ValueError, 'ids must be an array, got rows that differ in shape'),
    (sample.generate, (PARAMS, CONFIG, [1], 1, 0), TypeError, 'rng must be a Generator, got 0'),
    (model.GPTConfig, (0, 1, 1, 1, 1), ValueError, 'vocab_size must be a positive integer up to 16777216, got 0'),
    (model.GPTConfig, (1, 2**24 + 1, 1, 1, 1), ValueError, 'n_positions must be a positive integer up to 16777216, got 16777217'),
    (model.GPTConfig, (1, 1, 3, 2, 1), ValueError, 'd_model 3 must be a multiple of n_heads 2'),
    (model.param_shapes, (None,), TypeError, 'config must be a GPTConfig, got None'),
    (model.checked_params, (None, CONFIG), TypeError, 'params must be a Mapping, got None'),
    (model.checked_params, ({**PARAMS, "more": X}, CONFIG), ValueError, "missing or unknown params: ['more']"),
    (model.checked_params, ({**PARAMS, "wte.weight": X}, CONFIG), ValueError, 'params: wte.weight must be floating-point of the shape (5, 4), got float64 (3, 2)'),
    (model.checked_params, ({**PARAMS, "wte.weight": RAGGED}, CONFIG), ValueError, 'params: wte.weight must be an array, got rows that differ in shape'),
    (model.init_params, (CONFIG, 0), TypeError, 'rng must be a Generator, got 0'),
    (model.init_params, (CONFIG, RNG, np.int64), TypeError, "dtype must be a floating-point type, got <class 'numpy.int64'>"),
    (model.embed, (PARAMS, IDS, None), TypeError, 'config must be a GPTConfig, got None'),
    (model.embed, (PARAMS, [1], CONFIG), ValueError, 'ids must be integers of shape (B, T), got int64 (1,)'),
    (model.embed, (PARAMS, RAGGED, CONFIG), ValueError, 'ids must be an array, got rows that differ in shape'),
    (model.embed, (PARAMS, [[1.0]], CONFIG), ValueError, 'ids must be integers of shape (B, T), got float64 (1, 1)'),
    (model.embed, (PARAMS, [[-1]], CONFIG), ValueError, 'ids must lie in 0 .. 4: -1 .. -1'),
    (model.embed, (PARAMS, [[5]], CONFIG), ValueError, 'ids must lie in 0 .. 4: 5 .. 5'),
    (model.embed, (PARAMS, IDS, CONFIG, 3), ValueError, 'ids: 5 tokens are more than the n_positions 4 it knows'),
    (model.embed, (PARAMS, IDS, CONFIG, 0.5), TypeError, 'start must be an integer, got 0.5'),
    (model.embed, ({**PARAMS, "wpe.weight": X}, IDS, CONFIG), ValueError, 'expected params of vocab_size 5, n_positions 4; got wte (5, 4), wpe (3, 2)'),
    (model.embed, ({**PARAMS, "wte.weight": X[0]}, IDS, CONFIG), ValueError, 'expected params with a table wte.weight; got params (2,)'),
    (model.embed, ({**PARAMS, "wte.weight": [[1]]}, IDS, CONFIG), TypeError, 'params: wte.weight must hold floating-point numbers, got int64'),
    (model.embed, ({}, IDS, CONFIG), ValueError, "params must hold 'wte.weight', got []"),
    (model.unembed, ({}, X), ValueError, "params must hold 'ln_f.weight', got []"),
    (model.unembed, ({**PARAMS, "lm_head.weight": X}, np.ones((1, 2, 4))), ValueError, 'expected x (..., d_model), a head of params (vocab_size, d_model); got x (1, 2, 4), head (3, 2)'),
    (model.unembed, ({**PARAMS, "lm_head.weight": [[1]]}, np.ones((1, 2, 4))), TypeError, 'params must hold floating-point numbers, got int64'),
    (model.unembed, ({**PARAMS, "ln_f.bias": [[1]]}, np.ones((1, 2, 4))), TypeError, 'bias must hold floating-point numbers, got int64'),
    (model.layer, (PARAMS, 1), ValueError, 'params must hold block i = 1, got 16 of others'),
    (model.layer, (PARAMS, -1), ValueError, 'i must lie in 0 .. 16777216, got -1'),
    (model.layer, (None, 0), TypeError, 'params must be a Mapping, got None'),
    (model.attention_sublayer, ({}, X, 2), ValueError, "block must hold 'ln_1.weight', got []"),
    (model.mlp_sublayer, ({}, X), ValueError, "block must hold 'ln_2.weight', got []"),
    (model.forward, (PARAMS, IDS, CONFIG, "kept"), TypeError, "cache must be a KVCache, got 'kept'"),
    (model.forward, (PARAMS, IDS, CONFIG, model.KVCache(CONFIG, 2)), ValueError, 'cache must be of as many layers, rows of ids, heads, positions and d_model as config and ids, (1, 1, 2, 4, 4); got (1, 2, 2, 4, 4)'),
    (model.forward, (PARAMS, IDS, 3, model.KVCache(CONFIG)), TypeError, "config must be a GPTConfig, got 3"),
    (model.forward, (PARAMS, RAGGED, CONFIG, model.KVCache(CONFIG)), ValueError, 'ids must be an array, got rows that differ in shape'),
    (model.KVCache, (None,), TypeError, 'config must be a GPTConfig, got None'),
    (model.KVCache, (CONFIG, 0), ValueError, 'batch must lie in 1 .. 16777216, got 0'),
    (model.KVCache, (CONFIG, 1, np.int64), TypeError, "dtype must be a floating-point type, got <class 'numpy.int64'>"),
    (model.KVCache(CONFIG).attend, (1, model.layer(PARAMS, 0), np.ones((1, 1, 4))), ValueError, 'i must lie in 0 .. 0, got 1'),
    (model.KVCache(CONFIG).attend, (-1, model.layer(PARAMS, 0), np.ones((1, 1, 4))), ValueError, 'i must lie in 0 .. 0, got -1'),
    (model.KVCache(CONFIG).attend, (0, model.layer(PARAMS, 0), np.ones((2, 1, 4))), ValueError, 'expected x (1, up to 4, 4) and its block; got x (2, 1, 4)'),
    (model.KVCache(CONFIG).attend, (0, model.layer(PARAMS, 0), np.ones((1, 5, 4))), ValueError, 'expected x (1, up to 4, 4) and its block; got x (1, 5, 4)'),
    (holding(3).attend, (0, model.layer(PARAMS, 0), np.ones((1, 2, 4))), ValueError, 'expected x (1, up to 1, 4) and its block; got x (1, 2, 4)'),
    (train.batch, ([1, 2], 0, 1, RNG), ValueError, 'batch_size must lie in 1 .. 16777216, got 0'),
    (train.batch, ([1, 2], 1, 0, RNG), ValueError, 'n_tokens must lie in 1 .. 16777216, got 0'),
    (train.batch, ([1, 2], 1, 1, 0), TypeError, 'rng must be a Generator, got 0'),
    (train.batch, ([1, 2], 1, 2, RNG), ValueError, 'ids must be more than n_tokens 2, got 2'),
    (train.batch, ([1.0, 2.0], 1, 1, RNG), TypeError, 'ids must be integers of the shape (N,), got float64 (2,)'),
    (train.batch, (RAGGED, 1, 1, RNG), ValueError, 'ids must be an array, got rows that differ in shape'),
    (train.evaluate, (PARAMS, CONFIG, [1, 2, 3, 4]), ValueError, 'ids must be more than n_tokens 4, got 4'),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "error", "words"), REFUSED)
def test_a_refusal_names_the_argument_what_came_and_what_was_expected(
    function, arguments, error, words
):
    with pytest.raises(error) as refused:
        function(*arguments)
    assert str(refused.value) == words


TRAINING = [
    ({"n_workers": 1.0}, "n_workers must be an integer, got 1.0"),
    ({"n_steps": -1}, "n_steps must lie in 0 .. 16777216, got -1"),
    ({"n_steps": 1.0}, "n_steps must be an integer, got 1.0"),
    ({"save_every": 0}, f"save_every must lie in 1 .. {2**62}, got 0"),
    ({"save_every": 2**62 + 1}, f"save_every must lie in 1 .. {2**62}, got {2**62 + 1}"),
    ({"peak": -0.1}, "peak must lie in 0 .. 1.7976931348623157e+308, got -0.1"),
    ({"max_norm": -0.1}, "max_norm must lie in 0 .. 1.7976931348623157e+308, got -0.1"),
    ({"rng": None}, "rng must be a Generator, got None"),
    ({"ids": [0] * 4}, "ids must be more than n_tokens 4, got 4"),
]


@pytest.mark.parametrize(("option", "words"), TRAINING)
def test_training_refuses_what_it_cannot_use(option, words):
    options = {"ids": [0] * 5, "n_steps": 0, "rng": RNG} | option
    with pytest.raises((TypeError, ValueError)) as refused:
        train.train(PARAMS, CONFIG, **options)
    assert str(refused.value) == words


def test_what_lies_on_a_bound_is_taken():
    options = {"save_every": 2**62, "peak": 0, "max_norm": 0}
    assert train.train(PARAMS, CONFIG, [0] * 5, 0, RNG, **options) == []
    assert train.train(PARAMS, CONFIG, [0] * 5, 0, RNG, save_every=1) == []
    assert optim.cosine_schedule(2**62, 2**62, 1.0, warmup=2**62) == 1.0
    assert optim.cosine_schedule(0, 0, 1.0) == 1.0
    assert ops.gelu_exact(X[:0]).shape == (0, 2)
    assert model.KVCache(CONFIG, 1).length == 0
    assert model.GPTConfig(1, 2**24, 1, 1, 1).n_positions == 2**24
    assert attention.split_heads(X[None], 1, 1).shape == (1, 1, 1, 3, 2)


SCORES, SUMS = (1e20, 1e20, 1), (1, 1, float(np.finfo(np.float32).max))
PRECISIONS = [
    (SCORES, (), False),
    (SCORES, (0,), True),
    (SCORES, (1,), True),
    (SCORES, (2,), False),
    (SUMS, (), False),
    (SUMS, (0,), True),
    (SUMS, (1,), True),
    (SUMS, (2,), True),
]


@pytest.mark.parametrize(("sizes", "wide", "fits"), PRECISIONS)
def test_scores_and_sums_fit_in_the_widest_precision_that_goes_into_them(sizes, wide, fits):
    vectors = [
        np.full((6, 2), size, np.float64 if i in wide else np.float32)
        for i, size in enumerate(sizes)
    ]
    if fits:
        output, _ = attention.scaled_dot_product_attention(*vectors)
        np.testing.assert_allclose(output, sizes[2], rtol=1e-6)
    else:
        with pytest.raises(ValueError, match=r"must have finite (scores|averages), got inf at"):
            attention.scaled_dot_product_attention(*vectors)
