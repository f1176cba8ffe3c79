# %% [markdown]
# # 07 · Quantization
# **After this lesson you can** quantize weights by hand and with MLX, say what a weight really costs, measure what a model loses at each width, spend bits where they count, and say where quantization makes things faster and where it does not.
#
# **60 minutes · runs on any machine · needs lesson 05**
# %%
import course
import copy
from collections import defaultdict

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
import numpy as np
from course import figures, measure, measured, predict, widgets
from course.model import corpus, load
from course.model.score import answers, score
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import compute_bits_per_weight

# %% [markdown]
# ## What four bits cost
# A model is offered "in 4 bits". You add up the bytes of its weights, times 8, and divide by how many weights it has. How many bits is that for each?
# %%
predict("quantization.bits", None, "bits")
# %% tags=["claim:quantization.four_bits"]
mx.random.seed(0)
w = mx.random.normal((1024, 1024)).astype(mx.float16)
codes, scales, biases = mx.quantize(w, group_size=64, bits=4)
for part in (codes, scales, biases):
    print(part.shape, part.dtype, part.nbytes, "bytes")
bits = 8 * (codes.nbytes + scales.nbytes + biases.nbytes) / w.size
bits
# %% tags=["nbval-ignore-output"]
measured("quantization.bits", bits, "bits")
# %% [markdown]
# Four and a half. The 4 bits are a code, a whole number from 0 to 15, and codes mean nothing by themselves: each group of 64 neighbours has a *scale* and a *bias*, 16 bits each, that say which number a code stands for. 32 bits for 64 weights is half a bit for each.
#
# The group size sets that price, and so does the dtype: scales take the dtype of the weights. Quantize weights that are float32, and they cost twice as much.
# %%
def bits_each(w, **how):
    return 8 * sum(part.nbytes for part in mx.quantize(w, **how)) / w.size


for group_size in (32, 64, 128):
    costs = [bits_each(w.astype(t), group_size=group_size, bits=4) for t in (mx.float16, mx.float32)]
    print(f"groups of {group_size:3}: {costs[0]} bits from float16, {costs[1]} from float32")
# %% [markdown]
# > **Keep this.** Ask for bits per weight, not for bits. `bits + 32 / group_size` is the price in affine mode, for weights that were float16 or bfloat16.
#
# ## A ruler for each group
# Affine quantization lays a ruler over a group: its first mark on the smallest number, its last on the largest, `2**bits` marks and so `2**bits - 1` steps between them. Each weight goes to the nearest mark. Four bits on eight weights, by hand:
# %%
group = mx.array([-0.9, -0.31, -0.02, 0.0, 0.14, 0.3, 0.77, 1.2])
low, high = group.min(), group.max()
step = (high - low) / (2**4 - 1)
marks = mx.round((group - low) / step)
back = marks * step + low
print("codes", marks.astype(mx.int32).tolist())
print("back ", [round(x, 2) for x in back.tolist()])
f"largest error {(mx.abs(back - group).max() / step).item():.2f} steps"
# %% [markdown]
# No weight is further from a mark than half a step: that is the bound, and the formula in MLX's documentation has it too. Now let `mx.quantize` do it, on a million weights. How far is the worst of them from where it was, in steps?
# %%
predict("quantization.worst", None, "steps")
# %% tags=["claim:quantization.half_step"]
def worst_in_steps(w, bits, group_size=64):
    how = {"bits": bits, "group_size": group_size}
    groups = w.reshape(-1, group_size)
    step = (groups.max(axis=1) - groups.min(axis=1)) / (2**bits - 1)
    off = mx.abs(mx.dequantize(*mx.quantize(w, **how), **how) - w)
    return (off.reshape(-1, group_size).max(axis=1) / step).max().item()


