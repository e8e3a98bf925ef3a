# %% [markdown] lang="ja"
# # 学習：小さな GPT を床まで下ろす {#training}
#
# いよいよ、GPT を学習させます。このページを作るときに、本当に学習が動いています。
# 使うのは、歩幅をパラメータごとに決める **AdamW**、学習率の上げ下げ、勾配の長さを抑える工夫です。
# 見どころは、損失がどの床まで下りるかです。trigram の床より下へ行けるのは、前の文脈を見たモデルだけです。
#
# 必要なものは、[第 # 回](backward.md#backward)の勾配と、[第 # 回](block.md#block)の GPT です。

# %% [markdown] lang="en"
# # Training: a small GPT goes down to the floor {#training}
#
# Now we train a GPT. The training really runs, each time this page is built.
# We use **AdamW**, which sets the size of the step for each parameter, a learning rate that rises and falls, and a limit on the length of the gradient.
# Watch how far down the loss gets. Only a model that looks at what came before can go below the floor of the trigram.
#
# All you need is the gradients of [lesson #](backward.md#backward) and the GPT of [lesson #](block.md#block).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, model, ops, optim
from llm_scratch import tokenizer, train

world = corpus.cat_world()
words = tokenizer.WordTokenizer(world.vocab)
text = world.text(np.random.default_rng(0), 20000)
ids = np.array(words.encode(" ".join(text)))
fresh_text = world.text(np.random.default_rng(1), 4000)
fresh = np.array(words.encode(" ".join(fresh_text)))

# %% [markdown] lang="ja"
# `ids` で学び、`fresh` で試します。後のほうは、学習では一度も使わない文章です。
#
# ## AdamW：一つずつ歩幅を決める {#adamw}
#
# 勾配の大きさは、パラメータによって何桁も違います。同じ学習率では、ある数は暴れ、ある数はほとんど動きません。
# Adam は、勾配の平均 $m$ を、勾配の二乗の平均 $v$ の平方根で割って使います。

# %% [markdown] lang="en"
# We learn from `ids` and test on `fresh`, a text that training never uses.
#
# ## AdamW: a step for each {#adamw}
#
# Gradients differ by orders of magnitude from parameter to parameter. With one learning rate for all, some would run wild and others hardly move.
# Adam takes the mean $m$ of the gradients and divides it by the square root of the mean $v$ of their squares.

# %% [markdown]
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \qquad p \leftarrow p - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$

