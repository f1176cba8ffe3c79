# %% [markdown]
# # 02 · Lazy graphs
# **After this lesson you can** say when MLX computes and when it only takes notes, count what is pending, choose where to evaluate, time code that fools a stopwatch, find a leak that no profiler names, and debug a program whose errors come late.
#
# **45 minutes · runs on any machine · needs lesson 00**
# %%
import course
import io
import time
import traceback

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from course import figures, machine, measure, measured, predict

# %% [markdown]
# ## Nothing happened
# The loop below multiplies 512 × 512 matrices, eight times: two billion floating-point operations.
#
# How many milliseconds will it take on your machine?
# %%
predict("lazy_graphs.build_ms", None, "ms")
# %% tags=["nbval-ignore-output"]
x = mx.random.normal((512, 512))
w = mx.random.normal((512, 512)) / 23
mx.eval(x, w)
with measure.stopwatch() as build:
    for _ in range(8):
        x = x @ w
measured("lazy_graphs.build_ms", build.ms, "ms")
# %% [markdown]
# However fast your machine is, this number is not about it. The loop wrote eight multiplications down and did none of them. What is written down and not yet done is called *pending*, and you can count it without doing it:
# %% tags=["claim:lazy_graphs.nodes"]
measure.graph_nodes(x)
# %% [markdown]
# Now ask for the numbers.
# %% tags=["nbval-ignore-output"]
with measure.stopwatch() as run:
    mx.eval(x)
print(f"written down in {build.ms:.2g} ms, done in {run.ms:.3g} ms")
# %%
measure.graph_nodes(x)
# %% [markdown]
# `mx.eval` did the work, and the notes are gone. An evaluated array is numbers again; it does not remember how it was made.
#
# > **Keep this.** An MLX operation returns a promise. A line that has run may have computed nothing.
#
# ## A graph is a list of promises
# What is written down is a graph: operations, and for each of them the arrays that it needs. Here are three.
# %%
a = mx.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])
b = mx.array([[3.0, 1.0, 0.0], [2.0, 5.0, 7.0]])
c = (a + b) * (a - b)
measure.graph_ops(c)
# %% tags=["nbval-ignore-output"]
figures.graph(
    c,
    alt="Two arrays feed an addition and a subtraction; both feed a multiplication.",
    title="(a + b) * (a - b)",
)
# %% [markdown]
# Read it from the right: to get the product, MLX needs a sum and a difference, and for those two arrays that are there.
#
# The next loop adds `y` to itself, twenty times. Written out as a formula the result has 1,048,576 times the letter `a`. How many operations will be pending?
# %%
predict("lazy_graphs.doubling_nodes", None, "operations")
# %%
y = a
for _ in range(20):
    y = y + y
pending = measure.graph_nodes(y)
pending
# %% tags=["nbval-ignore-output"]
measured("lazy_graphs.doubling_nodes", pending, "operations")
# %% [markdown]
# A formula is a tree and repeats itself. A graph has a node for each operation that Python called for, with as many arrows out of it as there are users. Twenty additions, twenty nodes. (Some calls write two operations down: a sum over everything is `Sum` and `Squeeze`.)
#
# ## What asks for a value
# Nobody has to write `mx.eval`. A widely read post on MLX names two things that make it compute, an eval and a print. Here are twelve lines. How many of them make it compute an array `y` that is pending?
# %%
predict("lazy_graphs.lines_that_ask", None, "of 12 lines")
# %%
lines = {
    "mx.eval(y)": mx.eval, "str(y)": str,
    "y.tolist()": lambda y: y.tolist(), "np.array(y)": np.array,
    "float(y.sum())": lambda y: float(y.sum()), "if (y > 3).any()": lambda y: bool((y > 3).any()),
    "y.shape": lambda y: y.shape, "y.dtype": lambda y: y.dtype,
    "len(y)": len, "y[0]": lambda y: y[0],
    "mx.save(file, y)": lambda y: mx.save(io.BytesIO(), y), "y.T @ y": lambda y: y.T @ y,
}
# %% [markdown]
# Each line gets a fresh array, and afterwards you look whether it is still pending.
# %% tags=["claim:lazy_graphs.who_asks", "claim:lazy_graphs.print_runs"]
asks = {}
for line, touch in lines.items():
    y = a + b
    touch(y)
    asks[line] = measure.is_evaluated(y)
    print(f"{line:22} {'computes' if asks[line] else '-'}")
