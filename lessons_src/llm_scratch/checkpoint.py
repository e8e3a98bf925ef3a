"""Parameters on disk as the real GPT-2 has them: config.json and model.safetensors in one folder.

A safetensors file is the length of a header, the header (JSON: name, dtype, place), raw numbers.
Reading maps the file into memory: nothing is copied, and nothing in it can run, unlike a pickle.
"""

import json
import math
import mmap
import os
import struct
from pathlib import Path

import numpy as np

from llm_scratch.model import GPTConfig, param_shapes

DTYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64,
          "U8": np.uint8, "BOOL": np.bool_}  # fmt: skip
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
LONGEST_HEADER = 100_000_000  # bytes, as the format says


def save_gpt2(path, params, config):
    """Write a folder that `transformers` and `load_gpt2` read; a file is whole or not there."""
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    _check_params(params, config)
    settings = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": config.vocab_size,
        "n_positions": config.n_positions,
        "n_embd": config.d_model,
        "n_head": config.n_heads,
        "n_layer": config.n_layers,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": "lm_head.weight" not in params,
    }
    named = {_full_name(name): p for name, p in params.items()}
    write_safetensors(path / "model.safetensors", named, {"format": "pt"})
    _replace(path / "config.json", [json.dumps(settings, indent=2).encode()])


def _full_name(name):
    return name if name == "lm_head.weight" else f"transformer.{name}"


def load_gpt2(path):  # -> params, config
    """Read a GPT-2 folder; parameters are read-only views of the file.

    Names may start with `transformer.` or not, and a head of its own may be there or not.
    Raises ValueError naming what is missing, misshapen or of a wrong type.
    """
    config = _read_config(Path(path) / "config.json")
    tensors, _ = read_safetensors(Path(path) / "model.safetensors")
    named = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    params = {
        name: named[name] for name in [*param_shapes(config), "lm_head.weight"] if name in named
    }
    _check_params(params, config)
    return params, config


def _read_config(path):
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        names = ("vocab_size", "n_positions", "n_embd", "n_head", "n_layer")
        return GPTConfig(*(settings[name] for name in names))
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no GPT-2 configuration: {error!r}") from None


def _check_params(params, config):
    shapes = param_shapes(config)
    if "lm_head.weight" in params:
        shapes["lm_head.weight"] = shapes["wte.weight"]
    if params.keys() ^ shapes.keys():
        raise ValueError(f"missing or unknown parameters: {sorted(params.keys() ^ shapes.keys())}")
    for name, shape in shapes.items():
        if params[name].shape != shape or params[name].dtype.kind != "f":
            got = f"{params[name].dtype} {params[name].shape}"
            raise ValueError(f"{name} must be floating-point of the shape {shape}, got {got}")


def write_safetensors(path, arrays, metadata=None):
    """Write {name: array}; the file appears when it is complete."""
    header, start = {"__metadata__": metadata} if metadata else {}, 0
    for name, array in arrays.items():
        if array.dtype not in NAMES:
            raise ValueError(f"{name} must be one of {', '.join(DTYPES)}, got {array.dtype}")
        end = start + array.nbytes
        place = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": (start, end)}
        header[name], start = place, end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    parts = (np.ascontiguousarray(array).data.cast("B") for array in arrays.values() if array.size)
    _replace(path, [struct.pack("<Q", len(text)), text, *parts])


def _replace(path, parts):
    unfinished = Path(f"{path}.{os.getpid()}.unfinished")
    try:
        with open(unfinished, "wb") as file:
            file.writelines(parts)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_safetensors(path):  # -> {name: array}, metadata
    """Map a file into memory; ValueError names what is not as the format says."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < 8:
            raise ValueError(f"{path} is no safetensors file: it has {size} bytes")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    header, start = _read_header(path, data)
    metadata = header.pop("__metadata__", {})
    return {
        name: _tensor(path, name, place, data, start) for name, place in header.items()
    }, metadata


def _read_header(path, data):
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(LONGEST_HEADER, len(data) - 8):
        raise ValueError(f"{path} is no safetensors file: a header of {length} bytes")
    try:
        header = json.loads(data[8 : 8 + length])
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is no safetensors file: {error}") from None
    if not isinstance(header, dict):
        raise ValueError(f"{path} is no safetensors file: its header is no object")
    return header, 8 + length


def _tensor(path, name, place, data, start):
    try:
        dtype, shape = np.dtype(DTYPES[place["dtype"]]), tuple(place["shape"])
        first, last = place["data_offsets"]
        count = math.prod(shape)
        whole = all(isinstance(n, int) and n >= 0 for n in (*shape, first, last))
        if not whole or last - first != count * dtype.itemsize:
            raise ValueError("its size and its place disagree")
        if start + last > len(data):
            raise ValueError("it ends after the file")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: tensor {name} cannot be read: {error}") from None
    return np.frombuffer(data, dtype, count, start + first).reshape(shape)
