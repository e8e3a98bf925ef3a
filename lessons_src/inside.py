# %% [markdown] lang="ja"
# # 中をのぞく：学習した GPT は何を見ているか {#inside}
#
# [第 # 回](training.md#before-after)の GPT は、四語前の生きものを覚えていました。どこで、どうやって覚えているのでしょうか。
# この回では、同じモデルをもう一度学習させ、三つの道具で中を調べます。
# 重みを見る、途中の層で予測させる（**logit lens**）、ヘッドを一つ取り除いて測る、です。
#
# 必要なものは、[第 # 回](training.md#run)の学習です。

# %% [markdown] lang="en"
# # Looking inside: what does the trained GPT look at? {#inside}
#
# The GPT of [lesson #](training.md#before-after) remembered an animal four words back. Where does it keep that, and how?
# In this lesson we train the same model once more and examine it with three tools:
# looking at its weights, asking its middle layers for a prediction (the **logit lens**), and taking out one head and measuring.
#
# All you need is the training of [lesson #](training.md#run).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, model, ops, tokenizer, train

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
losses = train.train(params, config, ids, 300, rng, peak=0.01)
print(f"{np.mean(losses[-20:]):.4f}")

# %% [markdown] lang="ja"
# ## 一段ずつ動かす {#steps}
#
# 予測させるのは `。 ねこ は いつも とても` の続きです。block を一つずつ動かし、途中のベクトルと重みを取っておきます。

# %% [markdown] lang="en"
# ## One step at a time {#steps}
#
# We ask for what follows `。 ねこ は いつも とても`. ねこ is cat, は a particle, いつも always, とても very much. We run the blocks one by one and keep the vectors and weights on the way.

# %%
tokens = [corpus.END, "ねこ", "は", "いつも", "とても"]
prompt = np.array([words.encode(" ".join(tokens))])


def run_in_steps(params, prompt):  # -> [(T, d)], [(n_heads, T, T)]
    x, stream, maps = model.embed(params, prompt, config), [], []
    stream.append(x[0])
    for i in range(config.n_layers):
        w = model.layer(params, i)
        added, saved = model.attention_sublayer(w, x, config.n_heads)
        x = x + added
        x = x + model.mlp_sublayer(w, x)
        stream.append(x[0])
        maps.append(saved[-1][0])
    return stream, maps

# %% [markdown] lang="ja"
# ## パッケージと同じになるか {#package}
#
# 途中を取っておいても、結果はパッケージの `forward` と同じでなければなりません。途中も、パッケージの `trace` と比べます。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# Keeping what is on the way must not change the result: it has to be that of the package's `forward`. What is on the way is compared with the package's `trace`.

# %%
stream, maps = run_in_steps(params, prompt)
logits = model.unembed(params, stream[-1])
assert np.allclose(logits, model.forward(params, prompt, config)[0])
traced = model.trace(params, prompt, config)
for ours, theirs in zip((stream, maps), traced, strict=True):
    assert np.allclose(ours, [of_layer[0] for of_layer in theirs])
figures.source(model.trace)

# %% [markdown] lang="ja"
# ## どこを見ているか {#looking}
#
# 最後のトークン とても が、それぞれのヘッドでどこに重みを置くかを、二つの層について並べます。

# %% [markdown] lang="en"
# ## Where it looks {#looking}
#
# Here is where the last token, とても, puts its weight in each head of both layers.

# %%
last_weights = np.concatenate([layer[:, -1] for layer in maps])
pairs = list(np.ndindex(config.n_layers, config.n_heads))
heads = [f"{layer}.{head}" for layer, head in pairs]
names = {"row_label": "layer.head", "column_label": "key"}
figures.heatmap(last_weights, heads, tokens, **names)

# %% [markdown] lang="ja" tags=["caption"]
# とても が置く重み。一行が一つのヘッドです。ねこ の列の重みが大きい行が、生きものを見ているヘッドです。
#
# alt: 8 行 5 列のヒートマップ。行は層とヘッドの番号、列は 。、ねこ、は、いつも、とても。行ごとに重みの分かれ方が違い、どの行も足すと 1。

# %% [markdown] lang="en" tags=["caption"]
# The weights that とても puts down. Each row is a head. Rows with much weight on ねこ are the heads that look at the animal.
#
# alt: Heatmap of 8 rows and 5 columns. Rows are layer and head, columns the five tokens of the prompt. The weight is spread differently in each row; every row sums to one.

# %%
on_cat = last_weights[:, 1]
figures.table({"head": heads, "weight on ねこ": on_cat})

