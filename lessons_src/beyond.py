# %% [markdown] lang="ja"
# # 一台の外へ：手分けして学習する {#beyond}
#
# 大きなモデルは、何千もの装置が手分けして学習させます。そのいちばん基本の形が**データ並列**（data parallelism）です。
# この回では、バッチを二つに分けて勾配を平均すると、一人で計算したのと同じ一歩になることを見ます。次に、二つのプロセスで本当に学習させます。
# 最後に、モデルを PyTorch に渡して続きを学習させ、NumPy に戻す道を示します。
#
# 必要なものは、[第 # 回](training.md#run)の学習と、[第 # 回](gpt2.md#files)のファイルです。

# %% [markdown] lang="en"
# # Beyond one machine: sharing out the training {#beyond}
#
# Large models are trained by thousands of devices together. The most basic way is **data parallelism**.
# In this lesson we see that two halves of a batch, their gradients averaged, give the same step as the whole. Then two processes really train together.
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
# 損失はトークンごとの損失の平均でした。だから勾配も、窓ごとの勾配の平均です。
# 8 個の窓を 4 個ずつに分けて、二つの勾配を平均し、まとめて計算したものと比べます。

# %% [markdown] lang="en"
# ## The mean of two halves is the mean of all {#halves}
#
# The loss was a mean over tokens. So the gradient, too, is a mean of the gradients of the windows.
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

# %%
gap = max(abs(averaged[name] - whole[name]).max() for name in params)
print([f"{loss:.6f}" for loss, _ in halves], f"{whole_loss:.6f}")
assert gap < 1e-12
assert np.isclose((first_loss + second_loss) / 2, whole_loss)

# %% [markdown] lang="ja"
# 半分ずつの損失は違っても、平均すれば全体と一致します。勾配の違いは丸め誤差だけです。
# つまり、半分ずつを別の機械に任せ、勾配だけをやり取りすれば、一台で学習したのと同じになります。勾配を足し合わせて全員に配るこの操作を **all-reduce** といいます。
#
# 分け方が同じ大きさでないときは、窓の数で重みをつけて平均します。

# %% [markdown] lang="en"
# The two halves have different losses, but their mean is that of the whole. The gradients differ by rounding alone.
# So each half can go to another machine, and if they exchange nothing but gradients, the result is that of one machine. Adding up gradients and giving the sum to everybody is called **all-reduce**.
#
# If the parts differ in size, the mean is weighted by the number of windows.

# %%
parts = [(slice(0, 6), 6 / 8), (slice(6, 8), 2 / 8)]
weighted = sum(w * loss_and_grads_of(part)[0] for part, w in parts)
print(f"{weighted:.6f}")
assert np.isclose(weighted, whole_loss)

# %% [markdown] lang="ja"
# ## 誰がどのパラメータを動かすか {#shares}
#
# 全員が同じパラメータを動かすと、同じ計算を人数分くり返すことになります。AdamW はパラメータごとに平均と二乗の平均を覚えるので、メモリも人数分要ります。
# そこで、動かす仕事も分けます（**ZeRO** の第一段階）。大きいものから順に、手の空いた人に渡します。

# %% [markdown] lang="en"
# ## Who moves which parameters {#shares}
#
# If everyone moved all parameters, the same work would be done as many times as there are workers. And AdamW keeps a mean and a mean square for each parameter, so memory, too, would be used that many times.
# So this work is shared as well (stage one of **ZeRO**): the largest first, each to whoever has least.

# %%
shapes = model.param_shapes(config)
shares = parallel.shares_of(shapes, 2)
numbers = {name: int(np.prod(shape)) for name, shape in shapes.items()}
sizes = [sum(numbers[name] for name in share) for share in shares]
assert sum(sizes) == model.count_params(config)
counts = [len(share) for share in shares]
figures.table({"worker": [0, 1], "tensors": counts, "numbers": sizes})

# %% [markdown] lang="ja"
# ## パッケージと同じになるか {#package}
#
# パッケージの `DataParallel` は、本当にプロセスを二つ立て、勾配を共有のメモリに置きます。
# 一人の `Learner` と並べて、同じバッチで三歩進めます。ブラウザーで実行したときは、プロセスを作れないので、二人が交代で計算します。数は同じです。

# %% [markdown] lang="en"
# ## Does the package agree? {#package}
#
# The package's `DataParallel` really starts two processes, which put their gradients into shared memory.
# We let it take three steps beside a single `Learner`, on the same batches. In a browser, which has no processes, the two take turns; the numbers are the same.

# %%
copies = {name: p.copy() for name, p in params.items()}
alone = train.Learner(copies, config)
with parallel.DataParallel(params, config, n_workers=2) as together:
    both = alone, together
    for _ in range(3):
        losses = [one.learn(inputs, targets, 0.01, 1.0) for one in both]
        print([f"{loss:.6f}" for loss in losses])
        assert np.isclose(*losses)
for name in params:
    assert np.allclose(together.params[name], alone.params[name])

# %%
figures.source(parallel.DataParallel.learn)

# %% [markdown] lang="ja"
# `train.train` では、`n_workers=2` と書くだけです。

