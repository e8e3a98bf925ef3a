# %% [markdown] lang="ja"
# # 因果マスク：未来を見せない {#causal-mask}
#
# GPT は、次の語を当てるモデルです。当てる相手が見えていたら、当てたことになりません。
# そこで、それぞれの語から、自分より後の語を見えなくします。この覆いを**因果マスク**と呼びます。
# まず小さな文で重みを手で隠し、次に「本当に漏れていないか」を、語を一つずつ揺らして確かめます。
#
# 必要なものは、[第 # 回](attention.md#attention)の Attention と softmax です。

# %% [markdown] lang="en"
# # The causal mask: hiding the future {#causal-mask}
#
# GPT guesses the next word. If it could see that word, it would not be guessing.
# So from each word, everything that comes later is made invisible; what covers it is called the **causal mask**.
# First we hide weights by hand in a small sentence. Then we ask whether anything leaks through, by disturbing one word at a time.
#
# All you need is the attention and the softmax of [lesson #](attention.md#attention).

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, ops

# %%
tokens = ["わたし", "は", "きょう", "本", "を", "読む"]
E = np.array(
    [[0.80, 0.10, 0.20], [0.10, 0.05, 0.05], [0.55, 0.85, 0.20]]
    + [[0.92, 0.70, 0.15], [0.12, 0.12, 0.02], [0.75, 0.88, 0.92]],
    dtype=np.float32,
)  # (T, d)

# %% [markdown] lang="ja"
# ## 一つの文に、問題が 5 つ {#task}
#
# `わたし は きょう 本 を 読む` の 6 語は、次の語を当てる問題を 5 つ含んでいます。
# 下の表は、モデルに見せる語と、その答えです。

# %% [markdown] lang="en"
# ## One sentence, five questions {#task}
#
# `わたし は きょう 本 を 読む` means "I read a book today": わたし is I, きょう today, 本 book, 読む read; は and を are particles.
# Its six words hold five questions of the form "what comes next". The table shows what the model sees, and the answer.

# %%
seen = [" ".join(tokens[: i + 1]) for i in range(5)]
figures.table({"visible": seen, "answer": tokens[1:]})

# %% [markdown] lang="ja"
# Attention は、6 語を一度に計算します。1 回の計算で、1 文から 5 問分を学べます。
# けれども、一つの行の答えは、次の行にそのまま書いてあります。隠さなければ、当てる代わりに写せてしまいます。
#
# ## マスクを作る {#mask}
#
# 行を見る側（query）、列を見られる側（key）とします。列の番号 $j$ が行の番号 $i$ より大きいところが未来です。

# %% [markdown] lang="en"
# Attention computes all six words at once: a single pass over one sentence teaches five answers.
# But the answer to each row stands, in plain sight, in the next one. Unless it is hidden, a model can copy instead of guessing.
#
# ## Making the mask {#mask}
#
# Rows are the words that look (query), columns the words looked at (key). Wherever the column $j$ is greater than the row $i$, there lies the future.

# %%
T = len(tokens)
rows = [[j > i for j in range(T)] for i in range(T)]
future = np.array(rows)  # (T, T)
assert future.sum() == 15
figures.heatmap(future, tokens, tokens, kind="mask")

# %% [markdown] lang="ja" tags=["caption"]
# 斜線（True）のところが未来で、見えません。対角線は自分自身で、見えます。
#
# alt: 6 行 6 列のます目。行も列も文の順に「わたし」「は」「きょう」「本」「を」「読む」。対角線より右上の三角形の 15 個が、斜線で隠れている。
#
# labels: visible = 見える語; answer = 答え; sum of weights = 重みの合計; output of = 出力; disturbed = 揺らした語

# %% [markdown] lang="en" tags=["caption"]
# The hatched cells (True) are the future, and hidden. The diagonal is the word itself, which stays visible.
#
# alt: A grid of 6 by 6 cells. Rows and columns are わたし, は, きょう, 本, を, 読む, in sentence order. The 15 cells of the triangle above the diagonal are hatched: hidden.
#
# labels: visible = visible words; わたし = わたし I; {} {} = {} {}; disturbed = word disturbed