wide = w.astype(mx.float32)
worst = worst_in_steps(wide, 4)
print(0.5 < worst < 1)
{bits: round(worst_in_steps(wide, bits), 1) for bits in (2, 3, 4, 5, 6, 8)}
# %% tags=["nbval-ignore-output"]
measured("quantization.worst", worst, "steps")
# %% [markdown]
# Nearly a whole step. MLX does not follow the formula to the letter: it moves the ruler a little, so that one mark lies on 0. Zeros, which are common in padded and pruned weights, then come back as zeros; the price is that the far end of the ruler may fall short of the last weight. Here is your group of eight, which holds a zero, in a row of 32:
# %%
row = mx.concatenate([group, mx.zeros(24)])[None]
how = {"group_size": 32, "bits": 4}
kept = mx.dequantize(*mx.quantize(row, **how), **how)[0]
print("zero by the formula", round(back[3].item(), 3), "and by MLX", kept[3].item())
print("-0.9 by the formula", round(back[0].item(), 3), "and by MLX", round(kept[0].item(), 3))
# %% [markdown]
# The bound for MLX is therefore one step, and what most weights meet is half of one. `fewest_bits` in the exercises measures where the formula would have been too kind.
#
# ## Packed
# Eight codes of 4 bits lie in one uint32, the first in the lowest bits. 3, 5 and 6 bits do not divide 32; there a code may begin in one word and end in the next, and nothing is wasted.
# %% tags=["claim:quantization.widths"]
first = codes[0, 0].item()
print(f"{first:032b}", [first >> 4 * i & 15 for i in range(8)])
{bits: mx.quantize(w, group_size=64, bits=bits)[0].shape for bits in (1, 2, 3, 4, 5, 6, 8)}
# %% [markdown]
# Groups lie along the last dimension and never leave their row. That is where most errors come from, and MLX's sentences are good ones:
# %% tags=["claim:quantization.any_layer"]
for shape, how in {
    (4, 128): {"bits": 7, "group_size": 64},
    (4, 96): {"bits": 4, "group_size": 48},
    (4, 100): {"bits": 4, "group_size": 64},
    (128,): {"bits": 4, "group_size": 64},
}.items():
    try:
        mx.quantize(mx.zeros(shape), **how)
    except ValueError as error:
        print(error)
# %% [markdown]
# There are 1, 2, 3, 4, 5, 6 and 8 bits, in groups of 32, 64 or 128. A layer of 100 inputs cannot be quantized at all, and must be left out.
#
# ## Four bits that float
# Three more modes have no bias. Their codes are small floating-point numbers: a sign, an exponent, a mantissa. `mxfp4` has sixteen of them, and each group of 32 has a scale of one byte that is a power of two. All the sizes that a code can have:
# %%
packed, exponents = mx.quantize(wide, mode="mxfp4")
sizes = mx.abs(mx.dequantize(packed, exponents, mode="mxfp4", dtype=mx.float32))
sizes = sizes.reshape(-1, 32) / 2.0 ** (exponents.reshape(-1, 1).astype(mx.float32) - 127)
print(sorted(set(sizes[:100].reshape(-1).tolist())))
{mode: bits_each(w, mode=mode) for mode in ("mxfp4", "nvfp4", "mxfp8")}
# %% [markdown]
# Close together near 0, far apart at the end. `nvfp4` has the same codes, groups of 16, and a scale that is a small float itself; `mxfp8` has codes of 8 bits. Groups of 32, one scale of 8 bits: a quarter of a bit for each weight.
#
# Which is best for the same bits? For these weights, which are drawn from a bell curve, by the root of the mean squared error:
# %%
def rounded(w, **how):
    """A weight quantized from float16, as in a file, and brought back to its own dtype."""
    packed = mx.quantize(w.astype(mx.float16), **how)
    return mx.dequantize(*packed, **how, dtype=w.dtype)


def weight_error(w, **how):
    off = mx.square(rounded(w, **how) - w).mean() / mx.square(w).mean()
    return 100 * mx.sqrt(off).item()


SETTINGS = {f"{bits}-bit": {"bits": bits, "group_size": 64} for bits in (8, 6, 5, 4, 3, 2, 1)}
SETTINGS |= {mode: {"mode": mode} for mode in ("mxfp8", "nvfp4", "mxfp4")}
for name, how in SETTINGS.items():
    print(f"{name:7} {bits_each(w, **how):5} bits a weight, error {weight_error(wide, **how):5.1f} %")
