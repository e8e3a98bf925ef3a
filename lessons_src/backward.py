# %% [markdown] lang="ja"
# # 逆伝播：微分を後ろから運ぶ {#backward}
#
# 深いモデルでも、やることは同じです。損失をすべてのパラメータで微分し、小さくなるほうへ動かします。
# この回では、微分を後ろから前へ運ぶ**逆伝播**（バックプロパゲーション）を、小さな式で手計算します。
# それから、微分が正しいかを測る**勾配チェック**（gradient check）を作り、わざと入れた間違いを見つけさせます。
#
# 必要なものは、[第 # 回](bigram.md#descend)の勾配降下です。

# %% [markdown] lang="en"
# # Backpropagation: carrying derivatives back {#backward}
#
# For a deep model the task is the same: differentiate the loss with respect to every parameter, and move to where it is lower.
# In this lesson we carry derivatives from back to front, **backpropagation**, by hand on a small expression.
# Then we build a **gradient check**, which measures whether a derivative is right, and let it find mistakes that we plant.
#
# All you need is the gradient descent of [lesson #](bigram.md#descend).

# %% tags=["setup"]
import numpy as np

from llm_scratch import figures, ops

rng = np.random.default_rng(0)

# %% [markdown] lang="ja"
# ## 連鎖律を紙の上で {#chain}
#
# $L = (wx + b)^2$ を、1 段ずつに分けます。前へ進むとき（**順伝播**、forward）は値を、後ろへ戻るとき（**逆伝播**、backward）は「ここを少し増やすと $L$ がどれだけ増えるか」を書き込みます。

# %% [markdown] lang="en"
# ## The chain rule on paper {#chain}
#
# We take $L = (wx + b)^2$ apart, one step at a time. On the way forward (**forward pass**) we note values; on the way back (**backward pass**) we note how much $L$ grows if the number there grows a little.

# %%
w, x, b = 2.0, 3.0, -5.0
product = w * x
total = product + b
L = total**2
figures.table({"wx": product, "wx + b": total, "L": L})

# %% [markdown] lang="ja"
# 1 段の微分に、後ろから来た微分を掛けます。これが**連鎖律**です。1 つの数を 2 か所で使うときは、それぞれの道から来た微分を足します（[練習 2](#exercises)）。

# %% [markdown] lang="en"
# Multiply the derivative of the step by the one that comes from behind: that is the **chain rule**. Where a number is used in two places, the derivatives that come along both ways are added ([exercise 2](#exercises)).

# %%
dtotal = 2 * total
dproduct, db = dtotal, dtotal  # a sum hands its derivative to both
dw, dx = dproduct * x, dproduct * w
columns = {"value": [w, x, b], "dL": [dw, dx, db]}
figures.table({"name": ["w", "x", "b"]} | columns)

# %% [markdown] lang="ja"
# $L$ を $w$ で微分した値が 6.0000 だというのは、$w$ を $0.001$ 増やすと $L$ がおよそ $0.006$ 増えるということです。本当にそうか、確かめます。

# %% [markdown] lang="en"
# That the derivative of $L$ with respect to $w$ is 6.0000 means: raise $w$ by $0.001$, and $L$ grows by about $0.006$. Let us check.

# %%
step = 0.001
growth = ((w + step) * x + b) ** 2 - L
assert abs(growth - step * dw) < 1e-4
figures.table({"change of w": step, "change of L": growth})

# %% [markdown] lang="ja"
# ## 行列でも同じ {#linear-backward}
#
# モデルの中では、行列の積 $Y = XW + b$ がくり返し使われます。損失を $Y$ で微分したものを、$dY$ と書きます。成分ごとに同じ規則を使うと、3 つの微分が次の形にまとまります。

# %% [markdown] lang="en"
# ## The same with matrices {#linear-backward}
#
# All through a model we find the product $Y = XW + b$. We write $dY$ for the derivative of the loss with respect to $Y$. The same rule for each entry gathers into three derivatives.

# %% [markdown]
# $$dX = dY\,W^\top \qquad dW = X^\top dY \qquad db = \sum_{\text{rows}} dY$$

# %%
X, W = rng.standard_normal((4, 3)), rng.standard_normal((3, 2))
bias = rng.standard_normal(2)
dY = rng.standard_normal((4, 2))
dX, dW, dbias = dY @ W.T, X.T @ dY, dY.sum(axis=0)

# %%
shapes = [str(x.shape) for x in (X, W, bias)]
of_dL = [str(x.shape) for x in (dX, dW, dbias)]
figures.table({"name": ["X", "W", "b"], "shape": shapes, "dL": of_dL})

