# %% [markdown] lang="ja"
# # block：本物の GPT-2 の一層 {#block}
#
# [第 # 回](gpt.md#simplified)の GPT は、いくつかの部品を省いていました。この回では、それを全部入れて、GPT-2 と同じ一層（**block**）にします。
# ヘッド、残差の流れ、LayerNorm、GELU、重みの共有です。
# 最後にパラメータを数え、公開されている GPT-2 と一つも違わないことを確かめます。
#
# 必要なものは、[第 # 回](gpt.md#gpt)の GPT です。

# %% [markdown] lang="en"
# # The block: one layer of the real GPT-2 {#block}
#
# The GPT of [lesson #](gpt.md#simplified) left some parts out. In this lesson we put them all in and get a layer, a **block**, as GPT-2 has it:
# heads, the residual stream, LayerNorm, GELU, and tied weights.
# At the end we count the parameters, and come to the number of the published GPT-2, not one more or less.
#
# All you need is the GPT of [lesson #](gpt.md#gpt).

# %% tags=["setup"]
import numpy as np

from llm_scratch import attention, figures, model, ops

rng = np.random.default_rng(0)

# %%
print(model.count_params(model.GPT2))

# %% [markdown] lang="ja"
# ## ヘッド：何組も並べて見る {#heads}
#
# 一組の Attention は、一通りの見方しかできません。そこで次元を切り分け、小さな Attention を何組も並べます（**multi-head attention**）。
# 四つのヘッドを、まず一つずつ計算します。

# %% [markdown] lang="en"
# ## Heads: looking in several ways {#heads}
#
# One attention can look in one way only. So the dimensions are cut up, and several small attentions run side by side (**multi-head attention**).
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
# 切り分けたものを一つの軸に積めば、ループなしで、一度の行列の積になります。結果は同じです。

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
# 最後のトークンが各位置に置く重みを、ヘッドごとに描きました。四つのヘッドは、同じ文を別々に見ます。
#
# alt: 折れ線グラフ。横軸は位置 0 から 4、縦軸は重み。四本の線が、それぞれ違う位置で高くなる。

# %% [markdown] lang="en" tags=["caption"]
# The weights that the last token puts on each position, head by head. The four heads look at the same sentence in different ways.
#
# alt: Line chart. Positions 0 to 4 run to the right; height is the weight. Four lines peak at different positions.

# %% [markdown] lang="ja"
# ## 残差の流れ {#residual}
#
# block は、入力を作り直しません。入力に**足し**ます。入口から出口まで、足し算だけでつながった一本の流れができます。
# 層を重ねても、信号が消えたり暴れたりしにくいのは、このためです。20 層で比べましょう。

# %% [markdown] lang="en"
# ## The residual stream {#residual}
#
# A block does not remake its input; it **adds** to it. From the way in to the way out runs one stream, joined by sums alone.
# That is why signals hardly vanish or explode when layers are stacked. Let us compare over 20 layers.

# %%
def lengths_through(n_layers, residual):
    rng, lengths = np.random.default_rng(1), []
    x = np.random.default_rng(2).standard_normal(64)
    for _ in range(n_layers):
        y = np.tanh(x @ rng.standard_normal((64, 64)) * 0.05)
        x = x + y if residual else y
        lengths.append(np.linalg.norm(x))
    return lengths


