# %% [markdown] lang="ja"
# # サンプリング：温度、top-k、top-p {#sampling}
#
# 学習した GPT は、次のトークンの確率を出します。文章を書かせるには、そこから一つを選ばなければなりません。確率に従って乱数で選ぶことを、**サンプリング**（くじを引くこと）と言います。
# この回では、4 つの設定（貪欲法、温度、top-k、top-p）が確率をどう変えるかを見ます。
# そして、書かせた文がこの世界の文になっているかを、文法で一つずつ判定します。
#
# モデルには、[第 # 回](training.md#run)と同じ形の GPT を使います。

# %% [markdown] lang="en"
# # Sampling: temperature, top-k, top-p {#sampling}
#
# A trained GPT gives probabilities for the next token. To write, one token has to be chosen. Choosing at random, by these probabilities, is called **sampling**: drawing lots.
# In this lesson we see what four settings (greedy, temperature, top-k, top-p) do to the probabilities.
# Then we let the GPT write, and judge every sentence by the grammar of its world.
#
# The model has the shape of the GPT in [lesson #](training.md#run).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, model, ops, sample
from llm_scratch import tokenizer, train

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
losses = train.train(params, config, ids, 200, rng, peak=0.01)
last = np.mean(losses[-20:])
loss = {"steps": len(losses), "loss": last}
figures.table(loss | {"floor": world.full_context_floor})

# %% [markdown] lang="ja"
# 学習は 200 ステップで、[第 # 回](training.md#run)より短くしました。終わりの 20 ステップの平均損失は 0.4993 で、下限の 0.4480 との間にまだ差があります。
# まだ間違えるモデルなので、設定によって間違いがどう増減するかを数えられます。
#
# ## 書き始める {#start}
#
# 学習を終えたモデルに答えを出させることを、**推論**（inference）と言います。
# 「ねこ は」に続けて、モデルはどんな**確率分布**（起こりうることの一つ一つに確率を割り当てたもの）を出すでしょうか。

# %% [markdown] lang="en"
# Training took 200 steps, fewer than in [lesson #](training.md#run). The mean loss of its last 20 steps is 0.4993, still some way above the floor, 0.4480.
# This model still makes mistakes, so we can count how they change with the setting.
#
# ## Beginning to write {#start}
#
# Getting answers from a trained model is called **inference**.
# What **probability distribution** (a probability for everything that may happen) does the model give for what follows `ねこ は` (ねこ is cat, は a particle)?

# %%
start = words.encode(f"{corpus.END} ねこ は")
logits = model.forward(params, np.array([start]), config)[0, -1]
p = ops.softmax(logits)
shown = np.argsort(-p)[:7]
tokens = [world.vocab[i] for i in shown]
figures.bar(tokens, p[shown], x_label="next", y_label="probability")

# %% [markdown] lang="ja" tags=["caption"]
# 「ねこ は」の次の確率を、大きい順に 7 つ。時を表すことばが 3 つ、ほぼ同じ高さで並び、その先は低くなります。
#
# alt: 棒グラフ。大きい順に 7 本の棒。左の「いつも」「あした」「きょう」の 3 本が高く、4 本目から先は低い。

# %% [markdown] lang="en" tags=["caption"]
# The seven largest probabilities after `ねこ は`. Three words of time stand high, about level; the others are lower.
#
# alt: Bar chart with seven bars in falling order. The three at the left, いつも, あした and きょう, are high, the rest low.

# %% check="possible"
after_cat = dict.fromkeys(world.vocab, 0)
for sentence, share in zip(world.sentences, world.probabilities):
    after_cat[sentence[2]] += share * (sentence[0] == "ねこ")
truth = np.array([*after_cat.values()])  # (V,)
truth /= truth.sum()
assert set(np.flatnonzero(truth)) == set(shown)
both = {"model": p[shown], "world": truth[shown]}
figures.table({"next": tokens} | both)

# %% [markdown] lang="ja" tags=["caption"]
# labels: world = この世界

