# %% [markdown] lang="ja"
# # GPT を入り口から出口まで組み立てる {#gpt}
#
# これまでの部品に MLP を加えてつなぐと、小さな GPT になります。この回では、それを入り口から順に組み立て、最後まで動かします。
# 入れるのは「ねこ は ひるね が すき」の ID、出てくるのは、次のトークンの確率分布です。
# パラメータは乱数のままなので、予測に意味はまだありません。意味がない、ということも数で確かめます。
#
# 必要なものは、[第 # 回](tokens.md#tokens)から[第 # 回](position.md#positional-encoding)までの部品です。

# %% [markdown] lang="en"
# # A GPT, from the way in to the way out {#gpt}
#
# Join the parts so far, add an MLP, and you have a small GPT. In this lesson we build one from the way in to the way out, and run it from end to end.
# In go the ids of ねこ は ひるね が すき, "cats like naps"; out comes a probability distribution of the next token.
# The parameters stay random, so the predictions mean nothing yet. That they mean nothing is something we measure, too.
#
# All you need is the parts from [lesson #](tokens.md#tokens) to [lesson #](position.md#positional-encoding).

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, ops, position, tokenizer

lessons = {"ids": "tokens", "token embedding": "embeddings"}
lessons |= {"position": "position", "softmax": "attention"}
lessons |= {"causal self-attention": "causal_mask"}
links = {box: f"../{name}/" for box, name in lessons.items()}

# %%
steps = [("ids", "token embedding"), ("ids", "position")]
steps += [("token embedding", "add"), ("position", "add")]
chain = ["add", "causal self-attention", "MLP", "linear", "softmax"]
steps += zip(chain, chain[1:])
figures.flow(steps, links=links)

# %% [markdown] lang="ja" tags=["caption"]
# GPT の中の道すじ。リンクのある箱を押すと、その部品の回へ行けます。MLP と線形変換は、この回で作ります。途中の残差接続は、描いていません。
#
# alt: 流れ図。ID からトークン埋め込みと位置の 2 つの箱へ分かれ、足し算で合流し、因果マスク付き自己注意、MLP、線形変換、softmax と下へ続く。
#
# labels: ids = ID; token embedding = トークン埋め込み; add = 足し算; causal self-attention = 因果マスク付き自己注意; MLP; linear = 線形変換

# %% [markdown] lang="en" tags=["caption"]
# The way through a GPT. A box with a link leads to the lesson of its part; MLP and linear are built here. Residual connections are not drawn.
#
# alt: Flow diagram. From ids, arrows lead to token embedding and to position; they meet again at add, and go on down to causal self-attention, MLP, linear and softmax.

# %% [markdown] lang="ja"
# ## パラメータを用意する {#parameters}
#
# 学習で決まる数を、**パラメータ**と呼びます。ここでは名前と行列の組として持ち、小さな乱数で埋めます。
# 位置の波は計算で決まるので、パラメータではありません。

# %% [markdown] lang="en"
# ## The parameters {#parameters}
#
# Numbers that training decides are called **parameters**. We keep them as matrices under their names, filled with small random numbers.
# The waves of position are computed, so they are no parameters.

# %%
sentence = "ねこ は ひるね が すき"
words = tokenizer.WordTokenizer.from_text(sentence)
tokens, ids = sentence.split(), words.encode(sentence)
vocab_size, d = 5, 8
shapes = {"embedding": (vocab_size, d)}
shapes |= {name: (d, d) for name in ("query", "key", "value", "output")}
shapes |= {"up": (d, 4 * d), "down": (4 * d, d)}
shapes["head"] = (d, vocab_size)
rng = np.random.default_rng(0)
params = {n: 0.3 * rng.standard_normal(shapes[n]) for n in shapes}
sizes = [matrix.size for matrix in params.values()]
columns = {"name": list(params), "shape": list(shapes.values())}
figures.table(columns | {"numbers": sizes})

# %%
total = sum(sizes)
assert total == 2 * vocab_size * d + 12 * d**2
figures.table({"parameters": total})

