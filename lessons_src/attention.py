# %% [markdown] lang="ja"
# # Attention の最小例：「すき」は何を見るか {#attention}
#
# 文 `ねこ は ひるね が すき` の最後の語「すき」が、文のどの語をどれだけ参照するかを計算します。一つの文の語どうしが互いを見るこの計算を、**自己注意**（Self-Attention）と呼びます。
# 手順は 4 つです。**内積**でスコアを出し、$\sqrt{d}$ で割り、**softmax** で重みに変え、重みで平均します。
# 最後に棒グラフを見て、どの語がよく見られているかを数で確かめます。
#
# 必要なものは、[第 # 回](embeddings.md#embedding)の埋め込みベクトルです。

# %% [markdown] lang="en"
# # Attention, the smallest example: what does すき look at? {#attention}
#
# Take the sentence `ねこ は ひるね が すき`, "cats like naps": ねこ is cat, ひるね is nap, すき is like, and は and が are particles.
# We work out how much its last word, すき, draws on each word of the sentence. Words of one sentence that look at each other like this: that is **self-attention**.
# There are four steps: score by **dot product**, divide by $\sqrt{d}$, turn scores into weights with **softmax**, and average by those weights.
# A bar chart at the end shows which words win, and we check the ranking against the numbers.
#
# All you need is the embedding vectors of [lesson #](embeddings.md#embedding).

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, ops

# %%
tokens = ["ねこ", "は", "ひるね", "が", "すき"]
E = np.array(
    [
        [0.90, 0.15],
        [0.10, 0.05],
        [0.95, 0.85],
        [0.12, 0.10],
        [0.88, 0.70],
    ],
    dtype=np.float32,
)  # (T, d)

# %% [markdown] lang="ja"
# ## スコア：内積で近さを測る {#scores}
#
# 参照する側のベクトルを **query**、参照される側を **key** と呼びます。ここでは埋め込みをそのまま使います。
# query は「すき」の行、key は文の全部の行です。内積は、2 つのベクトルの向きがそろうほど、また、同じ側を向くなら長いほど、大きくなります。スコアを割る $\sqrt{d}$ の $d$ は、ベクトルの次元です。ここでは 2 です。

# %% [markdown] lang="en"
# ## Scores: closeness by dot product {#scores}
#
# The vector that looks is the **query**; the vectors that are looked at are the **keys**. Here we use the embeddings as they are: the query is the row of すき, the keys are all rows. The better two vectors line up, the larger is their dot product; if they point to the same side, longer vectors make it larger as well. In the $\sqrt{d}$ that divides the scores, $d$ is the dimension of the vectors, here 2.

# %%
query = E[tokens.index("すき")]  # (d,)
scores = E @ query  # (T, d) @ (d,) -> (T,)
scaled = scores / np.sqrt(np.float32(len(query)))
figures.table({"token": tokens, "score": scores, "score / √d": scaled})

# %% [markdown] lang="ja" tags=["caption"]
# labels: score / √d = スコア / √d; highest = スコアが最大

# %% [markdown] lang="ja"
# $\sqrt{d}$ で割ったスコアがいちばん大きいのは「ひるね」の 1.0119 です。次は「すき」自身の 0.8941 で、「ねこ」の 0.6343 より上です。
# 「すき」と向きがいちばん近いのは「すき」自身なのに、一番にはなりません。ほかの語を query にすると、どうなるでしょうか。

# %% [markdown] lang="en"
# After dividing by $\sqrt{d}$, ひるね has the largest score, 1.0119. Second is すき itself with 0.8941, ahead of ねこ with 0.6343.
# No vector is closer in direction to すき than すき itself, and yet it does not come first. What if other words are the query?

# %% check="own-score"
best = (E @ E.T).argmax(axis=1)  # (T, T) -> (T,)
assert (best == np.linalg.norm(E, axis=1).argmax()).all()
figures.table({"query": tokens, "highest": [tokens[i] for i in best]})

# %% [markdown] lang="ja"
# どの語が query でも、一番は「ひるね」です。自分自身とは向きが同じでも、[自分のスコアが最大とは限りません](#check-own-score)。内積は長さも測り、「ひるね」のベクトルがいちばん長いのです。
# $\sqrt{d}$ で割る理由は[第 # 回](scaling.md#scaling)で確かめます。ここでは形を先に使います。
#
# ## softmax：スコアを重みに変える {#softmax}
#
# 重みに必要な性質は 2 つです。どれも負でないこと、足すと 1 になること。
# 指数関数に入れて合計で割ると、順位を変えずに両方が手に入ります。スコアが有限の数なら、どの重みも正になります。

# %% [markdown] lang="en"
# Whichever word is the query, ひるね comes first. A vector points the same way as itself, and still [need not score highest with itself](#check-own-score): the dot product measures length too, and the vector of ひるね is the longest.
# Why we divide by $\sqrt{d}$ is the subject of [lesson #](scaling.md#scaling); for now we just follow the recipe.
#
# ## Softmax: from scores to weights {#softmax}
#
# Weights need two properties: none is negative, and together they sum to one.
# Exponentiate and divide by the total, and you have both, with the ranking unchanged. Finite scores give weights that are all positive.

