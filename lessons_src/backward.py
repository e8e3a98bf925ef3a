# %% [markdown] lang="ja"
# # 逆伝播：微分を後ろから運ぶ {#backward}
#
# 深いモデルでも、やることは同じです。損失をすべてのパラメータで微分し、小さくなるほうへ動かします。
# この回では、微分を後ろから前へ運ぶ**逆伝播**を、小さな式で手計算します。
# それから、どんな微分にも使える検査を作り、わざと入れた間違いを見つけさせます。
#
# 必要なものは、[第 # 回](bigram.md#descend)の勾配降下です。

# %% [markdown] lang="en"
# # Backpropagation: carrying derivatives back {#backward}
#
# For a deep model the task is the same: differentiate the loss with respect to every parameter, and move to where it is lower.
# In this lesson we carry derivatives from back to front, **backpropagation**, by hand on a small expression.
# Then we build a test that works for any derivative, and let it find mistakes that we plant.
#
# All you need is the gradient descent of [lesson #](bigram.md#descend).

# %% tags=["setup"]
import numpy as np

from llm_scratch import figures, ops

rng = np.random.default_rng(0)

# %% [markdown] lang="ja"
# ## 連鎖律を紙の上で {#chain}
#
# $L = (wx + b)^2$ を、一段ずつに分けます。前へ進むときは値を、後ろへ戻るときは「ここを少し増やすと $L$ がどれだけ増えるか」を書き込みます。

# %% [markdown] lang="en"
# ## The chain rule on paper {#chain}
#
# We take $L = (wx + b)^2$ apart, one step at a time. On the way forward we note values; on the way back we note how much $L$ grows if this number grows a little.

# %%
w, x, b = 2.0, 3.0, -5.0
product = w * x
total = product + b
L = total**2
print(product, total, L)

# %% [markdown] lang="ja"
# 一段の微分に、後ろから来た微分を掛ける。それが連鎖律のすべてです。

# %% [markdown] lang="en"
# Multiply the derivative of the step by the one that comes from behind. That is all there is to the chain rule.

# %%
dtotal = 2 * total
dproduct, db = dtotal, dtotal  # a sum hands its derivative to both
dw, dx = dproduct * x, dproduct * w
columns = {"value": [w, x, b], "dL": [dw, dx, db]}
figures.table({"name": ["w", "x", "b"]} | columns)

# %% [markdown] lang="ja"
# $w$ の微分が 6.0000 だというのは、$w$ を $0.001$ 増やすと $L$ がおよそ $0.006$ 増えるということです。本当にそうか、確かめます。

# %% [markdown] lang="en"
# That the derivative of $w$ is 6.0000 means: raise $w$ by $0.001$, and $L$ grows by about $0.006$. Let us check.

# %%
step = 0.001
growth = ((w + step) * x + b) ** 2 - L
assert abs(growth - step * dw) < 1e-4
print(f"w {step:+.4f}   L {growth:+.4f}")

# %% [markdown] lang="ja"
# ## 行列でも同じ {#linear-backward}
#
# モデルの中心は、行列の積 $Y = XW + b$ です。成分ごとに同じ規則を使うと、三つの微分が次の形にまとまります。

# %% [markdown] lang="en"
# ## The same with matrices {#linear-backward}
#
# The heart of a model is the product $Y = XW + b$. The same rule for each entry gathers into three derivatives.

# %% [markdown]
# $$dX = dY\,W^\top \qquad dW = X^\top dY \qquad db = \sum_{\text{rows}} dY$$

# %%
X, W = rng.standard_normal((4, 3)), rng.standard_normal((3, 2))
bias = rng.standard_normal(2)
dY = rng.standard_normal((4, 2))
dX, dW, dbias = dY @ W.T, X.T @ dY, dY.sum(axis=0)
print(dX.shape, dW.shape, dbias.shape)

# %% [markdown] lang="ja"
# 形を見てください。微分は、いつも元の配列と同じ形です。迷ったら、形が合う掛け方を探すと見つかります。
#
# ## 検査：少し動かして測る {#gradient-check}
#
# 微分が正しいかどうかは、式を知らなくても測れます。一つの成分を $\pm h$ だけ動かし、結果の差を $2h$ で割ります（**数値微分**）。

# %% [markdown] lang="en"
# Look at the shapes: a derivative always has the shape of what it belongs to. When in doubt, look for the product that fits.
#
# ## The test: nudge and measure {#gradient-check}
#
# Whether a derivative is right can be measured without knowing its formula. Move one entry by $\pm h$ and divide the difference of the results by $2h$ (**numerical differentiation**).

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


measured = measured_gradient(weighted_sum, W, h=1e-5)
print(abs(measured - dW).max() < 1e-9)

# %% [markdown] lang="ja"
# 出力に `dY` を掛けて足すのは、「後ろから来た微分が `dY` のとき」を一つの数にするためです。
#
# ## パッケージと同じになるか {#package}
#
# パッケージの関数は、どれも自分の `backward` を持っています。

# %% [markdown] lang="en"
# Multiplying the output by `dY` and adding up turns "the derivative from behind is `dY`" into one number.
#
# ## Does the package agree? {#package}
#
# In the package, every function comes with its own `backward`.

# %%
package = ops.linear_backward(dY, X, W)
for ours, theirs in zip((dX, dW, dbias), package, strict=True):
    assert np.allclose(ours, theirs)
figures.source(ops.linear_backward)

# %% [markdown] lang="ja"
# ## h をどれだけ小さくするか {#step-size}
#
# GELU の微分を、いろいろな $h$ で測ります。小さいほど正確、とはいきません。

# %% [markdown] lang="en"
# ## How small should h be? {#step-size}
#
# We measure the derivative of GELU with many values of $h$. Smaller is not always more exact.

