# %% [markdown] lang="ja"
# # bigram：数えることと、学ぶこと {#bigram}
#
# **bigram** は、直前の 1 トークンを見て次を予測する、とても小さな言語モデルです。作り方は 2 つあります。
# テキストの中で**数える**か、損失関数が小さくなる向きに少しずつ動かして**学ぶ**かです。
# この回では、2 つのやり方がほとんど同じ表にたどり着き、損失がほぼ下限で止まるのを見ます。
#
# 必要なものは、[第 # 回](loss.md#loss)の損失です。

# %% [markdown] lang="en"
# # The bigram: counting and learning {#bigram}
#
# A **bigram** model is a tiny language model: it looks at a single token, the one before. There are two ways to make it:
# **count** in a text, or **learn**, moving step by step to where the loss function is lower.
# In this lesson we see both arrive at almost the same table, and the loss come to rest close to its floor.
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
# 表の $(i, j)$ のます目に、トークン $i$ の次に $j$ が来た回数を入れます。行ごとに合計で割れば、次のトークンの確率分布です。

# %% [markdown] lang="en"
# ## Counting {#count}
#
# Cell $(i, j)$ of a table holds how often token $j$ came after token $i$. Divide each row by its total, and it is the distribution of the next token.

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
# 数えて作った表。ほとんどの行では、次のトークンが 1 つに決まります。いちばん広く分かれるのは、「は」の行です。
#
# alt: 19 行 19 列のヒートマップ。「が」の行は「すき」、「を」の行は「読む」に集まる。「。」の行は 4 つの生きもの、「とても」と「も」の行は 4 つの名詞に分かれる。「は」の行は、「きょう」「あした」「いつも」と 4 つの名詞に分かれる。
#
# labels: before = 前のトークン; next tokens = 次に来る種類; rows = 行の数

# %% [markdown] lang="en" tags=["caption"]
# The table from counting. Most rows lead to a single token; that of は spreads most widely.
#
# alt: Heatmap of 19 by 19 cells. The row of が leads to すき, that of を to 読む. The row of the full stop is spread over the four animals, those of とても and も over the four nouns, and that of は over きょう, あした, いつも and the four nouns.

# %%
n_next = (pair_counts > 0).sum(axis=1)
sizes, n_rows = np.unique(n_next, return_counts=True)
figures.table({"next tokens": sizes, "rows": n_rows})

# %% [markdown] lang="ja"
# 15 行は、行き先が 1 つです。「。」「とても」「も」の 3 行は 4 つ、「は」の行は 7 つに分かれます。
#
# ## 学ぶ：勾配降下 {#descend}
#
# 今度は、同じ大きさのロジットの表 $W$ を 0 で埋め、行ごとに softmax を通して確率にします。
# 損失を $W$ で微分すると、単純な形になります。予測した確率から、正解の one-hot を引いたものです。

# %% [markdown] lang="en"
# Fifteen rows lead to one token. Three lead to four (those of the full stop, of とても and of も), and that of は leads to seven.
#
# ## Learning: gradient descent {#descend}
#
# Now take a table $W$ of logits, the same size, filled with 0, and send its rows through softmax.
# The derivative of the loss with respect to $W$ is simple: the predicted probabilities minus the one-hot vector of the truth.

# %% [markdown]
# $$\frac{\partial L}{\partial W_{ij}} = \frac{1}{N} \sum_{n:\, \text{before}_n = i} \big( p_{ij} - [\text{after}_n = j] \big)$$

# %% [markdown] lang="ja"
# $N$ は組の数です。角かっこは、中の式が正しければ 1、違えば 0 を表します。
# 同じ組の項はどれも等しいので、`pair_counts` を使ってまとめて足します。

# %% [markdown] lang="en"
# $N$ is the number of pairs. The square bracket stands for 1 where it holds, and for 0 elsewhere.
# Equal pairs give equal terms, so we add them up with the help of `pair_counts`.

# %%
def bigram_loss_and_grad(W):  # (V, V) -> (), (V, V)
    p = ops.softmax(W)
    loss = -np.log(p[before, after]).mean()
    rows = pair_counts.sum(axis=1, keepdims=True)
    return loss, (rows * p - pair_counts) / len(before)


first_loss, gradient = bigram_loss_and_grad(np.zeros((V, V)))
figures.table({"loss": first_loss, "ln V": np.log(V)})

