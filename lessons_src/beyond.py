# %% [markdown] lang="ja"
# # データ並列：複数のプロセスで学習する {#beyond}
#
# 大きなモデルは、[何千もの装置](https://arxiv.org/abs/2407.21783)が手分けして学習させます。そのいちばん基本の形が**データ並列**（data parallelism）です。
# この回では、バッチを 2 つに分けて勾配を平均すると、まとめて計算したのと同じ 1 歩になることを見ます。次に、2 つのプロセスで学習させます。
# 最後に、モデルを PyTorch に渡して続きを学習させ、NumPy に戻す道を示します。
#
# 必要なものは、[第 # 回](training.md#run)の学習と、[第 # 回](gpt2.md#files)のファイルです。

# %% [markdown] lang="en"
# # Data parallelism: training with several processes {#beyond}
#
# Large models are trained by [thousands of devices](https://arxiv.org/abs/2407.21783) together. The most basic way is **data parallelism**.
# In this lesson we see that two halves of a batch, their gradients averaged, give the same step as the whole. Then two processes train together.
# Finally comes the way to PyTorch, where the model is trained further, and back to NumPy.
#
# All you need is the training of [lesson #](training.md#run) and the files of [lesson #](gpt2.md#files).

# %% tags=["setup"]
import tempfile
from pathlib import Path

import numpy as np

from llm_scratch import checkpoint, corpus, figures, model, optim
from llm_scratch import parallel, tokenizer, train, with_torch

text = " ".join(corpus.cat_world().text(np.random.default_rng(0), 5000))
bpe = tokenizer.BPETokenizer.train(text, vocab_size=400)
ids = np.array(bpe.encode(text))
config = model.GPTConfig(
    bpe.vocab_size, n_positions=32, d_model=32, n_heads=4, n_layers=2
)
params = model.init_params(config, np.random.default_rng(0), np.float64)

# %% [markdown] lang="ja"
# ## 半分ずつの平均は、全部の平均 {#halves}
#
# 損失はトークンごとの損失の平均でした。勾配も、窓ごとの勾配の平均になるはずです。
# 8 個の窓を 4 個ずつに分けて、2 つの勾配を平均し、まとめて計算したものと比べます。

# %% [markdown] lang="en"
# ## The mean of two halves is the mean of all {#halves}
#
# The loss was a mean over tokens. The gradient, then, should be a mean of the gradients of the windows.
# We split 8 windows into 4 and 4, average the two gradients, and compare with computing all at once.

# %%
inputs, targets = train.batch(ids, 8, 32, np.random.default_rng(1))


def loss_and_grads_of(part):  # slice of the windows
    data = inputs[part], targets[part]
    return model.loss_and_grads(params, *data, config)


whole_loss, whole = loss_and_grads_of(slice(0, 8))
halves = [loss_and_grads_of(slice(h, 8, 2)) for h in (0, 1)]
(first_loss, first), (second_loss, second) = halves
averaged = {n: (first[n] + second[n]) / 2 for n in params}

# %% check="mean"
gap = max(abs(averaged[name] - whole[name]).max() for name in params)
print([f"{loss:.6f}" for loss, _ in halves], f"{whole_loss:.6f}")
assert gap < 1e-12
assert np.isclose((first_loss + second_loss) / 2, whole_loss)

# %% [markdown] lang="ja"
# 半分ずつの損失は違っても、平均すれば全体と一致します。勾配の差も[丸め誤差の大きさ](#check-mean)です。
# つまり、半分ずつを別のプロセスや機械に任せ、勾配をやり取りすればよいのです。勾配を足し合わせて、その和をすべてのプロセスに配る操作を **all-reduce** と言います。
#
# 分け方が同じ大きさでないときは、窓の数で重みを付けて平均します。

# %% [markdown] lang="en"
# The two halves have different losses, but their mean is that of the whole. The gradients, too, agree [up to rounding](#check-mean).
# So each half can go to another process or machine, if they exchange their gradients. Adding up gradients and giving the sum to every process is called **all-reduce**.
#
# If the parts differ in size, the mean is weighted by the number of windows.

