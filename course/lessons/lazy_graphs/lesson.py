# %% [markdown]
# # 02 · Lazy graphs
# **After this lesson you can** say when MLX computes, time code that lies to a stopwatch, decide where an `eval` belongs, and find the leak that no profiler names.
#
# **45 minutes · runs on any machine · needs lesson 00**
# %%
import course

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from course import figures, measure, measured, predict

# %% [markdown]
# ## Nothing happened
# Two 512 × 512 matrices are multiplied eight times below. That is two billion floating-point operations.
#
# Before you run it: how many milliseconds will the loop take on your machine?
# %%
predict("lazy_graphs.build_ms", None, "ms")
# %% tags=["nbval-ignore-output", "claim:lazy.nodes"]
x = mx.random.normal((512, 512))
w = mx.random.normal((512, 512)) / 23
mx.eval(x, w)
with measure.stopwatch() as build:
    for _ in range(8):
        x = x @ w
measured("lazy_graphs.build_ms", build.ms, "ms")
# %% [markdown]
# No machine multiplies that fast, and yours didn't: the loop wrote eight multiplications down and did none of them. What `x` holds now is a *graph*: the operations that lead to its numbers. You can count them without running any.
# %%
measure.graph_nodes(x)
# %% [markdown]
# `mx.eval` asks for the numbers. How many times longer than the loop will it take?
# %%
predict("lazy_graphs.eval_over_build", None, "times")
# %% tags=["nbval-ignore-output"]
with measure.stopwatch() as run:
    mx.eval(x)
print(f"{run.ms:.3g} ms")
measured("lazy_graphs.eval_over_build", run.s / build.s, "times")
# %%
measure.graph_nodes(x)
# %% [markdown]
# `mx.eval` did the work, and the graph is gone. An evaluated array is numbers again, with no memory of how they were made.
#
# > **Keep this.** A stopwatch around MLX code measures writing, unless an `eval` stands inside it.
#
# ## What a graph looks like
# Boxes with a blue edge are operations, the others are arrays that have their numbers already. Drawing evaluates nothing.
# %% tags=["nbval-ignore-output"]
a, b = mx.array([1.0, 2.0]), mx.array([3.0, 4.0])
c = a + b
y = mx.exp(c) * c
figures.graph(y, alt="Two arrays lead to Add; Add leads to Exp and to Multiply; Exp leads to Multiply.")
# %%
measure.graph_ops(y)
# %% [markdown]
# The addition stands there once, although `c` is used twice. It is a graph and not a formula: a value that two others need is computed once.
#
# ## Who asks?
# Some lines of Python need the numbers and make MLX compute them, without an `eval` in sight. Of the ten lines in the next table, how many?
# %%
predict("lazy_graphs.lines_that_ask", None, "lines")
# %%
lines = {
    "mx.eval(y)": mx.eval, "repr(y)": repr, "y.sum().item()": lambda y: y.sum().item(),
    "if (y > 0).all()": lambda y: bool((y > 0).all()), "np.array(y)": np.array,
    "y.tolist()": lambda y: y.tolist(), "y.shape": lambda y: y.shape, "len(y)": len,
    "y[0]": lambda y: y[0], "y.astype(mx.float16)": lambda y: y.astype(mx.float16),
}
# %% tags=["claim:lazy.who_asks"]
asked = {}
for line, touch in lines.items():
    y = mx.array([1.0, 2.0]) * mx.array([3.0, 4.0])
    touch(y)
    asked[line] = measure.is_evaluated(y)
asked
# %%
measured("lazy_graphs.lines_that_ask", sum(asked.values()), "lines")
# %% [markdown]
# Text, Python numbers, NumPy's memory and a yes or no cannot come later, so they make MLX work now. Shape and dtype are known when an operation is written down, and a part of an array, or another dtype, is one more operation.
#
# > **Keep this.** A `print` or an `if` in a loop is an `eval` in disguise.
#
# ## Only what you ask for
# This function returns two results, and one of them is dear.
# %% tags=["claim:lazy.unused"]
def both(x):
    cheap = x.sum()
    dear = mx.linalg.inv(x @ x.T, stream=mx.cpu)
    return cheap, dear

