# %% [markdown] lang="ja"
# # 文章を書かせる：くじの引き方 {#sampling}
#
# 学習した GPT は、次のトークンの確率を出します。文章を書かせるには、そこから一つを選ばなければなりません。
# この回では、四つの選び方（greedy、温度、top-k、top-p）が確率をどう変えるかを見ます。
# そして、書かせた文がこの世界の文になっているかを、文法で一つずつ判定します。
#
# 必要なものは、[第 # 回](training.md#run)で学習した GPT です。

# %% [markdown] lang="en"
# # Letting it write: how to draw {#sampling}
#
# A trained GPT gives probabilities for the next token. To write, one token has to be chosen.
# In this lesson we see what four ways of choosing (greedy, temperature, top-k, top-p) do to the probabilities.
# Then we let it write, and judge every sentence by the grammar of its world.
#
# All you need is the GPT that was trained in [lesson #](training.md#run).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, model, ops, sample
from llm_scratch import tokenizer, train

world = corpus.cat_world()
words = tokenizer.WordTokenizer(world.vocab)
text = world.text(np.random.default_rng(0), 20000)
ids = np.array(words.encode(" ".join(text)))
config = model.GPTConfig(
    len(world.vocab), n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0), np.float64)

# %%
rng = np.random.default_rng(2)
losses = train.train(params, config, ids, 200, rng, peak=0.01)

# %% [markdown] lang="ja"
# 今回は、わざと早めに学習を止めました。少し迷いの残るモデルのほうが、選び方の違いがよく見えます。
#
# ## 書き始める {#start}
#
# `ねこ は` の続きに、モデルはどんな確率を付けるでしょうか。

# %% [markdown] lang="en"
# This time we stopped the training early, on purpose. With a model that still has some doubt, the ways of choosing differ more visibly.
#
# ## Beginning to write {#start}
#
# What probabilities does the model give to what follows `ねこ は` (ねこ is cat, は a particle)?

# %%
start = words.encode(f"{corpus.END} ねこ は")
logits = model.forward(params, np.array([start]), config)[0, -1]
p = ops.softmax(logits)
shown = np.argsort(-p)[:7]
tokens = [world.vocab[i] for i in shown]
figures.bar(tokens, p[shown], x_label="next", y_label="probability")

# %% [markdown] lang="ja" tags=["caption"]
# `ねこ は` の次の確率を、大きい順に七つ。三つの続きが高く並び、その先は低くなります。
#
# alt: 棒グラフ。大きい順に七本の棒。初めの三本が高く、四本目から先は低い。

# %% [markdown] lang="en" tags=["caption"]
# The seven largest probabilities after `ねこ は`. Three ways to go on stand high; the others are lower.
#
# alt: Bar chart with seven bars in falling order. The first three are high, the rest low.

# %% [markdown] lang="ja"
# ## 温度：尖らせる、ならす {#temperature}
#
# 点数を**温度**で割ってから softmax に通します。温度が 1 より低ければ尖り、高ければならされます。0 は、いちばん大きいものだけを選ぶ **greedy** です。

# %% [markdown] lang="en"
# ## Temperature: sharper or flatter {#temperature}
#
# Divide the scores by a **temperature** before the softmax. Below 1 it gets sharper, above 1 flatter. 0 means **greedy**: only the largest.

# %%
def warmed(logits, temperature):  # (V,) -> (V,)
    return ops.softmax(logits / temperature)


temperatures = [0.2, 0.5, 1.0, 2.0, 5.0]
rows = np.stack([warmed(logits, t)[shown] for t in temperatures])
columns = {token: rows[:, n] for n, token in enumerate(tokens)}
figures.table({"temperature": temperatures} | columns)

