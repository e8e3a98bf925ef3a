# %% [markdown] lang="ja"
# # スケーリング：なぜ次元の平方根で割るのか {#scaling}
#
# [第 # 回](attention.md#scores)では、理由を言わずにスコアを $\sqrt{d}$ で割りました。ここでその理由を測ります。
# 先に結論を言うと、次元 $d$ が大きいほど内積は大きくばらつき、重みは一つの語に集中し、学習の手がかりである勾配は、多くの query でほとんど 0、一部の query で大きな値になります。$\sqrt{d}$ で割ると、どの次元でも同じくらいの広がりになります。
# 折れ線グラフで、割る前と割った後を見比べてください。
#
# **スケーリング**とは、この割り算のことです。

# %% [markdown] lang="en"
# # Scaling: why divide by the square root of the dimension {#scaling}
#
# In [lesson #](attention.md#scores) we divided the scores by $\sqrt{d}$ and gave no reason. Here we measure the reason.
# In short: the larger the dimension $d$, the wider dot products spread, and the more the weights pile up on a single word. The gradients that training goes by are then close to 0 for many queries, and large for a few.
# Dividing by $\sqrt{d}$ gives every dimension about the same spread. Line charts show before and after.
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

# %% check="eighth-power"
scores = rng.standard_normal(12)  # (n,)
small, large = ops.softmax(scores), ops.softmax(8 * scores)
assert np.allclose((small / small.max()) ** 8, large / large.max())
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
# 番号 6 の重みは、0.2353 から 0.9405 になりました。スコアの差が 8 倍になると、[重みの比は 8 乗される](#check-eighth-power)からです。
# 尖り方を一つの数で言うには、**エントロピー**が便利です。$n$ 個の重みがすべて等しいとき最大の $\ln n$、一つに集まると 0 になります。

# %% [markdown] lang="en"
# The weight at index 6 went from 0.2353 to 0.9405: when differences between scores grow 8 times, [ratios of weights are raised](#check-eighth-power) to the power of 8.
# To put sharpness into one number, we use the **entropy**. When all $n$ weights are equal it is largest, $\ln n$, and when one weight has everything it is 0.

# %% [markdown]
# $$H(p) = -\sum_i p_i \ln p_i$$

# %%
def entropy_by_hand(p):  # (n,) -> ()
    return -sum(x * np.log(x) for x in p)


by_hand = [entropy_by_hand(p) for p in (small, large)]
figures.table(dict(zip(both, by_hand)) | {"ln 12": np.log(12)})

# %% [markdown] lang="ja"
# 上限の 2.4849 に対して、もとの重みは 2.2518、8 倍したものは 0.2461 です。
#
# ## 尖ると、傾きはどうなるか {#gradient}
#
# 学習は、スコアを少し動かしたとき重みがどう動くか、つまり傾きを頼りに進みます。
# softmax では、重み $p$ の、そのもとになった数に対する傾きは $p(1-p)$ です。$p$ が 0 か 1 に近いと、0 に近づきます。
# 8 倍した場合は、もとのスコアを 1 動かすと、softmax に入る数は 8 動きます。[連鎖律](refresher.md#chain)により、もとのスコアに対する傾きは $8p(1-p)$ です。もとのスコアを実際に少し動かして、確かめます。

# %% [markdown] lang="en"
# The most it could be is 2.4849. The original weights have 2.2518, those times 8 have 0.2461.
#
# ## What sharpness does to slopes {#gradient}
#
# Training relies on slopes: nudge a score, and see how the weight responds.
# For softmax, the slope of a weight $p$ in the number that it was made from is $p(1-p)$. It comes close to 0 when $p$ is close to 0 or 1.
# Times 8, a step of 1 in the original score moves the number that goes in by 8. By the [chain rule](refresher.md#chain), the slope in the original score is $8p(1-p)$. We check this by actually nudging the original scores.

# %%
def slope(times, i, step=1e-5):  # -> ()
    nudge = step * np.eye(12)[i]
    higher = ops.softmax(times * (scores + nudge))[i]
    lower = ops.softmax(times * (scores - nudge))[i]
    return (higher - lower) / (2 * step)


