# %% [markdown]
# # 09 · A LoRA lap
# **After this lesson you can** say what LoRA adds to a layer and what that costs, find the bad lines in a file of training data, fine-tune a model with mlx_lm's own tools and say honestly how good it became, merge the result, see what it forgot and bring it back, and judge what others claim about settings and speed.
#
# **80 minutes · runs on any machine · needs lesson 08**
# %%
import course
import contextlib
import io
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
from course import figures, live, machine, measured, predict
from course.model import corpus, dataset, lap, score, sweep
from mlx.utils import tree_flatten
from mlx_lm import cli_ui, lora
from mlx_lm.tuner.datasets import CacheDataset, ChatDataset, create_dataset, load_local_dataset
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.trainer import TrainingArgs, TrainingCallback, default_loss, iterate_batches, train
from mlx_lm.tuner.utils import linear_to_lora_layers, load_adapters

# %% [markdown]
# The built-in model reads meeting notes and answers questions about them. One thing nobody ever asked it: "List the next actions.", in a form that your team files them in. In this lesson you teach it that, in about a minute of computing on two CPU cores, and measure what it cost.
#
# On a CPU the model is used in float32 and without `mx.compile`, for the reasons of lesson 08. With `MLX_COURSE_MODEL` set, the same cells train that model instead.
# %%
if machine.backends() == ["cpu"]:
    mx.disable_compile()


