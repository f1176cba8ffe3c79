# %% [markdown]
# # 12 · Performance
# **After this lesson you can** say from a model's config what a token costs in bytes and in operations, put a ceiling on every speed that you read, tell what bounds your own program, and say what fits in which machine before you buy it.
#
# **60 minutes · runs on any machine · needs lesson 07**
# %%
import course
import copy
import json
from dataclasses import replace

import mlx.core as mx
import mlx.nn as nn
import mlx_lm
from course import figures, machine, measure, measured, predict, published, roofline, widgets
from course.roofline import GB, GIB
from mlx.utils import tree_flatten
from mlx_lm.models.cache import make_prompt_cache
from mlx_lm.sample_utils import make_sampler

# %% [markdown]
# ## A number that cannot be
# A widely read post of 2026 says what to expect from Qwen2.5-Coder 7B in 4 bits, on a MacBook Pro with an M3 Pro: 50 to 70 tokens a second. To write one token, a model reads each of its weights once. The memory of an M3 Pro moves 150 GB a second (that is Apple's figure). How many tokens a second can it write at most?
# %%
predict("performance.ceiling", None, "tokens/s")
# %% tags=["claim:performance.m3_pro", "claim:performance.bytes_rule"]
models, machines = published.models(), published.machines()
coder = models["Qwen2.5 7B"]
read = coder.read_bytes(bits=4)
bandwidth = machines["M3 Pro, 36 GB"].bandwidth
print(f"{coder.parameters / 1e9:.2f} billion weights")
print(f"{read / GB:.2f} GB for each token, {bandwidth / GB:.0f} GB/s")
ceiling = bandwidth / read
f"{ceiling:.1f} tokens/s"
# %%
measured("performance.ceiling", ceiling, "tokens/s")
# %% [markdown]
# Even the lower end of the range is out of reach by a third, for one answer at a time. Nobody has to own that machine to know it: the arithmetic needs seven numbers of a config, one of a chip, and no benchmark.
#
# This lesson does that arithmetic, measures on your machine how near one comes to it, and then judges the rest of that post's table.
#
# > **Keep this.** Decoding cannot be faster than bandwidth divided by the bytes that a token reads.
#
# ## Bytes from a config
# Where do the 3.98 GB come from? From the shapes of the matrices. Here are eleven models, in 4 bits with a scale and a bias for each group of 64, which makes 4.5 bits a weight (lesson 07). Their numbers are those of their config.json; `published.models()` has each with its source.
# %%
print(f"{'':14}{'billions':>9}{'GB':>8}{'read':>7}{'cache for 1,000 tokens, MB':>29}")
for m in models.values():
    sizes = m.parameters / 1e9, m.weight_bytes(4) / GB, m.read_bytes(4) / GB, m.cache_bytes(1000) / 1e6
    print("{:14}{:9.2f}{:8.2f}{:7.2f}{:29.0f}".format(m.name, *sizes))
# %% [markdown]
# Three things to see. What is read is a little less than the whole where embedding and output layer are two tables: of the first, a token needs one row. In Llama 3.2 and small Qwen3 models one table does both jobs, and all is read. And Qwen3 30B-A3B reads a tenth of itself: each token goes through 8 of its 128 experts.
#
# Is the arithmetic right? The model inside this course is small enough to ask MLX. From its config alone, and from its arrays:
# %%
folder = course.model.directory()
config = json.loads((folder / "config.json").read_text())
paper = roofline.from_config(config, "this course's model")


def nbytes(model):
    return sum(w.nbytes for _, w in tree_flatten(model.parameters()))


for bits in (16, 8, 4):
    arrays, _ = mlx_lm.load(str(folder))
    arrays.set_dtype(mx.float16)
    if bits < 16:
        nn.quantize(arrays, group_size=64, bits=bits)
    print(bits, "bits:", nbytes(arrays), "bytes in MLX,", nbytes(arrays) - int(paper.weight_bytes(bits)), "more than on paper")
