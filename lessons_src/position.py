# %% [markdown] lang="ja"
# # 位置エンコーディング：語順はどこから来るか {#position}
#
# 「ねこ が すき」と「すき が ねこ」は、同じ三語でも違う文です。ところが Attention だけでは、この二つを区別できません。
# まず実験でそれを確かめます。
# 次に、位置ごとに違う波をベクトルに足すと、語順が見えるようになることを、数と図で見ます。
#
# 必要なものは、[第 # 回](attention.md#attention)の Attention です。

# %% [markdown] lang="en"
# # Positional encoding: where does word order come from? {#position}
#
# `ねこ が すき` says "(I) like cats"; `すき が ねこ` has the same three words, and says something else. Attention alone cannot
# tell the two apart. First we test that claim. Then we add a different pattern of waves to the vector at each position, and watch
# word order appear, in numbers and in pictures.
#
# All you need is the attention of [lesson #](attention.md#attention).

# %% tags=["setup"]
import math
from itertools import permutations

import numpy as np

from llm_scratch import attention, figures, position

# %%
cat, topic = [0.90, 0.15], [0.10, 0.05]
nap, subject, like = [0.95, 0.85], [0.12, 0.10], [0.88, 0.70]

# %% [markdown] lang="ja"
# ## 並べ替えの実験 {#permutation}
#
# 上の五つの変数は、[第 # 回](attention.md#attention)と同じ ねこ・は・ひるね・が・すき の埋め込みです。
# 三語の文と、それを逆順にした文を、同じ Attention に通します。
# 出力を文ごとに縦に並べるので、同じ語の行を二つの文で見比べてください。

# %% [markdown] lang="en"
# ## The shuffling test {#permutation}
#
# The five names above hold the embeddings of [lesson #](attention.md#attention): ねこ (cat), は (a topic particle), ひるね (nap), が (a subject particle), すき (like).
# We send a sentence of three words, and then the same sentence backwards, through the same attention.
# The table lists the outputs sentence by sentence. Compare the rows of the same word.

# %%
def attend(X, mask=None):  # (T, d) -> (T, d)
    return attention.scaled_dot_product_attention(X, X, X, mask)[0]


tokens = ["ねこ", "が", "すき"]
words = np.stack([cat, subject, like])  # (T, d)
outputs = np.concatenate([attend(words), attend(words[::-1])])
sentences = [" ".join(tokens)] * 3 + [" ".join(tokens[::-1])] * 3
rows = {"sentence": sentences, "token": tokens + tokens[::-1]}
figures.table(rows | {"dim_1": outputs[:, 0], "dim_2": outputs[:, 1]})

# %% [markdown] lang="ja"
# どの語も、二つの文でまったく同じベクトルになりました。行の順が入れ替わっただけです。
# 五語の文でも、すべての並べ方を試してみましょう。

# %% [markdown] lang="en"
# Each word gets exactly the same vector in both sentences; only the order of the rows has changed.
# Let us try a sentence of five words, in every order there is.

# %%
sentence = np.stack([cat, topic, nap, subject, like])  # (T, d)
orders = [list(order) for order in permutations(range(5))]
whole = attend(sentence)
same = [np.allclose(attend(sentence[o]), whole[o]) for o in orders]
print(sum(same), "of", len(orders), "orders: the same vectors")
assert all(same)

# %% [markdown] lang="ja"
# `120 of 120` です。入力を並べ替えると、出力が同じように並べ替わるだけ。
# この性質を**順列同変**（permutation equivariance）といいます。
# Attention は内積と重み付き平均だけで計算し、何番目かという番号をどこにも使わないからです。
# 語順を伝えたければ、入力のベクトルそのものに書き込むしかありません。
#
# ## 位置エンコーディングを手で作る {#positional-encoding}
#
# **位置エンコーディング**は、位置 $p$ を、波の高さを並べた一本のベクトルに変えます。
# [Vaswani ら（2017）の §3.5](https://arxiv.org/abs/1706.03762)の式は、隣り合う二つの次元を組にします。
# 偶数番の次元には sin、奇数番の次元には cos を置き、組の番号 $i$ が進むほど波をゆっくりにします。

