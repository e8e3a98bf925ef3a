# %% [markdown] lang="ja"
# # トークン：文を番号の列にする {#tokens}
#
# モデルは数を計算します。文字のままでは、足すことも掛けることもできません。
# そこで文を**トークン**という部品に切り、一つずつに番号（**ID**）を付けます。この道具を**トークナイザ**（tokenizer）と呼びます。
# まず空白で切る、いちばん簡単なやり方を最後まで作ります。次に、知らない語と、空白のない日本語で、そのやり方が行きづまるところを見ます。

# %% [markdown] lang="en"
# # Tokens: a sentence as a row of numbers {#tokens}
#
# A model computes with numbers, and letters cannot be added or multiplied.
# So a sentence is cut into parts, called **tokens**, and each part gets a number, its **id**. What does this is a **tokenizer**.
# We build the simplest way, cutting at spaces, from start to end. Then we see where it gets stuck: at unknown words, and at Japanese, which has no spaces.

# %% tags=["setup"]
from llm_scratch import figures, tokenizer

# %%
sentence = "ねこ は ひるね が すき"
tokens = sentence.split()
print(tokens)

# %% [markdown] lang="ja"
# ## 語彙と ID {#vocabulary}
#
# 文に出てくる語を、重なりを除いて並べたものが**語彙**です。並べる順は、文字の番号（Unicode の**コードポイント**）の順にします。
# 順はどう決めても構いませんが、いつも同じでなければなりません。ID は、この並びの何番目か、です。

# %% [markdown] lang="en"
# ## Vocabulary and ids {#vocabulary}
#
# The sentence `ねこ は ひるね が すき` says "cats like naps": ねこ is cat, ひるね nap, すき like; は and が are particles.
# Its words, each taken once, are the **vocabulary**. We sort them by the numbers of their characters, the **code points** of Unicode.
# Any order will do, as long as it is always the same. The id of a word is its place in this order.

# %% check="code-points"
vocab = sorted(set(tokens))
token_to_id = {token: i for i, token in enumerate(vocab)}
code_points = [f"U+{ord(token[0]):04X}" for token in vocab]
assert vocab == sorted(tokens, key=lambda token: list(map(ord, token)))
columns = {"id": range(5), "token": vocab}
figures.table(columns | {"first code point": code_points})

# %% [markdown] lang="ja" tags=["caption"]
# labels: first code point = 最初のコードポイント

# %% [markdown] lang="ja"
# 「が」が 0、「すき」が 1 になりました。番号を決めているのは[文字のコードポイント](#check-code-points)で、意味は関わっていません。
# これで、文を番号の列に変えられます。

# %% [markdown] lang="en"
# が got 0 and すき got 1. The ids are settled by the [code points of the characters](#check-code-points); meaning plays no part in it.
# Now the sentence can be turned into a row of numbers.

# %%
ids = [token_to_id[token] for token in tokens]
figures.table({"position": range(5), "token": tokens, "id": ids})

# %% [markdown] lang="ja"
# `[2, 3, 4, 0, 1]` が、モデルに渡るもののすべてです。逆向きの表を引けば、もとの文に戻ります。

# %% [markdown] lang="en"
# `[2, 3, 4, 0, 1]` is all that reaches the model. Looking the numbers up the other way round gives the sentence back.

# %% [markdown]
# ```pycon
# >>> ids
# [2, 3, 4, 0, 1]
# >>> " ".join(vocab[i] for i in ids)
# 'ねこ は ひるね が すき'
# >>> [token_to_id[token] for token in "すき が ねこ".split()]
# [1, 0, 2]
# ```

# %% [markdown] lang="ja"
# ## パッケージの実装と照合する {#package}
#
# 同じ 3 つのこと（語彙を作る、ID にする、文に戻す）を、`WordTokenizer` がします。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# `WordTokenizer` does the same three things: it makes the vocabulary, turns words into ids, and turns ids back.

