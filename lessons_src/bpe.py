# %% [markdown] lang="ja"
# # BPE：よく並ぶ組をマージする {#bpe}
#
# [第 # 回](tokens.md#unknown)では、語で切ると知らない語に困り、バイトで切ると列が長くなりました。
# GPT-2 が使う **BPE**（byte pair encoding）は、その間を取るトークナイザの作り方です。バイトから始めて、いちばんよく隣り合う 2 つを、くり返しマージします（1 つにつなぎます）。
# まず短い文字列で手を動かし、次に私たちの世界の文章で学び、最後に、日本語がなぜ高くつくのかを数えます。
#
# 必要なものは、[第 # 回](tokens.md#bytes)のバイトです。

# %% [markdown] lang="en"
# # BPE: merging what often stands together {#bpe}
#
# In [lesson #](tokens.md#unknown), cutting into words failed at unknown words, and cutting into bytes made long rows.
# **BPE** (byte pair encoding), which made the tokenizer of GPT-2, is the way between. It starts from bytes and merges, again and again, the two that most often stand side by side.
# First we do it by hand on a short string, then learn from the text of our world, and finally count why Japanese is expensive.
#
# All you need is the bytes of [lesson #](tokens.md#bytes).

# %% tags=["setup"]
from collections import Counter
from itertools import pairwise

import numpy as np

from llm_scratch import corpus, figures, tokenizer

# %% [markdown] lang="ja"
# ## 手でマージする {#by-hand}
#
# `aaabdaaabac` の隣り合う 2 つを数えます。

# %% [markdown] lang="en"
# ## Merging by hand {#by-hand}
#
# We count the neighbours in `aaabdaaabac`.

# %%
parts = list("aaabdaaabac")
pairs = Counter(pairwise(parts))
columns = {"pair": [a + b for a, b in pairs]}
figures.table(columns | {"count": list(pairs.values())})

# %% [markdown] lang="ja" tags=["caption"]
# labels: pair = 組; aa; ab; bd; da; ba; ac

# %% [markdown] lang="en" tags=["caption"]
# labels: pair; count

# %% [markdown] lang="ja"
# いちばん多いのは `aa` です。左から順にマージして、1 つの部品にします。これを 3 回くり返します。

# %% [markdown] lang="en"
# The most frequent is `aa`. We merge it, from left to right, into one part. We do this three times.

# %%
def joined_by_hand(parts, pair):  # (n,) -> (m,)
    new = []
    for part in parts:
        if new and (new[-1], part) == pair:
            new[-1] = "".join(pair)
        else:
            new.append(part)
    return new


for _ in range(3):
    counted = Counter(pairwise(parts))
    most = min(counted, key=lambda p: (-counted[p], len("".join(p)), p))
    parts = joined_by_hand(parts, most)
    print("".join(most), "→", parts)

# %% [markdown] lang="ja"
# 11 文字が 5 個になりました。2 回目は、`ab` と、`aa` に `a` が続く組とが同じ回数です。同点のときは、つないだ文字列の短いほうを選びました。
# 何をどの順でマージするかの一覧を、**マージルール**（merges）と呼びます。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージは、文字ではなくバイトで同じことをします。同点のときは、ID の小さい部品の組を選びます。マージの後は、変わったところを数え直します。

# %% [markdown] lang="en"
# 11 characters have become 5 parts. In the second round, `ab` and the pair of `aa` and `a` are equally frequent; between equals, we took the shorter string.
# The list of what to merge, in order, holds the **merge rules**, or merges.
#
# ## Does the package agree? {#package}
#
# The package does the same with bytes instead of characters. Between equals, it takes the parts of smaller ids. After a merge, it counts anew what has changed.

# %% check="merges"
small = tokenizer.BPETokenizer.train("aaabdaaabac", vocab_size=259)
encoded = small.encode("aaabdaaabac")
assert [small.decode([i]) for i in encoded] == parts
rebuilt = tokenizer.BPETokenizer(small.merges)
other = tokenizer.BPETokenizer(small.merges[:2])
assert rebuilt.encode("aaabdaaabac") == encoded
assert other.encode("aaabdaaabac") != encoded
print(small.merges)

