"""GPT-2's files: what is written comes back, as views; what is broken is named, nothing runs."""

import json
import re
import struct
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from refusals import refuses

from llm_scratch import checkpoint
from llm_scratch.checkpoint import load_gpt2, read_safetensors, save_gpt2, write_safetensors
from llm_scratch.model import GPTConfig, forward, init_params
from llm_scratch.optim import AdamW

CONFIG = GPTConfig(7, 6, 8, 2, 2)
IDS = np.array([[1, 2, 3]])


@pytest.fixture
def params():
    return init_params(CONFIG, np.random.default_rng(0))


@pytest.mark.parametrize("untied", [False, True])
def test_a_model_comes_back_with_its_head_tied_or_not(tmp_path, params, untied):
    if untied:
        params["lm_head.weight"] = np.ones((7, 8), np.float32)
    folder = tmp_path / "deep" / "model"
    save_gpt2(folder, params, CONFIG)
    loaded, config = load_gpt2(folder)
    assert config == CONFIG and list(loaded) == list(params)
    assert (forward(loaded, IDS, config) == forward(params, IDS, CONFIG)).all()
    assert not loaded["wte.weight"].flags.writeable
    stored, metadata = read_safetensors(folder / "model.safetensors")
    assert "transformer.h.1.mlp.c_fc.bias" in stored and len(stored) == len(params)
    assert ("lm_head.weight" in stored) is untied and metadata == {"format": "pt"}
    text = (folder / "config.json").read_text()
    settings = json.loads(text)
    assert settings["tie_word_embeddings"] is not untied
    assert settings["layer_norm_epsilon"] == 1e-5 and text == json.dumps(settings, indent=2)
    assert [*folder.glob("*unfinished*")] == []


def test_names_without_the_prefix_are_read_as_well(tmp_path, params):
    save_gpt2(tmp_path, params, CONFIG)
    write_safetensors(tmp_path / "model.safetensors", params)
    assert list(load_gpt2(tmp_path)[0]) == list(params)


SPOILT = {
    "h.1.ln_2.bias": (None, r"\['h.1.ln_2.bias'\]"),
    "h.2.ln_1.bias": (np.zeros(8), "h.2.ln_1.bias"),
    "wpe.weight": (np.zeros((5, 8)), r"wpe.weight must be .*\(6, 8\), got float64 \(5, 8\)"),
    "ln_f.bias": (np.zeros(8, int), "ln_f.bias must be floating-point .*got int64"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_wrong_tensor_is_named_when_written_and_what_is_needed_when_read(tmp_path, params, name):
    array, message = SPOILT[name]
    save_gpt2(tmp_path, params, CONFIG)
    spoilt = {n: p for n, p in (params | {name: array}).items() if p is not None}
    with pytest.raises(ValueError, match=message):
        save_gpt2(tmp_path / "other", spoilt, CONFIG)
    write_safetensors(tmp_path / "model.safetensors", spoilt)
    if name in params:
        with pytest.raises(ValueError, match=rf"^{re.escape(str(tmp_path))}: .*{message}"):
            load_gpt2(tmp_path)
    else:
        assert list(load_gpt2(tmp_path)[0]) == list(params)


def test_gpt_2_s_own_masks_are_passed_over(tmp_path, params):
    save_gpt2(tmp_path, params, CONFIG)
    masks = {"h.0.attn.bias": np.ones((1, 1, 6, 6), bool), "h.1.attn.masked_bias": np.ones(())}
    write_safetensors(tmp_path / "model.safetensors", params | masks)
    assert list(load_gpt2(tmp_path)[0]) == list(params)


TWICE = '{"n_layer": 1, "n_layer": 2}'


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"vocab_size": "7"}', TWICE])
def test_a_wrong_configuration_is_named(tmp_path, params, text):
    save_gpt2(tmp_path, params, CONFIG)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json is no GPT-2 conf|must be a positive"):
        load_gpt2(tmp_path)


def file_with(header, data=b"\0" * 64):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def place(**changes):
    return {"x": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]} | changes}


