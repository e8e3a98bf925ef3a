# %% [markdown] lang="ja"
# # 本物の GPT-2：重みのファイルを読む {#gpt2}
#
# [第 # 回](block.md#counting)で数えたとおり、GPT-2 には、いちばん小さいものでも 1 億を超えるパラメータがあります。それはどんなファイルに入っているのでしょうか。
# この回では、私たちの GPT を学習させ、GPT-2 と同じ名前、同じ形のファイルに書き、一バイトめから読みます。
# そのあと、本物の重みを自分のコンピューターで動かす手順を示します。通る道はまったく同じです。
#
# 必要なものは、[第 # 回](block.md#counting)の部品と、[第 # 回](bpe.md#bpe)のトークンです。

# %% [markdown] lang="en"
# # The real GPT-2: reading a file of weights {#gpt2}
#
# As counted in [lesson #](block.md#counting), even the smallest GPT-2 has more than a hundred million parameters. What kind of file are they in?
# In this lesson we train our GPT, write it to a file with GPT-2's names and shapes, and read that file from its first byte.
# Then come the steps that run the real weights on your own computer. They go exactly the same way.
#
# All you need is the parts of [lesson #](block.md#counting) and the tokens of [lesson #](bpe.md#bpe).

# %% tags=["setup"]
import json
import struct
import tempfile
from pathlib import Path

import numpy as np

from llm_scratch import __main__ as command
from llm_scratch import checkpoint, corpus, figures, model, ops
from llm_scratch import tokenizer, train

words = corpus.cat_world().text(np.random.default_rng(0), 20000)
temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
folder = Path(temporary.name)

# %%
print(model.count_params(model.GPT2))

# %% [markdown] lang="ja"
# ## 一つのモデルを用意する {#train}
#
# 一行に一文ずつ書き、BPE で切ります。この世界では、つなげるものがなくなるまでつなぐと、一つの語が一つのトークンになります。

# %% [markdown] lang="en"
# ## A model to save {#train}
#
# We write one sentence a line and cut with BPE. In this world, when there is nothing left to join, every word has become one token.

# %%
text = " ".join(words).replace(f"{corpus.END} ", f"{corpus.END}\n")
bpe = tokenizer.BPETokenizer.train(text, vocab_size=400)
ids = np.array(bpe.encode(text))
print(text[:18], bpe.vocab_size)
print([bpe.decode([i]) for i in ids[:8]])

# %%
config = model.GPTConfig(
    bpe.vocab_size, n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0), np.float64)
rng = np.random.default_rng(2)
losses = train.train(params, config, ids, 400, rng, peak=0.02)
print(f"{losses[0]:.2f} -> {np.mean(losses[-20:]):.2f}")
assert np.mean(losses[-20:]) < 0.45

# %% [markdown] lang="ja"
# ## 四つのファイル {#files}
#
# GPT-2 は、四つのファイルが入ったフォルダとして配られています。語彙の二つは[第 # 回](bpe.md#bpe)のもの、残りは設定と重みです。
# 重みは、本物と同じ float32 にしてから書きます。

# %% [markdown] lang="en"
# ## Four files {#files}
#
# GPT-2 comes as a folder of four files. Two hold the vocabulary, as in [lesson #](bpe.md#bpe); the others are the settings and the weights.
# We turn the weights into float32, as the real ones are, and write them.

# %%
single = {name: p.astype(np.float32) for name, p in params.items()}
checkpoint.save_gpt2(folder, single, config)
bpe.save(folder)
files = sorted(folder.iterdir())
sizes = [path.stat().st_size for path in files]
figures.table({"file": [path.name for path in files], "bytes": sizes})

# %%
print((folder / "config.json").read_text())

# %% [markdown] lang="ja"
# 設定は五つの数のほかに、GELU の近似の種類や、出口が入口と同じ表であること（`tie_word_embeddings`）を言っています。名前は本家に合わせて、`d_model` が `n_embd` です。
#
# ## 一バイトめから読む {#bytes}
#
# `model.safetensors` は、はじめの 8 バイトに見出しの長さ、次に JSON の見出し、残りが数の並びです。

# %% [markdown] lang="en"
# Besides the five numbers, the settings say which form of GELU it is, and that the way out is the table of the way in (`tie_word_embeddings`). The names are GPT-2's: `d_model` is `n_embd`.
#
# ## From the first byte {#bytes}
#
# `model.safetensors` begins with 8 bytes that hold the length of a header; then comes the header, in JSON; the rest is numbers.

# %%
raw = (folder / "model.safetensors").read_bytes()
(length,) = struct.unpack("<Q", raw[:8])  # little-endian, 64 bits
header, numbers = json.loads(raw[8 : 8 + length]), raw[8 + length :]
print(length, len(header))
print(header["transformer.h.0.attn.c_attn.weight"])

