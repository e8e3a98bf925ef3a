"""`make bench`: our NumPy GPT and PyTorch side by side, interleaved in one run, medians of ratios.

Ours runs twice: as shipped, where OpenBLAS picks its kernels for this processor, and with
OPENBLAS_CORETYPE=Haswell, AVX2 as PyTorch's library has it. Everything is float32 on two threads.
Nothing here fails. PyTorch needs a Python of its own, with torch, transformers and tiktoken in it:

    make bench TORCH=/path/to/venv/bin/python
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from llm_scratch import checkpoint, model

HERE = Path(__file__).parent
STEPS = [(256, 64), (1024, 256)]  # vocab_size, n_tokens
GROWTH = [  # vocab_size, n_tokens, workers, d_model, n_layers
    (256, 64, 1, 128, 4),
    (256, 128, 1, 128, 4),
    (256, 256, 1, 128, 4),
    (256, 64, 1, 256, 4),
    (256, 64, 1, 512, 4),
    (256, 64, 1, 128, 8),
    (256, 64, 1, 128, 16),
]
FIRST_TOKEN = {
    "gpt_numpy": """
import numpy as np
from llm_scratch import checkpoint, model
params, config = checkpoint.load_gpt2(path)
print(model.forward(params, np.array([[1, 2, 3]]), config, model.KVCache(config))[0, -1].argmax())
""",
    "gpt_torch": """
import torch
from transformers import GPT2LMHeadModel
with torch.inference_mode():
    print(GPT2LMHeadModel.from_pretrained(path)(torch.tensor([[1, 2, 3]])).logits[0, -1].argmax())