# %% [markdown]
# To the byte. Four mistakes are common here, and the exercises know each of them: 4 bits without their scales, both tables read, a GB that is sometimes 10⁹ and sometimes 2³⁰, and keys counted for every head.
#
# ## Two roofs
# A machine does two things at once: it moves bytes, and it computes. Work that does many operations with each byte waits for arithmetic; work that does few waits for memory. How fast is your machine at both?
# %% tags=["nbval-ignore-output"]
here = roofline.here()
print(f"memory:     {here.bandwidth / GB:,.0f} GB/s (x + 1, read and written)")
print(f"arithmetic: {here.flops / GB:,.0f} GFLOP/s (1024 × 1024 float32 product)")
print(f"corner:     {here.flops / here.bandwidth:.1f} operations for each byte")
# %% [markdown]
# The corner is where both take equally long. Adding 1 to a float32 is one operation for 8 bytes, far left of it. A product of two n × n matrices is 2n³ operations for 12n² bytes: n / 6 for each byte.
#
# Between them lies a chain of elementwise operations. Run one by one, each reads and writes the whole array; fused by `mx.compile`, the array is read once and written once. How many times as fast is a fused chain of 20 multiplies and adds?
# %%
predict("performance.fused", None, "times as fast")
# %% tags=["nbval-ignore-output"]
LENGTH, PAIRS = 4_000_000, 10
x = mx.random.normal((LENGTH,))


def chain(x):
    for _ in range(PAIRS):
        x = x * 0.999 + 0.001
    return x


seconds = {"chain, one by one": measure.time_call(chain, x, repeat=5).best}
seconds["chain, fused"] = measure.time_call(mx.compile(chain), x, repeat=5).best
for name, s in seconds.items():
    print(f"{name}: {1e3 * s:.1f} ms")
measured("performance.fused", seconds["chain, one by one"] / seconds["chain, fused"], "times as fast")
# %% [markdown]
# Twenty passes became one, and the time did not become a twentieth: fused, the chain does 20 operations for each 8 bytes, and has moved to the right, where arithmetic begins to count. (A GPU has more arithmetic for each byte: on one H200 a fused gelu took 0.73 ms in place of 3.15, with MLX 0.32.4 in November 2026. Where `mx.compile` does nothing, as on a CPU without g++, both are the same.)
#
# Now the model: one token after a context of 100, and a prompt of 256 tokens in one pass. Which of the two does more operations for each byte, and by how much?
# %% tags=["nbval-ignore-output"]
if machine.backends() == ["cpu"]:
    mx.disable_compile()  # so small a model does not earn g++'s seconds back, see lesson 08

model, tokenizer = course.model.load()
WIDE = 8 * max(w.itemsize for _, w in tree_flatten(model.parameters()))  # bits of a weight here


def pass_seconds(tokens, context=0, batch=1, model=model):
    """Seconds of one pass over `tokens` tokens in each of `batch` streams that have a context."""
    cache = make_prompt_cache(model)
    if context:
        mx.eval(model(mx.ones((batch, context), mx.int32), cache=cache))
    ids = mx.ones((batch, tokens), mx.int32)
    if tokens == 1:  # the cache grows by one each time, as in decoding
        return measure.time_call(lambda: model(ids, cache=cache), repeat=9, warmup=2).median
    return measure.time_call(lambda: model(ids), repeat=3).median


def work(tokens, context=0, batch=1):
    """Operations and bytes of such a pass, on paper."""
    mean = context + (tokens + 1) / 2
    cache = paper.cache_bytes(context + tokens, batch, each=WIDE / 8)
    return batch * tokens * paper.flops(mean), paper.read_bytes(WIDE, batch) + cache


seconds["decode"], seconds["prompt of 256"] = pass_seconds(1, context=100), pass_seconds(256)
print(f"decode {1 / seconds['decode']:,.0f} tokens/s, prompt {256 / seconds['prompt of 256']:,.0f} tokens/s")
# %% tags=["nbval-ignore-output"]
chains = {"chain, one by one": (2 * PAIRS * LENGTH, 16 * PAIRS * LENGTH), "chain, fused": (2 * PAIRS * LENGTH, 8 * LENGTH)}
jobs = {"x + 1": (LENGTH, 8 * LENGTH)} | chains | {"decode": work(1, 100), "prompt of 256": work(256)}
seconds["x + 1"] = measure.time_call(lambda x: x + 1, x, repeat=5).best
for n in (64, 256, 1024):
    a = mx.random.normal((n, n))
    seconds[f"product of {n}"] = measure.time_call(mx.matmul, a, a, repeat=5).best
    jobs[f"product of {n}"] = 2 * n**3, 12 * n**2
    here = replace(here, flops=max(here.flops, 2 * n**3 / seconds[f"product of {n}"]))  # the best is the roof
