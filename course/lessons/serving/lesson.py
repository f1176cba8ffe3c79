# %% [markdown]
# # 10 · Serving
# **After this lesson you can** put a model behind an endpoint that other programs know how to use; stream from it, and say how many people it can serve at a time; connect an editor and a folder of notes to it without a byte leaving the machine; and say whom it would let in.
#
# **75 minutes · runs on any machine · needs lesson 08**
# %%
import course
import contextlib
import heapq
import io
import itertools
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
import numpy as np
import openai
import yaml
from course import figures, machine, measured, predict
from course.mistake import Mistake
from course.model import corpus
from course.serve import alone, serve
from mlx.utils import tree_flatten
from mlx_lm.tuner.datasets import CacheDataset, ChatDataset
from mlx_lm.tuner.trainer import default_loss, iterate_batches
from mlx_lm.tuner.utils import linear_to_lora_layers

# %% [markdown]
# A server is a program that has the model in memory and answers requests over HTTP, so that other programs need neither Python nor MLX. mlx_lm has one, and it speaks the language of OpenAI's API, which many tools know: `mlx_lm.server --model MODEL`. What it does if you say nothing else:
# %% tags=["claim:serving.defaults"]
done = subprocess.run(
    [sys.executable, "-m", "mlx_lm", "server", "--help"],
    env=machine.child_env(), capture_output=True, text=True,
)
options = " ".join(done.stdout.split("options:")[1].split())
{
    name: re.search(rf"--{name} .*?default: (.*?)\)", options)[1]
    for name in ("host", "port", "allowed-origins", "temp", "max-tokens")
}
# %% [markdown]
# It listens on this machine alone, at port 8080, and takes the likeliest token each time. `allowed-origins` is the one to remember for the end of this lesson.
#
# ## Start, wait, stop
# In a notebook a server is a child process, and three things go wrong with those: the port is taken, requests come before the model is loaded, and the server lives on when the kernel has died. `course.serve` runs the same command with a guard for each: it picks a free port, waits until a token has come out, and ends with the block or the kernel, however that ends.
#
# On a CPU the weights should be float32 (lesson 08), and a server takes them as they are in the file. So we write a copy first.
# %%
if machine.backends() == ["cpu"]:
    mx.disable_compile()

folder = tempfile.TemporaryDirectory()
work = Path(folder.name)