# %% [markdown] lang="ja"
# 最初の損失は $\ln V$ です。微分が正しいかどうかは、少し動かして測れます。「は」の次の「ひるね」のます目で試しましょう。

# %% [markdown] lang="en"
# The first loss is $\ln V$. Whether the derivative is right can be measured: we move a single cell by a tiny amount, that of ひるね (nap) after は.

# %%
nudge = np.zeros((V, V))
nudge[words.encode("は")[0], words.encode("ひるね")[0]] = 1e-5
higher, _ = bigram_loss_and_grad(nudge)
lower, _ = bigram_loss_and_grad(-nudge)
measured, by_formula = (higher - lower) / 2e-5, gradient[nudge > 0][0]
assert np.isclose(measured, by_formula, atol=1e-9)
slopes = {"measured": f"{measured:.6f}", "formula": f"{by_formula:.6f}"}
figures.table(slopes)

# %% [markdown] lang="ja"
# 勾配は、損失が最も速く増える向きです。その反対へ少し動かすことをくり返すのが**勾配降下**、1 ステップの大きさを決める数が**学習率**です。

# %% [markdown] lang="en"
# The gradient points to where the loss grows fastest. **Gradient descent** takes a small step the other way, again and again. The **learning rate** sets the size of the step.

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
figures.table({"steps": len(losses), "loss": last, "floor": floor})

