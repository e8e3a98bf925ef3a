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
    """Each process has its own windows; DistributedDataParallel averages the gradients."""
    import torch
    from torch import distributed
    from transformers import GPT2LMHeadModel

    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    device = f"cuda:{os.environ['LOCAL_RANK']}" if torch.cuda.is_available() else "cpu"
    model = GPT2LMHeadModel.from_pretrained(folder).to(device)
    together = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.AdamW(together.parameters(), lr)
    for _ in range(n_steps):
        inputs, targets = (torch.tensor(ids, device=device) for ids in next(windows))
        logits = together(inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    distributed.barrier()  # nobody leaves while another still needs the group
    distributed.destroy_process_group()
    return model, loss.item()


def train_with_accelerate(folder, windows, n_steps, lr):
    """The same, with devices, processes and machines left to Accelerate."""
    import torch
    from accelerate import Accelerator
    from transformers import GPT2LMHeadModel

    accelerator = Accelerator()
    model = GPT2LMHeadModel.from_pretrained(folder)
    optimizer = torch.optim.AdamW(model.parameters(), lr)
    together, optimizer = accelerator.prepare(model, optimizer)
    for _ in range(n_steps):
        inputs, targets = (torch.tensor(ids, device=accelerator.device) for ids in next(windows))
        logits = together(inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
    accelerator.end_training()
    return accelerator.unwrap_model(together), loss.item()


def launched():
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
    """Without end, other ones in each process."""
    ids = np.array(bpe.encode(Path(options.text).read_text(encoding="utf-8")))
    _, config = load_gpt2(options.folder)
    rng = np.random.default_rng(rank)
    while True:
        yield batch(ids, options.batch_size, config.n_positions, rng)


if __name__ == "__main__":
    launched()
