# %% [markdown] lang="ja"
# # 中をのぞく：学習した GPT は何を見ているか {#inside}
#
# [第 # 回](training.md#before-after)の GPT は、4 語前の生きものを覚えていました。どこで、どうやって覚えているのでしょうか。
# この回では、同じモデルをもう一度学習させ、3 つの道具で中を調べます。
# Attention の重みを見る、途中の層に予測させる（**logit lens**）、ヘッドを取り除いて測る（**ablation**）、です。
#
# 必要なものは、[第 # 回](training.md#run)の学習です。

# %% [markdown] lang="en"
# # Looking inside: what does the trained GPT look at? {#inside}
#
# The GPT of [lesson #](training.md#before-after) remembered an animal four words back. Where does it keep that, and how?
# In this lesson we train the same model once more and examine it with three tools:
# looking at its attention weights, asking its middle layers for a prediction (the **logit lens**), and taking out heads and measuring (**ablation**).
#
# All you need is the training of [lesson #](training.md#run).

# %% tags=["setup"]
import numpy as np

from llm_scratch import corpus, figures, model, ops, tokenizer, train

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
losses = train.train(params, config, ids, 300, rng, peak=0.01)
print(f"{np.mean(losses[-20:]):.4f}")

# %% [markdown] lang="ja"
# ## 一段ずつ動かす {#steps}
#
# 予測させるのは `。 ねこ は いつも とても` の続きです。ブロックの中の Attention と MLP（フィードフォワード層）を一つずつ動かし、途中のベクトルと重みを取っておきます。

# %% [markdown] lang="en"
# ## One step at a time {#steps}
#
# We ask for what follows `。 ねこ は いつも とても`. ねこ is cat, は a particle, いつも always, とても very much. We run the attention and the MLP (feed-forward layer) of each block one by one and keep the vectors and weights on the way.

# %%
tokens = [corpus.END, "ねこ", "は", "いつも", "とても"]
prompt = np.array([words.encode(" ".join(tokens))])

# %%
def run_in_steps(params, prompt):  # -> [(T, d)], [(n_heads, T, T)]
    x, stream, maps = model.embed(params, prompt, config), [], []
    stream.append(x[0])
    for i in range(config.n_layers):
        w = model.layer(params, i)
        added, saved = model.attention_sublayer(w, x, config.n_heads)
        x = x + added
        stream.append(x[0])
        x = x + model.mlp_sublayer(w, x)
        stream.append(x[0])
        maps.append(saved[-1][0])
    return stream, maps

# %% [markdown] lang="ja"
# ## パッケージの実装と照合する {#package}
#
# 途中を取っておいても、結果はパッケージの `forward` と同じでなければなりません。途中も、パッケージの `trace` と比べます。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# Keeping what is on the way must not change the result: it has to be that of the package's `forward`. What is on the way is compared with the package's `trace`.

# %%
stream, maps = run_in_steps(params, prompt)
logits = model.unembed(params, stream[-1])
assert np.allclose(logits, model.forward(params, prompt, config)[0])
traced = model.trace(params, prompt, config)
for ours, theirs in zip((stream[::2], maps), traced, strict=True):
    assert np.allclose(ours, [of_layer[0] for of_layer in theirs])
figures.source(model.trace)

# %% [markdown] lang="ja"
# ## どこを見ているか {#looking}
#
# 最後のトークン「とても」が、それぞれのヘッドでどこに重みを置くかを、2 つの層について並べます。

# %% [markdown] lang="en"
# ## Where it looks {#looking}
#
# Here is where the last token, とても, puts its weight in each head of both layers.

# %%
last_weights = np.concatenate([layer[:, -1] for layer in maps])
pairs = list(np.ndindex(config.n_layers, config.n_heads))
heads = [f"layer {layer} head {head}" for layer, head in pairs]
figures.heatmap(last_weights, heads, tokens, row_label="head")

# %% [markdown] lang="ja" tags=["caption"]
# 「とても」が置く重み。一行が一つのヘッドです。「ねこ」の列の重みが大きい行が、生きものを見ているヘッドです。
#
# alt: 8 行 5 列のヒートマップ。行は層とヘッドの番号、列は「。」「ねこ」「は」「いつも」「とても」。0 層のヘッド 1 とヘッド 3 の行は「ねこ」だけが濃い。ほかの 6 行では、重みが 5 つのトークンに分かれている。

