# %% [markdown] lang="ja"
# # Transformer ブロック：GPT-2 の 1 層 {#block}
#
# [第 # 回](gpt.md#simplified)の GPT は、いくつかの部品を省いていました。この回では、ヘッド、LayerNorm、バイアス、GELU を入れて、GPT-2 と同じ 1 層（**Transformer ブロック**、block）にします。
# 前からあった残差接続の働きも測り、出口では重み共有をします。
# 最後に、GPT-2 のパラメータを数えます。
#
# 必要なものは、[第 # 回](gpt.md#gpt)の GPT です。

# %% [markdown] lang="en"
# # The Transformer block: one layer of GPT-2 {#block}
#
# The GPT of [lesson #](gpt.md#simplified) left some parts out. In this lesson we put in heads, LayerNorm, biases and GELU, and get a layer, a **Transformer block**, as GPT-2 has it.
# We also measure what the residual connections, which it did have, are for, and tie the weights at the way out.
# At the end we count the parameters of GPT-2.
#
# All you need is the GPT of [lesson #](gpt.md#gpt).

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, model, ops

rng = np.random.default_rng(0)

# %% [markdown] lang="ja"
# 公開されている GPT-2 のうち、いちばん小さいもののパラメータの数です。あとで、部品から数え直します。

# %% [markdown] lang="en"
# This is the number of parameters of the smallest published GPT-2. We shall count them again, from the parts.

# %%
figures.table({"parameters": model.count_params(model.GPT2)})

# %% [markdown] lang="ja"
# ## Multi-head Attention：ヘッドを何組も並べる {#heads}
#
# 1 組の Attention が、1 つの位置のために作る重みは 1 通りです。何通りも作れるように次元を切り分け、小さな Attention（**ヘッド**）を何組も並べます（**multi-head attention**）。並べた出力は、最後に一つの行列（コードの `c_proj`、出力射影）を通ります。
# 4 つのヘッドを、まず 1 つずつ計算します。

# %% [markdown] lang="en"
# ## Multi-head attention: several heads side by side {#heads}
#
# One attention makes one set of weights for each position. To make several, the dimensions are cut up, and small attentions (**heads**) run side by side (**multi-head attention**). At the end, one matrix (`c_proj` in the code, the output projection) takes their outputs together.
# We compute four heads, first one at a time.

# %%
T, d, n_heads = 5, 8, 4
query, key, value = rng.standard_normal((3, T, d))
mask = attention.causal_mask(T)
attend = attention.scaled_dot_product_attention
alone = []
for part in np.split(np.arange(d), n_heads):  # dimensions of one head
    q, k, v = query[:, part], key[:, part], value[:, part]
    output, _ = attend(q, k, v, mask)
    alone.append(output)
side_by_side = np.concatenate(alone, axis=1)  # (T, d)

# %% [markdown] lang="ja"
# 切り分けたものを一つの軸に積めば、ループが一度の行列の積に変わります。結果は同じです。

# %% [markdown] lang="en"
# Stack the cut pieces along an axis, and the loop becomes one batched product. The result is the same.

# %%
def to_heads(x):  # (T, d) -> (n_heads, T, d / n_heads)
    return x.reshape(T, n_heads, -1).swapaxes(0, 1)


stacked = [to_heads(x) for x in (query, key, value)]
outputs, head_weights = attend(*stacked, mask)
assert np.allclose(outputs.swapaxes(0, 1).reshape(T, d), side_by_side)
print(outputs.shape, head_weights.shape)

# %%
last_rows = {f"head {h}": head_weights[h, -1] for h in range(n_heads)}
figures.line(range(T), last_rows, x_label="key", y_label="weight")

# %% [markdown] lang="ja" tags=["caption"]
# 最後の位置が各位置に置く重みを、ヘッドごとに描きました。4 つのヘッドは、同じベクトルの並びから別々の重みを作ります。
#
# alt: 折れ線グラフ。横軸は位置 0 から 4、縦軸は重み。ヘッド 0 と 3 の線は位置 0 で、ヘッド 1 は位置 3 で、ヘッド 2 は位置 2 でいちばん高い。
#
# labels: head {} = ヘッド {}