points = {name: (flops / moved, flops / seconds[name]) for name, (flops, moved) in jobs.items()}
print(f"{'':18}{'operations/byte':>16}{'GFLOP/s':>9}{'of the roof':>13}")
for name, (intensity, rate) in points.items():
    top = roofline.roof(intensity, here.flops, here.bandwidth)
    print(f"{name:18}{intensity:16.2f}{rate / GB:9.1f}{rate / top:13.0%}")
# %% tags=["nbval-ignore-output"]
figures.roofline(
    here.flops,
    here.bandwidth,
    points,
    alt="A roofline, both axes logarithmic. " + ", ".join(
        f"{name}: {rate / GB:.1f} GFLOP/s at {intensity:.2f} operations for each byte"
        for name, (intensity, rate) in points.items()
    ),
)
# %% [markdown]
# The line is what this machine allows; each point is what was reached. A point far below the line is not bound by memory or arithmetic: something else takes its time. A point *above* the slope did not go to memory for all its bytes: what it works on fits in a nearer cache, as a small model may, or MLX let it write over an input that nobody else holds.
#
# > **Keep this.** First ask which roof you are under. More arithmetic does not help what waits for memory, fewer bytes do not help what waits for arithmetic, and neither helps what waits for something else.
#
# ## When neither roof explains it
# The built-in model is read in microseconds on a large machine; its tokens take far longer than that. Each layer starts its kernels, and a start costs the same whatever the kernel does. People who publish speeds of MLX with model, machine and versions let you see that cost: take their time for a token, subtract the time for its bytes, divide by the layers.
# %% tags=["claim:performance.small_models"]
print(f"{'':14}{'bits':>5}{'context':>9}{'tokens/s':>10}{'ceiling':>9}{'reached':>9}{'µs a layer':>12}")
for row, extra in zip(published.measured(), published.overheads()):
    m, chip = models[row["model"]], machines[f"{row['machine']}, 64 GB"]
    top = roofline.estimate(m, chip, row["bits"], row["prompt"]).ceiling
    numbers = row["decode"], top, f"{row['decode'] / top:.0%}", 1e6 * extra
    print("{:14}{:5}{:9,}{:10.1f}{:9.1f}{:>9}{:12.0f}".format(m.name, row["bits"], row["prompt"], *numbers))
sorted({row["source"].split(",")[0] for row in published.measured()})
# %% [markdown]
# Look at the last column, not at the one before it. The share of the ceiling is anything from a half to nearly all; what a layer costs beyond its bytes stays near 100 µs, from 4 billion parameters to 70, as long as the context is short. So the share is high where there is much to read, and a model of half a billion parameters lies far below its ceiling on every fast chip, though nothing is wrong. (At 26,000 tokens of context attention itself costs more than its bytes.)
#
# Here, on your machine: fewer bits, fewer bytes. By how much does the time for a token fall?
# %% tags=["nbval-ignore-output"]
for bits in (WIDE, 8, 4):
    thinner = copy.deepcopy(model)
    if bits < 16:
        nn.quantize(thinner, group_size=64, bits=bits)
    once = pass_seconds(1, context=100, model=thinner)
    reading = paper.read_bytes(bits) / here.bandwidth
    print(f"{bits:2} bits: {1e6 * once:6.0f} µs a token, {1e6 * reading:4.0f} of them reading; {1e6 * (once - reading) / paper.layers:5.0f} µs a layer beyond")