# %% [markdown] lang="ja"
# ## スコアを隠す {#masked-scores}
#
# [第 # 回](attention.md#scores)と同じく、内積を $\sqrt{d}$ で割ってスコアを出します。それから、未来のスコアを `-inf` に置き換えます。

# %% [markdown] lang="en"
# ## Hiding the scores {#masked-scores}
#
# As in [lesson #](attention.md#scores), scores are dot products divided by $\sqrt{d}$. Then the scores of the future are replaced by `-inf`.

# %%
root_d = np.sqrt(np.float32(E.shape[1]))
scores = E @ E.T / root_d  # (T, d) @ (d, T) -> (T, T)
masked_scores = np.where(future, -np.inf, scores)
figures.heatmap(masked_scores, tokens, tokens, kind="scores")

# %% [markdown] lang="ja" tags=["caption"]
# マスクしたスコア。いちばん大きいのは、「読む」が自分に付けた 1.2605 です。
#
# alt: 6 行 6 列のヒートマップ。対角線とその左下にスコアがあり、右上の三角形は -inf。右下の角、「読む」どうしのスコアが最も大きい。

# %% [markdown] lang="en" tags=["caption"]
# The masked scores. The largest, 1.2605, is what 読む gives to itself.
#
# alt: Heatmap of 6 by 6 cells. Scores stand on the diagonal and below it; the triangle at the upper right is -inf. The largest score is in the lower right corner, 読む with 読む.

# %% [markdown] lang="ja"
# なぜ 0 ではなく `-inf` なのでしょうか。softmax は、どのスコアも指数関数に通します。次のやりとりを見てください。

# %% [markdown] lang="en"
# Why `-inf`, and not 0? Softmax exponentiates every score. Look at this exchange.

# %% [markdown]
# ```pycon
# >>> np.exp(np.array([-np.inf, 0.0]))
# array([0., 1.])
# ```

# %% [markdown] lang="ja"
# スコアを 0 にしても、指数関数を通すと 1 になり、重みが残ります。`-inf` なら、見える語が一つでもあれば、重みはちょうど 0 です。因果マスクでは、自分がいつも見えます。
#
# ## 因果マスクをかけた重み {#masked-weights}
#
# 行ごとに softmax を通します。隠した列は 0 になり、見えている列の合計が 1 になります。

# %% [markdown] lang="en"
# A score of 0 becomes 1, and keeps some of the weight. With `-inf` the weight is exactly 0, as long as one word or more is visible. Under the causal mask, the word itself always is.
#
# ## Weights under the causal mask {#masked-weights}
#
# Softmax goes over each row. Hidden columns come out as 0, and the visible ones sum to one.

# %% check="weights"
exps = np.exp(masked_scores)
weights = exps / exps.sum(axis=1, keepdims=True)  # (T, T)
assert (weights[future] == 0).all()
assert np.allclose(weights.sum(axis=1), 1)
figures.heatmap(weights, tokens, tokens)

# %% [markdown] lang="ja" tags=["caption"]
# マスクしたあとの重み。「わたし」は[自分しか見られない](#check-weights)ので 1.0000 です。「読む」は 6 語すべてを見て、自分に 0.2967 を置きます。
#
# alt: 6 行 6 列のヒートマップ。右上の三角形はすべて 0.0000。「は」の行は 0.5115 と 0.4885、「きょう」の行は 0.3223、0.2475、0.4302。下の行ほど多くの語に重みが分かれる。

# %% [markdown] lang="en" tags=["caption"]
# The weights under the mask. わたし [sees only itself](#check-weights), with a weight of 1.0000. 読む sees all six words, and puts 0.2967 on itself.
#
# alt: Heatmap of 6 by 6 cells. The upper right triangle is 0.0000 throughout. The row of は is 0.5115 and 0.4885, that of きょう 0.3223, 0.2475 and 0.4302. The lower the row, the more words share the weight.

