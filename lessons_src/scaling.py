# %% [markdown] lang="ja"
# # なぜ √d で割るのか：尖りすぎをふせぐ {#scaling}
#
# [第 # 回](attention.md#scores)では、理由を言わずにスコアを √d で割りました。ここでその理由を測ります。
# 先に結論を言うと、次元 $d$ が大きいほど内積は大きくばらつき、重みは一つの語に集中し、学習が進まなくなります。√d で割ると、どの次元でも同じ広がりになります。
# 二本の線グラフで、割る前と割った後を見比べてください。
#
# **スケーリング**とは、この割り算のことです。

# %% [markdown] lang="en"
# # Why divide by √d: keeping the weights from going sharp {#scaling}
#
# In [lesson #](attention.md#scores) we divided the scores by √d and gave no reason. Here we measure the reason.
# In short: the larger the dimension $d$, the wider dot products spread, the more the weights pile up on a single word, and the less a model can learn.
# Dividing by √d gives every dimension the same spread. Two line charts show before and after.
#
# This division is what **scaling** means here.

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, ops

rng = np.random.default_rng(0)

# %% [markdown] lang="ja"
# ## 同じスコアを 8 倍にする {#sharp}
#
# 平均 0、分散 1 の乱数を 12 個、スコアと見なします。それを 8 倍したものと、softmax の結果を比べます。
# 大小の順は、どちらも同じです。

# %% [markdown] lang="en"
# ## The same scores, times 8 {#sharp}
#
# Take 12 random numbers with mean 0 and variance 1 as scores. We compare their softmax with that of the same numbers times 8.
# The ranking is the same in both.

# %%
scores = rng.standard_normal(12)  # (n,)
small, large = ops.softmax(scores), ops.softmax(8 * scores)
both = {"× 1": small, "× 8": large}
figures.table({"index": range(12), "score": scores} | both)

# %%
figures.line(range(12), both, x_label="index", y_label="weight")

# %% [markdown] lang="ja" tags=["caption"]
# 同じ 12 個のスコアから作った重み。8 倍すると、ほとんどが一つに集まります。
#
# alt: 折れ線グラフ。横軸は番号 0 から 11、縦軸は重み。× 1 の線は 0.0180 から 0.2353 の間でゆるく上下する。× 8 の線は番号 6 だけが 0.9405 に達し、ほかはほぼ 0。

# %% [markdown] lang="en" tags=["caption"]
# Weights from the same 12 scores. Times 8, nearly all of it lands on one.
#
# alt: Line chart. Index 0 to 11 runs to the right; height is the weight. The line × 1 moves gently between 0.0180 and 0.2353. The line × 8 shoots up to 0.9405 at index 6 and is close to 0 elsewhere.

# %% [markdown] lang="ja"
# 番号 6 の重みは、0.2353 から 0.9405 になりました。スコアの差が 8 倍になると、重みの比は 8 乗されるからです。
# 尖り方を一つの数で言うには、**エントロピー**が便利です。全部の重みが等しいとき最大の ln n、一つに集まると 0 になります。

# %% [markdown] lang="en"
# The weight at index 6 went from 0.2353 to 0.9405: when differences between scores grow 8 times, ratios of weights are raised to the power of 8.
# To put sharpness into one number, we use the **entropy**. It is largest, ln n, when all weights are equal, and 0 when one weight has everything.

# %% [markdown]
# $$H(p) = -\sum_i p_i \ln p_i$$

# %%
def entropy_by_hand(p):  # (n,) -> ()
    return -sum(x * np.log(x) for x in p)


by_hand = [entropy_by_hand(p) for p in (small, large)]
print(f"× 1: {by_hand[0]:.4f}   × 8: {by_hand[1]:.4f}")
print(f"ln 12 = {np.log(12):.4f}")

# %% [markdown] lang="ja"
# 上限の 2.4849 に対して、もとの重みは 2.2518、8 倍したものは 0.2461 です。
#
# ## 尖ると、なぜ困るのか {#gradient}
#
# 学習は、スコアを少し動かしたとき重みがどう動くか、つまり傾きを頼りに進みます。
# softmax では、自分のスコアに対する重み $p$ の傾きは $p(1-p)$ です。$p$ が 0 か 1 に近いと、傾きは消えます。

