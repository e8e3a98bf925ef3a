# %% [markdown] lang="ja"
# # 書き方の手引き：一回を書いてみる {#style-guide}
#
# このページは、ほかの回と同じ形で書かれています。ビルドのときに実行され、同じテストに確かめられます。
# 題材はコイン投げです。表が出る確率を決めたとき、結果がどれだけ予想しにくいかを計算します。読みながら、書き方のきまりを一つずつ見ていきましょう。
# 最初の数行で、何を計算し、何がわかるかを言います。必要な回があれば、ここからリンクします。
#
# 自分の回は `make lesson NAME=rope AFTER=position` で始められます。このページの形をした雛形ができます。

# %% [markdown] lang="en"
# # The style guide: write a lesson {#style-guide}
#
# This page has the form of every lesson. The build runs it, and the same tests check it.
# Its subject is a coin: for a given probability of heads, how hard is the result to guess? As you read, each rule shows itself.
# The first lines say what is computed and what it shows. If another lesson is needed, link to it here.
#
# Start a lesson of your own with `make lesson NAME=rope AFTER=position`. It gives you a template in the form of this page.

# %% tags=["setup"]
import numpy as np

from llm_scratch import figures, ops
from llm_scratch.contract import shapes

# %% [markdown] lang="ja"
# ## 手で計算する {#by-hand}
#
# 最初は、小さな数で手計算をします。コードのことばは論文や分野のことばに合わせ、訳すことばは入れません。
# 関数の形は、定義と同じ行か、上に置いた[契約](#contract)に書きます。セルは 15 行までで、長さの中央値（短い順に並べた真ん中の長さ）は 5 行までです。
# 一行は、コードも出力も 72 桁までです。日本語の文字は 2 桁と数えます。これより長い行は、ページで折り返され、読みにくくなります。
# `import` などの準備は、上のように、`setup` のタグを付けたセルに分けます。ページでは折りたたまれるので、どの回も、準備ではなくことばから始まります。

# %% [markdown] lang="en"
# ## By hand {#by-hand}
#
# First comes work by hand, on small numbers. Names in code are those of the papers, and code holds no words to translate.
# The shapes of a function stand on the line of its definition, or in a [contract](#contract) above it. A cell has at most 15 lines, and the median cell at most 5.
# A line of code, or of what it prints, has at most 72 columns, of which a Japanese character takes 2. A longer one would wrap on the page, and be harder to read.
# What prepares, such as `import`, goes into a cell tagged `setup`, as above. The page folds it, so that every lesson begins with words.

# %% [markdown]
# $$H(p) = -\sum_i p_i \ln p_i$$

# %%
coin = np.array([0.5, 0.5])  # (n,)


def surprise(p):  # (n,) -> (n,)
    return -np.log(p)


by_hand = (coin * surprise(coin)).sum()  # ()
print(np.round(by_hand, 4))

# %% [markdown] lang="ja"
# 出たのは 0.6931 です。本文に書ける小数や大きな数は、上のセルが出力した数に限られます。出力を先に、ことばを後に書きます。
# 両方の言語で同じ数、同じ式、同じリンク、同じ見出しの id を使います。式を一つだけ置くセルは、上のように両方の言語で分け合います。
#
# ## パッケージの実装と照合する {#package}
#
# 手計算が正しければ、パッケージの関数と同じになるはずです。主張を書いたら、次のセルで確かめます。`assert` が外れると、サイトはできません。

# %% [markdown] lang="en"
# That is 0.6931. Decimals and large numbers in the text must have been printed by a cell above: print first, then speak.
# Both languages have the same numbers, formulas, links and heading ids. A cell that holds just a formula is shared, as above.
#
# ## Does the package agree? {#package}
#
# If the work by hand is right, the package gives the same. Whatever you claim, let the next cell check it. When an `assert` fails, there is no site.

# %%
assert np.isclose(by_hand, ops.entropy(coin))
figures.source(ops.entropy)

