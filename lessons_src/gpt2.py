# %% [markdown] lang="ja"
# # 本物の GPT-2：重みのファイルを読む {#gpt2}
#
# [第 # 回](block.md#counting)で数えたとおり、GPT-2 には、いちばん小さいものでも 1 億を超えるパラメータがあります。それはどんなファイルに入っているのでしょうか。
# この回では、私たちの GPT を学習させ、GPT-2 と同じ形式のファイルに書き、最初のバイトから読みます。
# そのあと、本物の重みを自分のコンピュータで動かす手順を示します。読むのに使うのは、同じ関数です。
#
# 必要なものは、[第 # 回](block.md#counting)の部品と、[第 # 回](bpe.md#bpe)のトークナイザです。

# %% [markdown] lang="en"
# # The real GPT-2: reading a file of weights {#gpt2}
#
# As counted in [lesson #](block.md#counting), even the smallest GPT-2 has more than a hundred million parameters. What kind of file are they in?
# In this lesson we train our GPT, write it to a file in GPT-2's format, and read that file from its first byte.
# Then come the steps that run the real weights on your own computer. The functions that read them are the same.
#
# All you need is the parts of [lesson #](block.md#counting) and the tokenizer of [lesson #](bpe.md#bpe).

# %% tags=["setup"]
import json
import mmap
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from llm_scratch import __main__ as command
from llm_scratch import checkpoint, corpus, figures, model, ops
from llm_scratch import tokenizer, train

# %% tags=["setup"]
world = corpus.cat_world()
words = world.text(np.random.default_rng(0), 20000)
temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
folder = Path(temporary.name) / "ours"

# %%
gpt2 = model.GPT2
columns = {"layers": gpt2.n_layers, "n_positions": gpt2.n_positions}
figures.table(columns | {"parameters": model.count_params(gpt2)})

# %% [markdown] lang="ja" tags=["caption"]
# labels: layers = 層の数

# %% [markdown] lang="en" tags=["caption"]
# labels: layers; parameters

# %% [markdown] lang="ja"
# ## モデルを用意する {#train}
#
# 1 行に 1 文ずつ書き、BPE のトークナイザで切ります。この世界では、マージできる組がなくなるまで学ぶと、1 つの語が 1 つのトークンになります。

# %% [markdown] lang="en"
# ## A model to save {#train}
#
# We write one sentence a line and cut with a BPE tokenizer. In this world, when no pair is left to merge, every word has become one token.

# %%
text = " ".join(words).replace(f"{corpus.END} ", f"{corpus.END}\n")
bpe = tokenizer.BPETokenizer.train(text, vocab_size=400)
ids = np.array(bpe.encode(text))
print(text[:18], bpe.vocab_size)
print([bpe.decode([i]) for i in ids[:8]])
assert len(ids) == len(words) + text.count("\n")

# %%
config = model.GPTConfig(
    bpe.vocab_size, n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0), np.float64)
rng = np.random.default_rng(2)
losses = train.train(params, config, ids, 400, rng, peak=0.02)
print(f"{losses[0]:.2f} -> {np.mean(losses[-20:]):.2f}")
assert np.mean(losses[-20:]) < 0.45

# %%
n = world.tokens_per_sentence
floor = world.full_context_floor * n / (n + 1)  # and a line break
print(f"{floor:.4f}")

# %% [markdown] lang="ja"
# 損失は 5.78 から 0.40 に下がりました。文ごとに改行のトークンが 1 つ増え、その場所は必ず「。」の次です。そのため、1 トークンあたりの下限も、[第 # 回](training.md#run)より低い 0.3953 になります。
#
# ## 4 つのファイル {#files}
#
# GPT-2 が配られているフォルダから、4 つのファイルを使います。`vocab.json` と `merges.txt` は[第 # 回](bpe.md#bpe)のトークナイザのもの、残りは設定と重みです。
# 重みは、本物と同じ float32 にしてから書きます。

