# %% [markdown] lang="ja"
# # 埋め込み：番号からベクトルへ {#embeddings}
#
# トークンの ID は、ただの番号です。3 は 2 より少し大きい、と言っても、語の意味とは何の関係もありません。
# そこで、番号をベクトルに変えます。まず **one-hot** という素朴なベクトルを作り、何が足りないかを測ります。
# 次に**埋め込み**という短いベクトルを置き、散布図で、近い語と遠い語が生まれるのを見ます。
#
# 例は `ねこ は ひるね が すき` です。必要なものは、[第 # 回](tokens.md#tokens)の ID です。

# %% [markdown] lang="en"
# # Embedding: from numbers to vectors {#embeddings}
#
# The id of a token is just a number. That 3 is a little more than 2 says nothing about what words mean.
# So we turn numbers into vectors. First we build plain ones, called **one-hot**, and measure what they lack.
# Then we place short vectors, called **embeddings**, and watch near and far words appear in a scatter plot.
#
# The example is `ねこ は ひるね が すき`, "cats like naps": ねこ is cat, ひるね is nap, すき is like, and は and が are particles.
# All you need is the ids of [lesson #](tokens.md#tokens).

# %% tags=["setup"]
import numpy as np

from llm_scratch import figures, ops, tokenizer

# %%
sentence = "ねこ は ひるね が すき"
words = tokenizer.WordTokenizer.from_text(sentence)
vocab, ids = words.vocab, words.encode(sentence)
print(vocab, ids)

# %% [markdown] lang="ja"
# ## one-hot：自分の場所だけが 1 {#one-hot}
#
# 語彙の大きさと同じ数だけ 0 を並べ、ID の場所だけを 1 にします。「ねこ」の ID は 2 なので、3 番目が 1 です。

# %% [markdown] lang="en"
# ## One-hot: a single 1, in its own place {#one-hot}
#
# Write as many zeros as the vocabulary is long, and put a 1 in the place of the id. ねこ has the id 2, so its third entry is 1.