# %% [markdown] lang="ja"
# ソースは写さず、`figures.source` で見せます。そうすれば、古くなりません。
#
# ## 契約：何が入り、何が出るか {#contract}
#
# 配列を計算する関数には、`def` の上に `@shapes(...)` があります。これを**契約**（contract）と呼びます。矢印の左は引数の形、右は結果の形です。
# 一つの契約の中では、同じ名前の軸は同じ大きさです。`...` は、いくつあってもよい軸で、引数と結果とで同じ軸を指します。`entropy` がなくすのは、最後の軸 n です。
#
# | 契約の中の書き方 | 意味 |
# |---|---|
# | `(..., n)` | 最後の軸が n で、その前に軸がいくつあってもよい配列 |
# | `(*, n)` | 前の軸を NumPy がブロードキャストしてよい配列 |
# | `(2·n,)` | n の 2 倍の大きさ |
# | `T` だけ | 整数の引数。その値が T という大きさになる |
# | 形の前にことばがない | 浮動小数点数 |
# | `any` | どんな種類の値でもよい |
# | `real` | 実数。整数でもよい |
# | `int<V` | 0 から V - 1 までの整数（トークンの id） |
# | `bool` | True か False |
# | `distribution` | どの行も足すと 1 になる確率分布 |
# | `logits` | どの行にも、有限の最大値がある実数 |
# | `finite` | 無限大も NaN もない |
# | `numbers` | NaN がない |
#
# 配列ではない引数（設定、回数、モデルなど）は、`@takes(...)` が一つずつ確かめます。自分の関数に契約を付けてみましょう。

# %% [markdown] lang="en"
# Do not copy source: show it with `figures.source`, and it stays true.
#
# ## The contract: what goes in, what comes out {#contract}
#
# Functions that compute with arrays have `@shapes(...)` above `def`: their **contract**. Left of the arrow are the shapes of the arguments, right of it the shape of the result.
# Within one contract, axes of the same name have the same size. `...` stands for any number of axes, the same in arguments and result: `entropy` removes the last axis, n.
#
# | In a contract | Meaning |
# |---|---|
# | `(..., n)` | an array whose last axis is n, with any axes before it |
# | `(*, n)` | the same, but NumPy may broadcast the axes before |
# | `(2·n,)` | twice the size n |
# | a bare `T` | an integer argument, whose value is the size T |
# | no word before a shape | floating-point numbers |
# | `any` | values of any kind |
# | `real` | real numbers, integers too |
# | `int<V` | integers from 0 to V - 1 (token ids) |
# | `bool` | True or False |
# | `distribution` | each row is a probability distribution, which sums to 1 |
# | `logits` | real numbers with a finite maximum in each row |
# | `finite` | neither infinity nor NaN |
# | `numbers` | no NaN |
#
# Arguments that are no arrays (a config, a count, a model) are checked one by one by `@takes(...)`. Let us put a contract on a function of our own.

# %%
@shapes("distribution (n,), distribution (n,) -> ()")
def bet(p, q):
    return -(p * np.log(q)).sum()


fooled = bet(coin, [0.9, 0.1])
print(f"{fooled:.4f}")
assert fooled > bet(coin, coin)

# %% [markdown] lang="ja"
# これは**交差エントロピー**（cross-entropy）です。公平なコインなのに、10 回に 9 回は表だと思っていると、驚きは 0.6931 から 1.2040 に増えます。
# 形や中身が契約に合わない配列は、関数に入る前にエラーになります。メッセージは、どの軸や引数が合わないかを示します。
# 本体では形を確かめずに、式を書けば足ります。

# %% [markdown] lang="en"
# This is the **cross-entropy**. Expect heads nine times in ten from a fair coin, and the surprise grows from 0.6931 to 1.2040.
# Arrays that break the contract raise an error before the body runs, and the message names the axis or the argument at fault.
# The body need not check shapes: it is the formula.

# %% [markdown]
# ```pycon
# >>> bet(coin, np.full(3, 1 / 3))
# Traceback (most recent call last):
# ValueError: bet expects p (n,), q (n,); got p (2,), q (3,): n is 2 and 3
# >>> bet(coin, [9, 1])
# Traceback (most recent call last):
# ValueError: q must hold rows that sum to 1, none negative: got [9. 1.]
# ```

# %% [markdown] lang="ja"
# 短いやりとりは、上や次のように、両方の言語で分け合うセルに書きます。ビルドが一行ずつ実行し、結果を比べます。

# %% [markdown] lang="en"
# A short dialogue goes into a shared cell, like the one above and the next one. The build runs it line by line and compares the results.

# %% [markdown]
# ```pycon
# >>> ops.entropy([1.0, 0.0]) == 0
# np.True_
# ```

# %% [markdown] lang="ja"
# 必ず表が出るコインなら、驚きはありません。
#
# ## 主張には確かめたセルを添える {#claims}
#
# 「なぜなら」「〜だけが」「決して〜ない」のように、原因、唯一、不可能を言う文は**主張**です。数が合っていても、主張が正しいとは限りません。
# 反対のことが起きたら失敗するはずのセルに、`# %% check="..."` と名前を付け、文からそのセルへリンクします。