# %%
words = tokenizer.WordTokenizer.from_text(sentence)
assert words.vocab == vocab
assert words.encode(sentence) == ids
assert words.decode(ids) == sentence
figures.source(tokenizer.WordTokenizer)

# %% [markdown] lang="ja"
# ## 知らない語 {#unknown}
#
# 「いぬ」は、この語彙にありません。ID がないものは、計算のしようがありません。パッケージは、黙って進まずに止まります。

# %% [markdown] lang="en"
# ## Unknown words {#unknown}
#
# いぬ (dog) is not in this vocabulary. What has no id cannot be computed with. The package does not carry on in silence; it stops.

# %% [markdown]
# ```pycon
# >>> words.encode("いぬ が すき")
# Traceback (most recent call last):
#     ...
# ValueError: unknown word 'いぬ': the vocabulary has 5 words
# ```

# %% [markdown] lang="ja"
# 昔からある逃げ道は、知らない語をすべて `<unk>` という一つのトークンに置き換えることです。止まらなくはなりますが、何かが失われます。

# %% [markdown] lang="en"
# A time-honoured way out is to replace every unknown word by one token, `<unk>`. Nothing stops any more, but something is lost.

# %% check="same-ids"
def encode_with_unk(text):
    known = [*vocab, "<unk>"]
    kept = [t if t in known else "<unk>" for t in text.split()]
    return [known.index(token) for token in kept]


dog = encode_with_unk("いぬ が すき")
bird = encode_with_unk("とり が すき")
assert dog == bird
print(dog, bird)

# %% [markdown] lang="ja"
# 「いぬ」と「とり」が、[同じ番号の列](#check-same-ids)になりました。ID から文に戻すこともできません。失われたのは、いちばん知りたい語です。
#
# ## 日本語には空白がない {#no-spaces}
#
# もっと困ることがあります。ふつうの日本語は、空白を入れずに書きます。

# %% [markdown] lang="en"
# いぬ (dog) and とり (bird) have become [the same row of numbers](#check-same-ids), and no way leads from the ids back to the text. What was lost is the word we would most like to know.
#
# ## Japanese has no spaces {#no-spaces}
#
# There is worse. Ordinary Japanese puts no spaces between its words.

# %% [markdown]
# ```pycon
# >>> text = "ねこはひるねがすき"
# >>> text.split()
# ['ねこはひるねがすき']
# >>> list(text)
# ['ね', 'こ', 'は', 'ひ', 'る', 'ね', 'が', 'す', 'き']
# ```

# %% [markdown] lang="ja"
# 空白で切ると、文まるごとが一つのトークンになります。これでは、見たことのない文はどれも知らない語です。
# 一文字ずつ切れば必ず切れますが、「ね」や「る」という一文字からは意味がつかみにくく、列も長くなります。漢字まで入れると、文字の種類は[何万にも](https://www.unicode.org/faq/han_cjk.html)なります。
#
# ## バイトまで下りる {#bytes}
#
# 文字よりさらに下に、**バイト**があります。ファイルや通信では、文字はたいてい UTF-8 という決まりで、8 ビットの数の列になっています。

# %% [markdown] lang="en"
# Cut at spaces, the whole sentence is a single token. That way every sentence we have not seen is an unknown word.
# Cutting it into characters always works, but a single ね or る tells little, and rows get long. With kanji included, there are [tens of thousands](https://www.unicode.org/faq/han_cjk.html) of characters.
#
# ## Down to the bytes {#bytes}
#
# Below characters there are **bytes**. In files and on networks, text is mostly kept as numbers of 8 bits, by a rule called UTF-8.

# %% [markdown]
# ```pycon
# >>> list("ねこ".encode("utf-8"))
# [227, 129, 173, 227, 129, 147]
# >>> "ねこ".encode("utf-8").hex(" ")
# 'e3 81 ad e3 81 93'
# >>> bytes([227, 129, 173, 227, 129, 147]).decode("utf-8")
# 'ねこ'
# >>> 2**8
# 256
# ```

