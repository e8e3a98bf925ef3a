# %% [markdown] lang="ja"
# # GPT を学習させる：損失を下限まで下げる {#training}
#
# いよいよ、GPT を学習させます。このページを作るときに、本当に学習が動いています。
# 使うのは、歩幅をパラメータごとに決める **AdamW**、学習率の**スケジュール**（上げ下げ）、**勾配クリッピング**（長すぎる勾配を縮めること）です。
# 見どころは、損失がどの[下限](loss.md#perplexity)まで下がるかです。**bigram** は直前の 1 トークンを、**trigram** は直前の 2 トークンを見るモデルで、損失の下限がそれぞれにあります。GPT はその下へ行くでしょうか。
#
# 必要なものは、[第 # 回](backward.md#backward)の勾配と、[第 # 回](block.md#block)の GPT です。

# %% [markdown] lang="en"
# # Training a GPT: the loss comes down to its floor {#training}
#
# Now we train a GPT. The training really runs, each time this page is built.
# We use **AdamW**, which sets the size of the step for each parameter, a **schedule** for the learning rate, and **gradient clipping**, which shortens gradients that are too long.
# Watch how far down the loss gets, and to which [floor](loss.md#perplexity). A **bigram** model looks at one token back, a **trigram** at two, and each has a floor of its own. Does the GPT get below them?
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
# `ids` で学習し、`fresh` で測ります。どちらも同じ世界のテキストで、別々に作りました。
#
# ## AdamW：パラメータごとに歩幅を決める {#adamw}
#
# 勾配の大きさは、パラメータによって何桁も違うことがあります。そこで **Adam** は、勾配の移動平均 $m$ を、勾配の 2 乗の移動平均 $v$ の平方根で割って使います。
# 次の例の 3 つの勾配は、大きさがまったく違います。どれだけ動くかを見てください。

# %% [markdown] lang="en"
# We train on `ids` and measure on `fresh`: two texts from the same world, made apart.
#
# ## AdamW: a step size for each parameter {#adamw}
#
# Gradients can differ by orders of magnitude from parameter to parameter. **Adam** takes the moving average $m$ of the gradients and divides it by the square root of the moving average $v$ of their squares.
# The three gradients in this example have very different sizes. Watch how far each parameter moves.

# %% [markdown]
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \qquad p \leftarrow p - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$

# %% [markdown] lang="ja"
# $\eta$ は学習率です。移動平均は 0 から始まり、最初のうちは小さすぎます。それを直したのが $\hat m$ と $\hat v$ です。$\epsilon$ は、0 で割るのを防ぐ小さな数です。

# %% [markdown] lang="en"
# $\eta$ is the learning rate. The moving averages start from 0, and at first they are too small; $\hat m$ and $\hat v$ make up for that. $\epsilon$ is a tiny number that keeps us from dividing by 0.