# %%
figures.source(tokenizer.learn_merges)

# %% [markdown] lang="ja"
# ID は GPT-2 の番号で、`a` が 64、`b` が 65、256 からはマージで作られた部品です。
# 学んだことは、この 3 つの組が[すべて](#check-merges)です。マージルールを渡せば、同じトークナイザが作れます。1 つ欠けると、切り方が変わります。
#
# ## 私たちの世界の文章で学ぶ {#learn}
#
# 私たちの世界の文章から、空白も入れたまま学びます。256 個のバイトから始めて、マージを 60 回行います。

# %% [markdown] lang="en"
# The ids are GPT-2's: `a` is 64 and `b` is 65, and from 256 on come the parts that merges made.
# These three pairs are [all that was learned](#check-merges): the merge rules make the same tokenizer again, and with one of them gone, it cuts otherwise.
#
# ## Learning from the text of our world {#learn}
#
# Now we learn from the text of our world, spaces and all. Starting from the 256 single bytes, we make 60 merges.

# %%
world = corpus.cat_world()
text = " ".join(world.text(np.random.default_rng(0), 1000))
bpe = tokenizer.BPETokenizer.train(text, vocab_size=256 + 60)
newest = [t.decode("utf-8", "replace") for t in bpe.tokens[-12:]]
print(bpe.vocab_size)
print(*map(repr, newest[:6]))
print(*map(repr, newest[6:]))

