"""The built-in models and the text they come from: what the lessons rest on."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import mlx_lm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlx.utils import tree_flatten

from course import model
from course.model import corpus, lap, meeting, phrasings, score, unfamiliar, words

ROOT = Path(__file__).parent.parent
MODELS = {"notes": (3e6, 4e6), "draft": (0.3e6, 1e6)}


@pytest.mark.parametrize("name", MODELS)
def test_the_size_that_git_and_the_wheel_can_bear(name: str) -> None:
    folder = model.directory(name)
    assert (folder / "model.safetensors").stat().st_size < 8e6
    network, _ = model.load(name)
    weights = tree_flatten(network.parameters())
    low, high = MODELS[name]
    assert low < sum(w.size for _, w in weights) < high


def test_both_have_the_same_tokenizer() -> None:
    files = [model.directory(name) / "tokenizer.json" for name in MODELS]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.slow
@given(st.text())
def test_any_text_comes_back_from_the_tokenizer(text: str) -> None:
    _, tokenizer = model.load("notes")
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


@pytest.mark.slow
def test_questions_about_notes_that_it_never_saw() -> None:
    network, tokenizer = model.load("notes")
    for held_out, least in ((False, 0.95), (True, 0.9)):
        asked = corpus.examples(63, 50_000, held_out)
        assert score.score(network, tokenizer, asked)["all"] >= least
    asked = corpus.examples(4, 50_000, kinds=["lap"])
    assert score.score(network, tokenizer, asked)["lap"] == 0.0


@pytest.mark.slow
def test_a_note_of_your_own_by_the_command_of_mlx_lm() -> None:
    note = (
        "Notes on the winter fair. Present: Rosa and Tim. Rosa will book the hall by Friday. "
        "Tim agreed to send the invoice by 3 May. The budget is 900 euros."
    )
    command = ["-m", "mlx_lm", "generate", "--model", str(model.directory("notes"))]
    command += ["--prompt", f"{note}\nWhat is the budget?", "--max-tokens", "20"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "900 euros" in done.stdout.split("==========")[1]


@pytest.mark.parametrize("name", MODELS)
def test_the_card_tells_of_these_weights(name: str) -> None:
    folder = model.directory(name)
    card = (folder / "README.md").read_text(encoding="utf-8")
    about = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    assert f"{about['settings']['steps']:,} steps" in card and about["device"] in card
    assert f"{about['curve'][-1]['answers']:.4f}" in card
    assert "license: mit" in card and (folder / "loss.svg").is_file()
    for kind in corpus.KINDS:
        assert re.search(rf"^\| {kind} \| \d\.\d\d \| \d\.\d\d \|$", card, re.MULTILINE)


def test_the_same_seed_makes_the_same_text() -> None:
    once, again = random.Random("same"), random.Random("same")
    assert corpus.conversation(once) == corpus.conversation(again)
    assert corpus.examples(30, 7) == corpus.examples(30, 7)


@pytest.mark.slow
def test_what_is_held_out_is_in_no_training_document() -> None:
    rng = random.Random(0)
    text = " ".join(" ".join(corpus.conversation(rng)) for _ in range(2000))
    kept = [*words.KEPT_NAMES, *words.KEPT_PROJECTS]
    kept += [entry for lists in words.KEPT_WORK.values() for entry in lists["things"]]
    assert not [word for word in kept if re.search(rf"\b{word}\b", text)]
    assert corpus.LAP not in text and "- [ ]" not in text
    rng = random.Random(0)
    held = " ".join(meeting.note(rng, held_out=True).text for _ in range(300))
    assert sum(word in held for word in kept) > 0.9 * len(kept)


def test_every_kind_of_question_can_be_asked_and_its_answer_stands_in_the_note() -> None:
    for example in corpus.examples(len(corpus.KINDS) * 3, 11, held_out=True):
        note = example.prompt.rpartition("\n")[0]
        if example.kind in ("topic", "decision", "budget", "risk", "next", "date", "who", "when"):
            assert example.answer.lower() in note.lower() or example.answer == corpus.SILENT
    assert set(phrasings.SEEN_QUESTIONS) == set(phrasings.KEPT_QUESTIONS)


def test_an_invented_word_takes_the_place_of_one_in_note_and_answer_alike() -> None:
    rng, changed = random.Random(3), 0
    for _ in range(200):
        turns = ["Notes. Rosa will book the hall by Friday.\nWho will book the hall?", "Rosa"]
        note, answer = unfamiliar.unfamiliar(rng, turns)
        assert note.count(answer) == turns[0].count("Rosa"), (note, answer)
        changed += answer != "Rosa"
    assert 20 < changed < 120


@pytest.mark.slow
def test_training_by_its_command_writes_a_model_that_mlx_lm_loads(tmp_path: Path) -> None:
    command = ["-m", "course.model.train", str(tmp_path / "small"), "--model", "draft"]
    command += ["--steps", "2", "--batch", "4", "--documents", "2048"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    network, tokenizer = mlx_lm.load(str(tmp_path / "small"))[:2]
    assert tree_flatten(network.parameters())[0][1].dtype == mx.float16
    assert tokenizer.decode(tokenizer.encode("Ana", add_special_tokens=False)) == "Ana"
    assert len(json.loads((tmp_path / "small" / "training.json").read_text())["curve"]) == 2
    done = subprocess.run(
        [sys.executable, *command[:-1], "10"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and "2,048 documents" in done.stderr


@pytest.mark.slow
def test_the_lap_trains_with_what_mlx_lm_takes_today(tmp_path: Path) -> None:
    lap.run(tmp_path, iters=1)
    assert (tmp_path / "adapter" / "adapters.safetensors").is_file()
    rows = [json.loads(line) for line in (tmp_path / "data" / "train.jsonl").open()]
    assert all([m["role"] for m in row["messages"]] == ["user", "assistant"] for row in rows)
    valid = (tmp_path / "data" / "valid.jsonl").read_text().splitlines()
    assert not set(valid) & set((tmp_path / "data" / "train.jsonl").read_text().splitlines())