# %% [markdown] lang="en"
# The loss fell from 5.78 to 0.40. Each sentence has one more token, the line break, which always follows `。`; so the floor per token is lower than in [lesson #](training.md#run): 0.3953.
#
# ## Four files {#files}
#
# From the folder in which GPT-2 is distributed, we use four files. `vocab.json` and `merges.txt` are the tokenizer's, as in [lesson #](bpe.md#bpe); the others are the settings and the weights.
# We turn the weights into float32, as the real ones are, and write them.

# %%
single = {name: p.astype(np.float32) for name, p in params.items()}
checkpoint.save_gpt2(folder, single, config)
bpe.save(folder)
files = sorted(folder.iterdir())
sizes = [path.stat().st_size for path in files]
figures.table({"file": [path.name for path in files], "bytes": sizes})

# %% [markdown] lang="ja" tags=["caption"]
# labels: file = ファイル

# %% [markdown] lang="en" tags=["caption"]
# labels: file; bytes

# %%
print((folder / "config.json").read_text())

# %% [markdown] lang="ja"
# 設定には、モデルの形を決める 5 つの数のほかに、GELU の近似の種類と、重み共有（weight tying、`tie_word_embeddings`）の有無が書かれています。重み共有とは、出力の層が、入力の埋め込みと同じ表を使うことです。名前は本家に合わせて、`d_model` が `n_embd` です。
#
# ## 最初のバイトから読む {#bytes}
#
# `model.safetensors` は、最初の 8 バイトがヘッダーの長さ、次が JSON のヘッダー、残りが数の並びです。

# %% [markdown] lang="en"
# Besides the five numbers that make the model's shape, the settings say which form of GELU it is, and that there is weight tying (`tie_word_embeddings`): the output layer uses the table of the input embeddings. The names are GPT-2's: `d_model` is `n_embd`.
#
# ## From the first byte {#bytes}
#
# `model.safetensors` begins with 8 bytes that hold the length of a header; then comes the header, in JSON; the rest is numbers.

# %%
raw = (folder / "model.safetensors").read_bytes()
(length,) = struct.unpack("<Q", raw[:8])  # little-endian, 64 bits
header, numbers = json.loads(raw[8 : 8 + length]), raw[8 + length :]
metadata = header.pop("__metadata__")
print(length, len(header), metadata)
place = header["transformer.h.0.attn.c_attn.weight"]
print(place)

# %% [markdown] lang="ja"
# ヘッダーには、テンソルごとに、型と形、置き場所（`data_offsets`）があります。場所がわかれば、そこの値を読めます。
# 名前の前には `transformer.` が付いています。`transformers` で保存するとこうなりますが、本物の GPT-2 のファイルの名前には[付いていません](https://huggingface.co/docs/safetensors/metadata_parsing)。どちらも読めるように書きます。

# %% [markdown] lang="en"
# For each tensor, the header gives type, shape and place (`data_offsets`). Once we know the place, we can read the numbers there.
# The names begin with `transformer.`, as they do when `transformers` saves a model, but those in the real GPT-2's file [do not](https://huggingface.co/docs/safetensors/metadata_parsing). We write it to read both.

# %%
def read_tensor(name):  # -> array
    name = name if name in header else f"transformer.{name}"
    start, end = header[name]["data_offsets"]
    flat = np.frombuffer(numbers[start:end], dtype="<f4")
    return flat.reshape(header[name]["shape"])

# %% check="bits"
c_attn = read_tensor("h.0.attn.c_attn.weight")
print(c_attn.dtype, c_attn.shape)
for name, p in single.items():
    assert read_tensor(name).tobytes() == p.tobytes()

# %% [markdown] lang="ja"
# どのテンソルも、[1 ビットも違わず](#check-bits)戻ってきました。どの部分がどれだけの場所を取るかも、ヘッダーから計算できます。

# %% [markdown] lang="en"
# Every tensor came back [bit for bit](#check-bits). How much room each part takes can be computed from the header, too.

# %% check="numbers-only"
kilobytes = dict.fromkeys(["wte", "wpe", "h.0", "h.1", "ln_f"], 0.0)
for name, place in header.items():
    assert place.keys() == {"dtype", "shape", "data_offsets"}
    start, end = place["data_offsets"]
    part = next(p for p in kilobytes if f".{p}." in name)
    kilobytes[part] += (end - start) / 1000