# %%
sizes = [256, 260, 270, 280, 290, 300, 316]
cut = [tokenizer.BPETokenizer(bpe.merges[: n - 256]) for n in sizes]
counts = [len(t.encode(text)) / len(text) for t in cut]
assert (np.diff(counts) < 0).all()
axes = {"x_label": "vocab_size", "y_label": "tokens per character"}
figures.line(sizes, {"tokens": counts}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# マージを重ねるほど、1 文字あたりのトークン数が減っていきます。
#
# alt: 折れ線グラフ。横軸は語彙の大きさ、縦軸は 1 文字あたりのトークン数。右へ行くほど下がり、だんだん緩やかになる。
#
# labels: vocab_size = 語彙の大きさ; tokens per character = 1 文字あたりのトークン数

# %% [markdown] lang="en" tags=["caption"]
# The more merges, the fewer tokens a character takes.
#
# alt: Line chart. The vocabulary grows to the right; height is the number of tokens per character. The line falls, more and more gently.
#
# labels: vocab_size = size of the vocabulary; tokens per character

# %% [markdown] lang="ja"
# `�` は、文字の途中で切れたバイトです。マージは、文字の切れ目を知らずに進みます。
# よく見た文と、学んでいない文は、どう切られるでしょうか。

# %% [markdown] lang="en"
# A `�` stands for bytes that are no whole character: merging does not know where characters end.
# How does it cut a familiar sentence, and text that it has not learned?

# %%
samples = ["ねこ は ひるね が すき", "ねこはひるねがすき"]
samples += ["いるか", "a cat 🐈"]
encoded = [bpe.encode(sample) for sample in samples]
sizes = [len(sample.encode()) for sample in samples]
counts = list(map(len, encoded))
figures.table({"text": samples, "bytes": sizes, "tokens": counts})

# %% [markdown] lang="ja" tags=["caption"]
# labels: a cat 🐈

# %% [markdown] lang="en" tags=["caption"]
# labels: ねこ は ひるね が すき = ねこ は ひるね が すき (cats like naps); ねこはひるねがすき = ねこはひるねがすき (the same, no spaces); いるか = いるか (dolphin)

# %% check="bytes"
assert [bpe.decode(ids) for ids in encoded] == samples
assert {bytes([i]) for i in range(256)} <= {*bpe.tokens}

# %% [markdown] lang="ja"
# よく見た文は短く、空白を抜くと長くなります。見たことのない「いるか」も、ほかの語で学んだ部品を使って、バイトの数より短く表せました。`a cat 🐈` は、バイトのままです。
# どんな文も表せるのは、[256 種類のバイト](#check-bytes)がどれも語彙に入っているからです。ID を戻せば、元の文になります。
#
# ## なぜ日本語は高くつくのか {#ledger}
#
# GPT-2 の語彙は、[英語でないページを除いた文章](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf)から学ばれました。同じことを小さく試すために、英語の文を 1 つくり返して学ばせます。
# 本物の GPT-2 のトークン数も並べます。こちらは公開されている語彙で数えたもので、`tests/package/test_tokenizer.py` が確かめています。

# %% [markdown] lang="en"
# A familiar sentence is short, and grows when its spaces are missing. いるか (dolphin), which is new to it, takes fewer tokens than it has bytes, with parts learned from other words. `a cat 🐈` stays bytes.
# Any text can be written, because [all 256 bytes](#check-bytes) are in the vocabulary. Its ids turn back into the same text.
#
# ## Why Japanese is expensive {#ledger}
#
# GPT-2's vocabulary was learned from text whose [non-English pages were removed](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf). To try the same on a small scale, we learn from one English sentence, repeated.
# Beside it stands what the real GPT-2 takes, counted with its published vocabulary and checked by `tests/package/test_tokenizer.py`.

# %%
line = "A cat likes naps and a dog likes walks and a bird likes songs\n"
english = tokenizer.BPETokenizer.train(line * 50, vocab_size=316)

# %%
prices = {"猫": 3, "ねこ は ひるね が すき": 15}
prices |= {"ねこはひるねがすき": 12, "A cat likes naps": 5}
columns = {"text": [*prices], "GPT-2": [*prices.values()]}
for language, learned in {"English": english, "Japanese": bpe}.items():
    lengths = [len(learned.encode(text)) for text in prices]
    columns[f"learned from {language}"] = lengths
columns["bytes"] = [len(text.encode()) for text in prices]
figures.table(columns)

# %% [markdown] lang="ja" tags=["caption"]
# labels: A cat likes naps; learned from English = 英語で学習; learned from Japanese = 日本語で学習

# %% [markdown] lang="en" tags=["caption"]
# labels: 猫 = 猫 (cat); learned from {}

# %% [markdown] lang="ja"
# 英語の文で学んだトークナイザは、日本語の文をバイトのまま、31 個に切ります。本物の GPT-2 は 15 個です。元の文章に残っていた日本語から、かなの一部をマージするようになったのです。ふつうの日本語のように空白を入れなければ、12 個です。それでも英語の文の 5 個に比べると、同じ意味に 2 倍を超えるトークンが要ります。
# 「猫」は、日本語で学んでも 3 バイトのままです。私たちの世界では「ねこ」と書き、この字は出てきません。出てくる文章で学ばせてみます。

# %% [markdown] lang="en"
# The tokenizer that learned from English leaves the Japanese sentence in bytes, 31 of them. The real GPT-2 takes 15: from what Japanese was left in its text, it learned to merge some of the kana. With no spaces, as Japanese is usually written, it takes 12. Even so, next to 5 for the English sentence, the same meaning costs more than twice as many tokens.
# 猫 (cat) stays 3 bytes even where Japanese was learned: our world writes it ねこ, and this character does not occur. So let us learn from a text that has it.

# %% check="unseen"
with_kanji = "\n".join(["猫 は ひるね が すき"] * 50)
kanji = tokenizer.BPETokenizer.train(with_kanji, vocab_size=316)
assert "猫" not in text and len(bpe.encode("猫")) == 3
assert len(kanji.encode("猫")) == 1

# %% [markdown] lang="ja"
# 1 トークンになりました。マージされるのは、[学んだ文章に出てきた](#check-unseen)並びです。料金や文脈の長さがトークンの数で決まるなら、どの言語の文章で学んだかが、使う人の負担の差になります。
#
# ## 簡単にしたこと {#simplified}
#
# - 先に空白や記号で語に分け、語の中でマージしました（**pre-tokenization**）。GPT-2 も同じで、その切り方もパッケージに入っています。
# - GPT-2 の語彙そのものは使いませんでした。`BPETokenizer.load` は、GPT-2 の `vocab.json` と `merges.txt` をそのまま読めます。公表されている ID と同じになることは、テストが確かめています。
# - 日本語のモデルには、空白に頼らない [**SentencePiece**](https://github.com/google/sentencepiece) で、日本語の文章から語彙を学ぶものがあります。
#
# ## 練習 {#exercises}
#
# **1.** 語彙を増やし続けると、マージする組はいつかなくなるでしょうか。文章 `ab` で確かめてください。

# %% [markdown] lang="en"
# It has become one token. What gets merged is what [occurs in the text](#check-unseen) that is learned from. Where price or context is counted in tokens, the language of that text decides what people pay.
#
# ## What we simplified {#simplified}
#
# - Text is first cut into words at spaces and punctuation, and merging stays inside words (**pre-tokenization**). GPT-2 does the same, and the package cuts as it does.
# - We did not use GPT-2's own vocabulary. `BPETokenizer.load` reads GPT-2's `vocab.json` and `merges.txt` as they are; a test checks that it gives the published ids.
# - There are Japanese models that learn from Japanese text with [**SentencePiece**](https://github.com/google/sentencepiece), which does not rely on spaces.
#
# ## Exercises {#exercises}
#
# **1.** If the vocabulary is to grow and grow, will there be nothing left to merge some day? Check with the text `ab`.

# %% tags=["exercise"]
from llm_scratch.exercises import check

final_size = ...  # the size of the vocabulary in the end
check("bpe.1", final_size)

# %% tags=["solution"]
tiny = tokenizer.BPETokenizer.train("ab", vocab_size=1000)
final_size = tiny.vocab_size
assert check("bpe.1", final_size)
print(final_size)

# %% [markdown] lang="ja"
# なくなります。`ab` を一度マージすると語が 1 つの部品になり、257 個で止まります。
#
# **2.** マージルールの前半を捨てると、後半はまだ使えるでしょうか。後半が部品として使っている、前半のマージを数えてください。

# %% [markdown] lang="en"
# Yes. After merging `ab` once, the word is a single part, and it stops at 257.
#
# **2.** Leave out the first half of the merge rules. Can the later ones still be used? Count the first ones that later ones have as parts.

# %% tags=["exercise"]
needed = ...  # how many of the first 30 merges
check("bpe.2", needed, bpe.merges)

# %% tags=["solution"] check="later"
parts_of_later = {i for pair in bpe.merges[30:] for i in pair}
needed = sum(256 <= i < 286 for i in parts_of_later)
assert check("bpe.2", needed, bpe.merges)
print(needed)
try:
    tokenizer.BPETokenizer(bpe.merges[30:])
except ValueError as error:
    refused = str(error)
assert refused.startswith("merges must be pairs of ids that exist")

# %% [markdown] lang="ja"
# 11 個あり、後半はそのままでは使えません。[先に作られた部品](#check-later)を使うマージがあるからです。順を守らずに適用する間違いは、[公開されたコードにもありました](https://github.com/rasbt/LLMs-from-scratch/issues/558)。
#
# ## 次へ {#next}
#
# トークンから、学習、生成まで、GPT の部品がひととおりそろいました。[第 # 回](gpt2.md)では、本物の GPT-2 の重みのファイルを読みます。

# %% [markdown] lang="en"
# There are 11, and the later ones cannot be used as they are, because some need [parts made before](#check-later). Applying merges out of order is a mistake that [published code has made](https://github.com/rasbt/LLMs-from-scratch/issues/558).
#
# ## Next {#next}
#
# From tokens through training to writing, the parts of a GPT are all here. In [lesson #](gpt2.md) we read the files of weights of the real GPT-2.