# %% [markdown]
# Down to 2 bits, each bit less doubles the error. With 1 bit there are two marks to a group, at its ends, and most weights lie far from both.
#
# It looks like a steady slide, and says nothing yet of what a model can still do.
#
# ## A quantized layer
# `mx.quantized_matmul` multiplies by the packed weight; the full one is never made. `nn.QuantizedLinear` is a layer around it, and `nn.quantize` replaces the layers of a model. All of them? Count:
# %%
x = mx.random.normal((2, 1024))
packed = mx.quantize(wide, group_size=64, bits=4)
same = mx.dequantize(*packed, group_size=64, bits=4)
product = mx.quantized_matmul(x, *packed, group_size=64, bits=4)
mx.allclose(product, x @ same.T, rtol=1e-3, atol=1e-3).item()
# %% tags=["claim:quantization.embedding"]
def small():
    return nn.Sequential(nn.Embedding(10, 64), nn.Linear(64, 64), nn.RMSNorm(64), nn.Linear(64, 8))


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


everything, linears = small(), small()
nn.quantize(everything, group_size=64, bits=4)
nn.quantize(linears, 64, 4, class_predicate=lambda path, m: isinstance(m, nn.Linear))
kinds(everything), kinds(linears)
# %% [markdown]
# The embedding went along. It has a `to_quantized` method, and that is all `nn.quantize` asks for. The predicate sees each layer's path and the layer, and answers True, False, or a dict with bits and group size for this layer alone.
#
# What is quantized is frozen: its codes have no gradient. QLoRA, further down, lives on that.
#
# ## Where does it break?
# Now the model inside this course: it reads meeting notes and answers questions. These questions are about names, things and phrasings that it was never trained on; of eighteen for each kind the three with the shortest notes are taken, to save your time.
#
# An answer is exactly right if each of its tokens is the likeliest one after the right tokens before it. So one pass over the right answers shows which of them the model would give, and its loss too, without a word being written.
# %%
model, tokenizer = load()


def shortest(each, seed):
    """Questions of every kind, `each` of it, about short notes."""
    found = defaultdict(list)
    for example in corpus.examples(6 * each * len(corpus.KINDS), seed):
        found[example.kind].append(example)
    return [e for kind in found.values() for e in sorted(kind, key=lambda e: len(e.prompt))[:each]]


asked = shortest(3, seed=20_000)
len(asked)
# %%
def encode(asked, size=21):
    """Batches of (tokens, row and column before each token of an answer, questions)."""
    pairs = []
    for e in asked:
        message = [{"role": "user", "content": e.prompt}]
        prompt = list(tokenizer.apply_chat_template(message, add_generation_prompt=True))
        answer = tokenizer.encode(e.answer, add_special_tokens=False) + [tokenizer.eos_token_id]
        pairs.append((len(prompt), prompt + answer))
    pairs.sort(key=lambda pair: len(pair[1]))
    for batch in (pairs[i : i + size] for i in range(0, len(pairs), size)):
        width = len(batch[-1][1])
        tokens = mx.array([tokens + [0] * (width - len(tokens)) for _, tokens in batch])
        places = [(i, j - 1) for i, (n, t) in enumerate(batch) for j in range(n, len(t))]
        yield tokens, *mx.array(places).T, len(batch)


batches = list(encode(asked))
# %%
def predictions(model, batches):
    """Log-probabilities of every place that a token of an answer follows."""
    logits = [model(tokens[:, :-1])[row, column] for tokens, row, column, _ in batches]
    return nn.log_softmax(mx.concatenate(logits).astype(mx.float32), axis=-1)


def judge(model, batches, original=None):
    """Percent of answers exactly right, mean loss of their tokens, divergence from `original`."""
    log_p = predictions(model, batches)
    wanted = mx.concatenate([tokens[row, column + 1] for tokens, row, column, _ in batches])
    starts = np.cumsum([0] + [size for *_, size in batches])
    owner = mx.concatenate([row + int(start) for (_, row, *_), start in zip(batches, starts)])
    misses = mx.zeros(int(starts[-1])).at[owner].add(log_p.argmax(axis=1) != wanted)
    loss = -mx.take_along_axis(log_p, wanted[:, None], axis=1).mean()
    drift = nn.losses.kl_div_loss(log_p, log_p if original is None else original, axis=-1).mean()
    return 100 * (misses == 0).mean().item(), loss.item(), drift.item()
# %% [markdown]
# Is that the same as letting it write? Both ways, on every third question:
# %% tags=["nbval-ignore-output"]
some = asked[::3]
written = 100 * score(model, tokenizer, some)["all"]
print(f"written out {written:.0f} %, in one pass {judge(model, list(encode(some)))[0]:.0f} % exactly right")
# %% [markdown]
# Products with quantized weights are slow on a CPU, as you will see. So each setting is judged on weights that were quantized and brought back to full width: the numbers of the quantized model at the speed of the other. Every matrix is quantized, the embedding too, which in this model is also the output layer.
# %%
weights = dict(tree_flatten(model.parameters()))
matrices = {name: w for name, w in weights.items() if w.ndim == 2}


