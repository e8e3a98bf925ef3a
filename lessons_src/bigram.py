# %% [markdown] lang="ja"
# # bigram：数えることと、学ぶこと {#bigram}
#
# いちばん小さな言語モデルは、直前の一語だけを見ます。作り方は二つあります。
# 文章の中で**数える**か、損失が小さくなる向きに少しずつ動かして**学ぶ**かです。
# この回では、二つのやり方が同じ表にたどり着き、損失がちょうど床で止まるのを見ます。
#
# 必要なものは、[第 # 回](loss.md#loss)の損失です。

# %% [markdown] lang="en"
# # The bigram: counting and learning {#bigram}
#
# The smallest language model looks at a single token, the one before. There are two ways to make it:
# **count** in a text, or **learn**, moving step by step to where the loss is lower.
# In this lesson we see both arrive at the same table, and the loss come to rest exactly on its floor.
#
# All you need is the loss of [lesson #](loss.md#loss).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, ops, tokenizer

world = corpus.cat_world()
words = tokenizer.WordTokenizer(world.vocab)
V = len(world.vocab)

# %% [markdown] lang="ja"
# ## 数える {#count}
#
# 表の $(i, j)$ のます目に、トークン $i$ の次に $j$ が来た回数を入れます。行ごとに合計で割れば、確率です。

# %% [markdown] lang="en"
# ## Counting {#count}
#
# Cell $(i, j)$ of a table holds how often token $j$ came after token $i$. Divide each row by its total, and it holds probabilities.