sizes = list(kilobytes.values())
assert round(sum(sizes) * 1000) == len(numbers)
figures.bar(list(kilobytes), sizes, x_label="part", y_label="kB")

# %% [markdown] lang="ja" tags=["caption"]
# この小さなモデルでは、2 つの block（h.0 と h.1）と、トークンの埋め込みの表（wte）が、場所のほとんどを占めています。
#
# alt: 棒グラフ。wte、wpe、h.0、h.1、ln_f の大きさ。h.0 と h.1 が同じ高さでいちばん高く、次が wte。wpe は低く、ln_f はほとんどない。
#
# labels: part = 部分; wte; wpe

# %% [markdown] lang="en" tags=["caption"]
# In this small model, the two blocks (h.0 and h.1) and the table of token embeddings (wte) take nearly all the room.
#
# alt: Bar chart of the sizes of wte, wpe, h.0, h.1 and ln_f. The two blocks are equally high and highest, wte comes next, wpe is low, and ln_f is next to nothing.
#
# labels: part; kB

# %% [markdown] lang="ja"
# ヘッダーの後にあるのは[テンソルの値だけで](#check-numbers-only)、余りのバイトはありません。Python の pickle と違い、読み込むときに[実行されるコードは入りません](https://huggingface.co/docs/safetensors/index)。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージの `load_gpt2` は、ファイルを**メモリマップ**（mmap）で開きます。ファイルの中身を、メモリの一部のように見せるやり方です。

# %% [markdown] lang="en"
# After the header come [only the tensors' numbers](#check-numbers-only): no byte is left over. Unlike a pickle of Python, the format [holds no code](https://huggingface.co/docs/safetensors/index) that would run on loading.
#
# ## Does the package agree? {#package}
#
# The package's `load_gpt2` opens the file as a **memory map** (mmap): its content appears as a part of memory.

# %%
def memory_below(array):  # -> what holds the numbers
    while isinstance(array, np.ndarray):
        array = array.base
    return array.obj if isinstance(array, memoryview) else array


# %% check="mapped"
loaded, loaded_config = checkpoint.load_gpt2(folder)
assert loaded_config == config
for name, p in loaded.items():
    by_hand = read_tensor(name)
    assert (p == by_hand).all() and not p.flags.writeable
    assert isinstance(memory_below(p), mmap.mmap)
    assert isinstance(memory_below(by_hand), bytes)
print(list(loaded)[:4])

# %%
figures.source(checkpoint.load_gpt2)

# %% [markdown] lang="ja"
# 値は手で読んだものと同じで、[コピーされていません](#check-mapped)。配列はファイルの上に開いた窓で、書き換えることはできません。
#
# ## 本物のファイルと同じ形にする {#real-file}
#
# 本物の `model.safetensors` は、ここで書いたものと 2 つの点で違います。名前に `transformer.` がなく、層ごとに因果マスクも入っています（`h.0.attn.bias` など）。
# 私たちの重みをその形に書き直して、`load_gpt2` に渡します。

# %% [markdown] lang="en"
# The numbers are those that we read by hand, and [none was copied](#check-mapped): the arrays are windows onto the file, and cannot be written to.
#
# ## In the form of the real file {#real-file}
#
# The real `model.safetensors` differs from ours in two ways: its names have no `transformer.`, and each layer has its causal mask beside it (such as `h.0.attn.bias`).
# We write our weights again in that form, and hand them to `load_gpt2`.

# %%
mask = np.tril(np.ones((1, 1, 32, 32), np.float32))
masks = {f"h.{i}.attn.bias": mask for i in range(2)}
real_form = Path(shutil.copytree(folder, folder.parent / "real"))
weights = real_form / "model.safetensors"
checkpoint.write_safetensors(weights, single | masks)

# %% check="real-file"
again, _ = checkpoint.load_gpt2(real_form)
assert again.keys() == loaded.keys()
assert all((again[name] == loaded[name]).all() for name in loaded)
in_file = checkpoint.read_safetensors(weights)[0]
figures.table({"tensors in file": len(in_file), "loaded": len(again)})

