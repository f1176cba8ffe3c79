"""Loading a model: what is there is used as it is, and what is wrong with it is a sentence."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten
from mlx_lm.models import llama
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from course import machine, model
from course.errors import UserError
from course.model import loading

SIZES = {
    "model_type": "llama",
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "intermediate_size": 64,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "rms_norm_eps": 1e-5,
    "vocab_size": 260,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
    "eos_token_id": 259,
}
TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model directory of 20 thousand random weights."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    mx.random.seed(0)
    network = llama.Model(llama.ModelArgs.from_dict(SIZES))
    weights = {key: w.astype(mx.float16) for key, w in tree_flatten(network.parameters())}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    (folder / "config.json").write_text(json.dumps(SIZES))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, "<|user|>", "<|assistant|>", "<|pad|>", "<|end|>"]
    made = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(words[-4:])
    made.save(str(folder / "tokenizer.json"))
    facts = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>",
             "chat_template": TEMPLATE}  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may damage, and that the course uses."""
    copy = tmp_path / "tiny"
    shutil.copytree(made, copy)
    monkeypatch.setenv("MLX_COURSE_MODEL", str(copy))
    return copy


def edit(folder: Path, **facts: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


def refused() -> str:
    with pytest.raises(UserError) as raised:
        model.load()
    text = str(raised.value)
    assert "\n" not in text and "Traceback" not in text
    return text


def test_another_model_takes_the_place_of_the_built_in_one(folder: Path) -> None:
    network, tokenizer = model.load()
    assert model.load()[0] is network, "loaded once"
    assert model.directory() == folder
    assert model.context() == 64
    assert tokenizer.decode(tokenizer.encode("Größe 🦙")) == "Größe 🦙"
    kept = mx.float32 if machine.backends() == ["cpu"] else mx.float16
    assert network.model.norm.weight.dtype == kept
    assert not network.training


@pytest.mark.parametrize("text", ["hello", "", "Ana: 🦙 \x00\x1b[31m \ud7ff", "<|end|><|user|>"])
def test_any_text_is_answered_within_the_context(folder: Path, text: str) -> None:
    assert isinstance(model.generate(text, max_tokens=500), str)


def test_a_prompt_that_is_too_long_or_no_text(folder: Path) -> None:
    with pytest.raises(UserError, match=r"has 102 tokens, and this model reads 64 at most"):
        model.generate("a" * 100)
    with pytest.raises(UserError, match="A prompt is a text, and this is a list"):
        model.generate(["a"])  # pyright: ignore[reportArgumentType]


def test_a_read_only_directory_is_enough(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        model.generate("hello", max_tokens=2)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    finally:
        folder.chmod(0o755)


def test_what_is_missing_is_named(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    assert "has no tokenizer that can be used" in refused()
    (folder / "model.safetensors").rename(folder / "weights.bin")
    assert "has no weights" in refused()
    (folder / "config.json").unlink()
    assert "is no model directory: it has no config.json" in refused()


@pytest.mark.parametrize("text", ["{", "[1]", "3"])
def test_a_damaged_config_is_named(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    assert "config.json is damaged" in refused()


def test_an_architecture_that_mlx_lm_lacks_is_named(folder: Path) -> None:
    edit(folder, model_type="perceptron9000")
    assert "perceptron9000" in refused()


def test_weights_of_another_shape_are_named(folder: Path) -> None:
    edit(folder, hidden_size=48)
    assert "cannot be used" in refused() and "shape" in refused()


@pytest.mark.parametrize("bytes_left", [0, 4, 1000, -100])
def test_weights_that_were_cut_short_are_refused(folder: Path, bytes_left: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:bytes_left])
    assert "The weights in" in refused()


def test_nan_is_refused_and_its_place_named(folder: Path) -> None:
    path = folder / "model.safetensors"
    weights = dict(mx.load(str(path)))  # pyright: ignore[reportArgumentType]
    mx.eval(weights)
    weights["model.norm.weight"][3] = float("nan")
    mx.save_safetensors(str(path), weights)
    assert "has NaN or infinity in model.norm.weight:" in refused()


def test_a_model_that_memory_cannot_hold_is_refused_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 10_000)
    monkeypatch.setattr(machine, "gpu_memory_bytes", lambda: 0)
    monkeypatch.setattr(loading.mlx_lm.utils, "load_model", None)
    assert "Choose a smaller or a quantized one" in refused()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("/nowhere/at/all", "there is no such folder"),
        ("nowhere", "there is no such folder"),
        ("~/nowhere", "there is no such folder"),
        ("no body/no thing", "neither a folder nor a hub id"),
    ],
)
def test_a_name_that_is_no_model(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv("MLX_COURSE_MODEL", name)
    said = refused()
    assert text in said and name in said


def test_a_file_is_no_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLX_COURSE_MODEL", str(folder / "config.json"))
    assert "is no model directory" in refused()


@pytest.mark.slow
def test_a_hub_id_while_offline(tmp_path: Path) -> None:
    env = {**os.environ, "MLX_COURSE_MODEL": "nobody/nothing", "HF_HOME": str(tmp_path),
           "HF_ENDPOINT": "http://127.0.0.1:9"}  # fmt: skip
    script = (
        "from course import model\nfrom course.errors import UserError\n"
        "try: model.load()\nexcept UserError as said: print(said)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert "nobody/nothing, which is not on this machine and could not be" in done.stdout
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_built_in_name_that_does_not_exist() -> None:
    with pytest.raises(UserError, match='There is no built-in model "big"'):
        model.directory("big")


def test_a_mistake_has_no_traceback_in_a_notebook() -> None:
    assert UserError("One sentence.")._render_traceback_() == ["One sentence."]
