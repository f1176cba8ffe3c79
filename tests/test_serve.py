"""The server that lessons start: it comes up, it answers the official client, and it always ends.

Every request goes through the real mlx_lm.server and the real `openai` client.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import mlx.core as mx
import mlx_lm
import openai
import pytest
import yaml
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from course import machine, model
from course.errors import UserError
from course.serve import Server, alone, serve

pytestmark = pytest.mark.slow

EDITORS = Path(__file__).parent.parent / "course" / "data" / "editors"
NOTE = "Today's subject was the Tulip relocation. Ana, Ben and Clara joined. Ben will call."
MESSAGES = [{"role": "user", "content": f"{NOTE}\nWho was there?"}]
LONG = {str(token): -100 for token in range(4)}  # the tokens that would end an answer
BROKEN = r"(BrokenPipe|ConnectionReset|ConnectionAborted)Error:"  # a system has its own word for it
LORA = {"rank": 4, "scale": 2.0, "dropout": 0.0}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The built-in models in the format that is fast here, and an adapter of each."""
    place = tmp_path_factory.mktemp("models")
    for name in ("notes", "draft"):
        target = "float32" if machine.backends() == ["cpu"] else "float16"
        mlx_lm.convert(str(model.directory(name)), str(place / name), dtype=target)
        network, _ = mlx_lm.load(str(place / name))
        network.freeze()
        linear_to_lora_layers(network, 1, LORA)
        adapter = place / f"{name}-adapter"
        adapter.mkdir()
        weights = {key: mx.zeros_like(w) for key, w in tree_flatten(network.trainable_parameters())}
        mx.save_safetensors(str(adapter / "adapters.safetensors"), weights)
        about = {"fine_tune_type": "lora", "num_layers": 1, "lora_parameters": LORA}
        (adapter / "adapter_config.json").write_text(json.dumps(about))
    return place


@pytest.fixture(scope="module")
def server(folders):
    with serve(folders / "notes") as running:
        yield running


@pytest.fixture
def client(server):
    with client_of(server) as made:
        yield made


def client_of(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key="none", timeout=120, max_retries=0)


def ask(client: openai.OpenAI, **more) -> str | None:
    said = client.chat.completions.create(
        **({"model": "default_model", "messages": MESSAGES, "max_tokens": 24} | more)
    )
    return said.choices[0].message.content


def ended(process: int, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except OSError:
            return True
        status = Path(f"/proc/{process}/stat")
        if status.exists() and status.read_text().rsplit(") ", 1)[1][0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_the_official_client_chats_and_streams(client):
    whole = ask(client)
    assert whole == "Ana, Ben, Clara"
    chunks = list(
        client.chat.completions.create(
            model="default_model",
            messages=MESSAGES,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    texts = [c.choices[0].delta.content for c in chunks if c.choices]
    assert "".join(text or "" for text in texts) == whole
    assert None in texts and not chunks[-1].choices
    usage = chunks[-1].usage
    assert usage is not None and usage.completion_tokens > len(list(filter(None, texts)))


def test_models_are_listed_and_only_this_one(client, server):
    assert [found.id for found in client.models.list()] == [server.model]


def test_without_v1_chat_works_and_all_else_does_not(server):
    lost = client_of(server).with_options(base_url=server.url.removesuffix("/v1"))
    assert ask(lost) == "Ana, Ben, Clara"
    with pytest.raises(openai.NotFoundError):
        lost.models.list()


def test_a_seed_repeats_an_answer(client):
    first, again = (ask(client, seed=3, temperature=2.0) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"temperature": -1}, 400),
        ({"max_tokens": 0}, 400),
        ({"messages": []}, 404),
        ({"model": "nobody/nothing"}, 404),
        ({"extra_body": {"seed": "one"}}, 400),
    ],
)
def test_errors_have_a_status_and_a_sentence(client, wrong, status):
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client, **wrong)
    assert caught.value.status_code == status
    assert caught.value.body