# %% tags=["nbval-ignore-output"]
measured("lazy_graphs.lines_that_ask", sum(asks.values()), "of 12 lines")
# %% [markdown]
# The rule behind the table: MLX computes when Python needs numbers. Text needs them (`print` calls `str`), and so do a Python number, NumPy's memory and a file. So does `if`, because Python cannot go two ways at once. Shapes and dtypes are known when an operation is written down, and a part of an array is one more promise.
#
# > **Keep this.** Whatever leaves MLX makes it compute: text, numbers, NumPy, files, `if`.
#
# ## Only what is needed is computed
# A function offers two results, and one of them is dear.
# %% tags=["claim:lazy_graphs.unused"]
def describe(x):
    return {"mean": x.mean(), "gram": x.T @ x}


report = describe(w)
report["mean"].item()
{name: measure.graph_nodes(array) for name, array in report.items()}
# %% [markdown]
# The mean was computed and the product was not. Drop the report, and the product never will be. You can offer results freely and let the caller decide which of them to pay for. (The writing down is paid for each time. Source: MLX documentation, "Lazy Evaluation".)
#
# A new layer is such an offer, too. Its weights are a promise of random numbers:
# %%
before = mx.get_active_memory()
layer = nn.Linear(1024, 1024)
promised = mx.get_active_memory() - before
measure.is_evaluated(layer.weight)
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.init"]
mx.eval(layer.parameters())
made = mx.get_active_memory() - before
print(f"{promised / 1e6:.3f} MB when it was made, {made / 1e6:.3f} MB when it was evaluated")
# %% [markdown]
# A million weights of four bytes, and next to nothing until someone asks. This is why a large model can be created and then filled from a file without holding two sets of weights.
#
# ## Laziness is not fusion
# Knowing the whole graph, MLX could do several operations in one go: read the arrays once, add and multiply, write the result once. That is called *fusion*, and the same post says that laziness brings it.
#
# `(a + b) * b` has two operations. How many does MLX have left to do when it has seen the whole expression?
# %%
predict("lazy_graphs.fused_ops", None, "operations")
# %% tags=["claim:lazy_graphs.fusion"]
def scaled_sum(a, b):
    return (a + b) * b


plain = measure.graph_ops(scaled_sum(a, b))
plain
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.compile_fuses"]
measured("lazy_graphs.fused_ops", len(plain), "operations")
compiled = mx.compile(scaled_sum)
measure.graph_ops(compiled(a, b))
# %% [markdown]
# Laziness keeps both. `mx.compile` makes one of them: the name in the second list tells which operations went into it. (Two names there? Then nothing is compiled on this machine: on a CPU it takes a C++ compiler, `g++`.) Lesson 04 goes on from here.
#
# So what happens to the results in between? The post says that they may never exist. Twenty sines in a row, on a million numbers, 4.2 MB an array:
# %%
def chain(x, keep):
    kept = []
    for _ in range(20):
        x = mx.sin(x)
        if keep:
            kept.append(x)
    return x, kept


million = mx.random.uniform(shape=(1024 * 1024,))
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.intermediates", "claim:lazy_graphs.fewer_trips"]
for keep in (True, False):
    print(f"keep={keep}: {measure.peak_memory(chain, million, keep) / 1e6:.1f} MB at most")
# %% [markdown]
# All twenty were made, each with its own way to memory and back: with `keep=True` you see every one of them. Without a name to hold on to it, an array in between is freed as soon as it has been used, so they share room. They are short-lived, and they are not skipped; only `mx.compile` does that.
#
# > **Keep this.** Laziness leaves out what nobody asks for. What is asked for is done operation by operation, unless it was compiled.
#
# Nor is a graph kept for next time. Call the function three times and Python runs it three times, writing three graphs:
# %% tags=["claim:lazy_graphs.rerun"]
measure.count_runs(scaled_sum, lambda: [scaled_sum(a, b) for _ in range(3)])
# %% [markdown]
# A language model writes its graph anew for every token. (MLX does not keep and re-run graphs; source: MLX documentation, "Lazy Evaluation".) What makes that bearable is that writing is cheap, as the first measurement showed, and can be done while the last graph is being computed. More of that below.
#
# ## When to evaluate
# A training loop in small: a step is four operations on 64 numbers. It can evaluate after every operation, once a step, or never.
# %%
ops = [mx.tanh, mx.square, mx.exp, mx.negative]
start = mx.ones((64,))
# %%
def train(steps, every_op=False, every_step=False):
    y = start
    for _ in range(steps):
        for op in ops:
            y = op(y)
            if every_op:
                mx.eval(y)
        if every_step:
            mx.eval(y)
    return y
