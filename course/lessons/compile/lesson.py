# %% [markdown]
# # 04 · mx.compile
# **After this lesson you can** say what `mx.compile` joins and what it leaves apart, what makes it trace again, how a compiled function hears of state and of chance, what `shapeless` costs, how to compile a whole training step, and after how many calls it has paid.
#
# **50 minutes · on a CPU it needs a C++ compiler, `g++` · needs lessons 02 and 03**
# %%
import course
import time
from functools import partial

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from course import figures, machine, measure, measured, predict
from mlx.utils import tree_flatten

# %% [markdown]
# On a GPU a fused kernel is built by MLX itself; on a CPU MLX writes C++ and calls `g++`, one to three seconds for each new kernel, kept in the folder for temporary files. Where there is no `g++`, `mx.compile` does nothing and says nothing. Does it work here?
# %% tags=["nbval-ignore-output"]
if machine.compiles():
    print("mx.compile works here.")
else:
    print(*machine.lacks(("compile",)), "What this lesson shows, without it, is in the table at its end.")
# %% [markdown]
# ## Three times noise
# `noise` returns a random number between 0 and 1. Here it is called three times, plain and compiled. How many different numbers do the three compiled calls give?
# %%
def noise(x):
    return x + mx.random.uniform()


x = mx.array(0.0)
compiled = mx.compile(noise)
len({noise(x).item() for _ in range(3)})
# %%
predict("compile.noises", None, "different numbers")
# %% tags=["claim:compile.frozen_random"]
noises = len({compiled(x).item() for _ in range(3)})
noises
# %% tags=["nbval-ignore-output"]
measured("compile.noises", noises, "different numbers")
# %% [markdown]
# One. Nothing failed, and the noise is the same for ever. To see why, look at what compiling is.
#
# ## What it does
# The first call runs your Python once, with stand-ins: arrays that have a shape and a dtype and no numbers. What MLX writes down meanwhile is the *trace*. It is tidied up, neighbours are *fused* into one kernel, and later calls run that, not your Python.
# %%
def swish_shifted(x):
    return x * mx.sigmoid(x) + 1


x = mx.array([[1.0, -2.0], [0.5, 3.0]])
measure.graph_ops(swish_shifted(x)), measure.graph_ops(mx.compile(swish_shifted)(x))
# %% tags=["nbval-ignore-output"]
figures.graph(
    swish_shifted(x), title="plain",
    alt="A graph of three operations in a row: Sigmoid, Multiply, Add; and Broadcast for the 1.",
)
figures.graph(
    mx.compile(swish_shifted)(x), title="compiled",
    alt="The same function compiled: one node, whose name holds Sigmoid, Multiply and Add.",
)
# %% [markdown]
# Each plain operation reads its input from memory and writes its result there. The fused kernel reads `x` once and writes once; what lies between stays in registers. `measure.kernels` counts how often a graph goes over memory (a broadcast is only a way of reading, and costs nothing).
#
# What can be fused works number by number. Here are six functions, with their kernels before and after:
# %% tags=["claim:compile.like_jit"]
functions = {
    "exp(x) * 2 + 1": lambda x: mx.exp(x) * 2 + 1,
    "exp(x) + exp(x)": lambda x: mx.exp(x) + mx.exp(x),
    "exp(x @ x) * 2": lambda x: mx.exp(x @ x) * 2,
    "softmax by hand": lambda x: mx.exp(x - x.max()) / mx.exp(x - x.max()).sum(),
    "exp(x).T * 2": lambda x: mx.exp(x).T * 2,
    "exp(x)[0] * 2": lambda x: mx.exp(x)[0] * 2,
}
{name: (measure.kernels(f(x)), measure.kernels(mx.compile(f)(x))) for name, f in functions.items()}
# %% [markdown]
# The second line shows that the same expression is computed once: its two `exp` have become one. A matrix product and a sum are kernels of their own, and part what stands before from what stands after. So does a transpose, although it costs nothing by itself, and so does taking a row.
#
# People compare `mx.compile` with JAX's `jit`, and the way of tracing is the same. There is no compiler for the whole graph behind it: it merges equal expressions and joins elementwise neighbours, and that is all (source: MLX documentation, "Compilation").
#
# How long may a row of neighbours be? Fifty times sine, times, plus: 150 operations, all of them number by number. How many kernels does it become?
# %%
predict("compile.chain", None, "kernels")
# %%
def waves(x):
    for _ in range(50):
        x = mx.sin(x) * 1.1 + 0.1
    return x


chain = measure.kernels(mx.compile(waves)(x))
measure.kernels(waves(x)), chain
# %% tags=["nbval-ignore-output"]
measured("compile.chain", chain, "kernels")
# %% [markdown]
# Not one. MLX fuses up to a depth and begins again, so that a kernel stays small enough to compile.
#
# > **Keep this.** Compiling joins neighbours that work number by number. It moves nothing out of the way for you.
#
# ## What traces
# Your Python runs only to be traced. `measure.count_runs` counts how often.
# %% tags=["claim:compile.retrace"]
def body(x, scale=1.0):
    return mx.tanh(x) * scale


