# %% [markdown]
# # 08 · mlx_lm
# **After this lesson you can** load a language model and generate with it, one answer or many at once; choose how tokens are drawn and force a form on them; keep what a model has read and use it again; let a small model work for a large one; quantize, measure and port a checkpoint. In Python and on the command line.
#
# **70 minutes · runs on any machine · needs lesson 06**
# %%
import course
import contextlib
import copy
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from importlib.metadata import requires
from itertools import takewhile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
from course import figures, machine, measure, measured, predict
from course.model import corpus
from mlx.utils import tree_flatten
from mlx_lm.generate import generate_step
from mlx_lm.models import cache as caches
from mlx_lm.perplexity import eval_ppl
from mlx_lm.quant import awq, dwq, dynamic_quant, gptq
from mlx_lm.sample_utils import apply_min_p, apply_top_p, make_logits_processors, make_sampler

# %% [markdown]
# Everything here is mlx_lm's own, on the model that the course brings along, offline. With `MLX_COURSE_MODEL` set to another model the same cells run that one, up to the draft model below; only the commands use the built-in model always, as they need a copy of it.
#
# On a CPU two settings save minutes. MLX compiles its fused kernels there with g++, which takes seconds for each (lesson 04) and which so small a model does not earn back. And 16-bit numbers are slow there, so weights become float32.
# %%
if machine.backends() == ["cpu"]:
    mx.disable_compile()

folder = tempfile.TemporaryDirectory()
work = Path(folder.name)
model, tokenizer = course.model.load()
# %% [markdown]
# One thing before it: `pip install mlx-lm` brings MLX along on a Mac and nowhere else. Elsewhere the backend is part of the name.
# %% tags=["claim:mlx_lm.install"]
sorted(re.sub(r">=[\d.]+", "", need) for need in requires("mlx-lm") if need.startswith("mlx"))
# %% [markdown]
# ## What load does
# `mlx_lm.load` takes a folder or a name on the Hugging Face hub. One reads that the command for a `-4bit` model downloads it, quantizes it and generates. What comes out of a folder with 16-bit weights?
# %% tags=["claim:mlx_lm.load_quantizes", "claim:mlx_lm.two_values"]
notes = course.model.directory("notes")
found = mlx_lm.load(str(notes))
layer = found[0].layers[0].mlp.up_proj
len(found), type(layer).__name__, str(layer.weight.dtype), "quantization" in (notes / "config.json").read_text()
# %% [markdown]
# A model and a tokenizer, and weights as they are in the file. A `-4bit` model was quantized before it was uploaded, and its config.json says so; `load` changes no bit.
# %% tags=["claim:mlx_lm.eval_mode"]
found[0].training, len(mlx_lm.load(str(notes), return_config=True))
# %% [markdown]
# It is in evaluation mode already. `course.model.load` does the same, and makes the weights float32 where there is no GPU.
#
# ## The first call, as people write it
# Posts on mlx_lm often show this line. What does it do today?
# %% tags=["claim:mlx_lm.temp_kwarg"]
try:
    mlx_lm.generate(model, tokenizer, "Who was there?", temp=0.7)
except TypeError as error:
    print(error)
# %% [markdown]
# How a token is chosen has been a function of its own since: `sampler=make_sampler(temp=0.7)`. Without one it is always the likeliest token, so the same call gives the same text:
# %% tags=["claim:mlx_lm.greedy"]
note = (
    "Today's subject was the Tulip relocation. Ana, Ben and Clara joined. Ben will call the "
    "printer by Friday. Clara will order the badges by 12 May. We may spend 2,500 euros."
)
question = f"{note}\nWho was there?"
once, again = (mlx_lm.generate(model, tokenizer, question, max_tokens=20) for _ in range(2))
once == again
# %% tags=["nbval-ignore-output"]
once
# %% [markdown]
# ## What a chat model reads
# Look at how it begins. The model learned conversations, in which marks say who speaks. Given none it goes on with the text, as any language model does, and may write a mark itself. A chat template puts them where they belong:
# %%
def chat(text, **more):
    messages = [{"role": "user", "content": text}]
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True, **more)


