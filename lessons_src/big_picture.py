# %% [markdown] lang="ja"
# # 全体像：文から、その続きまで {#big-picture}
#
# 大規模言語モデル（LLM）がしていることは、一つです。文の続きに来るものを当てること。
# この回では、その道のりを端から端まで歩きます。細かいことは後の回に任せ、ここでは**どこに何があるか**の地図を手に入れてください。
# 使う文は `ねこ は ひるね が すき` の 5 語です。最後に、次の語を当てる小さなモデルを手で作ります。
#
# 必要なものは、[第 # 回](refresher.md#refresher)のベクトルと対数、それに Python のコードを少し読めることです。

# %% [markdown] lang="en"
# # The big picture: from a sentence to what comes next {#big-picture}
#
# A large language model (LLM) does one thing: it guesses how a text goes on.
# In this lesson we walk the whole way from end to end. Details are left to later lessons; what you take home is a **map** of what is where.
# Our sentence has five words, `ねこ は ひるね が すき`: ねこ is cat, ひるね nap, すき like, and は and が are particles. Together they say "cats like naps".
# At the end, we build by hand a small model that guesses the next word.
#
# All you need is the vectors and logarithms of [lesson #](refresher.md#refresher), and to read a little Python.

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, ops, tokenizer

lessons = dict.fromkeys(["text", "tokens", "ids"], "tokens")
lessons |= {"embeddings": "embeddings", "position": "position"}
lessons |= {"attention": "attention", "next token": "gpt"}
links = {box: f"../{name}/" for box, name in lessons.items()}

# %%
way = ["text", "tokens", "ids", "embeddings"]
way += ["position", "attention", "next token"]
figures.flow(zip(way, way[1:]), links=links)

# %% [markdown] lang="ja" tags=["caption"]
# 文が次のトークンになるまで。箱を押すと、その部分を扱う回へ行けます。
#
# alt: 上から下への流れ図。テキスト、トークン、ID、埋め込み、位置、Attention、次のトークンの 7 つの箱が、矢印で一列につながる。
#
# labels: tokens = トークン; ids = ID; embeddings = 埋め込み; next token = 次のトークン

# %% [markdown] lang="en" tags=["caption"]
# From a text to its next token. Each box leads to the lesson about it.
#
# alt: Flow diagram from top to bottom. Seven boxes are joined in a row by arrows: text, tokens, ids, embeddings, position, attention, next token.

# %% [markdown] lang="ja"
# ## 文を数にする {#to-numbers}
#
# 最初の 3 つの箱です。文を**トークン**という部品に切り、番号（**ID**）を付けます。これをするのが**トークナイザ**（tokenizer）で、[第 # 回](tokens.md#tokens)で作ります。

# %% [markdown] lang="en"
# ## Text becomes numbers {#to-numbers}
#
# The first three boxes. The text is cut into **tokens**, and each token gets a number, its **id**. What does this is the **tokenizer**, which [lesson #](tokens.md#tokens) builds.

# %%
sentence = "ねこ は ひるね が すき"
tokens = sentence.split()
ids = tokenizer.WordTokenizer.from_text(sentence).encode(sentence)
figures.table({"token": tokens, "id": ids})

# %% [markdown] lang="ja"
# ## 数をベクトルにする {#to-vectors}
#
# 番号の大小に意味はないので、一つずつベクトルに取り替えます（[第 # 回](embeddings.md#embedding)）。ここでは手で決めた 2 次元の点です。

# %% [markdown] lang="en"
# ## Numbers become vectors {#to-vectors}
#
# Which number is larger means nothing, so each is exchanged for a vector ([lesson #](embeddings.md#embedding)). Here they are points of two dimensions, placed by hand.

# %%
E = np.array(
    [
        [0.90, 0.15],
        [0.10, 0.05],
        [0.95, 0.85],
        [0.12, 0.10],
        [0.88, 0.70],
    ]
)  # (T, d)
figures.scatter(E, tokens)