# %%
def gelu_sum(x):  # (n,) -> ()
    return ops.gelu(x).sum()


points = rng.standard_normal(50)
exact = ops.gelu_backward(np.ones(50), points)
hs = 10.0 ** np.arange(-10, 0)
measured = [measured_gradient(gelu_sum, points, h) for h in hs]
errors = [abs(gradient - exact).max() for gradient in measured]
best = hs[int(np.argmin(errors))]
assert 1e-7 < best < 1e-3 and min(errors) < 1e-8
print(f"best h {best:.0e}")

# %%
words = {"x_label": "h", "y_label": "largest error"}
figures.line(hs, {"GELU": errors}, log_x=True, log_y=True, **words)

# %% [markdown] lang="ja" tags=["caption"]
# 測った微分の誤差。大きな h では曲がりが、小さな h では丸め誤差が効き、その間に底があります。
#
# alt: 両対数の折れ線グラフ。横軸は h、縦軸は最大の誤差。V の字の形で、真ん中あたりで最も小さくなる。

# %% [markdown] lang="en" tags=["caption"]
# The error of the measured derivative. At large h the curve bends away, at small h rounding takes over; the bottom lies in between.
#
# alt: Line chart with logarithmic axes. h runs to the right; height is the largest error. The line has the shape of a V with its lowest point near the middle.

# %% [markdown] lang="ja"
# ## 間違いを植えてみる {#planted}
#
# 検査が役に立つかどうかは、間違いを見つけられるかどうかです。LayerNorm の微分で、よくある三つの間違いを試します。

# %% [markdown] lang="en"
# ## Planting mistakes {#planted}
#
# A test is worth as much as the mistakes it finds. We try three common ones in the derivative of LayerNorm.

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

# %%
def normed_sum(x):  # (2, 6) -> ()
    return (ops.layer_norm(x, weight, np.zeros(6)) * dy).sum()


truth = measured_gradient(normed_sum, x, 1e-5)
gaps = [abs(gradient - truth).max() for gradient in planted.values()]
assert gaps[0] < 1e-8 and min(gaps[1:]) > 0.01
log = {"log10 of error": np.log10(gaps).round().astype(int)}
figures.table({"backward": list(planted), "largest error": gaps} | log)

# %% [markdown] lang="ja"
# 正しい微分だけが、桁違いに小さな誤差になりました。間違った微分でも損失は少し下がることがあり、学習の様子を見ているだけでは気づけません。
#
# ## 交差エントロピーの微分 {#softmax-minus-one-hot}
#
# 最後に、すべての始まりになる微分です。損失を点数で微分すると、予測した確率から正解の one-hot を引いたものになります。

# %% [markdown] lang="en"
# Only the right derivative has an error that is smaller by many orders of magnitude. A wrong one may still lower the loss a little, so watching the training does not tell.
#
# ## The derivative of cross-entropy {#softmax-minus-one-hot}
#
# Last, the derivative that everything starts from. That of the loss in the scores is the predicted probabilities minus the one-hot vector of the truth.

# %%
logits, target = rng.standard_normal((1, 5)), np.array([3])
by_formula = ops.softmax(logits) - ops.one_hot(target, 5)
by_package = ops.cross_entropy_backward(logits, target)
assert np.allclose(by_package, by_formula)
figures.bar(range(5), by_formula[0], x_label="token", y_label="p - y")

# %% [markdown] lang="ja" tags=["caption"]
# 点数の微分。正解の 3 だけが負で、上げるべきだと言います。ほかは、付けすぎた確率の分だけ正です。
#
# alt: 棒グラフ。横軸はトークン 0 から 4。3 の棒だけが下へ長く伸び、ほかの四本は上へ短く伸びる。

# %% [markdown] lang="en" tags=["caption"]
# The derivative in the scores. Only the true token, 3, is negative: raise it. The others are positive by the probability they were given too much.
#
# alt: Bar chart over the tokens 0 to 4. The bar of 3 reaches far down; the other four reach up a little.

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - 微分の式を、関数ごとに手で書きました。PyTorch などは、計算の記録から自動で求めます（**自動微分**、autograd）。
# - 途中の値を全部取っておきました。メモリが足りないときは、捨てておいて計算し直します（**gradient checkpointing**）。
# - 64 ビットの数で検査しました。32 ビットや 16 ビットでは、丸め誤差の底がもっと浅くなります。
#
# ## 練習 {#exercises}
#
# **1.** softmax の微分 $dx = p \odot (dp - \sum dp \odot p)$ を書き、検査してください。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - We wrote the derivative of each function by hand. PyTorch and its like work it out from a record of the computation (**automatic differentiation**, autograd).
# - We kept every value on the way. When memory is short, one throws them away and computes them again (**gradient checkpointing**).
# - We tested with numbers of 64 bits. With 32 or 16, rounding leaves a much shallower bottom.
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
# $p$ の成分はどれも、すべての点数で動きます。引き算の項が、その横のつながりを運びます。
#
# **2.** $L = x \cdot x$ のように、一つの数を二か所で使うと、微分はどうなるでしょうか。$x = 3$ で答えてください。

# %% [markdown] lang="en"
# Every entry of $p$ moves with all the scores. The term that is subtracted carries these connections.
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
# 二か所から来た微分を足します。埋め込みの表と出口を共有するモデルでも、同じ足し算が起きます。
#
# ## 次へ {#next}
#
# [第 # 回](block.md#block)では、本物の GPT-2 の block を組み立てます。

# %% [markdown] lang="en"
# The derivatives from both places add up. The same sum occurs in a model whose embedding table is also its way out.
#
# ## Next {#next}
#
# [Lesson #](block.md#block) builds the block of the real GPT-2.