# %% [markdown] lang="en" tags=["caption"]
# The weights that the last position puts on each position, head by head. From the same vectors, the four heads make different weights.
#
# alt: Line chart. Positions 0 to 4 run to the right; height is the weight. The lines of heads 0 and 3 are highest at position 0, that of head 1 at position 3, that of head 2 at position 2.

# %% [markdown] lang="ja"
# ## 残差接続：足し算の流れ {#residual}
#
# ブロックは、入力を作り直さずに、入力へ**足し**ます（**残差接続**）。入り口から出口まで、足し算でつながった 1 本の流れができます（residual stream）。
# これがないと、層を重ねたベクトルはどうなるでしょうか。20 層で、ベクトルのノルム（長さ）を比べます。重みの標準偏差も 2 通り試します。

# %% [markdown] lang="en"
# ## Residual connections: a stream of sums {#residual}
#
# A block does not remake its input; it **adds** to it (a **residual connection**). From the way in to the way out runs one stream of sums, the residual stream.
# What becomes of a vector when it is missing? We compare norms (lengths) over 20 layers, for two standard deviations of the weights.

# %%
def norms_through(deviation, residual, n_layers=20):
    rng, norms = np.random.default_rng(1), []
    x = np.random.default_rng(2).standard_normal(64)
    for _ in range(n_layers):
        W = deviation * rng.standard_normal((64, 64))
        x = residual * x + np.tanh(x @ W)
        norms.append(np.linalg.norm(x))
    return norms


# %%
deviations = 0.05, 0.125
plain = [norms_through(s, residual=False) for s in deviations]
stream = [norms_through(s, residual=True) for s in deviations]