# %% [markdown] lang="ja"
# 先に softmax を通し、あとから未来の重みを 0 にすると、どうなるでしょうか。よくある間違いです。

# %% [markdown] lang="en"
# What if we took the softmax first, and set the weights of the future to 0 afterwards? It is a common mistake.

# %% check="too-late"
def masked_too_late(scores):  # (T, T) -> (T, T)
    return np.where(future, 0, ops.softmax(scores))


sums = masked_too_late(scores).sum(axis=1)
assert sums[-1] > 0.9999 > sums[:-1].max()
other_future = np.where(future, scores - 1, scores)
changed = masked_too_late(other_future) != masked_too_late(scores)
assert changed[:-1][~future[:-1]].all() and not changed[-1].any()
figures.table({"query": tokens, "sum of weights": sums})

# %% [markdown] lang="ja"
# 合計が 1 になるのは、何も隠していない[最後の行だけです](#check-too-late)。「わたし」の行は 0.1800 に減っています。
# しかも、未来のスコアを変えると、隠したはずなのに[残った重みも変わります](#check-too-late)。softmax の分母に、未来が入っています。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージのマスクは 1 行です。`np.triu` は右上の三角形を残し、`k=1` は対角線の一つ上から、という意味です。

# %% [markdown] lang="en"
# [Only the last row](#check-too-late), where nothing was hidden, sums to one. The row of わたし has just 0.1800 left.
# What is worse, when the scores of the future change, [so do the weights that are left](#check-too-late): the future sits in the denominator of the softmax.
#
# ## Does the package agree? {#package}
#
# In the package the mask is one line. `np.triu` keeps the upper right triangle, and `k=1` starts it one step above the diagonal.

# %%
mask = attention.causal_mask(T)
assert (mask == future).all()
attend = attention.scaled_dot_product_attention
output, package_weights = attend(E, E, E, mask)
assert np.allclose(package_weights, weights, atol=1e-6)
assert np.allclose(output, weights @ E, atol=1e-6)
figures.source(attention.causal_mask)

# %% [markdown] lang="ja"
# ## 漏れを探す {#leak}
#
# マスクが正しいことは、図の形ではなく、働きで確かめます。
# 語 $j$ のベクトルを揺らし、もう一度計算して、それぞれの語 $i$ の出力がどれだけ動いたかを測ります。
# 正しければ、$j$ より前の出力は、1 ビットも動かないはずです。

# %% [markdown] lang="en"
# ## Looking for a leak {#leak}
#
# Whether a mask is right shows in what it does, not in how it looks. We disturb the vector of word $j$, compute everything again, and
# measure how far the output of each word $i$ has moved.
# If the mask works, the outputs before $j$ do not move by a single bit.

# %%
def moved_by(j, mask):  # -> (T,)
    disturbed = E.copy()
    disturbed[j] += 1
    before, after = (attend(X, X, X, mask)[0] for X in (E, disturbed))
    return abs(after - before).max(axis=1)


moved = np.transpose([moved_by(j, mask) for j in range(T)])  # (T, T)
assert (moved[future] == 0).all() and (moved[~future] > 0).all()
words = {"row_label": "output of", "column_label": "disturbed"}
figures.heatmap(moved, tokens, tokens, kind="values", **words)

# %% [markdown] lang="ja" tags=["caption"]
# 列の語を揺らしたとき、行の出力がどれだけ動いたか。右上の三角形は、0 に近い値ではなく、ちょうど 0 です。
#
# alt: 6 行 6 列のヒートマップ。対角線より右上はすべて 0.0000。対角線とその左下はどれも正で、「本」の対角線は 1.1458。

# %% [markdown] lang="en" tags=["caption"]
# How far each row's output moves when the word of a column is disturbed. The upper right triangle is not nearly zero; it is zero.
#
# alt: Heatmap of 6 by 6 cells. Above the diagonal everything is 0.0000. On and below it every cell is positive; the diagonal cell of 本 is 1.1458.

# %% [markdown] lang="ja"
# この検査に、間違ったマスクを渡してみます。対角線を一つずらし、すぐ次の語が見えるようにしたものです。