# %% [markdown] lang="ja"
# ヘッド 0.1 と 0.3 は、重みの 0.9993 と 0.9995 を ねこ に置いています。間の は や いつも には目もくれません。誰かがそう教えたのではなく、損失を下げるうちにこうなりました。
# けれども、見ているからといって、使っているとは限りません。使っているかどうかは、取り除いて測ります。
#
# ## 途中の層に聞く：logit lens {#logit-lens}
#
# 途中のベクトルを、そのまま出口に通してみます。どの層で答えが決まるのかが見えます。

# %% [markdown] lang="en"
# Heads 0.1 and 0.3 put 0.9993 and 0.9995 of their weight on ねこ, and pass over は and いつも in between. Nobody told them to; it came about as the loss went down.
# But to look is not yet to use. Whether something is used shows when it is taken away.
#
# ## Asking the layers between: the logit lens {#logit-lens}
#
# We send the vectors on the way straight to the way out, and see at which layer the answer is decided.

# %%
nouns = ["ひるね", "さんぽ", "うた", "本"]
places = [words.encode(noun)[0] for noun in nouns]
logits = np.array([model.unembed(params, x)[-1] for x in stream])
lens = ops.softmax(logits)[:, places]  # (n_layers + 1, 4)
columns = {noun: lens[:, i] for i, noun in enumerate(nouns)}
figures.table({"after": ["embedding", "layer 0", "layer 1"]} | columns)

# %%
series = {noun: column for noun, column in columns.items()}
figures.line(range(3), series, x_label="blocks", y_label="probability")

# %% [markdown] lang="ja" tags=["caption"]
# それぞれの層のあとで出口に通したときの確率。ひるね の線だけが、最後に大きく上がります。
#
# alt: 折れ線グラフ。横軸は通った block の数 0、1、2、縦軸は確率。最後に ひるね の線が高く上がり、ほかの三本は低いまま。

# %% [markdown] lang="en" tags=["caption"]
# Probabilities when each layer's result goes straight to the way out. Only the line of ひるね ends high.
#
# alt: Line chart. The number of blocks passed, 0, 1, 2, runs to the right; height is the probability. The line of ひるね (nap) ends high, the other three stay low.

# %%
assert on_cat[1] > 0.99 and on_cat[3] > 0.99
assert lens[0].max() < 0.5 < lens[-1][0]
likely = lens[:, 0] > 0.5
print("decided after block", likely.argmax())

# %% [markdown] lang="ja"
# 埋め込みだけでは決まらず、block を通るうちに ひるね に決まります。
#
# ## ヘッドを取り除く {#ablation}
#
# ヘッドの出力は、`c_proj` の行列を通って流れに足されます。その行列の、あるヘッドに当たる行を 0 にすれば、そのヘッドだけがいなくなります。

# %% [markdown] lang="en"
# The embedding alone does not decide. On the way through the blocks, ひるね (nap) wins.
#
# ## Taking out a head {#ablation}
#
# The output of a head reaches the stream through the matrix `c_proj`. Set the rows that belong to one head to 0, and that head alone is gone.

# %%
def without_head(layer, head):
    name = f"h.{layer}.attn.c_proj.weight"
    d_head = config.d_model // config.n_heads
    weight = params[name].copy()
    weight[head * d_head : (head + 1) * d_head] = 0
    return params | {name: weight}


fresh_text = world.text(np.random.default_rng(1), 4000)
fresh = np.array(words.encode(" ".join(fresh_text)))
whole = train.evaluate(params, config, fresh)
cut = [train.evaluate(without_head(*p), config, fresh) for p in pairs]
harm = np.array(cut) - whole  # (n_layers · n_heads,)

# %%
figures.bar(heads, harm, x_label="layer.head", y_label="nats lost")

# %% [markdown] lang="ja" tags=["caption"]
# ヘッドを一つ取り除いたとき、損失がどれだけ増えるか。大事なヘッドと、いなくても困らないヘッドがあります。
#
# alt: 棒グラフ。横軸は八つのヘッド、縦軸は増えた損失。高い棒と、ほとんど 0 の棒がある。

# %% [markdown] lang="en" tags=["caption"]
# How much the loss grows when a head is taken out. Some heads matter; some are hardly missed.
#
# alt: Bar chart over the eight heads; height is the loss added. Some bars are high, others are close to 0.

# %%
assert harm.max() > 0.01 and harm.max() > 5 * abs(harm).min()
most = heads[harm.argmax()]
gap = world.trigram_floor - world.full_context_floor
print(f"most needed: head {most}, {harm.max():.4f} nats", end="; ")
print(f"all of the long context: {gap:.4f}")

