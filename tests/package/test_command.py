"""python -m llm_scratch: writes with a checkpoint as the package does, and says what is wrong."""

import json
import subprocess
import sys
import types

import numpy as np
import pytest
from project import ROOT

from llm_scratch.__main__ import FILES, main
from llm_scratch.checkpoint import load_gpt2, save_gpt2
from llm_scratch.model import GPTConfig, init_params
from llm_scratch.sample import generate
from llm_scratch.tokenizer import BPETokenizer

TEXT = "ねこ は ひるね が すき 。"
TOKENIZER = BPETokenizer.train(TEXT, 270)
CONFIG = GPTConfig(TOKENIZER.vocab_size + 1, 32, 16, 2, 1)  # one more, as <|endoftext|> in GPT-2
END = TOKENIZER.vocab_size


@pytest.fixture
def folder(tmp_path):
    params = init_params(CONFIG, np.random.default_rng(0))
    params["wte.weight"][END] = 0  # never the likeliest
    save_gpt2(tmp_path, {name: 10 * p for name, p in params.items()}, CONFIG)
    TOKENIZER.save(tmp_path)
    return tmp_path


def arguments(folder, *more, prompt="ねこ は"):
    return ["generate", "--checkpoint", str(folder), "--prompt", prompt, *map(str, more)]


def expected(folder, n_tokens, seed=0, **settings):
    params, config = load_gpt2(folder)
    rng = np.random.default_rng(seed)
    ids = generate(params, config, TOKENIZER.encode("ねこ は"), n_tokens, rng, **settings)
    return TOKENIZER.decode(ids[: ids.index(END)] if END in ids else ids)


@pytest.mark.parametrize("settings", [{"temperature": 0.0}, {"top_k": 3}, {"top_p": 0.5}])
def test_it_writes_what_the_package_writes(folder, capsys, settings):
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    main(arguments(folder, "--tokens", 12, "--seed", 7, *options))
    shown = capsys.readouterr()
    assert shown.out == expected(folder, 12, seed=7, **settings) + "\n" and shown.err == ""


def test_as_a_command_it_reads_and_writes_utf_8(folder):
    command = [sys.executable, "-X", "utf8", "-m", "llm_scratch"]
    done = subprocess.run(
        [*command, *arguments(folder, "--tokens", 5, "--temperature", 0)],
        cwd=ROOT / "lessons_src", capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout == expected(folder, 5, temperature=0) + "\n"


def test_it_stops_where_the_model_says_the_text_ends(folder, capsys):
    params, config = load_gpt2(folder)
    params = {name: p.copy() for name, p in params.items()}
    params["ln_f.bias"][:] = 1
    params["wte.weight"][END] = 100
    save_gpt2(folder, params, config)
    main(arguments(folder))
    assert capsys.readouterr().out == "ねこ は\n"


def test_it_says_when_the_last_position_is_reached(folder, capsys):
    main(arguments(folder, "--tokens", 99, "--temperature", 0))
    shown = capsys.readouterr()
    assert shown.err == "\n(stopped: n_positions is 32)"
    n_tokens = 33 - len(TOKENIZER.encode("ねこ は"))
    assert shown.out == expected(folder, n_tokens, temperature=0) + "\n"


WRONG = {
    "--temperature=-1": "temperature must be 0 or more, got -1.0",
    "--top-k=0": "top_k must lie in 1 .. 4611686018427387904, got 0",
    "--prompt=": r"ids must be 1 to 32 tokens, got the shape \(0,\)",
    "--prompt=" + "猫" * 11: r"got the shape \(33,\)",
    "--checkpoint=nowhere": "No such file or directory: 'nowhere",
}


@pytest.mark.parametrize("option", WRONG)
def test_what_is_wrong_is_said_in_one_line(folder, option):
    with pytest.raises(SystemExit, match=f"^llm_scratch generate: .*{WRONG[option]}"):
        main(arguments(folder, option))


@pytest.mark.parametrize("command", [[], ["generate"], ["download"]])
def test_help_is_given_for_each_command(capsys, command):
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    assert "python -m llm_scratch" in capsys.readouterr().out


def hub(folder, calls):
    def snapshot_download(repo_id, *, allow_patterns, local_dir):
        calls.append((repo_id, allow_patterns, local_dir))
        return str(folder)

    return types.SimpleNamespace(snapshot_download=snapshot_download)


def test_download_asks_for_the_four_files_and_shows_the_next_command(folder, capsys, monkeypatch):
    calls = []
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub(folder, calls))
    main(["download", "--to", str(folder)])
    assert calls == [("openai-community/gpt2", FILES, str(folder))]
    assert f"generate --checkpoint {folder} --prompt" in capsys.readouterr().out
    (folder / "merges.txt").unlink()
    with pytest.raises(SystemExit, match=r"openai-community/gpt2 has no merges\.txt"):
        main(["download", "--to", str(folder)])


def test_download_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(SystemExit, match="needs huggingface_hub: pip install huggingface_hub"):
        main(["download"])


def test_the_files_are_those_that_are_read(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "gpt2"
