"""The built-in models and the text they come from: what the lessons rest on."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import mlx_lm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlx.utils import tree_flatten

from course import model
from course.model import corpus, draw, handwritten, lap, meeting, score, tools, unfamiliar, words
from course.serve import serve

ROOT = Path(__file__).parent.parent
MODELS = {"notes": (3e6, 8e6), "draft": (0.3e6, 1e6)}


@pytest.mark.parametrize("name", MODELS)
def test_the_size_that_git_and_the_wheel_can_bear(name: str) -> None:
    folder = model.directory(name)
    assert (folder / "model.safetensors").stat().st_size < 16e6
    network, _ = model.load(name)
    weights = tree_flatten(network.parameters())
    low, high = MODELS[name]
    assert low < sum(w.size for _, w in weights) < high


def test_both_have_the_same_tokenizer() -> None:
    files = [model.directory(name) / "tokenizer.json" for name in MODELS]
    assert files[0].read_bytes() == files[1].read_bytes()


@settings(deadline=None)  # the first one loads the model
@given(st.text())
def test_any_text_comes_back_from_the_tokenizer(text: str) -> None:
    _, tokenizer = model.load("notes")
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


def test_questions_about_notes_that_it_never_saw() -> None:
    network, tokenizer = model.load("notes")
    for held_out, least in ((False, 0.95), (True, 0.9)):
        asked = corpus.examples(63, 50_000, held_out)
        assert score.score(network, tokenizer, asked)["all"] >= least
    asked = corpus.examples(4, 50_000, kinds=["lap"])
    assert score.score(network, tokenizer, asked)["lap"] == 0.0


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


def test_what_is_held_out_is_in_no_training_document() -> None:
    rng = random.Random(0)
    text = " ".join(" ".join(corpus.conversation(rng)) for _ in range(2000))
    kept = draw.kept(words.NAMES)
    assert len(kept) > 30
    assert not [word for word in kept if re.search(rf"\b{word}\b", text)]
    assert corpus.LAP not in text and "- [ ]" not in text
    rng = random.Random(0)
    held = " ".join(meeting.note(rng, held_out=True).text for _ in range(300))
    assert sum(word in held for word in kept) > 0.8 * len(kept)


def test_no_training_document_has_what_people_wrote() -> None:
    rng = random.Random(1)
    text = " ".join(" ".join(corpus.conversation(rng)) for _ in range(2000)).lower()
    for name in handwritten.there():
        for row in handwritten.notes(name):
            parts = re.split(r"(?<=[.!?])\s+|\n+", row["note"])
            assert not [part for part in parts if len(part) > 30 and part.lower() in text]


def test_what_people_wrote_is_whole() -> None:
    for name in handwritten.there():
        for example in handwritten.questions(name):
            assert example.kind in corpus.KINDS and example.answer
            assert handwritten.right(example, example.answer)
        assert handwritten.next_actions(name)


@pytest.mark.parametrize(
    ("answer", "said", "right"),
    [
        ("the pump", "Pump.", True), ("Ana, Ben", "Ana and Ben", True), ("Friday", "by Friday", True),
        ("4 May; 5 May", "by 4 May; by 5 May", True), ("Ana, Ben", "Ana", False), ("5", "15", False),
        ("- call Ana", "call Ana", False), ("- a\n- b", "- b\n- a", False),
    ],
)  # fmt: skip
def test_what_a_person_would_take(answer: str, said: str, right: bool) -> None:
    assert handwritten.right(corpus.Example("who", "", answer), said) is right


def test_every_kind_of_question_can_be_asked_and_its_answer_stands_in_the_note() -> None:
    for example in corpus.examples(len(corpus.KINDS) * 3, 11, held_out=True):
        note = example.prompt.rpartition("\n")[0]
        if example.kind in ("topic", "decision", "budget", "risk", "next", "date", "who", "when"):
            assert example.answer.lower() in note.lower() or example.answer == corpus.SILENT


def test_the_same_text_whatever_the_hash_seed() -> None:
    script = (
        "import random, zlib\nfrom course.model import corpus\nrng = random.Random(5)\n"
        "print(zlib.crc32(repr([corpus.conversation(rng) for _ in range(300)]).encode()))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_an_invented_word_takes_the_place_of_none_that_is_asked_for() -> None:
    rng, changed = random.Random(3), 0
    for _ in range(200):
        turns = [
            "The weather was really lovely. Rosa will book the hall.\nWho will book the hall?",
            "Rosa",
        ]
        note, answer = unfamiliar.unfamiliar(rng, turns)
        assert answer == "Rosa" and "Rosa will book the hall." in note
        changed += note != turns[0]
    assert 10 < changed < 120


def test_a_call_is_what_mlx_lm_parses() -> None:
    _, tokenizer = model.load("notes")
    assert tokenizer.has_tool_calling
    call = tools.call(tools.DEFAULT, ("Zoë", "call Ana", "Friday"))
    text = call.removeprefix(tokenizer.tool_call_start).removesuffix(tokenizer.tool_call_end)
    parsed = tokenizer.tool_parser(text, [tools.ADD_TASK])
    assert parsed == {
        "name": "add_task", "arguments": {"who": "Zoë", "task": "call Ana", "due": "Friday"},
    }  # fmt: skip
    turns = [{"role": "user", "content": "Hi"}]
    ids = tokenizer.apply_chat_template(turns, tools=[tools.ADD_TASK], add_generation_prompt=True)
    shown = tools.shown([tools.ADD_TASK])
    assert tokenizer.decode(ids) == f"<|start|><|user|>{shown}Hi<|assistant|>"


def test_the_server_hands_a_call_to_the_openai_client() -> None:
    openai = pytest.importorskip("openai")
    asked = "Rosa will book the hall by Friday.\nAdd Rosa's task to the list."
    with serve(model.directory("notes")) as server:
        client = openai.OpenAI(base_url=server.url, api_key="none")
        said = client.chat.completions.create(
            model=server.model, messages=[{"role": "user", "content": asked}],
            tools=[tools.ADD_TASK], max_tokens=80, temperature=0,
        )  # fmt: skip
    (call,) = said.choices[0].message.tool_calls
    assert said.choices[0].finish_reason == "tool_calls" and call.function.name == "add_task"
    found = json.loads(call.function.arguments)
    assert found == {"who": "Rosa", "task": "book the hall", "due": "Friday"}


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


def test_the_lap_trains_with_what_mlx_lm_takes_today(tmp_path: Path) -> None:
    lap.run(tmp_path, iters=1)
    assert (tmp_path / "adapter" / "adapters.safetensors").is_file()
    rows = [json.loads(line) for line in (tmp_path / "data" / "train.jsonl").open()]
    assert all([m["role"] for m in row["messages"]] == ["user", "assistant"] for row in rows)
    valid = (tmp_path / "data" / "valid.jsonl").read_text().splitlines()
    assert not set(valid) & set((tmp_path / "data" / "train.jsonl").read_text().splitlines())
