# %% [markdown] lang="ja"
# # 準備：ベクトル、exp と log、微分、NumPy {#refresher}
#
# この教材で使う数学と NumPy を、小さな数で一通り確かめます。どれも先に数や図で見て、それから式にします。
# 知っているところは、読み飛ばしてかまいません。最後の[練習](#exercises)が 3 題とも解ければ、準備はできています。
# 途中で忘れたら、戻ってきてください。それぞれの節に、どの回で使うかを書いてあります。

# %% [markdown] lang="en"
# # Before you start: vectors, exp and log, derivatives, NumPy {#refresher}
#
# Here is the mathematics and the NumPy that the course uses, on small numbers. Each thing is seen first, as numbers or a picture, and then becomes a formula.
# Skip what you know. If you can solve the 3 [exercises](#exercises) at the end, you are ready.
# Come back when you have forgotten something: each section says which lesson needs it.

# %% tags=["setup"]
import numpy as np

from llm_scratch import figures, ops

# %% [markdown] lang="ja"
# ## ベクトルと内積 {#dot}
#
# 数を順に並べたものが**ベクトル**です。2 つの数なら、平面の点として描けます。
# 2 つのベクトルの**内積**（dot product）は、同じ位置の数どうしを掛けて、全部足したものです。NumPy では `@` と書きます。

# %% [markdown] lang="en"
# ## Vectors and the dot product {#dot}
#
# A **vector** is a list of numbers in order. With two numbers, it is a point in the plane.
# The **dot product** of two vectors multiplies the numbers at the same place and adds them all up. NumPy writes it `@`.

# %%
a, b = np.array([2, 1]), np.array([1, 2])  # (d,) each
print(2 * 1 + 1 * 2, (a * b).sum(), a @ b)

# %% [markdown]
# $$a \cdot b = \sum_i a_i b_i$$

# %% [markdown] lang="ja"
# 2 つのベクトルが同じほうを向いているかどうかは、内積の符号に表れます。次の図では、原点のまわりに 6 つの点を置き、それぞれに `a` との内積を書きました。符号が変わるところを見てください。

# %% [markdown] lang="en"
# The sign of the dot product tells whether two vectors point to the same side. In the figure, six points stand around the origin, each marked with its dot product with `a`. See where the sign changes.

# %%
others = [[1, 2], [2, -1], [-1, 2], [1, -2], [-2, -1], [-1, -1]]
products = others @ a  # (6,)
figures.scatter([a, *others], ["a", *map(str, products)])

# %% [markdown] lang="ja" tags=["caption"]
# `a` と同じ側にある点では正、直角の向きでは 0、反対側では負です。
#
# alt: 散布図。`a` は右上の点 (2, 1)。右上と右下の点には 4 と 3、左上と下の点には 0、左下の 2 つの点には -3 と -5 と書いてある。
#
# labels: a

# %% [markdown] lang="en" tags=["caption"]
# Points on the side of `a` have positive products, points at a right angle 0, and points on the other side negative ones.
#
# alt: Scatter plot. `a` is the point (2, 1) at the upper right. Two points on the right are marked 4 and 3. Two are marked 0, one at the upper left and one at the bottom. Two at the lower left are marked -3 and -5.

# %% [markdown] lang="ja"
# ベクトルの**長さ**（ノルム）は、自分との内積の平方根です。長さ 1 の 2 本のベクトルの間の角を、0 度から広げていきます。

# %% [markdown] lang="en"
# The **length** (norm) of a vector is the square root of its dot product with itself. Take two vectors of length 1, and open the angle between them from 0 degrees on.