# %% [markdown] lang="en"
# The most it could be is 2.4849. The original weights have 2.2518, those times 8 only 0.2461.
#
# ## What is wrong with sharp? {#gradient}
#
# Training relies on slopes: nudge a score, and see how the weight responds.
# For softmax, the slope of a weight $p$ in its own score is $p(1-p)$. When $p$ is close to 0 or 1, the slope vanishes.

# %%
def slope(scores, i, step=1e-5):  # (n,) -> ()
    nudge = step * np.eye(len(scores))[i]
    higher = ops.softmax(scores + nudge)[i]
    lower = ops.softmax(scores - nudge)[i]
    return (higher - lower) / (2 * step)


def mean_slope(scores):  # (n,) -> ()
    return np.mean([slope(scores, i) for i in range(len(scores))])


measured = [mean_slope(scores), mean_slope(8 * scores)]
by_formula = [(p * (1 - p)).mean() for p in (small, large)]
assert np.allclose(measured, by_formula, atol=1e-8)
figures.table({"scores": ["× 1", "× 8"], "mean slope": measured})

# %% [markdown] lang="ja"
# 表は、スコアを実際に少し動かして測った傾きの平均です。8 倍したほうは 0.0094 で、もとの 0.0727 のほぼ 8 分の 1 しかありません。
# 一度尖ると、間違っていても直しにくくなります。
#
# ## 次元を増やすと、内積はどうなるか {#variance}
#
# では、スコアはなぜ大きくなるのでしょうか。query と key の成分がどれも平均 0、分散 1 の独立な乱数なら、
# 内積は、平均 0、分散 1 の独立な積を $d$ 個足したものです。独立な数の和の分散は、分散の和になります。

# %% [markdown] lang="en"
# The table shows slopes that we measured by actually nudging each score. Times 8, the mean is 0.0094, about an eighth of the original 0.0727.
# Once weights are sharp, mistakes are hard to undo.
#
# ## What more dimensions do to a dot product {#variance}
#
# But why would scores be large in the first place? Let the entries of query and key be independent random numbers with mean 0 and variance 1.
# Then a dot product is the sum of $d$ independent products, each with mean 0 and variance 1. The variance of such a sum is the sum of the variances.

# %% [markdown]
# $$\mathrm{Var}(q \cdot k) = \sum_{i=1}^{d} \mathrm{Var}(q_i k_i) = d \qquad\Rightarrow\qquad \mathrm{Var}\Big(\frac{q \cdot k}{\sqrt d}\Big) = 1$$

# %%
dims = [1, 4, 16, 64, 256]
pairs = [rng.standard_normal((2, 5000, d)) for d in dims]
dots = [np.vecdot(query, key) for query, key in pairs]  # (5000,) each
scaled_dots = [dot / np.sqrt(d) for dot, d in zip(dots, dims)]
variance = np.array([dot.var() for dot in dots])
scaled_variance = np.array([dot.var() for dot in scaled_dots])
assert np.allclose(variance, dims, rtol=0.1)
assert np.allclose(scaled_variance, 1, rtol=0.1)
print(dots[0].size, "pairs for each d")
figures.table({"d": dims, "q·k": variance, "q·k / √d": scaled_variance})

# %%
series = {"q·k": variance, "q·k / √d": scaled_variance}
log = {"log_x": True, "log_y": True}
figures.line(dims, series, x_label="d", y_label="variance", **log)

# %% [markdown] lang="ja" tags=["caption"]
# 5000 組の乱数で測った内積の分散。そのままでは d とともに増え、√d で割ると 1 のあたりに留まります。
#
# alt: 両対数の折れ線グラフ。横軸は d、1 から 256。q·k の線は 0.9659 から 255.7239 までまっすぐ上がり、q·k / √d の線は 1 の高さで水平に続く。

# %% [markdown] lang="en" tags=["caption"]
# The variance of dot products, measured on 5000 random pairs. It grows along with d; divided by √d, it stays near 1.
#
# alt: Line chart with logarithmic axes. d runs from 1 to 256. The line q·k climbs straight from 0.9659 to 255.7239; the line q·k / √d runs level at 1.