""",
}
PEAK = """
import sys
lines = open("/proc/self/status").read().splitlines() if sys.platform == "linux" else []
print(next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0"))
"""


class Side:
    """A process that waits for tasks; see serve.py."""

    def __init__(self, python, script, **settings):
        self.python, self.script = python, script
        threads = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
        path = {"PYTHONPATH": str(HERE.parents[1] / "lessons_src")}
        self.env = os.environ | threads | path | settings
        self.process = subprocess.Popen(
            [python, HERE / f"{script}.py"], env=self.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, *task):
        print(json.dumps(task), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def first_token(self, folder):
        """A whole process: seconds, and the most memory it held in kB."""
        code = f"path = {folder!r}{FIRST_TOKEN[self.script]}{PEAK}"
        started = time.perf_counter()
        done = subprocess.run(
            [self.python, "-c", code], env=self.env, capture_output=True, text=True
        )
        return time.perf_counter() - started, int(done.stdout.split()[-1])


def compare(label, rounds, ours, theirs, task, their_task=None):
    """Print medians in ms and, against each of ours, the median of the ratios of one round."""
    times = []
    for _ in range(rounds):
        row = [side.run(*task) for side in ours]
        times.append([*row, theirs.run(*(their_task or task))] if theirs else row)
    show(label, times)


def show(label, times):
    columns = list(zip(*times, strict=True))
    cells = [f"{1e3 * statistics.median(column):10.1f}" for column in columns]
    if len(columns) == 3:
        for column in columns[:2]:
            ratios = [b / a for a, b in zip(column, columns[2], strict=True)]
            cells.append(f"{statistics.median(ratios):8.2f}×")
    print(f"{label:44}", *cells, flush=True)


def training_flops(vocab_size, n_tokens, d=128, n_layers=4):
    """6 for each weight and token, and attention's two products there and four back."""
    weights = n_layers * 12 * d * d + vocab_size * d
    return 12 * n_tokens * (6 * weights + 12 * n_layers * n_tokens * d)


def page(ours, theirs, folder, text, rounds):
    print(f"\n{'ms, medians':44}   as shipped    Haswell    PyTorch   PyTorch ÷ ours")
    for V, T in STEPS:
        name = f"training step, V {V}, T {T}"
        compare(f"{name}, one process", rounds, ours, theirs, ("training", V, T))
        compare(
            f"{name}, two workers", rounds, ours, theirs, ("training", V, T, 2), ("training", V, T)
        )
    compare("prefill 512 tokens, 124M", rounds, ours, theirs, ("prefill", folder, 512))
    compare("one token after 512, 124M", rounds, ours, theirs, ("decode", folder, 512))
    compare("load 498 MB", rounds, ours, theirs, ("load", folder))
    starts = [
        [side.first_token(folder) for side in (*ours, *filter(None, [theirs]))] for _ in range(3)
    ]
    show("start to first token", [[seconds for seconds, _ in row] for row in starts])
    megabytes = [f"{kb / 1e3:10.0f}" for _, kb in starts[0]]
    print(f"{'  peak memory then, MB (Linux)':44}", *megabytes)
    if theirs:
        bf16 = ("prefill", folder, 512, "bfloat16"), ("decode", folder, 512, "bfloat16")
        for label, ours_task, task in zip(
            ("prefill against bfloat16", "one token against bfloat16"),
            (("prefill", folder, 512), ("decode", folder, 512)), bf16, strict=True,
        ):  # fmt: skip
            compare(label, 3, ours, theirs, ours_task, task)
    for V in (512, 1024):
        compare(f"BPE, train V {V} (tokenizers)", 3, ours, theirs, ("bpe_train", text, V))
    encodings = [
        ("nothing known (tokenizers)", "bpe_encode", "bpe_encode"),
        ("words known (tokenizers)", "bpe_encode_known", "bpe_encode"),
        ("words known (tiktoken)", "bpe_encode_known", "tiktoken_encode"),
    ]
    for label, task, their_task in encodings:
        compare(
            f"BPE, encode, {label}", 3, ours, theirs, (task, text, 1024), (their_task, text, 1024)
        )


def limits(ours, folder, rounds):
    """How near the processor's own limits: sgemm for training and prefill, reading for decoding."""
    print("\nfraction of this machine's own limits")
    for side, name in zip(ours, ("as shipped", "Haswell"), strict=True):
        flops = 2 * 1024**3 / min(side.run("sgemm", 1024) for _ in range(9))
        print(f"  {name}: sgemm {flops / 1e9:.0f} GFLOP/s", end="")
        for V, T in STEPS:
            seconds = min(side.run("training", V, T, 2) for _ in range(rounds))
            print(f"; two workers, T {T}: {training_flops(V, T) / seconds / flops:.0%}", end="")
        weights = 12 * 12 * 768**2 * 2 * 512
        prefill = min(side.run("prefill", folder, 512) for _ in range(rounds))
        print(f"; prefill {weights / prefill / flops:.0%}", end="")
        reading = min(side.run("read", folder) for _ in range(rounds))
        decoding = min(side.run("decode", folder, 512) for _ in range(rounds))
        print(f"; decoding {reading / decoding:.0%} of reading the weights")


def growth(side):
    print("\na training step grows, as shipped: ms and peak MB")
    print("     V    T    d    L        ms    peak MB")
    for V, T, workers, d, n_layers in GROWTH:
        seconds = statistics.median(
            side.run("training", V, T, workers, d, n_layers) for _ in range(5)
        )
        peak = side.run("memory", V, T, workers, d, n_layers)
        print(f"{V:6} {T:4} {d:4} {n_layers:4} {1e3 * seconds:9.1f} {peak / 1e6:10.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--torch", help="a Python that has torch and transformers")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    ours = (
        Side(sys.executable, "gpt_numpy"),
        Side(sys.executable, "gpt_numpy", OPENBLAS_CORETYPE="Haswell"),
    )
    theirs = Side(options.torch, "gpt_torch") if options.torch else None
    if not theirs:
        print(
            "without --torch there is no PyTorch beside ours:",
            __doc__.strip().splitlines()[-1].strip(),
        )
    with tempfile.TemporaryDirectory() as folder:
        checkpoint.save_gpt2(
            folder, model.init_params(model.GPT2, np.random.default_rng(0)), model.GPT2
        )
        from pydoc_data import topics  # 0.75 MB of English that every Python has

        text = Path(folder, "english.txt")
        text.write_text("\n".join(topics.topics.values()), encoding="utf-8")
        page(ours, theirs, folder, str(text), options.rounds)
        limits(ours, folder, options.rounds)
        growth(ours[0])
        textbook = ours[0].run("bpe_train_textbook", str(text), 512)
        fast = ours[0].run("bpe_train", str(text), 512)
    print(f"\nBPE, V 512: the textbook loop takes {textbook:.0f} s, ours {fast:.2f} s, ", end="")
    print(f"{textbook / fast:.0f} times less")


if __name__ == "__main__":
    main()