# %% [markdown] lang="ja" tags=["caption"]
# 5 語のベクトル。「すき」と「ひるね」は近く、助詞の「は」と「が」は原点の近くに並びます。
#
# alt: 散布図。「は」と「が」は左下の原点の近く、「ねこ」は右下、「すき」と「ひるね」は右上にある。

# %% [markdown] lang="en" tags=["caption"]
# The vectors of the five words. すき and ひるね are close; the particles は and が stand together near the origin.
#
# alt: Scatter plot. は and が are at the lower left, near the origin; ねこ is at the lower right; すき and ひるね are at the upper right.

# %% [markdown] lang="ja"
# GPT-2 は、ここで「何番目の語か」も足し込みます（[第 # 回](position.md#position)）。
#
# ## ほかの語を見る {#to-context}
#
# 続きを当てるには、前の語を見なければなりません。どの語をどれだけ見るかを決めるのが **Attention** です（[第 # 回](attention.md#attention)、[第 # 回](scaling.md#scaling)）。
# 自分より後の語は見ません（[第 # 回](causal_mask.md#causal-mask)）。最後の語「すき」は、5 語すべてを見ます。

# %% [markdown] lang="en"
# GPT-2 now also adds where each word stands ([lesson #](position.md#position)).
#
# ## Looking at other words {#to-context}
#
# To guess what comes next, one must look at what came before. How much to look at which word is decided by **attention** ([lesson #](attention.md#attention) and [lesson #](scaling.md#scaling)).
# Words that come later are not looked at ([lesson #](causal_mask.md#causal-mask)). The last word, すき, sees all five.

# %%
mask = attention.causal_mask(len(tokens))
context, weights = attention.scaled_dot_product_attention(E, E, E, mask)
of_suki = weights[-1]  # (T,)
in_attention_lesson = [0.2027, 0.1172, 0.2956, 0.1217, 0.2628]
assert np.allclose(of_suki, in_attention_lesson, atol=5e-5)
figures.bar(tokens, of_suki)

# %% [markdown] lang="ja" tags=["caption"]
# 「すき」が各語に置く重み。「ひるね」が 0.2956 でいちばん高く、足すと 1 になります。
#
# alt: 棒グラフ。文の順に「ねこ」「は」「ひるね」「が」「すき」。「ひるね」が最も高く、次が「すき」、その次が「ねこ」。「は」と「が」は低い。

# %% [markdown] lang="en" tags=["caption"]
# The weight that すき puts on each word. ひるね has the most, 0.2956; together they sum to one.
#
# alt: Bar chart with ねこ, は, ひるね, が, すき in sentence order. ひるね is tallest, then すき, then ねこ; は and が are low.

# %% [markdown] lang="ja"
# ## 続きを当てる {#next-token}
#
# 最後の箱が出すのは、答え一つではありません。語彙のすべての語に、確率を一つずつ付けます（**確率分布**）。
# ここでは、いちばん素朴なやり方をしてみます。いくつかの文で、ある語の次に何が来たかを数えます。

# %% [markdown] lang="en"
# ## Guessing what comes next {#next-token}
#
# The last box does not put out one answer. It gives every word of the vocabulary a probability (a **probability distribution**).
# Let us do this in the plainest way there is: take a few sentences, and count what came after each word.

# %%
corpus = ["ねこ は ひるね が すき", "いぬ は さんぽ が すき"]
corpus += ["ねこ は さかな が すき", "いぬ は ねこ が すき"]
corpus += ["ねこ は ひるね を する", "いぬ は さんぽ を する"]
words = tokenizer.WordTokenizer.from_text(" ".join(corpus))
vocab_size = len(words.vocab)
counts = np.zeros((vocab_size, vocab_size))
for line in corpus:
    before, after = words.encode(line)[:-1], words.encode(line)[1:]
    np.add.at(counts, (before, after), 1)