def quietly(function, *args, **options):
    """mlx_lm's tools talk a lot; this drops it."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return function(*args, **options)


target = "float32" if machine.backends() == ["cpu"] else "float16"
quietly(mlx_lm.convert, str(course.model.directory("notes")), str(work / "notes"), dtype=target)
chosen = course.model.directory()
chosen = work / "notes" if chosen == course.model.directory("notes") else chosen
# %%
running = contextlib.ExitStack()  # what it entered ends with running.close(), in the last cell
server = running.enter_context(serve(chosen))
server.url[:17], server.health()
# %% [markdown]
# `/health` is a page of mlx_lm's. Do not wait for it alone: it says 200 as soon as the thread that generates is alive, and then a large model may still be on its way into memory.
#
# What you get for a folder that is not there, and for a port where somebody listens already:
# %%
for model, options in ((work / "nots", {}), (chosen, {"port": server.port})):
    try:
        with serve(model, **options):
            pass
    except Mistake as mistake:
        print(str(mistake).replace(str(work), "…").replace(str(server.port), "8080"))
# %% [markdown]
# (`mlx_lm.server` itself, version 0.32, prints a traceback for the second, and does not end: the thread that generates goes on, and no request can reach it.)
#
# ## The official client
# `openai` is OpenAI's own package. It needs a base URL, and insists on a key, which this server does not read.
# %%
client = openai.OpenAI(base_url=server.url, api_key="none", timeout=120, max_retries=0)
note = (
    "Today's subject was the Tulip relocation. Ana, Ben and Clara joined. Ben will call the printer "
    "by Friday. Clara will order the badges by 12 May. We may spend 2,500 euros."
)


def ask(question, client=client, **more):
    messages = [{"role": "user", "content": question}]
    return client.chat.completions.create(
        **({"model": "default_model", "messages": messages, "max_tokens": 40} | more)
    )


first, again = (ask(f"{note}\nWho was there?") for _ in range(2))
type(first).__name__, first.choices[0].finish_reason, first.choices[0].message == again.choices[0].message
# %% tags=["nbval-ignore-output"]
first.choices[0].message.content, first.usage.prompt_tokens, again.usage.prompt_tokens_details.cached_tokens
# %% [markdown]
# The last number is the prompt cache of lesson 08 at work: the server keeps those of its last ten answers, and the second time had to read next to nothing.
#
# The base URL ends in /v1. Somebody leaves it out. What works?
# %% tags=["claim:serving.base_url"]
without = client.with_options(base_url=f"http://127.0.0.1:{server.port}")
for name, call in (
    ("chat", lambda: ask("Who?", client=without, max_tokens=2)),
    ("models", without.models.list),
    ("completions", lambda: without.completions.create(model="default_model", prompt="We", max_tokens=2)),
):
    try:
        print(f"{name}: {type(call()).__name__}")
    except openai.APIStatusError as error:
        print(f"{name}: {error.status_code} {error.response.text}")
# %% [markdown]
# The mistake is found late, because the one thing that everybody tries first works. An error has a status: from 400 on it speaks of the request, from 500 on of the server. With one exception: what cannot be loaded is a 404 here, as if the page did not exist.
# %%
for wrong in ({"temperature": -1}, {"max_tokens": 0}, {"model": "gpt-4o"}):
    try:
        ask("Who?", **wrong)
    except openai.APIStatusError as error:
        print(type(error).__name__, error.status_code, str(error.response.json()["error"])[:66])
# %% [markdown]
# Look at the third. A program that was written for OpenAI names OpenAI's model, and *this server would have downloaded a model of that name*, had `serve` not forbidden it. "default_model" is the one that it was started with.
#
# "Compatible" means: what it knows it does alike. What happens to fields that it does not know?
# %% tags=["claim:serving.compatible"]
asked = {"n": 3, "response_format": {"type": "json_object"}, "extra_body": {"temprature": 2}}
said = ask(f"{note}\nWho was there?", **asked)
len(said.choices), said.choices[0].message.content.startswith("{"), said.choices[0].message == first.choices[0].message
# %% [markdown]
# One answer instead of three, no JSON, and no word about a misspelt temperature. mlx_lm's own page says "similar to", and that is the word.
#
# ## As it comes
# With `stream=True` the answer comes in chunks, as events over one connection. This is all that a chunk can be:
# %%
chunks = list(ask(f"{note}\nWho was there?", stream=True, stream_options={"include_usage": True}))
for chunk in (chunks[0], chunks[-2], chunks[-1]):
    choice = chunk.choices[0] if chunk.choices else None
    print("text" if choice and choice.delta.content else "no text", choice and choice.finish_reason, bool(chunk.usage))
# %% [markdown]
# The last but one has the reason for the end, and its `delta.content` is None. The last has the count, and no choice at all. And is a chunk a token?
# %% tags=["claim:serving.chunks"]
sum_of_money = "Topic: the Sparrow workshop. We were Björn, Dora and Stefan. Budget: €8,500.\nWhat is the budget?"
chunks = list(ask(sum_of_money, stream=True, stream_options={"include_usage": True}))
texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
len(texts) < chunks[-1].usage.completion_tokens
# %% tags=["nbval-ignore-output"]
texts, chunks[-1].usage.completion_tokens
# %% [markdown]
# A chunk is whatever text was ready. The server keeps bytes back until they make a character (in this vocabulary € is three tokens), and the token that ends an answer has no text. Counting chunks undercounts tokens; use `usage`.
#
# ## Where to stop
# `stop` is a list of texts at which the answer should end. The answer above was "Ana, Ben, Clara" (if you use the built-in model). With `stop=["Ben"]`, how many names come?
# %%
predict("serving.stop", None, "names")
# %%
small = server if chosen == work / "notes" else running.enter_context(serve(work / "notes"))
little = openai.OpenAI(base_url=small.url, api_key="none", timeout=120, max_retries=0)
# %% tags=["nbval-ignore-output", "claim:serving.stop"]
for stop in ("Ben", " Ben", "and"):
    said = ask(f"{note}\nWho was there?", client=little, stop=[stop])
    print(repr(stop), repr(said.choices[0].message.content), said.usage.completion_tokens, "tokens")
    if stop == "Ben":
        names = len(re.findall(r"\w+", said.choices[0].message.content))
measured("serving.stop", names, "names")
# %% [markdown]
# Two, and the middle one is cut out. In mlx_lm 0.32 generating stops where the *tokens* of "Ben" come, and the model wrote " Ben", with the blank, which is another token. The *text* "Ben" is taken out all the same, and the model goes on. The third line is the other half: a text that might become a stop word is kept back, and the last "a" of "Clara" might have become "and". The answer ended first, and what was kept back was lost.
#
# So: give stop words as the model writes them, with the blank. Where the text matters, cut it yourself; `cut_at_stop` in the exercises does so in a stream, and loses nothing.
#
# ## Seeds
# A seed makes a drawn answer repeatable:
# %% tags=["claim:serving.seed"]
drawn = [ask("Who was there?", temperature=1.5, seed=seed, max_tokens=12).choices[0].message.content for seed in (7, 7, 8)]
drawn[0] == drawn[1]
# %% [markdown]
# Everybody draws from one and the same random state; a request with a seed must therefore be served alone, and the others wait.
#
# ## Many at once
# Now several requests at a time, each from a thread of its own, all through one client. A client takes a while to make. How long?
# %% tags=["nbval-ignore-output"]
start = time.perf_counter()
made = [openai.OpenAI(base_url=server.url, api_key="none") for _ in range(5)]
each = (time.perf_counter() - start) / len(made)
print(f"{1e3 * each:.0f} ms for a client")
for other in made:
    other.close()
# %% [markdown]
# It reads a file of certificates and sets up a pool of connections, also for a server that has no certificate. One client is enough for a program, and threads may share it.
#
# A server that has several requests gives each of them one token at every step (`batch_generate`, lesson 08). With eight at a time, how many times as many tokens a second come out as with one?
# %%
predict("serving.eight", None, "times")
# %% [markdown]
# And how long does each wait for its first token, in multiples of what it waited alone?
# %%
predict("serving.wait", None, "times")
# %%
prompts = [example.prompt for example in corpus.examples(100, seed=20_003, kinds=["table"])]


def timed(prompt, **more):
    """Seconds to the first text, seconds in all, tokens."""
    start, wait, tokens = time.perf_counter(), None, 0
    for chunk in ask(prompt, stream=True, stream_options={"include_usage": True}, **more):
        if wait is None and chunk.choices and chunk.choices[0].delta.content:
            wait = time.perf_counter() - start
        tokens = chunk.usage.completion_tokens if chunk.usage else tokens
    return wait or 0.0, time.perf_counter() - start, tokens


def together(at_once, prompts, **more):
    """Tokens a second of all, mean wait and mean time of one."""
    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        times = np.array(list(pool.map(lambda prompt: timed(prompt, **more), prompts)))
    return times[:, 2].sum() / (time.perf_counter() - start), *times[:, :2].mean(axis=0)
# %% tags=["nbval-ignore-output"]
together(4, prompts[:4], max_tokens=4)  # warm up
sizes = [1, 2, 4, 8, 16]
# Other prompts each time, so that none is in the server's prompt cache.
load = [together(n, prompts[4 + 16 * i : 20 + 16 * i], max_tokens=24) for i, n in enumerate(sizes)]
for n, (rate, wait, whole) in zip(sizes, load):
    print(f"{n:2} at a time: {rate:5,.0f} tokens/s in all, first text after {1e3 * wait:4.0f} ms, whole answer {1e3 * whole:5.0f} ms")
measured("serving.eight", load[3][0] / load[0][0], "times")
measured("serving.wait", load[3][1] / load[0][1], "times")
# %% tags=["nbval-ignore-output", "claim:serving.batching"]
figures.lines(
    {"all together, of the most": (sizes, [rate / max(r for r, _, _ in load) for rate, _, _ in load]),
     "one answer, of the longest": (sizes, [whole / max(w for _, _, w in load) for _, _, whole in load])},
    alt="Against requests at a time, as a share of the largest: tokens a second of all together "
    + ", ".join(f"{rate:,.0f}" for rate, _, _ in load) + " and seconds for one answer "
    + ", ".join(f"{whole:.2f}" for _, _, whole in load) + ", for 1, 2, 4, 8 and 16 at a time.",
    xlabel="requests at a time",
    ylabel="share of the largest",
)
# %% [markdown]
# On a machine that does nothing else both curves go up, and that is the whole of serving: what all get together rises, and so does what each one waits. Prompts are what hurts: between two steps up to 2,048 tokens of new prompts are read (`--prefill-step-size`), and the answers under way wait for that. Which of the two numbers matters, *time to first token* or *tokens a second*, is for the use to say: an editor's completion of ten tokens is all wait, a summary is all rate. A "tokens per second" without the number of users and the prompt's length says neither.
#
# Now the same eight with seeds:
# %% tags=["nbval-ignore-output"]
def burst(prompts, seeds):
    start = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda prompt, seed: ask(prompt, max_tokens=24, seed=seed), prompts, seeds))
    return time.perf_counter() - start


without, with_seeds = burst(prompts[84:92], [None] * 8), burst(prompts[92:], range(8))
print(f"{without:.2f} s for eight together, {with_seeds:.2f} s with a seed each")
# %% [markdown]
# With seeds they were served one after the other. For a model of gigabytes that costs nearly the whole gain above, as the weights are read for each of them again. For one as small as ours it may even be quicker, because a batch has bookkeeping of its own. Measure with the model that you will use.
#
# ## Who hangs up
# A client that waits too long gives up, and by default sends the request again, twice. Does the server notice? We ask for a long answer with a short patience. How many answers is the server writing when the client has given up for good?
# %%
predict("serving.storm", None, "answers")
# %% tags=["nbval-ignore-output", "claim:serving.storm"]
tokenizer = mlx_lm.utils.load_tokenizer(chosen)
endless = {"max_tokens": 400, "logit_bias": {str(i): -100 for i in tokenizer.eos_token_ids}}
hasty = client.with_options(timeout=0.2, max_retries=2)


def seen(what):
    return len(re.findall(what, server.log.read_text(errors="replace")))


def short():
    start = time.perf_counter()
    ask("Who?", max_tokens=4)
    return time.perf_counter() - start


quiet = min(short() for _ in range(3))
broken = r"(BrokenPipe|ConnectionReset|ConnectionAborted)Error:"  # a system has its own word for it
received, lost = seen('"POST'), seen(broken)
try:
    ask("Who will do what?", client=hasty, **endless)
except openai.APITimeoutError as error:
    print("the client:", error)
given_up = time.perf_counter()
busy = short()
answers = seen('"POST') - received - 1  # the short one
while seen(broken) < lost + answers and time.perf_counter() < given_up + 30:
    time.sleep(0.05)
print(f"a short question took {1e3 * quiet:.0f} ms before, and meanwhile {1e3 * busy:.0f} ms")
print(f"the server was done {time.perf_counter() - given_up:.1f} s after nobody waited any more")
measured("serving.storm", answers, "answers")
# %% [markdown]
# One for each time that it asked, each to its end, for nobody. An answer in one piece is written into the connection when it is complete, so the server learns only then that nobody listens. If it is slow because it has too much to do, this triples what it has to do: a *retry storm*. In a stream it learns with the next chunk:
# %% tags=["claim:serving.hang_up"]
hung_up = seen(broken)
stream = ask("Who will do what?", stream=True, **(endless | {"max_tokens": 100_000}))
for _, chunk in zip(range(3), stream):
    pass
stream.close()
end = time.perf_counter() + 30
while seen(broken) == hung_up and time.perf_counter() < end:
    time.sleep(0.05)
seen(broken) > hung_up, ask("Who?", max_tokens=2).choices[0].finish_reason, server.health()
# %% [markdown]
# A hundred thousand tokens were asked for, and the server stopped at once. (Its log has a traceback for it, which is no cause for alarm.)
#
# > **Keep this.** Stream, or give it time. And repeat only what can succeed the second time, later each time: `send_with_retries` in the exercises.
#
# ## A prompt that is too long
# The built-in model knows 512 tokens. What does its server say to four times that?
# %% tags=["claim:serving.long_prompt"]
said = ask("The notes were read again. " * 340, client=little, max_tokens=4)
course.model.context("notes"), said.usage.prompt_tokens > 2000, said.choices[0].finish_reason in ("stop", "length")
# %% [markdown]
# It reads it, and answers, and what it answers is worth nothing. Ten thousand tokens are no different, they take longer; meanwhile everybody else waits. The server has no limit that you could set. Whoever sends counts: `fit_messages`.
#
# ## An adapter for each request
# One model in memory, and a small adapter (lesson 09) for each task: that is how one server can be several. For a demonstration, sixteen steps of training make a model that never tells anything:
# %%
def adapter(model, target, steps, answer):
    """A LoRA adapter of the model, trained to give one answer to everything."""
    network, tokenizer = mlx_lm.load(str(model))
    lora = {"rank": 8, "scale": 2.0, "dropout": 0.0}
    network.freeze()
    linear_to_lora_layers(network, len(network.layers), lora)
    rows = [
        {"messages": [{"role": "user", "content": e.prompt}, {"role": "assistant", "content": answer}]}
        for e in corpus.examples(64, seed=5)
    ]
    data = CacheDataset(ChatDataset(rows, tokenizer, mask_prompt=True))
    step, adam = nn.value_and_grad(network, default_loss), optim.Adam(1e-3)
    for batch in itertools.islice(iterate_batches(data, 4, 512, seed=0), steps):
        _, grads = step(network, *map(mx.array, batch))
        adam.update(network, grads)
        mx.eval(network.trainable_parameters(), adam.state)
    target.mkdir()
    trained = dict(tree_flatten(network.trainable_parameters()))
    mx.save_safetensors(str(target / "adapters.safetensors"), trained)
    about = {"fine_tune_type": "lora", "num_layers": len(network.layers), "lora_parameters": lora}
    (target / "adapter_config.json").write_text(json.dumps(about))


adapter(work / "notes", work / "discreet", 16, corpus.SILENT)
adapter(course.model.directory("draft"), work / "of_another", 0, corpus.SILENT)
sorted(path.name for path in (work / "discreet").iterdir())
# %% [markdown]
# The field of a request is called `adapters`, and OpenAI's client sends what it does not know as `extra_body`:
# %% tags=["claim:serving.adapters"]
discreet = {"extra_body": {"adapters": str(work / "discreet")}}


def who(**more):
    return ask(f"{note}\nWho was there?", client=little, **more).choices[0].message.content


plain, by_default, by_name = who(), who(**discreet), who(model=small.model, **discreet)
by_default == plain, by_name == plain
# %% tags=["nbval-ignore-output"]
by_default, by_name
# %% [markdown]
# The first did nothing, and nobody said so. For "default_model" the server takes the adapter of its own command line, or none; only a request that names the model's folder gets the adapter that it names. That of another model it refuses, and lives:
# %%
try:
    who(model=small.model, extra_body={"adapters": str(work / "of_another")})
except openai.NotFoundError as error:
    print(error.response.json()["error"].splitlines()[0].replace(str(work), "…"))
small.health(), who() == plain
# %% tags=["nbval-ignore-output"]
def seconds(*requests):
    start = time.perf_counter()
    for more in requests:
        who(**more)
    return (time.perf_counter() - start) / len(requests)


named = {"model": small.model} | discreet
seconds(named)  # load it
print(f"the same adapter each time {1e3 * seconds(named, named, named, named):.0f} ms a request, in turns {1e3 * seconds({}, named, {}, named):.0f} ms")
# %% [markdown]
# And each change costs: the server lets the running answers end, then loads model and adapter anew. With a model of a few megabytes that is milliseconds; with one of gigabytes, seconds in which nobody is served. Two adapters used in turns want two servers.
#
# ## Workload: an editor
# Editors' assistants want two things. To chat, and to edit, is a conversation: /v1/chat/completions. To complete is no conversation: the text before the cursor and behind it go in, what stands between comes out, from /v1/completions. Two configuration files come with the course, for Continue (a plugin for VS Code and JetBrains) and for Zed (which has it built in).
# %%
editors = Path(course.__file__).parent / "data" / "editors"
continued = yaml.safe_load((editors / "continue.yaml").read_text())
zed = json.loads((editors / "zed.json").read_text())["edit_predictions"]["open_ai_compatible_api"]
print(yaml.safe_dump(continued["models"][1], sort_keys=False, width=100), zed, sep="\n")
# %% [markdown]
# The template has three marks in it. OpenAI's field for the text behind the cursor is called `suffix`. Does this server read it?
# %% tags=["claim:serving.suffix"]
def complete(prompt, **more):
    return little.completions.create(model="default_model", prompt=prompt, max_tokens=8, **more).choices[0].text


complete("Ben will", suffix=" by Friday.") == complete("Ben will", suffix=" the budget.") == complete("Ben will")
# %% [markdown]
# It does not. So both texts must be in the prompt, between the marks that the model was trained with: these are Qwen2.5-Coder's, and for another model you change them. Now the requests as the two programs send them (by their sources: Continue streams, Zed does not), to our port:
# %%
here = {"http://127.0.0.1:8080": server.url.removesuffix("/v1")}


def post(url, body):
    return httpx.post(url.replace(*next(iter(here.items()))), json=body, timeout=60)


chat, completion = continued["models"]
prompt = completion["promptTemplates"]["autocomplete"]
prompt = prompt.replace("{{{prefix}}}", "def add(a, b):\n    ").replace("{{{suffix}}}", "\n\nadd(1, 2)\n")
both = {"model": "default_model", "max_tokens": 8}
replies = [
    post(chat["apiBase"] + "/chat/completions", both | {"messages": [{"role": "user", "content": "Shorten this."}], "stream": True}),
    post(completion["apiBase"] + "/completions", both | {"prompt": prompt, "stop": ["<|endoftext|>"], "stream": True}),
    post(zed["api_url"], both | {"prompt": prompt, "stop": ["<|endoftext|>", "<PRE>"]}),
]
[(reply.status_code, reply.headers["content-type"]) for reply in replies]
# %% [markdown]
# The endpoint answers. What it says is nothing that you would want in a program: the built-in model has read meeting notes and no code. For real use start `mlx_lm.server --model mlx-community/Qwen2.5-Coder-7B-Instruct-4bit --port 8080`, after reading its card, and copy a file.
#
# How fast would that be? One reads of 50 to 70 tokens a second on an M3 Pro. Each token reads all weights once (lesson 08), so bandwidth divided by bytes is a ceiling:
# %%
embedding = 152_064 * 3_584  # rows of which a token reads one
qwen = (7.62e9 - embedding) * 4.5 / 8
f"{qwen / 1e9:.2f} GB a token, at 150 GB/s: at most {150e9 / qwen:.0f} tokens/s"
# %% [markdown]
# That is below the lower of the two numbers, before any overhead. (7.62 billion parameters, its config.json's vocabulary and width; 150 GB/s is Apple's figure for the M3 Pro.) For completions that is fast enough all the same: ten tokens take little more than a quarter of a second at that ceiling. It is the wait for the first one that you will feel, and a server that reads somebody's long prompt meanwhile.
#
# ## Workload: a folder of notes
# Notes of meetings, one file each; out come a page to read and a table to sort. This is the whole program, and it can stand alone:
# %%
program = """
import csv, pathlib, sys
import openai

