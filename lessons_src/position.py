# %% [markdown] lang="ja"
# # 位置エンコーディング：語順はどこから来るか {#position}
#
# 「ねこ が すき」と「すき が ねこ」は、同じ 3 語でも違う文です。ところが Attention そのものは、この 2 つを区別しません。
# まず実験でそれを確かめます。
# 次に、位置ごとに違う波をベクトルに足すと、語順が見えるようになることを、数と図で見ます。
#
# 必要なものは、[第 # 回](attention.md#attention)の Attention です。

# %% [markdown] lang="en"
# # Positional encoding: where does word order come from? {#position}
#
# `ねこ が すき` says "(I) like cats"; `すき が ねこ` has the same three words, and says something else. Attention by itself does not
# tell the two apart. First we test that claim. Then we add a different pattern of waves to the vector at each position, and watch
# word order appear, in numbers and in pictures.
#
# All you need is the attention of [lesson #](attention.md#attention).

# %% tags=["setup"]
import math
from itertools import permutations

import numpy as np

from llm_scratch import attention, figures, ops, position

# %%
cat, topic = [0.90, 0.15], [0.10, 0.05]
nap, marker, like = [0.95, 0.85], [0.12, 0.10], [0.88, 0.70]

# %% [markdown] lang="ja"
# ## 並べ替えの実験 {#permutation}
#
# 上の 5 つの変数は、[第 # 回](attention.md#attention)と同じ「ねこ」「は」「ひるね」「が」「すき」の埋め込みです。「が」は、好きなものを示します。
# 3 語の文と、それを逆順にした文を、同じ Attention に通します。
# 出力を文ごとに縦に並べるので、同じ語の行を 2 つの文で見比べてください。

# %% [markdown] lang="en"
# ## The shuffling test {#permutation}
#
# The five names above hold the embeddings of [lesson #](attention.md#attention): ねこ (cat), は (which marks the topic), ひるね (nap), が (which marks what is liked), すき (like).
# We send a sentence of three words, and then the same sentence backwards, through the same attention.
# The table lists the outputs sentence by sentence. Compare the rows of the same word.

# %%
def attend(X, mask=None):  # (T, d) -> (T, d)
    return attention.scaled_dot_product_attention(X, X, X, mask)[0]


tokens = ["ねこ", "が", "すき"]
words = np.stack([cat, marker, like])  # (T, d)
outputs = np.concatenate([attend(words), attend(words[::-1])])
sentences = [" ".join(tokens)] * 3 + [" ".join(tokens[::-1])] * 3
rows = {"sentence": sentences, "token": tokens + tokens[::-1]}
figures.table(rows | {"dim_0": outputs[:, 0], "dim_1": outputs[:, 1]})

# %% [markdown] lang="ja"
# どの語も、2 つの文で同じベクトルになりました。変わったのは、行の順です。
# 5 語の文でも、すべての並べ方を試してみましょう。

# %% [markdown] lang="en"
# Each word gets the same vector in both sentences. What has changed is the order of the rows.
# Let us try a sentence of five words, in every order there is.

# %%
sentence = np.stack([cat, topic, nap, marker, like])  # (T, d)
orders = [list(order) for order in permutations(range(5))]


def n_same(attend):  # orders in which every word keeps its vector
    whole, X = attend(sentence), sentence
    return sum(np.allclose(attend(X[o]), whole[o]) for o in orders)


assert n_same(attend) == len(orders)
figures.table({"orders": len(orders), "same vectors": n_same(attend)})

# %% [markdown] lang="ja"
# 120 通りのすべてで、入力を並べ替えると、出力も同じように並べ替わりました。
# この性質を**置換同変**（permutation equivariance）といいます。
# Attention は内積と重み付き平均の計算で、何番目かという番号をどこにも使いません。
# 語順を伝えるには、位置をどこかに入れます。この回では入力のベクトルに足し、[最後に](#other-ways)ほかの入れ方も試します。
#
# ## 位置エンコーディングを手で作る {#positional-encoding}
#
# **位置エンコーディング**は、位置 $p$ を、波の高さを並べた 1 本のベクトルに変えます。
# [Vaswani ら（2017）の §3.5](https://arxiv.org/abs/1706.03762)の式は、隣り合う 2 つの次元を組にします。
# 偶数番の次元には sin、奇数番の次元には cos を置き、組の番号 $i$ が進むほど波をゆっくりにします。

