# %% [markdown] lang="ja"
# # 損失：交差エントロピーを小さくする {#loss}
#
# 第 1 部の GPT は、でたらめな文を書きました。第 2 部では、GPT を**学習**させます。
# この回では、学習が何を目指すのかを、一つの数にします。その数を**損失**、それを計算する関数を**損失関数**と呼びます。
# 学習を始める前のモデルの損失がいくつになるべきかも、先に計算できます。
#
# 必要なものは、[第 # 回](gpt.md#gpt)の GPT です。

# %% [markdown] lang="en"
# # The loss: bringing cross-entropy down {#loss}
#
# The GPT of part 1 wrote nonsense. Part 2 is about **training** it.
# In this lesson we turn the aim of training into a single number, called the **loss**; what computes it is the **loss function**.
# We can even tell beforehand what the loss of an untrained model should be.
#
# All you need is the GPT of [lesson #](gpt.md#gpt).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, model, ops, tokenizer, train


# %% [markdown] lang="ja"
# ## 小さな世界 {#world}
#
# 学習には文章が要ります。ここから先は、すべてがわかっている小さな**世界**を使います。
# 「ねこ」「いぬ」「とり」「ひと」に、それぞれいちばん好きなものがあります：「ひるね」「さんぽ」「うた」「本」です。どの文がどの確率で出るかも、全部わかっています。

# %% [markdown] lang="en"
# ## A small world {#world}
#
# Training needs text. From here on we use a small **world** that we know everything about.
# In it live ねこ (cat), いぬ (dog), とり (bird) and ひと (human), each with what it likes best: ひるね (naps), さんぽ (walks), うた (songs), 本 (books). We know how probable every sentence is.

# %%
world = corpus.cat_world()
text = world.text(np.random.default_rng(0), 2000)
beginning = " ".join(text[:24])
print(beginning.replace(f"{corpus.END} ", f"{corpus.END}\n"))

# %%
words = tokenizer.WordTokenizer(world.vocab)
ids = np.array(words.encode(" ".join(text)))
V, kinds = len(world.vocab), len(world.sentences)
columns = {"kinds of sentence": kinds, "vocabulary": V}
figures.table(columns | {"tokens of text": len(ids)})

# %%
figures.table({"id": range(V), "token": world.vocab})

# %% [markdown] lang="ja"
# ## 窓をずらして、問題を作る {#windows}
#
# 文章から、決まった長さの**窓**を切り出します。入力が窓で、正解はそれを一つずらした窓です。
# どの位置も「ここまでを見て、次は何か」という問題になります。

# %% [markdown] lang="en"
# ## A shifted window makes the questions {#windows}
#
# From the text we cut **windows** of a fixed length. The window is the input; the answer is the same window, one token later.
# Every position then asks: given all up to here, what is next?

# %%
inputs, targets = ids[:8], ids[1:9]
columns = {"input": words.decode(inputs).split()}
columns["target"] = words.decode(targets).split()
figures.table(columns)

# %% [markdown] lang="ja"
# パッケージの `train.batch` は、文章のあちこちから、こうした窓をまとめて切り出します。

# %% [markdown] lang="en"
# The package's `train.batch` cuts many such windows from all over the text at once.

# %%
rng = np.random.default_rng(1)
batch_inputs, batch_targets = train.batch(ids, 4, 8, rng)
assert (batch_inputs[:, 1:] == batch_targets[:, :-1]).all()
print(batch_inputs.shape, batch_targets.shape)

# %% [markdown] lang="ja"
# ## 驚きを測る：交差エントロピー {#cross-entropy}
#
# 正解のトークンに付けた確率が $p$ なら、驚きは $-\ln p$ です。確率 1 なら驚きは 0、確率が半分になるごとに同じだけ増えます。

# %% [markdown] lang="en"
# ## Measuring surprise: cross-entropy {#cross-entropy}
#
# If the true token was given the probability $p$, the surprise is $-\ln p$. At probability 1 it is 0, and each halving adds the same amount.

