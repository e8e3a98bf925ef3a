# %% [markdown] lang="ja"
# # KV キャッシュ：同じ計算をくり返さない {#kv-cache}
#
# 自己回帰の生成をそのまま実装すると、1 つ書くたびに、文の先頭から全部を計算し直すことになります。
# けれども因果マスクのおかげで、前のトークンの key と value は、後から何が来ても変わりません。取っておけば、計算するのは新しい 1 つの分です。
# この回では、それを手で作り、結果が変わらないことを確かめ、計算量がどれだけ減るか、メモリがどれだけ要るかを数えます。
#
# 必要なものは、[第 # 回](block.md#block)の block です。

# %% [markdown] lang="en"
# # The KV cache: never compute the same thing twice {#kv-cache}
#
# Taken at its word, autoregressive writing computes the whole text again from its start for each new token.
# But thanks to the causal mask, the keys and values of earlier tokens stay the same, whatever comes after. If we keep them, what is left to compute is the new token.
# In this lesson we build that by hand, check that the result does not change, and count what it saves and what memory it takes.
#
# All you need is the block of [lesson #](block.md#block).

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, model

rng = np.random.default_rng(0)
config = model.GPTConfig(
    vocab_size=50, n_positions=64, d_model=32, n_heads=4, n_layers=3
)
params = model.init_params(config, np.random.default_rng(1))

# %% [markdown] lang="ja"
# ## 前の行は変わらない {#same}
#
# 6 つのトークンで計算した Attention を、最初の 5 つで計算したものと比べます。マスクを使うときと使わないときを試します。

# %% [markdown] lang="en"
# ## Earlier rows do not change {#same}
#
# We compare the attention of six tokens with that of the first five, once with the mask and once unmasked.

# %%
query, key, value = rng.standard_normal((3, 6, 4))  # (T, d) each
attend = attention.scaled_dot_product_attention


def attend_to_first(n, masked=True):  # -> (n, d)
    mask = attention.causal_mask(n) if masked else None
    return attend(query[:n], key[:n], value[:n], mask)[0]

# %% check="same"
changes = []
for masked in (True, False):
    six, five = (attend_to_first(n, masked) for n in (6, 5))
    changes.append(abs(six[:5] - five).max())
assert changes[0] < 1e-12 and changes[1] > 0.1
figures.table({"masked": changes[0], "not masked": changes[1]})

# %% [markdown] lang="ja" tags=["caption"]
# labels: masked = マスクありの変化; not masked = マスクなしの変化

# %% [markdown] lang="en" tags=["caption"]
# labels: masked = change, masked; not masked = change, not masked

# %% [markdown] lang="ja"
# マスクがあれば、6 つ目が増えても、前の 5 行は[変わりません](#check-same)。マスクがなければ変わります。
# 新しく計算するのは最後の行で、それに要るのは、新しい query 1 つと、これまでの key と value の全部です。

# %% [markdown] lang="en"
# With the mask, a sixth token [changes nothing](#check-same) in the five rows before it; unmasked, it does.
# What is new is the last row, and that takes the one new query, with all keys and values so far.

# %% check="append"
kept_keys, kept_values, rows = np.empty((0, 4)), np.empty((0, 4)), []
for t in range(6):
    kept_keys = np.concatenate([kept_keys, key[t : t + 1]])
    kept_values = np.concatenate([kept_values, value[t : t + 1]])
    new = query[t : t + 1]  # (1, d)
    rows.append(attend(new, kept_keys, kept_values)[0])
assert np.allclose(np.concatenate(rows), attend_to_first(6))
print(kept_keys.shape, kept_values.shape)

# %% [markdown] lang="ja"
# マスクを使わずに、同じ行が出ました。[未来の key が、まだ並びにないからです](#check-append)。取っておくのは key と value で、前の query は要りませんでした。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージの `KVCache` は、すべての層の key と value を 1 つの配列に取っておきます。[第 # 回](sampling.md#judge)の `sample.generate` も、これを使っています。
# まず 5 つ、そのあと 1 つずつ渡し、まとめて計算した結果とすべての位置で比べます。