# %% [markdown] lang="ja"
# 前の文脈を全部使う値打ちは、trigram の床と全文脈の床の差です。それは 0.0799 で、ヘッド 0.1 を失うと 0.0807 です。ねこ を見ていたヘッドが、文脈の値打ちをほとんど一人で運んでいました。
#
# ## 簡単にしたこと {#simplified}
#
# - 重みの図を一つの文で見ました。たくさんの文で平均しないと、たまたまかもしれません。
# - ヘッドの出力を 0 にしました。ふだんの平均に置き換えるほうが公平です（**mean ablation**）。
# - logit lens は、途中の層が出口と同じことばで書いていると仮定します。層ごとに翻訳を学ぶ **tuned lens** もあります。
# - こうした調べ方の分野を **mechanistic interpretability** と呼びます。
#
# ## 練習 {#exercises}
#
# **1.** ねこ を いぬ に替えると、予測はどう変わるでしょうか。

# %% [markdown] lang="en"
# What all of the earlier context is worth is the gap between the floors of trigram and full context. That is 0.0799, and losing head 0.1 costs 0.0807. The head that looked at ねこ carried nearly all of it alone.
#
# ## What we simplified {#simplified}
#
# - We looked at the weights of one sentence. Without an average over many, it may be chance.
# - We set a head's output to 0. Replacing it by its usual mean is fairer (**mean ablation**).
# - The logit lens assumes that middle layers write in the language of the way out. A **tuned lens** learns a translation for each layer.
# - The field of such examinations is called **mechanistic interpretability**.
#
# ## Exercises {#exercises}
#
# **1.** Replace ねこ (cat) by いぬ (dog). How does the prediction change?

# %% tags=["exercise"]
from llm_scratch.exercises import check

for_dog = ...  # (4,): the probabilities of the nouns
check("inside.1", for_dog, params, config, words, tokens, places)

# %% tags=["solution"]
dog_first = " ".join(tokens).replace("ねこ", "いぬ")
dog = np.array([words.encode(dog_first)])
for_dog = ops.softmax(model.forward(params, dog, config)[0, -1])[places]
assert nouns[for_dog.argmax()] == "さんぽ"
assert check("inside.1", for_dog, params, config, words, tokens, places)
figures.table({"next": nouns, "ねこ": lens[-1], "いぬ": for_dog})

# %% [markdown] lang="ja"
# さんぽ に変わります。変えたのは四語前の一語だけなので、そこからの道がつながっている証拠です。
#
# **2.** 一つの層の Attention を丸ごと取り除くと、損失はどうなるでしょうか。

# %% [markdown] lang="en"
# It changes to さんぽ (walk). Only one word changed, four words back, so there must be a way from it to the prediction.
#
# **2.** Take out the whole attention of one layer. What happens to the loss?

# %% tags=["exercise"]
lost = ...  # (n_layers,): the nats lost with each layer's attention
check("inside.2", lost, params, config, fresh, whole, harm)

# %% tags=["solution"]
cuts = [f"h.{i}.attn.c_proj.weight" for i in range(config.n_layers)]
zeros = [params | {name: np.zeros_like(params[name])} for name in cuts]
lost = [train.evaluate(cut, config, fresh) - whole for cut in zeros]
assert lost[0] > gap > 10 * lost[1] > 0 and lost[0] > harm[:4].sum()
assert check("inside.2", lost, params, config, fresh, whole, harm)
of_heads = harm.reshape(2, 4).sum(axis=1)
columns = {"nats lost": lost, "sum of its heads": of_heads}
figures.table({"layer": [0, 1]} | columns)

# %% [markdown] lang="ja"
# 大事なのは layer 0 です。なくなると、前の文脈の値打ちを全部失うより悪くなります。layer 1 の Attention は、なくてもほとんど困りません。
# ヘッドを一つずつ取り除いた値を足しても、層を丸ごと取り除いた値にはなりません。ヘッドどうしが助け合っているからです。
#
# ## 次へ {#next}
#
# 第 2 部は、ここまでです。[第 # 回](sampling.md#sampling)からの第 3 部では、学習した GPT に文章を書かせます。

# %% [markdown] lang="en"
# It is layer 0 that matters: without it, things are worse than without any earlier context. The attention of layer 1 is hardly missed.
# Adding up what single heads cost does not give the cost of the whole layer, because heads help each other out.
#
# ## Next {#next}
#
# This is the end of part 2. Part 3 begins with [lesson #](sampling.md#sampling) and lets the trained GPT write.