def test_many_at_once_get_what_each_gets_alone(client):
    prompts = [f"{NOTE}\n{q}" for q in ("Who was there?", "What was discussed?", "How many?")] * 2
    questions = [[{"role": "user", "content": text}] for text in prompts]
    alone = [ask(client, messages=messages) for messages in questions]
    with ThreadPoolExecutor(len(questions)) as pool:
        assert list(pool.map(lambda m: ask(client, messages=m), questions)) == alone


def test_an_adapter_for_each_request_by_the_folders_name(client, server, folders):
    plain = ask(client)
    named = {"model": server.model, "extra_body": {"adapters": str(folders / "notes-adapter")}}
    assert ask(client, **named) == plain  # all zeros: it changes nothing
    lost = {"adapters": str(folders / "nowhere")}
    assert ask(client, extra_body=lost) == plain  # default_model does not look at it
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        ask(client, model=server.model, extra_body=lost)


def test_an_adapter_of_another_model_is_refused_and_the_server_lives(client, server, folders):
    wrong = {"adapters": str(folders / "draft-adapter")}
    with pytest.raises(openai.NotFoundError, match=r"shape|not an adapter"):
        ask(client, model=server.model, extra_body=wrong)
    assert server.health() == 200
    assert ask(client) == "Ana, Ben, Clara"


def test_who_hangs_up_in_a_stream_frees_the_server(client, server):
    stream = client.chat.completions.create(
        model="default_model",
        messages=[{"role": "user", "content": "Who?"}],
        max_tokens=100_000,
        logit_bias=LONG,
        stream=True,
    )
    for _ in range(5):
        next(stream)
    stream.close()
    assert ask(client) == "Ana, Ben, Clara"
    end = time.monotonic() + 30
    while not re.search(BROKEN, server.log.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    assert re.search(BROKEN, server.log.read_text())
    assert server.health() == 200


def test_no_request_makes_it_look_elsewhere(client, server):
    picture = {"type": "image_url", "image_url": {"url": "http://192.0.2.1/a.png"}}
    with pytest.raises(openai.BadRequestError, match="not this machine"):
        ask(client, messages=[{"role": "user", "content": [picture]}])
    assert "refused: socket" in server.log.read_text()


def test_ten_thousand_tokens_are_read_though_the_model_knows_512(folders):
    assert model.context("draft") == 512
    with serve(folders / "draft") as running, client_of(running) as client:
        said = client.chat.completions.create(
            model="default_model",
            messages=[{"role": "user", "content": "The notes were read again. " * 1_700}],
            max_tokens=2,
        )
        assert said.usage is not None and said.usage.prompt_tokens > 10_000
        assert running.health() == 200


def test_a_port_that_is_taken(server, folders):
    with (
        pytest.raises(UserError, match=f"Port {server.port} is taken"),
        serve(folders / "notes", port=server.port),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--adapter-path", "nowhere"), "adapter path does not exist: nowhere"),
        (("--nonsense",), "unrecognized arguments: --nonsense"),
    ],
)
def test_it_says_why_it_does_not_come_up(folders, options, said):
    with pytest.raises(UserError, match=said), serve(folders / "draft", *options):
        pass


def test_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(UserError, match="no model directory"), serve(tmp_path / "nowhere"):
        pass
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="No safetensors"), serve(tmp_path):
        pass


def test_it_ends_with_its_block_also_by_an_error(folders):
    with pytest.raises(ZeroDivisionError), serve(folders / "draft") as running:
        _ = 1 / 0
    assert running.process.poll() is not None
    assert running.health() == 0
    assert not running.log.exists()