# %% [markdown] lang="ja" tags=["caption"]
# labels: tensors in file = ファイルのテンソル; loaded = 読み込まれたテンソル

# %% [markdown] lang="en" tags=["caption"]
# labels: tensors in file; loaded = tensors loaded

# %% [markdown] lang="ja"
# マスクは計算すれば済むので読み飛ばされ、[同じパラメータ](#check-real-file)が戻ってきました。
#
# ## 層ごとに、次の語を聞く {#layers}
#
# フォルダと書きかけの文から、層ごとに、次のトークンの上位 3 つを出します。どの大きさの GPT-2 でも動くように書きます。

# %% [markdown] lang="en"
# The masks, which are easily computed, are skipped, and [the same parameters](#check-real-file) came back.
#
# ## The next word, layer by layer {#layers}
#
# From a folder and the beginning of a sentence, we get the three likeliest next tokens after each layer. We write it so that it works for a GPT-2 of any size.

# %%
def top_tokens_by_layer(folder, prompt, n=3):  # -> rows of a table
    params, config = checkpoint.load_gpt2(folder)
    bpe = tokenizer.BPETokenizer.load(folder)
    ids = np.array([bpe.encode(prompt)])  # (1, T)
    stream, _ = model.trace(params, ids, config)
    rows = []
    for i, x in enumerate(stream):  # the embedding first
        after = f"layer {i - 1}" if i else "embedding"
        p = ops.softmax(model.unembed(params, x)[0, -1])
        for j in np.argsort(-p[: bpe.vocab_size])[:n]:
            rows.append((after, bpe.decode([j]).strip(), p[j]))
    return rows

# %%
rows = top_tokens_by_layer(folder, "ねこ は いつも とても")
names = ["after", "token", "probability"]
figures.table(dict(zip(names, zip(*rows), strict=True)))

# %% [markdown] lang="ja" tags=["caption"]
# labels: after = 通った後; embedding = 埋め込み

# %% [markdown] lang="en" tags=["caption"]
# labels: after

# %% [markdown] lang="ja"
# 埋め込みのすぐ後は、読んだばかりの「とても」をくり返します。層を 1 つ通ると、「ねこ」の好きな「ひるね」がいちばん上に来ます。[第 # 回](inside.md#logit-lens)の、別に学習させたモデルでは、最後の層で決まりました。
#
# ## 本物を動かす {#real}
#
# 本物の重みは大きいので、このサイトには置いていません。[手元のクローン](../follow.md#gpt2)で `pip install ".[gpt2]"` を済ませてから、次の 2 行を打ってください。1 行目で 4 つのファイルが届き、2 行目で文の続きが書かれます。

# %% [markdown] lang="en"
# Right after the embedding, it repeats とても (very), which it has just read. After one layer, the ひるね (nap) that ねこ (cat) loves is on top. In the model of [lesson #](inside.md#logit-lens), which was trained by itself, the last layer decided it.
#
# ## Running the real one {#real}
#
# The real weights are large, and are not on this site. In [your own clone](../follow.md#gpt2), do `pip install ".[gpt2]"` first, and then type these two lines. The first brings the four files, and the second goes on with a text.

# %% [markdown]
# ```sh
# python -m llm_scratch download --to gpt2
# python -m llm_scratch generate --checkpoint gpt2 --prompt "Tokyo is in"
# ```

# %% [markdown] lang="ja"
# ここでは、同じコマンドに、本物と同じ形にした私たちのフォルダを渡します。温度 0、つまり貪欲法（greedy）です。

# %% [markdown] lang="en"
# Here we hand the same command our own folder in the form of the real one. Temperature 0 makes it greedy.

# %%
options = ["--checkpoint", str(real_form), "--temperature", "0"]
options += ["--prompt", "ねこ は いつも とても", "--tokens", "4"]
command.main(["generate", *options])

