"""The lap: bad data is named by its line, a training that stops leaves an adapter, sweeps run."""

import itertools
import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx_lm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from course import cli, model
from course.errors import UserError
from course.model import dataset, lap, sweep

USER = {"role": "user", "content": "Ana will call. Who calls?"}
ANA = {"role": "assistant", "content": "Ana"}
MIB = 1 << 20


def chat(*messages: dict[str, Any]) -> str:
    return json.dumps({"messages": messages})


def who(question: str) -> dict[str, str]:
    return {"role": "user", "content": question}


BAD = {
    "it is no JSON": chat(USER, ANA)[:-9],
    "it is JSON and no object": json.dumps([USER, ANA]),
    "it has neither messages, nor prompt": json.dumps({"conversation": [USER, ANA]}),
    "messages is no list": json.dumps({"messages": "Ana"}),
    "message 2 is no object": json.dumps({"messages": [USER, "Ana"]}),
    "message 1 has no role": chat({"content": "Who?"}, ANA),
    "message 2 has the role 'model'": chat(who("Who?"), {"role": "model", "content": "Ana"}),
    "message 2 has no text": chat(who("Who?"), {"role": "assistant"}),
    "the answer is empty": chat(who("Who?"), {"role": "assistant", "content": " \n"}),
    "its last message is not": chat(who("Who?"), ANA, who("And now?")),
    "<|end|> stands in its text": chat(who("<|end|> Who?"), ANA),
    "tokens and is cut to 100": chat(who("Ana will call. " * 50), ANA),
    "half a character": chat(who("\ud800?"), ANA),
    "train.jsonl, line 1, asks the same": chat(USER, {"role": "assistant", "content": "Ben"}),
    "it has text, and the lines before": json.dumps({"text": "Ana will call."}),
    "it is blank": "",
}


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return mlx_lm.utils.load_tokenizer(model.directory("notes"))


@pytest.mark.parametrize("said", BAD)
def test_a_bad_line_is_named(said: str, tmp_path: Path, tokenizer: Any) -> None:
    (tmp_path / "train.jsonl").write_text(chat(USER, ANA) + "\n" + BAD[said] + "\n")
    (found,) = dataset.problems(tmp_path, tokenizer, 100)
    assert "line 2" in found and said in found


def test_what_the_lap_writes_is_good_and_apart(tmp_path: Path, tokenizer: Any) -> None:
    lap.write_data(tmp_path, 60, old=0.5)
    assert dataset.problems(tmp_path, tokenizer, 320) == []
    train = (tmp_path / "train.jsonl").read_text()
    (tmp_path / "valid.jsonl").write_text(train.splitlines()[4] + "\n")
    (found,) = dataset.problems(tmp_path, tokenizer, 320)
    assert found == "valid.jsonl, line 1: train.jsonl, line 5, asks the same."
    lengths = [
        len(tokenizer.apply_chat_template(json.loads(line)["messages"]))
        for line in train.splitlines()
    ]
    late = [a - b for a, b in itertools.pairwise(lengths)]
    assert max(late) <= 1, "mlx_lm pads a batch to its longest line; the template may save a token"


def test_files_that_are_missing_empty_or_full_of_mistakes(tmp_path: Path, tokenizer: Any) -> None:
    assert dataset.problems(tmp_path, tokenizer) == ["train.jsonl is missing."]
    (tmp_path / "train.jsonl").write_text("")
    assert dataset.problems(tmp_path, tokenizer) == ["train.jsonl is empty."]
    (tmp_path / "train.jsonl").write_bytes(b"\xff\n" * 30)
    found = dataset.problems(tmp_path, tokenizer)
    assert "not UTF-8" in found[0] and found[-1] == "And 10 more."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["messages", "role", "content", "text"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_it_raise(tmp_path_factory: Any, tokenizer: Any, line: bytes) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / "train.jsonl").write_bytes(line)
    assert all(isinstance(said, str) for said in dataset.problems(folder, tokenizer))


def test_a_line_of_brackets_is_no_json(tmp_path: Path, tokenizer: Any) -> None:
    (tmp_path / "train.jsonl").write_bytes(b'{"messages": ' + b"[" * 100_000)
    assert dataset.problems(tmp_path, tokenizer) == ["train.jsonl, line 1: it is no JSON."]


def short(folder: Path, **more: Any) -> dict[str, Any]:
    """Settings of a lap that takes seconds."""
    lap.write_data(folder / "data", 8)
    return lap.settings(folder, 6, batch_size=1, save_every=2, steps_per_report=1, **more)


@pytest.mark.slow
def test_an_interrupted_training_leaves_a_usable_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as Jupyter's kernels have it
    seen: list[int] = []

    def stop(step: int, loss: float) -> None:
        seen.append(step)
        if step == 4:  # the files of step 2 are there
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lap.train(short(tmp_path), watch=stop)
    assert seen == [1, 2, 3, 4]
    files = {path.name for path in (tmp_path / "adapter").iterdir()}
    assert {"adapters.safetensors", "0000002_adapters.safetensors"} <= files
    assert "0000006_adapters.safetensors" not in files, "the child went on"
    trained, _ = mlx_lm.load(str(lap.base(tmp_path)), adapter_path=str(tmp_path / "adapter"))[:2]
    assert float(mx.abs(trained.layers[0].self_attn.q_proj.lora_b).max()) > 0


@pytest.mark.slow
def test_a_full_disk_ends_in_a_sentence_and_numbered_files_stay(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    lap.train(short(tmp_path))
    kept = tmp_path / "adapter" / "0000006_adapters.safetensors"
    before = kept.read_bytes()
    assert len(before) > MIB // 2
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB // 2, limits[1]))
    try:
        with pytest.raises(UserError, match=r"mlx_lm.lora failed.*[Uu]nable to write"):
            lap.train(short(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert kept.read_bytes() == before


@pytest.mark.slow
def test_settings_that_mlx_lm_refuses_end_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Requested to train 9 layers"):
        lap.train(short(tmp_path, num_layers=9))


@pytest.mark.slow
def test_a_sweep_runs_and_says_what_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = {"the lap": {"the lap": {}}, "method": {"QLoRA, rank 2": {"bits": 4, "rank": 2}}}
    monkeypatch.setattr(sweep, "SWEEPS", two)
    monkeypatch.setattr(sweep, "_scores", lambda *_: {"new": 0.5, "new, held out": 0, "old": 1})
    monkeypatch.setattr(sweep, "sweep", lambda tell, run=sweep.sweep: run(tell, iters=1))
    done = CliRunner().invoke(cli.app, ["bench", "lap", "--out", str(tmp_path / "lap.json")])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "lap.json").read_text())
    told = sweep.lines(found)
    assert all(line in done.output for line in told[1:])
    assert found["runs"]["QLoRA, rank 2"]["changed"] == {"bits": 4, "rank": 2}
    one, other = (found["runs"][name] for name in ("the lap", "QLoRA, rank 2"))
    assert other["trained"] * 4 == one["trained"]
    assert other["base bytes"] < one["base bytes"] / 2
    assert sweep.lines(found, "rank") == told[:2]


def test_what_is_saved_has_every_variant() -> None:
    found = sweep.saved()
    variants = {name: changed for group in sweep.SWEEPS.values() for name, changed in group.items()}
    assert {name: run["changed"] for name, run in found["runs"].items()} == variants
    assert found["machine"] and found["date"]