cheap, dear = both(mx.ones((4, 4)))
mx.eval(cheap)
measure.is_evaluated(cheap), measure.is_evaluated(dear)
# %% [markdown]
# The inverse was written down and never done. That is just as well: the matrix is singular, and nobody found out.
#
# A model is lazy too. A layer of 4096 × 4096 numbers takes 67 MB. How many MB does MLX use for it after the layer has been made, and before anything has been asked of it?
# %%
predict("lazy_graphs.layer_mb", None, "MB")
# %%
before = mx.get_active_memory()
layer = nn.Linear(4096, 4096, bias=False)
made = mx.get_active_memory() - before
measured("lazy_graphs.layer_mb", made // 10**6, "MB")
# %% tags=["claim:lazy.init"]
mx.eval(layer.parameters())
(mx.get_active_memory() - before) // 10**6
# %% [markdown]
# ## Laziness is not fusion
# A widely read post says that since the graph is known, a sum and the product after it are fused into one kernel. Count what MLX would run:
# %% tags=["claim:lazy.fusion"]
def chain(a, b):
    return (a + b) * 2.0

del layer
measure.graph_ops(chain(a, b))
# %% [markdown]
# Three operations, and they run as they stand. (`Broadcast` is no work: it says that 2.0 serves every entry.) What fuses is `mx.compile`, which traces the function and makes one kernel of it:
# %% tags=["nbval-ignore-output"]
measure.graph_ops(mx.compile(chain)(a, b))
# %% [markdown]
# On a CPU that kernel is made by `g++` when it is first evaluated; without `g++` on the machine, `mx.compile` does nothing and the list above is the old one. Lesson 04 measures what it buys.
#
# The same post says that laziness came over from JAX. JAX runs each operation as it comes and traces only under `jit` (JAX documentation, "Asynchronous dispatch"); MLX's own README names several frameworks as inspiration, ArrayFire with its lazy arrays among them.
#
# ## When to eval
# Here is a loop of a thousand small steps, written in three ways. They compute the same numbers.
# %%
def step(x):
    for _ in range(5):
        x = mx.sin(x) + 0.5
    return x

def every_operation(x, steps):
    for _ in range(steps * 5):
        x = mx.sin(x)
        mx.eval(x)
        x = x + 0.5
        mx.eval(x)
    return x
# %%
def every_step(x, steps):
    for _ in range(steps):
        x = step(x)
        mx.eval(x)
    return x

def never(x, steps):
    for _ in range(steps):
        x = step(x)
    return x
# %% [markdown]
# How many times longer does it take to evaluate after each operation than after each step?
# %%
predict("lazy_graphs.every_op_ratio", None, "times")
# %% tags=["nbval-ignore-output", "claim:lazy.sprinkle", "claim:lazy.huge_eval"]
x = mx.random.normal((64,))
loops = (every_operation, every_step, never)
times = {f.__name__: measure.time_call(f, x, 1000, repeat=3).best for f in loops}
for name, seconds in times.items():
    print(f"{name:16} {seconds * 1e3:7.1f} ms")
measured("lazy_graphs.every_op_ratio", times["every_operation"] / times["every_step"], "times")
# %% [markdown]
# Each evaluation has a fixed price, so "an `eval` here and there, to be safe" is the advice to forget. The other extreme, one large evaluation at the end, is said to crash. It did not. (`time_call` evaluates what comes back, so the last line includes it: a graph of fifteen thousand operations.) What speaks against it is that the graph grows:
# %%
x = mx.array([1.0, 2.0])
growing = []
for _ in range(4):
    x = step(x)
    growing.append(measure.graph_nodes(x))
growing
# %% [markdown]
# Everything that a pending operation needs stays in memory until it is done. So: once for each step of the outer loop, as MLX's documentation advises ("Lazy Evaluation", "When to Evaluate").
#
# > **Keep this.** One `mx.eval` a step, with everything that the next step starts from.
#
# ## The leak
# A training loop keeps a running total of its loss. Every loss is one number; the total is one number.
# %%
def total_of(keep, steps=20):
    total = 0.0
    for _ in range(steps):
        x = mx.random.normal((256, 1024))
        total += keep(mx.square(x).mean())
    return total

lazily = measure.peak_memory(total_of, lambda loss: loss)
as_number = measure.peak_memory(total_of, lambda loss: loss.item())
# %% tags=["nbval-ignore-output", "claim:lazy.leak"]
print(f"total += loss         {lazily / 1e6:6.1f} MB")
print(f"total += loss.item()  {as_number / 1e6:6.1f} MB")
# %%
loss = mx.square(mx.ones((4, 4))).mean()
total = 0.0
for _ in range(5):
    total += loss * 1
measure.graph_nodes(total)
# %% [markdown]
# `total += loss` writes an addition down, and that addition holds on to everything its loss was made from: here the steps are all computed at the very end. In training that means activations. Nothing shows up as large: the array is one number, the list of variables is short, and memory rises with every step.
#
# ## Time it honestly
# %% tags=["nbval-ignore-output", "claim:lazy.bench"]
x = mx.random.normal((512, 512))
mx.eval(x)
with measure.stopwatch() as watch:
    x @ x
print(f"without eval  {watch.us:10.1f} µs")
print(f"with eval     {measure.time_call(mx.matmul, x, x).median * 1e6:10.1f} µs")
# %% [markdown]
# `measure.time_call` does what a fair timing needs: it evaluates the inputs first, calls the function once to warm up, evaluates the result inside the clock, and tells you the spread. Distrust a number that comes without one.
#
# ## Working ahead
# `mx.async_eval` hands the work over and comes back at once. While MLX computes this step, Python can write the next one down:
# %% tags=["nbval-ignore-output", "claim:lazy.async"]
x = mx.random.normal((512, 512))
mx.eval(x)
y = x @ x @ x
with measure.stopwatch() as handed:
    mx.async_eval(y)
with measure.stopwatch() as waited:
    mx.eval(y)
print(f"handed over in {handed.us:.1f} µs, then {waited.us:.0f} µs until it was there")
# %% [markdown]
# Nothing is left to write down for an array that was handed over, so its graph is empty at once:
# %%
y = mx.exp(mx.array([1.0, 2.0]))
mx.async_eval(y)
measure.graph_nodes(y)
# %% [markdown]
# This, and not a graph that is kept and run again, is where laziness pays for a language model: mlx-lm writes token n + 1 down while token n is being computed. Graphs are made anew for every step.
#
# ## Debugging a lazy program
# **Shapes are checked when you write.** The error comes at once, on the line that is wrong:
# %% tags=["claim:lazy.debugging"]
try:
    mx.ones((2, 3)) @ mx.ones((2, 3))
except ValueError as error:
    print(error)
# %% [markdown]
# **Numbers fail when they are computed.** This line is wrong and nothing is said:
# %%
inverse = mx.linalg.inv(mx.zeros((3, 3)), stream=mx.cpu)
plus_one = inverse + 1
measure.graph_nodes(plus_one)
# %% [markdown]
# The error comes with the `eval`, and its traceback points there. To find the line that wrote it, put an `mx.eval` after each suspect until the error moves.
# %%
try:
    mx.eval(plus_one)
except RuntimeError as error:
    print(str(error).split("]")[0] + "]")
# %% [markdown]
# **A nan raises nothing at all.** It spreads, and at the end of the chain you see that there is one and not where it came from. Ask after each stage, since asking is an `eval`:
# %%
h = mx.array([0.0, 1.0])
for name, stage in {"log": mx.log, "square": mx.square, "centre": lambda h: h - h.max()}.items():
    h = stage(h)
    print(f"{name:8} {h.tolist()}")
# %% [markdown]
# **Inside a compiled function there are no numbers to print.** Its body runs once, to be traced, and asking for a value there is an error. (Where `mx.compile` takes no effect, for want of `g++`, it prints.) `mx.disable_compile()` makes it an ordinary function for as long as you look:
# %% tags=["nbval-ignore-output"]
@mx.compile
def scaled(x):
    print("the sum is", x.sum().item())
    return x * 2

try:
    scaled(mx.array([1.0, 2.0]))
except ValueError as error:
    print(str(error).split(".")[0])
# %%
mx.disable_compile()
try:
    scaled(mx.array([1.0, 2.0]))
finally:
    mx.enable_compile()
# %% [markdown]
# ## What to keep
# - MLX computes when somebody asks: `eval`, text, a Python number, NumPy, a yes or no.
# - One `eval` for each step of the outer loop. Not after every operation, and not never.
# - What is pending keeps alive whatever it was made from. Turn a metric into a number.
# - Shapes fail where you write them, numbers fail where you ask, and nan does not fail.
# - Laziness skips what nobody asks for. It fuses nothing; `mx.compile` does.
#
# Claims tested here: `lazy.nodes`, `lazy.who_asks`, `lazy.unused`, `lazy.init`, `lazy.fusion`, `lazy.sprinkle`, `lazy.huge_eval`, `lazy.leak`, `lazy.bench`, `lazy.async`, `lazy.debugging`.