# %% [markdown]
# $$\mathrm{softmax}(s)_i = \frac{e^{s_i}}{\sum_j e^{s_j}}$$

# %%
def softmax_naive(scores):  # (T,) -> (T,)
    exps = np.exp(scores)
    return exps / exps.sum()


weights = softmax_naive(scaled)
assert np.isclose(weights.sum(), 1)
figures.table({"token": tokens, "weight": weights})

# %% [markdown] lang="ja"
# ## 重みで平均する {#average}
#
# 最後に、参照される側が渡す中身 **value** を、この重みで平均します。ここでは value も埋め込みそのものです。

# %% [markdown] lang="en"
# ## Average by the weights {#average}
#
# Finally, what each looked-at word hands over is its **value**; we average the values by the weights.
# Here the values are, once more, the embeddings themselves.

# %%
output = weights @ E  # (T,) @ (T, d) -> (d,)
print(np.round(output, 4))

# %% [markdown] lang="ja"
# `(0.7208, 0.4837)` は、文脈を混ぜたあとの「すき」のベクトルです。
# 元の位置から、文のほかの語のほうへ引き寄せられました。長さも比べましょう。元の長さ、平均した後の長さ、助詞を除いて平均した後の長さです。

# %% [markdown] lang="en"
# `(0.7208, 0.4837)` is the vector of すき after mixing in its context. It has been pulled from where it was towards the other words of the sentence.
# Let us compare lengths: of the original, of the average, and of the average taken when the particles are left out.

# %% check="shorter"
content = weights * np.float32([1, 0, 1, 0, 1])  # (T,)
averages = [query, output, content / content.sum() @ E]
original, averaged, left_out = np.linalg.norm(averages, axis=1)
assert averaged < 0.8 * original and left_out > 0.95 * original
print(np.round([original, averaged, left_out], 4))

# %% [markdown] lang="ja"
# 長さは 1.1245 から 0.8681 に縮みました。助詞を除くと 1.0986 で、ほとんど縮みません。縮んだのは、主に[短い助詞のベクトルが混ざった](#check-shorter)ためです。
#
# ## パッケージの実装と照合する {#package}
#
# `llm_scratch` の関数は、同じ 4 つの手順をどんな大きさのバッチにも使えるように書いたものです。
# 引数 `mask` は[第 # 回](causal_mask.md#causal-mask)で使います。手計算と一致しなければ、次の `assert` がこのページの公開を止めます。

# %% [markdown] lang="en"
# The length went from 1.1245 down to 0.8681. When the particles are left out, it is 1.0986, hardly shorter: it shrank mostly [because short particles are mixed in](#check-shorter).
#
# ## Does the package agree? {#package}
#
# The function in `llm_scratch` is the same four steps, written for batches of any size. Its argument `mask` is for [lesson #](causal_mask.md#causal-mask).
# If it disagreed with our work by hand, the `assert` below would stop this page from being published.

# %%
attend = attention.scaled_dot_product_attention
package_output, package_weights = attend(query[None], E, E)
assert np.allclose(package_weights[0], weights, atol=1e-6)
assert np.allclose(package_output[0], output, atol=1e-6)
figures.source(attention.scaled_dot_product_attention)

# %% [markdown] lang="ja"
# 中で使っている softmax は、先に最大値を引きます。結果は同じで、大きなスコアでもあふれません。

# %% [markdown] lang="en"
# The softmax inside subtracts the maximum first. The result is the same, and large scores do not overflow.

# %%
figures.source(ops.softmax)

# %% [markdown] lang="ja"
# ## 図で見る {#figure}
#
# 重みを文の順に並べます。いちばん高い棒と、2 番目に高い棒に注目してください。

# %% [markdown] lang="en"
# ## See it {#figure}
#
# Here are the weights in sentence order. Look for the tallest bar, and for the second tallest.

# %%
figures.bar(tokens, weights)

# %% [markdown] lang="ja" tags=["caption"]
# 「すき」が各語に置く重み。「ひるね」が 0.2956、「すき」自身が 0.2628、「ねこ」が 0.2027 で、助詞の「は」と「が」も 0 にはなりません。
#
# alt: 棒グラフ。横軸は文の順に「ねこ」「は」「ひるね」「が」「すき」。縦軸は重み。「ひるね」が最も高く、「すき」「ねこ」「が」「は」の順に低くなる。

# %% [markdown] lang="en" tags=["caption"]
# The weight that すき puts on each word: 0.2956 on ひるね, 0.2628 on すき itself, 0.2027 on ねこ. The particles は and が do not drop to 0.
#
# alt: Bar chart. The words ねこ, は, ひるね, が, すき stand in sentence order; height is the weight. ひるね is tallest, then すき, ねこ, が and は.

