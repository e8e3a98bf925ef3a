"""Parameters on disk as the real GPT-2 has them: config.json and model.safetensors in one folder.

A safetensors file is the length of a header, the header (JSON: name, dtype, place), raw numbers.
Reading maps the file into memory: nothing is copied. Unlike a pickle, it holds no code to run.
"""

import json
import math
import mmap
import os
import struct
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from llm_scratch.checks import as_array, entry, instance
from llm_scratch.files import read_object, read_text, write_atomically
from llm_scratch.model import GPTConfig, checked_params, param_shapes

DTYPES = {
    "F16": np.float16,
    "F32": np.float32,
    "F64": np.float64,
    "I64": np.int64,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
LONGEST_HEADER = 100_000_000  # bytes, as the format says


def save_gpt2(path, params, config):
    """Write a folder that `transformers` and `load_gpt2` read; no file is ever half written."""
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    checked_params(params, config)
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
    tensors = {_full_name(name): p for name, p in params.items()}
    write_safetensors(path / "model.safetensors", tensors, {"format": "pt"})
    write_atomically(path / "config.json", [json.dumps(settings, indent=2).encode()])


def _full_name(name):
    return name if name == "lm_head.weight" else f"transformer.{name}"


def load_gpt2(path):  # -> params, config
    """Read a GPT-2 folder; parameters are read-only views of it.

    Names may start with `transformer.`; a head of its own is optional.
    Raises ValueError for what is missing, misshapen or mistyped.
    """
    config = _read_config(Path(path) / "config.json")
    file = Path(path) / "model.safetensors"
    tensors = {
        name.removeprefix("transformer."): tensor
        for name, tensor in read_safetensors(file)[0].items()
    }
    _require_layers(path, config, tensors)
    names = [*param_shapes(config), "lm_head.weight"]
    params = {name: tensors[name] for name in names if name in tensors}
    with _name_in_errors(path):
        checked_params(params, config)
    return params, config


def _read_config(path):
    settings = read_object(f"{path} is no GPT-2 configuration: its text", read_text(path))
    names = ("vocab_size", "n_positions", "n_embd", "n_head", "n_layer")
    if missing := [name for name in names if name not in settings]:
        raise ValueError(f"{path} is no GPT-2 configuration: it lacks {', '.join(missing)}")
    with _name_in_errors(path):
        return GPTConfig(*(settings[name] for name in names))


@contextmanager
def _name_in_errors(path):
    """A ValueError from here begins with the path."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _require_layers(path, config, tensors):
    """Each layer has twelve tensors: do not list the names of a million layers for a few."""
    if config.n_layers > len(tensors):
        raise ValueError(
            f"{path}: n_layer {config.n_layers} is more than its {len(tensors)} tensors can make"
        )


def write_safetensors(path, arrays, metadata=None):
    """Write {name: array} to a file that appears when it is complete.

    Raises TypeError for other names and metadata than text, ValueError for a type of numbers that
    the format lacks.
    """
    header = _checked_metadata(metadata)
    arrays = instance("arrays", arrays, Mapping).items()
    arrays = {name: _checked_array(name, array) for name, array in arrays}
    start = 0
    for name, array in arrays.items():
        end = start + array.nbytes
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": array.shape,
            "data_offsets": (start, end),
        }
        start = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    parts = (np.ascontiguousarray(array).data.cast("B") for array in arrays.values() if array.size)
    write_atomically(path, [struct.pack("<Q", len(text)), text, *parts])


def _checked_metadata(metadata):
    if metadata is None:
        return {}
    pairs = instance("metadata", metadata, Mapping).items()
    for text in (text for pair in pairs for text in pair):
        if not isinstance(text, str):
            raise TypeError(f"metadata must be of text alone, got {metadata!r:.80}")
        _require_utf8("metadata", text)
    return {"__metadata__": dict(pairs)} if pairs else {}


def _require_utf8(name, text):
    """JSON would write half a surrogate pair, but two halves would come back as one character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} must be text that UTF-8 can write, got {text!r:.80}") from None