after_topic = counts[words.encode("は")[0]]
columns = {"after は": words.vocab, "count": after_topic.astype(int)}
figures.table(columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: after {} = 「{}」の次; share = 割合

# %% [markdown] lang="en" tags=["caption"]
# labels: after {} = after {}; さかな = さかな fish; する = する do

# %% [markdown] lang="ja"
# 「は」の次に来たのは、「ひるね」と「さんぽ」が 2 回ずつ、「さかな」と「ねこ」が 1 回ずつです。合計で割れば、確率になります。

# %% [markdown] lang="en"
# The new words are いぬ (dog), さかな (fish), さんぽ (walk), を (a particle) and する (do).
# After は came ひるね and さんぽ twice each, さかな and ねこ once each. Divide by the total, and you have probabilities.

# %%
probabilities = after_topic / after_topic.sum()  # (vocab_size,)
axes = {"x_label": "next token", "y_label": "probability"}
figures.bar(words.vocab, probabilities, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 「は」の次に来るトークンの確率。「ひるね」と「さんぽ」が 0.3333 ずつ、「さかな」と「ねこ」が 0.1667 ずつです。
#
# alt: 棒グラフ。横軸は語彙の 10 語。「さんぽ」と「ひるね」の棒が同じ高さで最も高く、「さかな」と「ねこ」がその半分。ほかの 6 語は 0。

# %% [markdown] lang="en" tags=["caption"]
# The probabilities of the token after は: 0.3333 each for ひるね and さんぽ, 0.1667 each for さかな and ねこ.
#
# alt: Bar chart over the ten words of the vocabulary. さんぽ and ひるね share the tallest bars; さかな and ねこ are half as tall; the other six are 0.

# %% [markdown] lang="ja"
# これも立派な言語モデルで、**bigram** と呼ばれます。
#
# 当てる道具があれば、文を書けます。選んで、後ろに付け、また当てる。このくり返しが、**自己回帰**（autoregressive）の生成です。

# %% [markdown] lang="en"
# This is a proper language model, called a **bigram** model.
#
# With something that guesses, one can write: choose a word, append it, guess again. This loop is **autoregressive** generation.

# %%
def write_on(text, n_tokens):
    ids = words.encode(text)
    for _ in range(n_tokens):
        ids.append(int(counts[ids[-1]].argmax()))
    return words.decode(ids)


print(write_on("いぬ", 4))

# %% [markdown] lang="ja"
# `いぬ は さんぽ が すき` と書けました。「は」の次は「さんぽ」と「ひるね」が、「さんぽ」の次は「が」と「を」が同点です。`argmax` は、語彙で先にあるほうを選びます。対話する LLM が答えを少しずつ出すのも、同じくり返しです。
# では、「ねこ は」の続きはどうなるでしょうか。

# %% [markdown] lang="en"
# It wrote `いぬ は さんぽ が すき`, "dogs like walks". There were two ties: after は between さんぽ and ひるね, after さんぽ between が and を. `argmax` takes the one that stands first in the vocabulary. An LLM that puts out its answer bit by bit is in the same loop.
# And how does "ねこ は" go on?

# %% check="one-back"
print(write_on("ねこ は", 3))
assert not any("ねこ は さんぽ" in line for line in corpus)
after_dog = write_on("いぬ は", 3).removeprefix("いぬ")
assert write_on("ねこ は", 3) == "ねこ" + after_dog

# %% [markdown] lang="ja"
# `ねこ は さんぽ が すき` です。そんな文は、数えた文の中に一つもありません。
# bigram は[直前の一語しか見ない](#check-one-back)ので、「は」まで来ると、「ねこ」で始まったことを忘れています。Attention があれば、もっと前の語も見て決められます。
#
# ## パッケージの実装と照合する {#package}
#
# GPT は、数えて確率を出すのではありません。語ごとに**ロジット**（logits）という数を計算し、**softmax** という関数で確率に変えます。
# 0 の対数はないので、次に来たことのある語を取り出します。その回数の対数をロジットとして入れると、数えた確率と同じになります。

# %% [markdown] lang="en"
# `ねこ は さんぽ が すき`, "cats like walks": none of the sentences we counted says so.
# A bigram model [sees only one word back](#check-one-back), and at は it has forgotten that the sentence began with a cat. With attention, a model can take all earlier words into account.
#
# ## Does the package agree? {#package}
#
# A GPT does not count. It computes a number for every word, the **logits**, and a function called **softmax** turns them into probabilities.
# There is no logarithm of 0, so we take the words that did come next. Give softmax the logarithms of their counts as logits, and out come the probabilities we counted.

# %%
seen = after_topic > 0
logits = np.log(after_topic[seen])
assert np.allclose(ops.softmax(logits), probabilities[seen])
figures.source(ops.softmax)

# %% [markdown] lang="ja"
# `def` の上の `@shapes` は、引数と結果の形を表します。読み方は[書き方の手引き](style_guide.md#contract)にあります。
#
# ## GPT の中の地図 {#map}
#
# 最後に、GPT の中をもう少し近くから見ます。GPT は **Transformer** という形のモデルです。位置と埋め込みが合流し、Attention と MLP（フィードフォワード層）を通って、確率になります。
# [第 # 回](gpt.md#gpt)で、この道すじを組み立てて動かします（位置は、学習する埋め込みではなく、計算した波で入れます）。図に描いていない**残差接続**はその回で、**LayerNorm** は[第 # 回](block.md#layer-norm)で加えます。

# %% [markdown] lang="en"
# `@shapes` above `def` gives the shapes of the arguments and the result; [the style guide](style_guide.md#contract) shows how to read it.
#
# ## A map of GPT {#map}
#
# Finally, a closer look inside a GPT, which is a kind of **Transformer**. Embedding and position meet, pass through attention and an MLP (a feed-forward layer), and become probabilities.
# [Lesson #](gpt.md#gpt) builds it and runs it, with computed waves for positions instead of a learned embedding. Not drawn are **residual connections**, which come in that lesson, and **LayerNorm**, which comes in [lesson #](block.md#layer-norm).

# %% tags=["setup"]
in_gpt = ["add", "MLP", "linear", "next-token probabilities"]
pages = dict.fromkeys(in_gpt, "../gpt/")
pages["ids"] = "../tokens/"
pages["token embedding"] = "../embeddings/"
pages["position embedding"] = "../position/"
pages["causal self-attention"] = "../causal_mask/"

# %%
parts = [("ids", "token embedding"), ("ids", "position embedding")]
parts += [("token embedding", "add"), ("position embedding", "add")]
chain = ["add", "causal self-attention", "MLP", "linear"]
chain += ["next-token probabilities"]
parts += zip(chain, chain[1:])
figures.flow(parts, links=pages)

# %% [markdown] lang="ja" tags=["caption"]
# GPT の中の道すじ。箱を押すと、その部品の回へ行けます。
#
# alt: 流れ図。ID からトークン埋め込みと位置埋め込みに分かれ、足し算で合流し、因果マスク付きの自己注意、MLP、線形変換、次のトークンの確率と下へ続く。
#
# labels: token embedding = トークン埋め込み; position embedding = 位置埋め込み; add = 足し算; causal self-attention = 因果マスク付きの自己注意; MLP; linear = 線形変換; next-token probabilities = 次のトークンの確率

# %% [markdown] lang="en" tags=["caption"]
# The way through a GPT. Each box leads to the lesson of its part.
#
# alt: Flow diagram. From ids, arrows lead to token embedding and position embedding; they meet at add and go on down to causal self-attention, MLP, linear and next-token probabilities.

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - トークンを語としました。実際は、**サブワード**（語や、語をさらに切った部品）を使います。
# - 確率を数えて作りました。実際は、**パラメータ**という大量の数を、**学習**で決めて計算します。
# - いちばん確からしい語を選びました（**貪欲法**、greedy）。実際は、**サンプリング**（確率に従ってくじを引くこと）もよく使います。
# - 文を書くだけのモデルでした。質問に答えるようにするには、さらに **instruction tuning** などの学習をします。
#
# ## 練習 {#exercises}
#
# **1.** 「が」の次に来る語と、その確率を計算してください。「を」の次ではどうでしょうか。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - Our tokens were words. Real ones are **subwords**: words, or pieces of words.
# - Our probabilities were counted. Real ones are computed from a great many numbers, the **parameters**, that **training** decides.
# - We always took the most probable word (**greedy** decoding). Often one uses **sampling** instead: drawing lots with these probabilities.
# - What our model does is go on writing. To make it answer questions, it is trained further, for instance by **instruction tuning**.
#
# ## Exercises {#exercises}
#
# **1.** Compute which word comes after が, with its probability. And after を?

# %% tags=["exercise"]
from llm_scratch.exercises import check

after_ga = ...  # (vocab_size,): the probabilities of what comes next
check("big_picture.1", after_ga, words, counts)

# %% tags=["solution"]
shares = {}
for word in ("が", "を"):
    row = counts[words.encode(word)[0]]
    shares[word] = row / row.sum()
    print(word, "→", words.vocab[row.argmax()], shares[word].max())
after_ga = shares["が"]
assert check("big_picture.1", after_ga, words, counts)

# %% [markdown] lang="ja"
# 「が」の次は必ず「すき」、「を」の次は必ず「する」です。確率が 1 なら、モデルは迷いません。
#
# **2.** 「は」の次の語を、確率に従うサンプリングで選んでみましょう。たくさん引くと、割合はどうなるでしょうか。

# %% [markdown] lang="en"
# After が always すき, after を always する. With a probability of 1, the model has no doubt.
#
# **2.** Choose the word after は by sampling from its probabilities. What are the shares after many draws?

# %% tags=["exercise"]
shares = ...  # (vocab_size,): the share of each word in 6000 draws
check("big_picture.2", shares, probabilities)

# %% tags=["solution"]
rng = np.random.default_rng(0)
draws = rng.choice(vocab_size, size=6000, p=probabilities)
shares = np.bincount(draws, minlength=vocab_size) / draws.size
assert check("big_picture.2", shares, probabilities)
columns = {"probability": probabilities, "share": shares}
figures.table({"token": words.vocab} | columns)

# %% [markdown] lang="ja"
# 割合は確率に近づきます。サンプリングするモデルは、同じところから始めても、毎回ちがう続きを書けます。
#
# **3.** bigram のモデルは、「すき」の次を当てられるでしょうか。回数を見てください。

# %% [markdown] lang="en"
# The shares come close to the probabilities. A model that samples can go on differently each time, from the same beginning.
#
# **3.** Can our bigram model guess what comes after すき? Look at the counts.

# %% tags=["exercise"]
after_suki = ...  # (vocab_size,): how often each word came next
check("big_picture.3", after_suki, words, counts)

# %% tags=["solution"]
after_suki = counts[words.encode("すき")[0]]
assert after_suki.sum() == 0
assert check("big_picture.3", after_suki, words, counts)
print(after_suki)

# %% [markdown] lang="ja"
# 「すき」はいつも文の最後なので、次に来たものがありません。0 を 0 で割ることになり、確率を出せません。
# ロジットを計算するモデルでは、見たことのないつながりにも、softmax が[正の確率](attention.md#softmax)を付けます。
#
# ## 次へ {#next}
#
# 地図が手に入りました。[第 # 回](tokens.md#tokens)から、箱を一つずつ開けていきます。

# %% [markdown] lang="en"
# すき always ends its sentence, so nothing ever came after it. We would have to divide 0 by 0, and get no probabilities.
# In a model that computes logits, softmax gives a [positive probability](attention.md#softmax) to what was not seen, too.
#
# ## Next {#next}
#
# You have the map. From [lesson #](tokens.md#tokens) on, we open the boxes one by one.