notes, out, url = sys.argv[1:]
reached = set()
sys.addaudithook(lambda event, args: reached.add(args[1][0]) if event == "socket.connect" else None)
client = openai.OpenAI(base_url=url, api_key="none", timeout=300, max_retries=0)


def ask(note, question):
    said = client.chat.completions.create(
        model="default_model", max_tokens=200, messages=[{"role": "user", "content": f"{note}\\n{question}"}]
    )
    return said.choices[0].message.content or ""


rows, pages = [], []
for path in sorted(pathlib.Path(notes).glob("*.txt")):
    note = path.read_text(encoding="utf-8")
    lines = [line.strip(" |").split(" | ") for line in ask(note, "Put the tasks in a table.").splitlines()]
    tasks = [line for line in lines[1:] if len(line) == 3]
    about, people = ask(note, "What was the meeting about?"), ask(note, "Who was there?")
    pages.append(f"## {path.stem}: {about}\\n\\nThere: {people}\\n\\n" + "".join(f"- [ ] {w}: {t} ({d})\\n" for w, t, d in tasks))
    for task in tasks:  # a model may make things up: what does not stand in the note is marked
        rows.append([path.stem, *task, "yes" if all(part in note for part in task) else "CHECK"])

pathlib.Path(out, "notes.md").write_text("\\n".join(pages), encoding="utf-8")
with open(pathlib.Path(out, "actions.csv"), "w", newline="", encoding="utf-8") as file:
    # A spreadsheet runs a cell that begins like a formula.
    writer = csv.writer(file)
    writer.writerow(["note", "who", "what", "when", "in the note"])
    writer.writerows([["'" + cell if cell[:1] in "=+-@" else cell for cell in row] for row in rows])