# %% [markdown] lang="en"
# `120 of 120`: shuffle the input, and the output is shuffled in the same way. This property is called **permutation equivariance**.
# It holds because attention is nothing but dot products and weighted averages; nowhere does it use the number of a position.
# If word order is to count, it has to be written into the input vectors themselves.
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
# 位置 0 の行は `0 1 0 1 …` です。sin 0 は 0、cos 0 は 1 だからです。
# 左の列は一行ごとに大きく動き、右の列はほとんど動きません。
#
# ## パッケージと同じになるか {#package}
#
# パッケージの関数は、同じ式を配列のまま、くり返しを書かずに計算します。

# %% [markdown] lang="en"
# The row of position 0 is `0 1 0 1 …`, since sin 0 is 0 and cos 0 is 1.
# The columns on the left change a lot from row to row, those on the right hardly at all.
#
# ## Does the package agree? {#package}
#
# The function of the package computes the same formula on whole arrays, without a loop.

# %%
assert np.allclose(position.sinusoidal_encoding(12, 8), pe)
figures.source(position.sinusoidal_encoding)

# %% [markdown] lang="ja"
# ## 波として見る {#waves}
#
# 初めの四つの次元を、12 個の位置にわたって線で結びます。二組あるうち、どちらが速い波でしょうか。

# %% [markdown] lang="en"
# ## See the waves {#waves}
#
# We draw the first four dimensions over 12 positions. They form two pairs. Which of the two is the faster one?

# %%
waves = {f"dim_{dim}": pe[:, dim] for dim in range(4)}
figures.line(range(12), waves, x_label="position", y_label="value")

# %% [markdown] lang="ja" tags=["caption"]
# dim_0 と dim_1 は速い sin と cos、dim_2 と dim_3 はその 10 倍ゆっくりした sin と cos です。
#
# alt: 折れ線グラフ。横軸は位置 0 から 11、縦軸は値。dim_0 と dim_1 は二周近く上下する。dim_2 は 0 から上がり続け、dim_3 は 1 からゆっくり下がる。

# %% [markdown] lang="en" tags=["caption"]
# dim_0 and dim_1 are a fast sine and cosine; dim_2 and dim_3 are a sine and cosine 10 times slower.
#
# alt: Line chart. Position 0 to 11 runs to the right; height is the value. dim_0 and dim_1 swing up and down almost twice. dim_2 keeps rising from 0, and dim_3 slowly falls from 1.

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
# 一行が一つの位置です。左の列は速く、右の列はゆっくり色が変わり、同じ行は二つとありません。
#
# alt: ヒートマップ。行は位置 0 から 31、列は次元 0 から 15。左の列は正と負が短い間隔で入れ替わり、右へ行くほど間隔が延びる。右端では、偶数の列が 0、奇数の列が 1 に近いまま動かない。

# %% [markdown] lang="en" tags=["caption"]
# Each row is a position. Colours change fast in the columns on the left, slowly on the right, and no two rows are the same.
#
# alt: Heatmap. Rows are positions 0 to 31, columns dimensions 0 to 15. On the left, positive and negative alternate at short intervals, which grow towards the right. At the right edge the even columns stay close to 0, the odd ones close to 1.

# %% [markdown] lang="ja"
# ## ずらすことは、回すこと {#shift}
#
# どの組も sin と cos の二つなので、平面の上の回転する点と見なせます。
# sin² と cos² を足すと 1 ですから、ベクトルの長さの二乗は、どの位置でも組の数 $d/2$ になるはずです。

# %% [markdown] lang="en"
# ## To shift is to turn {#shift}
#
# Each pair is a sine and a cosine, so we can see it as a point that turns on a circle.
# Since sin² and cos² add up to 1, the squared length of the vector should be the number of pairs, $d/2$, at every position.

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
# 右の二列は同じです。位置 4 に $M(3)$ を掛けると、位置 7 になりました。
# 一つの例だけでは足りません。どの $\delta$ でも、同じ一つの行列がすべての位置に使えるかを確かめます。