def set_widths(settings):
    """Round the matrices named in `settings`, and leave all others full."""
    new = {name: rounded(matrices[name], **how) for name, how in settings.items()}
    model.load_weights(list((weights | new).items()))
# %%
def packed_bytes(settings):
    """What a model takes whose matrices are packed so; all else in float16."""
    packed = sum(
        sum(part.nbytes for part in mx.quantize(matrices[name].astype(mx.float16), **how))
        for name, how in settings.items()
    )
    return packed + sum(2 * w.size for name, w in weights.items() if name not in settings)


count = sum(w.size for w in weights.values())
print(f"{count:,} weights, {sum(w.size for w in matrices.values()) / count:.2%} of them in matrices")
# %% [markdown]
# From 8 bits down to 1, in groups of 64: at which width does this model first give more than 5 right answers in 100 fewer?
# %%
predict("quantization.falls", None, "bits")
# %% tags=["nbval-ignore-output", "claim:quantization.weight_error"]
original = predictions(model, batches)
full, full_loss, _ = judge(model, batches)
table = {"float16": (packed_bytes({}), 0.0, full_loss, 0.0, full)}
for name, how in SETTINGS.items():
    everywhere = dict.fromkeys(matrices, how)
    set_widths(everywhere)
    share, loss, drift = judge(model, batches, original)
    error = np.mean([weight_error(w, **how) for w in matrices.values()])
    table[name] = (packed_bytes(everywhere), error, loss, drift, share)
set_widths({})
print(f"{'':8}{'MB':>6}{'weights off by':>16}{'loss':>8}{'drift':>8}{'right':>9}")
for name, (nbytes, error, loss, drift, share) in table.items():
    print(f"{name:8}{nbytes / 1e6:6.2f}{error:14.1f} %{loss:8.3f}{drift:8.4f}{share:7.0f} %")
# %% tags=["nbval-ignore-output"]
falls = next((n for n in (8, 6, 5, 4, 3, 2, 1) if table[f"{n}-bit"][-1] < full - 5), 0)
measured("quantization.falls", falls, "bits" if falls else "bits: it never does")
# %% tags=["nbval-ignore-output"]
lines = {"affine, groups of 64": [f"{n}-bit" for n in (8, 6, 5, 4, 3, 2, 1)], "floats": ["mxfp8", "nvfp4", "mxfp4"]}
figures.lines(
    {
        line: ([table[name][0] / 1e6 for name in names], [table[name][-1] for name in names])
        for line, names in (lines | {"float16": ["float16"]}).items()
    },
    alt="Exactly right answers against megabytes: "
    + ", ".join(f"{name} {row[0] / 1e6:.2f} MB {row[-1]:.0f} %" for name, row in table.items()),
    xlabel="MB",
    ylabel="exactly right, %",
)
# %% [markdown]
# *Drift* is how far the predictions are from those of the original, in nats: the Kullback-Leibler divergence, a mean over all places. Read two columns beside each other. Down to 2 bits the weights are off by twice as much for each bit less, from the first on; the answers stay as they are for most of the way, and then they break. The error of the weights does not say where, and where it is differs from model to model and from task to task.
#
# How much of a difference is chance? A share of so many questions has a standard error:
# %% tags=["nbval-ignore-output"]
chance = 100 * (full / 100 * (1 - full / 100) / len(asked)) ** 0.5
print(f"{full:.0f} % of {len(asked)} questions, give or take {chance:.1f}")
# %% [markdown]
# Settings that differ by less than about that much cannot be told apart by counting answers. The loss is finer, since every token has a say. The drift is finer still, and needs no right answers, only text; `kl_to_reference` in the exercises asks you to write it.
#
# > **Keep this.** Judge a quantized model by what it is for, on enough questions, beside the original. Neither the number of bits nor the error of the weights can do it for you.
#
# And is a rounded model the same as a truly quantized one? The real thing, on a few questions:
# %% tags=["nbval-ignore-output"]
few = [example.prompt for example in asked if example.kind in ("who", "when")]
quantized = copy.deepcopy(model)
quantized.set_dtype(mx.float16)
nn.quantize(quantized, group_size=64, bits=4)
print(f"{compute_bits_per_weight(quantized):.2f} bits a weight, norms included")
quantized.set_dtype(weights["model.norm.weight"].dtype)  # scales too; the codes stay as they are
set_widths(dict.fromkeys(matrices, SETTINGS["4-bit"]))
pairs = list(zip(*(answers(m, tokenizer, few) for m in (model, quantized))))
set_widths({})
print(f"{sum(a == b for a, b in pairs)} of {len(pairs)} answers are the same, such as:")
print(few[0].splitlines()[-1], "→", pairs[0][1])
# %% [markdown]
# ## Try it
# Choose bits and group size, and see what becomes of the model: its bytes, how far its weights are off, and what it says. First some settings side by side; with widgets, the controls below them give you all. Two of their values do not exist.
# %%
question = next(example for example in asked if example.kind == "who")