# %%
def adam_step_by_hand(p, g, lr, beta1=0.9, beta2=0.95):
    # the first step, without weight decay
    m, v = (1 - beta1) * g, (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
    return p - lr * m_hat / (np.sqrt(v_hat) + 1e-8)


p, g = np.array([1.0, 1.0, 1.0]), np.array([0.001, -3.0, 500.0])
moved = adam_step_by_hand(p, g, lr=0.1)
figures.table({"gradient": g, "before": p, "after": moved})

# %% [markdown] lang="ja"
# 勾配の大きさは五桁以上違うのに、動いた幅は、どれも学習率とちょうど同じです。最初の一歩では、勾配の符号だけが効きます。
# W は weight decay で、行列のパラメータを、毎回ほんの少し 0 へ引き戻します。
#
# ## パッケージと同じになるか {#package}

# %% [markdown] lang="en"
# The gradients differ by more than five orders of magnitude, and yet each parameter moved by exactly the learning rate. On the first step, only the sign of a gradient counts.
# The W stands for weight decay: matrices are pulled back towards 0 a tiny bit at every step.
#
# ## Does the package agree? {#package}

# %%
held = {"p": p.copy()}
optim.AdamW(held).step({"p": g}, lr=0.1)
assert np.allclose(held["p"], moved)
print("moved by", (held["p"] - p).round(4))
figures.source(optim.AdamW)

# %% [markdown] lang="ja"
# ## 学習率の上げ下げ {#schedule}
#
# 初めの勾配はあてにならないので、学習率を 0 から上げていきます（**warm-up**）。そのあと、半周分の cos に沿って 0 まで下げます。

# %% [markdown] lang="en"
# ## Raising and lowering the learning rate {#schedule}
#
# The first gradients are not to be trusted, so the learning rate climbs from 0 (**warm-up**). Then it comes down to 0 along half a cosine.

# %%
n_steps, peak, warmup = 300, 0.01, 50
steps = range(n_steps)
rates = [optim.cosine_schedule(s, n_steps, peak, warmup) for s in steps]
assert max(rates) == peak == rates[warmup] and rates[-1] < peak / 1000
axes = {"x_label": "step", "y_label": "learning rate"}
figures.line(steps, {"learning rate": rates}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 学習率。初めの 50 歩で頂点まで上がり、最後に 0 へ下ります。
#
# alt: 折れ線グラフ。横軸は歩数、縦軸は学習率。まっすぐ上がって頂点に達し、なだらかな曲線で 0 まで下がる。

# %% [markdown] lang="en" tags=["caption"]
# The learning rate. It climbs to its peak over the first 50 steps, and ends at 0.
#
# alt: Line chart. Steps run to the right; height is the learning rate. It rises straight to its peak and comes down to 0 in a smooth curve.

# %% [markdown] lang="ja"
# 勾配全体の長さが 1 を超えたら、1 に縮めます（**gradient clipping**）。向きは変えません。たまに来る大きな勾配で、それまでの学習が壊れるのをふせぎます。

# %% [markdown] lang="en"
# If all gradients together are longer than 1, they are shortened to 1 (**gradient clipping**), keeping their direction. A rare huge gradient can then not wreck what was learned.

# %%
long = {"a": np.array([6.0]), "b": np.array([8.0])}
length = optim.clip_by_global_norm(long, 1.0)
print(length, long["a"].round(4), long["b"].round(4))

# %% [markdown] lang="ja"
# ## 学習する {#run}
#
# 二層、32 次元、四つのヘッドの GPT です。`train.train` は、窓を切り出し、勾配を求め、抑え、一歩進む、をくり返します。

# %% [markdown] lang="en"
# ## Train {#run}
#
# Our GPT has two layers, 32 dimensions and four heads. `train.train` cuts windows, finds the gradients, limits them, and takes a step, again and again.

# %%
config = model.GPTConfig(
    len(world.vocab), n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0), np.float64)
untrained = {name: p.copy() for name, p in params.items()}
rng = np.random.default_rng(2)
schedule = {"peak": peak, "warmup": warmup}
losses = train.train(params, config, ids, n_steps, rng, **schedule)
losses = np.array(losses)  # (n_steps,)
print(model.count_params(config), "parameters,", len(losses), "steps")

# %%
steps = np.unique(np.geomspace(1, n_steps, 40).astype(int))
floors = {"bigram": world.bigram_floor, "trigram": world.trigram_floor}
floors["full context"] = world.full_context_floor
levels = {"ln V": np.log(config.vocab_size)} | floors
series = {"loss": losses[steps - 1]}
axes = {"x_label": "step", "y_label": "nats"}
log = {"log_x": True, "log_y": True}
figures.line(steps, series, references=levels, **axes, **log)

# %% [markdown] lang="ja" tags=["caption"]
# 損失は ln V から始まり、bigram の床、trigram の床を越えて、全文脈の床のすぐ上まで下りました。
#
# alt: 両対数の折れ線グラフ。横軸は歩数、縦軸は損失。ln V の点線から下がり、bigram と trigram の点線を横切って、いちばん下の full context の点線に近づく。

# %% [markdown] lang="en" tags=["caption"]
# The loss starts at ln V, passes the floors of bigram and trigram, and ends just above the floor of the full context.
#
# alt: Line chart with logarithmic axes. Steps run to the right; height is the loss. It falls from the dashed line ln V, crosses those of bigram and trigram, and comes close to the lowest, full context.

# %%
late = np.arange(60, n_steps, 10)
means = [losses[step - 10 : step + 1].mean() for step in late]
assert means[0] > world.trigram_floor > means[-1]
figures.line(late, {"loss": means}, references=floors, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 後半を拡大したもの。trigram の床を横切るところで、Attention が前の文脈を使い始めています。
#
# alt: 折れ線グラフ。横軸は 60 歩から後、縦軸は損失の平均。bigram の点線の上から始まり、trigram の点線を横切って、full context の点線のすぐ上で止まる。

# %% [markdown] lang="en" tags=["caption"]
# The later part, enlarged. Where it crosses the floor of the trigram, attention has begun to use what came earlier.
#
# alt: Line chart. Steps from 60 on run to the right; height is the mean loss. It starts above the dashed line bigram, crosses trigram, and comes to rest just above full context.

# %% [markdown] lang="ja"
# 最後に、学習で使わなかった文章で測ります。この数がこの帯から外れたら、このページは公開されません。

# %% [markdown] lang="en"
# Finally we measure on the text that was not used for training. If this number leaves its band, the page is not published.

# %%
final = train.evaluate(params, config, fresh)
floor = world.full_context_floor
assert floor < final < floor + 0.02 < world.trigram_floor
names = ["untrained", "bigram floor", "trigram floor"]
names += ["our GPT", "full-context floor"]
first = train.evaluate(untrained, config, fresh)
nats = [first, world.bigram_floor, world.trigram_floor, final, floor]
figures.table({"model": names, "nats": nats})

# %% [markdown] lang="ja"
# 二語前まで見るどんなモデルも、trigram の床 0.5279 を下回れません。私たちの GPT はそれを下回りました。前の文脈を、Attention が運んでいる証拠です。
#
# ## 学習の前と後 {#before-after}
#
# `ねこ は いつも とても` の次を当てさせます。ねこ が好きなのは ひるね ですが、直前の二語からはわかりません。

# %% [markdown] lang="en"
# No model that looks two tokens back can get below the trigram's floor, 0.5279. Ours did. That is proof that attention carries what came earlier.
#
# ## Before and after {#before-after}
#
# We let it guess what follows `ねこ は いつも とても` ("cats always, very much"). What ねこ likes is ひるね (naps), but the last two words do not tell.

# %%
def predict(params, prompt):  # -> (V,)
    ids = np.array([words.encode(f"{corpus.END} {prompt}")])  # (1, T)
    return ops.softmax(model.forward(params, ids, config)[0, -1])


nouns = ["ひるね", "さんぽ", "うた", "本"]
places = [words.encode(noun)[0] for noun in nouns]
prompt = "ねこ は いつも とても"
before = predict(untrained, prompt)[places]
after = predict(params, prompt)[places]
figures.table({"next": nouns, "before": before, "after": after})

# %%
figures.bar(nouns, after, x_label="next", y_label="probability")

# %% [markdown] lang="ja" tags=["caption"]
# 学習の後の予測。四語前の ねこ を覚えていて、ひるね を選びます。
#
# alt: 棒グラフ。ひるね の棒が飛び抜けて高く、さんぽ、うた、本 は低い。

# %% [markdown] lang="en" tags=["caption"]
# The prediction after training. It remembers ねこ, four words back, and chooses ひるね.
#
# alt: Bar chart. The bar of ひるね towers over さんぽ, うた and 本, which are low.

# %%
assert abs(after - [0.85, 0.05, 0.05, 0.05]).max() < 0.1
print("in the world: 0.85 and 0.05")

# %% [markdown] lang="ja"
# 世界が決めた本当の確率は 0.85 と 0.05 です。モデルの予測はその近くにあります。文を覚えたのではなく、確率を覚えたのです。
#
# ## 簡単にしたこと {#simplified}
#
# - 世界が小さく、文章をいくらでも作れました。本物では、データを集めて整えることが仕事の大半です。
# - 一台の CPU で学びました。本物は、たくさんの GPU に分けて学びます（**data parallel** など）。
# - 64 ビットの数で計算しました。本物は 16 ビット（**bf16**）を混ぜます。
# - モデルとデータの大きさを、勘で決めました。計算量に合わせて決める目安が **scaling laws** です。
#
# ## 練習 {#exercises}
#
# **1.** 語順をばらばらにした文章では、学習した GPT の損失はいくつになるでしょうか。ln V と比べてください。

# %% [markdown] lang="en"
# The world's own probabilities are 0.85 and 0.05, and the predictions are close to them. The model did not memorise sentences; it learned probabilities.
#
# ## What we simplified {#simplified}
#
# - Our world is small, and text could be made at will. For real models, collecting and cleaning text is most of the work.
# - We trained on one CPU. Real training is spread over many GPUs (**data parallel** and more).
# - We computed with 64 bits. Real training mixes in 16 (**bf16**).
# - We guessed the sizes of model and data. How to choose them for a given amount of computing is the subject of **scaling laws**.
#
# ## Exercises {#exercises}
#
# **1.** Shuffle the words of the text. What is the loss of the trained GPT on it? Compare it with ln V.

# %% tags=["exercise"]
from llm_scratch.exercises import check

shuffled = np.random.default_rng(3).permutation(fresh)
confident = ...  # the loss on shuffled
check("training.1", confident, params, config, shuffled, final)

# %% tags=["solution"]
confident = train.evaluate(params, config, shuffled)
assert confident > 1.5 * np.log(config.vocab_size)
assert check("training.1", confident, params, config, shuffled, final)
print(f"{confident:.1f} nats, ln V {np.log(config.vocab_size):.1f}")

# %% [markdown] lang="ja"
# 均等に賭けるよりも、ずっと悪くなります。学習したモデルは、この世界にありえない続きには、ほとんど確率を残さないからです。
#
# **2.** 学習した GPT から位置埋め込みを取り除く（0 にする）と、損失はどうなるでしょうか。

# %% [markdown] lang="en"
# Far worse than betting evenly. The trained model leaves hardly any probability for what cannot happen in this world.
#
# **2.** Take the position embedding out of the trained GPT (set it to 0). What happens to the loss?

# %% tags=["exercise"]
worse = ...  # the loss on fresh
check("training.2", worse, params, config, fresh, final)

# %% tags=["solution"]
zeros = np.zeros_like(params["wpe.weight"])
without_positions = params | {"wpe.weight": zeros}
worse = train.evaluate(without_positions, config, fresh)
assert worse > final + 0.05
assert check("training.2", worse, params, config, fresh, final)
print(f"{final:.2f} -> {worse:.2f}")

# %% [markdown] lang="ja"
# 悪くなります。モデルは、位置を使って「いまの文がどこから始まったか」を知っていたからです。
#
# ## 次へ {#next}
#
# 学習した GPT が手に入りました。[第 # 回](inside.md#inside)では、このモデルの中をのぞきます。

# %% [markdown] lang="en"
# It gets worse: the model used positions to know where the current sentence began.
#
# ## Next {#next}
#
# We have a trained GPT. [Lesson #](inside.md#inside) looks inside it.