# %% [markdown] lang="ja"
# 形を見てください。損失の微分は、元の配列と同じ形です。式を忘れたら、形が合う掛け方が手がかりになります。
#
# ## 勾配チェック：少し動かして測る {#gradient-check}
#
# 微分は、式を知らなくても測れます。1 つの成分を $\pm h$ だけ動かし、結果の差を $2h$ で割ります（**数値微分**）。
# 成分ごとに 2 回ずつ計算するので、学習には遅すぎますが、検査には使えます。

# %% [markdown] lang="en"
# Look at the shapes: the derivative of the loss has the shape of what it belongs to. If you forget a formula, look for the product that fits.
#
# ## The gradient check: nudge and measure {#gradient-check}
#
# A derivative can be measured with no formula at hand. Move one entry by $\pm h$ and divide the difference of the results by $2h$ (**numerical differentiation**).
# That takes two computations for each entry: too slow to train with, but good for a test.

# %%
def measured_gradient(f, x, h):  # (...,) -> (...,)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[i] = h
        gradient[i] = (f(x + nudge) - f(x - nudge)) / (2 * h)
    return gradient


def weighted_sum(W):  # (3, 2) -> ()
    return ((X @ W + bias) * dY).sum()


# %%
measured = measured_gradient(weighted_sum, W, h=1e-5)
assert abs(measured - dW).max() < 1e-9
first_column = {"formula": dW[:, 0], "measured": measured[:, 0]}
figures.table(first_column)

# %% [markdown] lang="ja"
# $W$ の最初の列についての微分です。出力に `dY` を掛けて足した数は、後ろから `dY` が来たときと同じ微分を持ちます。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージでは、`linear`、`layer_norm`、`gelu`、`cross_entropy`、`causal_self_attention` が、それぞれ `backward` の付いた関数と組になっています。softmax の微分は、最後の 2 つの中で計算します。

# %% [markdown] lang="en"
# These are the derivatives with respect to the first column of $W$. The output times `dY`, added up, is one number, which has the same derivative as when `dY` comes from behind.
#
# ## Does the package agree? {#package}
#
# In the package, `linear`, `layer_norm`, `gelu`, `cross_entropy` and `causal_self_attention` come in pairs with a function whose name ends in `backward`. The last two take care of the derivative of softmax.

# %%
package = ops.linear_backward(dY, X, W)
for ours, theirs in zip((dX, dW, dbias), package, strict=True):
    assert np.allclose(ours, theirs)
for name in ("linear", "layer_norm", "gelu", "cross_entropy"):
    assert hasattr(ops, f"{name}_backward")

# %%
figures.source(ops.linear_backward)

# %% [markdown] lang="ja"
# ## $h$ をどれだけ小さくするか {#step-size}
#
# [活性化関数 GELU](block.md#gelu) の微分を、いろいろな $h$ で測ります。小さいほど正確でしょうか。

# %% [markdown] lang="en"
# ## How small should $h$ be? {#step-size}
#
# We measure the derivative of the [activation function GELU](block.md#gelu) with many values of $h$. Is smaller more exact?

# %%
def gelu_sum(x):  # (n,) -> ()
    return ops.gelu(x).sum()


points = rng.standard_normal(50)
exact = ops.gelu_backward(np.ones(50), points)
hs = 10.0 ** np.arange(-10, 0)


def largest_errors(x):  # (n,) -> (n_h,)
    of_each = [measured_gradient(gelu_sum, x, h) for h in hs]
    return abs(np.array(of_each) - exact).max(axis=1)