# %% [markdown]
# Halving the bytes hardly changes the time, where it does not make it worse: on a CPU, taking codes apart costs more than reading them would (lesson 07). `fixed_cost` in the exercises separates the two parts from measurements.
#
# ## A prompt is read, an answer is written
# A prompt's tokens are all known, so one pass reads the weights once and multiplies them with all of them. How many times as many tokens a second does your machine read, in a prompt of 256, as it writes?
# %%
predict("performance.prompt", None, "times as many")
# %% tags=["nbval-ignore-output", "claim:performance.decode_only"]
measured("performance.prompt", (256 / seconds["prompt of 256"]) * seconds["decode"], "times as many")
for tokens in (1, 4, 16, 64, 256):
    once = pass_seconds(tokens, context=100 if tokens == 1 else 0)
    print(f"{tokens:4} tokens in one pass: {1e3 * once:7.2f} ms, {1e3 * once / tokens:6.3f} ms for each")
# %% [markdown]
# See how little the first few tokens add: the pass has to be made anyway. Then arithmetic is the bottleneck, and time grows with the tokens. So a table that shows tokens a second without saying which ones shows half of what you will wait for.
#
# Published figures show the two apart: Qwen3 4B on an M4 Max reads 1,622 tokens a second in 4 bits and 1,781 in 16 (mlx-lm, BENCHMARKS.md), though 4 bits *write* 2.6 times as fast. Fewer bits are no help to arithmetic. And how many operations a second was that?
# %%
for row in published.measured():
    m = models[row["model"]]
    done = m.flops(row["prompt"] / 2, head=False) * row["prefill"]
    print(f"{row['machine']:20}{m.name:14}{row['bits']:3} bits, {row['prompt']:6,} tokens: {done / 1e12:5.1f} TFLOP/s")
# %% [markdown]
# 10 to 14 TFLOP/s on these chips, whatever the model. Apple states no such number for them; now you have one that somebody reached. An H100's data sheet says 989 for bfloat16, which is a roof and not a result. If half of it is reached, a long prompt is read 35 times as fast there as on that M4 Max; the answer is written 6 times as fast at most (3,350 against 546 GB/s).
#
# A new chip then shows which of the two it improved. From the M4 to the M5, bandwidth grew from 120 to 153 GB/s, and the GPU got units for matrix products. Apple's own study (Machine Learning Research, November 2025) finds the first token up to 4 times as early and the others 19 to 27 % faster. What does bandwidth alone predict for the others?
# %% tags=["claim:performance.m5"]
f"{machines['M5, 16 GB'].bandwidth / machines['M4, 16 GB'].bandwidth - 1:.0%} more"
# %% [markdown]
# It is tempting to read speed from a chip's generation or from its cores. The Pro chips, one generation after the other:
# %% tags=["claim:performance.each_generation"]
for chip in ("M1 Pro", "M2 Pro", "M3 Pro", "M4 Pro", "M5 Pro"):
    (bandwidth,) = published.bandwidths(chip)
    print(f"{chip}: {bandwidth / GB:3.0f} GB/s, at most {bandwidth / coder.read_bytes(4):4.1f} tokens/s from {coder.name} in 4 bits")
# %% [markdown]
# The third was a step back, by a quarter, with nearly as many cores as before. `on_another_chip` in the exercises takes a speed that was measured on one chip to another.
#
# > **Keep this.** Time to the first token is arithmetic. The tokens after it are bandwidth. A sum that mixes them is neither.
#
# ## The context weighs, too
# Each step reads the cache of keys and values as well. For Llama 3.1 70B in 4 bits:
# %% tags=["claim:performance.context"]
large, max3 = models["Llama 3.1 70B"], machines["M3 Max, 40-core GPU, 64 GB"]
for context in (260, 8192, 26034, 131072):
    e = roofline.estimate(large, max3, 4, context)
    print(f"{context:7,} tokens: cache {e.cache / GB:5.2f} GB, ceiling {e.ceiling:5.2f} tokens/s")
speeds = {row["prompt"]: row["decode"] for row in published.measured() if row["model"] == large.name}
speeds
# %% [markdown]
# The measured speeds (mlx-examples issue 1029, Llama 3.3 70B, which has the same shapes, on an M3 Max with 64 GB) fall with the context as the ceilings do, and a little more. Temperature, which is often named beside the context, is something else: it changes how one token is drawn from scores that are there anyway.
# %% tags=["nbval-ignore-output", "claim:performance.temperature"]
message = [{"role": "user", "content": "What is a meeting?"}]
prompt = tokenizer.apply_chat_template(message, add_generation_prompt=True)