# %% [markdown] lang="en"
# The two columns on the right agree: $M(3)$ takes position 4 to position 7.
# One example is not enough. We check, for each $\delta$, that one and the same matrix works at all positions.

# %%
def shifts_all(k):  # -> bool
    return np.allclose(pe[:-k] @ shift_matrix(k, 8).T, pe[k:])


works = [shifts_all(k) for k in range(1, 12)]
n = len(works)
print(sum(works), "of", n, "shifts: one matrix for all positions")
assert all(works)

# %% [markdown] lang="ja"
# $PE_{p+\delta} = M(\delta)\,PE_p$ です。「三つ前」という関係が、どこでも同じ一つの行列で書けるわけです。
# 論文の著者たちは、このおかげで相対的な位置を学びやすいだろうと考えて、この形を選びました。
#
# 行列の形も見ておきましょう。

# %% [markdown] lang="en"
# So $PE_{p+\delta} = M(\delta)\,PE_p$: a relation such as "three places back" is the same matrix everywhere.
# The authors of the paper chose this form because they expected it to make relative positions easy to learn.
#
# Here is what the matrix looks like.

# %%
axes = {"row_label": "dim of p + 3", "column_label": "dim of p"}
figures.heatmap(M, dims, dims, kind="values", **axes)

# %% [markdown] lang="ja" tags=["caption"]
# M(3) には 2 × 2 の回転が四つ並びます。左上の速い組は大きく回り、右下の遅い組はほとんど回りません。
#
# alt: 8 行 8 列のヒートマップ。対角線に沿う四つの 2 × 2 のます目だけに値がある。左上は -0.9900 と 0.1411、右下は 1.0000 と 0.0030。ほかはすべて 0。

# %% [markdown] lang="en" tags=["caption"]
# M(3) is four 2 × 2 rotations. The fast pair at the top left turns far, the slow pair at the bottom right hardly at all.
#
# alt: Heatmap of 8 rows and 8 columns. Only four 2 × 2 blocks along the diagonal hold values: -0.9900 and 0.1411 at the top left, 1.0000 and 0.0030 at the bottom right. Everything else is 0.

# %% [markdown] lang="ja"
# 回転は長さも角度も変えません。だから、二つの位置の内積は、どこにいるかではなく、どれだけ離れているかだけで決まります。

# %% [markdown] lang="en"
# A rotation changes neither lengths nor angles. So the dot product of two positions depends only on how far apart they are, not on where.

# %% [markdown]
# $$PE_p \cdot PE_q = \sum_i \cos \omega_i (p - q)$$

# %%
far = position.sinusoidal_encoding(48, 64)
dots = far @ far.T  # (48, 48)
for k in range(len(dots)):
    assert np.allclose(np.diagonal(dots, k), dots[0, k])
peaks = {f"p = {p}": dots[p] for p in (12, 24, 36)}
figures.line(range(48), peaks, x_label="q", y_label="dot product")

# %% [markdown] lang="ja" tags=["caption"]
# 三つの位置 p と、すべての位置 q との内積。同じ形の山が、p に合わせて平行に動きます。頂上の高さは d/2、つまり 32 です。
#
# alt: 折れ線グラフ。横軸は q、縦軸は内積。三本の線はどれも q = p で 32.0000 の頂上に達し、左右対称に下がる。一つ隣では 30.9168、四つ離れると 23.9344、その先は低いところで波打つ。

# %% [markdown] lang="en" tags=["caption"]
# The dot products of three positions p with every position q. One shape of peak moves along with p. Its top is d/2, which is 32.
#
# alt: Line chart. q runs to the right; height is the dot product. Each of the three lines reaches its top, 32.0000, at q = p and falls off equally on both sides: 30.9168 one step away, 23.9344 four steps away, and low ripples beyond.

# %% [markdown] lang="ja"
# ## 足すとどうなるか {#adding}
#
# 使い方は足し算だけです。埋め込みの各行に、その位置の行を足します。
# は が二度出てくる文 `ねこ は ひるね は すき`（ねこは、ひるねは好き）で、二つの は に注目してください。