# %%
def adam_step_by_hand(p, g, lr, beta1=0.9, beta2=0.95):
    # the first step, without weight decay
    m, v = (1 - beta1) * g, (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
    return p - lr * m_hat / (np.sqrt(v_hat) + 1e-8)

# %% check="sign"
p, g = np.array([1.0, 1.0, 1.0]), np.array([0.001, -3.0, 500.0])
moved = adam_step_by_hand(p, g, lr=0.1)
assert np.allclose(p - moved, 0.1 * np.sign(g), atol=1e-5)
figures.table({"gradient": g, "before": p, "after": moved})

# %% [markdown] lang="ja" tags=["caption"]
# labels: gradient = 勾配; before = 前; after = 後

# %% [markdown] lang="ja"
# 勾配の大きさは 5 桁以上違うのに、動いた幅は、どれも学習率と同じです。最初のステップでは、[勾配の符号だけが効きます](#check-sign)。
# AdamW の W は、重み減衰（weight decay）を表します。パラメータの行列を、ステップごとにほんの少し 0 へ引き戻します。
#
# ## パッケージの実装と照合する {#package}

# %% [markdown] lang="en"
# The gradients differ by more than five orders of magnitude, and yet each parameter moved by the learning rate. On the first step, [only the sign](#check-sign) of a gradient counts.
# The W in AdamW stands for weight decay: matrices of parameters are pulled back towards 0 a tiny bit at every step.
#
# ## Does the package agree? {#package}

# %%
held = {"p": p.copy()}
optim.AdamW(held).step({"p": g}, lr=0.1)
assert np.allclose(held["p"], moved)
figures.source(optim.AdamW)

# %% [markdown] lang="ja"
# ## 学習率のスケジュールとウォームアップ {#schedule}
#
# 最初の数ステップでは、$v$ をまだ少しの勾配から見積もるので、[歩幅が不安定です](https://arxiv.org/abs/1908.03265)。学習率を 0 から上げていく**ウォームアップ**（warm-up）は、そこを小さく歩くためのものです。そのあと、cos の半周期に沿って 0 まで下げます。

# %% [markdown] lang="en"
# ## The schedule of the learning rate, and its warm-up {#schedule}
#
# In the first steps, $v$ is estimated from few gradients, which makes [the step size unsteady](https://arxiv.org/abs/1908.03265). In the **warm-up** the learning rate climbs from 0, so that these steps are small. Then it comes down to 0 along half a cosine.

# %%
n_steps, peak, warmup = 300, 0.01, 50
steps = range(n_steps)
rates = [optim.cosine_schedule(s, n_steps, peak, warmup) for s in steps]
assert max(rates) == peak == rates[warmup] and rates[-1] < peak / 1000
axes = {"x_label": "step", "y_label": "learning rate"}
figures.line(steps, {"learning rate": rates}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 学習率。最初の 50 ステップで頂点まで上がり、最後に 0 へ下がります。
#
# alt: 折れ線グラフ。横軸はステップ数、縦軸は学習率。まっすぐ上がって頂点に達し、なだらかな曲線で 0 まで下がる。

# %% [markdown] lang="en" tags=["caption"]
# The learning rate. It climbs to its peak over the first 50 steps, and ends at 0.
#
# alt: Line chart. Steps run to the right; height is the learning rate. It rises straight to its peak and comes down to 0 in a smooth curve.

# %% [markdown] lang="ja"
# ## 勾配クリッピング {#clipping}
#
# 勾配全体のノルム（長さ）が 1 を超えたら、向きを変えずに 1 に縮めます（**勾配クリッピング**、gradient clipping）。とび抜けて大きな勾配が一度来ても、それが移動平均 $m$ と $v$ を占めて、その後の何ステップもの動きを左右することが少なくなります。

# %% [markdown] lang="en"
# ## Gradient clipping {#clipping}
#
# If the norm (length) of all gradients together is above 1, they are shortened to 1 and keep their direction (**gradient clipping**). One huge gradient is then less able to fill the moving averages $m$ and $v$, and so to govern many of the steps that follow.

# %%
long = {"a": np.array([6.0]), "b": np.array([8.0])}
length = optim.clip_by_global_norm(long, 1.0)
figures.table({"norm": length, "a": long["a"][0], "b": long["b"][0]})

# %% [markdown] lang="ja" tags=["caption"]
# labels: norm = ノルム

# %% [markdown] lang="ja"
# ## 学習する {#run}
#
# 2 層、32 次元、4 ヘッドの GPT です。`train.train` は、テキストから窓を切り出し、順伝播と逆伝播で勾配を求め、クリッピングし、1 ステップ進むことをくり返します。

# %% [markdown] lang="en"
# ## Train {#run}
#
# Our GPT has two layers, 32 dimensions and four heads. `train.train` cuts windows from the text, finds the gradients by a forward and a backward pass, clips them, and takes a step, again and again.

# %%
config = model.GPTConfig(
    len(world.vocab), n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0), np.float64)
size = model.count_params(config)

# %%
untrained = {name: p.copy() for name, p in params.items()}
rng = np.random.default_rng(2)
schedule = {"peak": peak, "warmup": warmup}
losses = train.train(params, config, ids, n_steps, rng, **schedule)
losses = np.array(losses)  # (n_steps,)
figures.table({"parameters": size, "steps": len(losses)})

# %%
steps = np.unique(np.geomspace(1, n_steps, 40).astype(int))
floors = {"bigram": world.bigram_floor, "trigram": world.trigram_floor}
floors["full context"] = world.full_context_floor

# %%
levels = {"ln V": np.log(config.vocab_size)} | floors
series = {"loss": losses[steps - 1]}
axes = {"x_label": "step", "y_label": "loss (nats)"}
log = {"log_x": True, "log_y": True}
figures.line(steps, series, references=levels, **axes, **log)

# %% [markdown] lang="ja" tags=["caption"]
# 損失は $\ln V$ のあたりから始まり、bigram の下限、trigram の下限を横切って、全文脈の下限のあたりまで下がりました。
#
# alt: 両対数の折れ線グラフ。横軸はステップ数、縦軸は損失。ln V の破線のあたりから下がり、bigram と trigram の下限の破線を横切って、いちばん下の全文脈の下限の破線のあたりで上下する。
#
# labels: loss (nats) = 損失（nat）; bigram = bigram の下限; trigram = trigram の下限; full context = 全文脈の下限

# %% [markdown] lang="en" tags=["caption"]
# The loss starts near $\ln V$, crosses the floors of bigram and trigram, and comes down to about the floor of the full context.
#
# alt: Line chart with logarithmic axes. Steps run to the right; height is the loss. It falls from near the dashed line ln V, crosses the floors of bigram and trigram, and moves up and down around the lowest, that of the full context.
#
# labels: bigram = bigram floor; trigram = trigram floor; full context = full-context floor

# %%
late = np.arange(60, n_steps, 10)
means = [losses[step - 10 : step + 1].mean() for step in late]
assert means[0] > world.trigram_floor > means[-1]
figures.line(late, {"loss": means}, references=floors, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 60 ステップから後を拡大したもの。点は、そのステップまでの 11 ステップの平均です。bigram の下限をはっきり下回れば、直前の 1 トークンより前も使っています。trigram の下限をはっきり下回れば、2 つより前も使っています。
#
# alt: 折れ線グラフ。横軸は 60 ステップから後、縦軸は損失の平均。bigram の下限の破線の上から始まり、それと trigram の下限の破線を横切って、全文脈の下限の破線の少し上まで、小さく上下しながら下がる。

# %% [markdown] lang="en" tags=["caption"]
# From step 60 on, enlarged; each point is the mean of the 11 steps up to it. Clearly below the floor of the bigram, the model uses more than the last token; clearly below that of the trigram, more than the last two.
#
# alt: Line chart. Steps from 60 on run to the right; height is the mean loss. It starts above the dashed line of the bigram floor, crosses it and that of the trigram, and comes down, a little up and down, to just above the full-context floor.

# %% [markdown] lang="ja"
# 1 ステップの損失は、そのときのバッチで測ったものなので、ばらつきます。最後に、`fresh` 全体で測ります。Attention の出力を全部の層で 0 にした同じ GPT とも比べます。

# %% [markdown] lang="en"
# The loss of a step is measured on the batch of that step, so it scatters. Finally we measure on all of `fresh`, and compare with the same GPT when the output of attention is set to 0 in every layer.

# %%
def without_attention(params):
    cut = [n for n in params if "attn.c_proj" in n]
    return params | {name: np.zeros_like(params[name]) for name in cut}

# %% check="carried"
final = train.evaluate(params, config, fresh)
blind = train.evaluate(without_attention(params), config, fresh)
floor = world.full_context_floor
assert floor < final < floor + 0.02 < world.trigram_floor
assert blind > world.bigram_floor
pair = [words.encode(f"{w} は いつも") for w in ("ねこ", "いぬ")]
for gpt, same in (params, False), (without_attention(params), True):
    ends = model.forward(gpt, np.array(pair), config)[:, -1]
    assert np.allclose(*ends) == same

# %%
first = train.evaluate(untrained, config, fresh)
models = {"untrained": first, "without attention": blind}
models |= {f"{name} floor": level for name, level in floors.items()}
models["our GPT"] = final
columns = {"model": list(models), "loss (nats)": [*models.values()]}
figures.table(columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: untrained = 学習前の GPT; without attention = Attention を 0 にした GPT; {} floor = {}; our GPT = 私たちの GPT

# %% [markdown] lang="en" tags=["caption"]
# labels: untrained = untrained GPT; without attention = GPT without attention; {} floor = {}

# %% [markdown] lang="ja"
# 直前の 2 トークンを見るモデルは、平均では trigram の下限 0.5279 を下回れません。私たちの GPT は 0.4552 で、それより前の文脈も使っています。全文脈の下限 0.4480 との差には、測り方による分もあります。窓は文の途中からも始まるので、手がかりの生きものが窓の外にあることがあります。
# Attention の出力を 0 にすると、bigram の下限よりも上がります。前のトークンの情報を運ぶのは、[Attention だけです](#check-carried)。ほかの部品は、位置ごとに別々に働きます。
#
# ## 学習の前と後 {#before-after}
#
# `ねこ は いつも とても` の次を当てさせます。「ねこ」が好きなのは「ひるね」ですが、直前の 2 トークンからはわかりません。

# %% [markdown] lang="en"
# On average, a model that looks two tokens back cannot get below the trigram's floor, 0.5279. Our GPT has 0.4552: it uses what came before those two. Part of what is left above the full-context floor, 0.4480, comes from how we measure: windows also begin in mid-sentence, and the animal that is the clue may be outside.
# With the output of attention set to 0, it is above even the bigram's floor. What earlier tokens say is [carried by attention alone](#check-carried); all other parts work on each position by itself.
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
true = np.array([0.85, 0.05, 0.05, 0.05])  # given by the world
assert abs(after - true).max() < 0.1 < abs(before - true).max()
columns = {"before training": before, "after training": after}
figures.table({"next": nouns} | columns | {"world": true})

# %% [markdown] lang="ja" tags=["caption"]
# labels: before training = 学習の前; after training = 学習の後; world = この世界の確率

# %%
figures.bar(nouns, after, x_label="next", y_label="probability")

# %% [markdown] lang="ja" tags=["caption"]
# 学習の後の予測。4 語前の「ねこ」に合う「ひるね」が、いちばん高くなります。
#
# alt: 棒グラフ。「ひるね」の棒が飛び抜けて高く、「さんぽ」「うた」「本」は低い。

# %% [markdown] lang="en" tags=["caption"]
# The prediction after training. ひるね, which goes with ねこ four words back, is the highest.
#
# alt: Bar chart. The bar of ひるね towers over さんぽ, うた and 本, which are low.

# %% [markdown] lang="ja"
# 世界が決めた確率は 0.8500 と 0.0500 です。「ひるね」の 0.7880 は低すぎ、「さんぽ」の 0.0824 は高すぎて、まだ差があります。それでも、学習の前より、ずっと近づきました。
#
# ## 見たことのある文か {#seen}
#
# GPT は、見たことのない文にも使える決まりを学んだのでしょうか。それとも、見た文を覚えたのでしょうか。`fresh` の文のうち、学習用のテキストにもあったものを数えます。

# %% [markdown] lang="en"
# The world's own probabilities are 0.8500 and 0.0500. With 0.7880 for ひるね, which is too low, and 0.0824 for さんぽ, which is too high, the model is not there yet, but much closer than before training.
#
# ## Has it seen these sentences? {#seen}
#
# Did the GPT learn rules that also serve for sentences it has not seen, or the sentences that it saw? We count how many of the sentences in `fresh` also stand in the text for training.

# %%
def sentences(tokens):  # -> list of str
    return " ".join(tokens).split(f" {corpus.END}")[:-1]

# %% check="seen"
known = {sentence.strip() for sentence in sentences(text)}
share = np.mean([s.strip() in known for s in sentences(fresh_text)])
assert len(known) == len(world.sentences) and share == 1
kinds = {"sentences of the world": len(world.sentences)}
figures.table(kinds | {"in training": len(known), "fresh seen": share})

# %% [markdown] lang="ja" tags=["caption"]
# labels: sentences of the world = この世界の文の種類; in training = 学習に出た種類; fresh seen = fresh のうち見た割合

# %% [markdown] lang="en" tags=["caption"]
# labels: sentences of the world = kinds of sentences; in training = kinds in training; fresh seen = share of fresh seen

# %% [markdown] lang="ja"
# この世界の文は 64 種類で、[その全部が](#check-seen)学習に出てきました。`fresh` の文も、どれも見たことのある文です。
# ですから、ここでわかったのは、それぞれの文の確率を学んだことまでです。見たことのない文にも当てはまるか（**汎化**、generalisation）は、一部の文を学習から除いておかないと測れません。
#
# ## 簡単にしたこと {#simplified}
#
# - 世界が小さく、テキストをいくらでも作れました。実際のモデルでは、データを集めて整えることも大きな仕事です。
# - 1 台の CPU で学習しました。実際のモデルは、たくさんの GPU に分けて学習します（**データ並列**、data parallelism など）。
# - 64 ビットの数で計算しました。実際には、16 ビットの数（**bf16**）を混ぜることが多くあります（**混合精度**、mixed precision）。
# - モデルとデータの大きさを、試しながら決めました。計算量に合わせて決める目安が**スケーリング則**（scaling laws）です。
#
# ## 練習 {#exercises}
#
# **1.** 語順をばらばらにしたテキストでは、学習した GPT の損失はいくつになるでしょうか。$\ln V$ と比べてください。

# %% [markdown] lang="en"
# This world has 64 kinds of sentences, and [every one of them](#check-seen) occurred in training. Each sentence of `fresh` is one that it has seen.
# So what we know is that it learned the probabilities of these sentences. Whether it would do as well on others (**generalisation**) can be measured when some sentences are kept out of training.
#
# ## What we simplified {#simplified}
#
# - Our world is small, and text could be made at will. For real models, collecting and cleaning text is much of the work.
# - We trained on one CPU. Real training is spread over many GPUs (**data parallelism** and more).
# - We computed with 64 bits. Real training often mixes in numbers of 16 (**bf16**, **mixed precision**).
# - We chose the sizes of model and data by trying. How to choose them for a given amount of computing is the subject of **scaling laws**.
#
# ## Exercises {#exercises}
#
# **1.** Shuffle the words of the text. What is the loss of the trained GPT on it? Compare it with $\ln V$.

# %% tags=["exercise"]
from llm_scratch.exercises import check

shuffled = np.random.default_rng(3).permutation(fresh)
confident = ...  # the loss on shuffled
check("training.1", confident, params, config, shuffled, final)

# %% tags=["solution"]
confident = train.evaluate(params, config, shuffled)
assert confident > 1.5 * np.log(config.vocab_size)
assert check("training.1", confident, params, config, shuffled, final)
figures.table({"loss": confident, "ln V": np.log(config.vocab_size)})

# %% [markdown] lang="ja"
# 一様な予測よりも、ずっと悪くなります。正解のトークンに、$1/V$ よりずっと小さな確率を付けることが多く、損失はそれを重く数えます。学習したモデルは、自信を持って外します。
#
# **2.** 学習した GPT から位置の埋め込みを取り除く（0 にする）と、損失はどうなるでしょうか。

# %% [markdown] lang="en"
# Far worse than a uniform prediction: the true token often gets much less than $1/V$, and the loss counts that heavily. The trained model is sure of itself, and wrong.
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
figures.table({"whole": final, "without positions": worse})

# %% [markdown] lang="ja" tags=["caption"]
# labels: whole = 全部ある; without positions = 位置なし

# %% [markdown] lang="ja"
# 悪くなります。学習した GPT の予測は、位置の埋め込みにも頼っていました。最初から位置を使わずに学習させた GPT のことは、ここでは測っていません。
#
# ## 次へ {#next}
#
# 学習した GPT が手に入りました。[第 # 回](inside.md#inside)では、このモデルの中をのぞきます。

# %% [markdown] lang="en"
# It gets worse: the predictions of the trained GPT rely on the position embedding, too. What a GPT trained from the start with no positions would do, we have not measured here.
#
# ## Next {#next}
#
# We have a trained GPT. [Lesson #](inside.md#inside) looks inside it.
