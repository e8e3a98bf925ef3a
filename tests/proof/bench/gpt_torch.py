"""The PyTorch side of `make bench`: the tasks of gpt_numpy.py on transformers' GPT-2."""

import os
from pathlib import Path

import sides
import torch
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def training(vocab_size, n_tokens):
    config = GPT2Config(
        vocab_size=vocab_size, n_positions=n_tokens, n_embd=128, n_head=4, n_layer=4,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ids = torch.randint(0, vocab_size, (12, n_tokens + 1))

    def step():
        optimizer.zero_grad()
        logits = model(ids[:, :-1], use_cache=False).logits
        cross_entropy(logits.reshape(-1, vocab_size), ids[:, 1:].reshape(-1)).backward()
        optimizer.step()

    return step


def load(path):
    return lambda: GPT2LMHeadModel.from_pretrained(path)


def model_and_ids(path, n_tokens, dtype):
    model = GPT2LMHeadModel.from_pretrained(path, dtype=getattr(torch, dtype)).eval()
    return model, torch.randint(0, model.config.vocab_size, (1, n_tokens))


def prefill(path, n_tokens, dtype="float32"):
    model, ids = model_and_ids(path, n_tokens, dtype)

    @torch.inference_mode()
    def run():
        model(ids, use_cache=True, logits_to_keep=1)

    return run


def decode(path, n_tokens, dtype="float32"):
    model, ids = model_and_ids(path, n_tokens, dtype)
    with torch.inference_mode():
        cache = model(ids, use_cache=True, logits_to_keep=1).past_key_values

    @torch.inference_mode()
    def run():
        model(ids[:, :1], past_key_values=cache, use_cache=True)
        cache.crop(-1)  # the token again

    return run


def bpe_train(path, vocab_size):
    return lambda: hugging_face(path, vocab_size)


def bpe_encode(path, vocab_size):
    tokenizer, text = hugging_face(path, vocab_size), Path(path).read_text(encoding="utf-8")

    def run():
        tokenizer.encode(text)

    return run


def hugging_face(path, vocab_size):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([Path(path).read_text(encoding="utf-8")], trainer)
    return tokenizer


def tiktoken_encode(path, vocab_size):
    import tiktoken

    byte_of = bytes_of_characters()
    vocab = hugging_face(path, vocab_size).get_vocab()
    ranks = {bytes(byte_of[c] for c in token): i for token, i in vocab.items()}
    words = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    encoding = tiktoken.Encoding("ours", pat_str=words, mergeable_ranks=ranks, special_tokens={})
    text = Path(path).read_text(encoding="utf-8")

    def run():
        encoding.encode_ordinary(text)

    return run


def bytes_of_characters():
    """GPT-2 writes a byte that can be seen as itself, and the others in order from 256 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    unseen = sorted(set(range(256)).difference(seen))
    return {chr(b): b for b in seen} | {chr(256 + i): b for i, b in enumerate(unseen)}


if __name__ == "__main__":
    sides.serve(globals())