def traces(call):
    return measure.count_runs(body, call)


wide = mx.zeros((4, 3))
f = mx.compile(body)
{
    "three calls": traces(lambda: [f(x) for _ in range(3)]),
    "another shape, and back": traces(lambda: [f(wide), f(x)]),
    "another dtype": traces(lambda: f(x.astype(mx.float16))),
    "Python numbers 2, 3, 4": traces(lambda: [f(x, scale) for scale in (2.0, 3.0, 4.0)]),
    "arrays 2, 3, 4": traces(lambda: [f(x, mx.array(scale)) for scale in (2.0, 3.0, 4.0)]),
}
# %% [markdown]
# Shape, dtype and Python values are part of the trace; numbers in arrays are not. All traces are kept, so coming back costs nothing. A learning rate that changes is an array, or it is compiled a thousand times.
#
# Traces belong to the function. Five times around a loop that compiles a lambda, and five times with the line before the loop:
# %% tags=["claim:compile.lambda_loop"]
def in_the_loop():
    for _ in range(5):
        mx.compile(lambda x: body(x))(x)


def before_the_loop():
    g = mx.compile(lambda x: body(x))
    for _ in range(5):
        g(x)


traces(in_the_loop), traces(before_the_loop)
# %% [markdown]
# ## No numbers inside
# A stand-in has no numbers, so nothing may ask for one: no `item`, no `print` of an array, no `if`.
# %% tags=["claim:compile.item"]
def no_negative_mean(x):
    if x.mean() < 0:
        return mx.zeros_like(x)
    return x


try:
    mx.compile(no_negative_mean)(x)
except ValueError as error:
    print(str(error).splitlines()[0])
# %% [markdown]
# `mx.where` keeps both and picks one when there are numbers: `mx.where(x.mean() < 0, 0, x)`. An `if` on a shape or on a Python value is fine; it is decided while tracing.
#
# A stand-in that gets out is a trap. Appending to a list from inside looks harmless:
# %% tags=["claim:compile.side_effect"]
seen = []


@mx.compile
def watched(x):
    seen.append(mx.exp(x))
    return seen[-1] + 1


watched(x), watched(x)
try:
    print(seen[0])
except RuntimeError as error:
    print(len(seen), "in the list:", str(error).splitlines()[0])
# %% [markdown]
# Two calls, one entry, and it is a stand-in that nobody can evaluate. A compiled function should be *pure*: arguments in, results out.
#
# ## State
# Now the noise. What a function uses and does not get as an argument is a constant of its trace. That holds for a random state, and for anything else:
# %% tags=["claim:compile.stale_state"]
state = {"offset": mx.array(1.0)}


def shifted(x):
    return x + state["offset"]


stale, told = mx.compile(shifted), mx.compile(shifted, inputs=state)
first = stale(x[0, 0]).item(), told(x[0, 0]).item()
state["offset"] = mx.array(100.0)
first, (stale(x[0, 0]).item(), told(x[0, 0]).item())
# %% [markdown]
# `inputs=` names what a function reads besides its arguments, `outputs=` what it writes: dicts and lists of arrays, however deep. A draw of random numbers does both. It reads a state and moves it on:
# %%
seeded = partial(mx.compile, inputs=mx.random.state, outputs=mx.random.state)
compiled = seeded(noise)
len({compiled(mx.array(0.0)).item() for _ in range(3)})
# %% [markdown]
# With `inputs=` alone the state is left as a stand-in, and every draw in the notebook fails from then on. (`mx.random.seed` mends it.)
#
# ## shapeless
# Data whose length varies is traced for each length. `shapeless=True` promises that one trace will do:
# %%
def centred(x):
    return x - x.mean(axis=0)


lengths = [mx.ones((n, 2)) for n in (3, 4, 5, 6)]
f, g = mx.compile(centred), mx.compile(centred, shapeless=True)
[measure.count_runs(centred, lambda: [h(x) for x in lengths]) for h in (f, g)]
# %% [markdown]
# It is your promise, and MLX cannot check it. The mean below divides by a length that Python looked up while tracing. What is the mean of six ones, if the first call had four?
# %%
predict("compile.mean_of_ones", None)
# %% tags=["claim:compile.shapeless"]
mean = mx.compile(lambda x: x.sum() / x.shape[0], shapeless=True)
mean(mx.ones(4)).item(), mean(mx.ones(6)).item()
# %% tags=["nbval-ignore-output"]
measured("compile.mean_of_ones", mean(mx.ones(6)))
# %% [markdown]
# Where MLX can notice, it raises: a slice has no shape of its own to infer, and a reshape to a fixed size does not fit.
# %%
for function in (lambda x: x[:2] + 1, lambda x: x.reshape(x.shape[0] // 2, 2) + 1):
    f = mx.compile(function, shapeless=True)
    try:
        mx.eval(f(mx.ones(4)), f(mx.ones(6)))
    except ValueError as error:
        print(error)
# %% [markdown]
# ## A training step
# A step reads and writes the model and the optimizer, and the random state if there is dropout. Say the three, and the whole step is one function:
# %%
def make_step(model, optimizer, loss_fn, compiled=True):
    state = [model.state, optimizer.state, mx.random.state]
    loss_and_grad = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = loss_and_grad(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state) if compiled else step


def loss_fn(model, x, y):
    return mx.square(model(x) - y).mean()
# %% [markdown]
# `mx.eval` stays outside, once per step. The same seed, plain and compiled: the same losses, and how many kernels in the new weights?
# %%
def trained(compiled, steps=3):
    mx.random.seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, 1))
    optimizer = optim.AdamW(learning_rate=1e-2)
    optimizer.init(model.trainable_parameters())
    data, target = mx.random.normal((32, 8)), mx.random.normal((32, 1))
    mx.eval(model.state, optimizer.state, data, target)
    step = make_step(model, optimizer, loss_fn, compiled)
    losses, kernels = [], 0
    for _ in range(steps):
        losses.append(step(data, target))
        kernels = kernels or measure.kernels(*[w for _, w in tree_flatten(model.parameters())])
        mx.eval(losses, model.state, optimizer.state)
    return [round(loss.item(), 3) for loss in losses], kernels