# %%
p = np.array([1, 0.5, 0.25, 0.125, 0.0625])
figures.bar(map(str, p), -np.log(p), x_label="p", y_label="-ln p")

# %% [markdown] lang="ja" tags=["caption"]
# 正解の確率と驚き。確率が半分になるたびに、$\ln 2$、つまり 0.6931 ずつ増えます。
#
# alt: 棒グラフ。横軸は確率 1.0、0.5、0.25、0.125、0.0625。棒は 0 から同じ段差で高くなり、右端は 2.7726。
#
# labels: kinds of sentence = 文の種類; vocabulary = 語彙の大きさ; tokens of text = テキストのトークン数; input = 入力; target = 正解; -ln p

# %% [markdown] lang="en" tags=["caption"]
# The probability of the true token, and the surprise. Each halving adds $\ln 2$, which is 0.6931.
#
# alt: Bar chart over the probabilities 1.0, 0.5, 0.25, 0.125 and 0.0625. The bars rise from 0 in equal steps, to 2.7726 on the right.
#
# labels: vocabulary = size of the vocabulary

# %% [markdown] lang="ja"
# 損失は、すべての位置の驚きの平均です。**交差エントロピー**と呼び、単位は nat です。
# モデルが出すのは確率ではなくロジット（logits）なので、先に softmax を通します。

# %% [markdown] lang="en"
# The loss is the mean surprise over all positions. It is called **cross-entropy**, and its unit is the nat.
# A model puts out logits, not probabilities, so softmax comes first.

# %% [markdown]
# $$L = -\frac{1}{N} \sum_{n=1}^{N} \ln p_n(\text{target}_n)$$

# %%
def mean_surprise(logits, targets):  # (T, V), (T,) -> ()
    p = ops.softmax(logits)
    p_true = [p[t, target] for t, target in enumerate(targets)]
    return np.mean(-np.log(p_true))


logits = np.random.default_rng(2).standard_normal((8, V))
by_hand = mean_surprise(logits, targets)
print(f"{by_hand:.4f}")

# %% [markdown] lang="ja"
# ## パッケージの実装と照合する {#package}
#
# パッケージの関数は、softmax を作らずに、対数のまま計算します。ロジットがとても大きくても、あふれません。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# The package's function does not form the softmax; it stays with logarithms, and very large logits do not overflow.

# %%
assert np.isclose(ops.cross_entropy(logits, targets), by_hand)
assert np.isclose(ops.cross_entropy(1e4 * np.eye(8), np.arange(8)), 0)
figures.source(ops.cross_entropy)

# %% [markdown] lang="ja"
# ## 学習前の損失：語彙の大きさの対数 {#ln-v}
#
# 何も知らないモデルが、語彙の $V$ 個に均等に賭けるとします。どの確率も $1/V$ なので、損失は $\ln V$ です。
# 初期値のままの GPT が、本当にそこから始まるかを見ましょう。

# %% [markdown] lang="en"
# ## Before training: the log of the vocabulary size {#ln-v}
#
# Let a model that knows nothing bet evenly on the $V$ tokens. Each has probability $1/V$, so the loss is $\ln V$.
# Does a GPT with its initial parameters really start there? Let us see.

# %%
config = model.GPTConfig(
    vocab_size=V, n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0))
rng = np.random.default_rng(1)
batch_inputs, batch_targets = train.batch(ids, 32, 32, rng)
logits = model.forward(params, batch_inputs, config)
start = ops.cross_entropy(logits, batch_targets)
assert abs(start - np.log(V)) < 0.05
figures.table({"loss": start, "ln V": np.log(V)})

# %% [markdown] lang="ja"
# 語彙が 19 なら $\ln V$ は 2.9444 で、モデルもそのすぐ近くから始まりました。
# 最初の損失が $\ln V$ から大きく外れていたら、学習を始める前に、どこかを間違えたのかもしれません。たとえば、初期値が大きすぎると、こうなります。