print(len(pages), "notes,", len(rows), "tasks; connected to:", *sorted(map(str, reached)))
"""
(work / "actions.py").write_text(program)
(work / "inbox").mkdir()
for i, example in enumerate(corpus.examples(3, seed=20_004, kinds=["table"], held_out=False), 1):
    (work / "inbox" / f"2026-03-0{i}.txt").write_text(example.prompt.rsplit("\n", 1)[0])


def summarize(out, before=(), url=small.url):
    (work / out).mkdir()
    command = [*before, sys.executable, str(work / "actions.py"), str(work / "inbox"), str(work / out), url]
    return subprocess.run(command, env=machine.child_env(), capture_output=True, text=True)


said = summarize("out").stdout
said[:8], said.split(": ")[1].split()
# %% tags=["nbval-ignore-output"]
print((work / "out" / "notes.md").read_text()[:600], (work / "out" / "actions.csv").read_text(), sep="\n")
# %% [markdown]
# The program reports what it connected to: every socket that Python opens passes an *audit hook*, which nothing in the program can remove. The server has one too, put there by `serve`, that refuses everything but this machine. Is that proof?
#
# Nearly. A library in C++ can open a socket without Python. What can be proven is what the operating system says: on Linux a process can be given a network of its own in which there is nothing but loopback. `course.serve.alone` puts that in front of a command. Server and program together, with no network at all:
# %% tags=["nbval-ignore-output", "claim:serving.private"]
whole = f"""
import socket, subprocess, sys
from course.serve import serve
with serve({str(work / "notes")!r}) as server:
    done = subprocess.run([sys.executable, *sys.argv[1:], server.url], capture_output=True, text=True)
    print("interfaces:", [name for _, name in socket.if_nameindex()])
    print(done.stdout, done.stderr[-500:])