def quietly(function, *args, **options):
    """mlx_lm's tools talk a lot; this drops it."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return function(*args, **options)


folder = tempfile.TemporaryDirectory()
work = Path(folder.name)
base = quietly(lap.base, work)
model, tokenizer = mlx_lm.load(str(base))
# %% [markdown]
# ## A correction beside a matrix
# Fine-tuning changes weights. LoRA leaves them as they are and learns a correction for each: a product of two thin matrices, A and B. Here is one layer before and after.
# %%
layer = model.layers[0].self_attn.q_proj
adapted = LoRALinear.from_base(layer, r=8, scale=2.0)
print("weight ", layer.weight.shape)
print("lora_a ", adapted.lora_a.shape)
print("lora_b ", adapted.lora_b.shape)
# %% [markdown]
# The layer gives `x Wᵀ + scale · x A B`. A is random, B is zero, so at first the correction is nothing:
# %%
x = mx.random.normal((3, layer.weight.shape[1])).astype(layer.weight.dtype)
bool((adapted.lora_b == 0).all()), bool(mx.allclose(adapted(x), layer(x), atol=1e-5))
# %% [markdown]
# Now all seven linear layers of all blocks get one, with rank 8. What share of the model's numbers will be trained?
# %%
predict("lora_lap.trained", None, "%")
# %%
model.freeze()
linear_to_lora_layers(model, len(model.layers), {"rank": 8, "scale": 2.0, "dropout": 0.0})
trained = sum(w.size for _, w in tree_flatten(model.trainable_parameters()))
every = sum(w.size for _, w in tree_flatten(model.parameters()))
# %% tags=["nbval-ignore-output"]
print(f"{trained:,} of {every:,}")
measured("lora_lap.trained", 100 * trained / every, "%")
# %% [markdown]
# By formula: a matrix has inputs × outputs numbers, its correction rank × (inputs + outputs).
# %%
wrapped = [m.linear.weight.shape for _, m in model.named_modules() if isinstance(m, LoRALinear)]
sum(8 * (outputs + inputs) for outputs, inputs in wrapped) == trained
# %% [markdown]
# So the share falls as models grow. Take Llama 3.1 8B, and adapters in 16 of its 32 blocks, which is what `mlx_lm.lora` does unless told otherwise:
# %% tags=["claim:lora_lap.cost"]
wide = [(4096, 4096), (1024, 4096), (1024, 4096), (4096, 4096)] + 3 * [(14336, 4096)]
numbers = 16 * sum(8 * (rows + columns) for rows, columns in wide)
print(f"{numbers:,} numbers, {numbers / 8.03e9:.2%} of 8.03 billion")
print(f"with gradients and Adam, 16 bytes each: {16 * numbers / 1e9:.2f} GB")
# %% [markdown]
# That is what LoRA saves: the memory of training, which is 16 bytes for each number that learns. It does not save much arithmetic. The gradient of a correction in block 1 has to come down through all the others, frozen or not. A step of training, written out:
# %%
answers = [("Ana will call. Who calls?", "Ana"), ("Ben will write. Who writes?", "Ben")]
rows = [[{"role": "user", "content": q}, {"role": "assistant", "content": a}] for q, a in answers]
few = CacheDataset(ChatDataset([{"messages": row} for row in rows], tokenizer, mask_prompt=True))
batch = next(iterate_batches(few, batch_size=2, max_seq_length=320))
loss_and_grad_fn = nn.value_and_grad(model, default_loss)
optimizer = optim.Adam(learning_rate=1e-3)
before = mx.array(model.layers[0].self_attn.q_proj.linear.weight)
losses = []
for _ in range(5):
    (loss, tokens), grads = loss_and_grad_fn(model, *batch)
    optimizer.update(model, grads)
    mx.eval(model.parameters(), optimizer.state)
    losses.append(loss.item())
losses[-1] < losses[0], bool((model.layers[0].self_attn.q_proj.linear.weight == before).all())
# %% [markdown]
# The loss went down and the base did not move. What was kept for it, adapters, their gradients and Adam's two moments, takes 16 bytes for each trained number, as promised:
# %%
trees = (model.trainable_parameters(), grads, optimizer.state)
kept = [x for tree in trees for _, x in tree_flatten(tree) if x.ndim == 2]
sum(x.nbytes for x in kept) == 16 * trained
# %% [markdown]
# `default_loss` is mlx_lm's own. These are the tokens that it counted, and those that the two answers have, end marks included:
# %%
ends = sum(len(tokenizer.encode(a, add_special_tokens=False)) + 1 for _, a in answers)
tokens.item(), ends
# %% [markdown]
# One more for each row: in mlx_lm 0.32.2 the mask goes one place too far, into the padding. It does little harm; in `answer_loss` you write one that does none.
#
# The base may be quantized: that is QLoRA, and it is the same command on a quantized model.
# %% tags=["claim:lora_lap.qlora", "claim:lora_lap.base_stays"]
small, _ = mlx_lm.load(str(base))
nn.quantize(small, group_size=64, bits=4)
small.freeze()
linear_to_lora_layers(small, 1, {"rank": 8, "scale": 2.0, "dropout": 0.0})
wrapped = small.layers[-1].self_attn.q_proj
learns = tree_flatten(small.trainable_parameters())
type(wrapped).__name__, type(wrapped.linear).__name__, sorted({str(w.dtype) for _, w in learns}), sorted({n.rsplit(".", 1)[1] for n, _ in learns})
# %% [markdown]
# The base stays packed, adapters are float32. For Llama 3.1 70B, 70.6 billion weights at 4.5 bits:
# %%
wide70 = [(8192, 8192), (1024, 8192), (1024, 8192), (8192, 8192)] + 3 * [(28672, 8192)]
learning = 16 * sum(8 * (rows + columns) for rows, columns in wide70)
print(f"base {70.6e9 * 4.5 / 8 / 1e9:.1f} GB, adapters in training {16 * learning / 1e9:.2f} GB")
# %% [markdown]
# Activations come on top, and they grow with a batch's tokens (`--grad-checkpoint` trades them for time). A Mac with 128 GB, whose GPU may use three quarters of it or more (lesson 12), has room: that QLoRA of a 70B model runs on one is believable. Nobody has run it for this course.
#
# DoRA is one idea further: it trains the direction of each weight row as LoRA does, and its length as a number of its own. `dora_weight` is about that.
#
# ## The data
# `mlx_lm.lora` reads a folder with train.jsonl, one example a line, in one of these forms:
# %% tags=["claim:lora_lap.jsonl", "claim:lora_lap.messages"]
forms = {
    "messages": {"messages": rows[0]},
    "completions": {"prompt": answers[0][0], "completion": answers[0][1]},
    "text": {"text": tokenizer.apply_chat_template(rows[0], tokenize=False)},
}
for name, row in forms.items():
    data = create_dataset(2 * [row], tokenizer, types.SimpleNamespace(mask_prompt=False))
    print(f"{name:12} {type(data).__name__:19} {len(data.process(data[0])[0])} tokens")
# %% [markdown]
# One token more for text: the template has written the start mark already, and `encode` puts another in front. Lesson 08 had that one. Posts on Llama 3.1 show such a text line with the marks of another model:
# %% tags=["claim:lora_lap.markers"]
post = "<s>[INST] Who calls? [/INST] Ana</s>"
known = {tokenizer.convert_tokens_to_ids(mark) for mark in tokenizer.all_special_tokens}
ids = tokenizer.encode(post, add_special_tokens=False)
sum(i in known for i in ids), len(ids), len(tokenizer.encode("Who calls? Ana", add_special_tokens=False))
# %% [markdown]
# None of them is special here, and in Llama 3's tokenizer neither: `[INST]` belongs to Mistral and Llama 2. They become letters, and the model learns to read and write them. With `messages` the template of the model puts its own marks, whichever model it is. Take `messages`.
#
# Here are 600 of ours, and the file for validation. It may be left out; only `--test` insists on its test.jsonl. In most notes some words are replaced by invented ones, in note and answer alike, as in the base's own training: nobody can know them by heart.
# %% tags=["claim:lora_lap.valid"]
lap.write_data(work / "data")
line = json.loads((work / "data" / "train.jsonl").read_text().splitlines()[2])
for message in line["messages"]:
    print(f"{message['role']}: {message['content']}\n")
alone = work / "alone"
alone.mkdir()
shutil.copy(work / "data" / "train.jsonl", alone)
[len(part) for part in load_local_dataset(alone, tokenizer, types.SimpleNamespace())]
# %% [markdown]
# Why do the shortest notes stand first? A batch is padded to its longest row, and padding costs what words cost. mlx_lm means to put rows of like length together, but in 0.32.2 it takes the number of an example's *fields* for its length, so that the order of the file decides which rows are neighbours. How many places there are for 600 notes in batches of 8, shuffled and in order:
# %% tags=["claim:lora_lap.like_lengths"]
ordered = [json.loads(text) for text in (work / "data" / "train.jsonl").read_text().splitlines()]
shuffled = [ordered[i] for i in mx.random.permutation(len(ordered), key=mx.random.key(0)).tolist()]


def places(lines):
    data = CacheDataset(ChatDataset(lines, tokenizer, mask_prompt=True))
    return sum(rows.size for rows, _ in iterate_batches(data, 8, 320))


places(shuffled), places(ordered), sum(len(tokenizer.apply_chat_template(text["messages"])) for text in ordered)
# %% [markdown]
# The last number is what the notes hold. The batches themselves are drawn at random either way.
#
# ## Ten bad lines
# Somebody else's file is never like that. Here are ten lines, each with one thing wrong. We give each to mlx_lm, behind a good one. How many does it refuse?
# %%
predict("lora_lap.refused", None, "of 10")
# %%
user, assistant = line["messages"]
asks = {"role": "user", "content": "Who?"}


def row(*messages):
    return json.dumps({"messages": messages})


bad = {
    "cut off": row(user, assistant)[:-9],
    "a list": json.dumps([user, assistant]),
    "another name": json.dumps({"conversation": [user, assistant]}),
    "no role": row({"content": "Who?"}, assistant),
    "unknown role": row(asks, {"role": "model", "content": "Ana"}),
    "no content": row(asks, {"role": "assistant"}),
    "empty answer": row(asks, {"role": "assistant", "content": " "}),
    "no answer last": row(asks, assistant, {"role": "user", "content": "And now?"}),
    "a mark in it": row({"role": "user", "content": f"{tokenizer.eos_token} Who?"}, assistant),
    "too long": row({"role": "user", "content": "Ana will call. " * 70}, assistant),
}
refused, said = [], {}
for number, (name, text) in enumerate(bad.items()):
    place = work / f"bad{number}"
    place.mkdir()
    (place / "train.jsonl").write_text(row(user, assistant) + "\n" + text + "\n")
    said[name] = dataset.problems(place, tokenizer, limit=320)
    try:
        data, _, _ = load_local_dataset(place, tokenizer, types.SimpleNamespace(mask_prompt=True))
        [quietly(data.process, data[i]) for i in range(len(data))]
    except Exception as error:
        refused.append(name)
        print(f"{name}: {type(error).__name__}: {error}")
# %% tags=["nbval-ignore-output"]
measured("lora_lap.refused", len(refused), "of 10")
# %% [markdown]
# Three. It refuses what it cannot read, in words that name neither file nor line (the "line 1" is counted within the line), and trains on the rest. A message without a role vanishes from what is read; an answer without content teaches silence; a mark in the text is the mark. So look first. The course has a checker:
# %%
for name, found in said.items():
    print(*found)
# %% [markdown]
# It also finds what no single line shows: the same question twice, or in train and valid both. Ours is clean, and you write the core of it in `line_problem` and `held_back`:
# %%
dataset.problems(work / "data", tokenizer, limit=320)
# %% [markdown]
# ## Before
# An answer counts if it is exactly right, all lines of it. Two sets of notes that are not in the training data: one with names and things that the base has met when it was made, one with names and half of the words held out, which neither the base nor the lap has ever seen.
# %%
asked = {
    "known words": corpus.examples(40, 40_000, held_out=False, kinds=["lap"]),
    "held-out words": corpus.examples(40, 40_000, held_out=True, kinds=["lap"]),
    "old questions": corpus.examples(42, 40_001, held_out=False),
}


def exactly_right(model, examples):
    said = score.answers(model, tokenizer, [e.prompt for e in examples])
    return sum(a.strip() == e.answer for a, e in zip(said, examples)) / len(examples)


model, _ = mlx_lm.load(str(base))
before = {name: exactly_right(model, examples) for name, examples in asked.items()}
# %% tags=["nbval-ignore-output"]
for name, share in before.items():
    print(f"{name:15} {share:.2f}")
example = asked["known words"][0]
print(score.answers(model, tokenizer, [example.prompt])[0])
# %% [markdown]
# Nothing of the new task is right, most of the old questions are, and that is the share to remember for later. How much of the new task will be right on known words, after a minute of training? From 0 to 1.
# %%
predict("lora_lap.after", None, "of 1")
# %% [markdown]
# ## The lap
# These are all the settings. What has no flag, rank and schedule among them, goes into a file that `-c` reads; it is YAML, and JSON is YAML.
# %%
config = quietly(lap.settings, work)
print(json.dumps({k: v for k, v in config.items() if k not in ("model", "data", "adapter_path")}, indent=1))
# %% [markdown]
# Flags change. Many posts say `--lora-layers 16`; today's parser is the judge of both that and of a command as you would type it now:
# %% tags=["claim:lora_lap.lora_layers", "claim:lora_lap.flags", "claim:lora_lap.more_options"]
today = "--model base --train --data data --num-layers 4 --batch-size 2 --iters 300 --learning-rate 5e-4 --adapter-path adapter --mask-prompt --max-seq-length 320 -c lora.yaml"
parsed = lora.build_parser().parse_args(today.split())
print("today's flags:", parsed.num_layers, parsed.iters, parsed.mask_prompt)
more = "--fine-tune-type dora --optimizer muon --grad-checkpoint --grad-accumulation-steps 4 --resume-adapter-file a.safetensors"
parsed = lora.build_parser().parse_args(more.split())
print("and more:", parsed.fine_tune_type, parsed.optimizer, parsed.grad_accumulation_steps)
stale = io.StringIO()
try:
    with contextlib.redirect_stderr(stale):
        lora.build_parser().parse_args(["--train", "--lora-layers", "16"])
except SystemExit as end:
    print("exit", end.code, "·", stale.getvalue().splitlines()[-1].split(": ", 1)[1])
# %% [markdown]
# `lap.train` writes the file and runs `mlx_lm.lora -c` in a process of its own, as a terminal would, and hands on each loss that it reports; on a Linux CPU it also tells the C library to keep memory that is freed, which a training asks for again at once, and takes one thread for matrices this small. Interrupt the cell and the training stops with it.
# %% tags=["nbval-ignore-output"]
with live.loss_curve(config["iters"] // config["steps_per_report"]) as show:
    seconds = lap.train(config, watch=lambda step, loss: show(loss))
compiled = "without mx.compile" if machine.backends() == ["cpu"] else "with mx.compile"
print(f"{config['iters']} steps in {seconds:.0f} s, start included, {compiled}")
# %% [markdown]
# The curve is the loss on answers. It falls within the first third, and a loss near zero is not yet a right list: one wrong name in thirty tokens hardly shows in a mean.
# %% tags=["claim:lora_lap.adapter_path"]
adapter = work / "adapter"
taught, _ = mlx_lm.load(str(base), adapter_path=str(adapter))
after = {name: exactly_right(taught, asked[name]) for name in ("known words", "held-out words")}
after["known words"] >= 0.9
# %% tags=["nbval-ignore-output"]
print({name: f"{share:.2f}" for name, share in after.items()})
print(score.answers(taught, tokenizer, [example.prompt])[0])
measured("lora_lap.after", after["known words"], "of 1")
# %% [markdown]
# The form was learned. If anything goes wrong on held-out words, here is where it first differs from the right answer:
# %% tags=["nbval-ignore-output"]
for e in asked["held-out words"]:
    said = score.answers(taught, tokenizer, [e.prompt])[0]
    wrong = [pair for pair in zip(e.answer.splitlines(), said.splitlines()) if pair[0] != pair[1]]
    if wrong:
        print("right:", wrong[0][0])
        print("said: ", wrong[0][1])
        break
else:
    print("nothing went wrong")
# %% [markdown]
# Where this model errs, it is mostly in copying: a name or a thing that it never met comes back as one that it knows. Whoever judges with training notes never learns of it.
#
# ## What is in the folder
# %%
sorted(path.name for path in adapter.iterdir())
# %% [markdown]
# Every 50 steps the adapter is saved twice: under its name, which is written over, and with a number. If the power had gone at step 120, this is what you would have. It needs adapter_config.json beside it, which is there from the first second:
# %% tags=["nbval-ignore-output", "claim:lora_lap.interrupted"]
stopped = work / "stopped"
stopped.mkdir()
shutil.copy(adapter / "adapter_config.json", stopped)
shutil.copy(adapter / "0000100_adapters.safetensors", stopped / "adapters.safetensors")
early, _ = mlx_lm.load(str(base), adapter_path=str(stopped))
partly = exactly_right(early, asked["known words"])
print(f"after 100 of {config['iters']} steps: {partly:.2f}")
# %% [markdown]
# Usable, and `--resume-adapter-file` goes on from there. If the disk is full, the file under the plain name is the one that breaks, half-written over the good one; the numbered ones stay. `keep_adapter` does better.
#
# An adapter fits one model and one rank. What happens with another?
# %% tags=["claim:lora_lap.another_rank"]
def refuses(model, changes):
    other = work / "other"
    shutil.copytree(adapter, other, dirs_exist_ok=True)
    settings = json.loads((other / "adapter_config.json").read_text()) | changes
    (other / "adapter_config.json").write_text(json.dumps(settings))
    try:
        load_adapters(model, str(other))
    except ValueError as error:
        return str(error).splitlines()[1].strip()


rank4 = {"lora_parameters": config["lora_parameters"] | {"rank": 4}}
print("rank 4:     ", refuses(mlx_lm.load(str(base))[0], rank4))
print("other model:", refuses(mlx_lm.load(str(course.model.directory("draft")))[0], {"num_layers": 1}))
# %% [markdown]
# mlx_lm 0.32.2 looks at names and shapes and refuses. What no shape shows is an adapter for another model of the same shape, or a scale that somebody changed in the file: these load, and answer worse. That is what a card is for, at the end of this lesson.
#
# ## One model again
# `mlx_lm.fuse` adds each correction to its weight and writes an ordinary model. Loaded anywhere, it needs no adapter.
# %% tags=["nbval-ignore-output"]
def command(*words):
    print("$ mlx_lm." + " ".join(words))
    done = subprocess.run(
        [sys.executable, "-m", "mlx_lm", *words],
        cwd=work,
        env={**os.environ, **lap.environment()},
        capture_output=True,
        text=True,
    )
    print(done.stdout.replace("\r", "\n") if done.returncode == 0 else done.stderr[-800:])


command("fuse", "--model", "base" if base.parent == work else str(base), "--adapter-path", "adapter", "--save-path", "fused")
# %% tags=["claim:lora_lap.fused"]
fused, _ = mlx_lm.load(str(work / "fused"))
prompts = [e.prompt for e in asked["known words"][:16]]
same = score.answers(taught, tokenizer, prompts) == score.answers(fused, tokenizer, prompts)
reading = mx.array(tokenizer.encode(prompts[0]))[None]
close = {"float32": 1e-3, "float16": 0.1, "bfloat16": 0.5}[str(fused(reading).dtype).split(".")[-1]]
same, bool(mx.allclose(taught(reading), fused(reading), atol=close))
# %% [markdown]
# The same tokens, from logits that differ by rounding. In 16 bits the merged weights are rounded, and two tokens that were nearly equal may change places; onto a quantized base, fusing quantizes anew, and more can change: judge again.
#
# On the command line an adapter is used with `mlx_lm.generate --model M --adapter-path adapter --prompt …`.
#
# ## What it forgot
# It learned on one kind of question and nothing else. What share of the *old* questions does the taught model still answer?
# %%
predict("lora_lap.old", None, "of 1")
# %% tags=["nbval-ignore-output"]
after["old questions"] = exactly_right(taught, asked["old questions"])
print(f"old questions: {before['old questions']:.2f} before, {after['old questions']:.2f} after")
measured("lora_lap.old", after["old questions"], "of 1")
# %% tags=["claim:lora_lap.forgets"]
after["old questions"] < before["old questions"] - 0.2
# %% [markdown]
# Not a weight of the base was touched, and it forgot: the correction acts on every question, and nothing in the data said what should stay. Look at what it answers now:
# %% tags=["nbval-ignore-output"]
said = score.answers(taught, tokenizer, [e.prompt for e in asked["old questions"]])
for e, text in [pair for pair in zip(asked["old questions"], said) if pair[0].answer != pair[1].strip()][:3]:
    print(e.prompt.splitlines()[-1])
    print("  right:", repr(e.answer))
    print("  said: ", repr(text))
# %% [markdown]
# The cure is old as well: mix. Half of the lines ask what the base could do already. This time in Python, from the adapter on, for a hundred steps. `load` with an adapter freezes nothing, so that is ours to do.
# %%
lap.write_data(work / "mixed", count=200, seed=1, old=0.5)
mixed = [json.loads(text) for text in (work / "mixed" / "train.jsonl").read_text().splitlines()]
cured, _ = mlx_lm.load(str(base), adapter_path=str(adapter))
cured.freeze()
cured.unfreeze(keys=["lora_a", "lora_b"])
(work / "cured").mkdir()
arguments = TrainingArgs(
    batch_size=2, iters=100, steps_per_report=5, steps_per_save=1000, max_seq_length=320,
    adapter_file=str(work / "cured" / "adapters.safetensors"),
)  # fmt: skip


cli_ui.make_console().is_jupyter = False  # no progress bar of widgets: the curve is enough


class Watch(TrainingCallback):
    def on_train_loss_report(self, report):
        show(report["train_loss"])
# %% tags=["nbval-ignore-output"]
start = time.perf_counter()
with live.loss_curve(arguments.iters // arguments.steps_per_report) as show:
    quietly(
        train,
        cured,
        optim.Adam(learning_rate=optim.cosine_decay(5e-4, arguments.iters)),
        CacheDataset(ChatDataset(mixed, tokenizer, mask_prompt=True)),
        args=arguments,
        training_callback=Watch(),
    )
print(f"{time.perf_counter() - start:.0f} s")
cured.eval()
mended = {name: exactly_right(cured, asked[name]) for name in ("known words", "old questions")}
print(f"new: {after['known words']:.2f}, then {mended['known words']:.2f}")
print(f"old: {before['old questions']:.2f} at first, {after['old questions']:.2f} after the lap, {mended['old questions']:.2f} now")
# %% tags=["claim:lora_lap.cured"]
mended["old questions"] > after["old questions"] + 0.1, mended["known words"] >= 0.8
# %% [markdown]
# > **Keep this.** Whatever an adapter is to leave alone has to be in its data, and in its test.
#
# ## One setting at a time
# `mlx-course bench lap` runs the lap again and again with one thing changed. It takes half an hour, so here is what it gave where the course was made. Rank first: how much of the new task is right with rank 1, an eighth of the numbers?
# %%
predict("lora_lap.rank", None, "of 1")
# %%
saved = sweep.saved()
print(*sweep.lines(saved, "rank"), sep="\n")
# %% tags=["nbval-ignore-output"]
measured("lora_lap.rank", saved["runs"]["rank 1"]["new"], "of 1")
# %% [markdown]
# A form is little to learn, and a low rank has room for it. Before you read on, order these by what they do to the new task: two of four blocks instead of all; a learning rate ten times lower, or twenty times higher; 10 notes instead of 600, seen again and again; 600 notes of known words alone, without invented ones. The last you can tell by the held-out words only.
# %%
for group in ("layers", "learning rate", "data"):
    print(*sweep.lines(saved, group)[2:], sep="\n")
# %% [markdown]
# Ten notes do better than one expects. The form is one and the same in each of them, and names have to be copied, not known. The invented words gain nothing here: the base has met so many that it goes on copying. What costs most is a wrong learning rate:
# %%
chosen = [run for run in saved["runs"].values() if run["group"] in ("the lap", "learning rate")]
rates = {run["changed"].get("rate", saved["rate"]): run for run in chosen}
powers = [math.log10(rate) for rate in sorted(rates)]
figures.lines(
    {what: (powers, [rates[r][what] for r in sorted(rates)]) for what in ("new", "old")},
    alt="Exact match after the lap against the learning rate. "
    + "; ".join(f"{r:g}: new {rates[r]['new']:.2f}, old {rates[r]['old']:.2f}" for r in sorted(rates)) + ".",
    xlabel="highest learning rate, as a power of ten",
    ylabel="exactly right",
)
# %% [markdown]
# Now compare two rows of the data: ten notes, and the lap. First their losses at the end, then their shares of right answers:
# %% tags=["claim:lora_lap.lower_loss"]
ten, full = (saved["runs"][name] for name in ("10 notes", "the lap"))
print(f"ten notes: loss {ten['loss']:.3f}, right {ten['new']:.2f}")
print(f"the lap:   loss {full['loss']:.3f}, right {full['new']:.2f}")
ten["loss"] < full["loss"], ten["new"] < full["new"]
# %% [markdown]
# The lower loss belongs to the worse model. It is the loss on notes that it has seen sixty times, and those it knows. And forgetting does not show in it at all: at the highest rate but one the loss is lower than the lap's, and look what is left of the old questions.
#
# Then how it is trained, and how much of the old is mixed in from the start:
# %%
for group in ("method", "forgetting"):
    print(*sweep.lines(saved, group)[2:], sep="\n")
# %% [markdown]
# Compare the rows of mixed data with the cure above: what was never lost need not be brought back, and see how little of the old it takes. QLoRA's seconds are those of a CPU, which takes packed weights apart for every row (lesson 07); on a GPU the price is small. One run of each is no proof: with 50 notes to judge by, shares differ by several hundredths from seed to seed. And losses compare only where the same tokens are counted: with the loss over prompts it is another quantity, as it is with another tokenizer. `bits_per_byte` makes the second comparable.
#
# ## How fast is training?
# First what you just saw, in tokens that went through the model:
# %% tags=["nbval-ignore-output"]
lengths = [len(tokenizer.apply_chat_template(json.loads(text)["messages"])) for text in (work / "data" / "train.jsonl").read_text().splitlines()]
here = config["iters"] * config["batch_size"] * sum(lengths) / len(lengths) / seconds
print(f"{here:,.0f} tokens a second with {every / 1e6:.1f} million parameters, start included")
# %% [markdown]
# One reads that an 8B model trains at "1–3 tokens a second" on a Mac and at "30–50" on an H100. The same text has a command: 1,000 steps of 4 rows, some 200 tokens each. How many hours would that take at 2 tokens a second?
# %%
predict("lora_lap.hours", None, "hours")
# %% tags=["claim:lora_lap.tokens_a_second"]
tokens = 1000 * 4 * 200
print(f"at 2 tokens a second: {tokens / 2 / 3600:.0f} hours")
print(f"the same text, 500 examples in 20 to 25 minutes: {500 * 200 / 1350:.0f} tokens a second")
operations = 4 * 8.03e9  # forward, and backward through frozen weights: 2 each for a weight and token
for chip, peak, share in (("M2 Pro", 6.8e12, 0.5), ("H100", 989e12, 0.4)):
    print(f"arithmetic, {chip}: {peak * share / operations:,.0f} tokens a second")
# %% tags=["nbval-ignore-output"]
measured("lora_lap.hours", tokens / 2 / 3600, "hours")
# %% [markdown]
# Nearly five days for 800,000 tokens; and the same text has 100,000 of them done in 20 to 25 minutes, which is 74 a second and not 1 to 3. 6.8 TFLOP/s are 19 GPU cores of an M2 Pro with 128 lanes each, two operations and 1.4 GHz (lesson 16); 989 is what NVIDIA gives for the H100 in bfloat16. That training reaches half and two fifths of these is an assumption, and a generous one. Measured by others: about 250 tokens a second for Mistral 7B with adapters in 4 blocks on an M1 Max (mlx-lm's LORA.md), 475 on an M2 Ultra (mlx-examples' lora README). Both figures of the claim are too low, by a factor of thirty and more.
#
# The same text's example, a 7B model on an M2 Pro, by arithmetic, and its other one, 1,000 steps on 5,000 pairs:
# %% tags=["claim:lora_lap.epoch"]
rate = 6.8e12 * 0.5 / (3 * 7.2e9), 6.8e12 * 0.5 / (4 * 7.2e9)
print(f"500 examples of 200 tokens, 7B, adapters in half of the blocks: {500 * 200 / rate[0] / 60:.0f} to {500 * 200 / rate[1] / 60:.0f} minutes")
print(f"1,000 steps of 4 from 5,000 pairs: {1000 * 4 / 5000} of the data, once")
# %% [markdown]
# At half of the peak, that is; at a third of it, half as long again, which comes near the 20 to 25 minutes: they are believable. And a thousand steps need not be many: they would not see all pairs even once.
#
# ## A card
# In three months nobody will know what this folder is. A card beside it says so, in a form that a program fills in:
# %%
def adapter_card(config, scores, notes):
    settings = {k: config[k] for k in ("iters", "batch_size", "learning_rate", "num_layers", "mask_prompt")}
    parts = [
        "# Adapter: next actions from meeting notes",
        f"- **Base:** {course.model.directory().name}; fits no other model, even of the same shape",
        f"- **Data:** {notes}",
        f"- **Settings:** {json.dumps(settings | config['lora_parameters'])}, schedule {config['lr_schedule']['name']}, seed 0",
        "- **Exactly right:** " + "; ".join(f"{k}: {before[k]:.2f} before, {v:.2f} after" for k, v in scores.items()),
        f"- **Made with:** MLX {mx.__version__}, mlx-lm {mlx_lm.__version__}",
        "- **Not for:** other notes than short English ones; see the old questions",
    ]
    return "\n".join(parts) + "\n"
# %% tags=["nbval-ignore-output"]
card = adapter_card(config, after, f"{lap.NOTES} notes from course.model.lap.write_data, seed 0")
(adapter / "README.md").write_text(card)
print(card)
# %%
folder.cleanup()
# %% [markdown]
# ## What to keep
# - An adapter is rank × (inputs + outputs) numbers for each matrix. It saves the memory of training and little of its time.
# - B begins at zero, `scale` is alpha / rank, and the base is frozen before adapters come.
# - mlx_lm refuses lines it cannot read and trains on all others. Check the data, and keep the notes that you judge by apart.
# - Exactly right, before and after, on notes that nobody has seen, old tasks included. The loss is for watching.
# - Fusing gives the same tokens up to rounding. An adapter fits one base.
# - What should stay has to be in the data. Mixing brings back most of what was lost.
# - Training speed is arithmetic: operations a second, by four for each weight and token.
#
# **Claims tested here:** lora_lap.cost, lora_lap.qlora, lora_lap.base_stays, lora_lap.jsonl, lora_lap.messages, lora_lap.markers, lora_lap.valid, lora_lap.like_lengths, lora_lap.lora_layers, lora_lap.flags, lora_lap.more_options, lora_lap.adapter_path, lora_lap.interrupted, lora_lap.another_rank, lora_lap.fused, lora_lap.forgets, lora_lap.cured, lora_lap.lower_loss, lora_lap.tokens_a_second, lora_lap.epoch.