slopes = [[slope(times, i) for i in range(12)] for times in (1, 8)]
slopes = np.array(slopes)  # (2, n)
by_formula = [small * (1 - small), 8 * large * (1 - large)]
assert np.allclose(slopes, by_formula)

# %%
series = dict(zip(both, slopes))
figures.line(range(12), series, x_label="index", y_label="slope")

# %% [markdown] lang="ja" tags=["caption"]
# もとのスコアに対する重みの傾き。8 倍すると、番号 6 と 7 の 2 つに集まります。
#
# alt: 折れ線グラフ。横軸は番号 0 から 11、縦軸は傾き。× 1 の線は 0.0177 から 0.1799 の間でゆるく上下する。× 8 の線は番号 6 で 0.4474、番号 7 で 0.4095 に達し、ほかはほぼ 0。
#
# labels: slope = 傾き

# %% [markdown] lang="en" tags=["caption"]
# The slope of each weight in its original score. Times 8, nearly all of it is at two, index 6 and 7.
#
# alt: Line chart. Index 0 to 11 runs to the right; height is the slope. The line × 1 moves gently between 0.0177 and 0.1799. The line × 8 reaches 0.4474 at index 6 and 0.4095 at index 7, and is close to 0 elsewhere.

# %% check="few-slopes"
flat = (slopes < 0.01).sum(axis=1)
columns = {"mean slope": slopes.mean(axis=1), "number below 0.01": flat}
assert slopes[1].mean() > slopes[0].mean() and list(flat) == [0, 9]
figures.table({"scores": list(both)} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: mean slope = 傾きの平均; number below {} = {} 未満の個数

# %% [markdown] lang="ja"
# 傾きの平均は 0.0727 と 0.0750 で、8 倍しても小さくなっていません。変わったのは分かれ方です。12 個のうち 9 個は 0.01 を下回りました。
# 尖ると、多くのスコアは動かしても重みがほとんど変わらず、[一部のスコアだけが大きく効く](#check-few-slopes)ようになります。
#
# ## 次元を増やすと、内積はどうなるか {#variance}
#
# では、スコアはなぜ大きくなるのでしょうか。query と key の成分がどれも平均 0、分散 1 の独立な乱数なら、
# 内積は、平均 0、分散 1 の独立な積を $d$ 個足したものです。独立な数の和の分散は、分散の和になります。

# %% [markdown] lang="en"
# The mean slopes are 0.0727 and 0.0750: times 8, they are no smaller on average. What changed is how they are shared out. Of the 12 slopes, 9 fell below 0.01.
# With sharp weights, moving most scores hardly changes anything, and [only a few scores](#check-few-slopes) have a large effect.
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
figures.table({"d": dims, "q·k": variance, "q·k / √d": scaled_variance})

# %%
series = {"q·k": variance, "q·k / √d": scaled_variance}
log = {"log_x": True, "log_y": True}
figures.line(dims, series, x_label="d", y_label="variance", **log)

# %% [markdown] lang="ja" tags=["caption"]
# 乱数の組で測った内積の分散。そのままでは $d$ とともに増え、$\sqrt{d}$ で割ると 1 のあたりに留まります。
#
# alt: 両対数の折れ線グラフ。横軸は d、1 から 256。q·k の線は 0.9659 から 255.7239 までまっすぐ上がり、q·k / √d の線は 1 の高さで水平に続く。
#
# labels: variance = 分散

# %% [markdown] lang="en" tags=["caption"]
# The variance of dot products, measured on random pairs. It grows along with $d$; divided by $\sqrt{d}$, it stays near 1.
#
# alt: Line chart with logarithmic axes. d runs from 1 to 256. The line q·k climbs straight from 0.9659 to 255.7239; the line q·k / √d runs level at 1.

# %% [markdown] lang="ja"
# 分散は $d$ に、標準偏差は $\sqrt{d}$ になりました。$d = 64$ なら、スコアの広がりは 8 です。最初の実験の「8 倍」は、この大きさでした。
#
# ## 次元を増やすと、重みはどうなるか {#entropy}
#
# 次に、重みそのものを見ます。乱数の query を 1 本、key を 16 本用意し、重みのエントロピーを測ります。
# それを次元ごとに何度もくり返し、平均します。

# %% [markdown] lang="en"
# The variance came out as $d$, so the standard deviation is $\sqrt{d}$. At $d = 64$ scores spread by 8. That is the "times 8" of our first experiment.
#
# ## What more dimensions do to the weights {#entropy}
#
# Next, the weights themselves. We take one random query and 16 random keys, and measure the entropy of the weights.
# For each dimension we repeat this many times and take the mean.

# %% check="sharper"
def mean_entropies(d):  # -> (2,)
    query = rng.standard_normal((2000, 1, d))
    keys = rng.standard_normal((2000, 16, d))
    scores = np.vecdot(query, keys)  # (2000, 16)
    both = np.stack([scores, scores / np.sqrt(d)])
    return ops.entropy(ops.softmax(both)).mean(axis=1)


unscaled, scaled = np.transpose([mean_entropies(d) for d in dims])
assert (np.diff(unscaled) < 0).all() and unscaled[-1] < 0.25
assert scaled.min() > 2.3
columns = {"softmax(q·k)": unscaled, "softmax(q·k / √d)": scaled}
figures.table({"d": dims} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: softmax(q·k); softmax(q·k / √d)

# %%
series = {"q·k": unscaled, "q·k / √d": scaled}
uniform = {"ln 16": np.log(16)}
words = {"x_label": "d", "y_label": "entropy (nats)"}
figures.line(dims, series, log_x=True, references=uniform, **words)

# %% [markdown] lang="ja" tags=["caption"]
# 16 本の key に分かれる重みのエントロピー。割らなければ 0.1901 まで落ち、割ればほとんど動きません。
#
# alt: 折れ線グラフ。横軸は対数の d、1 から 256、縦軸はエントロピー。q·k の線は 2.4262 から 0.1901 へ下がり続ける。q·k / √d の線は 2.3585 のあたりで水平。その上に、一様な重みの ln 16 が 2.7726 の破線で引かれている。
#
# labels: entropy (nats) = エントロピー（nat）; mean entropy = エントロピーの平均

# %% [markdown] lang="en" tags=["caption"]
# The entropy of weights over 16 keys. Undivided, it falls to 0.1901; divided, it hardly moves.
#
# alt: Line chart. d runs from 1 to 256 on a logarithmic axis; height is the entropy. The line q·k keeps falling from 2.4262 to 0.1901. The line q·k / √d runs level, close to 2.3585. Above them, a dashed line at 2.7726 marks ln 16, the entropy of equal weights.

# %% [markdown] lang="ja"
# 割らないと、[次元を増やしただけで](#check-sharper)、重みは一つの key に集まります。中身が乱数でも、です。
# 割れば、$d = 1$ でも $d = 256$ でも、softmax は同じくらいの広がりから学習を始められます。
#
# ## 次元を増やすと、勾配はどうなるか {#query-gradient}
#
# 最後に、学習の手がかりを見ます。16 個の重み $p$ に乱数 $g$ を掛けて足した $g \cdot p$ を、減らしたい数と見なします。
# query を少し動かしたときの傾きを、成分ごとに並べたものが[勾配](refresher.md#gradient)です。勾配の**ノルム**（長さ）は、いちばん急な向きの傾きです。

# %% [markdown] lang="en"
# Without the division, [adding dimensions](#check-sharper) is enough to push the weights onto a single key, even though the vectors are random.
# With it, the softmax starts training from about the same spread at $d = 1$ and at $d = 256$.
#
# ## What more dimensions do to the gradient {#query-gradient}
#
# Last, what training goes by. Multiply the 16 weights $p$ by random numbers $g$ and add up: let $g \cdot p$ be what we want to reduce.
# Nudge the query, and write down the slope for each of its entries: that is the [gradient](refresher.md#gradient). Its length, the **norm**, is the slope in the steepest direction.

# %% [markdown]
# $$\nabla_q\,(g \cdot p) = \frac{1}{\sqrt d} \sum_j p_j\,(g_j - g \cdot p)\,k_j$$

# %%
def gradients(query, keys, g, divisor):  # (n, d), (n, 16, d), (n, 16)
    p = ops.softmax(np.vecdot(query[:, None], keys) / divisor)
    slopes = p * (g - np.vecdot(g, p)[:, None])  # (n, 16)
    return (slopes[:, None] @ keys)[:, 0] / divisor  # (n, d)


draw = np.random.default_rng(1).standard_normal
query, keys = draw((2000, 256)), draw((2000, 16, 256))
g = draw((2000, 16))
one = gradients(query[:1], keys[:1], g[:1], 16)[0]  # (d,)
step = 1e-5 * one / np.linalg.norm(one)
higher, lower = query[0] + step, query[0] - step
ends = [g[0] @ ops.softmax(keys[0] @ q / 16) for q in (higher, lower)]
assert np.isclose((ends[0] - ends[1]) / 2e-5, np.linalg.norm(one))

# %% [markdown] lang="ja"
# 式の勾配は、query を勾配の向きに少し動かして測った傾きと合いました。では、$d = 256$ でたくさんの query の勾配を求め、ノルムの小さい順に並べます。縦軸は対数です。

# %% [markdown] lang="en"
# The gradient by the formula agrees with the slope that we measured by nudging the query along it. Now we take the gradients of many queries at $d = 256$, and sort their norms. The vertical axis is logarithmic.

# %%
divisors = {"q·k": 1, "q·k / √d": 16}
found = [gradients(query, keys, g, by) for by in divisors.values()]
norms = np.linalg.norm(found, axis=-1)  # (2, 2000)
part = np.arange(5, 100, 5)
sizes = dict(zip(divisors, np.percentile(norms, part, axis=1).T))
words = {"x_label": "queries (%)", "y_label": "gradient norm"}
figures.line(part, sizes, log_y=True, **words)

# %% [markdown] lang="ja" tags=["caption"]
# 小さい順に並べた勾配のノルム。割ると、ほとんどの query で同じくらい。割らないと、何桁も散らばります。
#
# alt: 縦軸が対数の折れ線グラフ。横軸は query を勾配の小さい順に並べた百分率、5 から 95。q·k / √d の線はほぼ水平。q·k の線は左ではるかに下から始まり、右へ急に上がって、60 と 65 の間で q·k / √d の線を追い越す。
#
# labels: queries (%) = query（小さい順、%）; gradient norm = 勾配のノルム

# %% [markdown] lang="en" tags=["caption"]
# The norms of the gradients, from small to large. With the division, most queries have about the same; undivided, they are many orders of magnitude apart.
#
# alt: Line chart with a logarithmic vertical axis. Queries run to the right by the size of their gradient, from 5 to 95 percent. The line q·k / √d is almost level. The line q·k begins far below it, climbs steeply, and overtakes it between 60 and 65.

# %% check="rare"
mean, median = norms.mean(axis=1), np.median(norms, axis=1)
most = np.sort(norms)[:, -200:].sum(axis=1) / norms.sum(axis=1)
assert mean[0] > 4 * mean[1] and median[0] < median[1] / 4
columns = {"mean": mean, "median": median}
columns |= {"share below 0.01": (norms < 0.01).mean(axis=1)}
columns |= {"share of the largest tenth": most}
figures.table({"score": list(divisors)} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: mean = 平均; median = 中央値; share below {} = {} 未満の割合; share of the largest tenth = 上位 1 割の占める割合

# %% [markdown] lang="ja"
# 割らないときの勾配は、平均では小さくありません。平均は 1.2434 で、割ったときの 0.2880 より大きいのです。けれども中央値は 0.0588 で、割ったときの 0.2678 よりずっと小さくなりました。
# ノルムが 0.01 を下回る query の割合は 0.3860、大きいほうの 1 割の query が全体に占める割合は 0.6347 です。割らないと、[勾配は一部の query に偏ります](#check-rare)。多くの query はほとんど動かず、一部の query が大きく動きます。
# 「勾配が[極端に小さくなる](https://arxiv.org/abs/1706.03762)」という元の論文の説明は、多くの query には当てはまり、平均には当てはまりません。
#
# ## パッケージの実装と照合する {#package}
#
# エントロピーの関数が手計算と違うのは、$0 \ln 0$ を 0 とする点です。
# Attention の関数が $\sqrt{d}$ で割っていることも、重みを比べて確かめます。

# %% [markdown] lang="en"
# Undivided gradients are not small on average: 1.2434, more than the 0.2880 of divided ones. But their median is 0.0588, far below 0.2678.
# The share of queries whose norm is below 0.01 is 0.3860, and the tenth with the largest norms has 0.6347 of the total. Undivided, [a few queries have most of the gradient](#check-rare): many hardly move, and a few move a long way.
# The original paper explains the division by [extremely small gradients](https://arxiv.org/abs/1706.03762). That holds for many queries, and not for the mean.
#
# ## Does the package agree? {#package}
#
# The package's entropy differs from ours in one point: it takes $0 \ln 0$ to be 0.
# We also check that its attention divides by $\sqrt{d}$, by comparing weights.

# %%
assert np.allclose(ops.entropy(np.stack([small, large])), by_hand)
query, key = pairs[-1][0, :1], pairs[-1][1, :16]  # (1, 256), (16, 256)
_, weights = attention.scaled_dot_product_attention(query, key, key)
assert np.allclose(weights, ops.softmax(query @ key.T / np.sqrt(256)))
figures.source(ops.entropy)

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - query と key を独立な乱数にしました。学習が進むと独立ではなくなります。見せたのは、**初期化**した直後の広がりと勾配です（[Vaswani ら、2017、§3.2.1](https://arxiv.org/abs/1706.03762) も、同じ仮定で説明しています）。割らないモデルが学習できないことまでは、見せていません。
# - 割る数を $\sqrt{d}$ に決めました。softmax に入れる前に割る数は**温度**（temperature）とも呼ばれ、文章を書かせるときには人が選びます。
# - 学習が進むとスコアがまた大きくなることがあります。query と key の長さをそろえる **QK normalization** は、それを抑える工夫です。
#
# ## 練習 {#exercises}
#
# **1.** $\sqrt{d}$ ではなく $d$ で割ると、$d = 256$ のエントロピーはどうなるでしょうか。予想してから計算してください。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - Our queries and keys were independent random numbers. Training makes them depend on each other. What we showed is the spread and the gradients right after **initialisation** ([Vaswani et al., 2017, §3.2.1](https://arxiv.org/abs/1706.03762) argue from the same assumption). We did not show that a model cannot learn when nothing is divided.
# - We fixed the divisor at $\sqrt{d}$. A number that scores are divided by before softmax is also called a **temperature**; when a model writes text, people choose it.
# - Scores may grow again as training goes on. **QK normalization**, which gives queries and keys a fixed length, keeps that in check.
#
# ## Exercises {#exercises}
#
# **1.** Divide by $d$ instead of $\sqrt{d}$. What is the entropy at $d = 256$? Guess first, then compute.

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
figures.table({"mean entropy": flat, "ln 16": np.log(16)})

# %% [markdown] lang="ja"
# 2.7708 で、上限の 2.7726 とほとんど変わりません。割りすぎると、乱数のベクトルでは、どの語もほとんど同じ重みになります。学習の始まりがこれに近い状態です。
#
# **2.** 最初の 12 個のスコアを 8 倍ではなく 50 倍すると、softmax は何に近づくでしょうか。

# %% [markdown] lang="en"
# 2.7708, almost the full 2.7726. Divide too much, and random vectors give all words nearly the same weight. The start of training is much like that.
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
# 最大のスコアの場所が 1 の one-hot です。softmax という名は、「最大のものを選ぶ」（argmax）をなめらかにしたもの、という意味です。
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
# 9 倍、つまり 3 の 2 乗です。$\sqrt{d}$ で割っても、成分の大きさまではそろいません。そちらをそろえるのは、重みの初期化と LayerNorm の仕事です。
#
# ## 次へ {#next}
#
# [第 # 回](causal_mask.md#causal-mask)では、どこを見てはいけないかを決めます。

# %% [markdown] lang="en"
# Times 9, the square of 3. Dividing by $\sqrt{d}$ does not even out the size of the entries; that is the job of weight initialisation and LayerNorm.
#
# ## Next {#next}
#
# [Lesson #](causal_mask.md#causal-mask) settles where a word must not look.