# %% [markdown] lang="ja"
# かなは一文字が 3 バイトです。最初の 2 つ、227 と 129 は、「ね」にも「こ」にも共通です。
# バイトは全部で 256 種類なので、語彙は 256 個で足ります。漢字でも絵文字でもバイトの列になり、知らないトークンは現れません。次の表で、文字数とバイト数を比べましょう。

# %% [markdown] lang="en"
# A kana takes 3 bytes. The first two of them, 227 and 129, are the same in ね and in こ.
# There are 256 different bytes, so a vocabulary of 256 is enough. A kanji or an emoji is a row of bytes as well, and no token is unknown. The next table compares characters and bytes.

# %%
samples = ["ねこ", "cat", "猫", "🐈"]
utf8 = [list(sample.encode("utf-8")) for sample in samples]
assert [bytes(row).decode("utf-8") for row in utf8] == samples
columns = {"text": [repr(s) for s in samples]}
columns |= {"characters": [len(s) for s in samples]}
figures.table(columns | {"bytes": [len(row) for row in utf8]})

# %% [markdown] lang="ja" tags=["caption"]
# labels: characters = 文字数; 'cat'

# %% [markdown] lang="en" tags=["caption"]
# labels: 'ねこ'; '猫'

# %% [markdown] lang="ja"
# ## 細かく切るほど、列は長い {#lengths}
#
# 同じ文を 3 通りに切り、トークンの数を比べます。空白も一つの文字、一つのバイトと数えます。

# %% [markdown] lang="en"
# ## The finer the cut, the longer the row {#lengths}
#
# Let us cut the same sentence in three ways and count the tokens. A space counts as a character, and as a byte.

# %%
cuts = {"a word": tokens, "a character": list(sentence)}
cuts["a byte"] = list(sentence.encode("utf-8"))
lengths = [len(cut) for cut in cuts.values()]
figures.bar(list(cuts), lengths, x_label="a token is", y_label="tokens")

# %% [markdown] lang="ja" tags=["caption"]
# 同じ文のトークン数。語なら 5、文字なら 13、バイトなら 31 です。
#
# alt: 棒グラフ。左から語、文字、バイト。右へ行くほど高く、バイトの棒は語の棒の 6 倍ほどある。
#
# labels: a token is = 1 トークンの単位; a word = 語; a character = 文字; a byte = バイト

# %% [markdown] lang="en" tags=["caption"]
# How many tokens the same sentence takes: 5 as words, 13 as characters, 31 as bytes.
#
# alt: Bar chart with words, characters and bytes from left to right. The bars grow; that of bytes is about 6 times as tall as that of words.

# %% [markdown] lang="ja"
# 大きな部品は、列が短くなる代わりに、語彙が大きくなり、知らないものが出ます。小さな部品は、その逆です。
# 実際のモデルは間を取ります。よく出るつながりは一つのトークンに、珍しいものは細かい部品に切ります（**サブワード**）。
#
# ## 簡単にしたこと {#simplified}
#
# - 語で切りました。GPT-2 は、バイトから始めて、よく隣り合うものを順にマージした部品を使います（**BPE**、byte pair encoding、[第 # 回](bpe.md#bpe)）。
# - 語彙を一文から作りました。GPT-2 の語彙は、大量の文章から作った[約 5 万個](https://huggingface.co/openai-community/gpt2)です。
# - 空白で切れる日本語を使いました。切れ目を辞書で探す道具は**形態素解析器**（MeCab など）、空白で切らずに生の文からサブワードを学ぶ道具は **SentencePiece** です。
# - 文章の終わりの印を付けませんでした。GPT-2 では、`<|endoftext|>` という**特殊トークン**が、文章の切れ目を伝えます。
#
# ## 練習 {#exercises}
#
# **1.** 語彙に「いぬ」を足すには、もとの文をどう変えればよいでしょうか。そのとき、ほかの語の ID はどうなるでしょうか。