# %%
angles = np.arange(0, 181, 15)
turns = np.radians(angles)
turned = np.stack([np.cos(turns), np.sin(turns)], axis=-1)  # (13, 2)
assert np.allclose(np.linalg.norm(turned, axis=-1), 1)
axes = {"x_label": "angle (degrees)", "y_label": "dot product"}
figures.line(angles, {"dot product": turned @ [1, 0]}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 同じ向きで 1、直角で 0、正反対で -1。内積は、角とともになめらかに減ります。
#
# alt: 折れ線グラフ。横軸は角度で 0 から 180、縦軸は内積。1 から始まって下がり、90 度で 0 を通り、180 度で -1 になる。
#
# labels: angle (degrees) = 角度（度）; dot product = 内積

# %% [markdown] lang="en" tags=["caption"]
# The same direction gives 1, a right angle 0, the opposite direction -1. In between, the dot product falls smoothly.
#
# alt: Line chart. The angle runs from 0 to 180 degrees, height is the dot product. It starts at 1, falls through 0 at 90 degrees and is -1 at 180.

# %% [markdown]
# $$a \cdot b = |a|\,|b|\cos\theta, \qquad |a| = \sqrt{a \cdot a}$$

# %% [markdown] lang="ja"
# 片方の長さが 2 倍になれば、内積も 2 倍です。内積が大きいのは、向きが近いか、ベクトルが長いか、その両方のときです。[第 # 回](attention.md#scores)では、どのトークンをどれだけ見るかを内積で決めます。
#
# ## 平均と分散 {#variance}
#
# **平均**からの差を 2 乗して、もう一度平均します。これが**分散**（variance）で、数の散らばりを表します。

# %% [markdown] lang="en"
# Make one vector twice as long, and the dot product doubles. A large one means close directions, or long vectors, or both. [Lesson #](attention.md#scores) decides by dot products how much to look at which token.
#
# ## Mean and variance {#variance}
#
# Take the differences from the **mean**, square them, and take the mean again. This is the **variance**, which says how widely numbers spread.

# %%
x = np.array([2, 4, 4, 6])  # (n,)
differences = x - x.mean()
variance = (differences**2).mean()
print(x.mean(), differences, variance, f"{np.sqrt(variance):.4f}")
assert np.isclose(variance, x.var())

# %% [markdown]
# $$\mathrm{Var}(x) = \frac{1}{n} \sum_i (x_i - \bar{x})^2$$

# %% [markdown] lang="ja"
# 分散は 2 乗した数なので、平方根を取って元の単位に戻します。これが**標準偏差**で、ここでは 1.4142 です。
# では、数をどれも 3 倍にするとどうなるでしょうか。

# %% [markdown] lang="en"
# The variance is made of squares, so its square root brings back the unit. That is the **standard deviation**, here 1.4142.
# And what if every number becomes 3 times as large?

# %%
print((3 * x).var() / x.var(), np.round((3 * x).std() / x.std(), 4))
assert np.isclose((3 * x).var(), 9 * x.var())

# %% [markdown] lang="ja"
# 分散は 9 倍、標準偏差は 3 倍です。[第 # 回](scaling.md#variance)では内積の分散を測り、[第 # 回](block.md#layer-norm)ではベクトルの平均と分散をそろえます。
#
# ## 行列の積：内積を並べたもの {#matmul}
#
# 数を縦横に並べたものが**行列**です。`A @ B` には、`A` の行と `B` の列の内積が、すべての組み合わせについて並びます。

# %% [markdown] lang="en"
# The variance is 9 times as large, the standard deviation 3 times. [Lesson #](scaling.md#variance) measures the variance of dot products; [lesson #](block.md#layer-norm) evens out the mean and variance of vectors.
#
# ## A matrix product is many dot products {#matmul}
#
# A **matrix** has numbers in rows and columns. `A @ B` holds the dot product of each row of `A` with each column of `B`.

# %%
A = np.array([[1, 0, 2], [0, 1, 1]])  # (2, 3)
B = np.array([[1, 2], [3, 4], [5, 6]])  # (3, 2)
print(A @ B)
print(A[0] @ B[:, 1])
assert all((A @ B)[i, j] == A[i] @ B[:, j] for i, j in np.ndindex(2, 2))

# %% [markdown]
# $$(AB)_{ij} = \sum_k A_{ik} B_{kj}$$

# %% [markdown] lang="ja"
# 右上の 14 は、`A` の最初の行と `B` の 2 列目の内積です。形は (2, 3) と (3, 2) から (2, 2) になります。内側の 2 つの数は、同じでなければなりません。
# [第 # 回](embeddings.md#lookup)では表から行を取り出すことを行列の積で書き、[第 # 回](attention.md#scores)からは、たくさんの内積を一度に計算します。
#
# ## exp と log {#exp-log}
#
# **exp** は、どんな数も正の数に変えます。次の図で、左の端も 0 より上にあることと、右で急に伸びることを見てください。

# %% [markdown] lang="en"
# The 14 at the upper right is the dot product of the first row of `A` and the second column of `B`. The shapes (2, 3) and (3, 2) give (2, 2); the two inner sizes must be equal.
# [Lesson #](embeddings.md#lookup) writes taking a row from a table as a matrix product, and from [lesson #](attention.md#scores) on, many dot products are computed at once.
#
# ## exp and log {#exp-log}
#
# **exp** turns any number into a positive one. In the figure, see that the left end is still above 0, and how fast the right one grows.

# %%
x = np.linspace(-3, 3, 13)  # (13,)
figures.line(x, {"exp(x)": np.exp(x)}, x_label="x", y_label="exp(x)")

# %% [markdown] lang="ja" tags=["caption"]
# 負の数は 0 と 1 の間に、0 は 1 に、正の数は 1 より大きい数になります。
#
# alt: 折れ線グラフ。横軸は -3 から 3。左では 0 のすぐ上をはい、0 で 1 を通り、右の端では 20 を超える。
#
# labels: x; exp(x)

# %% [markdown] lang="en" tags=["caption"]
# Negative numbers land between 0 and 1, 0 on 1, positive numbers above 1.
#
# alt: Line chart from -3 to 3. At the left it creeps just above 0, at 0 it passes through 1, and at the right end it is above 20.

# %%
print(np.round(np.exp([-1, 0, 1, 2]), 4))
print(np.round(np.exp(x + 1) / np.exp(x), 4)[:4])
print(np.round(np.log(np.exp([-1, 0, 1, 2])), 4))

# %% [markdown] lang="ja"
# 1 増えるごとに、どこでも 2.7183 倍になります。この数を e と呼びます。
# exp を元に戻すのが、**自然対数**です。数学では ln、NumPy では `np.log` と書きます。対数を取ると、掛け算が足し算になります。

# %% [markdown] lang="en"
# Each step of 1 multiplies by 2.7183, wherever it begins. This number is called e.
# What undoes exp is the **natural logarithm**: ln in mathematics, `np.log` in NumPy. Logarithms turn products into sums.

# %%
p = np.array([0.5, 0.25, 0.2])  # (n,)
print(f"{p.prod():.4f} {np.log(p.prod()):.4f} {np.log(p).sum():.4f}")
many = np.full(500, 0.2)
print(many.size, many.prod(), f"{np.log(many).sum():.4f}")

# %% [markdown]
# $$\ln (p_1 p_2 \cdots p_n) = \sum_i \ln p_i$$

# %% [markdown] lang="ja"
# 5 分の 1 の確率を 500 個掛けると、小さくなりすぎて、コンピュータでは 0.0 になります。対数の和なら -804.7190 です。文の確率はトークンの確率を掛けたものなので、この違いが効きます。
# 確率の対数は 0 以下です。符号を変えた −ln p を、図にします。左の端を見てください。

# %% [markdown] lang="en"
# The product of 500 probabilities of a fifth is too small for the computer and becomes 0.0; the sum of their logarithms is -804.7190. The probability of a text is the product of those of its tokens, so this matters.
# The logarithm of a probability is at most 0. Here is −ln p, with the sign changed. Look at the left end.

# %%
p = np.linspace(0.01, 1, 34)  # (34,)
axes = {"x_label": "probability", "y_label": "−ln p"}
figures.line(p, {"−ln p": -np.log(p)}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 確率が 1 なら 0 です。確率が 0 に近づくと、どこまでも大きくなります。
#
# alt: 折れ線グラフ。横軸は確率。左の端の 0.0100 で 4.6052 と高く、急に下がってからなだらかになり、確率 1 で 0 に着く。
#
# labels: −ln p

# %% [markdown] lang="en" tags=["caption"]
# A probability of 1 gives 0. As the probability approaches 0, it grows beyond any bound.
#
# alt: Line chart over the probability. At the left end, 0.0100, it is as high as 4.6052; it falls fast, then gently, and reaches 0 at probability 1.

# %% [markdown] lang="ja"
# 起きにくいと考えていたことほど、起きたときの −ln p は大きくなります。[第 # 回](loss.md#cross-entropy)はこれを損失にし、[第 # 回](attention.md#softmax)は exp でスコアを重みにします。
#
# ## 傾き：少し動かして測る {#slope}
#
# 関数の**傾き**（微分）は、入力を少しだけ動かしたとき、出力がその何倍動くかです。`x**2` の 3 での傾きを、動かす幅を狭めながら測ります。

# %% [markdown] lang="en"
# The less likely we thought something, the larger its −ln p when it happens. [Lesson #](loss.md#cross-entropy) makes this the loss, and [lesson #](attention.md#softmax) turns scores into weights by exp.
#
# ## Slope: nudge and measure {#slope}
#
# The **slope** (derivative) of a function: nudge the input a little, and how many times as much does the output move? We measure that of `x**2` at 3, with ever smaller nudges.

# %%
h = np.array([1, 0.1, 0.01, 0.001])  # (4,)
print(np.round(((3 + h) ** 2 - 3**2) / h, 4))
print(np.round(((3 + h) ** 2 - (3 - h) ** 2) / (2 * h), 4))

# %% [markdown] lang="ja"
# 上の行は 6 に近づきます。下の行は、両側に同じだけ動かした差から測ったもので、`x**2` では幅が広くても 6 です。公式でも、$2x$ は 3 で 6 になります。
# 図では、曲線と、傾き 6 の直線を重ねました。

# %% [markdown] lang="en"
# The upper row approaches 6. The lower one nudges to both sides by the same amount, and for `x**2` it is 6 even with a wide nudge. The formula, $2x$, gives 6 at 3 as well.
# The figure has the curve and a line of slope 6.

# %%
x = np.linspace(1, 5, 17)  # (17,)
both = {"x²": x**2, "slope 6": 9 + 6 * (x - 3)}
figures.line(x, both, x_label="x", y_label="y")

# %% [markdown] lang="ja" tags=["caption"]
# 3 のまわりでは、曲線と直線が重なって見えます。どの場所も、拡大していくと直線に見えてきます。その直線の傾きが、そこでの傾きです。
#
# alt: 折れ線グラフ。放物線と直線が横軸の 3 で触れ合い、離れるほど間があく。放物線はいつも直線の上か、直線に触れている。
#
# labels: x²; slope {} = 傾き {}; y

# %% [markdown] lang="en" tags=["caption"]
# Around 3, curve and line look like one. Zoom in on any place, and the curve looks straight; the slope of that straight line is the slope there.
#
# alt: Line chart. A parabola and a straight line touch at 3 and part on both sides of it. The parabola is never below the line.

# %% [markdown]
# $$f'(x) = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$

# %% [markdown] lang="ja"
# この教材で使う 3 つの公式を、両側に動かす測り方で、2 のところで確かめましょう。

# %% [markdown] lang="en"
# Let us check the three formulas that the course uses, at 2, by nudging to both sides.

# %%
def slope_at(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


measured = [slope_at(f, 2) for f in (np.square, np.exp, np.log)]
by_formula = [2 * 2, np.exp(2), 1 / 2]
print(np.round([measured, by_formula], 4))
assert np.allclose(measured, by_formula)

# %% [markdown]
# $$(x^2)' = 2x, \qquad (e^x)' = e^x, \qquad (\ln x)' = \frac{1}{x}$$

# %% [markdown] lang="ja"
# 上の行が測った値、下の行が公式の値です。[第 # 回](backward.md#gradient-check)では、この測り方で、微分の書き間違いを見つけます。
#
# ## 偏微分と勾配 {#gradient}
#
# 入力が 2 つあれば、片方を止めて、もう片方だけを動かします。これが**偏微分**です。並べてベクトルにしたものを、**勾配**（gradient）と呼びます。

# %% [markdown] lang="en"
# The upper row was measured, the lower one comes from the formulas. [Lesson #](backward.md#gradient-check) finds mistakes in derivatives by measuring like this.
#
# ## Partial derivatives and the gradient {#gradient}
#
# With two inputs, hold one and nudge the other: that is a **partial derivative**. Put together as a vector, they are the **gradient**.

# %%
def bowl(x, y):
    return x**2 + 3 * y**2


across = slope_at(lambda x: bowl(x, 1), 2)
along = slope_at(lambda y: bowl(2, y), 1)
print(f"{across:.4f} {along:.4f}", [2 * 2, 6 * 1])

# %% [markdown]
# $$\nabla f = \Big(\frac{\partial f}{\partial x}, \frac{\partial f}{\partial y}\Big) = (2x, 6y)$$

# %% [markdown] lang="ja"
# 勾配は、値がいちばん急に増える向きを指します。点 (2, 1) から、あらゆる向きへ少しだけ動いて、どれがいちばん高いかを比べます。

# %% [markdown] lang="en"
# The gradient points where the value grows fastest. From the point (2, 1) we take a tiny step in each direction all around, and see which leads highest.

# %% check="steepest"
turns = np.linspace(0, 2 * np.pi, 720, endpoint=False)
ways = np.stack([np.cos(turns), np.sin(turns)], axis=-1)  # (720, 2)
heights = bowl(*([2, 1] + 1e-4 * ways).T)  # (720,)
gradient = np.array([across, along])
uphill = gradient / np.linalg.norm(gradient)
print(len(ways), np.round(ways[heights.argmax()], 2), uphill.round(2))
assert np.allclose(ways[heights.argmax()], uphill, atol=0.01)

# %% [markdown] lang="ja"
# [いちばん高くなった向きは、勾配の向き](#check-steepest)でした。ですから、値を減らすには逆へ進みます。これが**勾配降下**です。
# 次の図は、勾配の 10 分の 1 だけ逆へ進むことを 5 回くり返したものです。数字は、何歩目かを表します。

# %% [markdown] lang="en"
# [The way that led highest is that of the gradient](#check-steepest). To make the value smaller, go the other way: this is **gradient descent**.
# The figure repeats a step of a tenth of the gradient, the other way, 5 times. The numbers count the steps.

# %%
path = [np.array([2.0, 1.0])]
for _ in range(5):
    path.append(path[-1] - 0.1 * path[-1] * [2, 6])
values = [bowl(*point) for point in path]
print(np.round(values, 4))
assert (np.diff(values) < 0).all()
figures.scatter(path, map(str, range(6)), x_label="x", y_label="y")

# %% [markdown] lang="ja" tags=["caption"]
# 最初は急な y の方向に大きく下り、それから谷底の原点へ近づきます。値は 7 から減り続けます。
#
# alt: 散布図。右上の点 0 から、点 1 は左下へ大きく離れ、点 2 から 5 は横軸のすぐ上を原点のほうへ、間隔を狭めながら並ぶ。

# %% [markdown] lang="en" tags=["caption"]
# The first step goes far down the steep direction, y; the others approach the bottom, at the origin. The value keeps falling, from 7 on.
#
# alt: Scatter plot. From point 0 at the upper right, point 1 is a long way down to the left. Points 2 to 5 lie just above the horizontal axis, closer and closer together, towards the origin.

# %% [markdown] lang="ja"
# [第 # 回](bigram.md#descend)からの学習は、これが土台です。動かす数が 2 つよりずっと多くなっても、考え方は変わりません。
#
# ## 連鎖律：傾きを掛ける {#chain}
#
# `u = 3 * x`、`y = u**2` のように関数がつながっているときは、傾きを掛けます。これが**連鎖律**（chain rule）です。

# %% [markdown] lang="en"
# This is the basis of all training from [lesson #](bigram.md#descend) on. There are many more numbers to move than two, but the idea is the same.
#
# ## The chain rule: multiply the slopes {#chain}
#
# When functions follow each other, as in `u = 3 * x` and `y = u**2`, multiply their slopes: this is the **chain rule**.

# %%
x, u = 2, 3 * 2
du_dx, dy_du = 3, 2 * u
print(du_dx, dy_du, dy_du * du_dx)
print(f"{slope_at(lambda x: (3 * x) ** 2, x):.4f}")
print(f"{slope_at(lambda x: (3 * x) ** 2 + x, x):.4f}")

# %% [markdown]
# $$\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$$

# %% [markdown] lang="ja"
# 36 は 3 と 12 の積で、測った傾きと同じです。最後の行では、結果に `x` も足しました。`x` から結果への道が 2 本あると、道ごとの傾きを足します。36 と 1 で 37 です。
# [第 # 回](backward.md#chain)では、この 2 つのきまりで、微分を後ろから順に計算します。
#
# ## NumPy：形と軸 {#numpy}
#
# この教材のコードで、初めて見ると戸惑うところを集めました。配列は**形**（shape）を持ちます。コードの右の `# (2, 3)` のようなコメントは、その行の配列の形です。数の代わりに大きさの名前も使います。`T` はトークンの数、`d` はベクトルの次元です。`()` は、ただ一つの数です。
# `axis` は、どの軸に沿って計算するかを決めます。`sum` や `mean` や `argmax` では、その軸は結果から消え、`keepdims=True` なら大きさ 1 で残ります。上で使った `np.stack` では、逆に、そこに新しい軸ができます。`-1` は最後の軸です。

# %% [markdown] lang="en"
# The 36 is 3 times 12, and the same as the measured slope. In the last line, `x` itself is added to the result. Now two ways lead from `x` to it, and the slopes of the ways add up: 36 and 1 make 37.
# With these two rules, [lesson #](backward.md#chain) computes derivatives step by step, from the back.
#
# ## NumPy: shapes and axes {#numpy}
#
# Here is what puzzles newcomers in the code of the course. An array has a **shape**; a comment such as `# (2, 3)` at the right of a line tells the shape of its array. Sizes may have names instead: `T` is the number of tokens, `d` the dimension of vectors. `()` is a single number.
# `axis` says along which axis to compute. With `sum`, `mean` and `argmax`, that axis is gone from the result, or stays with size 1 under `keepdims=True`. With `np.stack`, used above, a new axis appears there instead. The last axis is `-1`.

# %%
X = np.array([[1, 2, 3], [4, 5, 6]])  # (2, 3)

# %% [markdown]
# ```pycon
# >>> X.shape
# (2, 3)
# >>> X.sum(axis=0), X.sum(axis=-1)
# (array([5, 7, 9]), array([ 6, 15]))
# >>> X.sum(axis=-1, keepdims=True)
# array([[ 6],
#        [15]])
# ```

# %% [markdown] lang="ja"
# 形の違う配列どうしの計算では、足りない軸が左に大きさ 1 で足され、大きさ 1 の軸は、相手に合わせてくり返されます。これが**ブロードキャスト**です。`[:, None]` は、大きさ 1 の軸を足します。
# 次の最後の例は、3 つの数のすべての組の差です。[第 # 回](embeddings.md#distance)で使います。

# %% [markdown] lang="en"
# When arrays of different shapes meet, missing axes are added on the left with size 1, and an axis of size 1 is repeated to fit the other: this is **broadcasting**. `[:, None]` adds an axis of size 1.
# The last example has the differences of all pairs of three numbers, as in [lesson #](embeddings.md#distance).

# %% [markdown]
# ```pycon
# >>> X - np.array([1, 2, 3])
# array([[0, 0, 0],
#        [3, 3, 3]])
# >>> X - np.array([[1], [4]])
# array([[0, 1, 2],
#        [0, 1, 2]])
# >>> x = np.array([1, 2, 4])
# >>> x[:, None] - x
# array([[ 0, -1, -3],
#        [ 1,  0, -2],
#        [ 3,  2,  0]])
# ```

# %% [markdown] lang="ja"
# `*` は同じ位置どうしの掛け算、`@` は行列の積、`.T` は転置（縦と横の入れ替え）です。`np.vecdot` は、最後の軸に並ぶベクトルどうしの内積を取ります（[第 # 回](scaling.md#variance)）。

# %% [markdown] lang="en"
# `*` multiplies at the same places, `@` is the matrix product, and `.T` transposes, turning rows into columns. `np.vecdot` takes the dot products of vectors along the last axis ([lesson #](scaling.md#variance)).

# %% [markdown]
# ```pycon
# >>> X @ X.T
# array([[14, 32],
#        [32, 77]])
# >>> np.vecdot(X, X)
# array([14, 77])
# ```

# %% [markdown] lang="ja"
# 配列を数と比べると、True と False の配列（マスク）ができます。値を選ぶのにも、置き換えるのにも使えます（[第 # 回](causal_mask.md#masked-scores)）。`argmax` は、最大の値の場所です。

# %% [markdown] lang="en"
# A comparison gives an array of True and False, a mask, which can select or replace ([lesson #](causal_mask.md#masked-scores)). `argmax` is the place of the largest value.

# %% [markdown]
# ```pycon
# >>> X > 2
# array([[False, False,  True],
#        [ True,  True,  True]])
# >>> X[X > 2]
# array([3, 4, 5, 6])
# >>> np.where(X > 2, X, 0)
# array([[0, 0, 3],
#        [4, 5, 6]])
# >>> X.argmax(axis=0)
# array([1, 1, 1])
# ```

# %% [markdown] lang="ja"
# 番号の並びから回数を数えるときは、`np.add.at` を使います。`+=` だと、2 回出てくる番号がどうなるかを見てください（[第 # 回](bigram.md#count)）。

# %% [markdown] lang="en"
# To count from a list of indices, use `np.add.at`. See what `+=` makes of an index that occurs twice ([lesson #](bigram.md#count)).

# %% [markdown]
# ```pycon
# >>> wrong, counts = np.zeros(3, int), np.zeros(3, int)
# >>> wrong[[0, 2, 2]] += 1
# >>> np.add.at(counts, [0, 2, 2], 1)
# >>> wrong, counts
# (array([1, 0, 1]), array([1, 0, 2]))
# ```

# %% [markdown] lang="ja"
# `+=` では 1、`np.add.at` では 2 増えました。
#
# 乱数は、**シード**を決めた生成器から取ります。シードが同じなら、いつ実行しても同じ数です。辞書の `|` と `|=` は、項目を足します。
# `assert` は、続く式が成り立たないとエラーになります。小数は、わずかな差を許す `np.isclose` と `np.allclose` で比べます。

# %% [markdown] lang="en"
# It grew by 1 with `+=`, and by 2 with `np.add.at`.
#
# Random numbers come from a generator with a **seed**: the same seed gives the same numbers in every run. `|` and `|=` add entries to a dict.
# `assert` raises an error unless what follows holds. Decimals are compared with `np.isclose` and `np.allclose`, which allow for a tiny difference.

# %% [markdown]
# ```pycon
# >>> np.random.default_rng(0).integers(10, size=4)
# array([8, 6, 5, 2])
# >>> np.random.default_rng(0).integers(10, size=4)
# array([8, 6, 5, 2])
# >>> axes = {"x_label": "step"}
# >>> axes |= {"y_label": "loss"}
# >>> axes
# {'x_label': 'step', 'y_label': 'loss'}
# >>> 0.1 + 0.2 == 0.3, bool(np.isclose(0.1 + 0.2, 0.3))
# (False, True)
# ```

# %% [markdown] lang="ja"
# ## パッケージの実装と照合する {#package}
#
# 最後に、いくつかを組み合わせます。どの数も exp で正にし、行ごとの和で割ると、各行は、足すと 1 になる確率の並びになります。この関数は softmax と呼ばれ、[第 # 回](attention.md#softmax)の主役です。

# %% [markdown] lang="en"
# ## Check against the package {#package}
#
# Now put some of this together. Make every number positive by exp and divide by the sum of its row: each row now holds probabilities that sum to 1. This function is called softmax, and [lesson #](attention.md#softmax) is about it.

# %%
scores = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]])  # (2, 3)
powers = np.exp(scores)
by_hand = powers / powers.sum(axis=-1, keepdims=True)
print(np.round(by_hand, 4), by_hand.sum(axis=-1))
assert np.allclose(by_hand, ops.softmax(scores))

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# - ベクトルを 2 次元や 3 次元で見ました。本物のモデルでは何百、何千次元にもなりますが、式は同じです。くわしくは**線形代数**で学べます。
# - 傾きを小さな幅で測りました。数学では**極限**で決めます。コンピュータでは、幅を狭めすぎても不正確になります（[第 # 回](backward.md#step-size)）。
# - 分散を n で割りました。統計では、標本から母集団の分散を推定するときに n − 1 で割ります（**不偏分散**、NumPy では `ddof=1`）。
#
# ## 練習 {#exercises}
#
# **1.** 3 つの確率の積の −ln を、掛け算をせずに、それぞれの対数から計算してください。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# - Our vectors had two or three dimensions. Those of real models have hundreds or thousands; the formulas are the same. **Linear algebra** tells more.
# - We measured slopes by small nudges. Mathematics defines them by **limits**, and on a computer too small a nudge is inaccurate as well ([lesson #](backward.md#step-size)).
# - We divided the variance by n. In statistics, to estimate the variance of a population from a sample, one divides by n − 1 (the **unbiased** estimate, `ddof=1` in NumPy).
#
# ## Exercises {#exercises}
#
# **1.** Compute −ln of the product of three probabilities from their logarithms, with no multiplication.

