# %% [markdown] lang="ja"
# # 埋め込み：番号からベクトルへ {#embeddings}
#
# トークンの ID は、ただの番号です。3 は 2 より少し大きい、と言っても、語の意味とは何の関係もありません。
# そこで、番号をベクトルに変えます。まず **one-hot** という素朴なベクトルを作り、何が足りないかを測ります。
# 次に**埋め込み**という短いベクトルを置き、散布図で、近い語と遠い語が生まれるのを見ます。
#
# 必要なものは、[第 2 回](02_tokens.ipynb#tokens)の ID だけです。

# %% [markdown] lang="en"
# # Embedding: from numbers to vectors {#embeddings}
#
# The id of a token is only a number. That 3 is a little more than 2 says nothing about what words mean.
# So we turn numbers into vectors. First we build plain ones, called **one-hot**, and measure what they lack.
# Then we place short vectors, called **embeddings**, and watch near and far words appear in a scatter plot.
#
# All you need is the ids of [lesson 2](02_tokens.ipynb#tokens).

# %%
import numpy as np

from llm_scratch import figures, ops, tokenizer

sentence = "ねこ は ひるね が すき"
words = tokenizer.WordTokenizer.from_text(sentence)
ids = words.encode(sentence)
print(words.vocab, ids)

# %% [markdown] lang="ja"
# ## one-hot：自分の場所だけが 1 {#one-hot}
#
# 語彙の大きさと同じ長さの 0 を並べ、ID の場所だけを 1 にします。ねこ の ID は 2 なので、三番目が 1 です。

# %% [markdown] lang="en"
# ## One-hot: a single 1, in its own place {#one-hot}
#
# Write as many zeros as the vocabulary is long, and put a 1 in the place of the id. ねこ (cat) has the id 2, so its third entry is 1.