# %%
spread = [ops.entropy(warmed(logits, t)) for t in temperatures]
assert (np.diff(spread) > 0).all()
even = {"ln V": np.log(len(world.vocab))}
axes = {"x_label": "temperature", "y_label": "entropy (nats)"}
series = {"entropy": spread}
figures.line(temperatures, series, references=even, log_x=True, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 温度とエントロピー。温度を上げると、均等に選ぶ ln V に近づきます。
#
# alt: 折れ線グラフ。横軸は対数の温度、縦軸はエントロピー。右へ上がり続け、上の点線 ln V に近づく。

# %% [markdown] lang="en" tags=["caption"]
# Temperature and entropy. The warmer, the closer to an even choice, ln V.
#
# alt: Line chart. Temperature runs on a logarithmic axis; height is the entropy. The line keeps rising towards the dashed line ln V.

# %% [markdown] lang="ja"
# ## top-k と top-p：尻尾を切る {#top}
#
# ありえない続きにも、わずかな確率が残ります。長い文章では、いつか必ずそれを引きます。そこで尻尾を切ります。
# **top-k** は大きい順に k 個だけを残し、**top-p** は足して p に届くまでの最少の個数を残します。残ったものを、合計 1 に戻します。

# %% [markdown] lang="en"
# ## Top-k and top-p: cutting the tail {#top}
#
# Even impossible continuations keep a little probability, and in a long text one of them is drawn sooner or later. So the tail is cut off.
# **Top-k** keeps the k largest. **Top-p** keeps the fewest that together reach p. What is kept is scaled back to a sum of 1.

# %%
def top_k_by_hand(p, k):  # (V,) -> (V,)
    kept = np.where(p >= np.sort(p)[-k], p, 0)
    return kept / kept.sum()


def top_p_by_hand(p, enough):  # (V,) -> (V,)
    order = np.argsort(-p)
    n = 1 + int((np.cumsum(p[order]) < enough).sum())
    kept = np.where(np.isin(np.arange(len(p)), order[:n]), p, 0)
    return kept / kept.sum()


three, half = top_k_by_hand(p, 3), top_p_by_hand(p, 0.5)
print((three > 0).sum(), (half > 0).sum())

# %%
ways = {"all": p, "top_k = 3": top_k_by_hand(p, 3)}
ways["top_p = 0.9"] = top_p_by_hand(p, 0.9)
columns = {name: kept[shown] for name, kept in ways.items()}
figures.table({"next": tokens} | columns)

# %% [markdown] lang="ja"
# ## パッケージと同じになるか {#package}

# %% [markdown] lang="en"
# ## Does the package agree? {#package}

# %%
draw = sample.next_token_probabilities
assert np.allclose(draw(logits, temperature=0.5), warmed(logits, 0.5))
assert np.allclose(draw(logits, top_k=3), top_k_by_hand(p, 3))
assert np.allclose(draw(logits, top_p=0.9), top_p_by_hand(p, 0.9))
figures.source(sample.next_token_probabilities)

# %% [markdown] lang="ja"
# ## 書かせて、判定する {#judge}
#
# いよいよ書かせます。**種**（seed）が同じなら、くじの結果も同じです。

# %% [markdown] lang="en"
# ## Let it write, and judge {#judge}
#
# Now it writes. The same **seed** draws the same lots.

# %%
def write_sentences(n, **options):
    start, sentences = words.encode(corpus.END), []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        ids = sample.generate(params, config, start, 12, rng, **options)
        text = words.decode(ids[1:]).split(corpus.END)[0]
        sentences.append((*text.split(), corpus.END))
    return sentences


for sentence in write_sentences(4):
    print(" ".join(sentence), world.is_sentence(sentence))

# %% [markdown] lang="ja"
# 世界の文法は全部わかっているので、一文ずつ、正しいかどうかを判定できます。選び方ごとにたくさんの文を書かせ、正しい文の割合と、何種類の文が出たかを数えます。

# %% [markdown] lang="en"
# Since we know all of the world's grammar, each sentence can be judged. For every way of choosing we let it write many sentences, and count how many are right, and how many different ones there are.

# %%
settings = {"greedy": {"temperature": 0}}
for t in (0.5, 1, 2):
    settings[f"temperature {t}"] = {"temperature": t}
settings |= {"top_k 4": {"top_k": 4}, "top_p 0.9": {"top_p": 0.9}}
written = [write_sentences(200, **way) for way in settings.values()]
right = [np.mean([*map(world.is_sentence, texts)]) for texts in written]
kinds = [len(set(texts)) for texts in written]
print(len(written[0]), "sentences each")
columns = {"right": right, "different": kinds}
figures.table({"way": list(settings)} | columns)

# %%
assert right[0] == 1 and kinds[0] == 1
assert right[3] < right[2] <= right[5]
axes = {"x_label": "way", "y_label": "share of right sentences"}
figures.bar(list(settings), right, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 200 文のうち、この世界の文になっていたものの割合。温度を上げると崩れ、尻尾を切ると持ち直します。
#
# alt: 棒グラフ。六つの選び方の棒。temperature 2 だけが低く、ほかは 1 に近い。

# %% [markdown] lang="en" tags=["caption"]
# The share of 200 sentences that this world could have said. Warmer falls apart; cutting the tail mends it.
#
# alt: Bar chart with a bar for each of six ways. Only that of temperature 2 is low; the others are close to 1.

# %% [markdown] lang="ja"
# greedy はいつも正しい代わりに、一種類の文しか書きません。温度を上げるとさまざまな文が出ますが、間違いが増えます。
# 正しさと多様さは取り合いになります。だから人が選べるようになっているのです。
#
# ## 簡単にしたこと {#simplified}
#
# - 判定できる文法がありました。本物の文章では、人や別のモデルが判定します。
# - 一つずつ選びました。いくつかの候補を並べて進める **beam search** もあります。
# - 同じことばのくり返しを抑える **repetition penalty** などは使いませんでした。
#
# ## 練習 {#exercises}
#
# **1.** top-k で $k = 1$ にすると、どの選び方と同じになるでしょうか。

# %% [markdown] lang="en"
# Greedy is always right, and writes just one sentence. Warmer brings variety, and mistakes with it.
# Being right and being varied pull against each other. That is why the choice is left to people.
#
# ## What we simplified {#simplified}
#
# - We had a grammar to judge by. Real text is judged by people, or by another model.
# - We chose one token at a time. **Beam search** carries several candidates along.
# - We did nothing against repetition, such as a **repetition penalty**.
#
# ## Exercises {#exercises}
#
# **1.** With $k = 1$, which other way of choosing is top-k the same as?

# %% tags=["exercise"]
from llm_scratch.exercises import check

only_one = ...  # (V,): the probabilities with k = 1
check("sampling.1", only_one, logits)

# %% tags=["solution"]
only_one = draw(logits, top_k=1)
assert (only_one == draw(logits, temperature=0)).all()
assert check("sampling.1", only_one, logits)

# %% [markdown] lang="ja"
# greedy です。どちらも、いちばん大きいもの一つに確率 1 を置きます。
#
# **2.** 温度をとても高くすると、確率は何に近づくでしょうか。

# %% [markdown] lang="en"
# Greedy: both give a probability of 1 to the largest.
#
# **2.** What do the probabilities come close to at a very high temperature?

# %% tags=["exercise"]
hot = ...  # (V,): the probabilities at a temperature of a million
check("sampling.2", hot, logits)

# %% tags=["solution"]
hot = warmed(logits, 1e6)
assert check("sampling.2", hot, logits)

# %% [markdown] lang="ja"
# どのトークンも同じ、$1/V$ です。学習したことが、すべて消えます。
#
# ## 次へ {#next}
#
# 書かせるところまで来ました。[第 # 回](kv_cache.md#kv-cache)では、同じ文を、ずっと少ない計算で書きます。自分で温度を変えてみたいときは[手元で動かす](../follow.md)をどうぞ。

# %% [markdown] lang="en"
# To $1/V$ for every token. All that was learned is gone.
#
# ## Next {#next}
#
# Our GPT writes. [Lesson #](kv_cache.md#kv-cache) writes the same with far less computing. To try temperatures of your own, [follow along](../follow.md).