# %% [markdown] lang="en"
# The same rows came without a mask, because the keys of the future [are not there yet](#check-append). What is kept is keys and values; no earlier query was needed.
#
# ## Does the package agree? {#package}
#
# The package's `KVCache` keeps the keys and values of all layers in one array. In [lesson #](sampling.md#judge), `sample.generate` already wrote with it.
# We hand it five tokens, then one at a time, and compare with computing everything at once, at every position.

# %%
ids = rng.integers(0, 50, (1, 64))
at_once = model.forward(params, ids, config)

# %%
def logits_in_pieces(params, cache):  # -> (1, 64, vocab_size)
    pieces = [ids[:, :5], *(ids[:, t : t + 1] for t in range(5, 64))]
    logits = [model.forward(params, p, config, cache) for p in pieces]
    return np.concatenate(logits, axis=1)

# %%
cache = model.KVCache(config)
gap = abs(logits_in_pieces(params, cache) - at_once).max()
assert gap < 1e-5 and cache.length == 64

# %% check="rounding"
exact = {name: p.astype(np.float64) for name, p in params.items()}
exact_cache = model.KVCache(config, dtype=np.float64)
in_pieces = logits_in_pieces(exact, exact_cache)
exact_gap = abs(in_pieces - model.forward(exact, ids, config)).max()
assert exact_gap < 1e-12 < gap

# %%
figures.source(model.KVCache)

# %% [markdown] lang="ja"
# 64 個のどの位置でも、ロジットの差は 10 万分の 1 より小さく収まりました。残りは[丸め誤差](#check-rounding)で、float64 では 1 兆分の 1 より小さくなります。
#
# ## 計算量を数える {#cost}
#
# 次の 1 つを書くための掛け算の回数を、取っておく場合と、おかない場合で数えます。
# block の行列では 1 トークンあたり $12 L d^2$ 回、Attention では見る相手 1 つあたり $2 L d$ 回です。最後に、新しい位置のロジットを出す積が $V d$ 回あります。

# %% [markdown] lang="en"
# At each of the 64 positions the logits differ by less than a hundred-thousandth. What is left is [rounding](#check-rounding): in float64 it is less than a trillionth.
#
# ## Counting the work {#cost}
#
# How many multiplications does the next token take, with a cache and with none?
# The matrices of the blocks take $12 L d^2$ per token, and attention $2 L d$ for each token looked at. In the end, the logits at the new position take $V d$.

# %%
def multiplications(n_new, n_seen, d=768, n_layers=12, V=50257):
    # each new token looks at all tokens up to itself
    pairs = sum(range(n_seen - n_new + 1, n_seen + 1))
    return n_layers * (12 * d * d * n_new + 2 * d * pairs) + V * d

# %% check="level"
lengths = [16, 64, 256, 1024]
without = np.array([multiplications(n, n) for n in lengths])
with_cache = np.array([multiplications(1, n) for n in lengths])
assert without[-1] > 64 * without[0]
assert with_cache[-1] < 1.2 * with_cache[0]
columns = {"length": lengths, "without": without, "with": with_cache}
ratio = np.rint(without / with_cache).astype(int)
figures.table(columns | {"ratio": ratio})

# %% [markdown] lang="ja" tags=["caption"]
# labels: length = 文の長さ; without = キャッシュなし; with = キャッシュあり; ratio = 何分の 1 か

# %% [markdown] lang="en" tags=["caption"]
# labels: length; without = no cache; with = with a cache; ratio = times fewer