# %% [markdown] lang="ja"
# 「すき」は「ひるね」と「ねこ」を見る、と言いたくなりますが、数は違うことを言っています。
# 2 番目は「すき」自身です。図を説明するときは、期待ではなく数に従いましょう。
#
# ## 簡単にしたこと {#simplified}
#
# - 埋め込みを query、key、value にそのまま使いました。実際のモデルは、学習した 3 つの行列を掛けて別々のベクトルを作ります（**query・key・value の射影**）。
# - 一つの語が見るところを計算しました。実際は全部の語が同時に見ます。これを何組も並べたものが、**マルチヘッド Attention**（multi-head attention）です。
# - 後の語を隠しませんでした。GPT では[因果マスク](causal_mask.md#causal-mask)が隠します。
# - 埋め込みは手で置いた数です。実際は学習で決まります。
#
# ## 練習 {#exercises}
#
# **1.** 「すき」の代わりに「は」を query にすると、重みはどうなるでしょうか。先に予想してから計算してください。

# %% [markdown] lang="en"
# It is tempting to say "すき looks at ひるね and ねこ". The numbers say something else:
# second place goes to すき itself. When you describe a figure, follow the numbers, not your expectations.
#
# ## What we simplified {#simplified}
#
# - We used the embeddings directly as query, key and value. Real models multiply them by three learned matrices first (the **query, key and value projections**).
# - We let one word look. In a real model all words look at once, and several times side by side (**multi-head attention**).
# - We hid no words that come later. GPT hides them with a [causal mask](causal_mask.md#causal-mask).
# - The embeddings were placed by hand. Real ones are learned.
#
# ## Exercises {#exercises}
#
# **1.** Let は be the query instead of すき. What happens to the weights? Guess first, then compute.

# %% tags=["exercise"]
from llm_scratch.exercises import check

particle_weights = ...  # (T,)
check("attention.1", particle_weights, E)

# %% tags=["solution"]
particle_weights = ops.softmax(E @ E[1] / np.sqrt(2))
assert particle_weights.max() - particle_weights.min() < 0.03
assert check("attention.1", particle_weights, E)
print(np.round(particle_weights, 4))

# %% [markdown] lang="ja"
# 「は」のベクトルは短いので、どの内積も 0 に近くなります。スコアがほぼ同じなら、重みはほぼ均等です。
#
# **2.** `softmax_naive` に $1000$ のようなスコアを入れると、指数関数が大きくなりすぎて計算できません。すべてのスコアに同じ数を足すと、重みは変わるでしょうか。それを使って、大きなスコアでも動く softmax を書いてください。

# %% [markdown] lang="en"
# The vector of は is short, so every dot product is close to 0. Nearly equal scores give nearly equal weights.
#
# **2.** With scores such as $1000$, the exponentials of `softmax_naive` are too large to compute. Do the weights change when the same number is added to every score? Use the answer to write a softmax that works for large scores.

# %% tags=["exercise"]
def softmax_that_lasts(scores):  # (T,) -> (T,)
    ...


check("attention.2", softmax_that_lasts)

# %% tags=["solution"]
def softmax_that_lasts(scores):  # (T,) -> (T,)
    exps = np.exp(scores - scores.max())
    return exps / exps.sum()


assert np.allclose(softmax_naive(scaled + 3), weights, atol=1e-6)
assert check("attention.2", softmax_that_lasts)
print(softmax_that_lasts(np.array([1000, 1001, 1002])).round(4))

# %% [markdown] lang="ja"
# 変わりません。分子と分母に同じ因子が掛かって、消えます。softmax はこの性質を使って、先に最大値を引きます。
#
# **3.** 「すき」が自分自身を見ないようにするには、どのスコアをどう変えればよいでしょうか。

# %% [markdown] lang="en"
# They do not: numerator and denominator gain the same factor, which cancels. Softmax makes use of this and subtracts the maximum first.
#
# **3.** Which score must change, and to what, so that すき does not look at itself?

# %% tags=["exercise"]
without_self = ...  # (T,)
check("attention.3", without_self, scaled, weights)

# %% tags=["solution"]
hidden = scaled.copy()
hidden[4] = -np.inf
without_self = ops.softmax(hidden)
assert without_self[4] == 0
assert check("attention.3", without_self, scaled, weights)
print(np.round(without_self, 4))

# %% [markdown] lang="ja"
# 自分のスコアを `-inf` にします。残りの 4 語の重みが、合計 1 になるまで持ち上がります。因果マスクも同じ仕組みです。
#
# ## 次へ {#next}
#
# [第 # 回：なぜ次元の平方根で割るのか](scaling.md)では、次元を増やすと softmax に何が起きるかを測ります。

# %% [markdown] lang="en"
# Set its own score to `-inf`. The other four weights rise until they sum to one again. The causal mask works in just this way.
#
# ## Next {#next}
#
# [Lesson #: why divide by the square root of the dimension](scaling.md) measures what more dimensions do to the softmax.