def write(temp):
    mx.random.seed(0)
    *_, last = mlx_lm.stream_generate(model, tokenizer, prompt, max_tokens=24, sampler=make_sampler(temp=temp))
    return last.generation_tps


rates = {temp: max(write(temp) for _ in range(4)) for temp in (0.0, 1.0)}
print({f"temperature {temp}": f"{rate:,.0f} tokens/s" for temp, rate in rates.items()})
# %% [markdown]
# What is left of a difference is the drawing itself: a fraction of a millisecond for each token here, one draw from the vocabulary. Beside the tens of milliseconds in which a large model makes its scores it hardly shows.
#
# ## A batch moves to the right
# Ten people ask at once. The weights are read once for all of them, and each gets a token: ten times the operations for nearly the same bytes. Sixteen streams together: how many times the tokens of one, on your machine?
# %%
predict("performance.batch", None, "times as many")
# %% tags=["nbval-ignore-output", "claim:performance.ceiling_beaten"]
print(f"{'streams':>7}{'ms a step':>11}{'each':>8}{'together':>10}{'operations/byte':>17}")
together = {}
for batch in (1, 4, 16, 64):
    once = pass_seconds(1, context=100, batch=batch)
    flops, moved = work(1, 100, batch)
    together[batch] = batch / once
    print(f"{batch:7}{1e3 * once:11.2f}{1 / once:8,.0f}{batch / once:10,.0f}{flops / moved:17.1f}")
measured("performance.batch", together[16] / together[1], "times as many")
# %% [markdown]
# *Together* grows, *each* shrinks, and the point moves to the right along the roof until arithmetic stops it. That is one of four honest ways over the ceiling of a single stream. The others: read fewer bytes (fewer bits, or experts), or get more than one token out of a reading (speculative decoding, lesson 08). None of them is a faster memory.
#
# With long contexts there is less to gain: each stream brings its own cache. Llama 3.1 8B in 4 bits on an M4 Max, on paper:
# %%
eight, max4 = models["Llama 3.1 8B"], machines["M4 Max, 40-core GPU, 128 GB"]
print(f"{'streams':>7}" + "".join(f"{context:>10,} tokens" for context in (0, 1000, 8000)))
for batch in (1, 4, 16, 64):
    rates = [batch * roofline.estimate(eight, max4, 4, context, batch).ceiling for context in (0, 1000, 8000)]
    print(f"{batch:7}" + "".join(f"{rate:17,.0f}" for rate in rates))
# %% [markdown]
# ## Does it fit?
# Weights, cache, and what else is in memory. On a Mac the GPU shares memory with everything, and macOS gives it a part. What was read on machines, with where:
# %%
for share in published.shares():
    print(f"macOS {share['macos']}: {share['gpu']:6} of {share['memory']:3} GB, {share['gpu'] / share['memory']:.0%} ({share['source'].split(':')[0]})")
# %% [markdown]
# Two thirds to 84 %, by size and version. On your own Mac `mx.device_info(mx.gpu)` says it, as `max_recommended_working_set_size`; `sudo sysctl iogpu.wired_limit_mb=N` changes it until the next start, on macOS 15 or newer (mlx-lm, README, "Large Models"). Here the lower figures are used: two thirds of memory up to 36 GB, three quarters of more. Of these eleven models in 4 bits, with 8,192 tokens of context: how many fit in a Mac with 16 GB?
# %%
predict("performance.fit", None, "of 11")
# %% tags=["claim:performance.seventy_64", "claim:performance.hundred_192"]
sizes = {16: "M4, 16 GB", 32: "M4, 32 GB", 48: "M4 Pro, 48 GB", 64: "M4 Pro, 64 GB", 128: "M4 Max, 40-core GPU, 128 GB"}
print(f"{'GB needed':>25}" + "".join(f"{size:>9} GB" for size in sizes))
fitting = 0
for m in models.values():
    found = [roofline.estimate(m, machines[name], 4, 8192) for name in sizes.values()]
    fitting += found[0].fits
    print(f"{m.name:14}{found[0].needed / GB:11.1f}" + "".join(f"{'fits' if e.fits else '–':>12}" for e in found))