# %%
series = {"without": without, "with": with_cache}
axes = {"x_label": "length", "y_label": "multiplications"}
figures.line(lengths, series, log_x=True, log_y=True, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 次の 1 つを書く計算量を、GPT-2 の大きさで数えました。取っておけば、[64 倍の長さでも 2 割増しに届きません](#check-level)。
#
# alt: 両対数の折れ線グラフ。横軸は文の長さ 16 から 1024、縦軸は掛け算の回数。キャッシュなしの線はまっすぐ上がり、キャッシュありの線はほぼ水平。
#
# labels: multiplications = 掛け算の回数

# %% [markdown] lang="en" tags=["caption"]
# The work for the next token, counted at the size of GPT-2. With a cache, a text 64 times as long takes [less than 20% more](#check-level).
#
# alt: Line chart with logarithmic axes. The length runs from 16 to 1024; height is the number of multiplications. The line with no cache rises straight; the line with a cache is almost level.
#
# labels: multiplications

# %% [markdown] lang="ja"
# 長さ 1024 では、計算量が 679 分の 1 になります。けれども、行列の重みは、1 つ書くごとに全部読みます。どれだけの計算のために読むのかを数えます。

# %% [markdown] lang="en"
# At length 1024 the work is down to one part in 679. Still, every new token has to read all the weights of the matrices. For how much work are they read?

# %% check="once"
shapes = model.param_shapes(model.GPT2)
matrices = [s for s in shapes.values() if len(s) == 2]
matrices.remove(shapes["wpe.weight"])  # positions are looked up
weights = sum(map(np.prod, matrices))
with_matrices = multiplications(1, 0)  # nothing to look at yet
assert with_matrices == weights
figures.table({"weights": weights, "multiplications": with_matrices})

# %% [markdown] lang="ja" tags=["caption"]
# labels: weights = 行列の重みの個数

# %% [markdown] lang="en" tags=["caption"]
# labels: weights = weights of the matrices

# %% [markdown] lang="ja"
# 読んだ重みは、[1 回の掛け算](#check-once)に使われて終わりです。書く速さを決めるのは、計算よりも、[メモリを読む速さ](https://arxiv.org/abs/2309.06180)になります。
#
# ## メモリ使用量を数える {#memory}
#
# 代わりに要るのが、メモリです。1 トークンあたり、層ごとに key と value を $d$ 個ずつ取っておきます。

# %% [markdown] lang="en"
# A weight is read for [one multiplication](#check-once). What sets the speed of writing is then [reading memory](https://arxiv.org/abs/2309.06180), more than computing.
#
# ## Counting the memory {#memory}
#
# What it takes in return is memory: for each token, $d$ numbers each of key and of value in every layer.

# %% [markdown]
# $$\text{bytes per token} = 2 \cdot L \cdot d \cdot \text{bytes per number}$$

# %%
def bytes_per_token(n_layers, d_model, dtype):  # -> ()
    return 2 * n_layers * d_model * np.dtype(dtype).itemsize

# %% check="precision"
sizes = {"GPT-2, float32": (12, 768, np.float32)}
sizes["GPT-2, float16"] = (12, 768, np.float16)
sizes["OPT-13B, float16"] = (40, 5120, np.float16)
per_token = [bytes_per_token(*size) for size in sizes.values()]
assert per_token[2] // per_token[0] == 11
assert per_token[2] // per_token[1] == 22
assert cache.bytes_per_token == bytes_per_token(3, 32, np.float32)
figures.table({"model": list(sizes), "bytes per token": per_token})

# %% [markdown] lang="ja" tags=["caption"]
# labels: bytes per token = 1 トークンあたりのバイト数; GPT-2, float{}; OPT-13B, float16

# %% [markdown] lang="en" tags=["caption"]
# labels: bytes per token

# %% [markdown] lang="ja"
# OPT-13B の 819200 バイトは、[Kwon ら（2023）の §3](https://arxiv.org/abs/2309.06180)に書かれた掛け算の結果です。[同じ 16 ビット](#check-precision)で比べると、GPT-2 の 22 倍です。
# 文をいくつも同時に書くと、重みより大きな場所を取るでしょうか。GPT-2 の float32 で、長さいっぱいの文を数えます。

# %% [markdown] lang="en"
# The 819200 bytes of OPT-13B are the product given in [Kwon et al. (2023), §3](https://arxiv.org/abs/2309.06180). [At equal precision](#check-precision), it is 22 times that of GPT-2.
# Can many texts at once take more room than the weights? We count full-length texts, for GPT-2 in float32.

# %%
weights = 4 * model.count_params(model.GPT2)
text = model.GPT2.n_positions * per_token[0]
sizes = {"weights MB": weights / 1e6, "text MB": text / 1e6}
figures.table(sizes | {"texts": weights // text + 1})

# %% [markdown] lang="ja" tags=["caption"]
# labels: weights MB = 重み（MB）; text MB = 1 つの文（MB）; texts = 重みを超える文の数

# %% [markdown] lang="en" tags=["caption"]
# labels: weights MB = weights (MB); text MB = one text (MB); texts = texts to exceed the weights

# %% [markdown] lang="ja"
# 7 つで、KV キャッシュのほうが重みより大きくなります。
#
# ## 簡単にしたこと {#simplified}
#
# - メモリを最初から最大の長さで取りました。使った分だけ、小さな区画で取るのが **PagedAttention** です。
# - ヘッドごとに key と value を持ちました。共有してメモリを減らすのが **grouped-query attention** です。
# - 数を 32 ビットで取っておきました。8 ビットなどに丸める **KV cache quantization** もあります。
# - 文を 1 つ書きました。たくさんの文を束ねて、重みを読む回数を分け合うのが **batching** です。
#
# ## 練習 {#exercises}
#
# **1.** 位置 0 から 9 まで計算したところで、取っておいた 0 層の key のうち、位置 3 のものを壊します。それから位置 10 と 11 を計算します。ロジットが変わるのは、位置 0 から 11 のどれでしょうか。

# %% [markdown] lang="en"
# With seven, the KV cache is larger than the weights.
#
# ## What we simplified {#simplified}
#
# - We took room for the greatest length from the start. **PagedAttention** takes it in small pages, as needed.
# - Every head kept its own keys and values. **Grouped-query attention** shares them to save room.
# - We kept numbers of 32 bits. **KV cache quantization** rounds them to 8 or fewer.
# - We wrote one text. **Batching** writes many at once, which share the reading of the weights.
#
# ## Exercises {#exercises}
#
# **1.** Positions 0 to 9 are computed. Then the key kept for position 3 in layer 0 is spoiled, and positions 10 and 11 are computed. Which of positions 0 to 11 get other logits?

# %% tags=["exercise"]
from llm_scratch.exercises import check

reached = ...  # (12,) bool: do the logits of positions 0 to 11 change?
check("kv_cache.1", reached)

# %% tags=["solution"]
fresh_cache = model.KVCache(config)
given = model.forward(params, ids[:, :10], config, fresh_cache)
keys = fresh_cache.keys_and_values[0, 0]  # of layer 0
keys[:, :, 3] += 1  # at position 3
spoiled = model.forward(params, ids[:, 10:12], config, fresh_cache)
now = np.concatenate([given, spoiled], axis=1)
reached = abs(now - at_once[:, :12]).max(axis=(0, 2)) > 1e-4
assert check("kv_cache.1", reached)
print(reached.astype(int))

# %% [markdown] lang="ja"
# 壊した後に計算したトークンのすべてです。前に出したロジットは、もう変わりません。
#
# **2.** 64 個のトークンのうち、位置 7 のものを後から書き換えたら、取っておいた key と value は、いくつの位置の分が使えるでしょうか。

# %% [markdown] lang="en"
# Those of every token computed afterwards. Logits that were already given do not change any more.
#
# **2.** Of 64 tokens, the one at position 7 is changed afterwards. How many positions of the cache can still be used?

# %% tags=["exercise"]
usable = ...  # how many positions can still be used
check("kv_cache.2", usable)

# %% tags=["solution"]
other = ids.copy()
other[0, 7] = (other[0, 7] + 1) % 50
caches = [model.KVCache(config) for _ in range(2)]
for text, kept in zip((ids, other), caches, strict=True):
    model.forward(params, text, config, kept)
ours, theirs = (cache.keys_and_values for cache in caches)
gaps = abs(ours - theirs).max(axis=(0, 1, 2, 3, 5))  # (n_positions,)
assert (gaps[7:] > 0).all()
usable = int((gaps == 0).sum())
assert check("kv_cache.2", usable)

# %% [markdown] lang="ja"
# 書き換えたトークンの手前の 7 つです。その先は計算し直します。同じ書き出しを使い回す **prefix caching** は、この性質を使います。
#
# ## 次へ {#next}
#
# GPT は学び、書き、速くなりました。[第 # 回](bpe.md#bpe)では、入り口に戻り、本物のトークンを作ります。

# %% [markdown] lang="en"
# The 7 before the changed token. The rest is computed again. **Prefix caching**, which reuses a common beginning, rests on this.
#
# ## Next {#next}
#
# Our GPT learns, writes, and writes fast. [Lesson #](bpe.md#bpe) goes back to the way in, and makes real tokens.