# %% [markdown] lang="ja"
# 全部で 848 個です。語彙の大きさを $V$ とすると、埋め込みと出口が $2Vd$、真ん中が $12d^2$ です。次元を増やすほど、真ん中の割合が大きくなります。
#
# ## 入り口 {#input}
#
# まず、表から行を取り出し、位置の波を足します。T はトークンの数で、ここでは 5 です。

# %% [markdown] lang="en"
# 848 in all. With $V$ tokens in the vocabulary, that is $2Vd$ for the embedding and the way out, and $12d^2$ in the middle. The more dimensions, the larger the share of the middle.
#
# ## The way in {#input}
#
# First, we take rows out of a table and add the waves of position. T is the number of tokens, 5 here.

# %%
def embed_and_place(ids):  # (T,) -> (T, d)
    waves = position.sinusoidal_encoding(len(ids), d)
    return params["embedding"][ids] + waves


x = embed_and_place(ids)
print(x.shape)

# %% [markdown] lang="ja"
# ## 前の文脈を読む {#self-attention}
#
# [第 # 回](attention.md#scores)では、埋め込みをそのまま query、key、value にしました。GPT は、3 つの行列を掛けて、それぞれ別のベクトルを作ります。
# こうすると、「探すもの」と「持っているもの」と「渡すもの」を、別々に学べます。
# 3 つとも同じ文から作るので、**自己注意**（self-attention）と呼びます。未来は隠します。
# 重み付き平均には、4 つ目の行列 `output` を掛けてから渡します（**出力射影**、output projection）。

# %% [markdown] lang="en"
# ## Reading what came before {#self-attention}
#
# In [lesson #](attention.md#scores) the embeddings themselves served as query, key and value. A GPT multiplies by three matrices and makes three different vectors.
# That way it can learn separately what to look for, what to be found by, and what to hand over.
# All three come from the same sentence, hence the name **self-attention**. The future is hidden.
# The weighted average is multiplied by a fourth matrix, `output`, before it is passed on (the **output projection**).

# %%
def self_attention(x):  # (T, d) -> (T, d), (T, T)
    query, key = x @ params["query"], x @ params["key"]
    value = x @ params["value"]
    scores = query @ key.T / np.sqrt(d)
    scores[np.triu_indices(len(x), k=1)] = -np.inf
    weights = ops.softmax(scores)
    return weights @ value @ params["output"], weights


context, weights = self_attention(x)
figures.heatmap(weights, tokens, tokens)

# %% [markdown] lang="ja" tags=["caption"]
# 乱数の行列から出た重み。それでも未来は 0.0000 で、どの行も足すと 1 です。
#
# alt: 5 行 5 列のヒートマップ。行も列も文の順。対角線より右上は 0.0000。左下の重みは、見えるトークンのすべてに分かれる。
#
# labels: name = 名前; shape = 形; embedding; output; up; down; head

# %% [markdown] lang="en" tags=["caption"]
# Weights that come from random matrices. Even so, the future is 0.0000, and every row sums to one.
#
# alt: Heatmap of 5 by 5 cells, rows and columns in sentence order. Above the diagonal all is 0.0000. Below it, the weight is spread over all the visible tokens.
#
# labels: numbers = how many numbers

# %% [markdown] lang="ja"
# ## パッケージの実装と照合する {#package}
#
# 真ん中の計算は、パッケージの関数と同じはずです。確かめて、ここから先は、そちらを使います。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# The middle of this computation should be what the package's function does. We check, and from here on use that.

# %%
def attend_to_past(x):  # (T, d) -> (T, d)
    qkv = [x @ params[name] for name in ("query", "key", "value")]
    mask = attention.causal_mask(len(x))
    averages, _ = attention.scaled_dot_product_attention(*qkv, mask)
    return averages @ params["output"]


assert np.allclose(attend_to_past(x), context)
figures.source(attention.scaled_dot_product_attention)

# %% [markdown] lang="ja"
# ## MLP：一つずつ考える {#mlp}
#
# Attention は、トークンの間で情報を運びます。**MLP**（フィードフォワード層）は、集めた情報をトークンごとに加工します。
# 4 倍の次元に広げ、**活性化関数**に通し、もとの次元に戻します。ここで使う活性化関数は、負の数を 0 にする **ReLU** です。