# %% [markdown]
# All three do the same operations on the same numbers. How many times as long as once a step does it take to evaluate after every operation?
# %%
predict("lazy_graphs.every_op_ratio", None, "times as long")
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.sprinkle"]
ms = {}
for name in ("every_op", "every_step", "never"):
    when = {} if name == "never" else {name: True}
    ms[name] = measure.time_call(lambda when=when: train(500, **when)).best * 1e3
measured("lazy_graphs.every_op_ratio", ms["every_op"] / ms["every_step"], "times as long")
figures.bars(
    list(ms), list(ms.values()), ylabel="ms for 500 steps",
    alt="Milliseconds: " + ", ".join(f"{name} {value:.1f}" for name, value in ms.items()),
)  # fmt: skip
# %% [markdown]
# Each evaluation has a fixed price: it wakes a thread or a GPU and waits for it. On operations as small as these the price is most of the bill. The often-heard advice to sprinkle `mx.eval` about, to be safe, pays it everywhere.
#
# Never asking is cheaper still. (It is the timer that asks, once, at the end.) So why ask in every step?
# %%
measure.graph_nodes(train(500)), measure.graph_nodes(train(500, every_step=True))
# %% [markdown]
# Because it piles up: two thousand operations are waiting, and every step adds four. Is that dangerous? The post warns that one huge eval ends badly. Fifty thousand operations in one:
# %% tags=["claim:lazy_graphs.huge_eval"]
y = a
for _ in range(50_000):
    y = y + b
y
# %% [markdown]
# It worked, and each sum is right. The length of a graph is not the harm: a few tens to many thousands of operations an eval are fine. (Source: MLX documentation, "Lazy Evaluation".) What harms is what a graph holds on to while it waits; you will measure that in a minute.
#
# The rule of that page of the documentation is to evaluate once for each turn of the outer loop. Here is the case that makes you think about which loop is the outer one: a batch too large for memory comes in eight parts, whose gradients are added up.
# %%
def loss_fn(w, x):
    return mx.square(mx.tanh(x @ w) - x).mean()


parts = [mx.random.normal((512, 128)) for _ in range(8)]
weight = mx.zeros((128, 128))
gradient = mx.grad(loss_fn)
# %%
def accumulate(parts, every_part):
    total = mx.zeros_like(weight)
    for x in parts:
        total = total + gradient(weight, x) / len(parts)
        if every_part:
            mx.eval(total)
    return total
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.once_per_update"]
peak = {every: measure.peak_memory(accumulate, parts, every) / 1e6 for every in (True, False)}
print(f"an eval for every part:   {peak[True]:.2f} MB at most")
print(f"an eval for every update: {peak[False]:.2f} MB at most")
# %% [markdown]
# With one eval for all, MLX has eight parts before it and works on several of them at a time. The parts were made small to save memory, and the saving is gone.
#
# > **Keep this.** Evaluate once for each piece of work that should fit into memory on its own. In most loops that is a step.
#
# ## The leak
# This loop follows the rule. The new weights are evaluated in every step, and the loss is added to a total, to be printed at the end. `read` says what is added: the loss as it is, or its number.
# %%
loss_and_grad = mx.value_and_grad(loss_fn)


def train_and_report(batches, read):
    w, total, held = weight, 0.0, []
    for x in batches:
        loss, g = loss_and_grad(w, x)
        w = w - 0.1 * g
        mx.eval(w)
        total = total + read(loss)
        held.append(mx.get_active_memory() / 1e6)
    return total, held