# %% [markdown] lang="ja"
# 見出しには、テンソルごとに、型と形、置き場所（`data_offsets`）があります。場所がわかれば、そこの数を読むだけです。

# %% [markdown] lang="en"
# For each tensor, the header gives type, shape and place (`data_offsets`). Knowing the place, all that is left is to read the numbers there.

# %%
def read_tensor(name):  # -> array
    start, end = header[name]["data_offsets"]
    flat = np.frombuffer(numbers[start:end], dtype="<f4")
    return flat.reshape(header[name]["shape"])


c_attn = read_tensor("transformer.h.0.attn.c_attn.weight")
print(c_attn.dtype, c_attn.shape)
assert (c_attn == single["h.0.attn.c_attn.weight"]).all()

# %% [markdown] lang="ja"
# 一ビットの違いもなく戻ってきました。どの部分がどれだけの場所を取るかも、見出しだけでわかります。

# %% [markdown] lang="en"
# It came back without a single bit changed. The header alone also tells how much room each part takes.

# %%
kilobytes = dict.fromkeys(["wte", "wpe", "h.0", "h.1", "ln_f"], 0.0)
for name, place in header.items():
    for part in kilobytes:
        if name.startswith(f"transformer.{part}."):
            start, end = place["data_offsets"]
            kilobytes[part] += (end - start) / 1000
sizes = list(kilobytes.values())
assert round(sum(sizes) * 1000) == len(numbers)
figures.bar(list(kilobytes), sizes, x_label="part", y_label="kB")

# %% [markdown] lang="ja" tags=["caption"]
# この小さなモデルでは、二つの block（h.0 と h.1）と、トークンの表（wte）が場所を分け合っています。
#
# alt: 棒グラフ。wte、wpe、h.0、h.1、ln_f の大きさ。h.0 と h.1 が同じ高さでいちばん高く、次が wte。wpe は低く、ln_f はほとんどない。

# %% [markdown] lang="en" tags=["caption"]
# In this small model, the two blocks (h.0 and h.1) and the table of tokens (wte) share the room.
#
# alt: Bar chart of the sizes of wte, wpe, h.0, h.1 and ln_f. The two blocks are equally high and highest, wte comes next, wpe is low, and ln_f is next to nothing.

# %% [markdown] lang="ja"
# ## パッケージと同じになるか {#package}
#
# パッケージの `load_gpt2` は、ファイルを読み込む代わりに、メモリに**写像**します（memory mapping）。数は、使われたときに初めて読まれます。
# だから大きなファイルでも、開くのは一瞬です。中のものは数だけで、実行されるものはありません。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# Instead of reading the file, the package's `load_gpt2` **maps** it into memory (memory mapping). Numbers are read when they are first used.
# So opening even a large file takes no time. There is nothing inside but numbers: nothing that could run.

# %%
loaded, loaded_config = checkpoint.load_gpt2(folder)
assert loaded_config == config
for name in params:
    assert (loaded[name] == read_tensor(f"transformer.{name}")).all()
print(list(loaded)[:4])
figures.source(checkpoint.load_gpt2)

# %% [markdown] lang="ja"
# ## 層ごとに、次の語を聞く {#layers}
#
# フォルダ一つと書きかけの文から、層ごとに、次のトークンの上位三つを出します。どの大きさの GPT-2 でも動くように書きます。

# %% [markdown] lang="en"
# ## The next word, layer by layer {#layers}
#
# From a folder and the beginning of a sentence, we get the three likeliest next tokens after each layer. We write it so that it works for a GPT-2 of any size.

# %%
def top_tokens_by_layer(folder, prompt, n=3):
    params, config = checkpoint.load_gpt2(folder)
    bpe = tokenizer.BPETokenizer.load(folder)
    ids = np.array([bpe.encode(prompt)])  # (1, T)
    stream, _ = model.trace(params, ids, config)
    rows = []  # one for each layer, the embedding first
    for x in stream:
        p = ops.softmax(model.unembed(params, x)[0, -1])
        best = np.argsort(-p)[:n]
        rows.append([f"{bpe.decode([j])} {p[j]:.2f}" for j in best])
    return rows

# %%
rows = top_tokens_by_layer(folder, "ねこ は いつも とても")
columns = {"after": ["embedding", "h.0", "h.1"]}
for k in range(3):
    columns[f"top {k + 1}"] = [row[k] for row in rows]
figures.table(columns)