# %% tags=["exercise"]
from llm_scratch.exercises import check

p = np.array([0.5, 0.1, 0.8])  # (n,)
surprise = ...  # ()
check("refresher.1", surprise, p)

# %% tags=["solution"]
surprise = -np.log(p).sum()
assert np.isclose(surprise, -np.log(p.prod()))
assert check("refresher.1", surprise, p)
print(f"{surprise:.4f}")

# %% [markdown] lang="ja"
# 3.2189 です。積の対数は、対数の和になります。和の対数ではありません。
#
# **2.** `X` の各行を、平均 0、標準偏差 1 になるようにずらして、割ってください。形は変わりません。

# %% [markdown] lang="en"
# It is 3.2189. The logarithm of a product is the sum of the logarithms, not the logarithm of a sum.
#
# **2.** Shift and divide each row of `X` so that it has mean 0 and standard deviation 1. The shape stays.

# %% tags=["exercise"]
X = np.array([[1.0, 2.0, 6.0], [0.0, 4.0, 5.0], [7.0, 3.0, 2.0]])
even = ...  # (3, 3)
check("refresher.2", even, X)

# %% tags=["solution"]
mean = X.mean(axis=-1, keepdims=True)
even = (X - mean) / X.std(axis=-1, keepdims=True)
assert np.allclose(even.mean(axis=-1), 0)
assert np.allclose(even.std(axis=-1), 1)
assert check("refresher.2", even, X)
print(np.round(even, 4))