# %%
norms = {"x + f(x), 0.125": stream[1], "x + f(x), 0.05": stream[0]}
norms |= {"f(x), 0.125": plain[1], "f(x), 0.05": plain[0]}
axes = {"x_label": "layer", "y_label": "norm", "log_y": True}
figures.line(range(1, 21), norms, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 層を通るたびのベクトルのノルム。足す 2 本は近くに並び、足さない 2 本は、重みの大きさによって大きく分かれます。
#
# alt: 縦軸が対数の折れ線グラフ。横軸は層 1 から 20。x + f(x) の 2 本はどちらもゆるやかに上がる。f(x) の 0.125 の線はゆるやかに下がり、0.05 の線はまっすぐ下へ落ちる。
#
# labels: x + f(x), {} = x + f(x)、{}; f(x), {} = f(x)、{}; x + f(x); f(x); norm = ノルム; deviation = 標準偏差; gain = 倍率; mean = 平均; variance = 分散

# %% [markdown] lang="en" tags=["caption"]
# The norm of the vector after each layer. The two lines with the sum stay close to each other; the two lines that lack it part widely, by the size of the weights.
#
# alt: Line chart with a logarithmic height. Layers 1 to 20 run to the right. Both lines of x + f(x) rise gently. The line of f(x) with 0.125 sinks gently; that with 0.05 falls straight down.

# %% check="stream"
plain_ends, stream_ends = np.array([plain, stream])[..., -1]
assert 1 < stream_ends.min() < stream_ends.max() < 100
assert plain_ends.max() / plain_ends.min() > 1e6

# %%
gains = [np.sqrt(64) * s for s in deviations]
columns = {"deviation": deviations, "gain": gains}
figures.table(columns | {"f(x)": plain_ends, "x + f(x)": stream_ends})

# %% [markdown] lang="ja"
# 1 層の行列は、ノルムをおよそ $\sqrt{64}$ × 標準偏差（表の倍率の列）倍にします。0.4000 倍なら、足さない流れは 20 層で消えます。1.0000 倍になるように選べば、1.2418 が残ります。足さない流れは、[重みの最初の大きさしだい](#check-stream)です。
# 足す流れは、[どちらでも消えません](#check-stream)。代わりに、20.0525 や 30.2049 へ大きくなります。
# 逆伝播でも、足し算は[後ろから来た微分を両方へ渡す](backward.md#chain)ので、微分が流れに沿って入り口まで届きます。
#
# ## LayerNorm：大きさをそろえてから {#layer-norm}
#
# 大きくなった流れのベクトルを、部品に渡す前に、平均 0、分散 1 にそろえます。そのあと、学習で決まる重みを掛け、バイアスを足します（次のセルでは 1 と 0）。
# 部品の**前**でそろえるこの順を **pre-LN** と呼びます。GPT-2 は pre-LN です（[公開されたコード](https://github.com/openai/gpt-2/blob/master/src/model.py)の `block`）。

# %% [markdown] lang="en"
# The matrix of one layer multiplies the norm by about $\sqrt{64}$ × the deviation, the column gain. At 0.4000, nothing is left of the plain stack after 20 layers. At 1.0000, chosen with care, 1.2418 is left: the plain stack [depends on how its weights start](#check-stream).
# The stack with sums [vanishes in neither case](#check-stream). It grows instead, to 20.0525 and 30.2049.
# On the way back, a sum [hands the derivative to both](backward.md#chain), so that derivatives reach the way in along the stream.
#
# ## LayerNorm: even out first {#layer-norm}
#
# The vectors of the stream have grown. Before a part gets them, they are brought to mean 0 and variance 1. Learned weights then multiply them, and learned biases are added (1 and 0 in the next cell).
# Doing so **before** the part is called **pre-LN**. GPT-2 is pre-LN (`block` in the [published code](https://github.com/openai/gpt-2/blob/master/src/model.py)).

# %% check="norm"
x = rng.standard_normal((1, 8))
ones, zeros = np.ones(8), np.zeros(8)
normed = ops.layer_norm(x, ones, zeros)
again = ops.layer_norm(10 * x + 7, ones, zeros)
assert np.allclose(again, normed, atol=1e-3)
moments = {"mean": abs(normed.mean()), "variance": normed.var()}
figures.table(moments)

# %% [markdown] lang="ja"
# 10 倍して 7 を足しても、[結果はほとんど変わりません](#check-norm)（わずかな差は、0 で割るのを防ぐ小さな数によります）。平均と大きさの違いを消してから、部品に渡します。
#
# ## GELU：なめらかな活性化関数 {#gelu}
#
# MLP（フィードフォワード層）の活性化関数は、ReLU の角をなめらかにした GELU です。
# GPT-2 は、正確な式ではなく、tanh を使った近似を使います（[公開されたコード](https://github.com/openai/gpt-2/blob/master/src/model.py)の `gelu`）。

# %% [markdown] lang="en"
# Times 10 plus 7, and the result [hardly changes](#check-norm); what is left comes from a tiny number that keeps us from dividing by 0. Differences of mean and size are gone before the part sees the vector.
#
# ## GELU: a smooth activation function {#gelu}
#
# The activation function of the MLP (feed-forward layer) is GELU, a ReLU with its corner smoothed.
# GPT-2 does not use the exact formula, but an approximation by tanh (`gelu` in the [published code](https://github.com/openai/gpt-2/blob/master/src/model.py)).

# %%
xs = np.linspace(-3, 3, 13)
curves = {"GELU": ops.gelu(xs), "ReLU": np.maximum(xs, 0)}
figures.line(xs, curves, x_label="x", y_label="y")

# %% [markdown] lang="ja" tags=["caption"]
# GELU と ReLU。0 の近くで違い、GELU は少しだけ負になります。
#
# alt: 折れ線グラフ。横軸は -3 から 3。2 本の線は左の端で 0 に、右の端で同じ直線に近づき、0 のあたりで GELU が下にたわむ。
#
# labels: x; y; largest gap = 最大の差; |x|; part = 部品; token embedding = トークンの埋め込み; position embedding = 位置の埋め込み; MLP; LayerNorm; total = 合計; share = 割合; small; medium; large; xl; rounded = 丸めた数; untied = 共有しないとき; saved = 節約の割合

# %% [markdown] lang="en" tags=["caption"]
# GELU and ReLU. They differ near 0, where GELU is a little negative.
#
# alt: Line chart. x runs from -3 to 3. At the left end both lines come close to 0, at the right end to the same straight line; near 0, GELU sags below.

# %%
fine = np.linspace(-5, 5, 20001)
gap = abs(ops.gelu(fine) - ops.gelu_exact(fine))
place = abs(fine[gap.argmax()])
columns = {"largest gap": f"{gap.max():.6f}", "|x|": f"{place:.2f}"}
figures.table(columns)

# %% [markdown] lang="ja"
# 近似と正確な式の差は、最大でも 0.000473 です。それでも、学習したモデルを使うときは、学習したときと同じ式を使います。
#
# ## パッケージの実装と照合する {#package}
#
# 4 つを組み合わせたブロックを、式のとおりに書きます。

# %% [markdown] lang="en"
# The approximation is off by 0.000473 at most. Still, a trained model is run with the formula it was trained with.
#
# ## Does the package agree? {#package}
#
# Here is the block, all four put together, written as the formulas say.

# %% [markdown]
# $$x \leftarrow x + \mathrm{Attention}(\mathrm{LN}_1(x)) \qquad x \leftarrow x + \mathrm{MLP}(\mathrm{LN}_2(x))$$

# %%
config = model.GPTConfig(
    vocab_size=11, n_positions=T, d_model=d, n_heads=n_heads, n_layers=1
)
params = model.init_params(config, np.random.default_rng(3), np.float64)
w = model.layer(params, 0)


def normed_for(name, x):  # (T, d) -> (T, d)
    return ops.layer_norm(x, w[f"{name}.weight"], w[f"{name}.bias"])


def through(name, x):  # (T, n_in) -> (T, n_out)
    return ops.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])