# %% [markdown] lang="en"
# In each of the 120 orders, shuffling the input shuffles the output in the same way. This property is called **permutation equivariance**.
# Attention takes dot products and weighted averages; nowhere does it use the number of a position.
# If word order is to count, position has to come in somewhere. In this lesson we add it to the input vectors; [towards the end](#other-ways) we try other places.
#
# ## Positional encoding by hand {#positional-encoding}
#
# A **positional encoding** turns the position $p$ into a vector that lists the heights of several waves.
# The formula of [Vaswani et al. (2017), §3.5](https://arxiv.org/abs/1706.03762) takes the dimensions in pairs: sine in the even dimensions,
# cosine in the odd ones, and the larger the number $i$ of the pair, the slower its waves.

# %% [markdown]
# $$PE_{p,\,2i} = \sin\frac{p}{10000^{2i/d}} \qquad PE_{p,\,2i+1} = \cos\frac{p}{10000^{2i/d}}$$

# %%
def encoding_naive(n_positions, d_model):  # -> (n_positions, d_model)
    pe = np.zeros((n_positions, d_model))
    for p, i in np.ndindex(n_positions, d_model // 2):
        angle = p / 10000 ** (2 * i / d_model)
        pe[p, 2 * i] = math.sin(angle)
        pe[p, 2 * i + 1] = math.cos(angle)
    return pe


pe = encoding_naive(12, 8)
columns = {f"dim_{dim}": pe[:4, dim] for dim in range(8)}
figures.table({"position": list(range(4))} | columns)

# %% [markdown] lang="ja"
# 位置 0 の行は `0 1 0 1 …` です。$\sin 0$ は 0、$\cos 0$ は 1 です。
# 左の列は 1 行ごとに大きく動き、右の列はほとんど動きません。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージの関数は、同じ式を配列のまま、くり返しを書かずに計算します。

# %% [markdown] lang="en"
# The row of position 0 is `0 1 0 1 …`: $\sin 0$ is 0, and $\cos 0$ is 1.
# The columns on the left change a lot from row to row, those on the right hardly at all.
#
# ## Does the package agree? {#package}
#
# The function of the package computes the same formula on whole arrays, with no loop to write.

# %%
assert np.allclose(position.sinusoidal_encoding(12, 8), pe)
figures.source(position.sinusoidal_encoding)

# %% [markdown] lang="ja"
# ## 波として見る {#waves}
#
# 最初の 4 つの次元を、12 個の位置にわたって線で結びます。2 組あるうち、どちらが速い波でしょうか。

# %% [markdown] lang="en"
# ## See the waves {#waves}
#
# We draw the first four dimensions over 12 positions. They form two pairs. Which of the two is the faster one?

# %%
waves = {f"dim_{dim}": pe[:, dim] for dim in range(4)}
figures.line(range(12), waves, x_label="position", y_label="value")

# %% [markdown] lang="ja" tags=["caption"]
# 次元 0 と次元 1 は速い sin と cos、次元 2 と次元 3 はその 10 倍ゆっくりした sin と cos です。
#
# alt: 折れ線グラフ。横軸は位置 0 から 11、縦軸は値。次元 0 と次元 1 は 2 周近く上下する。次元 2 は 0 から上がり続け、次元 3 は 1 からゆっくり下がる。
#
# labels: orders = 並べ方の数; same vectors = ベクトルが同じ並べ方; value = 値; pair = 組; wavelength = 波長

# %% [markdown] lang="en" tags=["caption"]
# Dimensions 0 and 1 are a fast sine and cosine; dimensions 2 and 3 are a sine and cosine 10 times slower.
#
# alt: Line chart. Position 0 to 11 runs to the right; height is the value. Dimensions 0 and 1 swing up and down almost twice. Dimension 2 keeps rising from 0, and dimension 3 slowly falls from 1.
#
# labels: same vectors = orders with the same vectors; {} {} = {} {}; dim_{} = dim {}

# %% [markdown] lang="ja"
# 一つの波が一周するのに、位置がいくつ要るかを計算します。これを**波長**といいます。

# %% [markdown] lang="en"
# How many positions does a wave need for one full turn? That number is its **wavelength**.

# %%
wavelengths = [2 * np.pi * 10000 ** (2 * i / 8) for i in range(4)]
pairs = ["0, 1", "2, 3", "4, 5", "6, 7"]
figures.table({"pair": pairs, "wavelength": wavelengths})

# %% [markdown] lang="ja"
# 波長は 6.2832 から、組が進むごとに 10 倍になります。時計の秒針、分針、時針のように、
# 速い波は隣どうしを、遅い波は遠くどうしを見分けます。
# 位置と次元をもっと増やして、表全体を色で見てみましょう。

# %% [markdown] lang="en"
# From 6.2832 on, each pair has a wavelength 10 times longer than the one before. Think of the hands of a clock:
# the fast waves tell neighbours apart, the slow ones tell places that are far apart.
# With more positions and more dimensions, the whole table makes a picture.

# %%
table = position.sinusoidal_encoding(32, 16)
assert len(set(map(tuple, table))) == 32
axes = {"row_label": "position", "column_label": "dim"}
figures.heatmap(table, range(32), range(16), kind="values", **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 1 行が一つの位置です。左の列は速く、右の列はゆっくり色が変わり、どの 2 行も違います。
#
# alt: ヒートマップ。行は位置 0 から 31、列は次元 0 から 15。左の列は正と負が短い間隔で入れ替わり、右へ行くほど間隔が延びる。右端では、偶数の列が 0、奇数の列が 1 に近いまま動かない。

# %% [markdown] lang="en" tags=["caption"]
# Each row is a position. Colours change fast in the columns on the left, slowly on the right, and no two rows are the same.
#
# alt: Heatmap. Rows are positions 0 to 31, columns dimensions 0 to 15. On the left, positive and negative alternate at short intervals, which grow towards the right. At the right edge the even columns stay close to 0, the odd ones close to 1.

# %% [markdown] lang="ja"
# ## ずらすことは、回すこと {#shift}
#
# どの組も sin と cos の 2 つなので、平面の上の回転する点と見なせます。
# $\sin^2$ と $\cos^2$ を足すと 1 です。ベクトルの長さの 2 乗は、どの位置でも組の数 $d/2$ になるはずです。

# %% [markdown] lang="en"
# ## To shift is to turn {#shift}
#
# Each pair is a sine and a cosine, so we can see it as a point that turns on a circle.
# As $\sin^2$ and $\cos^2$ add up to 1, the squared length of the vector should be the number of pairs, $d/2$, at every position.

# %%
squared_lengths = (pe**2).sum(axis=1)
print(squared_lengths.round())
assert np.allclose(squared_lengths, 8 / 2)

# %% [markdown] lang="ja"
# 位置を $\delta$ だけ進めるには、それぞれの点を決まった角度だけ回せば足ります。
# 速さ $\omega$ の組では、三角関数の加法定理から次の 2 × 2 の行列になります。右辺の行列に $p$ は出てきません。

# %% [markdown] lang="en"
# To move on by $\delta$ positions, it is enough to turn each point by a fixed angle.
# For a pair of speed $\omega$, the addition theorem of sine and cosine gives a 2 × 2 matrix. Note that $p$ does not occur in it.

# %% [markdown]
# $$
# \begin{pmatrix} \sin \omega(p+\delta) \\ \cos \omega(p+\delta) \end{pmatrix} =
# \begin{pmatrix} \cos \omega\delta & \sin \omega\delta \\ -\sin \omega\delta & \cos \omega\delta \end{pmatrix}
# \begin{pmatrix} \sin \omega p \\ \cos \omega p \end{pmatrix}
# $$

# %%
def shift_matrix(delta, d_model):  # -> (d_model, d_model)
    M = np.zeros((d_model, d_model))
    for i in range(d_model // 2):
        angle = delta / 10000 ** (2 * i / d_model)
        sin, cos = math.sin(angle), math.cos(angle)
        pair = slice(2 * i, 2 * i + 2)
        M[pair, pair] = [[cos, sin], [-sin, cos]]
    return M


M = shift_matrix(3, 8)
dims = [f"dim_{dim}" for dim in range(8)]
columns = {"PE(4)": pe[4], "M(3) PE(4)": M @ pe[4], "PE(7)": pe[7]}
figures.table({"dim": dims} | columns)

# %% [markdown] lang="ja"
# 右の 2 列は同じです。位置 4 のベクトルに $M(3)$ を掛けると、位置 7 のベクトルになりました。
# 例は、まだ一つです。どの $\delta$ でも、同じ一つの行列がすべての位置に使えるかを確かめます。

# %% [markdown] lang="en"
# The two columns on the right agree: $M(3)$ takes the vector of position 4 to that of position 7.
# One example is not enough. We check, for each $\delta$, that one and the same matrix works at all positions.

# %%
def shifts_all(k):  # -> bool
    return np.allclose(pe[:-k] @ shift_matrix(k, 8).T, pe[k:])


assert all(shifts_all(k) for k in range(1, 12))

# %% [markdown] lang="ja"
# 1 から 11 までのどの $\delta$ でも、$PE_{p+\delta} = M(\delta)\,PE_p$ です。「3 つ前」という関係が、どこでも同じ一つの行列で書けるわけです。
# 論文の著者たちは、この形なら相対的な位置を学びやすいだろうと考えました。
#
# 行列の形も見ておきましょう。

# %% [markdown] lang="en"
# For every $\delta$ from 1 to 11, $PE_{p+\delta} = M(\delta)\,PE_p$: a relation such as "three places back" is the same matrix everywhere.
# The authors of the paper expected this form to make relative positions easy to learn.
#
# Here is what the matrix looks like.

# %%
axes = {"row_label": "dim of p + 3", "column_label": "dim of p"}
figures.heatmap(M, dims, dims, kind="values", **axes)

# %% [markdown] lang="ja" tags=["caption"]
# $M(3)$ には 2 × 2 の回転が 4 つ並びます。左上の速い組は大きく回り、右下の遅い組はほとんど回りません。
#
# alt: 8 行 8 列のヒートマップ。対角線に沿う 4 つの 2 × 2 のます目だけに値がある。左上は -0.9900 と 0.1411、右下は 1.0000 と 0.0030。ほかはすべて 0。
#
# labels: PE({}); M({}) PE({}); dim of p + 3 = p + 3 の次元; dim of p = p の次元

# %% [markdown] lang="en" tags=["caption"]
# $M(3)$ is four 2 × 2 rotations. The fast pair at the top left turns far, the slow pair at the bottom right hardly at all.
#
# alt: Heatmap of 8 rows and 8 columns. Only four 2 × 2 blocks along the diagonal hold values: -0.9900 and 0.1411 at the top left, 1.0000 and 0.0030 at the bottom right. Everything else is 0.

# %% [markdown] lang="ja"
# 回転は長さも角度も変えません。2 つの位置の内積に残るのは、位置そのものではなく、位置の差です。

# %% [markdown] lang="en"
# A rotation changes neither lengths nor angles. What is left in the dot product of two positions is their difference, not where they are.

# %% [markdown]
# $$PE_p \cdot PE_q = \sum_i \cos \omega_i (p - q)$$

# %% check="distance"
far = position.sinusoidal_encoding(48, 64)
dots = far @ far.T  # (48, 48)
for k in range(len(dots)):
    assert np.allclose(np.diagonal(dots, k), dots[0, k])
peaks = {f"PE({p})": dots[p] for p in (12, 24, 36)}
figures.line(range(48), peaks, x_label="q", y_label="dot product")

# %% [markdown] lang="ja" tags=["caption"]
# 3 つの位置 $p$ と、すべての位置 $q$ との内積。[隔たりだけで決まる](#check-distance)ので、同じ形の山が $p$ に合わせて平行に動きます。頂上の高さは $d/2$、つまり 32 です。この図の範囲では、離れても頂上のおよそ半分は残ります。
#
# alt: 折れ線グラフ。横軸は q、縦軸は内積。3 本の線はどれも q = p で 32.0000 の頂上に達し、左右対称に下がる。一つ隣では 30.9168、5 つ離れると 23.5040。その先は波打ちながらゆっくり下がり、29 離れたところで最も低い 15.7664 になる。
#
# labels: dot product = 内積

# %% [markdown] lang="en" tags=["caption"]
# The dot products of three positions $p$ with every position $q$. They depend [only on the distance](#check-distance): one shape of peak moves along with $p$. Its top is $d/2$, which is 32. Within this chart, about half of that remains even far away.
#
# alt: Line chart. q runs to the right; height is the dot product. Each of the three lines reaches its top, 32.0000, at q = p and falls off equally on both sides: 30.9168 one step away, 23.5040 five steps away. From there it ripples slowly down; the lowest point is 15.7664, 29 steps away.

# %% [markdown] lang="ja"
# ## 足すとどうなるか {#adding}
#
# 使い方は足し算です。埋め込みの各行に、その位置の行を足します。
# 「は」が 2 度出てくる文「ねこ は ひるね は すき」で、2 つの「は」に注目してください。

# %% [markdown] lang="en"
# ## What adding it does {#adding}
#
# Using it takes one addition: to each row of the embeddings, add the row of its position.
# The sentence ねこ は ひるね は すき (cats do like naps, at least) has は twice. Keep an eye on the two.

# %%
twice = np.stack([cat, topic, nap, topic, like])  # (T, d)
placed = twice + position.sinusoidal_encoding(5, 2)
places = [1, 3]
E, E_PE = twice[places].T, placed[places].T  # (d, 2) each
columns = {"position": places, "token": ["は", "は"]}
columns |= {f"E dim_{dim}": E[dim] for dim in range(2)}
columns |= {f"E + PE dim_{dim}": E_PE[dim] for dim in range(2)}
figures.table(columns)

# %%
labels = ["ねこ 0", "は 1", "ひるね 2", "は 3", "すき 4"]
figures.scatter(placed, labels, x_label="dim_0", y_label="dim_1")

# %% [markdown] lang="ja" tags=["caption"]
# 位置を足したあとの 5 語。足す前は同じ点だった 2 つの「は」が、別々の場所に立っています。
#
# alt: 散布図。5 つの点に語と位置の番号が付く。「は 1」は中ほどの (0.9415, 0.5903)、「は 3」は下の (0.2411, -0.9400) にあり、遠く離れている。
#
# labels: E dim_{} = E の次元 {}; E + PE dim_{} = E + PE の次元 {}; largest difference = 最大の差; way in = 入れ方; RoPE; ALiBi; causal mask = 因果マスク; {} layer = {} 層; {} layers = {} 層

# %% [markdown] lang="en" tags=["caption"]
# The five words with their positions added. The two は, one and the same point before, now stand in different places.
#
# alt: Scatter plot. Five points carry a word and its position. "は 1" is near the middle, (0.9415, 0.5903); "は 3" is at the bottom, (0.2411, -0.9400), far away.

# %% [markdown] lang="ja"
# ## もう一度、並べ替えの実験 {#again}
#
# 最初の実験を、位置を足してからくり返します。今度も同じ語の行を見比べてください。

# %% [markdown] lang="en"
# ## The shuffling test again {#again}
#
# We repeat the first test, this time with positions added. Again, compare the rows of the same word.

# %%
P = position.sinusoidal_encoding(3, 2)
outputs = np.concatenate([attend(words + P), attend(words[::-1] + P)])
figures.table(rows | {"dim_0": outputs[:, 0], "dim_1": outputs[:, 1]})

# %% check="again"
P = position.sinusoidal_encoding(5, 2)
n_left = n_same(lambda X: attend(X + P))
assert n_left == 1
largest = abs(outputs[:3] - outputs[3:][::-1]).max()
columns = {"largest difference": largest, "orders": len(orders)}
figures.table(columns | {"same vectors": n_left})

# %% [markdown] lang="ja"
# 同じ語のベクトルが、2 つの文で最大 0.7113 違います。5 語の文でも、120 通りのうち一致したのは、並べ替えていない[もとの順だけです](#check-again)。
# 足し算一つで、Attention は語順を区別するようになりました。
#
# ## ほかの入れ方 {#other-ways}
#
# 位置は、ベクトルに足さなくても、スコアの側に入れられます。ここでは 3 つの方法を、同じ実験にかけます。
#
# - **RoPE**（[Su ら、2021](https://arxiv.org/abs/2104.09864)）は、query と key を、位置の分だけこの回の 2 × 2 の行列で回します。[Llama](https://arxiv.org/abs/2302.13971) が使います。
# - **ALiBi**（[Press ら、2021](https://arxiv.org/abs/2108.12409)）は、離れているほどスコアから多く引きます。[BLOOM](https://arxiv.org/abs/2211.05100) が使います。
# - [因果マスク](causal_mask.md#causal-mask)は、自分より後の語を隠します。

# %% [markdown] lang="en"
# The vectors of the same word now differ by up to 0.7113 between the two sentences. And of the 120 orders of five words,
# [only the original one](#check-again), with nothing moved, gives the same vectors. A single addition has taught attention to tell word order.
#
# ## Other ways in {#other-ways}
#
# Position need not be added to a vector; it can come in with the scores. Here three ways go through the same test.
#
# - **RoPE** ([Su et al., 2021](https://arxiv.org/abs/2104.09864)) turns query and key, as far as their position says, by the 2 × 2 matrices of this lesson. [Llama](https://arxiv.org/abs/2302.13971) uses it.
# - **ALiBi** ([Press et al., 2021](https://arxiv.org/abs/2108.12409)) subtracts more from a score the farther apart two words are. [BLOOM](https://arxiv.org/abs/2211.05100) uses it.
# - A [causal mask](causal_mask.md#causal-mask) hides the words that come later.

# %%
def attend_turned(X):  # (T, d) -> (T, d)
    turned = [shift_matrix(p, 2) @ x for p, x in enumerate(X)]
    query = key = np.stack(turned)
    return attention.scaled_dot_product_attention(query, key, X)[0]


def attend_nearby(X):  # (T, d) -> (T, d)
    places = np.arange(len(X))
    distance = abs(places[:, None] - places)  # (T, T)
    return ops.softmax(X @ X.T / np.sqrt(2) - 0.5 * distance) @ X


def attend_masked(X):  # (T, d) -> (T, d)
    return attend(X, attention.causal_mask(len(X)))

# %% check="other-ways"
ways = {"RoPE": attend_turned, "ALiBi": attend_nearby}
ways["causal mask"] = attend_masked
left = [n_same(way) for way in ways.values()]
assert left == [1, 2, 1]
mirrored = attend_nearby(sentence[::-1])[::-1]
assert np.allclose(mirrored, attend_nearby(sentence))
swap = [1, 0, 2, 3, 4]
apart = [f(sentence)[swap] - f(sentence[swap]) for f in ways.values()]
columns = {"way in": list(ways), "same vectors": left}
columns["largest difference"] = [abs(a).max() for a in apart]
figures.table(columns)

# %% [markdown] lang="ja"
# どの方法でも、ベクトルには[何も足さずに](#check-other-ways)、語順が区別されました。右の列は、最初の 2 語を入れ替えたときの、同じ語のベクトルの最大の差です。
# ALiBi で 2 通りが残るのは、逆順の文でも[隔たりがすべて同じだからです](#check-other-ways)。GPT では因果マスクと合わせて使うので、前と後も区別されます。
#
# ## 簡単にしたこと {#simplified}
#
# - 位置の波は固定でした。GPT-2 は、位置ごとのベクトルの表も埋め込みと同じように学習します（**学習される位置埋め込み**、learned position embeddings）。
# - RoPE は 1 組の速さで、ALiBi は一つの傾きで試しました。本物は、組ごとに違う速さ、ヘッドごとに違う傾きを使います。
# - 長さ 1 の位置は、「は」や「が」の埋め込みよりずっと長く、意味を覆い隠します。論文では、足す前に埋め込みを $\sqrt{d}$ 倍します。
#
# ## 練習 {#exercises}
#
# **1.** 位置を足さずに「ねこ は ひるね は すき」を Attention に通すと、2 つの「は」の出力はどうなるでしょうか。足すとどうでしょうか。

# %% [markdown] lang="en"
# Each of the three tells word order, [without adding anything](#check-other-ways) to a vector. The column on the right is by how much the vectors of a word differ at most when the first two words are swapped.
# ALiBi leaves 2 orders, because [distances are the same backwards](#check-other-ways). In a GPT a causal mask goes with it, and tells before from after.
#
# ## What we simplified {#simplified}
#
# - Our waves were fixed. GPT-2 learns a table with a vector for each position, just as it learns its embeddings (**learned position embeddings**).
# - Our RoPE had one speed, our ALiBi one slope. The real ones have a speed for each pair of dimensions, and a slope for each head.
# - A position of length 1 is far longer than the embeddings of は and が, and covers their meaning. The paper first multiplies the embeddings by $\sqrt{d}$.
#
# ## Exercises {#exercises}
#
# **1.** Send ねこ は ひるね は すき through attention, with no positions added. What are the outputs of the two は? And with positions?

# %% tags=["exercise"]
from llm_scratch.exercises import check

topic_outputs = ...  # (2, d): without positions
check("position.1", topic_outputs, attend, twice, placed)

# %% tags=["solution"]
topic_outputs, added = attend(twice)[places], attend(placed)[places]
assert np.allclose(*topic_outputs) and not np.allclose(*added)
assert check("position.1", topic_outputs, attend, twice, placed)
print(np.round(topic_outputs, 4), np.round(added, 4), sep="\n")

# %% [markdown] lang="ja"
# 足さなければ、2 つの「は」の出力は同じです。query が同じなので重みも同じで、平均も同じになります。足せば、別々の出力になります。
#
# **2.** $M(2)$ と $M(3)$ を掛けると、どんな行列になるでしょうか。$M(-3)$ は $M(3)$ とどんな関係にあるでしょうか。

# %% [markdown] lang="en"
# If no positions are added, the two outputs are the same: equal queries give equal weights, and equal averages. With positions they differ.
#
# **2.** What matrix do you get from multiplying $M(2)$ by $M(3)$? And how is $M(-3)$ related to $M(3)$?

# %% tags=["exercise"]
steps_together = ...  # the k of M(k) = M(2) M(3)
check("position.2", steps_together)

# %% tags=["solution"]
steps_together = 2 + 3
together = shift_matrix(steps_together, 8)
assert np.allclose(shift_matrix(2, 8) @ M, together)
assert np.allclose(shift_matrix(-3, 8), M.T)
assert np.allclose(M.T @ M, np.eye(8))
assert check("position.2", steps_together)

# %% [markdown] lang="ja"
# 2 つ進めてから 3 つ進めるので、$M(5)$ です。$M(-3)$ は 3 つ戻すので $M(3)$ の逆行列で、回転の逆行列は転置と同じです。
#
# **3.** 速い波が 1 組あれば、2 次元で足りるのではないでしょうか。位置 0 と位置 44 のベクトルの距離を、2 次元と 8 次元で比べてください。

# %% [markdown] lang="en"
# Two steps and three steps make five, so it is $M(5)$. $M(-3)$ takes three steps back: it is the inverse of $M(3)$, and for a rotation that is the transpose.
#
# **3.** Would one pair of fast waves, two dimensions, not be enough? Compare the distance of positions 0 and 44 in 2 and in 8 dimensions.

# %% tags=["exercise"]
distances = ...  # (2,): of positions 0 and 44, in 2 and in 8 dimensions
check("position.3", distances)

# %% tags=["solution"]
codes = {d: position.sinusoidal_encoding(45, d) for d in (2, 8)}
ends = [code[-1] - code[0] for code in codes.values()]
distances = [np.linalg.norm(apart) for apart in ends]
assert distances[0] < 0.02 < 1 < distances[1]
assert check("position.3", distances)
figures.table({"d": list(codes), "distance": distances})

# %% [markdown] lang="ja"
# 2 次元では、距離は 0.0177 です。44 進むと、速い波はほぼちょうど 7 周して元に戻ります。8 次元なら遅い波に違いが残り、距離は 1.6755 です。
#
# **4.** 位置を足す代わりに因果マスクを使い、「ねこ」と「ひるね」を入れ替えます。1 層の Attention では、どの行の出力が変わり、どの行が変わらないでしょうか。

# %% [markdown] lang="en"
# In 2 dimensions they are 0.0177 apart: after 44 positions the wave has made almost exactly seven turns. In 8 dimensions the slow waves keep the difference, and the distance is 1.6755.
#
# **4.** Use a causal mask instead of positions, and swap ねこ and ひるね. After one layer of attention, which rows of the output change, and which do not?

# %% tags=["exercise"]
changed = ...  # (T,) bool: does the row change?
check("position.4", changed)

# %% tags=["solution"] check="layers"
both = [sentence, sentence[[2, 1, 0, 3, 4]]]
moved = []
for _ in range(2):  # layers
    both = [attend_masked(X) for X in both]
    moved.append(abs(both[0] - both[1]).max(axis=1))
one, two = moved
changed = ~np.isclose(one, 0)
assert check("position.4", changed)
assert one[3:].max() < 1e-9 < 0.2 < two.min()
columns = {"position": list(range(5)), "1 layer": one}
figures.table(columns | {"2 layers": two})

# %% [markdown] lang="ja"
# 1 層では、変わるのは最初の 3 行で、「が」と「すき」の行は変わりません。位置 2 は、見える集まりは同じでも、自分の語が替わるので変わります。「が」から後は、自分の語も見える語の集まりも同じで、違うのは順です。
# 2 層重ねると、この 2 行も 0.2639 と 0.2134 動きます。1 層目の出力には、[もう語順が入っているからです](#check-layers)。
# 位置をどこにも入れない GPT も、学習すると、位置の情報を持つようになります（[Haviv ら、2022](https://arxiv.org/abs/2203.16634)）。
#
# ## 次へ {#next}
#
# これで、語順も Attention に伝わります。[第 # 回](gpt.md#gpt)では、ここまでの部品に、学習する行列と MLP を加えて、小さな GPT を動かします。

# %% [markdown] lang="en"
# After one layer, the first three rows change; those of が and すき do not. Row 2 sees the same set, but its own word is another, so it changes. From が on, the row's own word and the set of visible words are the same; what differs is their order.
# After two layers these rows move as well, by 0.2639 and 0.2134, because [word order is in what the first layer puts out](#check-layers).
# Even a GPT that is told no positions at all comes to know about them in training ([Haviv et al., 2022](https://arxiv.org/abs/2203.16634)).
#
# ## Next {#next}
#
# Word order now reaches attention. [Lesson #](gpt.md#gpt) adds matrices to learn, and an MLP, to the parts so far, and runs a small GPT.
