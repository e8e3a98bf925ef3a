# %% [markdown] lang="ja"
# # KV キャッシュ：同じ計算を二度しない {#kv-cache}
#
# 一つ書くたびに、文の初めから全部を計算し直す。これまでの書き方は、そうでした。
# けれども因果マスクのおかげで、前のトークンの key と value は、後から何が来ても変わりません。取っておけば、計算は新しい一つの分だけで済みます。
# この回では、それを手で作り、結果が変わらないこと、手間がどれだけ減るか、メモリがどれだけ要るかを数えます。
#
# 必要なものは、[第 # 回](block.md#block)の block です。

# %% [markdown] lang="en"
# # The KV cache: never compute the same thing twice {#kv-cache}
#
# To write one more token, compute the whole text again from its start: that is how we have written so far.
# But thanks to the causal mask, the keys and values of earlier tokens stay the same, whatever comes after. If we keep them, only the new token has to be computed.
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
# 六つのトークンの Attention を、はじめの五つだけの Attention と比べます。

# %% [markdown] lang="en"
# ## Earlier rows do not change {#same}
#
# We compare the attention of six tokens with that of the first five alone.

# %%
query, key, value = rng.standard_normal((3, 6, 4))  # (T, d) each
attend = attention.scaled_dot_product_attention


def attend_causally(n):  # -> (n, d)
    mask = attention.causal_mask(n)
    return attend(query[:n], key[:n], value[:n], mask)[0]


print(np.allclose(attend_causally(6)[:5], attend_causally(5)))
assert np.allclose(attend_causally(6)[:5], attend_causally(5))

# %% [markdown] lang="ja"
# 六つめが増えても、前の五行は同じです。だから新しく要るのは最後の一行だけ。
# その一行に要るのは、新しい query 一つと、これまでの key と value の全部です。

# %% [markdown] lang="en"
# A sixth token comes, and the five rows before stay the same. So only the last row is new.
# And all it takes is the one new query, with all keys and values so far.

# %%
kept_keys, kept_values, rows = np.empty((0, 4)), np.empty((0, 4)), []
for t in range(6):
    kept_keys = np.concatenate([kept_keys, key[t : t + 1]])
    kept_values = np.concatenate([kept_values, value[t : t + 1]])
    new = query[t : t + 1]  # (1, d)
    rows.append(attend(new, kept_keys, kept_values)[0])
assert np.allclose(np.concatenate(rows), attend_causally(6))
print(kept_keys.shape, kept_values.shape)

# %% [markdown] lang="ja"
# マスクは要りません。未来の key がまだ存在しないからです。取っておくのは key と value だけで、query は使い捨てです。
#
# ## パッケージと同じになるか {#package}
#
# パッケージの `KVCache` は、すべての層の key と value を一つの配列に取っておきます。
# 初めに五つ、そのあと一つずつ渡し、まとめて計算した結果とすべての位置で比べます。

# %% [markdown] lang="en"
# No mask is needed: the keys of the future do not exist yet. Only keys and values are kept; a query is used once.
#
# ## Does the package agree? {#package}
#
# The package's `KVCache` keeps the keys and values of all layers in one array.
# We hand it five tokens, then one at a time, and compare with computing everything at once, at every position.

# %%
ids = rng.integers(0, 50, (1, 64))
at_once = model.forward(params, ids, config)

# %%
cache = model.KVCache(config)
pieces = [ids[:, :5], *(ids[:, t : t + 1] for t in range(5, 64))]
logits = [model.forward(params, p, config, cache) for p in pieces]
one_by_one = np.concatenate(logits, axis=1)
assert abs(one_by_one - at_once).max() < 1e-5
print(len(pieces), "calls,", cache.length, "tokens kept")

# %%
figures.source(model.KVCache)

# %% [markdown] lang="ja"
# 64 個のどの位置でも、点数の差は 10 万分の 1 より小さく収まりました。残りの差は、足す順が違うことによる丸め誤差です。
#
# ## 手間を数える {#cost}
#
# 次の一つを書くための掛け算の回数を、取っておく場合と、おかない場合で数えます。
# 行列の部分は一トークンあたり $12 L d^2$ 回、Attention は見る相手一つあたり $2 L d$ 回です。

# %% [markdown] lang="en"
# At each of the 64 positions the scores differ by less than a hundred-thousandth. What is left is rounding, because sums are taken in another order.
#
# ## Counting the work {#cost}
#
# How many multiplications does the next token take, with and without a cache?
# The matrices take $12 L d^2$ per token, and attention $2 L d$ for each token looked at.

# %%
def multiplications(n_new, n_seen, d=768, n_layers=12):  # -> ()
    # each new token looks at all tokens up to itself
    pairs = sum(range(n_seen - n_new + 1, n_seen + 1))
    return n_layers * (12 * d * d * n_new + 2 * d * pairs)