# %% [markdown] lang="ja"
# この世界で「ねこ は」に続くのは、[ちょうどこの 7 つ](#check-possible)です。時を表すことばは、この世界の割合に近くなりました。
# けれども「ひるね」は、この世界では 0.2125、「うた」は 0.0125 です。モデルは 0.0786 と 0.0782 を付け、「ねこ」の好みをほとんど区別していません。
#
# いちばん簡単な選び方は**貪欲法**（greedy）です。毎回、確率がいちばん大きいトークンを選びます。ここでは「いつも」です。
#
# ## 温度：尖らせる、ならす {#temperature}
#
# ロジットを**温度**で割ってから softmax に通します。温度が 1 より低ければ確率は尖り、高ければならされます。0 では割れないので、温度 0 は貪欲法のことと決めます。

# %% [markdown] lang="en"
# In this world, [just these seven](#check-possible) can follow `ねこ は`. The words of time have come close to their shares in the world.
# But ひるね (nap) has 0.2125 in the world, and うた (song) 0.0125. The model gives them 0.0786 and 0.0782: it hardly tells what a cat likes.
#
# The simplest way to choose is **greedy**: always take the token with the largest probability. Here that is いつも (always).
#
# ## Temperature: sharper or flatter {#temperature}
#
# Divide the logits by a **temperature** before the softmax. Below 1 the probabilities get sharper, above 1 flatter. Nothing can be divided by 0, so a temperature of 0 is defined to mean greedy.

# %%
def warmed(logits, temperature):  # (V,) -> (V,)
    return ops.softmax(logits / temperature)


# %%
temperatures = [0.2, 0.5, 1.0, 2.0, 5.0]
rows = np.stack([warmed(logits, t)[shown] for t in temperatures])
columns = {token: rows[:, n] for n, token in enumerate(tokens)}
figures.table({"temperature": temperatures} | columns)