(plain_losses, plain_kernels), (losses, kernels) = trained(False), trained(True)
plain_losses == losses, kernels < plain_kernels / 2
# %% tags=["nbval-ignore-output"]
print(losses, f"kernels: plain {plain_kernels}, compiled {kernels}")
# %% [markdown]
# Most of what was saved is the optimizer's: Adam is a dozen elementwise operations for every array of the model.
#
# ## When it has paid
# Ten times `x * 1.01 + 0.01`, on four million numbers. The first compiled call traces, fuses and, on a CPU, waits for `g++`. How many calls until the compiled function has taken less time in all?
# %%
predict("compile.break_even", None, "calls")
# %% tags=["nbval-ignore-output", "claim:compile.first_call"]
def drift(x):
    for _ in range(10):
        x = x * 1.01 + 0.01
    return x


many = mx.random.normal((4_000_000,))
mx.eval(many)
plain = measure.time_call(drift, many).median
compiled = mx.compile(drift)
start = time.perf_counter()
mx.eval(compiled(many))
first = time.perf_counter() - start
steady = measure.time_call(compiled, many).median
print(f"plain {plain * 1e3:.1f} ms, first {first * 1e3:.0f} ms, then {steady * 1e3:.1f} ms")
calls = (first - steady) / (plain - steady) if plain > steady else float("inf")
measured("compile.break_even", calls, "calls")
# %% [markdown]
# A stopwatch on the first call says that compiling is slow; one on the tenth says that it is fast. Both are right, and neither is the answer: count the calls. (A kernel that was built before is found again in the folder for temporary files, so on the second run of this notebook the first call is cheap.)
#
# And where does it not pay? Where there is nothing to join, and where arithmetic rather than memory is what takes the time:
# %% tags=["nbval-ignore-output", "claim:compile.everything_faster"]
square = mx.random.normal((1000, 1000))
cases = {
    "ten times x * 1.01 + 0.01": drift,
    "sin(sin(sin(x)))": lambda x: mx.sin(mx.sin(mx.sin(x))),
    "x @ x": lambda x: x @ x,
}
for name, function in cases.items():
    print(f"{name:26} plain takes {measure.ratio(function, mx.compile(function), square)}")
# %% [markdown]
# Read the spread before the number: where it holds 1, nothing was gained.
#
# ## Without a compiler
# Saved figures, for whoever reads this where `mx.compile` does nothing. Two cores of an AMD EPYC, Linux, MLX 0.32.4 on the CPU, g++ 12, 24 November 2026; the kernels were built for the first time.
#
# | | plain | first call | then |
# |---|---|---|---|
# | ten times `x * 1.01 + 0.01`, 4 million numbers | 23.4 ms | 2,150 ms | 4.4 ms |
# | `x * (1 + erf(x / √2)) / 2`, 1 million numbers | 42.1 ms | 1,120 ms | 48.7 ms |
#
# The first had paid after 113 calls, the second never does. `MLX_DISABLE_COMPILE`, set to anything at all, and `mx.disable_compile()` turn compiling off too: useful for a look inside with `print`.
#
# ## What to keep
# - A compiled function runs your Python to trace it, once for each shape, dtype and Python value. Compile before the loop.
# - What works number by number is joined. Products, sums, transposes, slices and concatenations stand between.
# - Arguments in, results out. What else is read or written goes into `inputs=` and `outputs=`: the model, the optimizer, `mx.random.state`.
# - No numbers inside: `mx.where` in place of `if`, `mx.eval` outside.
# - `shapeless=True` is a promise that nobody checks.
# - Count the calls before you call it faster, and leave out the first one when you time it.
#
# Claims tested here: `compile.frozen_random`, `compile.like_jit`, `compile.retrace`, `compile.lambda_loop`, `compile.item`, `compile.side_effect`, `compile.stale_state`, `compile.shapeless`, `compile.first_call`, `compile.everything_faster`.