# %% [markdown] lang="ja"
# 分散は d に、標準偏差は √d になりました。d = 64 なら、スコアの広がりは 8 です。初めの実験の「8 倍」は、まさにこの大きさでした。
#
# ## 次元を増やすと、重みはどうなるか {#entropy}
#
# 最後に、重みそのものを見ます。乱数の query を 1 本、key を 16 本用意し、重みのエントロピーを測ります。
# それを次元ごとに何度もくり返し、平均します。

# %% [markdown] lang="en"
# The variance came out as d, so the standard deviation is √d. At d = 64 scores spread by 8. That is the "times 8" of our first experiment.
#
# ## What more dimensions do to the weights {#entropy}
#
# Last, the weights themselves. We take one random query and 16 random keys, and measure the entropy of the weights.
# For each dimension we repeat this many times and take the mean.

# %%
def mean_entropies(d):  # -> (2,)
    query = rng.standard_normal((2000, 1, d))
    keys = rng.standard_normal((2000, 16, d))
    scores = np.vecdot(query, keys)  # (2000, 16)
    both = np.stack([scores, scores / np.sqrt(d)])
    return ops.entropy(ops.softmax(both)).mean(axis=1)


unscaled, scaled = np.transpose([mean_entropies(d) for d in dims])
assert unscaled[-1] < 0.25 and scaled.min() > 2.3
assert (np.diff(unscaled) < 0).all()
columns = {"softmax(q·k)": unscaled, "softmax(q·k / √d)": scaled}
figures.table({"d": dims} | columns)

# %%
series = {"q·k": unscaled, "q·k / √d": scaled}
uniform = {"ln 16": np.log(16)}
words = {"x_label": "d", "y_label": "entropy (nats)"}
figures.line(dims, series, log_x=True, references=uniform, **words)

# %% [markdown] lang="ja" tags=["caption"]
# 16 本の key に分かれる重みのエントロピー。割らなければ 0.1901 まで落ち、割ればほとんど動きません。
#
# alt: 折れ線グラフ。横軸は対数の d、1 から 256、縦軸はエントロピー。q·k の線は 2.4262 から 0.1901 へ下がり続ける。q·k / √d の線は 2.3585 のあたりで水平。その上に、一様な重みの ln 16 が 2.7726 の点線で引かれている。

# %% [markdown] lang="en" tags=["caption"]
# The entropy of weights over 16 keys. Undivided, it falls to 0.1901; divided, it hardly moves.
#
# alt: Line chart. d runs from 1 to 256 on a logarithmic axis; height is the entropy. The line q·k keeps falling from 2.4262 to 0.1901. The line q·k / √d runs level, close to 2.3585. Above them, a dashed line at 2.7726 marks ln 16, the entropy of equal weights.

# %% [markdown] lang="ja"
# 割らないと、次元を増やしただけで、重みは一つの key に集まります。中身が乱数でも、です。
# 割れば、d = 1 でも d = 256 でも、softmax は同じくらいの広がりから学習を始められます。
#
# ## パッケージと同じになるか {#package}
#
# エントロピーの関数は、0 log 0 を 0 とする点だけが手計算と違います。
# Attention の関数が √d で割っていることも、重みを比べて確かめます。

# %% [markdown] lang="en"
# Without the division, adding dimensions is enough to push the weights onto a single key, even though the vectors are random.
# With it, the softmax starts training from about the same spread at d = 1 and at d = 256.
#
# ## Does the package agree? {#package}
#
# The package's entropy differs from ours in one point: it takes 0 log 0 to be 0.
# We also check that its attention divides by √d, by comparing weights.