# %% [markdown] lang="ja"
# 本物の 12 層について層ごとの表を出すには、この回のノートブックから、届いたフォルダの場所を渡して `top_tokens_by_layer("../gpt2", "Tokyo is in")` とします。
#
# ## 簡単にしたこと {#simplified}
#
# - GPT-2 は、文書の終わりを表す `<|endoftext|>` をもう 1 つのトークンとして持っています。文字ではないので、`top_tokens_by_layer` では候補から外しました。
# - 大きなモデルの重みは、いくつものファイルに分かれ、bfloat16 や 8 ビットで置かれることもあります。ここで読んだのは、1 つのファイルの float32 です。
#
# ## 練習 {#exercises}
#
# **1.** 本物の GPT-2 の `model.safetensors` は、テンソルの部分だけで何バイトになるでしょうか。12 層のそれぞれに、1024 × 1024 の因果マスクも float32 で入っています。

# %% [markdown] lang="en"
# For the table of the real one's 12 layers, call `top_tokens_by_layer("../gpt2", "Tokyo is in")` in this lesson's notebook, with the path of the folder that came.
#
# ## What we simplified {#simplified}
#
# - GPT-2 has one more token, `<|endoftext|>`, for the end of a document. It stands for no letters, so `top_tokens_by_layer` leaves it out.
# - The weights of large models may lie in many files, and in bfloat16 or 8 bits. What we read is one file of float32.
#
# ## Exercises {#exercises}
#
# **1.** How many bytes do the tensors take in the real GPT-2's `model.safetensors`? Each of its 12 layers has a causal mask of 1024 × 1024 in it as well, in float32.

# %% tags=["exercise"]
from llm_scratch.exercises import check

n_bytes = ...  # the bytes of all tensors
check("gpt2.1", n_bytes)

# %% tags=["solution"]
n_params = model.count_params(gpt2)
n_masked = gpt2.n_layers * gpt2.n_positions**2
n_bytes = 4 * (n_params + n_masked)
assert check("gpt2.1", n_bytes)
print(4 * n_params, 4 * n_masked, n_bytes, f"{n_bytes / 1e9:.2f}")

# %% [markdown] lang="ja"
# パラメータが 497759232 バイト、マスクが 50331648 バイト、合わせて 548090880 バイト、約 0.55 GB です。[公開されているヘッダー](https://huggingface.co/docs/safetensors/v0.3.2/en/metadata_parsing)の最後のテンソルも、ちょうど 548090880 で終わります。
#
# **2.** ファイルが途中で切れていたら、`load_gpt2` は何と言うでしょうか。半分に切って確かめてください。

# %% [markdown] lang="en"
# The parameters take 497759232 bytes and the masks 50331648, together 548090880, or about 0.55 GB. In the [published header](https://huggingface.co/docs/safetensors/v0.3.2/en/metadata_parsing), too, the last tensor ends at 548090880.
#
# **2.** What does `load_gpt2` say to a file that was cut off? Cut it in half and see.

# %% tags=["exercise"]
error_name = ...  # str: the name of the error's type
check("gpt2.2", error_name)

# %% tags=["solution"] check="cut"
def error_of_cut(n_bytes):  # -> the error
    cut = Path(shutil.copytree(folder, folder.parent / f"{n_bytes}"))
    (cut / "model.safetensors").write_bytes(raw[:n_bytes])
    try:
        checkpoint.load_gpt2(cut)
    except ValueError as error:
        return error


half, *others = map(error_of_cut, range(len(raw) // 2, len(raw), 9973))
error_name = type(half).__name__
print(*str(half).split(": ")[1:], sep=":\n")
assert check("gpt2.2", error_name)
assert all(others)
temporary.cleanup()

# %% [markdown] lang="ja"
# はみ出した最初のテンソルを名指しします。もっと後ろで切っても[断られ](#check-cut)、黙って違う数が読まれることはありませんでした。
#
# ## 次へ {#next}
#
# このフォルダは、ほかの道具でも読めます。[第 # 回](beyond.md)では、同じ形のモデルを手分けして学習させ、よその道具に渡し、戻してもらいます。

# %% [markdown] lang="en"
# It names the first tensor that does not fit. Cut at later points, it [was refused](#check-cut) as well: no wrong numbers were read in silence.
#
# ## Next {#next}
#
# Other tools can read this folder, too. In [lesson #](beyond.md) we share out the training of such a model, hand it to other tools, and take it back.