# %% [markdown] lang="en" tags=["caption"]
# The weights that とても puts down. Each row is a head. Rows with much weight on ねこ are the heads that look at the animal.
#
# alt: Heatmap of 8 rows and 5 columns. Rows are layer and head, columns the five tokens of the prompt. In the rows of layer 0, heads 1 and 3, the cell of ねこ alone is dark. In the six others the weight is spread over the five tokens.

# %%
untrained = model.init_params(config, np.random.default_rng(0))
before = run_in_steps(untrained, prompt)[1]
on_cat = {"untrained": np.concatenate([w[:, -1, 1] for w in before])}
on_cat["trained"] = last_weights[:, 1]
figures.table({"head": heads} | on_cat)

# %% [markdown] lang="ja" tags=["caption"]
# labels: untrained = 学習の前; trained = 学習の後

# %% [markdown] lang="en" tags=["caption"]
# labels: untrained = before training; trained = after training

# %% [markdown] lang="ja"
# 表は「ねこ」に置く重みです。学習の後、0 層のヘッド 1 は 0.9993 を、ヘッド 3 は 0.9995 を「ねこ」に置きます。間の「は」や「いつも」には目もくれません。学習の前は、どのヘッドも 5 分の 1 ほどです。5 つのトークンを均等に見るときと変わりません。
# けれども、見ているからといって、使っているとは限りません。使っているかどうかは、取り除いて測ります。
#
# ## 途中の層に聞く：logit lens {#logit-lens}
#
# 途中のベクトルを、そのまま出口に通してみます。答えがどこで決まるのかが見えます。「ひるね」「さんぽ」「うた」「本」のほかに、いま入力した「とても」の確率も見ます。

# %% [markdown] lang="en"
# The table is the weight on ねこ. After training, layer 0, head 1 puts 0.9993 there, and head 3 puts 0.9995: they pass over は and いつも in between. Before training, each head put about a fifth there, as when all five tokens are looked at evenly.
# But to look is not yet to use. Whether something is used shows when it is taken away.
#
# ## Asking the layers between: the logit lens {#logit-lens}
#
# We send the vectors on the way straight to the way out, and see where the answer is decided. Besides ひるね (nap), さんぽ (walk), うた (song) and 本 (book), we watch the token that has just come in, とても.

# %%
nouns = ["ひるね", "さんぽ", "うた", "本"]
places = [words.encode(noun)[0] for noun in nouns]
shown = words.encode(" ".join(["とても", *nouns]))


def lens(params, prompt):  # -> (5, 5): the probabilities of shown
    stream, _ = run_in_steps(params, prompt)
    logits = np.array([model.unembed(params, x)[-1] for x in stream])
    return ops.softmax(logits)[:, shown]

# %%
probabilities = lens(params, prompt)
series = dict(zip(["とても", *nouns], probabilities.T))
after = ["embedding"]
for i in range(config.n_layers):
    after += [f"layer {i} attention", f"layer {i} MLP"]
figures.table({"after": after} | series)

# %% [markdown] lang="ja" tags=["caption"]
# labels: after = どこのあとで; embedding = 埋め込み; layer {} attention = {} 層の Attention; layer {} MLP = {} 層の MLP