lengths = {"x + f(x)": lengths_through(20, residual=True)}
lengths["f(x)"] = lengths_through(20, residual=False)
assert lengths["x + f(x)"][-1] > 1 > 100 * lengths["f(x)"][-1]
axes = {"x_label": "layer", "y_label": "length", "log_y": True}
figures.line(range(1, 21), lengths, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 層を通るたびのベクトルの長さ。足さないと、層ごとに縮んで消えていきます。
#
# alt: 縦軸が対数の折れ線グラフ。横軸は層 1 から 20。x + f(x) の線はほぼ水平で、f(x) の線はまっすぐ下がる。

# %% [markdown] lang="en" tags=["caption"]
# The length of the vector after each layer. Without the sum, it shrinks layer by layer until nothing is left.
#
# alt: Line chart with a logarithmic height. Layers 1 to 20 run to the right. The line x + f(x) is almost level; the line f(x) falls straight down.

# %% [markdown] lang="ja"
# ## LayerNorm：長さをそろえてから {#layer-norm}
#
# 流れのベクトルは、足すたびに大きくなります。そこで部品に渡す前に、平均 0、分散 1 にそろえます。
# 部品の**前**でそろえるこの順を **pre-LN** と呼びます。GPT-2 は pre-LN です。

# %% [markdown] lang="en"
# ## LayerNorm: even out first {#layer-norm}
#
# The vectors of the stream grow with every sum. So before a part gets them, they are brought to mean 0 and variance 1.
# Doing so **before** the part is called **pre-LN**. GPT-2 is pre-LN.

# %%
x = rng.standard_normal((1, 8))
ones, zeros = np.ones(8), np.zeros(8)
normed = ops.layer_norm(x, ones, zeros)
again = ops.layer_norm(10 * x + 7, ones, zeros)
assert np.allclose(again, normed, atol=1e-3)
print(f"mean {abs(normed.mean()):.4f}   variance {normed.var():.4f}")

# %% [markdown] lang="ja"
# 10 倍して 7 を足しても、結果は変わりません。大きさの情報を捨て、向きだけを部品に渡します。
#
# ## GELU：なめらかな折れ目 {#gelu}
#
# MLP の非線形は、ReLU の角をなめらかにした GELU です。
# GPT-2 は、正確な式ではなく、tanh を使った近似を使います。

# %% [markdown] lang="en"
# Times 10 plus 7, and the result stays the same: size is thrown away, and only direction reaches the part.
#
# ## GELU: a smooth bend {#gelu}
#
# The nonlinearity of the MLP is GELU, a ReLU without its corner.
# GPT-2 does not use the exact formula, but an approximation by tanh.

# %%
xs = np.linspace(-3, 3, 13)
curves = {"GELU": ops.gelu(xs), "ReLU": np.maximum(xs, 0)}
figures.line(xs, curves, x_label="x", y_label="y")

# %% [markdown] lang="ja" tags=["caption"]
# GELU と ReLU。0 の近くだけが違い、GELU は少しだけ負になります。
#
# alt: 折れ線グラフ。横軸は -3 から 3。二本の線は左で 0、右で直線に重なり、0 のあたりで GELU が下にたわむ。

# %% [markdown] lang="en" tags=["caption"]
# GELU and ReLU. They differ near 0, where GELU dips a little below.
#
# alt: Line chart. x runs from -3 to 3. Both lines are 0 on the left and straight on the right; near 0, GELU sags below.

# %%
fine = np.linspace(-5, 5, 20001)
gap = abs(ops.gelu(fine) - ops.gelu_exact(fine))
place = abs(fine[gap.argmax()])
print(f"largest gap {gap.max():.6f} at |x| = {place:.2f}")

# %% [markdown] lang="ja"
# 近似と正確な式の差は、最大でも 0.000473 です。けれども、学習したモデルを使うときは、学習したときと同じ式でなければなりません。
#
# ## パッケージと同じになるか {#package}
#
# 四つを組み合わせた block を、式のとおりに書きます。

# %% [markdown] lang="en"
# The approximation is off by 0.000473 at most. Still, a trained model must be run with the formula it was trained with.
#
# ## Does the package agree? {#package}
#
# Here is the block, all four put together, written just like its formulas.

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
figures.source(model.forward)

# %% [markdown] lang="ja"
# ## 出口は、入口と同じ表 {#tying}
#
# 出口の行列は、新しく作りません。埋め込みの表を転置して使います（**weight tying**）。
# 「このベクトルは、どのトークンの埋め込みに近いか」を、内積で聞くのと同じです。

# %% [markdown] lang="en"
# ## The way out is the way in {#tying}
#
# The matrix at the way out is not a new one; it is the embedding table, transposed (**weight tying**).
# It asks, by dot product, which token's embedding this vector is close to.

# %%
final = ops.layer_norm(x, params["ln_f.weight"], params["ln_f.bias"])
scores = final @ params["wte.weight"].T  # (T, d) @ (d, vocab_size)
assert np.allclose(scores, logits)
print(scores.shape)

# %% [markdown] lang="ja"
# ## 数える {#counting}
#
# これで部品がそろいました。GPT-2 のパラメータを、部品ごとに数えます。

# %% [markdown] lang="en"
# ## Counting {#counting}
#
# Now we have all the parts. Let us count GPT-2's parameters, part by part.

# %%
V, N, D, n_layers = 50257, 1024, 768, 12
shares = {
    "token embedding": V * D,
    "position embedding": N * D,
    "attention": n_layers * (4 * D * D + 4 * D),
    "MLP": n_layers * (8 * D * D + 5 * D),
    "LayerNorm": (2 * n_layers + 1) * 2 * D,
}
shares["total"] = sum(shares.values())
assert shares["total"] == model.count_params(model.GPT2)
columns = {"part": list(shares), "parameters": list(shares.values())}
figures.table(columns)

# %% [markdown] lang="ja"
# 合計は 124439808 個。公開されている数とちょうど同じです。半分近くが MLP、三分の一ほどが埋め込みの表です。
# 大きな GPT-2 も、同じ式で数えられます。

# %% [markdown] lang="en"
# The total is 124439808, exactly the published number. Nearly half is in the MLPs, and about a third in the embedding table.
# The larger GPT-2s follow the same formula.

# %%
sizes = {"small": (768, 12, 12), "medium": (1024, 16, 24)}
sizes |= {"large": (1280, 20, 36), "xl": (1600, 25, 48)}
configs = [model.GPTConfig(V, N, *size) for size in sizes.values()]
counts = [model.count_params(config) for config in configs]
assert counts == [124_439_808, 354_823_168, 774_030_080, 1_557_611_200]
figures.table({"GPT-2": list(sizes), "parameters": counts})

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - 学習のときに一部の数を 0 にする **dropout** を省きました。最近の大きなモデルも、あまり使いません。
# - LayerNorm を使いました。Llama などは、平均を引かない **RMSNorm** を使います。
# - すべてのヘッドが自分の key と value を持ちました。共有して減らすのが **grouped-query attention** です。
# - もとの Transformer は、部品の後でそろえました（**post-LN**）。
#
# ## 練習 {#exercises}
#
# **1.** ヘッドの数を変えると、GPT-2 のパラメータの数は変わるでしょうか。1、12、96 個で数えてください。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - We left out **dropout**, which sets some numbers to 0 during training. Recent large models hardly use it either.
# - We used LayerNorm. Llama and others use **RMSNorm**, which does not subtract the mean.
# - Every head had its own keys and values. Sharing them is called **grouped-query attention**.
# - The original Transformer evened out after each part (**post-LN**).
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
assert len(set(by_heads)) == 1
assert check("block.1", by_heads, V, N, D)
print(by_heads)

# %% [markdown] lang="ja"
# 変わりません。同じ次元を切り分けるだけだからです。
#
# **2.** 出口に別の表を使うと（untied）、GPT-2 のパラメータはいくつになるでしょうか。

# %% [markdown] lang="en"
# It does not: heads only cut up the same dimensions.
#
# **2.** With a table of its own at the way out (untied), how many parameters would GPT-2 have?

# %% tags=["exercise"]
untied = ...  # the number of parameters
check("block.2", untied, V, N, D)

# %% tags=["solution"]
untied = model.count_params(model.GPT2) + V * D
assert check("block.2", untied, V, N, D)
print(untied)

# %% [markdown] lang="ja"
# 163037184 個です。表を共有するだけで、四分の一近くを節約しています。
#
# ## 次へ {#next}
#
# [第 # 回](training.md#training)では、このモデルを本当に学習させます。

# %% [markdown] lang="en"
# That makes 163037184. Sharing one table saves almost a quarter.
#
# ## Next {#next}
#
# [Lesson #](training.md#training) trains this model for real.