def try_it(bits, group_size):
    how = {"bits": bits, "group_size": group_size}
    everywhere = dict.fromkeys(matrices, how)
    set_widths(everywhere)
    error = np.mean([weight_error(w, **how) for w in matrices.values()])
    (said,) = answers(model, tokenizer, [question.prompt])
    set_widths({})
    size = packed_bytes(everywhere) / 1e6
    return f"{bits} bits, groups of {group_size:3}: {size:.2f} MB, weights off by {error:2.0f} %, says {said!r}"


print(question.prompt)
print("Right is:", question.answer)
# %% tags=["nbval-ignore-output"]
for setting in ((8, 64), (4, 64), (3, 128), (2, 32), (2, 128)):
    print(try_it(*setting))
# %% tags=["nbval-ignore-output"]
widgets.explorer(try_it, bits=[4, 2, 3, 5, 6, 7, 8], group_size=[64, 32, 48, 128])
# %% [markdown]
# ## Not every matrix minds
# One width for all treats a matrix on which every word depends like one that hardly matters. So round one sort of matrix alone and see how far the predictions drift. That is measured on other questions than those above: what you choose by must not be what you judge by.
# %% tags=["nbval-ignore-output"]
tuning = list(encode(shortest(1, seed=30_000)))
SORTS = {"embedding": ("embed",), "queries, keys": ("q_proj", "k_proj"), "values, output": ("v_proj", "o_proj"),
         "gate, up": ("gate", "up_proj"), "down": ("down",)}
names_of = {
    sort: [name for name in matrices if any(part in name for part in parts)] for sort, parts in SORTS.items()
}
before, damage = predictions(model, tuning), {}
for sort, names in names_of.items():
    for bits in (2, 3, 4):
        set_widths(dict.fromkeys(names, {"bits": bits, "group_size": 64}))
        damage[sort, bits] = judge(model, tuning, before)[2]
set_widths({})
for sort, names in names_of.items():
    size = sum(matrices[name].size for name in names)
    drifts = "  ".join(f"{bits} bits {damage[sort, bits]:.4f}" for bits in (2, 3, 4))
    print(f"{sort:15} {size / count:4.0%} of the weights, drift with  {drifts}")
# %% [markdown]
# Then spend. Begin with 2 bits everywhere and buy the step that mends most for each byte, as long as the whole fits into what 2 bits for all take in groups of 32, the best that one width can do in so little room. `mixed_bits` in the exercises asks you for this loop.
# %% tags=["nbval-ignore-output"]
def widths(chosen):
    return {n: {"bits": chosen[s], "group_size": 64} for s, names in names_of.items() for n in names}


uniform = dict.fromkeys(matrices, {"bits": 2, "group_size": 32})
budget = packed_bytes(uniform)
chosen, fits = dict.fromkeys(SORTS, 2), True
while fits:
    steps = [(s, b) for s in SORTS for b in (3, 4) if b > chosen[s]]
    cost = {(s, b): packed_bytes(widths(chosen | {s: b})) - packed_bytes(widths(chosen)) for s, b in steps}
    fits = [step for step in steps if packed_bytes(widths(chosen)) + cost[step] <= budget]
    if fits:
        sort, bits = max(fits, key=lambda s: (damage[s[0], chosen[s[0]]] - damage[s]) / cost[s])
        chosen[sort] = bits