def _checked_array(name, array):
    if instance("a name in arrays", name, str) == "__metadata__":
        raise ValueError("arrays must not use the name __metadata__, which the format has taken")
    _require_utf8("a name in arrays", name)
    array = as_array(f"arrays: {name}", array)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in NAMES:
        raise ValueError(f"arrays: {name} must be one of {', '.join(DTYPES)}, got {array.dtype}")
    return array


def read_safetensors(path):  # -> {name: array}, metadata
    """Map a file into memory; ValueError names what breaks the format."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < 8:
            raise ValueError(f"{path} is no safetensors file: it has {size} bytes")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    header, start = _read_header(path, data)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError(f"{path} is no safetensors file: its metadata is not of text alone")
    tensors = {name: _tensor(path, name, place, data, start) for name, place in header.items()}
    _require_no_gaps(path, [place["data_offsets"] for place in header.values()], len(data) - start)
    return tensors, metadata


def _require_no_gaps(path, places, size):
    """The format asks that tensors lie one after the other: no byte is shared or left over."""
    end = 0
    for first, last in sorted(places):
        if first != end:
            raise ValueError(
                f"{path}: a tensor starts at {first}, where the one before ends at {end}"
            )
        end = last
    if end != size:
        raise ValueError(f"{path}: its tensors end at {end}, but there are {size} bytes of them")


def _read_header(path, data):
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(LONGEST_HEADER, len(data) - 8):
        raise ValueError(f"{path} is no safetensors file: a header of {length} bytes")
    header = read_object(f"{path} is no safetensors file: its header", data[8 : 8 + length])
    return header, 8 + length


def _tensor(path, name, place, data, start):
    try:
        dtype, shape = np.dtype(DTYPES[place["dtype"]]), tuple(place["shape"])
        first, last = place["data_offsets"]
        count = math.prod(shape)
        sizes = all(type(n) is int and n >= 0 for n in (*shape, first, last))
        if not sizes or last - first != count * dtype.itemsize:
            raise ValueError("its size and its place disagree")
        if start + last > len(data):
            raise ValueError("it ends after the file")
        return np.frombuffer(data, dtype, count, start + first).reshape(shape)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{path}: tensor {name:.80} cannot be read: {error}") from None


STATE = "training.safetensors"
KEPT = ("params", "mean", "square")  # of a learner


def save_training(folder, config, learner, rng, losses):
    """Write the model as GPT-2 has it, and in one file all that going on needs."""
    if not folder:
        return
    save_gpt2(folder, learner.params, config)
    arrays = {
        f"{kind}.{name}": p for kind in KEPT for name, p in getattr(learner, kind).items()
    } | {"losses": np.array(losses)}
    write_safetensors(Path(folder) / STATE, arrays, {"rng": json.dumps(rng.bit_generator.state)})


def resume_training(folder, learner, rng):  # -> losses so far
    """Go on from what a folder keeps, if there is one and it keeps anything."""
    if not folder or not (Path(folder) / STATE).exists():
        return []
    arrays, metadata = read_safetensors(Path(folder) / STATE)
    state, losses = _read_training(f"{folder}/{STATE}", arrays, metadata)
    for kind in KEPT:
        for name, p in getattr(learner, kind).items():
            stored = arrays.get(f"{kind}.{name}")
            if stored is None or stored.shape != p.shape:
                raise ValueError(f"{folder}/{STATE} is of another model: {name} differs")
            p[...] = stored
    rng.bit_generator.state = state
    learner.n_steps = len(losses)
    return losses


def _read_training(path, arrays, metadata):  # -> state of rng, losses
    losses = entry(path, arrays, "losses")
    if losses.ndim != 1 or losses.dtype.kind != "f":
        raise ValueError(f"{path}: losses must be (n_steps,), got {losses.dtype} {losses.shape}")
    return read_object(f"{path}: rng", entry(path, metadata, "rng")), losses.tolist()