# %%
text = world.text(np.random.default_rng(0), 3000)
ids = np.array(words.encode(" ".join(text)))
before, after = ids[:-1], ids[1:]
pair_counts = np.zeros((V, V))
np.add.at(pair_counts, (before, after), 1)
counted = pair_counts / pair_counts.sum(axis=1, keepdims=True)
axes = {"row_label": "before", "column_label": "next"}
figures.heatmap(counted, world.vocab, world.vocab, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 数えて作った表。ほとんどの行は、行き先が一つか二つしかありません。は の行だけが広く分かれます。
#
# alt: 19 行 19 列のヒートマップ。が の行は すき、を の行は 読む に集まる。は の行は、きょう、あした、いつも と四つの名詞に分かれる。

# %% [markdown] lang="en" tags=["caption"]
# The table from counting. Most rows lead to one or two tokens; only that of は spreads widely.
#
# alt: Heatmap of 19 by 19 cells. The row of が leads to すき, that of を to 読む. The row of は is spread over きょう, あした, いつも and four nouns.

# %% [markdown] lang="ja"
# ## 学ぶ：勾配降下 {#descend}
#
# 今度は、同じ大きさの点数の表 $W$ を 0 で埋め、softmax を通して確率にします。
# 損失を $W$ で微分すると、とても単純な形になります。予測した確率から、正解の one-hot を引いたものです。

# %% [markdown] lang="en"
# ## Learning: gradient descent {#descend}
#
# Now take a table $W$ of scores, the same size, filled with 0, and send its rows through softmax.
# The derivative of the loss with respect to $W$ is remarkably simple: the predicted probabilities minus the one-hot vector of the truth.

# %% [markdown]
# $$\frac{\partial L}{\partial W_{ij}} = \frac{1}{N} \sum_{n:\, \text{before}_n = i} \big( p_{ij} - [\text{after}_n = j] \big)$$

# %%
def bigram_loss_and_grad(W):  # (V, V) -> (), (V, V)
    p = ops.softmax(W)
    loss = -np.log(p[before, after]).mean()
    rows = pair_counts.sum(axis=1, keepdims=True)
    return loss, (rows * p - pair_counts) / len(before)


first_loss, gradient = bigram_loss_and_grad(np.zeros((V, V)))
print(f"loss {first_loss:.4f}   ln V {np.log(V):.4f}")

# %% [markdown] lang="ja"
# 微分が正しいかどうかは、ます目を一つ、ほんの少し動かしてみればわかります。

# %% [markdown] lang="en"
# Whether the derivative is right can be tested: move a single cell by a tiny amount, here that of ひるね (nap) after は.

# %%
nudge = np.zeros((V, V))
nudge[words.encode("は")[0], words.encode("ひるね")[0]] = 1e-5
higher, _ = bigram_loss_and_grad(nudge)
lower, _ = bigram_loss_and_grad(-nudge)
measured, by_formula = (higher - lower) / 2e-5, gradient[nudge > 0][0]
assert np.isclose(measured, by_formula, atol=1e-9)
print(f"measured {measured:.6f}   formula {by_formula:.6f}")

# %% [markdown] lang="ja"
# 勾配は、損失が増える向きです。その反対へ少し動かすことをくり返します。一歩の大きさが**学習率**です。

# %% [markdown] lang="en"
# The gradient points to where the loss grows. We take a small step the other way, again and again. The size of the step is the **learning rate**.

# %%
def descend(n_steps, learning_rate):
    W, losses = np.zeros((V, V)), []
    for _ in range(n_steps):
        loss, gradient = bigram_loss_and_grad(W)
        W -= learning_rate * gradient
        losses.append(loss)
    return W, np.array(losses)


W, losses = descend(1500, learning_rate=20)
last, floor = losses[-1], world.bigram_floor
assert abs(last - floor) < 0.01
print(f"after {len(losses)} steps: {last:.4f}   floor {floor:.4f}")

# %%
steps = np.unique(np.geomspace(1, 1500, 30).astype(int))
curve = {"loss": losses[steps - 1]}
levels = {"ln V": np.log(V), "floor": floor}
axes = {"x_label": "step", "y_label": "nats", "log_x": True}
figures.line(steps, curve, references=levels, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 学習の進み方。損失は ln V の 2.9444 から始まり、一語前から知りうる限界の床で止まります。
#
# alt: 折れ線グラフ。横軸は対数の歩数、縦軸は損失。点線の ln V から始まって下がり、下の点線の床に近づいて水平になる。

# %% [markdown] lang="en" tags=["caption"]
# How learning goes. The loss starts at ln V, 2.9444, and comes to rest on the floor: all that one token back can tell.
#
# alt: Line chart. Steps run on a logarithmic axis; height is the loss. It starts on the dashed line ln V, falls, and levels out on the dashed line of the floor.

# %% [markdown] lang="ja"
# 止まったところが床より少しだけ低いのは、学んだ文章がくじで選ばれた一部だからです。新しい文章では、床を下回り続けることはできません。
#
# ## 二つの表をくらべる {#compare}
#
# 数えた表と、学んだ表は、同じになったでしょうか。いちばん大きな差を見ます。

# %% [markdown] lang="en"
# It rests a little below the floor because the text it learned from is a sample, drawn by lot. On fresh text, no model stays below the floor.
#
# ## Comparing the two tables {#compare}
#
# Have the counted and the learned table become the same? We look at the largest difference.

# %%
learned = ops.softmax(W)
largest_gap = abs(learned - counted).max()
assert largest_gap < 0.02
print(f"{largest_gap:.4f}")

# %%
row = words.encode("は")[0]
columns = {"counted": counted[row], "learned": learned[row]}
figures.table({"after は": world.vocab} | columns)

# %% [markdown] lang="ja"
# 数を一つも数えずに、同じ表ができました。数えるやり方は、この小さなモデルにしか使えません。学ぶやり方は、微分できるモデルなら何にでも使えます。
#
# ## パッケージと同じになるか {#package}
#
# パッケージの `cross_entropy` とその微分に、同じ点数を渡します。

# %% [markdown] lang="en"
# Without counting anything, we got the same table. Counting works for this small model only. Learning works for any model that can be differentiated.
#
# ## Does the package agree? {#package}
#
# We hand the same scores to the package's `cross_entropy` and to its derivative.

# %%
package_loss = ops.cross_entropy(W[before], after)
of_scores = ops.cross_entropy_backward(W[before], after)
package_gradient = np.zeros((V, V))
np.add.at(package_gradient, before, of_scores)
last_loss, last_gradient = bigram_loss_and_grad(W)
assert np.isclose(package_loss, last_loss)
assert np.allclose(package_gradient, last_gradient, atol=1e-12)
figures.source(ops.cross_entropy_backward)

# %% [markdown] lang="ja"
# ## 見えないものは、学べない {#blind}
#
# この世界では、は の次に何が来るかは、その前の生きもので決まります。ねこ は ひるね、いぬ は さんぽ です。
# ところが bigram は は しか見ないので、四つを区別できません。

# %% [markdown] lang="en"
# ## What it cannot see, it cannot learn {#blind}
#
# In this world, what comes after は depends on the animal before it: ひるね for ねこ (cat), さんぽ for いぬ (dog).
# But a bigram sees only は, and cannot tell the four apart.

# %%
nouns = ["ひるね", "さんぽ", "うた", "本"]
columns_of_nouns = [words.encode(noun)[0] for noun in nouns]
p = learned[row, columns_of_nouns]
shares = p / p.sum()
assert abs(shares - 0.25).max() < 0.05
figures.bar(nouns, shares, x_label="after は", y_label="share")

# %% [markdown] lang="ja" tags=["caption"]
# は のすぐ次に名詞が来るときの割合。四つがほぼ同じです。
#
# alt: 棒グラフ。ひるね、さんぽ、うた、本 の四本がほぼ同じ高さで並ぶ。

# %% [markdown] lang="en" tags=["caption"]
# Which noun follows は directly, as shares. The four are nearly equal.
#
# alt: Bar chart. Four bars of nearly the same height: ひるね, さんぽ, うた and 本.

# %%
lower_floor = world.full_context_floor
print(f"one token back {floor:.4f}   all before {lower_floor:.4f}")

# %% [markdown] lang="ja"
# 全部の文脈を見られれば、床は 0.4480 まで下がります。そこへ行くには、前を見る仕組み、つまり Attention がいります。
#
# ## 簡単にしたこと {#simplified}
#
# - 毎回、文章の全部で勾配を計算しました。実際は、小さな束（**mini-batch**）ごとに進みます（**SGD**）。
# - 学習率を一つに決めました。実際は、だんだん下げます（**schedule**）。
# - 出てこなかった組の確率は 0 に近づきました。数えるモデルでは、少し足して 0 を避けます（**smoothing**）。
#
# ## 練習 {#exercises}
#
# **1.** 学習率を $0.5$ にすると、同じ歩数で損失はどこまで下がるでしょうか。

# %% [markdown] lang="en"
# With all of the context in view, the floor comes down to 0.4480. To get there takes something that looks back, which is attention.
#
# ## What we simplified {#simplified}
#
# - Every step used the whole text. In practice, each step uses a small part (**mini-batch**, **SGD**).
# - We fixed one learning rate. In practice it is lowered over time (a **schedule**).
# - Pairs that never occurred went towards probability 0. Counting models add a little everywhere (**smoothing**).
#
# ## Exercises {#exercises}
#
# **1.** With a learning rate of $0.5$, how far does the loss come down in as many steps?

# %% tags=["exercise"]
from llm_scratch.exercises import check

slow = ...  # the last loss with a learning rate of 0.5
check("bigram.1", slow, descend, losses)

# %% tags=["solution"]
slow = descend(1500, learning_rate=0.5)[1][-1]
assert slow > losses[-1] + 0.01
assert check("bigram.1", slow, descend, losses)
print(f"{slow:.4f}")

# %% [markdown] lang="ja"
# まだ床より上にいます。小さな一歩は、確かですが遅いのです。
#
# **2.** 勾配の行をそれぞれ足すと、いくつになるでしょうか。なぜでしょうか。

# %% [markdown] lang="en"
# It is still above the floor. Small steps are safe, and slow.
#
# **2.** What do the rows of the gradient sum to, and why?

# %% tags=["exercise"]
row_sums = ...  # (V,)
check("bigram.2", row_sums, gradient)

# %% tags=["solution"]
row_sums = gradient.sum(axis=1)
assert check("bigram.2", row_sums, gradient)
print(abs(row_sums).max() < 1e-12)

# %% [markdown] lang="ja"
# 0 です。確率も one-hot も、足すと 1 だからです。一つの点数を上げれば、ほかが下がります。
#
# ## 次へ {#next}
#
# [第 # 回](backward.md#backward)では、もっと深いモデルの勾配を、連鎖律で求めます。

# %% [markdown] lang="en"
# To 0: probabilities sum to one, and so does a one-hot vector. Raising one score lowers the others.
#
# ## Next {#next}
#
# [Lesson #](backward.md#backward) finds the gradients of deeper models, by the chain rule.