# %% [markdown] lang="ja"
# 軸を取り違えても、エラーになりません。(3, 3) のように縦と横が同じなら、`keepdims=True` を忘れても同じです。行ごとの平均と標準偏差を出して確かめましょう。
#
# **3.** `(w @ x - 1)**2` の、`w` についての勾配を計算してください。

# %% [markdown] lang="en"
# A wrong axis raises no error. With as many rows as columns, as in (3, 3), neither does a forgotten `keepdims=True`. Look at the mean and standard deviation of the rows to be sure.
#
# **3.** Compute the gradient of `(w @ x - 1)**2` with respect to `w`.

# %% tags=["exercise"]
w, x = np.array([0.5, -1.0]), np.array([2.0, 3.0])  # (d,) each
gradient = ...  # (d,)
check("refresher.3", gradient, w, x)

# %% tags=["solution"]
gradient = 2 * (w @ x - 1) * x
assert check("refresher.3", gradient, w, x)
print(gradient)
nudges = 1e-5 * np.eye(2)
up, down = ((w + nudges) @ x - 1) ** 2, ((w - nudges) @ x - 1) ** 2
assert np.allclose((up - down) / 2e-5, gradient)

# %% [markdown] lang="ja"
# 外側の傾き `2 * (w @ x - 1)` に、内側の勾配 `x` を掛けます。解答例は、成分を 1 つずつ動かして測った値とも一致しました。
#
# ## 次へ {#next}
#
# 準備ができました。[第 # 回](big_picture.md#big-picture)では、言語モデルの全体をひと目で見渡します。

# %% [markdown] lang="en"
# Multiply the outer slope, `2 * (w @ x - 1)`, by the inner gradient, `x`. The solution also agrees with what nudging each entry measures.
#
# ## Next {#next}
#
# You are ready. [Lesson #](big_picture.md#big-picture) shows the whole of a language model at a glance.