print(chat("Who was there?", tokenize=False))
# %% tags=["nbval-ignore-output"]
mlx_lm.generate(model, tokenizer, chat(question), max_tokens=20)
# %% [markdown]
# The marks are single tokens, and which ones they are is known to the tokenizer alone. `generate` takes text or tokens. Somebody hands the template's text to `tokenizer.encode`. How many start tokens does the model then read?
# %%
predict("mlx_lm.starts", None, "start tokens")
# %% tags=["claim:mlx_lm.template"]
text = chat(question, tokenize=False)
ways = {
    "raw text": tokenizer.encode(question),
    "template, then encode": tokenizer.encode(text),
    "template, then encode without special tokens": tokenizer.encode(text, add_special_tokens=False),
    "template": chat(question),
}
starts = {name: ids.count(tokenizer.bos_token_id) for name, ids in ways.items()}
starts
# %% tags=["nbval-ignore-output"]
measured("mlx_lm.starts", starts["template, then encode"], "start tokens")
# %% [markdown]
# Two, and nothing says so. `generate` itself looks whether a text begins with the start token; `encode` does not.
#
# > **Keep this.** Let the template make tokens, and hand over tokens.
#
# ## The same from a terminal
# Most of this is a command too. First `convert`, as a function: it writes a copy of a model folder, and on a CPU we want one in float32.
# %%
def quietly(function, *args, **options):
    """mlx_lm's tools talk a lot; this drops it."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return function(*args, **options)


target = "float32" if machine.backends() == ["cpu"] else "float16"
quietly(mlx_lm.convert, str(notes), str(work / "model"), dtype=target)
sorted(path.name for path in (work / "model").iterdir())
# %% [markdown]
# And a command, run as a terminal would run it. Each of these starts Python anew and loads the model, which takes longer than the answer does.
# %%
quiet = {"MLX_DISABLE_COMPILE": "1"} if machine.backends() == ["cpu"] else {}


def command(*words):
    print("$ mlx_lm." + " ".join(words))
    done = subprocess.run(
        [sys.executable, "-m", "mlx_lm", *words],
        cwd=work,
        env=machine.child_env() | quiet,
        capture_output=True,
        text=True,
    )
    print(done.stdout.replace("\r", "\n") if done.returncode == 0 else done.stderr[-800:])
# %% tags=["nbval-ignore-output", "claim:mlx_lm.one_liner"]
command("generate", "--model", "model", "--prompt", question, "--max-tokens", "20")
# %% [markdown]
# The command applies the template by itself (`--ignore-chat-template` turns that off), and it still has `--temp`. Function and command are two interfaces, and the words of one need not work in the other. A tokens-per-second line of a command is made from one short answer: take it for an order of magnitude.
#
# ## As it comes
# `stream_generate` gives a response for each token, with the text that is complete by now:
# %%
responses = list(mlx_lm.stream_generate(model, tokenizer, chat(question), max_tokens=20))
last = responses[-1]
print("a response has", ", ".join(name for name in vars(last) if name not in ("logprobs", "peak_memory")))
"".join(r.text for r in responses) == mlx_lm.generate(model, tokenizer, chat(question), max_tokens=20)
# %% [markdown]
# Why not decode each token and print it? In this tokenizer, and in those of Llama 3 and Qwen, a token is a run of bytes:
# %% tags=["claim:mlx_lm.utf8"]
special = tokenizer.encode("Zoë: 東京", add_special_tokens=False)
one_by_one = "".join(tokenizer.decode([token]) for token in special)
detokenizer = tokenizer.detokenizer
for token in special:
    detokenizer.add_token(token)
detokenizer.finalize()
{"one by one": one_by_one[:4], "all at once": tokenizer.decode(special), "detokenizer": detokenizer.text}
# %% [markdown]
# A detokenizer keeps bytes back until they make a character. `r.text` is its work.
#
# ## How fast is it?
# A prompt is read in one go, an answer made token by token. How many times as many tokens a second does your machine read as it writes?
# %%
predict("mlx_lm.prefill", None, "times")
# %% tags=["nbval-ignore-output", "claim:mlx_lm.decode_only"]
def speeds(tokens, max_tokens=40, **options):
    start, times = time.perf_counter(), []
    for _ in mlx_lm.stream_generate(model, tokenizer, tokens, max_tokens=max_tokens, **options):
        times.append(time.perf_counter())
    wait, writing = times[0] - start, times[-1] - times[0]
    return wait, len(tokens) / wait, (len(times) - 1) / writing, len(times) / (times[-1] - start)


long = chat(f"{note}\nWrite the tasks as a table.")
speeds(long)  # warm up
wait, reading, writing, together = speeds(long)
print(f"first token after {1e3 * wait:.0f} ms; reading {reading:,.0f} tokens/s, writing {writing:,.0f}")
print(f"all tokens by all seconds: {together:,.0f} tokens/s")
measured("mlx_lm.prefill", reading / writing, "times")
# %% [markdown]
# Reading uses each weight for all tokens of the prompt at once; writing fetches all weights again for every token. One figure that mixes the two, the last line above, depends on how long the prompt was. A speed without a prompt's length says little, and the figures that are passed around are nearly always the writing alone.
#
# Does the temperature change the speed, as one reads?
# %% tags=["nbval-ignore-output", "claim:mlx_lm.temperature_speed"]
logprobs = mx.random.normal((1, len(tokenizer)))
draw, take = make_sampler(temp=0.7, top_p=0.9), make_sampler(temp=0)
both = [measure.time_call(sampler, logprobs, repeat=20).median for sampler in (take, draw)]
print(f"a token of this model takes {1e3 / writing:.2f} ms; to choose it {1e3 * both[0]:.3f} ms at temperature 0, {1e3 * both[1]:.3f} ms at 0.7 with top_p")
# %% [markdown]
# Choosing has a price that depends on the vocabulary and on nothing else. Beside a model of a few million parameters you can see it. Beside one a thousand times that size you cannot: its tokens take so much longer.
#
# ## Choosing a token
# Temperature divides the logits. At 0 there is nothing to divide by, and every library makes it a case of its own:
# %% tags=["claim:mlx_lm.temperature_zero"]
logits = mx.log(mx.array([0.5, 0.3, 0.1, 0.06, 0.04]))
naive = mx.softmax((logits - logits.max()) / 0.0)
make_sampler(temp=0)(logits).item(), mx.isnan(naive).any().item()
# %%
for temp in (0.3, 1.0, 3.0):
    print(temp, [round(p, 2) for p in mx.softmax(logits / temp).tolist()])
# %% [markdown]
# Two filters cut the tail before anything is drawn. `top_p` keeps the likeliest tokens until they reach a total; `min_p` keeps what has a share of the likeliest. For a distribution that is sure and one that is not:
# %%
sure = mx.log(mx.array([[0.9, 0.05, 0.03, 0.01, 0.01]]))
unsure = mx.log(mx.array([[0.24, 0.22, 0.2, 0.18, 0.16]]))
for name, given in (("sure", sure), ("unsure", unsure)):
    kept = [(f(given, p) > -float("inf")).sum().item() for f, p in ((apply_top_p, 0.9), (apply_min_p, 0.1))]
    print(f"{name}: top_p 0.9 keeps {kept[0]}, min_p 0.1 keeps {kept[1]}")
# %% tags=["nbval-ignore-output"]
logits = model(mx.array(chat(question))[None])[0, -1].astype(mx.float32)
order = mx.argsort(-logits)[:6]
names = [tokenizer.decode([i]) for i in order.tolist()]
at = {temp: mx.softmax(logits / temp)[order].tolist() for temp in (0.5, 1.0, 2.0)}
figures.lines(
    {f"temperature {temp}": (range(6), ps) for temp, ps in at.items()},
    alt="Probability of the six likeliest first tokens. The likeliest has "
    + ", ".join(f"{ps[0]:.0%} at temperature {temp}" for temp, ps in at.items()) + ".",
    xlabel="token, likeliest first: " + ", ".join(map(repr, names)),
    ylabel="probability",
)
# %% [markdown]
# ## Changing the logits
# A logits processor sees all tokens so far and the logits of the next, and returns other logits. The repetition penalty is one: what was said lately becomes less likely, by division where a logit is positive and multiplication where it is not.
# %%
penalty = make_logits_processors(repetition_penalty=1.5)[0]
penalty(mx.array([0, 2]), mx.array([[3.0, 3.0, -1.0, -1.0]])).tolist()
# %% [markdown]
# Below 0, a plain division would have made it likelier. A processor of your own is a function of two arguments. This one lets nothing through but digits and the end:
# %%
digits = [
    i
    for token, i in tokenizer.get_vocab().items()
    if token.isascii() and token.isdigit()
]


def only_digits(tokens, logits):
    allowed = mx.full(logits.shape, -float("inf"))
    allowed[:, mx.array([*digits, *tokenizer.eos_token_ids])] = 0
    return logits + allowed


number = mlx_lm.generate(
    model, tokenizer, chat(f"{note}\nHow many people were there?"), max_tokens=4, logits_processors=[only_digits]
)
print("nothing but digits:", bool(re.fullmatch(r"\d*", number)))
# %% [markdown]
# A form is guaranteed this way and the content is not: whoever forbids all other answers gets a number, also where the notes say none. In `one_of` you write a processor that holds an answer to a list of texts.
#
# ## Many at once
# `batch_generate` takes a list of prompts and makes one token of each at every step. What is read from memory for one token serves all of them. With 16 prompts at a time, how many times as many tokens a second are written as with one?
# %%
predict("mlx_lm.batch", None, "times")
# %% tags=["nbval-ignore-output"]
asked = [chat(example.prompt) for example in corpus.examples(32, seed=20_001, kinds=["table"])]


def batch_rate(size):
    mlx_lm.batch_generate(model, tokenizer, asked[:size], max_tokens=2)
    return mlx_lm.batch_generate(model, tokenizer, asked[:size], max_tokens=24).stats.generation_tps


sizes = [1, 2, 4, 8, 16]
rates = [batch_rate(size) for size in sizes]
measured("mlx_lm.batch", rates[-1] / rates[0], "times")
# %% [markdown]
# How much could it be? At best each added prompt is free, until arithmetic is the limit: two operations for each parameter and token, by what this machine can multiply.
# %% tags=["nbval-ignore-output", "claim:mlx_lm.ceiling"]
parameters = sum(w.size for _, w in tree_flatten(model.parameters()))
roof = measure.matmul_rate() / (2 * parameters)
best = [min(size * rates[0], roof) for size in sizes]
figures.lines(
    {"measured": (sizes, rates), "free until arithmetic is the limit": (sizes, best)},
    alt="Tokens a second against batch size. Measured: "
    + ", ".join(f"{rate:,.0f} at {size}" for size, rate in zip(sizes, rates))
    + f". At best {best[-1]:,.0f} at 16.",
    xlabel="prompts at a time",
    ylabel="tokens a second, all together",
)
# %% [markdown]
# The formula knows neither attention, which every conversation pays for itself, nor the fixed price of a step, which a small model feels most. But it says which way to look: one stream is limited by memory, and everything that beats this limit, batching, speculation, fewer bits, reads less memory for each token.
#
# ## What was read once
# Questions about one note begin with the same tokens. Their keys and values, the prompt cache, can be kept, saved and used again.
# %%
def ask(question):
    return chat(f"{note}\n{question}")


first, second = ask("Who was there?"), ask("When are the badges due?")
shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second)))
kept = caches.make_prompt_cache(model)
for _ in generate_step(mx.array(first[:shared]), model, max_tokens=0, prompt_cache=kept):
    pass
caches.save_prompt_cache(str(work / "note.safetensors"), kept, {"note": note})
{"cache holds the shared tokens": kept[0].offset == shared, "the second question needs fewer than 15 more": len(second) - shared < 15}
# %% [markdown]
# The second question now costs its own few tokens. How many times as fast is the first token there?
# %%
predict("mlx_lm.cache", None, "times")
# %% tags=["nbval-ignore-output"]
def until_first(tokens, cache_file=None):
    kept = caches.load_prompt_cache(cache_file) if cache_file else None
    mx.eval([layer.state[:2] for layer in kept or []])
    start = time.perf_counter()
    next(mlx_lm.stream_generate(model, tokenizer, tokens, prompt_cache=kept))
    return time.perf_counter() - start


file = str(work / "note.safetensors")
fresh = min(until_first(second) for _ in range(3))
saved = min(until_first(second[shared:], file) for _ in range(3))
print(f"{1e3 * fresh:.1f} ms for {len(second)} tokens, {1e3 * saved:.1f} ms for {len(second) - shared}")
measured("mlx_lm.cache", fresh / saved, "times")
# %%
kept, about = caches.load_prompt_cache(file, return_metadata=True)
with_cache = mlx_lm.generate(model, tokenizer, second[shared:], max_tokens=20, prompt_cache=kept)
{
    "same answer": with_cache == mlx_lm.generate(model, tokenizer, second, max_tokens=20),
    "says what it is of": about["note"] == note,
    "holds more than the note now": kept[0].offset > shared,
}
# %% [markdown]
# The answer is the same, and the last value is a trap: generating wrote the question and the answer into the cache. Trimmed back it serves the next one:
# %%
caches.trim_prompt_cache(kept, kept[0].offset - shared)
kept[0].offset == shared
# %% [markdown]
# What if the whole of another prompt is given to a cache that is not empty? Nothing fails. The model reads both, and answers about either.
# %% tags=["nbval-ignore-output", "claim:mlx_lm.wrong_cache"]
other = chat("Agenda: the Walrus audit.\nPriya and Tom joined.\nWho was there?")
fresh = mlx_lm.generate(model, tokenizer, other, max_tokens=20)
stale = mlx_lm.generate(model, tokenizer, other, max_tokens=20, prompt_cache=kept)
{"fresh": fresh, "after another note": stale}
# %% [markdown]
# A cache is a prompt's beginning. `reuse_cache` in the exercises finds how much of it two prompts share. On the command line, one command reads and saves, and the other takes only what is new:
# %% tags=["nbval-ignore-output"]
command("cache_prompt", "--model", "model", "--prompt", note + "\n", "--prompt-cache-file", "kept.safetensors")
command("generate", "--prompt-cache-file", "kept.safetensors", "--prompt", "Who was there?", "--max-tokens", "20")
# %% [markdown]
# ## A cache that stays small
# Keys and values grow with every token: for Llama 3.1 8B, at 8,192 tokens, to a gigabyte. (`kv_cache_bytes` in the exercises has the formula.)
# %% tags=["claim:mlx_lm.sixteen_gb"]
kv = 2 * 32 * 8 * 128 * 2 * 8192  # keys and values, layers, kv heads, head_dim, bytes, tokens
weights = 8.03e9 * 4.5 / 8
f"{kv / 1e9:.2f} GB of keys and values beside {weights / 1e9:.2f} GB of 4-bit weights"
# %% [markdown]
# One reads that an 8B model is tight in 16 GB. At 4 bits, with a long conversation, it is not: such a Mac lets its GPU have about 10.7 GB (exo, pull request 1672). Two things make the cache smaller. One keeps the newest tokens only and writes over the rest. The option for it is `max_kv_size`, and this is what it does for a Llama:
# %% tags=["claim:mlx_lm.max_kv_size"]
llama = found[0]
type(caches.make_prompt_cache(llama, max_kv_size=64)[0]).__name__, hasattr(llama, "make_cache")
# %% [markdown]
# Nothing. A model that makes its own cache, and a Llama does, is not asked twice. (mlx_lm 0.32; its docstring says so.) You hand one over instead. The first 4 tokens stay, as the model leans on them:
# %%
rotating = [caches.RotatingKVCache(max_size=32, keep=4) for _ in model.layers]
short = mlx_lm.generate(model, tokenizer, first, max_tokens=20, prompt_cache=rotating)
{"more than 60 tokens read": rotating[0].offset > 60, "kept": rotating[0].keys.shape[2]}
# %% tags=["nbval-ignore-output"]
{"all of the note": mlx_lm.generate(model, tokenizer, first, max_tokens=20), "its last 28 tokens": short}
# %% [markdown]
# What has left the window is gone, and the model does not know that it is. The other way keeps all tokens in fewer bits. A group of numbers shares one scale, and a group has to fit into a head: 32 numbers here.
# %% tags=["nbval-ignore-output"]
full = caches.make_prompt_cache(model)
model(mx.array(first)[None], cache=full)
print(f"16 or 32 bits: {sum(layer.nbytes for layer in full):,} bytes")
for bits in (8, 4):
    small = [layer.to_quantized(group_size=32, bits=bits) for layer in full]
    said = mlx_lm.generate(
        model, tokenizer, first, max_tokens=20, kv_bits=bits, kv_group_size=32, quantized_kv_start=0
    )
    print(f"{bits} bits: {sum(layer.nbytes for layer in small):,} bytes, {said!r}")
# %% [markdown]
# Without `quantized_kv_start=0` the first 5,000 tokens would have stayed as they are, and you would have measured nothing.
#
# And when a text is longer than all that a model was trained to read? `course.model.generate` looks at config.json and refuses. mlx_lm does not:
# %%
too_long = "The notes were read again. " * 120
try:
    course.model.generate(too_long, name="notes")
except Exception as error:
    print(error)
type(mlx_lm.generate(model, tokenizer, chat(too_long), max_tokens=2)).__name__
# %% [markdown]
# The tokenizer warns, once, and nothing stops: the model reads on, past every position that it has met, and what it says then is worth nothing. Counting the tokens of a prompt is your part.
#
# ## A small model works ahead
# A draft model proposes a few tokens, and the large one judges them all in one pass: it reads its weights once for several tokens. Where the proposal was right it is kept, and at the first place where it was not, the large model's own token stands.
#
# From here on it is the built-in model, whatever `MLX_COURSE_MODEL` says: a draft must share its tokenizer. The draft has a sixth of the parameters. How many times as fast will it be?
# %%
predict("mlx_lm.speculate", None, "times")
# %%
large, tokenizer = course.model.load("notes")
draft, _ = course.model.load("draft")
count = {name: sum(w.size for _, w in tree_flatten(m.parameters())) for name, m in (("notes", large), ("draft", draft))}
round(count["notes"] / count["draft"])
# %% tags=["nbval-ignore-output"]
def write(ahead):
    tokens, accepted, start = [], 0, time.perf_counter()
    options = {"draft_model": draft, "num_draft_tokens": ahead} if ahead else {}
    for prompt in asked[:4]:
        for r in mlx_lm.stream_generate(large, tokenizer, prompt, max_tokens=48, **options):
            tokens.append(r.token)
            accepted += r.from_draft
    return tokens, accepted / len(tokens), len(tokens) / (time.perf_counter() - start)


asked = [chat(example.prompt) for example in corpus.examples(4, seed=20_001, kinds=["table"])]
alone, _, rate = write(0)
speculated = {ahead: write(ahead) for ahead in (2, 4)}
for ahead, (_, accepted, faster) in speculated.items():
    print(f"{ahead} ahead: {accepted:.0%} of the tokens come from the draft, {faster / rate:.2f} times as fast")
measured("mlx_lm.speculate", max(faster for _, _, faster in speculated.values()) / rate, "times")
# %% tags=["claim:mlx_lm.speculation_exact"]
[tokens == alone for tokens, _, _ in speculated.values()]
# %% [markdown]
# The tokens are the large model's own, each of them. What the draft changes is the time, and it can be for the worse: it writes one token after the other itself, and each step has a fixed price, however small the model. Speculation pays where a token of the large model costs much more than one of the draft, where the draft is often right, and where there is one conversation and not sixteen. (With 16-bit numbers a pass over several tokens may round otherwise than one over a single token, and two tokens that are equally likely change places. That is rounding, not speculation.)
#
# On the command line: `mlx_lm.generate --model LARGE --draft-model SMALL --num-draft-tokens 3`.
#
# ## How good is it? Perplexity
# A text is surprising to a model in so far as it thought something else likelier. The exponential of the mean loss is called perplexity: among so many tokens it hesitates, as it were. `eval_ppl` takes rows of tokens of one length.
# %%
reading = []
for example in corpus.examples(40, seed=20_002, held_out=False):
    messages = [{"role": "user", "content": example.prompt}, {"role": "assistant", "content": example.answer}]
    reading += tokenizer.apply_chat_template(messages)
rows = mx.array(reading[: 4 * 128]).reshape(4, 128)
calibration = mx.array(reading[4 * 128 : 12 * 128]).reshape(8, 128)
rows.shape, calibration.shape
# %% tags=["nbval-ignore-output"]
def perplexity(model):
    return quietly(eval_ppl, model, rows)


base = perplexity(large)
print(f"{base[0]:.3f} ± {base[1]:.3f}")
# %% [markdown]
# The second number is its standard error: another text of this length would give another figure, by about so much. On one and the same text two models compare better than that, and a difference much smaller than it is still no difference to speak of. Numbers of two models compare only on the same text cut into the same tokens. The command, `mlx_lm.perplexity`, takes a data set of the hub and wants `mlx-lm[train]`.
#
# ## Fewer bits
# `convert` with `quantize=True` writes a quantized copy. By how many percent will the perplexity rise at 4 bits?
# %%
predict("mlx_lm.four_bits", None, "%")
# %% tags=["nbval-ignore-output"]
def quantized(name, **options):
    options = {"quantize": True, "q_group_size": 64, "dtype": target} | options
    quietly(mlx_lm.convert, str(work / "model"), str(work / name), **options)
    return mlx_lm.load(str(work / name))[0]


small = {bits: quantized(f"q{bits}", q_bits=bits) for bits in (8, 4, 2)}
surprise = {bits: perplexity(made) for bits, made in small.items()}
for bits, (ppl, error) in surprise.items():
    size = (work / f"q{bits}" / "model.safetensors").stat().st_size
    print(f"{bits} bits: {size / 1e6:.2f} MB, perplexity {ppl:.3f} ± {error:.3f}")
measured("mlx_lm.four_bits", 100 * (surprise[4][0] / base[0] - 1), "%")
# %% [markdown]
# Four bits are more than four. Each group of weights has a scale and a bias of its own. For 16-bit weights:
# %% tags=["claim:mlx_lm.bits"]
def bits_a_weight(**options):
    made = copy.deepcopy(found[0])
    nn.quantize(made, **options)
    return round(mlx_lm.utils.compute_bits_per_weight(made), 1)


four = [bits_a_weight(bits=4, group_size=size) for size in (32, 64, 128)]
four, [bits_a_weight(bits=bits, group_size=64) for bits in (2, 3, 5, 6, 8)], bits_a_weight(mode="mxfp4", bits=4, group_size=32)
# %% [markdown]
# "4 or 8 bits", as one reads, leaves out most of what there is. Lesson 07 has what quantization costs and buys in time.
#
# On the command line: `mlx_lm.convert --hf-path MODEL --mlx-path OUT -q --q-bits 4 --q-group-size 64`. A trap, in both: without `dtype` the weights take the type that config.json names, whatever the file holds. With `quant_predicate` a function decides for each layer; `--quant-predicate mixed_3_6` is one of four that come along.
#
# ## Four ways to lose less
# All of these look at what the model does with real text before they round. They matter at 2 and 3 bits, and hardly at 8.
#
# | | command | what it does |
# |---|---|---|
# | dynamic | `mlx_lm.dynamic_quant` | estimates by a gradient what rounding each layer costs, and gives more bits to the dear ones |
# | GPTQ | `mlx_lm.gptq` | rounds one column after the other, and corrects those to come for the error made |
# | AWQ | `mlx_lm.awq` | scales up the columns that meet large inputs before rounding, and clips outliers |
# | DWQ | `mlx_lm.dwq` | trains scales and biases until the quantized model says what the full one says |
#
# The commands fetch their text from the net: the first three a file that they keep in `~/.cache/mlx-lm/`, DWQ a data set of the hub. In Python you hand over tokens of your own. All four, at 2 bits, on the draft model, which is small enough to wait for:
# %% tags=["nbval-ignore-output"]
config = json.loads((course.model.directory("draft") / "config.json").read_text())
group, low, high = 32, 2, 4


def plain(choose=None):
    made, _ = quietly(
        mlx_lm.utils.quantize_model, copy.deepcopy(draft), dict(config), group, low, quant_predicate=choose
    )
    return made


def dynamic():
    costs = dict(dynamic_quant.estimate_sensitivities(draft, calibration, low, group, high, group))
    bits = mlx_lm.utils.compute_bits_per_weight(plain()) + 0.5
    limit = dynamic_quant.estimate_threshold(draft, costs, bits, low, group, high, group)
    dear = {"bits": high, "group_size": group}
    return plain(lambda path, m: hasattr(m, "to_quantized") and (dear if costs[path] > limit else True))


def awq_made():
    made = copy.deepcopy(draft)
    same = {"bits": low, "group_size": group, "embed_bits": low, "embed_group_size": group}
    awq.awq_quantize(made, calibration, awq.AWQ_MODEL_CONFIGS["llama"], n_grid=2, **same)
    return made


def dwq_made():
    made, data = plain(), [(row, 0) for row in calibration.tolist()]
    adam = optim.Adam(learning_rate=3e-3, bias_correction=True)

    def teacher(batch, i, split):
        return draft(batch)

    dwq.dwq_quantize(made, teacher, adam, data * 2, data[:4], 4, 129, 0, dtype=mx.float32)
    return made


ways = {
    "nothing": plain,
    "dynamic": dynamic,
    "GPTQ": lambda: gptq.gptq_quantize(copy.deepcopy(draft), calibration, low, group, high, group)[0],
    "AWQ": awq_made,
    "DWQ": dwq_made,
}
print(f"not quantized: perplexity {perplexity(draft)[0]:.2f}")
for name, way in ways.items():
    start = time.perf_counter()
    made = quietly(way)
    seconds = time.perf_counter() - start
    bits = mlx_lm.utils.compute_bits_per_weight(made)
    print(f"{name}: {bits:.2f} bits, perplexity {perplexity(made)[0]:.2f}, {seconds:.1f} s")
# %% [markdown]
# Read bits and perplexity together: dynamic quantization and GPTQ (which leaves the embedding at 4 bits here) spend more. And 1,024 tokens of calibration are an example, no recipe: `mlx_lm.awq` takes 128 samples of 512 by default.
#
# ## My model is missing
# `load` looks at `model_type` in config.json and imports the file of that name from mlx_lm's models. How many are there, and what if none fits?
# %% tags=["nbval-ignore-output"]
len([path for path in Path(mlx_lm.models.__file__).parent.glob("*.py") if "class Model(" in path.read_text()])
# %% tags=["claim:mlx_lm.families"]
ported = work / "minutes"
ported.mkdir()
for path in (work / "model").glob("*.json"):
    (ported / path.name).write_text(path.read_text())
weights = mx.load(str(work / "model" / "model.safetensors"))
renamed = {
    name.replace("model.", "reader.", 1).replace(".self_attn.", ".heads."): w for name, w in weights.items()
}
mx.save_safetensors(str(ported / "model.safetensors"), renamed)
config = json.loads((ported / "config.json").read_text()) | {"model_type": "minutes"}
(ported / "config.json").write_text(json.dumps(config))
try:
    mlx_lm.load(str(ported))
except ValueError as error:
    print(error)
# %% [markdown]
# "Almost any transformer", as one reads, is a list of files. But most new architectures are an old one with other names. A model file needs two classes, `Model` and `ModelArgs`, and `sanitize` in the first makes the checkpoint's names into the model's. It may lie in the model's own folder:
# %%
file = """
from mlx_lm.models import llama
from mlx_lm.models.llama import ModelArgs