# %%
lengths = [16, 64, 256, 1024]
without = np.array([multiplications(n, n) for n in lengths])
with_cache = np.array([multiplications(1, n) for n in lengths])
assert (without > 15 * with_cache).all()
columns = {"length": lengths, "without": without, "with": with_cache}
figures.table(columns | {"ratio": without // with_cache})

# %%
series = {"without": without, "with": with_cache}
axes = {"x_label": "length", "y_label": "multiplications"}
figures.line(lengths, series, log_x=True, log_y=True, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 次の一つを書く手間。GPT-2 の大きさで数えました。取っておけば、長くなってもほとんど増えません。
#
# alt: 両対数の折れ線グラフ。横軸は文の長さ 16 から 1024、縦軸は掛け算の回数。without の線はまっすぐ上がり、with の線はほぼ水平。

# %% [markdown] lang="en" tags=["caption"]
# The work for the next token, counted at the size of GPT-2. With a cache it hardly grows with the length.
#
# alt: Line chart with logarithmic axes. The length runs from 16 to 1024; height is the number of multiplications. The line without rises straight; the line with is almost level.

# %% [markdown] lang="ja"
# 長さ 1024 では、手間が 931 分の 1 になります。けれども、一つ書くごとに、重みの行列を全部読むことは変わりません。
# 取っておくやり方では、計算よりも、メモリを読む速さが書く速さを決めます。
#
# ## 場所を数える {#memory}
#
# 代わりに要るのが、メモリです。一トークンあたり、層ごとに key と value を $d$ 個ずつ取っておきます。

# %% [markdown] lang="en"
# At length 1024 the work is down to one part in 931. Still, every new token has to read all the weight matrices once.
# With a cache it is the speed of reading memory, not of computing, that sets the speed of writing.
#
# ## Counting the room {#memory}
#
# What it takes in return is memory: for each token, $d$ numbers each of key and of value in every layer.

# %% [markdown]
# $$\text{bytes per token} = 2 \cdot L \cdot d \cdot \text{bytes per number}$$

# %%
def bytes_per_token(n_layers, d_model, dtype):  # -> ()
    return 2 * n_layers * d_model * np.dtype(dtype).itemsize

# %%
sizes = {"GPT-2": (12, 768, np.float32)}
sizes["OPT-13B"] = (40, 5120, np.float16)
per_token = [bytes_per_token(*size) for size in sizes.values()]
assert per_token[1] == 819_200
assert cache.bytes_per_token == bytes_per_token(3, 32, np.float32)
figures.table({"model": list(sizes), "bytes per token": per_token})

# %% [markdown] lang="ja"
# OPT-13B の 819200 バイトは、[Kwon ら（2023）の §3](https://arxiv.org/abs/2309.06180)に書かれた数と同じです。GPT-2 の十一倍です。長い文をたくさん同時に書くと、重みよりも大きな場所を取ることがあります。
#
# ## 簡単にしたこと {#simplified}
#
# - 場所を初めから最大の長さで取りました。使った分だけ、小さな区画で取るのが **PagedAttention** です。
# - ヘッドごとに key と value を持ちました。共有して場所を減らすのが **grouped-query attention** です。
# - 数を 32 ビットで取っておきました。8 ビットなどに丸める **KV cache quantization** もあります。
# - 一つの文だけを書きました。たくさんの文を束ねて、重みを読む回数を分け合うのが **batching** です。
#
# ## 練習 {#exercises}
#
# **1.** 位置 0 から 9 まで計算したところで、取っておいた位置 3 の key を一つ壊します。それから位置 10 と 11 を計算します。点数が変わるのは、位置 0 から 11 のどれでしょうか。

# %% [markdown] lang="en"
# The 819200 bytes of OPT-13B are the number given in [Kwon et al. (2023), §3](https://arxiv.org/abs/2309.06180). It is eleven times that of GPT-2. Many long texts at once may take more room than the weights.
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
# **1.** Positions 0 to 9 are computed. Then one key kept for position 3 is spoiled, and positions 10 and 11 are computed. Which of positions 0 to 11 get other scores?

# %% tags=["exercise"]
from llm_scratch.exercises import check

reached = ...  # (12,) bool: do the scores of positions 0 to 11 change?
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
# これから書くトークンのすべてです。前に出した点数は、もう変わりません。
#
# **2.** 64 個のトークンのうち、位置 7 の一つを後から書き換えたら、取っておいたもののうち、いくつの位置が使えるでしょうか。

# %% [markdown] lang="en"
# Those of every token still to come. Scores that were already given do not change any more.
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
# 書き換えた語の手前までです。その先は計算し直します。同じ書き出しを使い回す **prefix caching** は、この性質を使います。
#
# ## 次へ {#next}
#
# GPT は学び、書き、速くなりました。[第 # 回](bpe.md#bpe)では、入口に戻り、本物のトークンを作ります。

# %% [markdown] lang="en"
# All before the changed word. The rest is computed again. **Prefix caching**, which reuses a common beginning, rests on this.
#
# ## Next {#next}
#
# Our GPT learns, writes, and writes fast. [Lesson #](bpe.md#bpe) goes back to the way in, and makes real tokens.