# %%
axes = {"x_label": "sublayers passed", "y_label": "probability"}
figures.line(range(5), series, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# それぞれのサブレイヤーのあとで出口に通したときの確率。3 つ目までは「さんぽ」が「ひるね」より上にあり、最後の MLP で入れ替わります。
#
# alt: 折れ線グラフ。横軸は通ったサブレイヤーの数 0 から 4、縦軸は確率。「とても」は 1 に近い高さから始まり、2 で半分より下に落ち、4 で 0 に近づく。「さんぽ」は 2 で上がり、3 で 5 本のうちいちばん高くなり、4 で低く下がる。「ひるね」は 2 と 3 で「さんぽ」より下にあり、4 で飛び抜けて高くなる。「うた」と「本」はずっと低い。
#
# labels: sublayers passed = 通ったサブレイヤーの数

# %% [markdown] lang="en" tags=["caption"]
# Probabilities when what leaves each sublayer goes straight to the way out. Up to the third, さんぽ lies above ひるね; the last MLP turns them round.
#
# alt: Line chart. The number of sublayers passed, 0 to 4, runs to the right; height is the probability. The line of とても starts close to 1, falls below a half at 2 and is near 0 at 4. さんぽ (walk) rises at 2, is the highest of the five at 3, and low again at 4. ひるね (nap) lies below さんぽ at 2 and 3, and far above all at 4. うた (song) and 本 (book) are low throughout.

# %% [markdown] lang="ja"
# 埋め込みのあとでは、確率のほとんどが「とても」そのものにあります。出口は[同じ埋め込みの表](block.md#tying)との内積なので、自分自身にいちばん似ているのです。
# 0 層のあとでは、「ねこ」に続くはずの「ひるね」の 0.2046 より、「さんぽ」の 0.3365 のほうが大きくなります。1 層の Attention のあとでは、「さんぽ」が 0.4637 でいちばんです。まだ間違っています。
# それを 1 層の MLP が「ひるね」の 0.7880 に変えます。ほんとうに MLP の働きかどうかを、1 層の片方ずつを取り除いて確かめます。

# %% [markdown] lang="en"
# After the embedding, nearly all the probability lies on とても itself: the way out takes dot products with [the same embedding table](block.md#tying), and a token is most like itself.
# After layer 0, さんぽ has 0.3365, more than the 0.2046 of ひるね, which should follow ねこ. After the attention of layer 1, さんぽ is first with 0.4637. That is still wrong.
# It is the MLP of layer 1 that turns this into 0.7880 for ひるね. Is it really the MLP? We take out one half of layer 1, then the other.

# %%
def without(part):
    names = [f"{part}.c_proj.weight", f"{part}.c_proj.bias"]
    return params | {n: np.zeros_like(params[n]) for n in names}

# %% check="turned"
no_mlp = lens(without("h.1.mlp"), prompt)[-1, 1:]
no_attention = lens(without("h.1.attn"), prompt)[-1, 1:]
assert nouns[no_mlp.argmax()] == "さんぽ"
assert nouns[no_attention.argmax()] == "ひるね"
columns = {"whole": probabilities[-1, 1:], "without MLP": no_mlp}
columns["without attention"] = no_attention
figures.table({"next": nouns} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: whole = 全部ある; without MLP = MLP なし; without attention = Attention なし

# %% [markdown] lang="ja"
# 1 層の MLP がないと、答えは「さんぽ」のままです。1 層の Attention がなくても、答えは「ひるね」です。この文で答えを決めたのは、[1 層の MLP](#check-turned) でした。
# では、「ねこ」だったことを最後の位置まで運んだのは何でしょうか。
#
# ## ヘッドを取り除く：ablation {#ablation}
#
# ヘッドの出力は、`c_proj` の行列を通って流れに足されます。その行列の、あるヘッドに当たる行を 0 にすれば、そのヘッドは何も足さなくなります。

# %% [markdown] lang="en"
# With the MLP of layer 1 gone, the answer stays at さんぽ. With the attention of layer 1 gone, it is still ひるね. In this sentence, what decided was [the MLP of layer 1](#check-turned).
# But what carried the news of the cat to the last position?
#
# ## Taking out heads: ablation {#ablation}
#
# The output of a head reaches the stream through the matrix `c_proj`. Set the rows that belong to a head to 0, and the head adds nothing.

# %%
def without_heads(*removed):  # (layer, head), ...
    d_head, changed = config.d_model // config.n_heads, dict(params)
    for layer, head in removed:
        name = f"h.{layer}.attn.c_proj.weight"
        changed[name] = changed[name].copy()
        changed[name][head * d_head : (head + 1) * d_head] = 0
    return changed

# %%
fresh_text = world.text(np.random.default_rng(1), 4000)
fresh = np.array(words.encode(" ".join(fresh_text)))
whole = train.evaluate(params, config, fresh)

# %%
def cost(*removed):
    changed = without_heads(*removed)
    return train.evaluate(changed, config, fresh) - whole

# %%
costs = np.array([cost(pair) for pair in pairs])  # (8,)
figures.table({"removed": heads, "loss added": costs})

# %% [markdown] lang="ja" tags=["caption"]
# labels: removed = 取り除いたヘッド; loss added = 増えた損失

# %% [markdown] lang="ja"
# 一つずつ取り除くと、0 層のヘッド 1 では損失が 0.0807 増え、ヘッド 3 では 0.0153 増えます。ほかの 6 つは、なくてもほとんど変わりません。
# ヘッド 3 は、ほとんど使われていないのでしょうか。同じ「ねこ」を見る 2 つを、一緒に取り除いてみます。逆に、その 2 つだけを残して、ほかを全部取り除いてもみます。

# %% [markdown] lang="en"
# Taken out one at a time, layer 0, head 1 costs 0.0807 and head 3 just 0.0153. The six others are hardly missed.
# So is head 3 hardly used? Both look at ねこ, so we take them out together. We also go the other way: keep these two and take out the rest.

# %%
one, three = (0, 1), (0, 3)


def keep(*kept):
    return cost(*[pair for pair in pairs if pair not in kept])

# %%
ways = {"cut 1": cost(one), "cut 3": cost(three)}
ways |= {"cut 1, 3": cost(one, three), "keep 1": keep(one)}
ways |= {"keep 3": keep(three), "keep 1, 3": keep(one, three)}
axes = {"x_label": "layer 0 heads", "y_label": "loss added (nats)"}
figures.bar(list(ways), list(ways.values()), **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 0 層のヘッド 1 と 3 を取り除く（左の 3 本）か、それを残してほかのヘッドを全部取り除く（右の 3 本）ときに、増えた損失。
#
# alt: 棒グラフ。6 本の棒。ヘッド 1 を除くと 0.0807、3 を除くと 0.0153、両方を除くといちばん高く 0.1479。ヘッド 1 を残すと 0.0169、3 を残すと 0.0771、両方を残すと 0.0022。
#
# labels: layer 0 heads = 0 層のヘッド; loss added (nats) = 増えた損失（nat）; cut 1 = 1 を除く; cut 3 = 3 を除く; cut 1, 3 = 1 と 3 を除く; keep 1 = 1 を残す; keep 3 = 3 を残す; keep 1, 3 = 1 と 3 を残す

# %% [markdown] lang="en" tags=["caption"]
# The loss added when heads 1 and 3 of layer 0 are taken out (the three bars at the left), or kept while all the other heads are taken out (the three at the right).
#
# alt: Bar chart with six bars. Without head 1 it is 0.0807, without 3 it is 0.0153, without both 0.1479, the highest. With head 1 kept it is 0.0169, with 3 kept 0.0771, with both kept 0.0022.

# %% check="share"
both = cost(one, three)
assert both > 1.5 * (cost(one) + cost(three))
assert keep(one, three) < 0.01 < keep(one) < both / 5
assert keep(three) > 4 * keep(one)
gap = world.trigram_floor - world.full_context_floor
table = {"cut 1 + cut 3": cost(one) + cost(three), "cut 1, 3": both}
figures.table(table | {"beyond two tokens": gap})

# %% [markdown] lang="ja" tags=["caption"]
# labels: cut 1 + cut 3 = 1 を除く + 3 を除く; beyond two tokens = 2 つより前の文脈

# %% [markdown] lang="ja"
# 両方を取り除くと 0.1479 増え、別々に取り除いたときの合計 0.0960 より大きくなります。ヘッド 1 だけを残しても、増えるのは 0.0169 です。両方を残せば、ほかの 6 つを全部取り除いても 0.0022 です。2 つは[仕事を分け合っています](#check-share)。ただし、同じだけ代わりができるわけではありません。ヘッド 3 を取り除くと 0.0153 増えるのに対し、ヘッド 1 を取り除くと、ヘッド 3 があっても 0.0807 増えます。一つずつ取り除いたのでは、分け合っていることは見えません。
# 2 つより前の文脈がもたらす分は、trigram の下限と全文脈の下限の差、0.0799 です。両方を失うと、それより悪くなります。前を見ないことを学んだモデルではなく、見るはずのものを急に失ったモデルだからかもしれません。ここでは確かめていません。
#
# ## 簡単にしたこと {#simplified}
#
# - 重みと logit lens を一つの文で見ました。たくさんの文で平均しないと、たまたまかもしれません。
# - ヘッドの出力を 0 にしました。ふだんの平均に置き換えるほうが公平です（**mean ablation**）。
# - logit lens は、途中の層のベクトルが出口と同じ表現空間にあると仮定します。層ごとに変換を学習する **tuned lens** もあります。
# - こうした調べ方の分野を **mechanistic interpretability** と呼びます。
#
# ## 練習 {#exercises}
#
# **1.** 「ねこ」を「いぬ」に替えると、予測はどう変わるでしょうか。

# %% [markdown] lang="en"
# Taking out both costs 0.1479, more than the 0.0960 of the two added up. Keeping head 1 and taking out the seven others costs 0.0169; keeping both, 0.0022. The two [share the work](#check-share), though they do not stand in equally well for each other: taking out head 3 costs 0.0153, but taking out head 1 costs 0.0807, in spite of head 3. Taking out one at a time does not show that they share.
# What lies more than two tokens back is worth the gap between the floors of trigram and full context, 0.0799. Losing both heads costs more than that. It may be that this model has not learned to do with less, but has suddenly lost what it relied on; we have not tested that here.
#
# ## What we simplified {#simplified}
#
# - We looked at the weights and the logit lens of one sentence. Unless many are averaged, it may be chance.
# - We set a head's output to 0. Replacing it by its usual mean is fairer (**mean ablation**).
# - The logit lens assumes that vectors of the middle layers lie in the same space as those at the way out. A **tuned lens** learns a transformation for each layer.
# - The field of such examinations is called **mechanistic interpretability**.
#
# ## Exercises {#exercises}
#
# **1.** Replace ねこ (cat) by いぬ (dog). How does the prediction change?

# %% tags=["exercise"]
from llm_scratch.exercises import check

for_dog = ...  # (4,): the probabilities of the nouns
check("inside.1", for_dog, params, config, words, tokens, places)

# %% check="dog" tags=["solution"]
dog_first = " ".join(tokens).replace("ねこ", "いぬ")
dog = np.array([words.encode(dog_first)])
for_dog = lens(params, dog)[-1, 1:]
blind = without_heads(one, three)
blind_cat, blind_dog = (lens(blind, p)[-1, 1:] for p in (prompt, dog))
assert nouns[for_dog.argmax()] == "さんぽ"
assert abs(blind_cat - blind_dog).max() < 0.01
assert check("inside.1", for_dog, params, config, words, tokens, places)
columns = {"next": nouns, "ねこ": lens(params, prompt)[-1, 1:]}
columns |= {"いぬ": for_dog, "cat, heads cut": blind_cat}
columns |= {"dog, heads cut": blind_dog}
figures.table(columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: cat, heads cut = 「ねこ」で 1 と 3 を除く; dog, heads cut = 「いぬ」で 1 と 3 を除く

# %% [markdown] lang="ja"
# 「さんぽ」に変わります。右の 2 列は、0 層のヘッド 1 と 3 を取り除いたときの予測です。「ねこ」でも「いぬ」でも[ほとんど同じ](#check-dog)になります。どちらの生きものだったかは、この 2 つのヘッドを通って届いていました。
#
# **2.** 一つの層のヘッドを 4 つとも取り除くと、損失はどれだけ増えるでしょうか。

# %% [markdown] lang="en"
# It changes to さんぽ (walk). The two columns at the right are the predictions when layer 0 has lost heads 1 and 3: they are [almost the same](#check-dog) for ねこ and いぬ. Which animal it was came through these two heads.
#
# **2.** Take out all four heads of one layer. How much does the loss grow?

# %% tags=["exercise"]
lost = ...  # (n_layers,): the loss added without the heads of a layer
check("inside.2", lost, params, config, fresh, whole, costs)

# %% tags=["solution"]
lost = [cost(*[p for p in pairs if p[0] == i]) for i in range(2)]
assert lost[0] > gap > 10 * lost[1] > 0
assert lost[0] > 1.5 * costs[:4].sum()
assert check("inside.2", lost, params, config, fresh, whole, costs)
of_heads = costs.reshape(2, 4).sum(axis=1)
columns = {"loss added": lost, "sum of its heads": of_heads}
figures.table({"layer": [0, 1]} | columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: sum of its heads = ヘッドごとの合計

# %% [markdown] lang="ja"
# 大事なのは 0 層です。1 層のヘッドは、4 つともなくても、ほとんど困りません。
# ヘッドを一つずつ取り除いた値を足しても、4 つを一度に取り除いた値にはなりません。[仕事を分け合うヘッド](#check-share)は、一つずつ取り除くと互いに代わりをするからです。
#
# ## 次へ {#next}
#
# 第 2 部は、ここまでです。[第 # 回](sampling.md#sampling)からの第 3 部では、学習した GPT に文章を書かせます。

# %% [markdown] lang="en"
# It is layer 0 that matters. The heads of layer 1 are hardly missed, even all four at once.
# Adding up what single heads cost does not give the cost of all four, because [heads that share the work](#check-share) stand in for each other.
#
# ## Next {#next}
#
# This is the end of part 2. Part 3 begins with [lesson #](sampling.md#sampling) and lets the trained GPT write.