# %%
rows = [[int(column == i) for column in range(len(words.vocab))] for i in ids]
by_hand = np.array(rows)  # (T, vocab_size)
axes = {"row_label": "token", "column_label": "id"}
figures.heatmap(by_hand, sentence.split(), range(5), kind="values", **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 文の五語の one-hot。どの行にも、どの列にも、1 は一つずつです。
#
# alt: 5 行 5 列のヒートマップ。行は文の順に ねこ、は、ひるね、が、すき、列は ID 0 から 4。1 があるのは、ねこ が 2、は が 3、ひるね が 4、が が 0、すき が 1 の列。ほかはすべて 0。

# %% [markdown] lang="en" tags=["caption"]
# The one-hot vectors of the five words. Every row, and every column, has a single 1.
#
# alt: Heatmap of 5 by 5 cells. Rows are ねこ, は, ひるね, が, すき in sentence order, columns the ids 0 to 4. The 1 of ねこ is in column 2, of は in 3, of ひるね in 4, of が in 0, of すき in 1. Everything else is 0.

# %% [markdown] lang="ja"
# 番号の大小は消えました。では、語の近さは表せるでしょうか。すべての組の距離と内積を計算します。

# %% [markdown] lang="en"
# The order of the numbers is gone. But can these vectors say which words are close? We compute the distance and the dot product of every pair.

# %%
different = ~np.eye(5, dtype=bool)
gaps = np.linalg.norm(by_hand[:, None] - by_hand, axis=-1)[different]
dots = (by_hand @ by_hand.T)[different]
print(f"distances {gaps.min():.4f} .. {gaps.max():.4f}   dot products {dots.min()} .. {dots.max()}")

# %% [markdown] lang="ja"
# 違う語どうしは、どれも距離 1.4142、つまり √2 だけ離れ、内積は 0 です。
# ねこ と ひるね の間も、ねこ と が の間も同じ。one-hot には、近い遠いがありません。しかも語彙が五万語なら、一語に五万個の数が要ります。
#
# ## 埋め込み：意味を置ける場所 {#embedding}
#
# そこで、語ごとに短い実数のベクトルを一本ずつ持たせます。これが**埋め込み**です。
# ここでは説明のために、2 次元のベクトルを手で置きます。行は語彙の順です。

# %% [markdown] lang="en"
# Any two different words are 1.4142 apart, which is √2, and their dot product is 0.
# It is the same from ねこ (cat) to ひるね (nap) as from ねこ to が (a particle): one-hot vectors know no near and far. Besides, with fifty thousand words, each word would take fifty thousand numbers.
#
# ## Embedding: a place for meaning {#embedding}
#
# So we give each word one short vector of real numbers. That is its **embedding**.
# To see how it works, we place vectors of two dimensions by hand. Rows stand in the order of the vocabulary.

# %%
E = np.array(
    [[0.12, 0.10], [0.88, 0.70], [0.90, 0.15], [0.10, 0.05], [0.95, 0.85]],
    dtype=np.float32,
)  # (vocab_size, d)
figures.table({"id": range(5), "token": words.vocab, "dim_1": E[:, 0], "dim_2": E[:, 1]})

# %%
figures.scatter(E, words.vocab)

# %% [markdown] lang="ja" tags=["caption"]
# 手で置いた埋め込み。助詞の は と が が原点の近くに並び、ひるね と すき が右上に集まります。
#
# alt: 散布図。横軸 dim_1、縦軸 dim_2。は と が は左下の原点の近く。ねこ は右下。すき と ひるね は右上で隣り合う。

# %% [markdown] lang="en" tags=["caption"]
# Embeddings placed by hand. The particles は and が stand together near the origin; ひるね (nap) and すき (like) gather at the upper right.
#
# alt: Scatter plot, dim_1 to the right, dim_2 upwards. は and が are at the lower left, near the origin. ねこ is at the lower right. すき and ひるね are neighbours at the upper right.

# %% [markdown] lang="ja"
# ## 掛け算は、行を取り出すこと {#lookup}
#
# one-hot と埋め込みの表 E は、掛け算でつながります。行列の積は、E の行に one-hot の成分を掛けて足したものです。
# 1 は一つしかないので、残るのは E の一行だけです。ねこ で確かめます。

# %% [markdown] lang="en"
# ## To multiply is to look up {#lookup}
#
# One-hot vectors and the table E of embeddings meet in a product. The product multiplies the rows of E by the entries of the one-hot vector, and adds them up.
# There is only one 1, so only one row of E is left. Here it is for ねこ.

# %%
cat = by_hand[0]  # (vocab_size,)
terms = [entry * row for entry, row in zip(cat, E, strict=True)]
figures.table({"entry": cat, "row of E": E, "entry × row": terms})

# %%
assert (sum(terms) == E[2]).all()
assert (by_hand @ E == E[ids]).all()
print(E[ids])

# %% [markdown] lang="ja"
# `by_hand @ E == E[ids]` です。つまり、埋め込みの層がすることは、表から行を取り出すことだけです。
# 実際のプログラムも、掛け算ではなく取り出しを使います。GPT-2 の大きさで、手間を比べましょう。

# %% [markdown] lang="en"
# `by_hand @ E == E[ids]`: all that an embedding layer does is to take rows out of a table.
# Real programs take the row and skip the product. At the size of GPT-2, this is what they save.

# %%
vocab_size, d_model = 50257, 768
print("numbers in the table:", vocab_size * d_model)
print("numbers read for one token:", vocab_size * d_model, "or", d_model)

# %% [markdown] lang="ja"
# GPT-2 の表には 38597376 個の数があります。掛け算なら、一語のために全部を使います。取り出しなら 768 個を読むだけです。
#
# ## 近さを測る {#distance}
#
# 置いた場所どうしの距離を、全部の組で測ります。0 に近いほど近い語です。

# %% [markdown] lang="en"
# GPT-2's table holds 38597376 numbers. A product would use all of them for a single token. Taking the row reads 768.
#
# ## Measuring closeness {#distance}
#
# Now we measure the distance between all pairs of places. The closer to 0, the closer the words.

# %%
distances = np.linalg.norm(E[:, None] - E, axis=-1)  # (vocab_size, vocab_size)
assert (distances == distances.T).all() and (np.diagonal(distances) == 0).all()
both = {"row_label": "token", "column_label": "token"}
figures.heatmap(distances, words.vocab, words.vocab, kind="values", **both)

# %% [markdown] lang="ja" tags=["caption"]
# 埋め込みどうしの距離。いちばん近いのは が と は の 0.0539、次は すき と ひるね の 0.1655 です。
#
# alt: 5 行 5 列のヒートマップ。対角線は 0.0000。が と は、すき と ひるね の組が小さく、は と ひるね の 1.1673 が最も大きい。

# %% [markdown] lang="en" tags=["caption"]
# Distances between embeddings. The closest are が and は at 0.0539, then すき and ひるね at 0.1655.
#
# alt: Heatmap of 5 by 5 cells. The diagonal is 0.0000. The pairs が and は, すき and ひるね are small; は and ひるね are farthest apart, at 1.1673.

# %%
others = distances + np.diag(np.full(5, np.inf))
nearest = others.argmin(axis=1)
columns = {"token": words.vocab, "nearest": [words.vocab[i] for i in nearest]}
figures.table(columns | {"distance": others.min(axis=1)})

# %% [markdown] lang="ja"
# 助詞は助詞どうし、すき と ひるね は互いがいちばん近い相手です。ねこ にいちばん近いのは すき ですが、0.5504 も離れています。
#
# 距離だけが近さの測り方ではありません。向きだけを比べる**コサイン類似度**は、内積を二本の長さで割ります。

# %% [markdown] lang="en"
# Particles are closest to each other, and so are すき and ひるね. The word closest to ねこ is すき, but at a distance of 0.5504.
#
# Distance is not the only measure of closeness. **Cosine similarity** compares directions alone: it divides the dot product by both lengths.

# %% [markdown]
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert \, \lVert b \rVert}$$