# %%
steps = np.unique(np.geomspace(1, 1500, 30).astype(int))
curve = {"loss": losses[steps - 1]}
levels = {"ln V": np.log(V), "floor": floor}
axes = {"x_label": "step", "y_label": "loss (nats)", "log_x": True}
figures.line(steps, curve, references=levels, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 学習の進み方。損失は $\ln V$ の 2.9444 から始まり、下限（1 つ前のトークンを知ったときの、最小の平均損失）のあたりで水平になります。
#
# alt: 折れ線グラフ。横軸は対数のステップ数、縦軸は損失。破線の ln V から始まって下がり、下限の破線に重なるように水平になる。
#
# labels: loss (nats) = 損失（nat）; measured = 測った値; formula = 式の値; table = 表; learned = 学んだ表; counted in fresh text = 新しいテキストで数えた表; on our text = 学んだテキストの損失; on fresh text = 新しいテキストの損失; counted = 数えた表

# %% [markdown] lang="en" tags=["caption"]
# How learning goes. The loss starts at $\ln V$, 2.9444, and levels out around the floor, the lowest mean loss when one token back is known.
#
# alt: Line chart. Steps run on a logarithmic axis; height is the loss. It starts on the dashed line ln V, falls, and levels out along the dashed line of the floor.

# %% [markdown] lang="ja"
# 終わりの損失 0.5529 は、下限の 0.5545 より少しだけ低くなりました。**過学習**（学びすぎ）でしょうか。新しいテキストで数えた表とも比べます。

# %% [markdown] lang="en"
# The last loss, 0.5529, is a little below the floor, 0.5545. Is this **overfitting**, learning too much? Let us compare with a table counted in a fresh text.

# %%
fresh = world.text(np.random.default_rng(1), 30000)
fresh_ids = np.array(words.encode(" ".join(fresh)))
elsewhere = np.zeros((V, V))
np.add.at(elsewhere, (fresh_ids[:-1], fresh_ids[1:]), 1)
elsewhere /= elsewhere.sum(axis=1, keepdims=True)
learned = ops.softmax(W)


def table_loss(p, ids):  # (V, V), (n,) -> ()
    return -np.log(p[ids[:-1], ids[1:]]).mean()


# %% check="sample"
tables = {"learned": learned, "counted in fresh text": elsewhere}
ours = [table_loss(p, ids) for p in tables.values()]
theirs = [table_loss(p, fresh_ids) for p in tables.values()]
assert max(ours) < floor < min(theirs)
columns = {"on our text": ours, "on fresh text": theirs}
figures.table({"table": list(tables)} | columns)

# %% [markdown] lang="ja"
# 私たちのテキストを一度も見ていない表でも、そこでの損失は 0.5524 で、下限より低くなります。下限を下回ること自体は、過学習のしるしになりません。
# 下限より低いのは、[テキストがくじで選ばれた標本だから](#check-sample)です。たまたま、平均より少し当てやすいテキストでした。
# 新しいテキストでは 0.5566 で、下限より上です。すべての文を確率どおりに平均すれば、[下限](loss.md#perplexity)を下回る bigram はありません。
# もっと前を見るモデルは別です。[第 # 回](training.md#run)の GPT は、この下限より下まで下がります。
#
# ## 2 つの表を比べる {#compare}
#
# 数えた表と、学んだ表は、同じになったでしょうか。いちばん大きな差を見ます。

# %% [markdown] lang="en"
# Even the table that has not seen our text has a loss of 0.5524 on it, below the floor. So being below the floor is, by itself, no sign of overfitting.
# Ours is low [because the text is a sample](#check-sample), drawn by lot: it happened to be a little easier than average.
# On fresh text the loss is 0.5566, above the floor. Averaged over all sentences by their probabilities, no bigram is below its [floor](loss.md#perplexity).
# A model that looks further back is another matter: the GPT of [lesson #](training.md#run) goes below it.
#
# ## Comparing the two tables {#compare}
#
# Have the counted and the learned table become the same? We look at the largest difference.

# %%
largest_gap = abs(learned - counted).max()
assert largest_gap < 0.02
print(f"{largest_gap:.4f}")

# %%
row = words.encode("は")[0]
columns = {"counted": counted[row], "learned": learned[row]}
figures.table({"after は": world.vocab} | columns)

# %% [markdown] lang="ja"
# 差は、大きくても 0.0010 です。学んだ表は、「は」の次に来ないトークンにも、まだ 0.0001 ほどの確率を残しています。
# 数えるやり方なら表は一度で決まりますが、使えるのは、n-gram のように、確率が回数の割合で決まるモデルです。
# 勾配降下は、損失を微分できれば使えます。回数の割合では決まらない、深いモデルも学習できます。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージの `cross_entropy` とその微分に、同じロジットを、1 組ずつ並べて渡します。

# %% [markdown] lang="en"
# They differ by 0.0010 at most. The learned table still leaves about 0.0001 to each token that does not follow は.
# Counting settles the table in one go, but it is for models such as n-grams, whose probabilities are shares of counts.
# Gradient descent asks for a loss that can be differentiated. It also trains deep models, which no shares of counts would settle.
#
# ## Does the package agree? {#package}
#
# We hand the same logits, pair by pair, to the package's `cross_entropy` and to its derivative.

# %% check="pairs"
package_loss = ops.cross_entropy(W[before], after)
of_logits = ops.cross_entropy_backward(W[before], after)
package_gradient = np.zeros((V, V))
np.add.at(package_gradient, before, of_logits)
last_loss, last_gradient = bigram_loss_and_grad(W)
assert np.isclose(package_loss, last_loss)
assert np.allclose(package_gradient, last_gradient, atol=1e-12)
figures.source(ops.cross_entropy_backward)

# %% [markdown] lang="ja"
# [1 組ずつ足しても](#check-pairs)、同じ勾配です。学ぶやり方に、回数の表は要りません。上では、計算を速くするために使いました。
#
# ## 見えないものは、学べない {#blind}
#
# この世界では、「は」の次に来やすい名詞は、その前の生きもので決まります。「ねこ」なら「ひるね」、「いぬ」なら「さんぽ」です。
# 学んだ表の、「は」の行を見ましょう。

# %% [markdown] lang="en"
# Added up [pair by pair](#check-pairs), the gradient is the same. Learning needs no table of counts; we used it above to be quick.
#
# ## What it cannot see, it cannot learn {#blind}
#
# In this world, the noun that is likely after は depends on the animal before it: ひるね (nap) for ねこ (cat), さんぽ (walk) for いぬ (dog).
# Look at the row of は in the learned table.

# %%
nouns = words.encode("ひるね さんぽ うた 本")
p = learned[row, nouns]
shares = p / p.sum()
names = [world.vocab[i] for i in nouns]
figures.bar(names, shares, x_label="after は", y_label="share")

# %% [markdown] lang="ja" tags=["caption"]
# 「は」のすぐ次に名詞が来るときの、名詞ごとの割合。4 つがほぼ同じです。
#
# alt: 棒グラフ。「ひるね」「さんぽ」「うた」「本」の 4 本が、ほぼ同じ高さで並ぶ。
#
# labels: after {} = 「{}」の次; share = 割合

# %% [markdown] lang="en" tags=["caption"]
# Which noun follows は directly, as shares. The four are nearly equal.
#
# alt: Bar chart. Four bars of nearly the same height: ひるね, さんぽ, うた and 本.
#
# labels: after {}

# %% check="animal"
triples = np.zeros((V, V, V))
np.add.at(triples, (ids[:-2], ids[1:-1], ids[2:]), 1)
animals = words.encode("ねこ いぬ とり ひと")
tally = triples[:, row][np.ix_(animals, nouns)]
by_animal = tally / tally.sum(axis=1, keepdims=True)
assert abs(shares - 0.25).max() < 0.05
assert np.diag(by_animal).min() > 0.8
rows = [world.vocab[i] for i in animals]
axes = {"row_label": "before は", "column_label": "after は"}
figures.heatmap(by_animal, rows, names, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 「は」の前の生きものごとに数え直した割合。どの行も、1 つの名詞に集まります。
#
# alt: 4 行 4 列のヒートマップ。行は「ねこ」「いぬ」「とり」「ひと」、列は「ひるね」「さんぽ」「うた」「本」。対角線のます目だけが濃い。
#
# labels: before {} = 「{}」の前; one token back = 1 つ前まで; two = 2 つ前まで; all before = 前の全部

# %% [markdown] lang="en" tags=["caption"]
# The shares counted again, by the animal before は. Each row gathers on one noun.
#
# alt: Heatmap of 4 by 4 cells. The rows are ねこ, いぬ, とり and ひと, the columns ひるね, さんぽ, うた and 本. The cells on the diagonal alone are dark.
#
# labels: before {}; two = two tokens back

# %% [markdown] lang="ja"
# 「は」の前の生きものがわかれば、名詞は当てやすくなります。[「は」しか見ない](#check-animal) bigram には、その手がかりが届きません。

# %% [markdown] lang="en"
# Once the animal before は is known, the noun is easy to guess. A bigram [sees only は](#check-animal), and the clue does not reach it.

# %%
floors = {"one token back": floor, "two": world.trigram_floor}
figures.table(floors | {"all before": world.full_context_floor})

# %% [markdown] lang="ja"
# 2 つ前まで見れば、下限は 0.5279 に、全部の文脈を見れば 0.4480 に下がります。
# n-gram で見る範囲を 1 つ広げるたびに、表は 19 倍の大きさになります。Attention なら、見る範囲を広げても、学習する行列の大きさは変わりません。
#
# ## 簡単にしたこと {#simplified}
#
# - 毎回、テキストの全部で勾配を計算しました。実際は、一部を取り出した**ミニバッチ**（mini-batch）ごとに進みます（**SGD**、確率的勾配降下法）。
# - 学習率を 1 つに決めました。実際は、だんだん下げます（**schedule**、スケジュール）。
# - 出てこなかった組の確率は 0 に近づきました。数えるモデルでは、少し足して 0 を避けます（**smoothing**、平滑化）。
#
# ## 練習 {#exercises}
#
# **1.** 学習率を $0.5$ にすると、同じステップ数で損失はどこまで下がるでしょうか。

# %% [markdown] lang="en"
# Two tokens back, the floor is 0.5279; with all of the context in view, it comes down to 0.4480.
# Each further token makes the table of an n-gram 19 times as large. Attention looks further back with learned matrices of the same size.
#
# ## What we simplified {#simplified}
#
# - Every step used the whole text. In practice, each step uses a small part (**mini-batch**, **SGD**, stochastic gradient descent).
# - We fixed one learning rate. In practice it is lowered over time (a **schedule**).
# - Pairs that did not occur went towards probability 0. Counting models add a little everywhere (**smoothing**).
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
# 0.5979 で、まだ下限より上にいます。1 歩が小さいと、同じ歩数で進める距離も短くなります。
#
# **2.** 勾配の行をそれぞれ足すと、いくつになるでしょうか。なぜでしょうか。

# %% [markdown] lang="en"
# At 0.5979, it is still above the floor: smaller steps get less far in the same number.
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
# どれも 0 です。確率も one-hot も足すと 1 なので、差の合計は 0 になります。1 つのロジットを上げれば、ほかのトークンの確率が下がります。
#
# ## 次へ {#next}
#
# [第 # 回](backward.md#backward)では、もっと深いモデルの勾配を、連鎖律で求めます。

# %% [markdown] lang="en"
# Each sums to 0: probabilities sum to one, and so does a one-hot vector. Raising one logit lowers the probabilities of the other tokens.
#
# ## Next {#next}
#
# [Lesson #](backward.md#backward) finds the gradients of deeper models, by the chain rule.