class Model(llama.Model):
    def sanitize(self, weights):
        return super().sanitize({
            name.replace("reader.", "model.").replace(".heads.", ".self_attn."): w
            for name, w in weights.items()
        })
"""
(ported / "minutes.py").write_text(file)
(ported / "config.json").write_text(json.dumps(config | {"model_file": "minutes.py"}))
try:
    mlx_lm.load(str(ported))
except ValueError as error:
    print(str(error).split(". ")[1])
# %% [markdown]
# A model file is a program, and somebody else's may do anything; so it runs only when you say so.
# %% tags=["claim:mlx_lm.port"]
minutes, _ = mlx_lm.utils.load_model(ported, trust_remote_code=True)
original, _ = mlx_lm.utils.load_model(work / "model")
said = [mlx_lm.generate(m, tokenizer, chat(question), max_tokens=20) for m in (minutes, original)]
said[0] == said[1]
# %% [markdown]
# The same text: that is what a port is judged by. (`mlx_lm.load` takes `trust_remote_code` too, and the commands `--trust-remote-code`.) Names are the easy part. In `scribe_model` some arrays are stacked, one is transposed, and two could be exchanged without anybody noticing.
# %% [markdown]
# ## Commands and functions
# | on the command line | in Python |
# |---|---|
# | `mlx_lm.generate --model M --prompt P --max-tokens 40 --temp 0.7 --top-p 0.9` | `mlx_lm.generate(model, tokenizer, chat(P), max_tokens=40, sampler=make_sampler(temp=0.7, top_p=0.9))` |
# | `mlx_lm.generate … --ignore-chat-template` | `mlx_lm.generate(model, tokenizer, P)` |
# | `mlx_lm.generate … --draft-model D --num-draft-tokens 3` | `mlx_lm.generate(…, draft_model=draft, num_draft_tokens=3)` |
# | `mlx_lm.generate … --kv-bits 8 --quantized-kv-start 0` | `mlx_lm.generate(…, kv_bits=8, quantized_kv_start=0)` |
# | `mlx_lm.cache_prompt --prompt-cache-file F …` | `generate_step(…, max_tokens=0, prompt_cache=c)`, `save_prompt_cache(F, c)` |
# | `mlx_lm.convert --hf-path M --mlx-path O -q --q-bits 4` | `mlx_lm.convert(M, O, quantize=True, q_bits=4)` |
# | `mlx_lm.perplexity --model M --data-path DATA` | `eval_ppl(model, rows)` |
# | `mlx_lm.dynamic_quant`, `gptq`, `awq`, `dwq` | `mlx_lm.quant` has a module for each |
# | none | `mlx_lm.stream_generate`, `mlx_lm.batch_generate` |
#
# Where the commands are not on your PATH, `python -m mlx_lm generate …` is the same.
# %%
folder.cleanup()
# %% [markdown]
# ## What to keep
# - The template makes the tokens, `sampler=` chooses them, `logits_processors=` rule some out. There is no `temp=`, and without a sampler it is greedy.
# - Two speeds: of reading and of writing. A single figure hides how long the prompt was.
# - One stream is limited by memory. Batching, speculation and fewer bits all read less for each token; the first two change nothing about what is said, up to rounding.
# - A prompt cache is the beginning of one prompt. Check what is in it, trim it, and know that generating writes into it.
# - Perplexity with its standard error, on one text and one tokenizer, is how you say what quantizing cost.
# - A missing architecture is mostly a missing `sanitize`.
#
# **Claims tested here:** mlx_lm.install, mlx_lm.one_liner, mlx_lm.two_values, mlx_lm.load_quantizes, mlx_lm.eval_mode, mlx_lm.temp_kwarg, mlx_lm.greedy, mlx_lm.template, mlx_lm.utf8, mlx_lm.decode_only, mlx_lm.temperature_speed, mlx_lm.temperature_zero, mlx_lm.ceiling, mlx_lm.wrong_cache, mlx_lm.sixteen_gb, mlx_lm.max_kv_size, mlx_lm.speculation_exact, mlx_lm.bits, mlx_lm.families, mlx_lm.port.
