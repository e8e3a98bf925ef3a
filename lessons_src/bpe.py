# %% [markdown] lang="ja"
# # BPE：よく並ぶものをつなぐ {#bpe}
#
# [第 # 回](tokens.md#unknown)では、語で切ると知らない語に困り、バイトで切ると列が長くなりました。
# GPT-2 が使う **BPE**（byte pair encoding）は、その間を取ります。バイトから始めて、いちばんよく隣り合う二つを、くり返しつなぎます。
# まず短い文字列で手を動かし、次に私たちの世界の文章で学び、最後に、日本語がなぜ高くつくのかを数えます。
#
# 必要なものは、[第 # 回](tokens.md#bytes)のバイトです。

# %% [markdown] lang="en"
# # BPE: joining what often stands together {#bpe}
#
# In [lesson #](tokens.md#unknown), cutting into words failed at unknown words, and cutting into bytes made long rows.
# **BPE** (byte pair encoding), which GPT-2 uses, is the way between. It starts from bytes and joins, again and again, the two that most often stand side by side.
# First we do it by hand on a short string, then learn from the text of our world, and finally count why Japanese is expensive.
#
# All you need is the bytes of [lesson #](tokens.md#bytes).

# %% tags=["setup"]
from collections import Counter
from itertools import pairwise

import numpy as np

from llm_scratch import corpus, figures, tokenizer

# %% [markdown] lang="ja"
# ## 手でつなぐ {#by-hand}
#
# `aaabdaaabac` の隣り合う二つを数えます。

# %% [markdown] lang="en"
# ## Joining by hand {#by-hand}
#
# We count the neighbours in `aaabdaaabac`.

# %%
parts = list("aaabdaaabac")
pairs = Counter(pairwise(parts))
columns = {"pair": [a + b for a, b in pairs]}
figures.table(columns | {"count": list(pairs.values())})

# %% [markdown] lang="ja"
# いちばん多いのは `aa` です。左から順につなぎ、一つの部品にします。これを三回くり返します。

# %% [markdown] lang="en"
# The most frequent is `aa`. We join it, from left to right, into one part. We do this three times.

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
# 11 文字が 5 個になりました。二回めは、`ab` と `aa` に続く `a` が同じ回数です。同点のときは、先に作られた部品どうしを選びました。
# つなぐ順の一覧（**merges**）が、学んだことのすべてです。
#
# ## パッケージと同じになるか {#package}
#
# パッケージは、文字ではなくバイトで同じことをします。数え直すのは、つないで変わったところだけです。

# %% [markdown] lang="en"
# 11 characters have become 5 parts. In the second round, `ab` and the `a` after `aa` are equally frequent; between equals, we took the parts that came to be earlier.
# The list of what to join, in order (the **merges**), is all that was learned.
#
# ## Does the package agree? {#package}
#
# The package does the same with bytes instead of characters. It counts anew only what a merge has changed.

# %%
small = tokenizer.BPETokenizer.train("aaabdaaabac", vocab_size=259)
assert [small.decode([i]) for i in small.encode("aaabdaaabac")] == parts
figures.source(tokenizer.learn_merges)

# %% [markdown] lang="ja"
# ## ねこ の世界で学ぶ {#learn}
#
# 私たちの世界の文章から、空白も入れたまま学びます。一つ一つのバイトに、60 回のつなぎを足します。

# %% [markdown] lang="en"
# ## Learning from the world of ねこ {#learn}
#
# Now we learn from the text of our world, spaces and all (ねこ is cat). To the single bytes we add 60 merges.

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
# つなぐたびに、一文字あたりのトークン数が減っていきます。
#
# alt: 折れ線グラフ。横軸は語彙の大きさ、縦軸は一文字あたりのトークン数。右へ行くほど下がり、だんだん緩やかになる。

# %% [markdown] lang="en" tags=["caption"]
# With each merge, a character takes fewer tokens.
#
# alt: Line chart. The vocabulary grows to the right; height is the number of tokens per character. The line falls, more and more gently.

# %% [markdown] lang="ja"
# 見たことのない語も、バイトまで下りれば必ず表せます。戻せば、元の文です。

# %% [markdown] lang="en"
# Words never seen before can always be written, down to the bytes if need be. And back comes the same text.

# %%
samples = ["ねこ は ひるね が すき", "ねこはひるねがすき"]
samples += ["いるか", "a cat 🐈"]
encoded = [bpe.encode(sample) for sample in samples]
assert [bpe.decode(ids) for ids in encoded] == samples
figures.table({"text": samples, "tokens": list(map(len, encoded))})

