"""The playground says what the model computes, and draws as its settings say."""

import numpy as np
import pytest
from refusals import refuses

from llm_scratch import model, playground
from llm_scratch.ops import softmax

PROMPT = "ねこ は いつも とても"
ANY = model.init_params(playground.CONFIG, np.random.default_rng(0))


@pytest.fixture(scope="module")
def params():
    """Of a model that knows nothing and is sure of it."""
    return {name: 4 * p for name, p in ANY.items()}


def first(seen, name):
    """`name` of the four most likely tokens."""
    return [one[name] for one in seen["next"][:4]]


def test_it_is_trained_as_the_lessons_train_and_kept_in_32_bits(tmp_path, monkeypatch):
    """test_approved.py trains it, and compares it with what lesson 14 printed."""

    def train(params, config, ids, n_steps, rng, peak):
        assert config == playground.CONFIG and (n_steps, peak) == (300, 0.01)
        assert {p.dtype for p in params.values()} == {np.dtype(np.float64)}
        drawn = model.init_params(config, np.random.default_rng(0), np.float64)
        assert all((drawn[name] == p).all() for name, p in params.items())
        assert rng.bit_generator.state == np.random.default_rng(2).bit_generator.state
        text = playground.WORLD.text(np.random.default_rng(0), 20000)
        assert playground.WORDS.decode(ids) == " ".join(text)
        params["wte.weight"][:] = 0.1

    monkeypatch.setattr(playground.train, "train", train)
    playground.save_mini_gpt(tmp_path / "mini_gpt.safetensors")
    trained = playground.load_mini_gpt(tmp_path / "mini_gpt.safetensors")
    assert {p.dtype for p in trained.values()} == {np.dtype(np.float32)}
    assert (trained["wte.weight"] == np.float32(0.1)).all()


def test_what_is_seen_is_what_the_model_says(params):
    seen = playground.look(params, PROMPT)
    assert seen["tokens"] == ["。", *PROMPT.split()]
    ids = playground.encoded(PROMPT)[None]
    p = softmax(model.forward(params, ids, playground.CONFIG)[0, -1].astype(np.float64))
    said = {one["token"]: one["given"] for one in seen["next"]}
    assert [*said.values()] == sorted(said.values(), reverse=True)
    assert [said[token] for token in playground.WORLD.vocab] == pytest.approx(p, rel=1e-12)
    assert first(seen, "p") == pytest.approx(first(seen, "given"), rel=1e-12)
    weights = np.array(model.trace(params, ids, playground.CONFIG)[1])[:, 0]
    assert seen["attention"] == weights.astype(np.float64).round(4).tolist()


def test_settings_change_what_is_drawn_from_and_not_what_is_given(params):
    given = first(playground.look(params, PROMPT), "given")
    colder = playground.look(params, PROMPT, temperature=0.5, top_k=2)
    assert first(colder, "given") == given
    squares = given[0] ** 2 + given[1] ** 2
    expected = [given[0] ** 2 / squares, given[1] ** 2 / squares, 0, 0]
    assert first(colder, "p") == pytest.approx(expected, rel=1e-6)
    fewer = playground.look(params, PROMPT, top_p=(given[0] + sum(given[:2])) / 2)
    both = given[0] + given[1]
    assert first(fewer, "p") == pytest.approx([given[0] / both, given[1] / both, 0, 0], rel=1e-6)


def test_what_is_equally_likely_comes_in_the_order_of_the_vocabulary(params):
    nothing = {name: np.zeros_like(p) for name, p in params.items()}
    assert first(playground.look(nothing, ""), "token") == playground.WORLD.vocab[:4]


def test_a_step_adds_one_token_as_often_as_it_is_likely(params):
    rng = np.random.default_rng(0)
    seen = playground.look(params, PROMPT)
    likeliest = f"{PROMPT} {first(seen, 'token')[0]}"
    assert playground.step(params, PROMPT, rng, temperature=0) == likeliest
    assert playground.step(params, "", rng, temperature=0) in playground.WORLD.vocab
    drawn = [playground.step(params, PROMPT, rng) for _ in range(400)]
    share = np.mean([text == likeliest for text in drawn])
    assert share == pytest.approx(first(seen, "given")[0], abs=0.05)


def test_a_step_from_nothing_is_one_token_alone(params):
    assert playground.step(params, "", np.random.default_rng(0)) in playground.WORLD.vocab
    assert playground.step(params, " ", np.random.default_rng(0), top_k=1).count(" ") == 0


REFUSED = """
encoded("ねこ は zebra apple")  # prompt must use the words of this world, got zebra apple
encoded("ねこ " * 32)  # prompt must have at most 32 tokens, got 33
encoded(3)  # TypeError: prompt must be a str, got 3
look(ANY, "ねこ は zebra apple")  # prompt must use the words of this world, got zebra apple
look(ANY, "ねこ " * 32)  # prompt must have at most 32 tokens, got 33
look(ANY, 3)  # TypeError: prompt must be a str, got 3
step(ANY, "", 0)  # TypeError: rng must be a Generator, got 0
"""
test_refusals = refuses(REFUSED, vars(playground) | globals())


def test_the_longest_prompt_is_taken():
    ids = playground.encoded("ねこ " * 31)
    assert ids.tolist() == [playground.WORDS.ids["。"]] + [playground.WORDS.ids["ねこ"]] * 31