print(chosen)
for name, settings in {"2 bits for all": uniform, "mixed": widths(chosen)}.items():
    set_widths(settings)
    share, loss, drift = judge(model, batches, original)
    print(f"{name:14} {packed_bytes(settings) / 1e6:.2f} MB, drift {drift:.3f}, right {share:.0f} %")
set_widths({})
# %% [markdown]
# The prices are those of one change at a time, and changes add up only roughly: where nothing is broken yet, such a choice can lose to one width for all. So judge what you chose. `mlx_lm.convert` takes such a choice as `quant_predicate`, and `mlx_lm`'s dynamic quantization makes it from gradients. Two further ways change the weights, not the widths: AWQ and GPTQ shift the errors to where they hurt less, and DWQ trains scales and biases until the small model predicts what the large one does. `fake_quantize` in the exercises is how training gets through a rounding.
#
# ## Faster?
# For each token that a model writes, every weight is read once. From float32 to 4 bits that is 32 to 4.5, a seventh of the bytes. How many times as fast is a product of one vector with such a matrix, on this machine?
# %%
predict("quantization.speed", None, "times as fast")
# %% tags=["nbval-ignore-output", "claim:quantization.faster"]
full_matrix = mx.random.normal((2048, 4096))
packed = mx.quantize(full_matrix.astype(mx.float16), group_size=64, bits=4)
packed = [packed[0], *(part.astype(mx.float32) for part in packed[1:])]


def product(rows, parts):
    x = mx.random.normal((rows, 4096))
    if len(parts) == 1:
        return lambda: x @ parts[0].T
    return lambda: mx.quantized_matmul(x, *parts, group_size=64, bits=4)


seconds, roof = {}, measure.copy_bandwidth()
for rows in (1, 32):
    for name, parts in {"float32": [full_matrix], "4 bits": packed}.items():
        seconds[name, rows] = measure.time_call(product(rows, parts), repeat=3).best
        rate = sum(part.nbytes for part in parts) / seconds[name, rows] / 1e9
        print(f"{rows:2} rows, {name:8} {1e3 * seconds[name, rows]:7.2f} ms, {rate:6.2f} of {roof / 1e9:.0f} GB/s")
# %% tags=["nbval-ignore-output"]
measured("quantization.speed", seconds["float32", 1] / seconds["4 bits", 1], "times as fast")
# %% [markdown]
# On a CPU it is about once, and nothing is gained. MLX 0.32.4 takes packed codes apart one by one there, and that work, not the memory, takes the time: a seventh of the bytes is read, at a seventh of the rate. It takes them apart again for each row of the input, so a prompt of 32 tokens costs 32 times as much as one, and float32 leaves it far behind. The whole model, on a prompt and a few tokens:
# %% tags=["nbval-ignore-output"]
for name, m in {"full width": model, "4 bits": quantized}.items():
    message = [{"role": "user", "content": question.prompt}]
    prompt = tokenizer.apply_chat_template(message, add_generation_prompt=True)
    for _ in range(2):  # the first is warm-up
        *_, last = mlx_lm.stream_generate(m, tokenizer, prompt, max_tokens=12)
    print(f"{name:10} prompt {last.prompt_tps:6.0f}, writing {last.generation_tps:6.0f} tokens a second")
# %% [markdown]
# On a GPU the kernel keeps up with memory, and then the bytes decide; but only if there are enough of them. This was seen with a model of a few million weights, like this one:
#
# | one NVIDIA H200, MLX 0.32.4, November 2026 | bfloat16 | 8 bits | 4 bits |
# |---|---|---|---|
# | tokens a second, one stream | about 1,600 | about 1,600 | about 1,600 |
#
# That card moves 3.36 TB/s in `x + 1`, measured on the same day. What would bytes alone allow?
# %%
seen, bandwidth = 1600, 3.36e12
for each in (16, 8.5, 4.5):
    nbytes = count * each / 8
    print(f"{each:4} bits: {nbytes / 1e6:.1f} MB a token, {1600 * nbytes / bandwidth:.2%} of the time is reading")