# %% check="warmer"
spread = [ops.entropy(warmed(logits, t)) for t in temperatures]
even = {"ln V": np.log(len(world.vocab))}
assert (np.diff(spread) > 0).all() and spread[-1] < even["ln V"]
assert np.isclose(ops.entropy(warmed(logits, 1e6)), even["ln V"])
axes = {"x_label": "temperature", "y_label": "entropy (nats)"}
series = {"entropy": spread}
figures.line(temperatures, series, references=even, log_x=True, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 温度とエントロピー。[温度を上げる](#check-warmer)と、すべてのトークンを同じ確率で選ぶときの $\ln V$ に近づきます。
#
# alt: 折れ線グラフ。横軸は対数の温度、縦軸はエントロピー。1.0884 から 2.7122 まで右へ上がり続け、2.9444 に引かれた破線 ln V に近づく。
#
# labels: entropy (nats) = エントロピー（nat）; entropy = エントロピー

# %% [markdown] lang="en" tags=["caption"]
# Temperature and entropy. [The warmer](#check-warmer), the closer to $\ln V$, where all tokens have the same probability.
#
# alt: Line chart. Temperature runs on a logarithmic axis; height is the entropy. The line keeps rising from 1.0884 to 2.7122, towards the dashed line ln V at 2.9444.

# %% [markdown] lang="ja"
# ## 分布の裾を切る：top-k と top-p {#top}
#
# ありえない 12 個のトークンにも、わずかな確率が残っています。確率の低いこの部分を、**分布の裾**と言います。この分布から何度も引くと、裾を 1 回以上引く確率はいくつになるでしょうか。

# %% [markdown] lang="en"
# ## Cutting the tail of the distribution: top-k and top-p {#top}
#
# The 12 tokens that cannot follow keep a little probability too. This part, where probabilities are small, is the **tail of the distribution**. When we draw from it again and again, how likely is the tail to be drawn at least once?

# %% check="tail"
tail = p[truth == 0].sum()
draws = np.array([1, 10, 100, 1000])
at_least_once = 1 - (1 - tail) ** draws
assert tail < 0.01 and at_least_once[-1] > 0.5
figures.table({"draws": draws, "tail drawn": at_least_once})

# %% [markdown] lang="ja" tags=["caption"]
# labels: draws = 引く回数; tail drawn = 裾を 1 回以上引く確率

# %% [markdown] lang="en" tags=["caption"]
# labels: tail drawn = tail drawn at least once

# %% [markdown] lang="ja"
# 1 回なら 0.0018 ですが、1000 回では 0.8297 です。[長い文章ほど](#check-tail)、どこかで裾を引きやすくなります。そこで、引く前に裾を切ります。
# **top-k** は大きい順に $k$ 個を残し、**top-p** は足して $p$ に届くまでの最少の個数を残します。残ったものを合計で割り、足して 1 に戻します。

# %% [markdown] lang="en"
# With one draw it is 0.0018, with 1000 it is 0.8297. [The longer the text](#check-tail), the likelier the tail comes up somewhere. So we cut it off before drawing.
# **Top-k** keeps the $k$ largest. **Top-p** keeps the fewest that together reach $p$. What is kept is divided by its sum, so that it sums to 1 again.

# %%
def top_k_by_hand(p, k):  # (V,) -> (V,)
    kept = np.where(p >= np.sort(p)[-k], p, 0)
    return kept / kept.sum()


# %%
def top_p_by_hand(p, enough):  # (V,) -> (V,)
    order = np.argsort(-p)
    n = 1 + int((np.cumsum(p[order]) < enough).sum())
    kept = np.where(np.isin(np.arange(len(p)), order[:n]), p, 0)
    return kept / kept.sum()


# %% check="cut"
ways = {"all": p, "top_k 3": top_k_by_hand(p, 3)}
ways["top_p 0.9"] = top_p_by_hand(p, 0.9)
lost = [(truth[kept == 0] > 0).sum() for kept in ways.values()]
assert lost == [0, 4, 2]
columns = {name: kept[shown] for name, kept in ways.items()}
figures.table({"next": tokens} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: all = 全部; top_k {}; top_p {}

# %% [markdown] lang="ja"
# top-k（$k = 3$）では、この世界で 0.2125 の「ひるね」を含めて、名詞が 4 つとも 0 になりました。top-p でも「さんぽ」と「本」が 0 です。裾と一緒に、[ありうる続き](#check-cut)も切ってしまったのです。
#
# ## パッケージの実装と照合する {#package}
#
# 温度と top-p を両方渡すと、パッケージは[先に温度で割り](#check-order)、それから裾を切ります。

# %% [markdown] lang="en"
# Top-k ($k = 3$) took all four nouns down to 0, even ひるね (nap), which has 0.2125 in the world; top-p took さんぽ (walk) and 本 (book). Along with the tail we cut off [what is possible](#check-cut).
#
# ## Does the package agree? {#package}
#
# Given a temperature and top-p, the package [divides by the temperature first](#check-order), and then cuts the tail.

# %% check="order"
draw = sample.next_token_probabilities
assert np.allclose(draw(logits, temperature=0.5), warmed(logits, 0.5))
assert np.allclose(draw(logits, top_k=3), top_k_by_hand(p, 3))
assert np.allclose(draw(logits, top_p=0.9), top_p_by_hand(p, 0.9))
warm_first = draw(logits, temperature=2, top_p=0.9)
assert np.allclose(warm_first, top_p_by_hand(warmed(logits, 2), 0.9))
figures.source(sample.next_token_probabilities)

# %% [markdown] lang="ja"
# ## 書かせて、判定する {#judge}
#
# いよいよ書かせます。選んだトークンを入力の終わりに足し、その次を予測させます。これをくり返す書き方を、**自己回帰**（autoregressive）と言います。
# 乱数の**シード**（seed）が同じなら、[同じ文](#check-seed)が書かれます。

# %% [markdown] lang="en"
# ## Let it write, and judge {#judge}
#
# Now it writes. The token that was chosen goes to the end of the input, and the model predicts the next. Writing by repeating this is called **autoregressive**.
# The same **seed** of the random numbers writes [the same sentences](#check-seed).

# %% check="seed"
def write_sentences(n, **options):
    start, sentences = words.encode(corpus.END), []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        ids = sample.generate(params, config, start, 12, rng, **options)
        text = words.decode(ids[1:]).split(corpus.END)[0]
        sentences.append((*text.split(), corpus.END))
    return sentences


for sentence in write_sentences(4):
    print(" ".join(sentence), world.is_sentence(sentence))
assert write_sentences(4) == write_sentences(4)

# %% [markdown] lang="ja"
# True は、この世界の文だということです。設定ごとに 200 文を書かせ、正しい文の割合と、正しい文と間違った文がそれぞれ何種類あるかを数えます。

# %% [markdown] lang="en"
# True means that the world can say the sentence. With each setting we let the GPT write 200 sentences. We count the share that is right, and how many kinds of right and of wrong sentences there are.

# %%
settings = {"greedy": {"temperature": 0}}
for t in (0.5, 1, 2):
    settings[f"temperature {t}"] = {"temperature": t}
settings |= {"top_k 4": {"top_k": 4}, "top_p 0.9": {"top_p": 0.9}}
warm_cut = {"temperature": 2, "top_p": 0.9}
settings["temperature 2, top_p 0.9"] = warm_cut
written = [write_sentences(200, **way) for way in settings.values()]

# %% check="kinds"
right = [np.mean([*map(world.is_sentence, texts)]) for texts in written]
kinds = [set(texts) for texts in written]
right_kinds = [sum(map(world.is_sentence, found)) for found in kinds]
wrong_kinds = [len(found) - n for found, n in zip(kinds, right_kinds)]
more_right, more_wrong = np.diff(right_kinds), np.diff(wrong_kinds)
assert more_right[1] > more_wrong[1]  # from 0.5 to 1
assert more_wrong[2] > 10 * more_right[2]  # from 1 to 2
assert right_kinds[6] == max(right_kinds) and wrong_kinds[6] > 0
columns = {"setting": list(settings), "sentences": [*map(len, written)]}
columns |= {"right": right, "right kinds": right_kinds}
figures.table(columns | {"wrong kinds": wrong_kinds})

# %% [markdown] lang="ja" tags=["caption"]
# labels: setting = 設定; right = 正しい割合; right kinds = 正しい文の種類; wrong kinds = 間違った文の種類; greedy = 貪欲法; temperature {} = 温度 {}; temperature {}, top_p {} = 温度 {}、top_p {}

# %% [markdown] lang="en" tags=["caption"]
# labels: right = share right

# %% check="mended"
assert right[0] == 1 and len(kinds[0]) == 1
assert right[3] < right[2] < right[4] == right[5] == 1
assert right[6] > right[3] + 0.3
axes = {"x_label": "setting", "y_label": "share of right sentences"}
figures.bar(list(settings), right, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 200 文のうち、この世界の文だったものの割合。温度 2 で半分ほどに落ち、[裾を切る](#check-mended)と 0.9250 に戻ります。
#
# alt: 棒グラフ。7 つの設定の棒。温度 2 の棒は 0.4900 で、ほかはどれも 0.9 を超える。
#
# labels: share of right sentences = 正しい文の割合

# %% [markdown] lang="en" tags=["caption"]
# Of 200 sentences, the share that this world can say. It drops to about half at temperature 2; [cutting the tail](#check-mended) brings it back to 0.9250.
#
# alt: Bar chart with a bar for each of seven settings. That of temperature 2 is at 0.4900; all others are above 0.9.

# %%
q = np.array(world.probabilities)  # (64,)
expected = (1 - (1 - q) ** 200).sum()
figures.table({"kinds in all": len(q), "expected kinds": expected})

# %% [markdown] lang="ja" tags=["caption"]
# labels: kinds in all = この世界の文の種類; expected kinds = 200 文に現れる種類（期待値）

# %% [markdown] lang="en" tags=["caption"]
# labels: kinds in all = kinds in the world; expected kinds = kinds expected in 200 sentences

# %% [markdown] lang="ja"
# 貪欲法は、同じ正しい文を 200 回書きました。温度 0.5 から 1 では、正しい文が 31 種類から 47 種類に増え、間違った文が 5 種類出ました。
# 温度 1 から 2 では、正しい文は 50 種類、間違った文は 97 種類になりました。[ここで増えたのは](#check-kinds)、ほとんどが間違いです。
# 温度 1 のまま裾を切ると、200 文の中に間違いはなくなり、正しい文も 38 種類に減ります。温度 2 で裾を切ると、正しい文は 58 種類で最も多く、間違いも 14 種類残ります。
#
# この世界から 200 文を引くと、64 種類のうち平均 38.3323 種類が現れます。温度 1 のモデルの 47 種類は、それより多いのです。種類が多いほど、この世界に近いわけではありません。
#
# ## 簡単にしたこと {#simplified}
#
# - 判定できる文法がありました。本物の文章は、人や別のモデルが判定します。
# - 一度に一つのトークンを選び、候補は 1 本でした。いくつかの候補を並べて進める**ビームサーチ**（beam search）もあります。
# - 同じことばのくり返しを抑える**繰り返しペナルティ**（repetition penalty）などは使いませんでした。
#
# ## 練習 {#exercises}
#
# **1.** top-k で $k = 1$ にすると、どの選び方と同じになるでしょうか。

# %% [markdown] lang="en"
# Greedy wrote one and the same right sentence 200 times. From temperature 0.5 to 1, right kinds grew from 31 to 47, and 5 wrong kinds came up.
# From 1 to 2, right kinds became 50 and wrong kinds 97. [What grew here](#check-kinds) was mostly mistakes.
# With the tail cut at temperature 1, the 200 sentences hold no mistake, and 38 right kinds. Cutting it at temperature 2 gives the most right kinds, 58, and still 14 wrong ones.
#
# In 200 sentences drawn from the world itself, 38.3323 of its 64 kinds appear on average. The model's 47 at temperature 1 are more than that: more kinds do not mean closer to the world.
#
# ## What we simplified {#simplified}
#
# - We had a grammar to judge by. Real text is judged by people, or by another model.
# - We chose one token at a time, and kept one candidate. **Beam search** carries several along.
# - We did nothing against repetition, such as a **repetition penalty**.
#
# ## Exercises {#exercises}
#
# **1.** With $k = 1$, which other way of choosing is top-k the same as?

# %% tags=["exercise"]
from llm_scratch.exercises import check

only_one = ...  # (V,): the probabilities with k = 1
check("sampling.1", only_one, logits)

# %% tags=["solution"]
only_one = draw(logits, top_k=1)
assert (only_one == draw(logits, temperature=0)).all()
assert check("sampling.1", only_one, logits)

# %% [markdown] lang="ja"
# 貪欲法です。どちらも、いちばん大きいもの一つに確率 1 を置きます。
#
# **2.** パッケージとは逆に、先に top-p（$p = 0.9$）で裾を切り、それからロジットを温度 2 で割ると、残るトークンの数は増えるでしょうか、減るでしょうか。

# %% [markdown] lang="en"
# Greedy: both give a probability of 1 to the largest.
#
# **2.** Now the other way round than the package: cut the tail by top-p first ($p = 0.9$), then divide the logits by a temperature of 2. Are more tokens kept, or fewer?

# %% tags=["exercise"]
cut_first = ...  # (V,): the probabilities, cut first, then warmed
check("sampling.2", cut_first, logits)

# %% tags=["solution"]
kept = top_p_by_hand(p, 0.9) > 0
cut_first = warmed(np.where(kept, logits, -np.inf), 2)
assert check("sampling.2", cut_first, logits)
assert (cut_first > 0).sum() < (warm_first > 0).sum()
print((cut_first > 0).sum(), (warm_first > 0).sum())

# %% [markdown] lang="ja"
# 減ります。先に切ると 5 個、先に温度で割ると 7 個です。温度 2 でならされた分布では、0.9 に届くまでに、より多くのトークンが要ります。
#
# ## 次へ {#next}
#
# 書かせるところまで来ました。[第 # 回](kv_cache.md#kv-cache)では、同じ文をずっと少ない計算で書く仕組みを見ます。自分で温度を変えてみたいときは[小さな GPT](../playground.md)をどうぞ。

# %% [markdown] lang="en"
# Fewer: 5 when cut first, 7 when divided first. In a distribution flattened by temperature 2, it takes more tokens to reach 0.9.
#
# ## Next {#next}
#
# Our GPT writes. [Lesson #](kv_cache.md#kv-cache) shows how to write the same with far less computing. To try temperatures of your own, there is the [small GPT](../playground.md).