# %% [markdown] lang="ja"
# よく見た文は短く、空白がないだけで長くなります。見たことのない いるか も、ほかの語で学んだ部品を使って表せました。絵文字は、バイトのままです。
#
# ## なぜ日本語は高くつくのか {#ledger}
#
# GPT-2 の語彙は、ほとんど英語の文章から学ばれました。GPT-2 では `猫` 一文字が 3 トークンです。
# 学んだ文章に出てこなければ、つなぎようがないからです。同じことを、英語だけで学んで確かめます。

# %% [markdown] lang="en"
# A familiar sentence is short, and grows when only its spaces are missing. いるか (dolphin), never seen, is written with parts learned from other words. The emoji stays bytes.
#
# ## Why Japanese is expensive {#ledger}
#
# GPT-2's vocabulary was learned from text that was nearly all English. In GPT-2, the one character `猫` (cat) takes 3 tokens.
# What does not occur in the text cannot be joined. We see the same when we learn from English alone.

# %%
line = "a cat likes naps and a dog likes walks and a bird likes songs\n"
english = tokenizer.BPETokenizer.train(line * 50, vocab_size=316)
both = ["猫", "ねこ は ひるね が すき", "a cat likes naps"]
assert len(english.encode("猫")) == 3
learned_from = {"English": english, "Japanese": bpe}
columns = {"text": both}
for language, learned in learned_from.items():
    lengths = [len(learned.encode(text)) for text in both]
    columns[f"learned from {language}"] = lengths
figures.table(columns)

# %% [markdown] lang="ja"
# 同じ意味の文でも、学んだことばかどうかで、トークンの数が何倍も違います。料金がトークンの数で決まり、文脈の長さもトークンで数えられるなら、その差はそのまま使う人の差になります。
#
# ## 簡単にしたこと {#simplified}
#
# - 先に空白や記号で語に分け、語の中だけでつなぎました（**pre-tokenization**）。GPT-2 も同じで、その切り方もパッケージに入っています。
# - GPT-2 の語彙そのものは使いませんでした。`BPETokenizer.load` は、GPT-2 の `vocab.json` と `merges.txt` をそのまま読めます。公表されている id と同じになることは、テストが確かめています。
# - 日本語のモデルの多くは、空白に頼らない **SentencePiece** で、日本語の文章から語彙を学びます。
#
# ## 練習 {#exercises}
#
# **1.** 語彙を増やし続けると、つなぐものはいつかなくなるでしょうか。`ab` だけの文章で確かめてください。

# %% [markdown] lang="en"
# For sentences of the same meaning, the number of tokens differs several times over, depending on which language was learned. Where one pays by the token, and context is measured in tokens, that difference falls on the people who write.
#
# ## What we simplified {#simplified}
#
# - Text is first cut into words at spaces and punctuation, and joining happens inside words only (**pre-tokenization**). GPT-2 does the same, and the package cuts as it does.
# - We did not use GPT-2's own vocabulary. `BPETokenizer.load` reads GPT-2's `vocab.json` and `merges.txt` as they are; a test checks that it gives the published ids.
# - Most Japanese models learn from Japanese text, with **SentencePiece**, which does not rely on spaces.
#
# ## Exercises {#exercises}
#
# **1.** If the vocabulary is to grow and grow, will there be nothing left to join some day? Check with a text that is only `ab`.

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
# なくなります。`ab` を一度つなぐと語が一つの部品になり、257 個で止まります。
#
# **2.** merges の前半を捨てると、後半はまだ使えるでしょうか。後半が部品として使っている、前半のつなぎを数えてください。

# %% [markdown] lang="en"
# Yes. After joining `ab` once, the word is a single part, and it stops at 257.
#
# **2.** Leave out the first half of the merges. Can the later ones still be used? Count the first ones that later ones have as parts.

# %% tags=["exercise"]
needed = ...  # how many of the first 30 merges
check("bpe.2", needed, bpe.merges)

# %% tags=["solution"]
parts_of_later = {i for pair in bpe.merges[30:] for i in pair}
needed = sum(256 <= i < 286 for i in parts_of_later)
assert check("bpe.2", needed, bpe.merges)
print(needed, "of the first 30 are parts of later ones")

# %% [markdown] lang="ja"
# そのままでは使えません。後のつなぎの一部は、先に作られた部品の上に立っているからです。順を守らずに適用するのは、よくある間違いです。
#
# ## 次へ {#next}
#
# トークンから、学習、生成まで、GPT の部品がひととおりそろいました。[第 # 回](gpt2.md)では、本物の GPT-2 の重みのファイルを読みます。

# %% [markdown] lang="en"
# Not as they are: some later merges stand on parts that were made before. Applying them out of order is a common mistake.
#
# ## Next {#next}
#
# From tokens through training to writing, the parts of a GPT are all here. In [lesson #](gpt2.md) we read the files of weights of the real GPT-2.