# %% [markdown] lang="en"
# ## What adding it does {#adding}
#
# Using it takes one addition: to each row of the embeddings, add the row of its position.
# The sentence `ねこ は ひるね は すき` (cats do like naps, at least) has は twice. Keep an eye on the two.

# %%
twice = np.stack([cat, topic, nap, topic, like])  # (T, d)
placed = twice + position.sinusoidal_encoding(5, 2)
places = [1, 3]
E, E_PE = twice[places].T, placed[places].T  # (d, 2) each
columns = {"position": places, "token": ["は", "は"]}
columns |= {"E dim_1": E[0], "E dim_2": E[1]}
columns |= {"E + PE dim_1": E_PE[0], "E + PE dim_2": E_PE[1]}
figures.table(columns)

# %%
labels = ["ねこ 0", "は 1", "ひるね 2", "は 3", "すき 4"]
figures.scatter(placed, labels)

# %% [markdown] lang="ja" tags=["caption"]
# 位置を足したあとの五語。足す前は同じ点だった二つの は が、別々の場所に立っています。
#
# alt: 散布図。五つの点に語と位置の番号が付く。「は 1」は右上の (0.9415, 0.5903)、「は 3」は下の (0.2411, -0.9400) にあり、遠く離れている。

# %% [markdown] lang="en" tags=["caption"]
# The five words with their positions added. The two は, one and the same point before, now stand in different places.
#
# alt: Scatter plot. Five points carry a word and its position. "は 1" is at the upper right, (0.9415, 0.5903); "は 3" is at the bottom, (0.2411, -0.9400), far away.

# %% [markdown] lang="ja"
# ## もう一度、並べ替えの実験 {#again}
#
# 初めの実験を、位置を足してからくり返します。今度も同じ語の行を見比べてください。

# %% [markdown] lang="en"
# ## The shuffling test again {#again}
#
# We repeat the first test, this time with positions added. Again, compare the rows of the same word.

# %%
P = position.sinusoidal_encoding(3, 2)
outputs = np.concatenate([attend(words + P), attend(words[::-1] + P)])
figures.table(rows | {"dim_1": outputs[:, 0], "dim_2": outputs[:, 1]})

# %%
largest = abs(outputs[:3] - outputs[3:][::-1]).max()
print(f"largest difference {largest:.4f}")
P = position.sinusoidal_encoding(5, 2)
whole = attend(sentence + P)
same = [np.allclose(attend(sentence[o] + P), whole[o]) for o in orders]
print(sum(same), "of", len(orders), "orders: the same vectors")
assert orders[same.index(True)] == [0, 1, 2, 3, 4]

# %% [markdown] lang="ja"
# 同じ語のベクトルが、二つの文で最大 0.7113 違います。五語の文でも、120 通りのうち一致したのは 1 通り、並べ替えていないもとの順だけです。
# 足し算一つで、Attention は語順を区別するようになりました。
#
# ## 簡単にしたこと {#simplified}
#
# - 位置の波は固定でした。GPT-2 は、位置ごとのベクトルの表も埋め込みと同じように学習します（**学習される位置埋め込み**、learned position embeddings）。
# - 位置を入力に足しました。Llama などの新しいモデルは、query と key をこの回と同じ 2 × 2 の回転で回します（**RoPE**、[Su ら、2021](https://arxiv.org/abs/2104.09864)）。
# - ベクトルに書き込まず、離れているほどスコアから多く引く方法もあります（**ALiBi**、[Press ら、2021](https://arxiv.org/abs/2108.12409)）。BLOOM が使います。
# - 二次元の埋め込みに長さ 1 の位置を足したので、語の意味より位置が目立ちます。論文では、足す前に埋め込みを $\sqrt{d}$ 倍します。
# - すべての語を見る Attention で試しました。[因果マスク](causal_mask.md#causal-mask)があると、位置を足さなくても語順が少し漏れます（練習 4）。
#
# ## 練習 {#exercises}
#
# **1.** 位置を足さずに `ねこ は ひるね は すき` を Attention に通すと、二つの は の出力はどうなるでしょうか。足すとどうでしょうか。