hundred = 100e9 * roofline.bits_each(4) / 8
print(f"{'100B, dense':14}{hundred / GB:11.1f} for the weights; a GPU's share of 96 GB is {roofline.gpu_share(96 * GIB) / GB:.0f} GB")
fitting
# %%
measured("performance.fit", fitting, "of 11")
# %% [markdown]
# Nothing here says that it will be fast. And the usual advice is off in both directions. "70B needs 64 GB": by default it does, and with the limit raised the weights go into 48, with little room beside them. "100B needs 192 GB": 56 GB of weights fit in 96.
#
# Units cost people a model now and then. Memory is sold in GB of 2³⁰ bytes, bandwidth and file sizes are stated in GB of 10⁹: 16 GB of memory are 17.2 GB of file.
#
# What if you train? A frozen model in 4 bits, and for each trained number 16 bytes: itself, its gradient, and Adam's two averages, all float32 (lesson 07). With rank 8 on all matrices of the last 16 layers of Llama 3.1 8B:
# %%
query, key = eight.heads * eight.head_dim, eight.kv_heads * eight.head_dim
edges = 2 * (query + eight.width) + 2 * (key + eight.width) + 3 * (eight.hidden + eight.width)
adapters = 16 * 8 * edges  # layers × rank × (rows + columns)
print(f"{adapters / 1e6:.1f} million trained, {adapters / eight.parameters:.2%} of the model")
print(f"frozen {eight.weight_bytes(4) / GB:.2f} GB, adapters and Adam {16 * adapters / GB:.2f} GB")
print(f"full fine-tuning, all in float32: {16 * eight.parameters / GB:.0f} GB")
# %% [markdown]
# Activations come on top, and grow with the tokens of a batch. Before them, full fine-tuning takes more than the 107.5 GB that macOS gave the GPU of a Mac with 128 (the table above); what QLoRA takes is less than the smallest share in it.
#
# ## Which rows are impossible?
# Now the post's table of speeds, all in 4 bits, one stream. "M3 Max" and "M4 Max" are two chips each, with different bandwidths. How many of these rows claim, with their upper end, more than any variant of the chip allows?
# %%
predict("performance.rows", None, "rows")
# %% tags=["claim:performance.seven_eight", "claim:performance.seventy", "claim:performance.seven_faster", "claim:performance.ultra"]
impossible = []
print(f"{'':18}{'claimed':>10}{'ceilings':>16}")
for row in published.claimed():
    read = models[row["model"]].read_bytes(4)
    ceilings = [bandwidth / read for bandwidth in published.bandwidths(row["machine"])]
    word = "possible" if row["high"] <= ceilings[0] else "on the larger variant only"
    if row["high"] > ceilings[-1]:
        word = "IMPOSSIBLE, all of it" if row["low"] > ceilings[-1] else "upper end IMPOSSIBLE"
        impossible.append(row["row"])
    claim = f"{row['low']}–{row['high']}" if row["low"] < row["high"] else str(row["high"])
    print(f"{row['row']:18}{claim:>10}{' / '.join(f'{c:.1f}' for c in ceilings):>16}  {word}")
len(impossible)
# %%
measured("performance.rows", len(impossible), "rows")
# %% [markdown]
# The rows for 8B and the general ones for 7B hold, if you own the larger variant. The upper ends of those for 70B do not, and the last row is the one of the beginning. The rows for 0.6B are far *below* their ceilings, which is right too: a small model is bound by what each layer costs, as above.
#
# One more number of that post: "MLX reaches about 230 tokens a second" on an M2 Ultra, beside 7 to 9 of PyTorch's MPS backend, said of Llama. The study that it comes from (arXiv 2511.05502) ran Qwen2.5; its own summary gives 5 to 7 ms between tokens. Three checks:
# %% tags=["claim:performance.two_thirty"]
ultra = published.bandwidths("M2 Ultra")[-1]
print(f"Llama 3.1 8B in 4 bits on 800 GB/s: at most {ultra / eight.read_bytes(4):.0f} tokens/s")
print(f"5 to 7 ms between tokens: {1000 / 7:.0f} to {1000 / 5:.0f} tokens/s for one stream; 230 needs {1000 / 230:.1f} ms")
print(f"what 230 tokens/s can read each time: {ultra / 230 / GB:.2f} GB")
print("of these models in 4 bits:", ", ".join(m.name for m in models.values() if m.read_bytes(4) <= ultra / 230))
# %% [markdown]
# So it cannot be Llama 3.1 8B, and it cannot be one stream at the latencies that it is printed with. It can be a smaller model, or two streams added up. The number is not a lie; it has lost what it was measured on.
#
# > **Keep this.** A speed without model, bits, context, batch and the exact chip is not a measurement.
#
# ## Try it
# Model, bits, context, batch, machine: fits or not, ceiling, and what to expect, from the published costs of a layer. Your own machine is in the list, with what was measured above. A few settings side by side, then the controls.
# %%
def explore(model, bits, context, batch, machine):
    return str(roofline.estimate(models[model], machines.get(machine, here), bits, context, batch))