# %% [markdown] lang="en"
# With `train.train`, all it takes is `n_workers=2`.

# %%
rng = np.random.default_rng(2)
curve = train.train(
    params, config, ids, 150, rng, peak=0.01, n_workers=2
)
means = np.array(curve).reshape(15, 10).mean(axis=1)
axes = {"x_label": "step", "y_label": "loss"}
figures.line(np.arange(10, 160, 10), {"two workers": means}, **axes)

# %% [markdown] lang="ja" tags=["caption"]
# 二つのプロセスが下げていく損失。10 歩ごとの平均です。
#
# alt: 折れ線グラフ。横軸は 150 までの歩数、縦軸は損失。はじめに急に下がり、あとは緩やかになる。

# %% [markdown] lang="en" tags=["caption"]
# The loss as two processes bring it down, in means of 10 steps.
#
# alt: Line chart. Steps up to 150 to the right, loss upwards. It falls steeply at first, then gently.

# %% [markdown] lang="ja"
# ## PyTorch に渡し、戻してもらう {#torch}
#
# 大きなモデルには GPU が要ります。[第 # 回](gpt2.md#files)の形で書き出せば、Hugging Face の `transformers` がそのまま読めます。

# %% [markdown] lang="en"
# ## To PyTorch and back {#torch}
#
# Large models need GPUs. Written as in [lesson #](gpt2.md#files), the model is read by Hugging Face's `transformers` as it is.

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
# 次の関数が、それを読んで続きを学習させます。`DistributedDataParallel` がしているのは、上で見た勾配の平均です。
# この回を作るときには動かしていません（PyTorch は要りません）。動くことは、`tests/package/oracles/with_transformers.py` が二つのプロセスで確かめます。

# %% [markdown] lang="en"
# This function reads it and goes on training. What `DistributedDataParallel` does is the averaging of gradients that we saw.
# It does not run while this page is built, which needs no PyTorch. That it works is checked with two processes by `tests/package/oracles/with_transformers.py`.

# %%
figures.source(with_torch.train_with_torchrun)

# %% [markdown] lang="ja"
# 一台で二つのプロセスなら、こう打ちます。機械が増えても、変わるのは `torchrun` に渡す台数と住所だけです。

# %% [markdown] lang="en"
# For two processes on one machine, type this. With more machines, only what `torchrun` is told of their number and address changes.

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
# - 二つのプロセスは一つのメモリを共有しました。離れた機械どうしは、ネットワークで all-reduce をします。
# - モデル自体が一台に入らないときは、パラメータを分けます（**ZeRO** の第三段階、**tensor parallelism**、**pipeline parallelism**）。
# - バッチが大きくなると、同じ学習率では一歩の意味が変わります。ここでは、バッチの大きさを変えずに分けました。
#
# ## 練習 {#exercises}
#
# **1.** 大きさの違う二つに分けたとき、重みをつけずに損失を平均すると、どうなるでしょうか。

# %% [markdown] lang="en"
# The folder `NEW` comes back to NumPy with `checkpoint.load_gpt2`.
#
# ## What we simplified {#simplified}
#
# - Our two processes shared one memory. Machines that are apart do their all-reduce over a network.
# - When a model does not fit into one machine, its parameters are split up (stage three of **ZeRO**, **tensor parallelism**, **pipeline parallelism**).
# - With a larger batch, the same learning rate makes a different step. Here we split a batch without making it larger.
#
# ## Exercises {#exercises}
#
# **1.** What happens if the losses of two parts of different size are averaged without weights?

# %% tags=["exercise"]
from llm_scratch.exercises import check

plain = ...  # the plain mean of the losses of the two parts
check("beyond.1", plain, params, config, inputs, targets, parts)

# %% tags=["solution"]
uneven = [loss_and_grads_of(part)[0] for part, _ in parts]
plain = np.mean(uneven)
right, _ = loss_and_grads_of(slice(0, 8))
print(f"{plain:.4f} {right:.4f}")
assert not np.isclose(plain, right, atol=1e-4)
assert check("beyond.1", plain, params, config, inputs, targets, parts)

# %% [markdown] lang="ja"
# 違う値になります。小さい組の窓が、重く数えられるからです。
#
# **2.** 勾配を長さ 1 に抑える（クリッピング）のは、平均の前と後のどちらでしょうか。半分ずつ抑えてから平均すると、その長さはいくつになるでしょうか。

# %% [markdown] lang="en"
# The value differs: the windows of the smaller part count for more.
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
# 平均の後です。半分ずつ抑えると、一台のときと違う一歩になります。だからパッケージも、平均した勾配の長さを全員で数えてから抑えます。
#
# ## 次へ {#next}
#
# ここまでで、学習し、書き、ほかの道具ともやり取りできる GPT がそろいました。ことばの確認には[用語集](../glossary.md)をどうぞ。

# %% [markdown] lang="en"
# After. Clipping each half makes another step than one machine would take. That is why the package finds the length of the averaged gradient first, all workers together, and clips then.
#
# ## Next {#next}
#
# You now have a GPT that learns, writes, and exchanges its weights with other tools. To look up a word, there is the [glossary](../glossary.md).