# %% [markdown] lang="en"
# A coin that always shows heads holds no surprise.
#
# ## A claim leads to what checks it {#claims}
#
# A sentence that says “because”, “only” or “never” is a **claim**: the numbers may be right, and the claim still wrong.
# Give the cell that would fail if the opposite were true a name, `# %% check="..."`, and link the sentence to it.

# %% check="both-sides"
one_in_a_hundred = np.array([0.99, 0.01])  # (n,)
assert ops.entropy(one_in_a_hundred) > 0
assert all(ops.entropy(p) == 0 for p in ([1.0, 0.0], [0.0, 1.0]))

# %% [markdown] lang="ja"
# 驚きがなくなるのは、[どちらか一方しか出ない](#check-both-sides)コインのときです。裏がたまにでも出るなら、0 にはなりません。
# 確かめられない主張は、弱めるか、消します。
#
# ## 図で見る {#figure}
#
# 図の前に、どこを見るかを言います。ここでは、山の頂上の位置を見てください。

# %% [markdown] lang="en"
# The surprise is gone [only when one side never comes](#check-both-sides): tails once in a while is enough to bring it back.
# A claim that cannot be checked is made weaker, or left out.
#
# ## See it {#figure}
#
# Before a figure, say where to look. Here, look for the top of the hill.

# %%
heads = np.linspace(0.02, 0.98, 25)  # (25,)
pairs = np.stack([heads, 1 - heads], axis=-1)  # (25, 2)
curve = {"entropy": ops.entropy(pairs)}
figures.line(heads, curve, x_label="heads", y_label="nats")

# %% [markdown] lang="ja" tags=["caption"]
# 頂上は真ん中です。表も裏も同じだけ出るコインが、いちばん予想しにくいのです。
#
# alt: 山の形の曲線。横軸は表が出る確率で、中央がいちばん高く、左右の端で 0 に近づく。
#
# labels: entropy = エントロピー; heads = 表が出る確率

# %% [markdown] lang="en" tags=["caption"]
# The top is in the middle: a coin that shows both sides equally often is the hardest to guess.
#
# alt: A curve in the shape of a hill over the probability of heads. It is highest in the middle and comes close to 0 at both ends.
#
# labels: heads = probability of heads

# %% [markdown] lang="ja"
# 図のセルのすぐ下に、説明と、`alt:` で始まる文を、両方の言語で置きます。説明は何に気づいてほしいかを、`alt:` は図が見えない人に何が描いてあるかを伝えます。
#
# ## 図と表のことば {#labels}
#
# 軸、見出し、行の名前は、コードに英語で一度書きます。それを読む人の言語で何と見せるかは、説明のセルの最後に、`labels:` で始まる段落で書きます。上の図の説明は、こう終わります。
#
# ```text
# labels: entropy = エントロピー; heads = 表が出る確率
# ```
#
# - 左はコードのことば、右は見せることばで、`; ` で区切ります。`=` がなければ、そのまま見せます。
# - `{}` は、数か、ほかのことばの代わりです。`without {} = {} なし` は、`without GELU` にも `without softmax` にも使われます。
# - 一度書けば、その言語のページ全体で使われます。いくつもの回で使うことばは、`docs/labels/` にあります。
# - 日本語のページには、ラテン文字のことばの、英語のページには、日本語のことばのラベルが要ります。
# - 表の下には、`labels:` で始まる説明のセルを置けます。ページには何も出ません。要る言語に書きます。
#
# `print` が出すのは値です。名前を付けて見せたい値は、表にします。値が一つずつなら、1 行の表になります。
#
# ## ことば {#words}
#
# - 例文のトークンは、「ねこ」のように「」で囲むか、コードにします。量は「2 つ」「3 層」のように算用数字で書きます。
# - 実務の語を先に、やさしい言い換えを後に書きます：「サンプリング（くじを引くこと）」。
# - ことばは[用語集](../glossary.md)のものを使います。同じものは、いつも同じことばで呼びます。
# - 日本語は、です・ます調の短い文にします。英語は訳さず、英語として書きます。
# - 回は、自分の番号を持ちません。番号は目次が付けます。回へのリンクの文字に `#` と書くと、その回の番号に置き換わります（[第 # 回](attention.md#attention)）。
# - 感嘆符は使いません。すごいかどうかは、数が伝えます。
# - 結果が期待と違ったら、数のほうに従います。
#
# ## 簡単にしたこと {#simplified}
#
# 終わりの節では、省いたことと、その本当の名前を言います。読む人は、その名前で先を探せます。
#
# - コインを 1 枚だけ見ました。2 枚が関係しているときは、**条件付きエントロピー**で測ります。
#
# ## 練習 {#exercises}
#
# 練習は 2 つから 4 つです。問い、答えを空けたセル、解答例の順に並べます。
# 正しい答えと、つい書いてしまう間違いを、`llm_scratch/exercises/` の中の、回と同じ名前のモジュールに置きます。間違いには一言ずつ添えます。
#
# **1.** 表が 4 回に 1 回しか出ないコインの、エントロピーはいくつでしょうか。

