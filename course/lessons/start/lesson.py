# %% [markdown]
# # 00 · Start
# **After this lesson you can** read what a check tells you, say what your machine is, and name the two speeds that decide everything that follows.
#
# **25 minutes · runs on any machine · needs nothing before it**
#
# Run a cell with Shift-Enter. A cell that begins with `predict` asks for a number before the next one shows it: put your guess in place of `None`. Wrong guesses are why you are here.
# %%
import course
import importlib.metadata

import mlx.core as mx
from course import check, figures, machine, measure, measured, predict

# %% [markdown]
# ## An array
# MLX computes with arrays. One has a shape, a type for its numbers, and nothing else that you need to know today.
# %%
x = mx.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])
x
# %%
x.shape, x.dtype, x.nbytes
# %% [markdown]
# Six numbers of four bytes. `float32` is what Python's floats become unless you say otherwise.
#
# ## A check tells you which mistake you made
# Exercises wait for you in a notebook of their own. Each asks for a function, a class or a value, and a check judges it on inputs that it makes up. The first one asks for the mean of each row. Here is somebody's answer:
# %%
def row_means(x):
    return x.mean(axis=0)

check("row_means", row_means)
# %% [markdown]
# The check did not only find that the numbers differ. It has run the mistakes that people make here, found one that gives exactly these numbers, and showed you the sentence written for it.
#
# A mistake that nobody has written down gets no made-up explanation, only what was seen:
# %%
def row_means(x):
    return x.max(axis=1)

check("row_means", row_means)
# %% [markdown]
# Code that stops is shown with your own line and with what MLX says about it. (`3 @ 2` rows and columns do not fit together.)
# %%
def row_means(x):
    weights = mx.ones((2,)) / 2
    return x @ weights

check("row_means", row_means)
# %% [markdown]
# A blank that is not filled in is neither right nor wrong, and a loop without end is stopped after ten seconds with your kernel unharmed.
# %%
def row_means(x):
    raise NotImplementedError("About 1 line is missing.")

check("row_means", row_means)
# %% [markdown]
# Now a right answer. It is not the one that the course has in its drawer, and it need not be: what counts is what it does.
# %%
def row_means(x):
    return mx.sum(x, axis=-1) / x.shape[-1]

check("row_means", row_means)
# %% [markdown]
# > **Keep this.** A check looks at what your code does, never at how it is written. Read the first sentence; it is about you.
#
# What you pass is noted in a file on this machine; `course.progress()` shows it. Stuck? `course.hint("row_means")` has three hints, one a call.
#
# ## Which machine is this?
# %% tags=["nbval-ignore-output"]
for name, version in machine.versions().items():
    print(f"{name:12} {version}")
print(f"backends     {', '.join(machine.backends())}")
print(f"device       {machine.chip()}")
print(f"memory       {machine.memory_bytes() / 1e9:.1f} GB, {machine.cores()} CPU cores")
print(f"BLAS         {machine.blas()}")
# %% [markdown]
# MLX was written for Apple silicon, and it is often said to run nowhere else. By now it has three backends: Metal on a Mac, CUDA on NVIDIA's GPUs, and the CPU. (Source: MLX documentation, "Build and Install".)
# %% tags=["claim:start.apple_only"]
"cpu" in machine.backends()
# %% [markdown]
# That cell ran on your machine, whatever it is. A widely read post also asks for Python 3.9. The package says for itself what it needs:
# %% tags=["claim:start.python"]
importlib.metadata.metadata("mlx")["Requires-Python"]
# %% [markdown]
# ## How fast does it compute?
# Multiply two 512 × 512 matrices: each of the 262,144 results is 512 multiplications and 512 additions. That makes 0.27 billion operations.
#
# How many billion operations a second (GFLOP/s) will your machine do?
# %%
predict("start.matmul_gflops", None, "GFLOP/s")
# %% tags=["nbval-ignore-output"]
a = mx.random.normal((512, 512))
b = mx.random.normal((512, 512))
matmul = measure.time_call(mx.matmul, a, b)
gflops = 2 * 512**3 / matmul.best / 1e9
print(matmul)
measured("start.matmul_gflops", gflops, "GFLOP/s")
# %% [markdown]
# On a CPU this is the work of a library called BLAS, and the cell above says which one you have. MLX's Linux wheel brings the reference BLAS, which is right and slow, so the course puts OpenBLAS in its place: on two cores of an AMD EPYC with MLX 0.32.4 we measured 7 GFLOP/s with the one and 414 with the other, for matrices of 2,048 rows. (`MLX_COURSE_BLAS=off` takes it away, if you want to see for yourself.) A Mac's CPU uses Apple's Accelerate, and a GPU does not need BLAS at all.
#
# ## How fast does it remember?
# Now add 1 to millions of numbers, one operation for each. The adders are the same ones that worked on the product.
#
# How many GFLOP/s will they reach this time?
# %%
predict("start.add_gflops", None, "GFLOP/s")
# %% tags=["nbval-ignore-output"]
n = 4 * 1024 * 1024 if machine.backends() == ["cpu"] else 64 * 1024 * 1024
x = mx.random.normal((n,))
add = measure.time_call(lambda x: x + 1, x, repeat=20)
add_gflops = n / add.best / 1e9
print(add)
measured("start.add_gflops", add_gflops, "GFLOP/s")
# %% [markdown]
# Set it beside the product's number. On a GPU, or on a CPU with a fast BLAS, the addition reaches a small part of it. (If the BLAS above is the reference one, the two may be alike: there the product is held back by its library.)
#
# The adders did not get worse. Each number is four bytes that come from memory and four that go back there, and nothing is done with them in between. What you measured is the way to memory.
#
# How many GB went over it in a second, both directions together? (1 GB is 1e9 bytes.)
# %%
predict("start.copy_gb_s", None, "GB/s")
# %% tags=["nbval-ignore-output"]
bandwidth = 2 * x.nbytes / add.best / 1e9
measured("start.copy_gb_s", bandwidth, "GB/s")
# %% [markdown]
# A maker's figure for your memory is higher: one kernel does not reach all of it, and a CPU's caches hold part of arrays as small as these.
# %% [markdown]
# ## The two speeds belong together
# While one number of four bytes is on its way from memory, your machine could compute. How many operations?
# %%
predict("start.flops_per_number", None, "operations")
# %% tags=["nbval-ignore-output"]
measured("start.flops_per_number", gflops / bandwidth * 4, "operations")
# %% [markdown]
# An addition uses one of them. A large matrix product uses each number hundreds of times, and only that keeps the arithmetic busy. This one ratio explains why a language model on your machine writes as fast as its memory can be read, and why quantizing it, which makes the numbers smaller, makes it faster. Lessons 07 and 12 hold both against measurements.
# %% tags=["nbval-ignore-output"]
figures.bars(
    ["x + 1", "a @ b"],
    [add_gflops, gflops],
    alt=f"GFLOP/s reached: {add_gflops:.2f} by x + 1, {gflops:.1f} by a @ b.",
    ylabel="GFLOP/s reached",
)
# %% [markdown]
# ## What to keep
# - A machine has two speeds: operations a second, and bytes a second. Know both for yours.
# - An operation that does little with each number waits for memory, however fast the arithmetic.
# - A check tells you which mistake it recognises, and admits when it recognises none.
#
# Claims tested here: `start.apple_only`, `start.python`.