# %%
columns = range(len(vocab))
rows = [[int(column == i) for column in columns] for i in ids]
by_hand = np.array(rows)  # (T, vocab_size)
tokens = sentence.split()
axes = {"row_label": "token", "column_label": "id"}
figures.heatmap(by_hand, tokens, columns, kind="values", **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 文の 5 語の one-hot。どの行にも、どの列にも、1 は一つずつです。
#
# alt: 5 行 5 列のヒートマップ。行は文の順に「ねこ」「は」「ひるね」「が」「すき」、列は ID 0 から 4。1 があるのは、「ねこ」が 2、「は」が 3、「ひるね」が 4、「が」が 0、「すき」が 1 の列。ほかはすべて 0。

# %% [markdown] lang="en" tags=["caption"]
# The one-hot vectors of the five words. Every row, and every column, has a single 1.
#
# alt: Heatmap of 5 by 5 cells. Rows are ねこ, は, ひるね, が, すき in sentence order, columns the ids 0 to 4. The 1 of ねこ is in column 2, of は in 3, of ひるね in 4, of が in 0, of すき in 1. Everything else is 0.

# %% [markdown] lang="ja"
# 番号の大小は消えました。では、語の近さは表せるでしょうか。すべての組の距離と内積を計算します。
# **距離**は、差のベクトルの長さ（**ノルム**）です。成分の差を 2 乗して足し、平方根をとります。**内積**は、成分どうしを掛けて足した数です。

# %% [markdown] lang="en"
# The order of the numbers is gone. But can these vectors say which words are close? We compute the distance and the dot product of every pair.
# The **distance** is the length, or **norm**, of the difference: square its entries, add them up, take the root. For the **dot product**, multiply entry by entry and add up.

# %% check="all-alike"
differences = by_hand[:, None] - by_hand  # (T, T, vocab_size)
all_gaps = np.linalg.norm(differences, axis=-1)  # (T, T)
all_dots = by_hand @ by_hand.T  # (T, T)
different = ~np.eye(5, dtype=bool)
assert np.allclose(all_gaps, np.sqrt(2) * different)
assert (all_dots == ~different).all()
gaps, dots = all_gaps[different], all_dots[different]
smallest, largest = [gaps.min(), dots.min()], [gaps.max(), dots.max()]
columns = {"smallest": smallest, "largest": largest}
figures.table({"measure": ["distance", "dot product"]} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: measure = 測り方; dot product = 内積; smallest = 最小; largest = 最大

# %% [markdown] lang="ja"
# 違う語どうしは、どれも距離 1.4142、つまり $\sqrt{2}$ だけ離れ、内積は 0 です。
# 2 つの語で成分が違うのは 2 か所で、差はどちらも 1 です。距離は $\sqrt{1 + 1}$ になります。1 は別の場所にあるので、積はすべて 0 です。
# 「ねこ」と「ひるね」の間も、「ねこ」と「が」の間も[同じ](#check-all-alike)です。one-hot には、近い遠いがありません。しかも語彙が 5 万語なら、1 語に 5 万個の数が要ります。
#
# ## 埋め込み：意味を置ける場所 {#embedding}
#
# そこで、語ごとに短い実数のベクトルを一本ずつ持たせます。これが**埋め込み**です。
# ここでは説明のために、2 次元のベクトルを手で置きます。行は語彙の順です。

# %% [markdown] lang="en"
# Any two different words are 1.4142 apart, which is $\sqrt{2}$, and their dot product is 0.
# Their entries differ in two places, by 1 in each, so the distance is $\sqrt{1 + 1}$. The two 1s stand in different places, so every product is 0.
# From ねこ to ひるね it is [as far](#check-all-alike) as from ねこ to が: one-hot vectors know no near and far. Besides, with fifty thousand words, each word would take fifty thousand numbers.
#
# ## Embedding: a place for meaning {#embedding}
#
# So we give each word one short vector of real numbers. That is its **embedding**.
# To see how it works, we place vectors of two dimensions by hand. Rows stand in the order of the vocabulary.

# %%
E = np.array(
    [
        [0.12, 0.10],
        [0.88, 0.70],
        [0.90, 0.15],
        [0.10, 0.05],
        [0.95, 0.85],
    ],
    dtype=np.float32,
)  # (vocab_size, d)
columns = {"id": range(5), "token": vocab}
figures.table(columns | {"dim_1": E[:, 0], "dim_2": E[:, 1]})

# %%
figures.scatter(E, vocab)

# %% [markdown] lang="ja" tags=["caption"]
# 手で置いた埋め込み。助詞の「は」と「が」が原点の近くに並び、「ひるね」と「すき」が右上に集まります。
#
# alt: 散布図。横軸は次元 1、縦軸は次元 2。「は」と「が」は左下の原点の近く。「ねこ」は右下。「すき」と「ひるね」は右上で隣り合う。

# %% [markdown] lang="en" tags=["caption"]
# Embeddings placed by hand. The particles は and が stand together near the origin; ひるね and すき stand close at the upper right.
#
# alt: Scatter plot, dimension 1 to the right, dimension 2 upwards. は and が are at the lower left, near the origin. ねこ is at the lower right. すき and ひるね are neighbours at the upper right.

# %% [markdown] lang="ja"
# ## 掛け算は、行を取り出すこと {#lookup}
#
# one-hot と埋め込みの表 E は、掛け算でつながります。行列の積は、E の行に one-hot の成分を掛けて足したものです。
# 1 は一つなので、E の 1 行が残ります。「ねこ」で確かめます。

# %% [markdown] lang="en"
# ## To multiply is to look up {#lookup}
#
# One-hot vectors and the table E of embeddings meet in a product. The product multiplies the rows of E by the entries of the one-hot vector, and adds them up.
# There is a single 1, so a single row of E is left. Here it is for ねこ.

# %% check="two-products"
cat = by_hand[0]  # (vocab_size,)
terms = [entry * row for entry, row in zip(cat, E, strict=True)]
assert np.size(terms) == 10 and np.count_nonzero(terms) == 2
figures.table({"entry": cat, "row of E": E, "entry × row": terms})

# %% [markdown] lang="ja" tags=["caption"]
# labels: entry = 成分; row of E = E の行; entry × row = 成分 × 行

# %% check="lookup"
assert (sum(terms) == E[2]).all()
assert (by_hand @ E == E[ids]).all()
print(E[ids])

# %% [markdown] lang="ja"
# `by_hand @ E == E[ids]` です。つまり、埋め込みの層がすることは、[表から行を取り出す](#check-lookup)ことだけです。
# 上の表では 5 × 2 で 10 回掛けて足しましたが、0 でない積は[1 行の 2 つだけ](#check-two-products)でした。
# 実際のプログラムは、掛け算をせずに[行を取り出します](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html)。いちばん小さい [GPT-2](https://huggingface.co/openai-community/gpt2/blob/main/config.json) の大きさで、掛けて足す回数を数えましょう。

# %% [markdown] lang="en"
# `by_hand @ E == E[ids]`: all that an embedding layer does is to [take rows out of a table](#check-lookup).
# The table above did 5 × 2 multiply-adds, 10 in all, and [only the two in one row](#check-two-products) were not zero.
# Real programs [take the row](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html) and skip the product. We count the multiply-adds they save at the size of the smallest [GPT-2](https://huggingface.co/openai-community/gpt2/blob/main/config.json).

# %%
vocab_size, d_model = 50257, 768
total = vocab_size * d_model
columns = {"rows": vocab_size, "numbers in a row": d_model}
columns |= {"numbers": total, "multiply-adds for a token": total}
figures.table(columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: rows = 行数; numbers in a row = 1 行あたりの個数; multiply-adds for a token = 1 トークンで掛けて足す回数

# %% [markdown] lang="ja"
# GPT-2 の表は、50257 個のトークンに 768 個ずつ、合わせて 38597376 個の数を持ちます。
# 掛け算なら、一つのトークンのために、掛けて足すことを同じ 38597376 回くり返します。取り出しなら一度も掛けず、768 個の数を写せば済みます。
#
# ## 近さを測る {#distance}
#
# 置いた場所どうしの距離を、全部の組で測ります。0 に近いほど近い語です。

# %% [markdown] lang="en"
# GPT-2's table has 768 numbers for each of 50257 tokens, 38597376 in all.
# The product needs a multiply-add for each of them, 38597376 for a single token. The lookup multiplies nothing, and copies 768 numbers.
#
# ## Measuring closeness {#distance}
#
# Now we measure the distance between all pairs of places. The closer to 0, the closer the words.

# %%
differences = E[:, None] - E  # (vocab_size, vocab_size, d)
distances = np.linalg.norm(differences, axis=-1)
assert (distances == distances.T).all()
assert (np.diagonal(distances) == 0).all()
axes = {"row_label": "token", "column_label": "token"}
figures.heatmap(distances, vocab, vocab, kind="values", **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 埋め込みどうしの距離。いちばん近いのは「が」と「は」の 0.0539、次は「すき」と「ひるね」の 0.1655 です。
#
# alt: 5 行 5 列のヒートマップ。対角線は 0.0000。「が」と「は」、「すき」と「ひるね」の組が小さく、「は」と「ひるね」の 1.1673 が最も大きい。

# %% [markdown] lang="en" tags=["caption"]
# Distances between embeddings. The closest are が and は at 0.0539, then すき and ひるね at 0.1655.
#
# alt: Heatmap of 5 by 5 cells. The diagonal is 0.0000. The pairs が and は, すき and ひるね are small; は and ひるね are farthest apart, at 1.1673.

# %%
others = distances + np.diag(np.full(5, np.inf))
nearest = others.argmin(axis=1)
assert nearest.tolist() == [3, 4, 1, 0, 1]
columns = {"token": vocab, "nearest": [vocab[i] for i in nearest]}
figures.table(columns | {"distance": others.min(axis=1)})

# %% [markdown] lang="ja" tags=["caption"]
# labels: nearest = いちばん近い語

# %% [markdown] lang="ja"
# 助詞は助詞どうし、「すき」と「ひるね」は互いがいちばん近い相手です。「ねこ」にいちばん近いのは「すき」ですが、0.5504 も離れています。
#
# 近さの測り方は、ほかにもあります。内積はもう見ました。向きを比べる**コサイン類似度**は、内積を 2 本の長さで割ります。
# 「すき」から 5 語を、3 つの測り方で測ります。

# %% [markdown] lang="en"
# Particles are closest to each other, and so are すき and ひるね. The word closest to ねこ is すき, but at a distance of 0.5504.
#
# There are other measures of closeness. One is the dot product. Another, **cosine similarity**, compares directions: it divides the dot product by both lengths.
# We measure the five words from すき in all three ways.

# %% [markdown]
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert \, \lVert b \rVert}$$

# %%
lengths = np.linalg.norm(E, axis=1)  # (vocab_size,)
products = E @ E.T  # (vocab_size, vocab_size)
cosines = products / np.outer(lengths, lengths)
like = vocab.index("すき")
columns = {"token": vocab, "distance": distances[like]}
columns |= {"cosine": cosines[like], "dot product": products[like]}
figures.table(columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: cosine = コサイン類似度

# %%
by_distance = vocab[others[like].argmin()]
by_cosine = vocab[np.delete(cosines[like], like).argmax()]
by_dot = vocab[products[like].argmax()]
assert (by_distance, by_cosine, by_dot) == ("ひるね", "が", "ひるね")
columns = {"nearest": [by_distance, by_cosine, by_dot]}
measures = ["distance", "cosine", "dot product"]
figures.table({"measure": measures} | columns)

# %% [markdown] lang="ja"
# 同じ数を見ているのに、答えが割れました。自分自身を除くと、距離では「ひるね」がいちばん近く、コサイン類似度では「が」の 0.9997 が「ひるね」の 0.9983 を上回ります。
# 「が」と「すき」は、向きがほとんど同じです。けれども「が」のベクトルは短く、「すき」のベクトルは長いので、距離は 0.9683 もあります。
# 内積は、向きと長さの両方を見ます。いちばん大きいのは「ひるね」の 1.4310 で、「すき」自身の 1.2644 より上です。Attention が使うのは、この内積です。
#
# ## 学習がすること {#learning}
#
# 「助詞どうしが近い」のは、発見ではありません。そう見えるように、手で数を置きました。
# 実際のモデルでは、E は乱数で始まり、最初の近さに意味はありません。次のトークンを当てる学習が、予測の外れ（**損失関数**の値）が減る向きへ、E の数を少しずつ動かします。
# その結果、似た使われ方をする語が近くに集まることがあります。必ずそうなるわけではなく、一つひとつの次元に名前が付くわけでもありません。
# この回では学習を見せていません。E を学習するのは、[第 # 回](training.md#training)です。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージの `one_hot` は、単位行列から行を取り出します。one-hot も、結局は表から行を取り出したものです。

# %% [markdown] lang="en"
# The same numbers, and the answers differ. Leaving out すき itself, ひるね is nearest by distance; by cosine similarity, が with 0.9997 is ahead of ひるね with 0.9983.
# が and すき point almost the same way. But the vector of が is short and that of すき is long, so their distance is 0.9683.
# The dot product sees both direction and length. Its largest value is 1.4310, for ひるね, more than the 1.2644 of すき with itself. It is the one that attention uses.
#
# ## What training does {#learning}
#
# That the particles are close is not a discovery. We placed the numbers by hand so that it would look like this.
# In a real model E starts out random, and what is close at first means nothing. Training the model to predict the next token moves the numbers of E a little at a time, in the direction that makes its predictions less wrong, as measured by a **loss function**.
# As a result, words that are used alike may end up close together. They need not, and no single dimension comes with a name.
# None of this is shown here: E is trained in [lesson #](training.md#training).
#
# ## Does the package agree? {#package}
#
# The package's `one_hot` takes rows from the identity matrix: one-hot vectors, too, are rows of a table.

# %%
assert (ops.one_hot(ids, 5) == by_hand).all()
assert (ops.one_hot(ids, 5) @ E == E[ids]).all()
figures.source(ops.one_hot)

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - 数を手で置きました。実際は、表の数もほかの数と同じように学習で決まる**パラメータ**です（[用語集](../glossary.md)）。
# - 2 次元で済ませました。いちばん小さい GPT-2 でも 768 次元です。図に描けるように次元を減らす方法には **PCA** や **t-SNE** があります。
# - 一語に一つの場所を与えました。この先の層は、どの語のベクトルも文脈に応じて動かすので、同じ語でも、文脈によって違うベクトルになります（**文脈つき埋め込み**、contextual embedding）。
# - 入力だけに使いました。GPT-2 は、次のトークンのロジットを計算するときにも同じ表を使います（**重み共有**、weight tying）。
#
# ## 練習 {#exercises}
#
# **1.** E の行をでたらめに並べ替え、ID も同じように付け替えます。文の埋め込みは変わるでしょうか。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - We placed the numbers by hand. In a real model they are learned, **parameters** like all others ([glossary](../glossary.md)).
# - We made do with two dimensions. Even the smallest GPT-2 has 768. To draw those, they are first brought down to two, for instance with **PCA** or **t-SNE**.
# - We gave each word one place. The layers that follow move every vector by its context, so that one word gets different vectors in different contexts (**contextual embeddings**).
# - We used the table for the input. GPT-2 uses it again to compute the logits of the next token (**weight tying**).
#
# ## Exercises {#exercises}
#
# **1.** Shuffle the rows of E, and renumber the ids to match. Do the embeddings of the sentence change?

# %% tags=["exercise"]
from llm_scratch.exercises import check

order = np.random.default_rng(0).permutation(5)
new_ids = ...  # (T,): the ids of the sentence, for the table E[order]
check("embeddings.1", new_ids, order, ids)

# %% tags=["solution"]
new_ids = order.argsort()[ids]
assert (E[order][new_ids] == E[ids]).all() and list(new_ids) != ids
assert check("embeddings.1", new_ids, order, ids)
print(new_ids)

# %% [markdown] lang="ja"
# 変わりません。番号は、表の行を指す札にすぎません。
#
# **2.** すべての語の間の距離を 10 倍にするには、E をどうすればよいでしょうか。そのとき、コサイン類似度はどうなるでしょうか。

# %% [markdown] lang="en"
# They do not: a number is just a label that points to a row.
#
# **2.** What would you do to E to make all distances 10 times larger? What happens to the cosine similarities?

# %% tags=["exercise"]
far = ...  # (vocab_size, d): an E with all distances 10 times as large
check("embeddings.2", far, E)

# %% tags=["solution"]
far = 10 * E
assert check("embeddings.2", far, E)
far_lengths = np.linalg.norm(far, axis=1)
far_cosines = far @ far.T / np.outer(far_lengths, far_lengths)
assert np.allclose(far_cosines, cosines)
assert np.allclose(far @ far.T, 10**2 * products)

# %% [markdown] lang="ja"
# E を 10 倍します。向きは同じなので、コサイン類似度は変わりません。一方、内積は 10 の 2 乗倍になります。
#
# **3.** 語の足し算をしてみましょう。「ねこ」から「が」を引いて「ひるね」を足した点に、いちばん近い語はどれでしょうか。

# %% [markdown] lang="en"
# Multiply E by 10. Directions stay as they are, and so do cosine similarities. Dot products, though, are multiplied by the square of 10.
#
# **3.** Try arithmetic with words. Which word is closest to ねこ minus が plus ひるね?

# %% tags=["exercise"]
closest = ...  # str: the word
check("embeddings.3", closest)

# %% tags=["solution"]
target = E[2] - E[0] + E[4]
to_target = np.linalg.norm(E - target, axis=1)
closest, second = [vocab[i] for i in to_target.argsort()[:2]]
assert second == "すき"
assert check("embeddings.3", closest)
figures.table({"token": vocab, "distance": to_target})

# %% [markdown] lang="ja"
# 足した「ひるね」自身です。次が、計算に使わなかった「すき」です。学習された埋め込みの「語の足し算」でも、足し引きに使った語は候補から外して探すのがふつうです。外さないと、[使った語が答えになりがち](https://arxiv.org/abs/1606.07736)です。
#
# ## 次へ {#next}
#
# 語はベクトルになりました。[第 # 回](attention.md#attention)では、ベクトルどうしが互いを見ます。

# %% [markdown] lang="en"
# It is ひるね itself, the word we added. Next comes すき, which we had not used. Well-known examples of word arithmetic leave out the words that went in. Otherwise [one of those tends to win](https://arxiv.org/abs/1606.07736).
#
# ## Next {#next}
#
# Words are vectors now. In [lesson #](attention.md#attention) the vectors look at each other.