# %% [markdown] lang="en"
# ## The MLP: thinking it over {#mlp}
#
# Attention carries information between tokens. The **MLP** (feed-forward layer) works on what has been gathered, one token at a time.
# It widens each vector to 4 times its dimension, applies an **activation function**, and narrows it again. Ours is **ReLU**, which sets negative numbers to 0.

# %%
def mlp(x):  # (T, d) -> (T, d)
    hidden = np.maximum(x @ params["up"], 0)  # (T, 4d)
    return hidden @ params["down"]


assert np.allclose(mlp(x)[3], mlp(x[3:4])[0])

# %% [markdown] lang="ja"
# `assert` が言うのは、MLP の出力は、ほかのトークンがなくても同じだということです。
#
# ## 出口まで {#end-to-end}
#
# どちらの結果も、置き換えずに足します（**残差接続**）。層は、書き直すのではなく、書き足していきます。
# 最後に、行列 `head` を掛け（**線形変換**）、語彙のトークンの一つ一つに**ロジット**（logits）という数を付けます。softmax が、それを確率にします。

# %% [markdown] lang="en"
# What the `assert` says: the output of the MLP would be the same if the other tokens were not there.
#
# ## To the way out {#end-to-end}
#
# Neither result replaces what was there; it is added (**residual connection**). A layer does not rewrite, it adds a note.
# At the end we multiply by the matrix `head` (a **linear** step): each position gets a number for every token of the vocabulary (the **logits**). Softmax turns them into probabilities.

# %%
def gpt_by_hand(ids):  # (T,) -> (T, vocab_size)
    x = embed_and_place(ids)
    x = x + attend_to_past(x)
    x = x + mlp(x)
    return ops.softmax(x @ params["head"])


probabilities = gpt_by_hand(ids)
print(probabilities.shape)