# %%
def block_by_hand(x):  # (T, d) -> (T, d)
    qkv = through("attn.c_attn", normed_for("ln_1", x))  # (T, 3 d)
    heads, _ = attend(*map(to_heads, np.split(qkv, 3, axis=1)), mask)
    x = x + through("attn.c_proj", heads.swapaxes(0, 1).reshape(T, d))
    hidden = ops.gelu(through("mlp.c_fc", normed_for("ln_2", x)))
    return x + through("mlp.c_proj", hidden)


ids = np.array([[1, 5, 2, 7, 3]])
x = block_by_hand(model.embed(params, ids, config)[0])
logits = model.forward(params, ids, config)[0]
assert np.allclose(model.unembed(params, x), logits)

# %%
figures.source(model.forward)

# %% [markdown] lang="ja"
# ## 重み共有：出口は、入り口と同じ表 {#tying}
#
# 出口の行列は、新しく作りません。埋め込みの表を転置して使います（**重み共有**、weight tying）。ロジットは、最後のベクトルと埋め込みの内積です。
# 「このベクトルは、どのトークンの埋め込みに近いか」を、内積で聞くのと同じです。

# %% [markdown] lang="en"
# ## Weight tying: the way out is the way in {#tying}
#
# The matrix at the way out is not a new one; it is the embedding table, transposed (**weight tying**). The logits are dot products of the last vector with the embeddings.
# It asks, by dot product, which token's embedding this vector is close to.

# %%
final = ops.layer_norm(x, params["ln_f.weight"], params["ln_f.bias"])
scores = final @ params["wte.weight"].T  # (T, d) @ (d, vocab_size)
assert np.allclose(scores, logits)
print(scores.shape)

# %% [markdown] lang="ja"
# ## パラメータを数える {#counting}
#
# これで部品がそろいました。GPT-2 のパラメータを、部品ごとに数えます。

# %% [markdown] lang="en"
# ## Counting the parameters {#counting}
#
# Now we have all the parts. Let us count GPT-2's parameters, part by part.

# %%
V, N, D, n_layers = 50257, 1024, 768, 12
parts = {
    "token embedding": V * D,
    "position embedding": N * D,
    "attention": n_layers * (4 * D * D + 4 * D),
    "MLP": n_layers * (8 * D * D + 5 * D),
    "LayerNorm": (2 * n_layers + 1) * 2 * D,
}
parts["total"] = sum(parts.values())
assert parts["total"] == model.count_params(model.GPT2)
counts = np.array([*parts.values()])
columns = {"part": list(parts), "parameters": counts}
figures.table(columns | {"share": counts / counts[-1]})

# %% [markdown] lang="ja"
# 合計は 124439808 個です。半分近くが MLP、3 分の 1 ほどがトークンの埋め込みの表です。
# 大きな GPT-2 も、同じ式で数えられます。