# %% [markdown] lang="en"
# Now hand the same test a faulty mask, shifted by one: the next word shows.

# %%
off_by_one = np.triu(np.ones((T, T), dtype=bool), k=2)
leaked = np.transpose([moved_by(j, off_by_one) for j in range(T)])
leaks = (leaked > 0) & future
assert (leaks == np.eye(T, k=1, dtype=bool)).all()
figures.heatmap(leaked, tokens, tokens, kind="values", **words)

# %% [markdown] lang="ja" tags=["caption"]
# 対角線のすぐ右上に、0 でない値が並びました。最後の語のほかは、どの語も次の語をのぞいています。
#
# alt: 6 行 6 列のヒートマップ。対角線のすぐ右の 5 つのます目に 0.5645、0.3868、0.6180、0.2895、0.2162 があり、その先の右上は 0.0000。

# %% [markdown] lang="en" tags=["caption"]
# Values other than 0 line up just above the diagonal. Every word but the last peeks at the next one.
#
# alt: Heatmap of 6 by 6 cells. The five cells right of the diagonal hold 0.5645, 0.3868, 0.6180, 0.2895 and 0.2162; beyond them, the upper right is 0.0000.

# %% [markdown] lang="ja"
# 漏れのあるモデルは、次の語を写して、学習中によい成績を出せます。けれども文章を書くときには、写す相手がまだありません。
# この検査が使うのは入力と出力で、中は見ません。[第 # 回](gpt.md#no-leak)では、モデル全体に同じ検査をします。
#
# ## 簡単にしたこと {#simplified}
#
# - 文は一つでした。長さの違う文をまとめて計算するときは、余白を隠す **padding mask** も重ねます。
# - すべての過去を見せました。**sliding window attention** のマスクは、遠い過去も隠します（[Mistral 7B](https://arxiv.org/abs/2310.06825)）。
# - 全部を計算してから隠しました。[FlashAttention-2](https://arxiv.org/abs/2307.08691) は、スコアをブロックに分け、丸ごと隠れるブロックの計算を省きます。
# - 未来も見てよい課題では、因果マスクを使いません。**encoder** の [BERT](https://arxiv.org/abs/1810.04805) がそうです。GPT は [**decoder-only**](https://arxiv.org/abs/1801.10198) です。
#
# ## 練習 {#exercises}
#
# **1.** 未来のスコアを `-inf` ではなく 0 にすると、「わたし」の行の重みはどうなるでしょうか。

# %% [markdown] lang="en"
# A model that leaks can do well in training by copying the next word. When it has to write, there is nothing to copy from yet.
# The test compares inputs and outputs, and does not look inside. [Lesson #](gpt.md#no-leak) puts it to a whole model.
#
# ## What we simplified {#simplified}
#
# - We had one sentence. When sentences of different lengths are computed together, a **padding mask** also hides the filler.
# - We showed all of the past. The mask of **sliding window attention** hides the distant past, too ([Mistral 7B](https://arxiv.org/abs/2310.06825)).
# - We computed everything, then hid part of it. [FlashAttention-2](https://arxiv.org/abs/2307.08691) divides the scores into blocks, and skips those that are hidden entirely.
# - Where the future may be seen, there is no causal mask: the **encoder** [BERT](https://arxiv.org/abs/1810.04805) has none. GPT is [**decoder-only**](https://arxiv.org/abs/1801.10198).
#
# ## Exercises {#exercises}
#
# **1.** Set the scores of the future to 0 instead of `-inf`. What happens to the row of わたし?

# %% tags=["exercise"]
from llm_scratch.exercises import check

zero_scores = ...  # (T, T): the weights with 0 in place of -inf
check("causal_mask.1", zero_scores, scores, future)

# %% tags=["solution"]
zero_scores = ops.softmax(np.where(future, 0, scores))
assert (zero_scores[future] > 0.1).all()
assert check("causal_mask.1", zero_scores, scores, future)
print(zero_scores[0].round(4))