@pytest.mark.skipif(os.name == "nt", reason="there a process cannot be looked for by signal 0")
def test_it_ends_when_the_kernel_is_killed(folders):
    program = (
        "import sys, time; from course.serve import serve\n"
        "with serve(sys.argv[1]) as running:\n"
        "    print(running.process.pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(folders / "draft")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        server = int(kernel.stdout.readline())
        assert not ended(server, 0.1)
        kernel.send_signal(signal.SIGKILL)
    assert ended(server)


@pytest.mark.needs("namespace")
def test_it_works_where_there_is_no_network_at_all(folders):
    program = (
        "import socket, sys, openai; from course.serve import serve\n"
        "with serve(sys.argv[1]) as running:\n"
        "    client = openai.OpenAI(base_url=running.url, api_key='none', max_retries=0)\n"
        "    print(len(client.models.list().data), [name for _, name in socket.if_nameindex()])"
    )
    command = alone(sys.executable, "-c", program, str(folders / "draft"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout == "1 ['lo']\n", done.stderr


def test_continue_finds_what_it_asks_for(server):
    """What the plugin sends, by its source: streamed chat, and completion of a filled template."""
    config = yaml.safe_load((EDITORS / "continue.yaml").read_text())
    assert {"name", "version", "schema"} <= config.keys() and config["schema"] == "v1"
    roles = [role for found in config["models"] for role in found["roles"]]
    assert sorted(roles) == ["apply", "autocomplete", "chat", "edit"]
    chat, complete = config["models"]
    for found in (chat, complete):
        assert found["provider"] == "openai" and found["apiBase"] == "http://127.0.0.1:8080/v1"
    options = chat["defaultCompletionOptions"]
    body = {
        "model": chat["model"],
        "messages": MESSAGES,
        "max_tokens": options["maxTokens"],
        "temperature": options["temperature"],
        "stream": True,
    }
    headers = {"Authorization": f"Bearer {chat['apiKey']}", "api-key": chat["apiKey"]}
    said = httpx.post(f"{server.url}/chat/completions", json=body, headers=headers, timeout=60)
    assert said.status_code == 200 and said.text.endswith("data: [DONE]\n\n")
    options = complete["defaultCompletionOptions"]
    prompt = complete["promptTemplates"]["autocomplete"]
    for mark in ("{{{prefix}}}", "{{{suffix}}}"):
        assert prompt.count(mark) == 1
        prompt = prompt.replace(mark, "x = ")
    body = {
        "model": complete["model"],
        "prompt": prompt,
        "max_tokens": options["maxTokens"],
        "temperature": options["temperature"],
        "stop": options["stop"],
        "stream": True,
    }
    said = httpx.post(f"{server.url}/completions", json=body, headers=headers, timeout=60)
    events = [line[6:] for line in said.text.splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    assert all("text" in json.loads(event)["choices"][0] for event in events[:-1])


def test_zed_finds_what_it_asks_for(server):
    """By its source: a completion in one piece, with stop words; chat as the client above does."""
    settings = json.loads((EDITORS / "zed.json").read_text())
    (provider,) = settings["language_models"]["openai_compatible"].values()
    (offered,) = provider["available_models"]
    needed = {"tools", "images", "parallel_tool_calls", "prompt_cache_key"}
    assert offered["capabilities"].keys() == needed and offered["max_tokens"] > 0
    assert provider["api_url"] == "http://127.0.0.1:8080/v1"
    predictions = settings["edit_predictions"]
    asked = predictions[predictions["provider"]]
    assert asked["api_url"] == "http://127.0.0.1:8080/v1/completions"
    body = {
        "model": asked["model"],
        "prompt": "<|fim_prefix|>x = <|fim_suffix|>\n<|fim_middle|>",
        "max_tokens": asked["max_output_tokens"],
        "stop": ["<|endoftext|>", "<|fim_pad|>", "<PRE>", "[PREFIX]"],
    }
    said = httpx.post(f"{server.url}/completions", json=body, timeout=60)
    assert said.status_code == 200
    assert {"id", "object", "created", "model", "choices", "usage"} <= said.json().keys()
    assert isinstance(said.json()["choices"][0]["text"], str)