# %% [markdown] lang="en"
# The total is 124439808. Nearly half is in the MLPs, and about a third in the table of token embeddings.
# The larger GPT-2s follow the same formula.

# %%
sizes = {"small": (768, 12, 12), "medium": (1024, 16, 24)}
sizes |= {"large": (1280, 20, 36), "xl": (1600, 25, 48)}
configs = [model.GPTConfig(V, N, *size) for size in sizes.values()]
counts = [model.count_params(config) for config in configs]
assert counts == [124_439_808, 354_823_168, 774_030_080, 1_557_611_200]
millions = [f"{round(count / 1e6)}M" for count in counts]
columns = {"parameters": counts, "rounded": millions}
figures.table({"GPT-2": list(sizes)} | columns)

# %% [markdown] lang="ja"
# [OpenAI の公開したモデル](https://github.com/openai/gpt-2/blob/master/DEVELOPERS.md)は、この数を丸めた 124M、355M、774M、1558M という名前です。
#
# ## 簡単にしたこと {#simplified}
#
# - 学習のときに一部の数を 0 にする **dropout**（ドロップアウト）を省きました。
# - LayerNorm を使いました。Llama などは、平均を引かない **RMSNorm** を使います。
# - すべてのヘッドが自分の key と value を持ちました。共有して減らすのが **grouped-query attention** です。
# - もとの Transformer は、部品の後でそろえました（**post-LN**、[Vaswani ら、2017](https://arxiv.org/abs/1706.03762)）。
#
# ## 練習 {#exercises}
#
# **1.** ヘッドの数を変えると、GPT-2 のパラメータの数は変わるでしょうか。1、12、96 個で数えてください。

# %% [markdown] lang="en"
# The [models that OpenAI published](https://github.com/openai/gpt-2/blob/master/DEVELOPERS.md) go by these numbers, rounded: 124M, 355M, 774M and 1558M.
#
# ## What we simplified {#simplified}
#
# - We left out **dropout**, which sets some numbers to 0 during training.
# - We used LayerNorm. Llama and others use **RMSNorm**, which does not subtract the mean.
# - Every head had its own keys and values. Sharing them is called **grouped-query attention**.
# - The original Transformer evened out after each part (**post-LN**, [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)).
#
# ## Exercises {#exercises}
#
# **1.** Does the number of heads change the number of GPT-2's parameters? Count with 1, 12 and 96 of them.

# %% tags=["exercise"]
from llm_scratch.exercises import check

by_heads = ...  # the numbers of parameters with 1, 12 and 96 heads
check("block.1", by_heads, V, N, D)

# %% tags=["solution"]
configs = [model.GPTConfig(V, N, D, h, n_layers) for h in (1, 12, 96)]
by_heads = [model.count_params(config) for config in configs]
of_1, of_12, of_96 = map(model.param_shapes, configs)
assert of_1 == of_12 == of_96
assert check("block.1", by_heads, V, N, D)
print(by_heads)

# %% [markdown] lang="ja"
# 変わりません。ヘッドは同じ次元を切り分けるもので、行列の形はどれも同じままです。
#
# **2.** 出口に別の表を使うと（untied）、GPT-2 のパラメータはいくつになるでしょうか。

# %% [markdown] lang="en"
# It does not: heads cut up the same dimensions, and every matrix keeps its shape.
#
# **2.** With a table of its own at the way out (untied), how many parameters would GPT-2 have?

# %% tags=["exercise"]
untied = ...  # the number of parameters
check("block.2", untied, V, N, D)

# %% tags=["solution"]
untied = model.count_params(model.GPT2) + V * D
assert check("block.2", untied, V, N, D)
figures.table({"untied": untied, "saved": V * D / untied})

# %% [markdown] lang="ja"
# 163037184 個です。重み共有で、4 分の 1 近くを節約しています。
#
# ## 次へ {#next}
#
# [第 # 回](training.md#training)では、このモデルを学習させます。

# %% [markdown] lang="en"
# That makes 163037184. Weight tying saves almost a quarter.
#
# ## Next {#next}
#
# [Lesson #](training.md#training) trains this model.