# %% [markdown] lang="ja"
# 埋め込みのすぐ後は、読んだばかりの語をくり返すだけです。層を一つ通ると、ねこ の好きな ひるね がいちばん上に来ます。
#
# ## 本物を動かす {#real}
#
# 本物の重みは大きいので、このサイトには置いていません。手もとで次の二行を打つと、一行めで四つのファイルが届き、二行めで文が続きます。
# 必要なのは `pip install huggingface_hub` だけです。

# %% [markdown] lang="en"
# Right after the embedding, it just repeats the word it has read. After one layer, the ひるね (naps) that ねこ (cat) loves is on top.
#
# ## Running the real one {#real}
#
# The real weights are large, and are not on this site. With these two lines on your own computer, the first brings the four files, and the second goes on with a text.
# All it takes is `pip install huggingface_hub`.

# %% [markdown]
# ```sh
# python -m llm_scratch download --to gpt2
# python -m llm_scratch generate --checkpoint gpt2 --prompt "Tokyo is in"
# ```

# %% [markdown] lang="ja"
# ここでは、同じ命令に、私たちのフォルダを渡します。

# %% [markdown] lang="en"
# Here we hand the same command our own folder.

# %%
options = ["--checkpoint", str(folder), "--temperature", "0"]
options += ["--prompt", "ねこ は いつも とても", "--tokens", "4"]
command.main(["generate", *options])

# %% [markdown] lang="ja"
# 層ごとの表も、`top_tokens_by_layer("gpt2", "Tokyo is in")` とするだけで、本物の 12 層について出ます。
#
# ## 簡単にしたこと {#simplified}
#
# - GPT-2 のファイルには、パラメータのほかに因果マスクも入っています。計算すれば済むので、`load_gpt2` は読み飛ばします。
# - GPT-2 は、文の終わりを表す `<|endoftext|>` をもう一つのトークンとして持っています。私たちの世界では、改行がその役目をしています。
# - 大きなモデルの重みは、いくつものファイルに分かれ、bfloat16 や 8 ビットで置かれています。ここで読んだのは、一つのファイルの float32 です。
#
# ## 練習 {#exercises}
#
# **1.** 本物の GPT-2 の `model.safetensors` は、数の部分だけで何バイトになるでしょうか。パラメータの数から計算してください。

# %% [markdown] lang="en"
# The table by layers, too, comes for the 12 layers of the real one from `top_tokens_by_layer("gpt2", "Tokyo is in")`.
#
# ## What we simplified {#simplified}
#
# - GPT-2's file holds causal masks besides the parameters. They are easily computed, so `load_gpt2` skips them.
# - GPT-2 has one more token, `<|endoftext|>`, for the end of a text. In our world a new line does that job.
# - The weights of large models lie in many files, in bfloat16 or 8 bits. What we read is one file of float32.
#
# ## Exercises {#exercises}
#
# **1.** How many bytes do the numbers take in the real GPT-2's `model.safetensors`? Work it out from the number of parameters.

# %% tags=["exercise"]
from llm_scratch.exercises import check

n_bytes = ...  # the bytes of all numbers
check("gpt2.1", n_bytes)

# %% tags=["solution"]
n_bytes = 4 * model.count_params(model.GPT2)
assert check("gpt2.1", n_bytes)
print(n_bytes, f"{n_bytes / 1e9:.1f} GB")

# %% [markdown] lang="ja"
# float32 は一つ 4 バイトなので、497759232 バイト、約 0.5 GB です。
#
# **2.** ファイルが途中で切れていたら、`load_gpt2` は何と言うでしょうか。半分に切って確かめてください。

# %% [markdown] lang="en"
# A float32 takes 4 bytes, which makes 497759232 bytes, about 0.5 GB.
#
# **2.** What does `load_gpt2` say to a file that was cut off? Cut it in half and see.

# %% tags=["exercise"]
error_name = ...  # str: the name of the error's type
check("gpt2.2", error_name)

# %% tags=["solution"]
(folder / "model.safetensors").write_bytes(raw[: len(raw) // 2])
try:
    checkpoint.load_gpt2(folder)
except ValueError as error:
    error_name = type(error).__name__
    *_, what, why = str(error).split(": ")
print(what, why, sep=":\n")
assert why == "it ends after the file"
assert check("gpt2.2", error_name)
temporary.cleanup()

# %% [markdown] lang="ja"
# はみ出した最初のテンソルを名指しします。黙って違う数を読むことはありません。
#
# ## 次へ {#next}
#
# このフォルダは、ほかの道具でも読めます。[第 # 回](beyond.md)では、このモデルを手分けして学習させ、よその道具に渡し、戻してもらいます。

# %% [markdown] lang="en"
# It names the first tensor that does not fit. It never reads wrong numbers in silence.
#
# ## Next {#next}
#
# Other tools can read this folder, too. In [lesson #](beyond.md) we share out the training of such a model, hand it to other tools, and take it back.