# %% [markdown]
# Nearly all of the time goes into starting kernels, a fixed number for each token whatever the bits. With thousands of times as many weights reading takes over, and a seventh of the bytes comes near a seventh of the time. A prompt is another matter: there every weight is read once for many tokens, arithmetic decides, and fewer bits help little.
#
# > **Keep this.** Quantization always saves memory. It saves time where reading the weights is the time, and the kernel keeps up.
#
# No Mac was used for this page; lesson 12 has the arithmetic for yours.
#
# ## QLoRA's memory
# A quantized model cannot be trained, but it can be trained *beside*: each frozen weight gets two small matrices, an adapter of rank 8, whose product is added. Only these have gradients, and the two numbers that Adam remembers, all in float32: 16 bytes for each number, and 4.5 bits for each frozen one. What share of it all do the adapters of this model take?
# %%
predict("quantization.qlora", None, "%")
# %%
def on_paper(shapes, rank=8):
    """Bytes of the frozen weights in 4 bits, and of the adapters with gradients and Adam."""
    base = sum(rows * columns * 4.5 / 8 for rows, columns in shapes)
    return int(base), sum(16 * rank * (rows + columns) for rows, columns in shapes)


layers = [matrices[name].shape for name in matrices if "layers" in name]
base, adapters = on_paper(layers)
print(f"frozen {base / 1e6:.2f} MB, adapters {adapters / 1e6:.2f} MB: {adapters / (base + adapters):.0%}")
large = [(4096, 4096), (1024, 4096), (1024, 4096), (4096, 4096)] + 3 * [(14336, 4096)]
base8, adapters8 = on_paper(32 * large)
print(f"8 billion weights: frozen {base8 / 1e9:.1f} GB, adapters {adapters8 / 1e9:.2f} GB")
# %% tags=["nbval-ignore-output"]
measured("quantization.qlora", 100 * adapters / (base + adapters), "%")
# %% [markdown]
# The saving is in the wide layers: the frozen part grows with their area, the adapters with their edge. Measured, with one step of training:
# %% tags=["claim:quantization.qlora"]
trained = copy.deepcopy(model)
trained.set_dtype(mx.float16)
nn.quantize(trained, group_size=64, bits=4)
trained.freeze()
in_layers = [w for name, w in tree_flatten(trained.parameters()) if "proj" in name]
taken = {"frozen": sum(w.nbytes for w in in_layers)}
trained.set_dtype(weights["model.norm.weight"].dtype)  # float32 on a CPU, where float16 is slow
linear_to_lora_layers(trained, len(trained.layers), {"rank": 8, "scale": 2.0, "dropout": 0.0})
tokens, optimizer = batches[0][0][:1, :33], optim.Adam(learning_rate=1e-3)


def loss_fn(model):
    logits = model(tokens[:, :-1]).astype(mx.float32)
    return nn.losses.cross_entropy(logits, tokens[:, 1:], reduction="mean")


def step():
    _, grads = nn.value_and_grad(trained, loss_fn)(trained)
    optimizer.update(trained, grads)
    mx.eval(trained.parameters(), optimizer.state, grads)
    for name, tree in {"adapters": trained.trainable_parameters(), "gradients": grads, "Adam": optimizer.state}.items():
        taken[name] = sum(x.nbytes for _, x in tree_flatten(tree) if x.ndim == 2)


peak = measure.peak_memory(step)
print({name: f"{nbytes / 1e6:.2f} MB" for name, nbytes in taken.items()})
taken["frozen"] == base, sum(taken.values()) - taken["frozen"] == adapters
# %% tags=["nbval-ignore-output"]
print(f"at its highest the step took {peak / 1e6:.1f} MB, for {tokens.size} tokens")
# %% [markdown]
# Paper and memory agree to the byte. What paper leaves out is what a step needs while it runs, activations above all; it grows with the tokens of a batch, and no bit of it is quantized.
#
# ## What to keep
# - "4 bits" are 4.5 in groups of 64, and 5 if the weights were float32. Group size and dtype of the scales belong to the number.
# - `2**bits` marks are `2**bits - 1` steps. MLX moves the ruler so that 0 stays 0, and the worst weight may be off by nearly a step.
# - Groups lie along the last dimension. What does not divide stays out, and `nn.quantize` takes the embedding unless you say no.
# - Accuracy stays, then breaks. Measure where, on the task, beside the original.
# - In little room the same bytes go further where the harm is; judge what you chose as a whole.
# - Memory is saved everywhere; time only where reading the weights is the time.
#
# **Claims tested here:** quantization.four_bits, quantization.half_step, quantization.embedding, quantization.weight_error, quantization.faster, quantization.qlora.
