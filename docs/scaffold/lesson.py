# %% [markdown] lang="ja"
# # NAME {#SLUG}
#
# この回で何を計算し、何がわかるかを、2、3 文で書きます。雛形では、コイン投げのエントロピーを計算します。
#
# 必要なのは、[第 # 回](scaling.md#scaling)です。

# %% [markdown] lang="en"
# # NAME {#SLUG}
#
# Say in two or three sentences what is computed here, and what it shows. This template computes the entropy of a coin.
#
# All you need is [lesson #](scaling.md#scaling).

# %% tags=["setup"]
import numpy as np

from llm_scratch import figures, ops

# %% [markdown] lang="ja"
# ## 手で計算する {#by-hand}
#
# 小さな数を使い、一段ずつ進みます。

# %% [markdown] lang="en"
# ## By hand {#by-hand}
#
# Take small numbers, one step at a time.

# %%
coin = np.array([0.5, 0.5])  # (n,)


def NAME_by_hand(p):  # (n,) -> ()
    return -(p * np.log(p)).sum()


print(np.round(NAME_by_hand(coin), 4))

# %% [markdown] lang="ja"
# 出たのは 0.6931 です。本文の数は、どれも上のセルが出力したものです。
#
# ## パッケージの実装と照合する {#package}
#
# 同じ計算をするパッケージの関数と比べ、そのソースを見せます。

# %% [markdown] lang="en"
# That is 0.6931. Every number in the text was printed by a cell above it.
#
# ## Does the package agree? {#package}
#
# Compare with the function of the package that computes the same, and show its source.

# %%
assert np.isclose(NAME_by_hand(coin), ops.entropy(coin))
figures.source(ops.entropy)

# %% [markdown] lang="ja"
# ## 図で見る {#figure}
#
# 表の出やすさを変えます。

# %% [markdown] lang="en"
# ## See it {#figure}
#
# Vary how often heads come up.

# %%
heads = [0.1, 0.3, 0.5, 0.7, 0.9]
entropies = [NAME_by_hand(np.array([p, 1 - p])) for p in heads]
figures.bar(heads, entropies, x_label="heads", y_label="entropy")

# %% [markdown] lang="ja" tags=["caption"]
# どちらが出るかわからないときに、いちばん高くなります。
#
# alt: 5 本の棒。真ん中の 0.5 がいちばん高く、両端へ左右同じように低くなる。
#
# labels: heads = 表が出る確率; entropy = エントロピー

# %% [markdown] lang="en" tags=["caption"]
# It is highest where either side may come up.
#
# alt: Five bars. The middle one, 0.5, is the highest; towards both ends they fall in the same way.
#
# labels: heads = probability of heads

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - 2 つの結果を見ました。実際の確率は、もっと多くの結果に分かれます（**カテゴリカル分布**、categorical distribution）。
#
# ## 練習 {#exercises}
#
# **1.** 4 つの結果が同じ確率で出るとき、エントロピーはいくつでしょうか。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - We looked at two outcomes. Real probabilities are shared by more (a **categorical distribution**).
#
# ## Exercises {#exercises}
#
# **1.** What is the entropy of four outcomes that are equally likely?

# %% tags=["exercise"]
from llm_scratch.exercises import check

four = ...  # ()
check("NAME.1", four)

# %% tags=["solution"]
four = NAME_by_hand(np.full(4, 0.25))
assert check("NAME.1", four)

# %% [markdown] lang="ja"
# 結果の数が 2 倍になると、コイン 1 枚分だけ増えます。
#
# **2.** 底が 2 の対数で計算すると、単位はビットになります。コインのエントロピーは何ビットでしょうか。

# %% [markdown] lang="en"
# Twice as many outcomes add as much as one more coin.
#
# **2.** With logarithms to base 2 the unit is the bit. How many bits is the entropy of the coin?

# %% tags=["exercise"]
bits = ...  # ()
check("NAME.2", bits)

# %% tags=["solution"]
bits = NAME_by_hand(coin) / np.log(2)
assert check("NAME.2", bits)

# %% [markdown] lang="ja"
# ちょうど 1 ビットです。
#
# ## 次へ {#next}
#
# GO_ON_JAを書きます。[用語集](../glossary.md)には、この回のことばを足します。

# %% [markdown] lang="en"
# Exactly one.
#
# ## Next {#next}
#
# Say GO_ON_EN, and add the words of this lesson to the [glossary](../glossary.md).