# %% [markdown]
# Forty batches of 0.26 MB each are in memory before it starts. The total is one number, four bytes. By how many MB will memory have grown at the end?
# %%
predict("lazy_graphs.leak_mb", None, "MB")
# %%
batches = [mx.random.normal((512, 128)) for _ in range(40)]
mx.eval(batches)
total, held = train_and_report(batches, lambda loss: loss)
measure.graph_nodes(total) // len(batches)
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.leak"]
number, held_number = train_and_report(batches, lambda loss: loss.item())
grown = {"total + loss": held, "total + loss.item()": held_number}
grown = {name: [mb - values[0] for mb in values] for name, values in grown.items()}
measured("lazy_graphs.leak_mb", grown["total + loss"][-1], "MB")
figures.lines(
    {name: (range(40), values) for name, values in grown.items()},
    alt=", ".join(f"{name}: {values[-1]:+.1f} MB after 40 steps" for name, values in grown.items()),
    xlabel="step", ylabel="MB more than after step 0",
)  # fmt: skip
# %% [markdown]
# To get the new weights MLX computed everything except the loss itself, because nobody had asked for that. So each loss is still pending: five operations a step, the addition included, and one of them holds on to an array as large as the batch. The total is a chain of forty of those. Ask for its number, and all of it is let go:
# %%
total.item()
measure.graph_nodes(total)
# %% [markdown]
# Ask in every step, as `loss.item()` did in the second curve, and there is nothing to let go.
#
# No tool points at this leak: every array in it has an owner, who may still be asked for a number. It was reported for the validation loop of a fine-tuning package, for instance. (Source: Goekdeniz-Guelmez/mlx-lm-lora, issue 81.) A list of losses, a moving average of weights or a counter of tokens leak as well if nobody evaluates them.
#
# > **Keep this.** What a loop carries from one turn to the next must be evaluated in every turn: weights, optimizer state, and the numbers that you report.
#
# ## Time it honestly
# Now you know what a stopwatch around MLX code measures:
# %%
def gram(x):
    return x @ x.T


with measure.stopwatch() as lied:
    y = gram(w)
measure.graph_nodes(y)
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.bench"]
timing = measure.time_call(gram, w)
print(f"the call:     {lied.us:.0f} µs")
print(f"the product:  {timing}")
# %% [markdown]
# When the watch stopped both operations were still pending. `measure.time_call` does what a fair timer has to do: it runs once to warm up and evaluates that, then evaluates inside the measured time, several times, and gives the median. When a benchmark of MLX looks too good, look for its eval.
#
# ## Two things at once
# `mx.eval` waits. `mx.async_eval` hands the graph over and comes back, and whoever asks for the numbers later waits for what is left of it.
# %%
y = gram(w)
mx.async_eval(y)
measure.graph_nodes(y)
# %% [markdown]
# Nothing is left to write down. Whether the work is done by now this number does not tell: it was handed over.
#
# Suppose that your program has something else to do in each step, such as to read a file or to show a word. Below it sleeps for as long as one step takes. A step is as many sines of a long array as your machine computes in about 5 ms.
# %%
n = 2**18 if machine.backends() == ["cpu"] else 2**24
first = mx.random.uniform(shape=(n,))


def step(h, sines):
    for _ in range(sines):
        h = mx.sin(h)
    return h
# %%
def generate(hand_over, sines, busy, steps=6):
    h = first
    for _ in range(steps):
        h = step(h, sines)
        hand_over(h)
        time.sleep(busy)
    return h
# %% tags=["nbval-ignore-output", "claim:lazy_graphs.async"]
sines = max(1, round(8 * 0.005 / measure.time_call(step, first, 8).best))
busy = measure.time_call(step, first, sines).best
for hand_over in (mx.eval, mx.async_eval):
    seconds = measure.time_call(generate, hand_over, sines, busy).best
    print(f"{hand_over.__name__:10} {seconds / busy / 6:.2f} times the work of a step")
# %% [markdown]
# With `mx.eval` the two take turns, and a step costs both: 2 or more. With `mx.async_eval` they overlap; 1 would be perfect, and a busy machine stays further from it. `mlx_lm` makes its tokens this way (source: `generate.py` of mlx-lm): while you read one, MLX is at work on the next.
#
# > **Keep this.** `mx.async_eval` pays when there is something to do before you read the result. Read at once, and it is an `mx.eval`.
#
# ## Debugging a lazy program
# It is often said that laziness makes debugging harder. It moves errors to other places, and there are three to know.
#
# **Shapes fail at once.** They are checked when an operation is written down, so this error stands where the mistake is:
# %%
try:
    a @ b
except ValueError as error:
    print(error)