# %% [markdown] lang="ja"
# 未来の 5 語に、まだ 0.1541 ずつ重みが残ります。「わたし」自身は 0.2295 です。スコア 0 は「見ない」ではなく、内積が 0 の語と同じように見る、という意味になります。
#
# **2.** 長さ $T$ の文では、いくつのます目が隠れるでしょうか。$T = 6$ と $T = 1024$ で確かめてください。

# %% [markdown] lang="en"
# Each of the five future words keeps 0.1541, and わたし itself has 0.2295. A score of 0 does not say "ignore"; it says "look, as at a word whose dot product is 0".
#
# **2.** How many cells are hidden in a sentence of $T$ words? Check with $T = 6$ and $T = 1024$.

# %% tags=["exercise"]
hidden_cells = ...  # how many of 1024 x 1024
check("causal_mask.2", hidden_cells)

# %% tags=["solution"]
by_length = {n: int(attention.causal_mask(n).sum()) for n in (6, 1024)}
hidden_cells = by_length[1024]
assert all(cells == n * (n - 1) // 2 for n, cells in by_length.items())
assert check("causal_mask.2", hidden_cells)
print(by_length)

# %% [markdown] lang="ja"
# $T(T-1)/2$ 個です。1024 語では 523776 個で、全体のほぼ半分を隠します。
#
# **3.** `masked_too_late` の出力にも、漏れの検査をしてください。隠したはずの「読む」を揺らすと、「わたし」が自分に付ける重みは、どれだけ動くでしょうか。

# %% [markdown] lang="en"
# $T(T-1)/2$ of them. With 1024 words that is 523776, nearly half of all cells.
#
# **3.** Put `masked_too_late` to the leak test as well. If 読む, which should be hidden, is disturbed, how far does the weight of わたし on itself move?

# %% tags=["exercise"]
moved_weight = ...  # the absolute difference
check("causal_mask.3", moved_weight, E, masked_too_late)

# %% tags=["solution"]
disturbed = E.copy()
disturbed[5] += 1
pair = [X @ X.T / root_d for X in (E, disturbed)]
before, after = (masked_too_late(scores)[0, 0] for scores in pair)
moved_weight = abs(after - before)
assert check("causal_mask.3", moved_weight, E, masked_too_late)
print(f"{before:.4f} {after:.4f} {moved_weight:.4f}")

# %% [markdown] lang="ja"
# 「わたし」の重みは 0.1800 から 0.1529 に変わり、0.0271 動きました。分母を通って、未来が漏れています。
#
# **4.** 遠い過去も隠すマスク（**sliding window**）を作ってください。各位置から見えるのは、自分を入れて `width` 個です。

# %% [markdown] lang="en"
# The weight of わたし goes from 0.1800 to 0.1529: it moves by 0.0271. The future leaks in through the denominator.
#
# **4.** Make a mask that hides the distant past, too (a **sliding window**). From each position, `width` words are visible, the word itself included.

# %% tags=["exercise"]
def sliding_window_mask(n, width):  # -> (n, n) bool, True: hidden
    ...


check("causal_mask.4", sliding_window_mask)

# %% tags=["solution"]
def sliding_window_mask(n, width):  # -> (n, n) bool, True: hidden
    i, j = np.indices((n, n))
    return (j > i) | (j <= i - width)


assert check("causal_mask.4", sliding_window_mask)
print(sliding_window_mask(6, 3).astype(int))

# %% [markdown] lang="ja"
# 因果マスクに、もう 1 本の対角線が加わります。一つずれるのは、よくある間違いです。幅 1 のとき、見える語は自分一つになるはずです。
#
# ## 次へ {#next}
#
# 未来は隠れました。けれども一つの層の Attention は、見えている語の順をまだ知りません。[第 # 回](position.md#position)で、位置を教えます。

# %% [markdown] lang="en"
# The causal mask gains a second diagonal. Being off by one is a common slip; with a width of 1, a word should see itself and no other.
#
# ## Next {#next}
#
# The future is hidden now. But one layer of attention still has no idea in what order the visible words stand. [Lesson #](position.md#position) tells it.