# %% [markdown] lang="en"
# Directly below the cell of a figure stand a caption and a text after `alt:`, in both languages. The caption says what to notice; `alt:` says what is drawn, for those who cannot see it.
#
# ## Words in figures and tables {#labels}
#
# Axes, heads and names of rows are written once, in code, in English. What readers of each language see for them stands at the end of a caption, in a paragraph that starts with `labels:`. The Japanese caption above ends so:
#
# ```text
# labels: entropy = エントロピー; heads = 表が出る確率
# ```
#
# - Left is the word of the code, right what is shown; `; ` separates them. A word that has no `=` is shown as it is.
# - `{}` stands for a number or for another word. `without {} = {} なし` serves `without GELU` and `without softmax` alike.
# - A label given once serves the whole page of its language. Words of several lessons are in `docs/labels/`.
# - A Japanese page needs a label for each word in Latin letters, an English page for each word in Japanese.
# - Below a table, a caption may begin with `labels:`. It shows nothing on the page, and stands in the language that needs it.
#
# `print` shows values. Values that need names go into a table; single values make one row.
#
# ## Words {#words}
#
# - In Japanese, tokens of an example stand in 「」 or are code, and quantities have digits.
# - The field's term comes first, a plain saying after it: “sampling (drawing lots)”.
# - Use the words of the [glossary](../glossary.md), and always the same word for the same thing.
# - Japanese comes in short, polite sentences. English is not translated, but written as English.
# - A lesson has no number of its own: the navigation numbers it. A `#` in the text of a link to a lesson becomes its number, as in [lesson #](attention.md#attention).
# - No exclamation marks: the numbers say whether something is remarkable.
# - When a result is not what you expected, follow the numbers.
#
# ## What we simplified {#simplified}
#
# Near its end a lesson says what it left out, and what that is really called, so that readers can search for it.
#
# - We looked at one coin. When two depend on each other, **conditional entropy** measures it.
#
# ## Exercises {#exercises}
#
# There are two to four. Each is a question, a cell that leaves the answer open, and a solution.
# The right answer and the tempting mistakes, with a sentence for each, stand in the module of the lesson's name in `llm_scratch/exercises/`.
#
# **1.** What is the entropy of a coin that shows heads one time in four?

# %% tags=["exercise"]
from llm_scratch.exercises import check

rare_heads = ...  # ()
check("style_guide.1", rare_heads)

# %% tags=["solution"]
rare_heads = ops.entropy([0.25, 0.75])
assert check("style_guide.1", rare_heads)
print(np.round(rare_heads, 4))

# %% [markdown] lang="ja"
# 0.5623 です。公平なコインより、少し予想しやすくなりました。解答のあとには、なぜそうなるかを書きます。
#
# **2.** 公平なコインを 3 枚投げます。3 枚の結果を合わせたエントロピーはいくつでしょうか。

# %% [markdown] lang="en"
# It is 0.5623: a little easier to guess than a fair coin. After a solution, say why it comes out so.
#
# **2.** Three fair coins are tossed. What is the entropy of their results taken together?

# %% tags=["exercise"]
three_coins = ...  # ()
check("style_guide.2", three_coins)

# %% tags=["solution"]
three_coins = ops.entropy(np.full(8, 1 / 8))
assert np.isclose(three_coins, 3 * by_hand)
assert check("style_guide.2", three_coins)
print(np.round(three_coins, 4))

# %% [markdown] lang="ja"
# 8 つの結果が同じ確率で出るので、2.0794 です。1 枚のときの 3 倍になります。
#
# ## 次へ {#next}
#
# 最後に、次の行き先を示します。あなたの場合は[参加する](../contributing.md)です。書いたものの確かめ方と送り方があります。

# %% [markdown] lang="en"
# Eight results are equally likely, which gives 2.0794, three times that of one coin.
#
# ## Next {#next}
#
# A lesson ends by saying where to go. For you that is [Contribute](../contributing.md): how to check what you wrote, and how to send it.