# %% [markdown]
# **Work fails late.** `mx.vmap` calls a function with a stand-in for the rows of an array; the stand-in has a shape and no numbers. Here somebody carries one out, by way of a list:
# %%
escaped = []
mx.vmap(lambda row: escaped.append(2 * row) or row)(a)
y = mx.exp(escaped[0]) + b[0]
y.shape, measure.graph_ops(y)
# %% [markdown]
# Three lines, and no complaint. The shape is right, and the graph looks like any other. Now somebody asks:
# %% tags=["claim:lazy_graphs.debugging"]
try:
    mx.eval(y)
except RuntimeError as error:
    print(traceback.extract_tb(error.__traceback__)[-1].line)
    print(str(error).splitlines()[0])
# %% [markdown]
# The traceback ends at the line that asked, and the mistake was made a cell before. To find it, ask earlier: put an `mx.eval` half-way, and see on which side of it the error is. Take it out again when you are done.
#
# **Numbers do not fail at all.** The logarithm of a negative number is nan, "not a number", and nothing is raised:
# %%
x = mx.array([4.0, 0.0, -1.0])
h = mx.log(x)
loss = mx.exp(h).sum()
loss.item()
# %% [markdown]
# The loss is nan, and it is the last to know. Look at what came before it. The first test below is the one that everybody writes first, and it can't succeed: nan equals nothing, itself included.
# %%
{
    "h == nan": (h == float("nan")).any().item(),
    "isnan(h)": mx.isnan(h).any().item(),
    "isnan(x)": mx.isnan(x).any().item(),
}
# %% [markdown]
# `x` is sound and `h` is not: the nan was born in the logarithm. (`h` also holds -inf, from the logarithm of zero; that one is harmless here, as `exp` makes 0 of it.)
#
# ### Printing inside a compiled function
# A function under `mx.compile` runs to be traced: once for each new shape, with stand-ins. So what does a `print` in it do?
# %% tags=["nbval-ignore-output"]
@mx.compile
def swish(x):
    print("this line runs for shape", x.shape)
    return x * mx.sigmoid(x)


for array in (a, b, a + b, a.T):
    swish(array)
# %% [markdown]
# Two lines for four calls: one for each shape, and no numbers yet. (Four lines mean that nothing was compiled here; see above.) Printing the array itself would need numbers that a stand-in does not have. `mx.vmap` does the same on every machine:
# %%
try:
    mx.vmap(lambda row: print(row))(a)
except ValueError as error:
    print(error)
# %% [markdown]
# To look inside for once, turn compilation off: then the function is ordinary Python, and prints what it has, on every call. Turn it on again afterwards.
# %%
@mx.compile
def swish(x):
    print(x)
    return x * mx.sigmoid(x)


mx.disable_compile()
swish(a)
mx.enable_compile()
# %% [markdown]
# > **Keep this.** Shapes fail where you write, work fails where you ask, and nan does not fail. Ask earlier to find out where.
#
# ## Where it comes from
# One claim of the post can be read up and not measured: that MLX took its laziness over from JAX. MLX's README says that its design is inspired by NumPy, PyTorch, JAX and ArrayFire. JAX, outside of `jit`, starts each operation at once and lets it run in the background (source: JAX documentation, "Asynchronous dispatch"): you wait for what is under way. In MLX nothing is under way until you ask. The transformations, `grad`, `vmap` and `compile`, do look like JAX's; they are the next two lessons.
#
# ## What to keep
# - An operation returns a promise. MLX computes when numbers leave it: eval, text, Python numbers, NumPy, files, `if`.
# - What nobody asks for is never computed. What is asked for is done operation by operation; `mx.compile` fuses, laziness doesn't.
# - Evaluate once for each piece of work that should fit into memory by itself: most often a step.
# - Whatever a loop carries along has to be evaluated in it, the numbers for the report too.
# - A stopwatch without an eval measures writing.
# - Shapes fail where you write, work fails where you ask, nan does not fail.
#
# Claims tested here: `lazy_graphs.nodes`, `lazy_graphs.who_asks`, `lazy_graphs.print_runs`, `lazy_graphs.unused`, `lazy_graphs.init`, `lazy_graphs.fusion`, `lazy_graphs.compile_fuses`, `lazy_graphs.intermediates`, `lazy_graphs.fewer_trips`, `lazy_graphs.rerun`, `lazy_graphs.sprinkle`, `lazy_graphs.huge_eval`, `lazy_graphs.once_per_update`, `lazy_graphs.leak`, `lazy_graphs.bench`, `lazy_graphs.async`, `lazy_graphs.debugging`. Read, not tested: `lazy_graphs.jax`.