# %% [markdown] lang="en"
# The vectors of the same word now differ by up to 0.7113 between the two sentences. And of the 120 orders of five words only 1 gives
# the same vectors: the original order, with nothing moved. A single addition has taught attention to tell word order.
#
# ## What we simplified {#simplified}
#
# - Our waves were fixed. GPT-2 learns a table with a vector for each position, just as it learns its embeddings (**learned position embeddings**).
# - We added positions to the input. Newer models such as Llama turn query and key by the 2 × 2 rotations of this lesson instead (**RoPE**, [Su et al., 2021](https://arxiv.org/abs/2104.09864)).
# - One can also leave the vectors alone and subtract more from a score the farther apart two words are (**ALiBi**, [Press et al., 2021](https://arxiv.org/abs/2108.12409)). BLOOM does.
# - We added positions of length 1 to embeddings of two dimensions, so position drowns out meaning. The paper first multiplies the embeddings by $\sqrt{d}$.
# - Our attention saw every word. With a [causal mask](causal_mask.md#causal-mask), some word order leaks in even without positions (exercise 4).
#
# ## Exercises {#exercises}
#
# **1.** Send `ねこ は ひるね は すき` through attention without positions. What are the outputs of the two は? And with positions?

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
# 足さなければ、二つの は の出力は同じです。query が同じなら重みも同じで、平均も同じになるからです。足せば、別々の出力になります。
#
# **2.** $M(2)$ と $M(3)$ を掛けると、どんな行列になるでしょうか。$M(-3)$ は $M(3)$ とどんな関係にあるでしょうか。

# %% [markdown] lang="en"
# Without positions the two outputs are the same: equal queries give equal weights, and equal averages. With positions they differ.
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
# 二つ進めてから三つ進めるので、$M(5)$ です。$M(-3)$ は三つ戻すので $M(3)$ の逆行列で、回転ですから転置と同じです。
#
# **3.** 速い波が一組あれば、二次元で足りるのではないでしょうか。位置 0 と位置 44 のベクトルの距離を、2 次元と 8 次元で比べてください。

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
# 2 次元では 0.0177 しか離れません。位置 44 は、ほぼちょうど七周して元に戻るからです。8 次元なら遅い波が違いを覚えていて、距離は 1.6755 です。
#
# **4.** 位置を足す代わりに因果マスクを使い、ねこ と ひるね を入れ替えます。どの行の出力が変わり、どの行が変わらないでしょうか。

# %% [markdown] lang="en"
# In 2 dimensions they are only 0.0177 apart: after 44 positions the wave has made almost exactly seven turns. In 8 dimensions the slow waves remember the difference, and the distance is 1.6755.
#
# **4.** Use a causal mask instead of positions, and swap ねこ and ひるね. Which rows of the output change, and which do not?

# %% tags=["exercise"]
changed = ...  # (T,) bool: does the row change?
check("position.4", changed)

# %% tags=["solution"]
hidden = attention.causal_mask(5)
both = [sentence, sentence[[2, 1, 0, 3, 4]]]
first, swapped = (attend(X, hidden) for X in both)
print(np.round(np.abs(first - swapped).max(axis=1), 4))
changed = ~np.isclose(first, swapped).all(axis=1)
assert check("position.4", changed)

# %% [markdown] lang="ja"
# 変わるのは初めの三行で、が と すき の行は変わりません。が から見える語の集まりは、順が違うだけで同じだからです。
# マスクが伝えるのは「どこまで見えるか」だけで、見えている語の順は伝えません。
#
# ## 次へ {#next}
#
# これで部品がそろいました。[第 # 回](gpt.md#gpt)では、すべてをつないで小さな GPT を動かします。

# %% [markdown] lang="en"
# The first three rows change; those of が and すき do not. From が on, the set of visible words is the same, only their order differs.
# The mask tells how far a word can see, and nothing about the order of what it sees.
#
# ## Next {#next}
#
# We now have all the parts. [Lesson #](gpt.md#gpt) joins them into a small GPT and runs it.
