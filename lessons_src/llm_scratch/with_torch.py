"""Train a GPT-2 folder further in PyTorch, on as many processes and machines as there are.

    torchrun --standalone --nproc-per-node 2 -m llm_scratch.with_torch FOLDER TEXT --to NEW
    accelerate launch --num_processes 2 -m llm_scratch.with_torch FOLDER TEXT --to NEW --accelerate

Needs torch and transformers, and accelerate for the second; nothing else in this package does.
"""

import argparse
import os
from pathlib import Path

import numpy as np

from llm_scratch.checkpoint import load_gpt2
from llm_scratch.tokenizer import BPETokenizer
from llm_scratch.train import batch


def train_with_torchrun(folder, windows, n_steps, lr):
    """Train on this process's windows; DDP averages the gradients."""
    import torch
    from torch import distributed
    from torch.nn.functional import cross_entropy
    from transformers import GPT2LMHeadModel

    backend, device = "gloo", "cpu"
    if torch.cuda.is_available():
        backend, device = "nccl", f"cuda:{os.environ['LOCAL_RANK']}"
    distributed.init_process_group(backend)
    model = GPT2LMHeadModel.from_pretrained(folder).to(device)
    parallel = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.AdamW(parallel.parameters(), lr)
    for _ in range(n_steps):
        inputs, targets = torch.tensor(next(windows), device=device)
        logits = parallel(inputs).logits.flatten(0, 1)
        loss = cross_entropy(logits, targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    distributed.barrier()  # all processes end together
    distributed.destroy_process_group()
    return model, loss.item()


def train_with_accelerate(folder, windows, n_steps, lr):
    """The same; Accelerate sees to devices, processes and machines."""
    import torch
    from accelerate import Accelerator
    from torch.nn.functional import cross_entropy
    from transformers import GPT2LMHeadModel

    accelerator = Accelerator()
    model = GPT2LMHeadModel.from_pretrained(folder)
    optimizer = torch.optim.AdamW(model.parameters(), lr)
    parallel, optimizer = accelerator.prepare(model, optimizer)
    device = accelerator.device
    for _ in range(n_steps):
        inputs, targets = torch.tensor(next(windows), device=device)
        logits = parallel(inputs).logits.flatten(0, 1)
        loss = cross_entropy(logits, targets.flatten())
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
    accelerator.end_training()
    return accelerator.unwrap_model(parallel), loss.item()


def main():
    parser = argparse.ArgumentParser(prog="llm_scratch.with_torch", description=__doc__)
    parser.add_argument("folder", help="a GPT-2 folder, such as save_gpt2 writes")
    parser.add_argument("text", help="a file to learn from")
    parser.add_argument("--to", required=True, metavar="DIR", help="where the new folder goes")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=16, help="windows for each process")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--accelerate", action="store_true")
    options = parser.parse_args()
    train = train_with_accelerate if options.accelerate else train_with_torchrun
    rank, bpe = int(os.environ.get("RANK", 0)), BPETokenizer.load(options.folder)
    windows = _windows(options, bpe, rank)
    model, loss = train(options.folder, windows, options.steps, options.lr)
    if rank == 0:
        model.save_pretrained(options.to)
        bpe.save(options.to)
        n = os.environ.get("WORLD_SIZE", "1")
        print(f"{n} processes, loss {loss:.4f}, saved in {options.to}")


def _windows(options, bpe, rank):
    """(inputs, targets) as one array, without end, drawn anew for each process."""
    ids = np.array(bpe.encode(Path(options.text).read_text(encoding="utf-8")))
    _, config = load_gpt2(options.folder)
    rng = np.random.default_rng(rank)
    while True:
        yield np.stack(batch(ids, options.batch_size, config.n_positions, rng))


if __name__ == "__main__":
    main()