# %% [markdown] lang="en"
# With 19 tokens, $\ln V$ is 2.9444, and the model starts right beside it.
# A first loss far from $\ln V$ is a sign that something may be wrong before training has begun. Parameters that start too large, for one, do this.

# %%
def loss_at_scale(factor):
    matrices = {n: p for n, p in params.items() if p.ndim == 2}
    large = params | {n: factor * p for n, p in matrices.items()}
    logits = model.forward(large, batch_inputs, config)
    return ops.cross_entropy(logits, batch_targets)


scales = [1, 4, 16, 64]
losses = {"first loss": [loss_at_scale(scale) for scale in scales]}
first, *_, last = losses["first loss"]
assert first == start and last > 2 * first
axes = {"x_label": "scale", "y_label": "nats", "log_x": True}
figures.line(scales, losses, references={"ln V": np.log(V)}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 初期値を何倍かにしたときの、最初の損失。大きく始めると、自信を持って間違えます。
#
# alt: 折れ線グラフ。横軸は対数の倍率 1、4、16、64、縦軸は損失。1 では破線の ln V のすぐ上にあり、倍率が大きいほど高くなる。
#
# labels: scale = 初期値の倍率; nats = 損失（nat）; first loss = 最初の損失; what is known = わかっていること; nothing = なし; one token back = 1 つ前のトークン; two tokens back = 2 つ前までのトークン; all before = 前のトークンすべて; perplexity = パープレキシティ

# %% [markdown] lang="en" tags=["caption"]
# The first loss when initial parameters are scaled. A large start is wrong with confidence.
#
# alt: Line chart. The scale runs over 1, 4, 16 and 64 on a logarithmic axis; height is the loss. At 1 it lies just above the dashed line ln V, and it rises with the scale.
#
# labels: scale = scale of the parameters; nats = loss (nats); all before = all tokens before

# %% [markdown] lang="ja"
# ## パープレキシティ：何択で迷っているか {#perplexity}
#
# 損失 $L$ の指数 $e^L$ を**パープレキシティ**（perplexity）と呼びます。「何個の候補から均等に選ぶのと同じだけ迷っているか」と読めます。

# %% [markdown] lang="en"
# ## Perplexity: choosing among how many? {#perplexity}
#
# For a loss $L$, the number $e^L$ is called the **perplexity**: the model is as unsure as if it chose evenly among that many tokens.

# %% check="chance"
names = ["nothing", "one token back", "two tokens back", "all before"]
nats = [np.log(V), world.bigram_floor]
nats += [world.trigram_floor, world.full_context_floor]
certain = corpus.World((world.sentences[0],), (1.0,))
assert certain.full_context_floor == 0 < world.full_context_floor
columns = {"loss": nats, "perplexity": np.exp(nats)}
figures.table({"what is known": names} | columns)

# %% [markdown] lang="ja"
# 表の下の 3 行は、この世界で、それぞれの情報から得られる最小の損失です。確率を全部知っているので、正確に計算できます。これを**下限**と呼びましょう。
# 文脈を全部見ても 0.4480 は残ります。世界が、[文を乱数で生成しているからです](#check-chance)。学習の目標は、2.9444 から 0.4480 に近づくことです。
#
# ## 簡単にしたこと {#simplified}
#
# - 世界の文は 64 種類でした。本物の文章では、下限は正確にはわかりません。
# - 驚きの単位に nat を使いました。底を 2 にした **bit** もよく使います。トークナイザの違うモデルは、バイトあたりに直した **bits per byte** で比べます。
# - すべてのトークンを同じ重さで数えました。対話の学習では、質問の部分を数えないことがあります（**loss masking**）。
#
# ## 練習 {#exercises}
#
# **1.** [GPT-2](https://huggingface.co/openai-community/gpt2/blob/main/config.json) の語彙は $V = 50257$ です。学習前の損失とパープレキシティは、いくつになるはずでしょうか。

# %% [markdown] lang="en"
# The last three rows are the lowest losses that can be had in this world from what is known. We know all its probabilities, so they are exact. Let us call them **floors**.
# Even with everything before in view, 0.4480 remains, because [sentences are drawn at random](#check-chance). To learn is to get from 2.9444 towards 0.4480.
#
# ## What we simplified {#simplified}
#
# - Our world has 64 sentences. Of real text, nobody knows the exact floor.
# - We measured surprise in nats. Base 2 gives **bits**, and **bits per byte** compares models with different tokenizers.
# - All tokens counted the same. When training for dialogue, those of the question are often left out (**loss masking**).
#
# ## Exercises {#exercises}
#
# **1.** [GPT-2](https://huggingface.co/openai-community/gpt2/blob/main/config.json) has $V = 50257$ tokens. What should its loss and its perplexity be before training?

# %% tags=["exercise"]
from llm_scratch.exercises import check

untrained = ...  # the loss, in nats
check("loss.1", untrained)

# %% tags=["solution"]
untrained = ops.cross_entropy(np.zeros((1, 50257)), np.array([0]))
assert np.isclose(np.exp(untrained), 50257)
assert check("loss.1", untrained)
print(f"{untrained:.4f}")

# %% [markdown] lang="ja"
# 損失は 10.8249、パープレキシティは語彙の大きさそのものです。
#
# **2.** 正解にいつも $p = 0.75$ を付けるモデルと、半分は $p = 1$、半分は $p = 0.5$ を付けるモデルは、どちらの損失が小さいでしょうか。

# %% [markdown] lang="en"
# The loss is 10.8249, and the perplexity is the size of the vocabulary itself.
#
# **2.** One model always gives the true token $p = 0.75$. Another gives it $p = 1$ half of the time and $p = 0.5$ the other half. Which has the lower loss?

# %% tags=["exercise"]
steady, mixed = ..., ...  # the losses of the first and the second model
check("loss.2", [steady, mixed])

# %% tags=["solution"]
steady, mixed = -np.log(0.75), -np.mean(np.log([1.0, 0.5]))
assert steady < mixed
assert check("loss.2", [steady, mixed])
print(f"{steady:.4f} {mixed:.4f}")

# %% [markdown] lang="ja"
# 0.2877 と 0.3466 で、いつも $0.75$ を付けるほうです。確率の平均は同じでも、損失は低い確率をきびしく数えます。
#
# **3.** 正解に確率 0 を付けると、損失はどうなるでしょうか。

# %% [markdown] lang="en"
# 0.2877 against 0.3466: the one that always gives $0.75$. The mean probability is the same, but the loss is hard on a low one.
#
# **3.** What is the loss if the true token is given the probability 0?

# %% tags=["exercise"]
hopeless = ...  # the loss
check("loss.3", hopeless)

# %% tags=["solution"]
hopeless = ops.cross_entropy(np.array([[0.0, -np.inf]]), np.array([1]))
assert check("loss.3", hopeless)
assert ops.cross_entropy(np.array([[0.0, -1e4]]), [1]) == 1e4
print(hopeless)

# %% [markdown] lang="ja"
# 無限大です。一つでもそういうトークンがあれば、平均も無限大になります。ロジットが有限なら、対数のまま計算した損失は有限です。
#
# ## 次へ {#next}
#
# [第 # 回](bigram.md#bigram)では、とても小さなモデルを学習させ、下限まで下げます。

# %% [markdown] lang="en"
# It is infinite. One such token makes the mean infinite, too. From finite logits, the loss computed with logarithms is finite.
#
# ## Next {#next}
#
# [Lesson #](bigram.md#bigram) trains a very small model, down to its floor.