# %% [markdown] lang="en"
# Large parts make short rows, but take a large vocabulary and leave some words unknown. Small parts do the opposite.
# Real models settle in between: what often occurs together is one token, what is rare is cut finer (**subwords**).
#
# ## What we simplified {#simplified}
#
# - We cut into words. GPT-2 starts from bytes and merges, step by step, those that often stand side by side (**BPE**, byte pair encoding, [lesson #](bpe.md#bpe)).
# - Our vocabulary came from one sentence. GPT-2's came from a great deal of text, and has [about fifty thousand](https://huggingface.co/openai-community/gpt2) tokens.
# - Our Japanese had spaces. Tools that find the cuts with a dictionary are called **morphological analysers** (MeCab is one); a tool that learns subwords straight from raw text, not cut at spaces, is **SentencePiece**.
# - We did not mark the end of a text. GPT-2 has a **special token** for that, `<|endoftext|>`.
#
# ## Exercises {#exercises}
#
# **1.** What text would you start from to have いぬ in the vocabulary? What happens to the ids of the other words?

# %% tags=["exercise"]
from llm_scratch.exercises import check

new_ids = ...  # the ids of sentence in the new vocabulary
check("tokens.1", new_ids, ids)

# %% tags=["solution"]
larger = tokenizer.WordTokenizer.from_text(sentence + " いぬ")
new_ids = larger.encode(sentence)
assert larger.vocab[0] == "いぬ"
assert check("tokens.1", new_ids, ids)
print(larger.vocab, new_ids)

# %% [markdown] lang="ja"
# 「いぬ」は「い」で始まるので先頭に入り、ほかの ID はすべて一つずれます。学習を終えたモデルの語彙を並べ直すと、同じ語に別の番号が付き、モデルには別の文になってしまいます。
#
# **2.** `words.decode(words.encode(text))` が `text` と違うのは、どんなときでしょうか。知らない語のほかに探してください。

# %% [markdown] lang="en"
# いぬ begins with い, so it comes first, and every other id moves up by one. Sort the vocabulary of a trained model anew, and the same words get other ids: to the model, another sentence.
#
# **2.** When does `words.decode(words.encode(text))` differ from `text`? Look for a case other than unknown words.

# %% tags=["exercise"]
spaced = ...  # a text of known words
check("tokens.2", spaced, words)

# %% tags=["solution"]
spaced = "ねこ  は\nすき"
back = words.decode(words.encode(spaced))
assert back != spaced and back == "ねこ は すき"
assert check("tokens.2", spaced, words)
print(repr(spaced), repr(back))

# %% [markdown] lang="ja"
# 空白が 2 つ続いたり、改行があったりするときです。どれも空白一つになって戻ります。バイトで切れば、これも失われません。
#
# **3.** 「ねこ」のバイトの、最初の 4 つを文字に戻せるでしょうか。

# %% [markdown] lang="en"
# When there are two spaces in a row, or a line break. Each comes back as a single space. Cutting into bytes loses none of this.
#
# **3.** Can the first four bytes of ねこ be turned back into characters?

# %% tags=["exercise"]
first_four = ...  # str
check("tokens.3", first_four)

# %% tags=["solution"]
cut_off = "ねこ".encode("utf-8")[:4]
first_four = cut_off.decode("utf-8", errors="replace")
assert check("tokens.3", first_four)
print(first_four)

# %% [markdown] lang="ja"
# 「ね」は戻りますが、4 つ目のバイトは「こ」の最初のバイトにすぎず、文字になりません（`errors="replace"` は � に置き換えます）。バイトを一つずつ書き出すモデルの画面に、ときどき � が現れることがあります。文字の途中まで出したところで表示すると、こうなります。
#
# ## 次へ {#next}
#
# 文は番号の列になりました。[第 # 回](embeddings.md#embeddings)では、番号に場所を与えます。

# %% [markdown] lang="en"
# ね comes back, but the fourth byte is the beginning of こ and makes no character (`errors="replace"` shows it as �). A model that writes byte by byte sometimes lets a � through: what it wrote was shown in the middle of a character.
#
# ## Next {#next}
#
# The sentence is a row of numbers now. [Lesson #](embeddings.md#embeddings) gives the numbers a place.