# %%
parts = [(slice(0, 6), 6 / 8), (slice(6, 8), 2 / 8)]
weighted = sum(w * loss_and_grads_of(part)[0] for part, w in parts)
print(f"{weighted:.6f}")
assert np.isclose(weighted, whole_loss)

# %% [markdown] lang="ja"
# ## どのプロセスがどのパラメータを更新するか {#shares}
#
# どのプロセスもすべてのパラメータを更新すると、同じ計算をプロセスの数だけくり返すことになります。AdamW はパラメータごとに、勾配とその 2 乗の指数移動平均を覚えるので、メモリもプロセスの数だけ要ります。
# そこで、更新する仕事も分けます（[**ZeRO**](https://arxiv.org/abs/1910.02054) の第 1 段階）。大きいものから順に、負荷の軽いプロセスに渡します。

# %% [markdown] lang="en"
# ## Which process updates which parameters {#shares}
#
# If every process updated all parameters, the same work would be done as many times as there are processes. And AdamW keeps moving averages of the gradient and of its square for each parameter, so memory, too, would be used that many times.
# So this work is shared as well (stage one of [**ZeRO**](https://arxiv.org/abs/1910.02054)): the largest first, each to the process with the lightest load.

# %%
shapes = model.param_shapes(config)
shares = parallel.shares_of(shapes, 2)
numbers = {name: int(np.prod(shape)) for name, shape in shapes.items()}

# %%
sizes = [sum(numbers[name] for name in share) for share in shares]
assert sum(sizes) == model.count_params(config)
counts = [len(share) for share in shares]
figures.table({"process": [0, 1], "tensors": counts, "numbers": sizes})

# %% [markdown] lang="ja" tags=["caption"]
# labels: process = プロセス; tensors = テンソル数; numbers = パラメータ数

# %% [markdown] lang="en" tags=["caption"]
# labels: process; tensors; numbers = parameters

# %% [markdown] lang="ja"
# テンソルの数は違っても、パラメータの数はほぼ半分ずつです。
#
# ## パッケージの実装と照合する {#package}
#
# パッケージの `DataParallel` は、プロセスを 2 つ起動し、それぞれの勾配を共有メモリに置きます。
# 1 つのプロセスで動く `Learner` と並べて、同じバッチで 3 歩進めます。勾配は長さ 1 にクリッピングします。ブラウザで実行したときは、プロセスを作れないので、2 つ分の計算を交代で行います。

# %% [markdown] lang="en"
# The numbers of tensors differ, but each process gets about half of the parameters.
#
# ## Does the package agree? {#package}
#
# The package's `DataParallel` starts two processes, which put their gradients into shared memory.
# We let it take three steps beside a `Learner` in a single process, on the same batches, with gradients clipped to length 1. In a browser, which has no processes, the two parts are computed in turn.

# %%
copies = {name: p.copy() for name, p in params.items()}
alone, losses = train.Learner(copies, config), []
with parallel.DataParallel(params, config, n_workers=2) as together:
    for _ in range(3):
        both = (alone, together)
        step = [one.learn(inputs, targets, 0.01, 1.0) for one in both]
        losses.append(step)

# %%
one, two = map(list, zip(*losses, strict=True))
columns = {"step": [1, 2, 3], "one process": one}
figures.table(columns | {"two processes": two})

# %% [markdown] lang="ja" tags=["caption"]
# labels: one process = 1 つのプロセス; two processes = 2 つのプロセス

# %% [markdown] lang="en" tags=["caption"]
# labels: one process; two processes

# %%
copies = {name: p.copy() for name, p in params.items()}
half = train.Learner(copies, config)
for _ in range(3):
    half.learn(inputs[::2], targets[::2], 0.01, 1.0)

# %% check="same-steps"
for name in params:
    assert np.allclose(together.params[name], alone.params[name])
    assert not np.allclose(half.params[name], alone.params[name])
assert np.allclose(one, two)
assert sum((g**2).sum() for g in whole.values()) > 1  # it was clipped

# %% [markdown] lang="ja"
# 3 歩の後も、パラメータは 1 つのプロセスで学習したものと[一致しました](#check-same-steps)。半分のバッチで学習したものとは、一致しません。

# %% [markdown] lang="en"
# After three steps, the parameters [agree](#check-same-steps) with those of a single process. Those learned from half the batch do not.