"""
(work / "whole.py").write_text(whole)
(work / "alone").mkdir()
words = [str(work / name) for name in ("whole.py", "actions.py", "inbox", "alone")]
command = alone(sys.executable, *words)
if command:
    done = subprocess.run(command, env=machine.child_env(), capture_output=True, text=True)
    print(done.stdout, done.stderr[-500:])
    print("the same files:", all(
        (work / "alone" / name).read_bytes() == (work / "out" / name).read_bytes() for name in ("notes.md", "actions.csv")
    ))
else:
    print("No network namespaces here (Linux has them): turn the network off, and run it again.")
# %% [markdown]
# The same bytes, where there was no way out. That is the promise of a local model, kept: not "we do not look", but "there is no wire". Without Linux, turn off the Wi-Fi and run it again.
#
# ## Workload: a server for a team
# "A Mac Studio with an M2 Ultra serves a 70B model in 4 bits to a team." On paper first: does it fit, and how fast is it for one?
# %% tags=["claim:serving.team"]
llama = 70.6e9 * 4.5 / 8  # bytes, 4-bit in groups of 64
keys_and_values = 2 * 80 * 8 * 128 * 2  # layers, kv heads, head_dim, bytes: for a token of context
talk = 8192 * keys_and_values
print(f"weights {llama / 1e9:.1f} GB, a conversation of 8,192 tokens {talk / 1e9:.1f} GB")
for users in (1, 4, 16):
    rate = 800e9 / (llama + users * talk)
    print(f"{users:2} full conversations at a time: {(llama + users * talk) / 1e9:5.1f} GB, at most {rate:4.1f} tokens/s each, {users * rate:3.0f} in all")
# %% [markdown]
# (70.6 billion parameters, 80 layers, 8 key-value heads of 128; 800 GB/s is Apple's figure for the M2 Ultra.) Memory is not what limits it: sixteen full conversations fit into 192 GB. Speed is: each of the sixteen gets half of what one would get alone, before any overhead. So the claim is true, and the number of people depends on the tokens a second that each is to have; `team_size` in the exercises finds it.
#
# The same arithmetic for three more claims: an M2 Air with 16 GB runs Llama 3.2 3B; a 70B model needs 64 GB or more; one of 100B needs 192 GB. A Mac lets its GPU have about two thirds of up to 36 GB, and about three quarters of more.
# %% tags=["claim:serving.m2_air"]
def share(gb):
    return gb * (0.67 if gb <= 36 else 0.75)


for name, parameters, bits, memory in (
    ("3B", 3.21e9, 4.5, 16), ("70B", 70.6e9, 4.5, 48), ("70B", 70.6e9, 4.5, 64),
    ("70B, 3-bit", 70.6e9, 3.5, 48), ("100B", 100e9, 4.5, 96),
):
    need = parameters * bits / 8 / 1e9
    print(f"{name:10} {need:5.1f} GB of weights, {memory:3} GB Mac: {share(memory):4.1f} GB for the GPU,", "fits" if need < share(memory) else "does not fit")
print(f"3B on an M2 Air, 100 GB/s: at most {100 / (3.21 * 4.5 / 8):.0f} tokens/s")
# %% [markdown]
# (The shares are third parties' measurements, macparakeet's pull request 616 among them; Apple states none. They can be raised: mlx-lm's README, "Large Models". Memory is sold in GB that are 7 % larger than those of the weights, lesson 12; that changes none of the five lines.)
#
# Then the queue. Twenty people ask once in five minutes each, an answer takes 14 seconds, and the server writes one at a time. It is busy 93 % of the time: it can do the work. How many seconds does one wait, on average, before the answer begins?
# %%
predict("serving.queue", None, "s")
# %%
def queue(at_once, seconds, people=20, every=300, asked=200_000):
    """Mean wait and the wait that one in twenty exceeds, questions coming whenever they come."""
    arrivals = np.cumsum(np.random.default_rng(0).exponential(every / people, asked))
    free, waits = [0.0] * at_once, []
    for now in arrivals:
        start = max(now, heapq.heappop(free))
        heapq.heappush(free, start + seconds)
        waits.append(start - now)
    return np.mean(waits), np.quantile(waits, 0.95)


for at_once, takes in ((1, 7.5), (1, 11), (1, 14), (4, 20)):
    wait, worst = queue(at_once, takes)
    busy = 20 * takes / 300 / at_once
    print(f"{at_once} at a time, {takes:4} s each, {busy:.0%} busy: one waits {wait:5.1f} s, one in twenty more than {worst:3.0f} s")
# %% tags=["nbval-ignore-output"]
measured("serving.queue", queue(1, 14)[0], "s")
# %% [markdown]
# Seven times the answer itself. People do not come in turns, and a server that is nearly always busy hardly ever catches up: from half busy to 93 % the answer takes twice as long, and the wait before it more than twenty times. Four at a time, each of them *slower*, wait next to nothing: that is what batching buys a team.
#
# > **Keep this.** Plan a server that people wait for so that it is busy half of the time.
#
# ## Workload: documents
# An invoice or a receipt is a picture, and mlx_lm.server refuses pictures for a model that has no eyes:
# %%
pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAGboxyQAAAABJRU5ErkJggg=="
picture = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": pixel}}]}]
try:
    little.chat.completions.create(model="default_model", messages=picture, max_tokens=2)
except openai.APIStatusError as error:
    print(error.status_code, error.response.json()["error"])
# %% [markdown]
# Lesson 11 reads receipts, with mlx-vlm, which has a server of its own with the same interface.
#
# ## Whom it lets in
# mlx_lm.server prints a warning when it starts, and means it:
# %% tags=["claim:serving.production"]
print(re.search(r"mlx_lm.server is not .*", server.log.read_text())[0])
# %% [markdown]
# There is no password. Who reaches the port may use it: on 127.0.0.1 that is every program and every user of this machine. `--host 0.0.0.0` means *every network that this machine is in*: the office, the café, the hotel.
#
# And there is someone on your machine who brings strangers along: the browser. Where it does not ask you first, a web page may send requests to 127.0.0.1. (Chrome asks since version 142: chromestatus.com, feature 5152728072060928. Do not count on every browser.) Whether it may read the answer, the server decides, by a header (CORS). What does ours say to a page of a stranger? And to one that sends its question as plain text, which a browser sends without asking first?
# %% tags=["claim:serving.cors"]
stranger = {"Origin": "https://stranger.example", "Content-Type": "text/plain"}
body = json.dumps({"messages": [{"role": "user", "content": "Who?"}], "max_tokens": 2})
reply = httpx.post(f"{server.url}/chat/completions", content=body, headers=stranger, timeout=60)
reply.status_code, reply.headers["access-control-allow-origin"]
# %% [markdown]
# "Anybody": as far as this server is concerned, any page that you open can ask your model and read what it says. `--allowed-origins http://localhost:3000` names the pages that may read. It does not keep the others from asking: the server looks at neither origin nor content type before it works.
#
# Three more things that a request can do. It can name a model, which is then downloaded and takes the place of yours. It can name a folder. And it can name a picture on the web, which the server fetches, from where it stands: behind your firewall.
# %% tags=["claim:serving.fetches"]
elsewhere = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://192.0.2.1/x.png"}}]}]
try:
    client.chat.completions.create(model="default_model", messages=elsewhere, max_tokens=2)
except openai.APIStatusError as error:
    print(error.status_code, error.response.json()["error"])
re.findall(r"refused: .*", server.log.read_text())
# %% [markdown]
# It tried, though the model cannot see, and our guard refused it; the stock server would have gone there.
#
# So for a team something stands in front that asks for a key, lets two paths through, and has a certificate: a *reverse proxy*, on the same machine, while mlx_lm.server stays on 127.0.0.1. For Caddy it would be (written by its manual, and not run here):
#
# ```
# models.example.com {
#     @key {
#         method POST
#         path /v1/chat/completions /v1/completions
#         header Authorization "Bearer {$MODELS_KEY}"
#     }
#     handle @key {
#         request_body {
#             max_size 200KB
#         }
#         reverse_proxy 127.0.0.1:8080
#     }
#     handle {
#         respond 401
#     }
# }
# ```
#
# What it cannot do is read the body: `model`, `adapters` and `image_url` still pass. Start the server with HF_HUB_OFFLINE=1, as a user who may read the models and nothing else. `allow_request` in the exercises is a door that looks into the body too.
#
# ## What you may
# A model has a licence, and "open weights" is none. It stands in the header of its card, README.md:
# %%
yaml.safe_load((course.model.directory("notes") / "README.md").read_text().split("---\n")[1])["license"]
# %% [markdown]
# For the built-in model that is all. For a model in 4 bits whose card says MIT it is not: somebody quantized it and wrote a new card, and the first authors' terms hold all the same. `may_use` in the exercises follows the chain. Then read the licence itself: how many users it allows, for what, and what you must show.
# %%
running.close()
folder.cleanup()
server.health()
# %% [markdown]
# ## What to keep
# - Base URL with /v1, any key, "default_model"; unknown fields are ignored without a word. Similar to OpenAI is not the same.
# - A chunk is not a token, a delta may be None, and a stop word works on tokens as the model writes them.
# - Two numbers: time to first token, tokens a second; with how many users, and how long a prompt. What all get rises with the batch, and so does what each waits.
# - A client that gives up does not stop the server, unless it streams. Repeat what can succeed, later each time.
# - People do not come in turns: plan a server to be busy half of the time.
# - No password, no limit on length, any web page that the browser lets through, any model by name: 127.0.0.1, and a proxy in front of it for everybody else.
#
# **Claims tested here:** serving.defaults, serving.base_url, serving.compatible, serving.chunks, serving.stop, serving.seed, serving.batching, serving.storm, serving.hang_up, serving.long_prompt, serving.adapters, serving.suffix, serving.private, serving.team, serving.m2_air, serving.production, serving.cors, serving.fetches.