# %%
rows = [f"{token} →" for token in tokens]
axes = {"row_label": "after", "column_label": "next"}
figures.heatmap(probabilities, rows, words.vocab, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# それぞれのトークンの次に来るものの確率。一度の計算で、5 つの位置すべての予測が出ます。
#
# alt: 5 行 5 列のヒートマップ。行は文の順のトークン、列は語彙の順。どの行も足すと 1。最も大きいのは 0.5254 で、「すき」の次の「が」。
#
# labels: after = ここまで; true next = 正解; mean surprise = 驚きの平均

# %% [markdown] lang="en" tags=["caption"]
# The probabilities of what comes after each token. One computation gives the predictions at all five positions.
#
# alt: Heatmap of 5 by 5 cells. Rows are the tokens in sentence order, columns the vocabulary. Every row sums to one. The largest cell is 0.5254, for が after すき.
#
# labels: {} →; true next = true next token

# %% [markdown] lang="ja"
# ## でたらめな予測の驚きを測る {#untrained}
#
# 正解のトークンに付けた確率 $p$ から、驚きの大きさ $-\ln p$ を測ります。確率 1 なら 0、小さいほど大きな驚きです。
# 5 つのトークンに均等に賭けると、驚きはいつも $\ln 5$ です。

# %% [markdown] lang="en"
# ## How good is a random guess? {#untrained}
#
# From the probability $p$ that the true token was given, we take the surprise $-\ln p$. It is 0 for probability 1, and the smaller the probability, the larger it gets.
# Betting evenly on five tokens makes the surprise $\ln 5$ every time.

# %%
p = probabilities[range(4), ids[1:]]  # of the true next tokens
surprise = -np.log(p)
columns = {"after": tokens[:-1], "true next": tokens[1:]}
figures.table(columns | {"p": p, "surprise": surprise})

# %%
assert surprise.mean() > np.log(5)
figures.table({"mean surprise": surprise.mean(), "ln 5": np.log(5)})

# %% [markdown] lang="ja"
# 平均は 1.8264 で、均等に賭けたときの 1.6094 より悪い値です。学習とは、この数を下げるようにパラメータを動かすことです。
#
# ## 未来を見ていないか {#no-leak}
#
# モデル全体にも、[第 # 回](causal_mask.md#leak)の検査ができます。最後のトークンを取り替えても、その前の予測は 1 ビットも変わらないはずです。

# %% [markdown] lang="en"
# The mean is 1.8264, worse than the 1.6094 of betting evenly. Training means moving the parameters so that this number goes down.
#
# ## Does it see the future? {#no-leak}
#
# The test of [lesson #](causal_mask.md#leak) works on the whole model. Replace the last token, and no prediction before it may change by a single bit.

# %%
replaced = gpt_by_hand([*ids[:-1], ids[0]])
same = (replaced == probabilities).all(axis=1)
print(same)
assert same.tolist() == [True, True, True, True, False]

# %% [markdown] lang="ja"
# ## 文を続ける {#continue}
#
# 予測が出れば、文を書けます。いちばん確からしいトークンを選び、後ろに付け、もう一度通す。そのくり返しです。
# 自分の出力を次の入力に加えるこの書き方を、**自己回帰**（autoregression）といいます。

# %% [markdown] lang="en"
# ## Going on writing {#continue}
#
# A model that predicts can write: pick the most probable token, append it, and go through the model again.
# Writing in this way, with each output added to the next input, is called **autoregression**.

# %%
def continue_text(text, n_tokens):
    ids = words.encode(text)
    for _ in range(n_tokens):
        ids.append(int(gpt_by_hand(ids)[-1].argmax()))
    return words.decode(ids)


print(continue_text("ねこ は", 4))

# %% [markdown] lang="ja"
# 文になっていません。乱数の GPT が書くのは、でたらめです。けれども、予測し、選び、付け足すというくり返しは、本物の GPT と同じです。
# 足りないのは、学習と、[下に挙げる部品](#simplified)です。
#
# ## 第 1 部のまとめ {#summary}
#
# - [トークン](tokens.md)：文を部品に切り、番号にしました。
# - [埋め込み](embeddings.md)：番号にベクトルを与えました。
# - [Attention](attention.md)：どこを見るかを、内積と softmax で決めました。
# - [スケーリング](scaling.md)：$\sqrt{d}$ で割り、尖りすぎを防ぎました。
# - [因果マスク](causal_mask.md)：未来を隠し、漏れがないことを確かめました。
# - [位置](position.md)：波を足して、順番を教えました。
# - GPT：MLP を加えて全部をつなぎ、次のトークンの確率を出しました。
#
# ## 簡単にしたこと {#simplified}
#
# - 層は一つでした。[GPT-2](https://huggingface.co/openai-community/gpt2/blob/main/config.json) は、Attention と MLP の組（**Transformer ブロック**）を 12 回重ね、どの組でも Attention を 12 個並べます（**multi-head attention**）。
# - Attention や MLP に入る前にベクトルの大きさをそろえる **LayerNorm** と、行列に添える**バイアス**（bias）を省きました。
# - ReLU を使いました。GPT-2 は、角のない **GELU** を使います。
# - 位置は波でした。GPT-2 は、位置のベクトルも学習します。
# - 入り口と出口に別の行列を使いました。GPT-2 は、同じ表を両方に使います（**重み共有**、weight tying）。
#
# ## 練習 {#exercises}
#
# **1.** GPT-2 のパラメータはいくつでしょうか。語彙は $V = 50257$、位置は $n = 1024$、次元は $d = 768$ で、12 層あります。入り口は $(V + n)d$、1 層は $12d^2 + 13d$、最後の LayerNorm は $2d$ です。

# %% [markdown] lang="en"
# That is no sentence: a random GPT writes nonsense. But its loop of predicting, picking and appending is that of a real GPT.
# What is missing is training, and the parts [listed below](#simplified).
#
# ## Part 1 in short {#summary}
#
# - [Tokens](tokens.md): we cut a sentence into parts and numbered them.
# - [Embedding](embeddings.md): we gave each number a vector.
# - [Attention](attention.md): dot products and softmax decided where to look.
# - [Scaling](scaling.md): dividing by $\sqrt{d}$ kept the weights from going sharp.
# - [Causal mask](causal_mask.md): we hid the future, and checked that nothing leaks.
# - [Position](position.md): adding waves told the model about order.
# - GPT: we added an MLP, joined it all, and got probabilities for the next token.
#
# ## What we simplified {#simplified}
#
# - We had one layer. [GPT-2](https://huggingface.co/openai-community/gpt2/blob/main/config.json) stacks 12 pairs of attention and MLP (**Transformer blocks**), and in each runs 12 attentions side by side (**multi-head attention**).
# - We left out **LayerNorm**, which evens out vectors before attention and before the MLP, and the **bias** that goes with a matrix.
# - We used ReLU. GPT-2 uses **GELU**, which has no corner.
# - Our positions were waves. GPT-2 learns its position vectors.
# - The way in and the way out had a matrix each. GPT-2 uses one table for both (**weight tying**).
#
# ## Exercises {#exercises}
#
# **1.** How many parameters does GPT-2 have? It has a vocabulary of $V = 50257$, $n = 1024$ positions, $d = 768$ dimensions and 12 layers. The way in takes $(V + n)d$, each layer $12d^2 + 13d$, and the last LayerNorm $2d$.

# %% tags=["exercise"]
from llm_scratch.exercises import check

gpt2_total = ...  # the number of parameters
check("gpt.1", gpt2_total)

# %% tags=["solution"]
d_gpt2 = 768
way_in = (50257 + 1024) * d_gpt2
layer = 12 * d_gpt2**2 + 13 * d_gpt2
gpt2_total = way_in + 12 * layer + 2 * d_gpt2
assert check("gpt.1", gpt2_total)
assert 12 * 12 * d_gpt2**2 > 2 / 3 * gpt2_total
print(gpt2_total)

# %% [markdown] lang="ja"
# 124439808 個です。その 3 分の 2 あまりを、12 層分の $12d^2$ が占めます。[第 # 回](block.md#counting)では、これを部品から数えます。
#
# **2.** 位置 0 では、Attention に見えるトークンは自分一つです。パラメータが何であっても、そこの重みはどうなるでしょうか。

# %% [markdown] lang="en"
# It has 124439808, of which the $12d^2$ of its 12 layers make up more than two thirds. [Lesson #](block.md#counting) counts them part by part.
#
# **2.** At position 0, attention sees one token, the one that stands there. So what are its weights, whatever the parameters are?

# %% tags=["exercise"]
first_weights = ...  # (T,): the weights of position 0
check("gpt.2", first_weights)

# %% tags=["solution"]
first_weights = self_attention(embed_and_place(ids))[1][0]
assert check("gpt.2", first_weights)
print(first_weights)

# %% [markdown] lang="ja"
# 重みは必ず `[1, 0, 0, 0, 0]` です。足すと 1 になる重みを、分け合う相手がいません。
#
# **3.** `head` をすべて 0 にすると、驚きの平均はいくつになるでしょうか。

# %% [markdown] lang="en"
# They are `[1, 0, 0, 0, 0]`, always: weights sum to one, and there is no other token to share them with.
#
# **3.** Set `head` to all zeros. What is the mean surprise?

# %% tags=["exercise"]
mean_surprise = ...  # in nats
check("gpt.3", mean_surprise)

# %% tags=["solution"]
even = ops.softmax(embed_and_place(ids) @ np.zeros((d, vocab_size)))
mean_surprise = -np.log(even).mean()
assert check("gpt.3", mean_surprise)
print(f"{mean_surprise:.4f}")

# %% [markdown] lang="ja"
# どのロジットも 0 なら、確率は均等で、驚きはちょうど $\ln 5$、つまり 1.6094 です。学習を始める前のモデルは、[こういう値の近く](loss.md#ln-v)にいるはずです。
#
# ## 次へ {#next}
#
# 第 1 部は、これで終わりです。第 2 部では学習させます。[第 # 回](loss.md#loss)では、驚きの平均を損失と名づけ、どこまで下げられるかを計算します。
# ことばを確かめたいときは[用語集](../glossary.md)を、自分で数を変えてみたいときは[手元で動かす](../follow.md)をどうぞ。

# %% [markdown] lang="en"
# If all logits are 0, the probabilities are even and the surprise is exactly $\ln 5$, which is 1.6094. A model about to be trained should be [close to such a value](loss.md#ln-v).
#
# ## Next {#next}
#
# This is the end of part 1. Part 2 makes the model learn. [Lesson #](loss.md#loss) calls the mean surprise the loss, and computes how low it can get.
# To look up a word, there is the [glossary](../glossary.md); to change numbers yourself, [follow along](../follow.md).