# %%
figures.source(parallel.DataParallel.learn)

# %% [markdown] lang="ja"
# `train.train` では、`n_workers=2` と書きます。

# %% [markdown] lang="en"
# With `train.train`, all it takes is `n_workers=2`.

# %%
rng = np.random.default_rng(2)
curve = train.train(
    params, config, ids, 150, rng, peak=0.01, n_workers=2
)

# %%
means = np.array(curve).reshape(15, 10).mean(axis=1)
axes = {"x_label": "step", "y_label": "loss"}
figures.line(np.arange(10, 160, 10), {"two processes": means}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 2 つのプロセスが下げていく損失。10 ステップごとの平均です。
#
# alt: 折れ線グラフ。横軸は 150 までのステップ数、縦軸は損失。最初は急に下がり、あとは緩やかになる。

# %% [markdown] lang="en" tags=["caption"]
# The loss as two processes bring it down, in means of 10 steps.
#
# alt: Line chart. Steps up to 150 to the right, loss upwards. It falls steeply at first, then gently.

# %% [markdown] lang="ja"
# ## PyTorch に渡し、戻してもらう {#torch}
#
# 大きなモデルには GPU が要ります。[第 # 回](gpt2.md#files)の形で書き出せば、Hugging Face の `transformers` がそのまま読めます（`tests/package/oracles/with_transformers.py` が確かめます）。

# %% [markdown] lang="en"
# ## To PyTorch and back {#torch}
#
# Large models need GPUs. Written as in [lesson #](gpt2.md#files), the model is read by Hugging Face's `transformers` as it is (checked by `tests/package/oracles/with_transformers.py`).

# %%
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    checkpoint.save_gpt2(folder, params, config)
    bpe.save(folder)
    print(sorted(path.name for path in Path(folder).iterdir()))
    back, back_config = checkpoint.load_gpt2(folder)
    assert back_config == config
    for name in params:
        assert (back[name] == params[name]).all()

# %% [markdown] lang="ja"
# 次の関数が、それを読んで続きを学習させます。[`DistributedDataParallel`](https://docs.pytorch.org/docs/stable/notes/ddp.html) がするのは、上で見た勾配の平均です。
# PyTorch を使わずに作るこのページでは、動かしていません。上と同じテストが、2 つのプロセスで動かします。

# %% [markdown] lang="en"
# This function reads it and goes on training. What [`DistributedDataParallel`](https://docs.pytorch.org/docs/stable/notes/ddp.html) does is the averaging of gradients that we saw.
# It does not run while this page is built, which is done with no PyTorch. The same test runs it with two processes.

# %%
figures.source(with_torch.train_with_torchrun)

# %% [markdown] lang="ja"
# 1 台で 2 つのプロセスなら、こう打ちます。機械が増えたら、[台数とアドレス](https://docs.pytorch.org/docs/stable/elastic/run.html)も `torchrun` に渡します。

# %% [markdown] lang="en"
# For two processes on one machine, type this. With more machines, `torchrun` is also told [their number and address](https://docs.pytorch.org/docs/stable/elastic/run.html).

# %% [markdown]
# ```sh
# torchrun --standalone --nproc-per-node 2 \
#     -m llm_scratch.with_torch FOLDER TEXT --to NEW
# ```

# %% [markdown] lang="ja"
# **Accelerate** を使うと、装置やプロセスの違いも任せられます。学習のくり返しは、ほとんど同じです。

# %% [markdown] lang="en"
# **Accelerate** also takes care of devices and processes. The loop stays almost the same.

# %%
figures.source(with_torch.train_with_accelerate)

# %% [markdown]
# ```sh
# accelerate launch --num_processes 2 \
#     -m llm_scratch.with_torch FOLDER TEXT --to NEW --accelerate
# ```

# %% [markdown] lang="ja"
# `NEW` にできたフォルダは、`checkpoint.load_gpt2` で NumPy に戻せます。
#
# ## 簡単にしたこと {#simplified}
#
# - 2 つのプロセスは 1 つのメモリを共有しました。離れた機械どうしは、ネットワークで all-reduce をします。
# - モデル自体が 1 台に入らないときは、パラメータを分けます（**ZeRO** の第 3 段階、**tensor parallelism**、**pipeline parallelism**）。
# - バッチが大きくなると、同じ学習率でも 1 ステップが変わります。NumPy の例では、1 つのバッチを分けました。PyTorch の関数では、プロセスごとに `--batch-size` 個の窓を使うので、全体のバッチはプロセスの数だけ大きくなります。
#
# ## 練習 {#exercises}
#
# **1.** 大きさの違う 2 つに分けたとき、重みを付けずに損失を平均すると、どうなるでしょうか。

# %% [markdown] lang="en"
# The folder `NEW` comes back to NumPy with `checkpoint.load_gpt2`.
#
# ## What we simplified {#simplified}
#
# - Our two processes shared one memory. Machines that are apart do their all-reduce over a network.
# - When a model does not fit into one machine, its parameters are split up (stage three of **ZeRO**, **tensor parallelism**, **pipeline parallelism**).
# - With a larger batch, the same learning rate makes a different step. In NumPy we split one batch. The PyTorch functions take `--batch-size` windows in each process, so the whole batch grows with the number of processes.
#
# ## Exercises {#exercises}
#
# **1.** What happens if the losses of two parts of different size are averaged without weights?

# %% tags=["exercise"]
from llm_scratch.exercises import check

plain = ...  # the plain mean of the losses of the two parts
check("beyond.1", plain, params, config, inputs, targets, parts)

# %% tags=["solution"] check="plain"
plain = np.mean([loss_and_grads_of(part)[0] for part, _ in parts])
right, _ = loss_and_grads_of(slice(0, 8))
each = [loss_and_grads_of(slice(i, i + 1))[0] for i in range(8)]
assert np.isclose(np.average(each, weights=6 * [1] + 2 * [3]), plain)
print(f"{plain:.4f} {right:.4f}")
assert not np.isclose(plain, right, atol=1e-4)
assert check("beyond.1", plain, params, config, inputs, targets, parts)

# %% [markdown] lang="ja"
# 150 ステップ学習した後なので、全体の損失は 0.5563 ですが、重みを付けないと 0.5576 になります。小さい組の窓が、大きい組の窓より [3 倍重く](#check-plain)数えられるからです。
#
# **2.** 勾配クリッピング（勾配を長さ 1 に抑えること）は、平均の前と後の、どちらで行えばよいでしょうか。半分ずつ抑えてから平均すると、その長さはいくつになるでしょうか。

# %% [markdown] lang="en"
# After 150 steps of training, the loss of the whole is 0.5563; without weights it is 0.5576, because each window of the smaller part counts for [3 times as much](#check-plain).
#
# **2.** Are gradients clipped to length 1 before or after averaging? Clip each half, then average: how long is the mean?

# %% tags=["exercise"]
clipped_first = ...  # the length of the mean of two clipped gradients
check("beyond.2", clipped_first, halves)

# %% tags=["solution"]
copies = []
for _, grads in halves:
    copies.append({name: g.copy() for name, g in grads.items()})
    optim.clip_by_global_norm(copies[-1], 1.0)
one, other = copies
mean = {name: (one[name] + other[name]) / 2 for name in params}
clipped_first = optim.clip_by_global_norm(mean, 1.0)
print(f"{clipped_first:.4f}")
assert check("beyond.2", clipped_first, halves)

# %% [markdown] lang="ja"
# 平均の後です。先に抑えてから平均すると、長さは 0.9817 です。まとめて計算したときの 1 にはなりません。パッケージは、平均した勾配の長さを測ってから抑えます。上で、1 つのプロセスと[一致しました](#check-same-steps)。
#
# ## 次へ {#next}
#
# ここまでで、学習し、書き、ほかの道具ともやり取りできる GPT がそろいました。ことばの確認には[用語集](../glossary.md)をどうぞ。

# %% [markdown] lang="en"
# After. Clipped first, the mean has length 0.9817 instead of the 1 of the whole batch. The package finds the length of the averaged gradient and then clips. Above, it [agreed](#check-same-steps) with a single process.
#
# ## Next {#next}
#
# You now have a GPT that learns, writes, and exchanges its weights with other tools. To look up a word, there is the [glossary](../glossary.md).