# %%
assert np.allclose(ops.entropy(np.stack([small, large])), by_hand)
query, key = pairs[-1][0, :1], pairs[-1][1, :16]  # (1, 256), (16, 256)
_, weights = attention.scaled_dot_product_attention(query, key, key)
assert np.allclose(weights, ops.softmax(query @ key.T / np.sqrt(256)))
figures.source(ops.entropy)

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - query と key を独立な乱数にしました。学習が進むと独立ではなくなります。√d が保証するのは、**初期化**した直後の広がりです（[Vaswani ら、2017、§3.2.1](https://arxiv.org/abs/1706.03762) も、同じ仮定で説明しています）。
# - 割る数を √d に決めました。softmax に入れる前に割る数は**温度**（temperature）とも呼ばれ、文章を書かせるときには人が選びます。
# - 学習が進むとスコアがまた大きくなることがあります。query と key の長さをそろえる **QK normalization** は、それを抑える工夫です。
#
# ## 練習 {#exercises}
#
# **1.** √d ではなく $d$ で割ると、d = 256 のエントロピーはどうなるでしょうか。予想してから計算してください。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - Our queries and keys were independent random numbers. Training makes them depend on each other. What √d ensures is the spread right after **initialisation** ([Vaswani et al., 2017, §3.2.1](https://arxiv.org/abs/1706.03762) argue from the same assumption).
# - We fixed the divisor at √d. A number that scores are divided by before softmax is also called a **temperature**; when a model writes text, people choose it.
# - Scores may grow again as training goes on. **QK normalization**, which gives queries and keys a fixed length, keeps that in check.
#
# ## Exercises {#exercises}
#
# **1.** Divide by $d$ instead of √d. What is the entropy at d = 256? Guess first, then compute.

# %% tags=["exercise"]
from llm_scratch.exercises import check

query = rng.standard_normal((2000, 1, 256))
keys = rng.standard_normal((2000, 16, 256))
flat = ...  # the mean entropy when dot products are divided by d
check("scaling.1", flat, query, keys)

# %% tags=["solution"]
flat = ops.entropy(ops.softmax(np.vecdot(query, keys) / 256)).mean()
assert np.log(16) - flat < 0.01
assert check("scaling.1", flat, query, keys)
print(f"{flat:.4f} of {np.log(16):.4f}")

# %% [markdown] lang="ja"
# 2.7708 で、上限の 2.7726 とほとんど変わりません。割りすぎると、今度はどの語も同じにしか見えず、選べなくなります。
#
# **2.** 初めの 12 個のスコアを 8 倍ではなく 50 倍すると、softmax は何に近づくでしょうか。

# %% [markdown] lang="en"
# 2.7708, almost the full 2.7726. Divide too much, and all words look alike: there is nothing to choose by.
#
# **2.** Multiply our first 12 scores by 50 instead of 8. What does softmax come close to?

# %% tags=["exercise"]
sharpest = ...  # (n,): the weights of 50 times the scores
check("scaling.2", sharpest, scores)

# %% tags=["solution"]
sharpest = ops.softmax(50 * scores)
one_hot = ops.one_hot(scores.argmax(), 12)
assert np.allclose(sharpest, one_hot, atol=1e-6)
assert check("scaling.2", sharpest, scores)
print(sharpest.argmax(), scores.argmax())

# %% [markdown] lang="ja"
# 最大のスコアだけが 1 の one-hot です。softmax という名は、「最大のものを選ぶ」（argmax）をなめらかにしたもの、という意味です。
#
# **3.** query の成分の標準偏差が 3 なら、内積の分散は $d$ の何倍になるでしょうか。

# %% [markdown] lang="en"
# A one-hot vector, with the 1 at the largest score. The name softmax says as much: a soft version of picking the maximum (argmax).
#
# **3.** Let the entries of the query have standard deviation 3. The variance of the dot product is $d$ times what?

# %% tags=["exercise"]
factor = ...  # how many times as large the variance is
check("scaling.3", factor)

# %% tags=["solution"]
query_entries, key_entries = pairs[-1]
factor = np.vecdot(3 * query_entries, key_entries).var() / variance[-1]
assert check("scaling.3", factor)
print(f"{factor:.4f}")

# %% [markdown] lang="ja"
# 9 倍、つまり 3 の二乗です。√d で割っても、成分の大きさまではそろいません。そちらをそろえるのは、重みの初期化と LayerNorm の仕事です。
#
# ## 次へ {#next}
#
# [第 # 回](causal_mask.md#causal-mask)では、どこを見てはいけないかを決めます。

# %% [markdown] lang="en"
# Times 9, the square of 3. Dividing by √d does not even out the size of the entries; that is the job of weight initialisation and LayerNorm.
#
# ## Next {#next}
#
# [Lesson #](causal_mask.md#causal-mask) settles where a word must not look.