HUGE, LOST = 1 << 40, "its size and its place disagree"
FILES = {
    "empty": (b"", "has 0 bytes"),
    "short": (b"abc", "has 3 bytes"),
    "nothing": (struct.pack("<Q", 0), "Expecting value"),
    "header past the end": (struct.pack("<Q", 6) + b"{}", "a header of 6 bytes"),
    "long header": (struct.pack("<Q", 1 << 60) + b"{}", "a header of 1152921504606846976 bytes"),
    "no JSON": (file_with(b"{nope"), "Expecting property name"),
    "a list": (file_with([1]), "its header is no object"),
    "deep": (file_with(b"[" * 100_000), "is no safetensors file"),
    "no text": (file_with(b'"\xff"'), "codec can't decode"),
    "a key twice": (file_with(b'{"a":{},"a":{}}'), "the key 'a' stands there twice"),
    "past the end": (file_with(place(data_offsets=[64, 80])), "tensor x .* read: it ends after"),
    "negative": (file_with(place(data_offsets=[-16, 0])), LOST),
    "wrong size": (file_with(place(shape=[3, 2])), LOST),
    "absurd size": (file_with(place(shape=[HUGE, HUGE])), LOST),
    "a bool for a size": (file_with(place(shape=[True, 4])), LOST),
    "too many axes": (file_with(place(shape=[4] + [1] * 99)), "tensor x cannot be read"),
    "2**70 of none": (file_with(place(shape=[2**70, 0], data_offsets=[0, 0])), "x cannot be read"),
    "unknown dtype": (file_with(place(dtype="BF16")), "tensor x cannot be read: 'BF16'"),
    "no place": (file_with({"x": {}}), "tensor x cannot be read: 'dtype'"),
    "no object": (file_with({"x": 3}), "tensor x cannot be read"),
    "numbers in metadata": (file_with({"__metadata__": {"a": 1}}, b""), "is not of text alone"),
    "metadata, no object": (file_with({"__metadata__": [1]}, b""), "is not of text alone"),
    "gap": (file_with(place(data_offsets=[16, 32])), "at 16, where the one before ends at 0"),
    "shared": (file_with(place() | {"y": place()["x"]}), "at 0, where the one before ends at 16"),
    "left over": (file_with(place()), "its tensors end at 16, but there are 64 bytes of them"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_told_and_never_believed(tmp_path, name):
    content, message = FILES[name]
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as told:
        read_safetensors(path)
    assert str(told.value).startswith(str(path))


@pytest.mark.parametrize("name", ["x", "xx", "xxxxxxxx"])
def test_a_header_is_padded_to_eight_bytes_and_holds_no_more_than_it_must(tmp_path, name):
    """As the format asks, so that numbers are aligned: github.com/huggingface/safetensors."""
    write_safetensors(tmp_path / "x", {name: np.ones(2)})
    data = (tmp_path / "x").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    assert length % 8 == 0 and len(data) == 8 + length + 16
    assert list(json.loads(data[8 : 8 + length])) == [name]


def test_a_file_may_end_with_its_header(tmp_path):
    write_safetensors(tmp_path / "x", {})
    assert read_safetensors(tmp_path / "x") == ({}, {})
    (tmp_path / "y").write_bytes(struct.pack("<Q", 2) + b"{}")
    assert read_safetensors(tmp_path / "y") == ({}, {})


def test_arrays_of_every_kind_come_back_and_a_name_like_a_path_is_a_name(tmp_path):
    arrays = {"half": np.float16([[1.5, -2]]), "../up": np.array(3.0), "C:\\x": np.arange(5)}
    strided = np.arange(12.0, dtype=np.float32).reshape(3, 4).T
    arrays |= {"/etc/passwd": np.zeros((0, 3), np.float32), "strided": strided}
    write_safetensors(tmp_path / "x", arrays, {"note": "ねこ"})
    back, metadata = read_safetensors(tmp_path / "x")
    assert metadata == {"note": "ねこ"} and list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype and back[name].shape == array.shape
        assert (back[name] == array).all()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


X = {"x": np.ones(2)}


def write(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_safetensors(Path(folder, "x"), *arguments)
        finally:
            assert [*Path(folder).iterdir()] == []


REFUSED = r"""
write(3)  # TypeError: arrays must be a Mapping, got 3
write({3: np.ones(2)})  # TypeError: a name in arrays must be a str, got 3
write({"__metadata__": np.ones(2)})  # arrays must not use the name __metadata__, which …
write({"x": np.ones(2, complex)})  # arrays: x must be one of F16, F32, …, BOOL, got complex128
write({"x": [[1], [1, 2]]})  # arrays: x must be an array, got rows that differ in shape
write(X, "note")  # TypeError: metadata must be a Mapping, got 'note'
write(X, {"note": 3})  # TypeError: metadata must be of text alone, got {'note': 3}
write(X, {3: "note"})  # TypeError: metadata must be of text alone, got {3: 'note'}
write({"\ud800\udfff": np.ones(1)})  # a name in arrays must be text that … got '\ud800\udfff'
write({}, {"a": "\udfff"})  # metadata must be text that UTF-8 can write, got '\udfff'
"""
test_what_the_format_cannot_hold_is_refused_and_nothing_is_left = refuses(REFUSED, globals())


def test_bytes_are_written_as_the_format_says(tmp_path):
    """github.com/huggingface/safetensors: 8 bytes of length, JSON and spaces, then numbers."""
    write_safetensors(tmp_path / "x", {"b": np.uint8([1, 2]), "a": np.array([3], ">i8")})
    header = (
        b'{"b": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}, '
        b'"a": {"dtype": "I64", "shape": [1], "data_offsets": [2, 10]}}'
    )
    padded = header + b" " * (-len(header) % 8)
    numbers = b"\x01\x02\x03" + b"\0" * 7
    assert (tmp_path / "x").read_bytes() == struct.pack("<Q", len(padded)) + padded + numbers


MISSING = r"missing or unknown params: \['h.10.attn.c_attn.bias'"
TOO_MANY = "n_layer {0} is more than its 28 tensors can make"


@pytest.mark.parametrize(("n_layer", "message"), [(28, MISSING), (29, TOO_MANY), (10**6, TOO_MANY)])
def test_a_million_layers_need_a_million_tensors(tmp_path, params, n_layer, message):
    save_gpt2(tmp_path, params, CONFIG)
    settings = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(settings | {"n_layer": n_layer}))
    said = f"^{re.escape(str(tmp_path))}: .*({message.format(n_layer)})"
    with pytest.raises(ValueError, match=said):
        load_gpt2(tmp_path)


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    write_safetensors(tmp_path / "x", {"a": np.ones(2)})
    with monkeypatch.context() as patch, pytest.raises(TypeError):
        patch.setattr(checkpoint, "struct", SimpleNamespace(pack=len))
        write_safetensors(tmp_path / "x", {"a": np.zeros(2)})
    assert read_safetensors(tmp_path / "x")[0]["a"].tolist() == [1, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def learner_of(params, steps=0):
    """An optimizer that has taken some steps, with moments to tell from each other."""
    learner = AdamW({name: p.copy() for name, p in params.items()})
    for i in range(steps):
        learner.step({name: p + i for name, p in params.items()}, 0.1)
    return learner


def state(learner):
    parts = (learner.params, learner.mean, learner.square)
    return [{name: p.tolist() for name, p in part.items()} for part in parts]


def test_a_training_is_kept_and_goes_on(tmp_path, params):
    learner, rng = learner_of(params, 3), np.random.default_rng(1)
    checkpoint.save_training(tmp_path, CONFIG, learner, rng, [3.0, 2.0, 1.5])
    drawn = rng.integers(1000, size=5).tolist()
    loaded, config = load_gpt2(tmp_path)
    assert config == CONFIG and (loaded["wte.weight"] == learner.params["wte.weight"]).all()

    again, other = learner_of(params), np.random.default_rng(99)
    assert checkpoint.resume_training(tmp_path, again, other) == [3.0, 2.0, 1.5]
    assert again.n_steps == 3 and state(again) == state(learner)
    assert other.integers(1000, size=5).tolist() == drawn


def test_where_nothing_is_kept_nothing_goes_on(tmp_path, params):
    learner = learner_of(params)
    checkpoint.save_training(None, CONFIG, learner, np.random.default_rng(1), [1.0])
    for folder in (None, tmp_path, tmp_path / "gone"):
        assert checkpoint.resume_training(folder, learner, np.random.default_rng(1)) == []
    assert not [*tmp_path.iterdir()]


def test_a_training_of_another_model_is_refused(tmp_path, params):
    checkpoint.save_training(tmp_path, CONFIG, learner_of(params), np.random.default_rng(1), [1.0])
    name = re.escape(f"{tmp_path}/{checkpoint.STATE} is of another model: ")
    wider = {"wte.weight": np.ones((7, 9), np.float32)}
    for other, wrong in ((wider, "wte.weight"), ({"more": np.ones(1)}, "more")):
        with pytest.raises(ValueError, match=f"^{name}{wrong} differs$"):
            checkpoint.resume_training(tmp_path, AdamW(other), np.random.default_rng(1))


SPOILT_TRAINING = [
    ({"losses": None}, {}, " must hold 'losses', got "),
    ({"losses": np.ones((1, 1))}, {}, ": losses must be (n_steps,), got float64 (1, 1)"),
    ({"losses": np.array([1])}, {}, ": losses must be (n_steps,), got int64 (1,)"),
    ({}, {"rng": None}, " must hold 'rng', got []"),
    ({}, {"rng": "{"}, ": rng: Expecting "),
]


@pytest.mark.parametrize(("numbers", "words", "said"), SPOILT_TRAINING)
def test_a_training_that_is_spoilt_is_told_with_its_file(tmp_path, params, numbers, words, said):
    checkpoint.save_training(tmp_path, CONFIG, learner_of(params), np.random.default_rng(1), [1.0])
    arrays, metadata = read_safetensors(tmp_path / checkpoint.STATE)
    arrays, metadata = (
        {name: x for name, x in changed.items() if x is not None}
        for changed in (arrays | numbers, metadata | words)
    )
    write_safetensors(tmp_path / checkpoint.STATE, arrays, metadata)
    said = re.escape(f"{tmp_path}/{checkpoint.STATE}{said}")
    with pytest.raises(ValueError, match=f"^{said}"):
        checkpoint.resume_training(tmp_path, learner_of(params), np.random.default_rng(1))