for setting in (
    ("Llama 3.1 8B", 4, 8192, 1, "M4, 16 GB"),
    ("Llama 3.1 70B", 4, 8192, 1, "M4 Pro, 48 GB"),
    ("Qwen3 30B-A3B", 4, 8192, 1, "M4 Pro, 48 GB"),
    ("Llama 3.1 8B", 16, 2048, 64, "H100 SXM, 80 GB"),
):
    print(*setting, sep=", ")
    print(explore(*setting), end="\n\n")
# %% tags=["nbval-ignore-output"]
widgets.explorer(
    explore,
    model=["Llama 3.1 8B", *(name for name in models if name != "Llama 3.1 8B")],
    bits=[4, 3, 6, 8, 16],
    context=[8192, 0, 2048, 32768, 131072],
    batch=[1, 4, 16, 64],
    machine=["M4, 16 GB", "this machine", *(name for name in machines if name != "M4, 16 GB")],
)
# %% [markdown]
# ## Rules of timing
# All numbers above were timed by these rules; `measure.time_call` keeps them.
#
# 1. **Evaluate, then stop the clock.** An array that was only written down took no time.
# 2. **Throw the first run away.** It compiles kernels, touches memory for the first time, and fills caches.
# 3. **Say the median and the spread,** not the best of many, unless it is a roof you want.
# 4. **Compare in turn.** A, B, A, B on the same machine: what else runs there meets both.
# 5. **Say what was measured:** model, bits, prompt, answer, batch, chip, versions.
#
# The second rule, for a model that was just loaded. `load_model` is lazy, as MLX is: nothing of the file was read before the first pass asks for it.
# %% tags=["nbval-ignore-output"]
fresh, _ = mlx_lm.utils.load_model(folder, lazy=True)
ids = mx.ones((1, 16), mx.int32)
passes = []
for _ in range(6):
    with measure.stopwatch() as watch:
        mx.eval(fresh(ids))
    passes.append(watch.ms)
print("ms:", ", ".join(f"{ms:.2f}" for ms in passes))
# %% [markdown]
# `python3 -m course bench` does all this for your machine in a few minutes, puts the two roofs and the measured points on one page, and sets beside them the machines that the course was measured on.
#
# ## What to keep
# - Bytes a token: all weights but the embedding's rows that are not asked for, with their scales, and the cache. Bandwidth over that is the ceiling of decoding.
# - Operations a token: two for each weight, and attention. Arithmetic is the ceiling of a prompt.
# - What is left beyond reading was near 100 µs a layer in published MLX figures. It is why small models look slow.
# - Batching shares the reading of weights, not of caches. Tokens together and tokens for each reader are two numbers.
# - A Mac's GPU has two thirds to five sixths of memory. Memory is sold in 2³⁰, bandwidth in 10⁹.
# - Chips of one name have several bandwidths. Cores do not tell you tokens a second.
#
# **Claims tested here:** performance.m3_pro, performance.bytes_rule, performance.small_models, performance.decode_only, performance.m5, performance.each_generation, performance.context, performance.temperature, performance.ceiling_beaten, performance.seventy_64, performance.hundred_192, performance.seven_eight, performance.seventy, performance.seven_faster, performance.ultra, performance.two_thirty.