# %%
errors = {"GELU": largest_errors(points)}
axes = {"x_label": "h", "y_label": "largest error"}
figures.line(hs, errors, log_x=True, log_y=True, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 測った微分の誤差。$h$ が大きすぎても小さすぎても増え、その間に底があります。
#
# alt: 両対数の折れ線グラフ。横軸は h、縦軸は最大の誤差。V の字の形で、真ん中あたりで最も小さくなる。
#
# labels: wx; wx + b; L; name = 名前; value = 値; shape = 形; dL; change of w = w の変化; change of L = L の変化; formula = 式の値; measured = 測った値; largest error = 最大の誤差; bits = ビット数; best h = 一番よい h; log10 of error = 誤差の log10

# %% [markdown] lang="en" tags=["caption"]
# The error of the measured derivative. It grows when $h$ is too large and when it is too small; the bottom lies in between.
#
# alt: Line chart with logarithmic axes. h runs to the right; height is the largest error. The line has the shape of a V with its lowest point near the middle.

# %% check="two-errors"
of_64, of_32 = errors["GELU"], largest_errors(np.float32(points))
assert 50 < of_64[-1] / of_64[-2] < 200  # as h²
assert of_64[0] > 3 * of_64[1]  # as 1 / h
assert of_64.min() < 1e-8 < 1e-5 < of_32.min()

# %%
bits = {64: of_64, 32: of_32}
best = [f"{hs[e.argmin()]:.0e}" for e in bits.values()]
log = [np.log10(e.min()).round().astype(int) for e in bits.values()]
columns = {"best h": best, "log10 of error": log}
figures.table({"bits": list(bits)} | columns)

# %% [markdown] lang="ja"
# 2 つの誤差が競っています。曲線を直線とみなす**打ち切り誤差**は、[$h$ の 2 乗で増え](#check-two-errors)、引き算の**桁落ち**（近い数どうしの差で桁を失うこと）で目立つ**丸め誤差**は、$h$ が小さいほど増えます。
# 32 ビットの数では丸め誤差がずっと大きく、[一番よい $h$ でも](#check-two-errors)、誤差は 64 ビットより 6 桁ほど大きくなります。検査は 64 ビットで行います。
#
# ## わざと間違いを入れてみる {#planted}
#
# 検査が役に立つかどうかは、間違いを見つけられるかどうかで決まります。ベクトルを平均 0、分散 1 にそろえる [LayerNorm](block.md#layer-norm) の微分で、3 つの間違いを試します。
# それぞれの微分の反対へ少しだけ動いたとき、値がどう変わるかも見ます。

# %% [markdown] lang="en"
# Two errors compete. The **truncation error**, from taking a curve for a straight line, [grows as the square of $h$](#check-two-errors); the **rounding error**, from digits lost in the subtraction, grows as $h$ shrinks.
# Numbers of 32 bits have a far larger rounding error: [even at the best $h$](#check-two-errors), the error is about 6 orders of magnitude above that of 64 bits. We test with 64.
#
# ## Planting mistakes {#planted}
#
# A test is worth as much as the mistakes it finds. We try three in the derivative of [LayerNorm](block.md#layer-norm), which brings a vector to mean 0 and variance 1.
# We also look at how the value changes after a small step the other way, against each derivative.

# %%
x, weight = rng.standard_normal((2, 6)), rng.standard_normal(6)
dy = rng.standard_normal((2, 6))
right = ops.layer_norm_backward(dy, x, weight)[0]
scale = 1 / x.std(axis=1, keepdims=True)
through = dy * weight
mean = through.mean(axis=1, keepdims=True)
planted = {
    "right": right,
    "mean forgotten": right + scale * mean,
    "only scaled": scale * through,
    "weight forgotten": ops.layer_norm_backward(dy, x, np.ones(6))[0],
}

# %% check="planted"
def normed_sum(x):  # (2, 6) -> ()
    return (ops.layer_norm(x, weight, np.zeros(6)) * dy).sum()


truth = measured_gradient(normed_sum, x, 1e-5)
gaps = [abs(gradient - truth).max() for gradient in planted.values()]
assert gaps[0] < 1e-8 and min(gaps[1:]) > 0.01

# %%
moved = [normed_sum(x - 0.01 * dx) for dx in planted.values()]
changes = np.array(moved) - normed_sum(x)
assert max(changes[:3]) < 0 < changes[3]
log = {"log10 of error": np.log10(gaps).round().astype(int)}
columns = {"largest error": gaps} | log | {"change": changes}
figures.table({"backward": list(planted)} | columns)

# %% [markdown] lang="ja"
# 桁違いに小さな誤差は、[正しい微分だけが](#check-planted)出しました。
# ところが、間違いのうち 2 つは、正しい微分とほとんど同じだけ値を下げています。損失が下がるかどうかを見ていても、この 2 つは見つかりません。
#
# ## 交差エントロピーの微分 {#softmax-minus-one-hot}
#
# 最後に、逆伝播の始まりになる微分です。損失をロジットで微分すると、予測した確率から正解の one-hot を引いたものになります。

# %% [markdown] lang="en"
# An error that is smaller by many orders of magnitude comes [only from the right one](#check-planted).
# Yet two of the mistakes lower the value almost exactly as much as the right derivative does. Watching the loss go down would not reveal these two.
#
# ## The derivative of cross-entropy {#softmax-minus-one-hot}
#
# Last, the derivative where the backward pass starts. With respect to the logits, that of the loss is the predicted probabilities minus the one-hot vector of the truth.

# %% check="sign"
logits, target = rng.standard_normal((1, 5)), np.array([3])
by_formula = ops.softmax(logits) - ops.one_hot(target, 5)
by_package = ops.cross_entropy_backward(logits, target)
assert np.allclose(by_package, by_formula)
assert np.flatnonzero(by_formula < 0) == target
figures.bar(range(5), by_formula[0], x_label="token", y_label="p - y")

# %% [markdown] lang="ja" tags=["caption"]
# ロジットについての微分。[負なのは正解の 3 だけで](#check-sign)、そのロジットを上げれば損失が減ります。ほかは、付けた確率の分だけ正です。
#
# alt: 棒グラフ。横軸はトークン 0 から 4。3 の棒だけが下へ長く伸び、ほかの 4 本は上へ短く伸びる。
#
# labels: backward = 微分の式; right = 正しい; mean forgotten = 平均を忘れた; only scaled = 割っただけ; weight forgotten = weight を忘れた; change = 値の変化; p - y

# %% [markdown] lang="en" tags=["caption"]
# The derivative with respect to the logits. [Only the true token, 3](#check-sign), is negative: raising its logit lowers the loss. The others are positive by the probability they were given.
#
# alt: Bar chart over the tokens 0 to 4. The bar of 3 reaches far down; the other four reach up a little.

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - 微分の式を、関数ごとに手で書きました。PyTorch などは、計算の記録から自動で求めます（**自動微分**、autograd）。
# - 途中の値の多くを取っておき、LayerNorm や GELU の中の値は計算し直しました。メモリが足りないときは、もっと捨てておいて計算し直します（**gradient checkpointing**）。
#
# ## 練習 {#exercises}
#
# **1.** softmax の微分 $dx = p \odot (dp - \sum dp \odot p)$ を書き、検査してください。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - We wrote the derivative of each function by hand. PyTorch and its like work it out from a record of the computation (**automatic differentiation**, autograd).
# - We kept many of the values on the way, and computed those inside LayerNorm and GELU again. When memory is short, one throws more of them away (**gradient checkpointing**).
#
# ## Exercises {#exercises}
#
# **1.** Write the derivative of softmax, $dx = p \odot (dp - \sum dp \odot p)$, and put it to the test.

# %% tags=["exercise"]
from llm_scratch.exercises import check


def softmax_derivative(p, dp):  # (n, V), (n, V) -> (n, V)
    ...


check("backward.1", softmax_derivative)

# %% tags=["solution"]
def softmax_derivative(p, dp):  # (n, V), (n, V) -> (n, V)
    return p * (dp - (dp * p).sum(axis=-1, keepdims=True))


def softmax_sum(x):  # (n, V) -> ()
    return (ops.softmax(x) * dp).sum()


dp = rng.standard_normal((1, 5))
by_nudging = measured_gradient(softmax_sum, logits, 1e-5)
by_rule = softmax_derivative(ops.softmax(logits), dp)
assert np.allclose(by_rule, by_nudging)
assert check("backward.1", softmax_derivative)

# %% [markdown] lang="ja"
# $p$ の成分はどれも、すべてのロジットで動きます。引き算の項が、その横のつながりを運びます。
#
# **2.** $L = x \cdot x$ のように、1 つの数を 2 か所で使うと、微分はどうなるでしょうか。$x = 3$ で答えてください。

# %% [markdown] lang="en"
# Every entry of $p$ moves with all the logits. The term that is subtracted carries these connections.
#
# **2.** What happens to the derivative of a number that is used in two places, as in $L = x \cdot x$? Answer for $x = 3$.

# %% tags=["exercise"]
slope_at_3 = ...  # the derivative of x · x at x = 3
check("backward.2", slope_at_3)

# %% tags=["solution"]
three = np.array([3.0])
slopes = measured_gradient(lambda x: (x * x).sum(), three, 1e-5)
slope_at_3 = slopes[0]
assert np.allclose(slope_at_3, 3.0 + 3.0)
assert check("backward.2", slope_at_3)
print(slope_at_3.round(4))

# %% [markdown] lang="ja"
# 2 か所から来た微分を足します。埋め込みの表と出口で重みを共有するモデル（重み共有、weight tying）でも、同じ足し算をします。
#
# ## 次へ {#next}
#
# [第 # 回](block.md#block)では、GPT-2 の Transformer ブロックを組み立てます。

# %% [markdown] lang="en"
# The derivatives from both places add up. The same sum occurs in a model whose embedding table is also its way out (weight tying).
#
# ## Next {#next}
#
# [Lesson #](block.md#block) builds the Transformer block of GPT-2.