# %%
lengths = np.linalg.norm(E, axis=1)  # (vocab_size,)
cosines = E @ E.T / np.outer(lengths, lengths)
pair = words.vocab.index("が"), words.vocab.index("すき")
print(f"cosine {cosines[pair]:.4f}   distance {distances[pair]:.4f}   dot {(E @ E.T)[pair]:.4f}")

# %% [markdown] lang="ja"
# が と すき は、コサイン類似度が 0.9997 で、向きはほとんど同じです。けれども距離は 0.9683 もあります。
# 向きが同じでも、が のベクトルは短く、すき は長いからです。内積は向きと長さの両方を見ます。Attention が使うのは、この内積です。
#
# ## パッケージと同じになるか {#package}
#
# パッケージの `one_hot` は、単位行列から行を取り出します。one-hot も、結局は表から行を取り出したものです。

# %% [markdown] lang="en"
# The cosine similarity of が and すき is 0.9997: they point almost the same way. And yet their distance is 0.9683,
# because the vector of が is short and that of すき is long. The dot product sees both direction and length, and it is the one that attention uses.
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
# - 数を手で置きました。実際は乱数で始め、次のトークンを当てる学習の中で少しずつ動かします。表の数も、学習する**パラメータ**です。
# - 2 次元で済ませました。GPT-2 は 768 次元です。図に描けるように次元を減らす方法には **PCA** や **t-SNE** があります。
# - 一語に一つの場所を与えました。文脈によって意味の変わる語は、この先の層で動きます（**文脈つき埋め込み**、contextual embedding）。
# - 入力だけに使いました。GPT-2 は、次のトークンを選ぶときにも同じ表を使います（**weight tying**）。
#
# ## 練習 {#exercises}
#
# **1.** E の行をでたらめに並べ替え、ID も同じように付け替えます。文の埋め込みは変わるでしょうか。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - We placed the numbers by hand. Real ones start out random, and move a little at a time while the model learns to guess the next token. The numbers of the table are **parameters** like all others.
# - We made do with two dimensions. GPT-2 has 768. To draw them, one reduces their number, for instance with **PCA** or **t-SNE**.
# - We gave each word one place. A word whose meaning depends on its context is moved by the layers that follow (**contextual embeddings**).
# - We used the table for the input alone. GPT-2 uses the same table again to choose the next token (**weight tying**).
#
# ## Exercises {#exercises}
#
# **1.** Shuffle the rows of E, and renumber the ids to match. Do the embeddings of the sentence change?

# %% tags=["solution"]
order = np.random.default_rng(0).permutation(5)
new_ids = order.argsort()[ids]
assert (E[order][new_ids] == E[ids]).all() and list(new_ids) != ids
print(new_ids)

# %% [markdown] lang="ja"
# 変わりません。番号は、表の行を指す札にすぎないからです。
#
# **2.** すべての語の間の距離を 10 倍にするには、E をどうすればよいでしょうか。そのとき、コサイン類似度はどうなるでしょうか。

# %% [markdown] lang="en"
# They do not: a number is just a label that points to a row.
#
# **2.** What would you do to E to make all distances 10 times larger? What happens to the cosine similarities?

# %% tags=["solution"]
far = 10 * E
assert np.allclose(np.linalg.norm(far[:, None] - far, axis=-1), 10 * distances, atol=1e-5)
far_lengths = np.linalg.norm(far, axis=1)
assert np.allclose(far @ far.T / np.outer(far_lengths, far_lengths), cosines)

# %% [markdown] lang="ja"
# E を 10 倍します。向きは同じなので、コサイン類似度は変わりません。一方、内積は 10 の二乗倍になります。
#
# **3.** 語の足し算をしてみましょう。ねこ から が を引いて ひるね を足した点に、いちばん近い語はどれでしょうか。

# %% [markdown] lang="en"
# Multiply E by 10. Directions stay as they are, and so do cosine similarities. Dot products, though, grow by the square of 10.
#
# **3.** Try arithmetic with words. Which word is closest to ねこ minus が plus ひるね?

# %% tags=["solution"]
target = E[2] - E[0] + E[4]
to_target = np.linalg.norm(E - target, axis=1)
assert words.vocab[to_target.argmin()] == "ひるね"
figures.table({"token": words.vocab, "distance": to_target})

# %% [markdown] lang="ja"
# 足した ひるね 自身です。学習された埋め込みの「語の足し算」でも、足し引きに使った語は候補から外して数えるのがふつうです。外さないと、こうなりがちだからです。
#
# ## 次へ {#next}
#
# 語はベクトルになりました。[第 4 回](04_attention.ipynb#attention)では、ベクトルどうしが互いを見ます。

# %% [markdown] lang="en"
# It is ひるね itself, the word we added. Well-known examples of word arithmetic leave out the words that were used, because this is what tends to happen otherwise.
#
# ## Next {#next}
#
# Words are vectors now. In [lesson 4](04_attention.ipynb#attention) the vectors look at each other.
