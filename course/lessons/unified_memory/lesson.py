# %% [markdown]
# # 01 · Unified memory
# **After this lesson you can** say where an array lives, choose the device for each operation, show in bytes what was copied and what was shared, and work out where a discrete GPU really pays for copies.
#
# **45 minutes · runs on any machine · needs lesson 00**
# %%
import course
import threading

import mlx.core as mx
import numpy as np
from course import figures, measure, measured, predict

# %% [markdown]
# ## An array lives nowhere
# In PyTorch a tensor is on a device, and before a GPU can work with it, somebody writes `.to("cuda")`. Look for the place where an MLX array says such a thing:
# %% tags=["claim:unified_memory.no_device"]
a = mx.array([1.0, 2.0, 3.0])
{name: hasattr(a, name) for name in ("shape", "dtype", "device", "to", "cpu", "cuda")}
# %%
try:
    a.to("cpu")
except AttributeError as error:
    print(error)
# %% [markdown]
# There is none. An array is a shape, a dtype and a place in memory, and on Apple silicon the CPU and the GPU use the same memory. What has a device is the *operation*:
# %%
b = mx.array([10.0, 20.0, 30.0])
mx.add(a, b, stream=mx.cpu)
# %% [markdown]
# The same two arrays, on every device that this machine has, and nothing moved by you in between:
# %% tags=["claim:unified_memory.device_per_op"]
devices = [device for device in (mx.cpu, mx.gpu) if mx.is_available(device)]
results = [mx.add(a, b, stream=device).tolist() for device in devices]
all(result == results[0] for result in results)
# %% [markdown]
# Which devices were those? And what happens if you ask for one that is not there? The error comes from the line that names the device, not from the evaluation later.
# %% tags=["nbval-ignore-output"]
print(devices)
try:
    print(mx.add(a, b, stream=mx.gpu))
except ValueError as error:
    print(error)
# %% [markdown]
# `mx.is_available(mx.gpu)` asks first. Without a `stream`, an operation goes to the default device, which is the GPU wherever there is one.
#
# > **Keep this.** In MLX you don't send arrays to a device. You send operations.
#
# ## A stream is a queue
# A device works through *streams*: queues whose operations run in the order in which they were put in. Each device has one from the start, and you can make more. The cells below use two: CPU and GPU if you have both, else two on the CPU.
# %%
if mx.is_available(mx.gpu):
    one, two = mx.default_stream(mx.cpu), mx.default_stream(mx.gpu)
else:
    one, two = mx.new_stream(mx.cpu), mx.new_stream(mx.cpu)
# %% [markdown]
# Both read the same 67 MB. If one of them needed a copy of its own, MLX's memory would grow by as much:
# %% tags=["claim:unified_memory.one_pool"]
x = mx.random.normal((4096, 4096))
grown = measure.peak_memory(lambda x: (mx.sum(x, stream=one), mx.sum(x, stream=two)), x)
print(f"the array: {x.nbytes / 1e6:.0f} MB, two readers: {grown / 1e6:.0f} MB more")
# %% [markdown]
# On a machine with a CPU alone this shows no more than that two streams share an array. On a Mac it is the point of the whole design: there `one` is the CPU and `two` the GPU. (Source: MLX documentation, "Unified Memory". No figures of this lesson have been taken on Metal or on CUDA yet; when they have, they will stand here with machine and date.)
#
# ## Two streams, one order
# Now let the second stream need what the first one makes. Below, `one` adds, `two` multiplies the sum, a hundred times, with a different number each time. No line waits for another.
#
# In how many of the 100 will `two` start too early and come out wrong?
# %%
predict("unified_memory.out_of_order", None, "of 100")
# %%
wrong = 0
for i in range(100):
    start = mx.full((10_000,), float(i))
    total = mx.add(start, 1, stream=one)
    twice = mx.multiply(total, 2, stream=two)
    wrong += not mx.all(twice == 2 * (i + 1)).item()
# %% tags=["claim:unified_memory.mixing"]
measured("unified_memory.out_of_order", wrong, "of 100")
# %% [markdown]
# None. The graph knows that the product needs the sum, and wherever an arrow goes from one stream to another, MLX makes the second wait. Here is a graph that leaves more freedom, drawn before anything is computed:
# %% tags=["nbval-ignore-output"]
small = mx.array([[1.0, 2.0], [3.0, 4.0]])
figures.graph(
    mx.matmul(mx.exp(small, stream=one), mx.log(small, stream=two), stream=one),
    alt="Two operations, Exp and Log, read the same array; Matmul needs both. Exp and Log do not "
    "need each other.",
)
# %% [markdown]
# `Exp` and `Log` have no arrow between them, so two streams may do them at the same time. Whether that is faster depends on what else your cores have to do. Here are two chains of 20 operations, first in one queue, then in two:
# %% tags=["nbval-ignore-output"]
def chain(x, stream):
    for _ in range(20):
        x = mx.tanh(x, stream=stream)
    return x

block = mx.random.normal((200_000,))
queued = measure.time_call(lambda x: (chain(x, one), chain(x, one)), block)
beside = measure.time_call(lambda x: (chain(x, one), chain(x, two)), block)
print(f"in one queue {queued.best * 1e3:.1f} ms, in two {beside.best * 1e3:.1f} ms")
# %% [markdown]
# With two equal devices that have nothing else to do, two queues could halve the time; on a busy machine they may gain nothing. MLX's documentation has a better example, unequal work: a matrix product for the GPU beside 500 tiny operations for the CPU takes 1.4 ms on an M1 Max, and 2.8 ms when the GPU does it all. (Source: "Unified Memory", as above; not repeated by us.) Mixing devices is allowed and kept in order for you. It is not free: every arrow between two streams is a place where one may wait.
#
# A `with` block sets the stream for code that takes no `stream` argument:
# %%
with mx.stream(one):
    y = mx.square(a) + b
y
# %% [markdown]
# Streams have an owner, too: the thread that made them. What is still to be computed stays with its stream, and another thread cannot compute it:
# %%
def evaluate(array):
    try:
        mx.eval(array)
        print("evaluated")
    except RuntimeError as error:
        print(f"{type(error).__name__}: {str(error)[:18]}…")

pending, ready = a + 1, a + 2
mx.eval(ready)
# %%
for array in (pending, ready):
    thread = threading.Thread(target=evaluate, args=(array,))
    thread.start()
    thread.join()
# %% [markdown]
# > **Keep this.** The graph keeps two streams in order, so no `eval` belongs between them. Between two threads it does: hand over arrays that are evaluated.
#
# ## One type has a home
# One dtype does have a place: float64 is for the CPU, and an operation with it on a GPU raises. (Source: MLX documentation, "Data Types".) And `mx.array` makes float32 of NumPy's float64 without a word.
#
# A log file has the time stamp 1764000060.25, seconds since 1970. It goes from NumPy to MLX and back. By how many seconds is it off?
# %%
predict("unified_memory.stamp_error", None, "s")
# %%
stamp = np.array([1764000060.25])
there_and_back = np.array(mx.array(stamp))
measured("unified_memory.stamp_error", abs(there_and_back - stamp)[0], "s")
# %% [markdown]
# Not by a fraction of a second: by a minute. A float32 has 24 bits, and between 2³⁰ and 2³¹ (where this stamp is) they leave steps of 128 seconds:
# %%
print(2**30 < stamp[0] < 2**31, 2.0**31 / 2**24)
mx.array(stamp).dtype
# %% [markdown]
# Say that you want float64, and keep its operations on the CPU. Differences are small numbers again, and can go anywhere as float32:
# %%
stamps = mx.array([1764000060.25, 1764000061.0], dtype=mx.float64)
with mx.stream(mx.cpu):
    step = (stamps[1] - stamps[0]).astype(mx.float32)
step
# %% [markdown]
# Types change unasked in the other direction, too. A Python number adapts to the array it meets; an array has a dtype of its own, even when it holds one number:
# %%
half = mx.array([1.0, 2.0], dtype=mx.float16)
(half * 2.0).dtype, (half * mx.array(2.0)).dtype
# %% [markdown]
# One scalar array, and every array after it takes twice the bytes.
#
# ## What copies, and what does not
# "No copies" is said about all of MLX. It is true between devices that share memory, and at the border to NumPy you decide it:
# %% tags=["claim:unified_memory.no_copies"]
a = mx.array([1.0, 2.0, 3.0])
copy = np.array(a)
view = np.array(a, copy=False)
copy[0], view[1] = 100, 200
a
# %% [markdown]
# Writing to the copy did nothing to `a`; writing to the view went through. A view is for reading a large array once. Drop it before MLX changes the array: an update may put the new numbers elsewhere and leave the view behind, on memory that is no longer its own. (Seen with MLX 0.32.4 on a CPU: some updates do, some don't.)
#
# In the other direction `mx.array` copies:
# %%
n = np.array([1.0, 2.0, 3.0], dtype=np.float32)
c = mx.array(n)
n[0] = 100
c
# %% [markdown]
# `mx.asarray(n, copy=False)` insists on sharing and raises where that cannot be had. DLPack, the protocol by which frameworks hand each other memory, begins with the question on which device it lies: type 1 is a CPU, 8 is Metal, of which NumPy can read the first. (Source: `dlpack.h`.)
# %% tags=["nbval-ignore-output"]
print("DLPack device:", a.__dlpack_device__())
try:
    print(mx.asarray(n, copy=False))
except ValueError as error:
    print(error)
# %% [markdown]
# One dtype does not get across at all, because NumPy has no such type:
# %%
weights = mx.array([1.5, 2.5], dtype=mx.bfloat16)
try:
    np.array(weights)
except ValueError as error:
    print(type(error).__name__)
np.array(weights.astype(mx.float32))
# %% [markdown]
# And one thing is lost on every crossing: what MLX knows about how a number was made. NumPy squares the numbers here, and the gradient should be 2, 4 and 6.
# %%
def squares(x):
    return mx.array(np.array(x) ** 2).sum()

x = mx.array([1.0, 2.0, 3.0])
mx.grad(squares)(x), mx.grad(lambda x: mx.square(x).sum())(x)
# %% [markdown]
# No error, and nothing to learn from. `.item()` does the same to a number inside a loss.
#
# ## A slice: copy or view?
# NumPy's slices are views: write to one, and the array changes. MLX's answer:
# %%
x = mx.array([1.0, 2.0, 3.0, 4.0])
part = x[:2]
part[0] = 100
x, part
# %% [markdown]
# `x` is as it was. (`part = x` would be no slice and no copy: a second name for the same array.) So a slice is a copy, and that is what the documentation calls it.
#
# Take half of an array of 67 MB. By how many MB does MLX's memory grow when the slice is evaluated?
# %%
predict("unified_memory.slice_mb", None, "MB")
# %%
x = mx.zeros((4096, 4096))
grown = measure.peak_memory(lambda x: x[:2048], x)
measured("unified_memory.slice_mb", grown / 1e6, "MB")
# %% [markdown]
# Nothing was copied. A slice *behaves* like a copy and *lies* in the buffer of the array that it was taken from; bytes move only when someone writes. Ask memory about a few others, in units of `x`:
# %%
def grows(function):
    return round(measure.peak_memory(function, x) / x.nbytes, 2)

print("x[:, :2048]            ", grows(lambda x: x[:, :2048]))
print("x.T                    ", grows(lambda x: x.T))
print("x.reshape(-1)          ", grows(lambda x: x.reshape(-1)))
print("x.T.reshape(-1)        ", grows(lambda x: x.T.reshape(-1)))
print("x.astype(mx.float32)   ", grows(lambda x: x.astype(mx.float32)))
print("x.astype(mx.float16)   ", grows(lambda x: x.astype(mx.float16)))
# %% [markdown]
# `x` is float32, so asking for float32 changes nothing. Rows of the transposed array do not follow each other in memory, so flattening that one has to copy.
#
# Sharing has a price. You keep one row of `x` out of 4,096, and let go of `x` itself. How many MB stay?
# %%
predict("unified_memory.row_keeps_mb", None, "MB")
# %%
x = None
before = mx.get_active_memory()
x = mx.zeros((4096, 4096))
row = x[:1]
mx.eval(x, row)
x = None
mx.synchronize()
kept = mx.get_active_memory() - before
# %%
measured("unified_memory.row_keeps_mb", kept / 1e6, "MB")
# %% [markdown]
# All of them. The row is 16 kB of that buffer, and a buffer lives as long as anyone who uses a part of it. This leak has no name in a profiler: every array that you can see is small. `mx.contiguous` gives the row bytes of its own:
# %%
row = mx.contiguous(row)
mx.eval(row)
mx.synchronize()
print(f"{(mx.get_active_memory() - before) / 1e6:.2f} MB")
# %% [markdown]
# Not everything in square brackets is a slice. A number in the first place looks its row up, and that copies:
# %%
x = mx.zeros((4096, 4096))
mx.eval(x)
parts = {"x[:1]": lambda x: x[:1], "x[:, 0]": lambda x: x[:, 0], "x[0]": lambda x: x[0]}
for name, part in parts.items():
    grown = measure.peak_memory(part, x)
    print(f"{name:8} {grown / 1e3:3.0f} kB ", *measure.graph_ops(part(x)))
# %% [markdown]
# That is how MLX 0.32.4 does it. Don't learn it by heart: whoever keeps a small part of something large says `mx.contiguous`.
#
# > **Keep this.** A slice costs nothing to make and keeps everything that it was cut from.
#
# ## A buffer that nobody needs
# A chain of ten operations makes ten arrays, each as large as `x`. How much memory does it take at its peak, in units of `x`, and `x` itself not counted?
# %%
predict("unified_memory.chain_peak", None, "times x")
# %%
def ten(x):
    for _ in range(10):
        x = mx.abs(x)
    return x

x = mx.zeros((4096, 4096))
measured("unified_memory.chain_peak", grows(ten), "times x")
# %% [markdown]
# One array's worth. When an operation runs and nobody else holds its input, the result is written into the input's own buffer. MLX's sources call that *donation*. It is why `x = x + 1` needs no memory, unless somebody else has `x`:
# %%
def add_one(other_name):
    x = mx.zeros((4096, 4096))
    keep = x if other_name else None
    mx.eval(x)
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    x = x + 1
    mx.eval(x)
    return round((mx.get_peak_memory() - before) / x.nbytes, 2)

# %%
add_one(other_name=False), add_one(other_name=True)
# %% [markdown]
# A list that collects every step is such a somebody, for each of them:
# %%
def ten_kept(x):
    steps = [x]
    for _ in range(10):
        steps.append(mx.abs(steps[-1]))
    return steps

x = mx.zeros((1024, 1024))
grows(ten_kept)
# %% [markdown]
# ## Three surprises at an index
# An operation that runs later, and perhaps on another device, cannot answer you at once. Indexing is where that shows.
#
# *It does not raise.* An index outside the array is not noticed. The line below asks for entry 10 of 3, and is careful not to evaluate it: what lies there is undefined. (Source: MLX documentation, "Indexing Arrays", with the reason: exceptions cannot propagate from the GPU.)
# %%
x = mx.array([5.0, 6.0, 7.0])
x[mx.array([0, 10])].shape
# %% [markdown]
# *No shape depends on data.* How many entries are above 5 is not known before they are computed, so a mask cannot cut them out. Choose instead:
# %%
try:
    x[x > 5]
except ValueError as error:
    print(error)
mx.where(x > 5, x, 0).sum() / (x > 5).sum()
# %% [markdown]
# *`+=` does not count.* It reads, adds and writes back, and a place that occurs twice is written twice with the same number. (In NumPy too.) `.at` takes every occurrence for itself:
# %%
index = mx.array([0, 0, 2])
counts = mx.zeros((3,))
counts[index] += 1
counts, mx.zeros((3,)).at[index].add(1)
# %% [markdown]
# ## Where the copy tax falls
# A discrete GPU has memory of its own, on the other side of a PCIe link. A widely read post says that every `.to("cuda")` and `.cpu()` is a round trip over it, and that these trips take a good part of the time of a large model. The first half is wrong as it stands: each goes one way. The second half is arithmetic.
#
# Take a model of 8 billion parameters at 4.5 bits each (4 bits, and their scales), and a card with room for it that reads its own memory at 1,000 GB/s (round numbers). PCIe 4.0 moves 16 Gbit/s on each of 16 lanes, 128 bits of data in 130 (source: PCI-SIG, PCI Express 4.0). For each token the card reads all weights; over the link go a token id and, if the CPU picks the next token, the logits of 128,256 entries in float32.
#
# Which percentage of a token's time is copying?
# %%
predict("unified_memory.copy_percent", None, "%")
# %%
weights = 8e9 * 4.5 / 8
link = 16e9 * 16 * 128 / 130 / 8
reading = weights / 1000e9
copying = (4 + 4 * 128_256) / link
print(f"once: {weights / 1e9:.1f} GB over {link / 1e9:.1f} GB/s, {weights / link:.2f} s")
print(f"per token: reading {reading * 1e3:.1f} ms, copying {copying * 1e3:.3f} ms")
# %% tags=["claim:unified_memory.copy_tax"]
measured("unified_memory.copy_percent", 100 * copying / (copying + reading), "%")
# %% [markdown]
# Weights go over once, in a seventh of a second, and what a token costs in copies is less than half a percent. Unified memory spares you that, and it is next to nothing.
#
# The tax is real where a model does *not* fit. Then the missing part crosses the link for every token:
# %% tags=["nbval-ignore-output"]
spills = [0, 5, 10, 20, 40, 60, 80, 100]
rates = [1 / (copying + weights * spill / 100 / link + reading) for spill in spills]
figures.lines(
    {"4.5 GB of weights": (spills, rates)},
    alt=f"Tokens a second fall from {rates[0]:.0f} when all weights fit on the card to "
    f"{rates[2]:.0f} when 10 % do not, and to {rates[-1]:.0f} when none do.",
    xlabel="% of the weights that do not fit on the card",
    ylabel="tokens a second, at most",
)
# %%
for spill, rate in zip(spills, rates):
    print(f"{spill:3} % do not fit: {rate:3.0f} tokens a second")
# %% [markdown]
# Let one weight in ten find no room, and the card writes at a quarter of its speed. This is what one large memory buys: not faster copies, but a model that fits.
#
# Is unified memory, as the same post has it, *the entire reason* that language models are fast on a Mac? Keep the memory and its speed, say 100 GB/s, and change only the bits of a weight:
# %% tags=["claim:unified_memory.entire_reason"]
for bits in (16, 8.5, 4.5):
    print(f"{bits:4} bits: at most {100e9 / (8e9 * bits / 8):4.1f} tokens a second")
# %% [markdown]
# The same unified memory, and more than three times the speed. Capacity, bandwidth, fewer bytes to a weight, a cache of what was already computed: each has its own lesson. (PyTorch on a Mac works in that memory too: from version 2.12 on its tensors can be handed to MLX without a copy. Source: MLX documentation, "Conversion to NumPy and Other Frameworks".)
#
# MLX on CUDA keeps its promise by other means. Its arrays still have no device; a result made on the GPU lies in the card's memory, and is moved to memory that CUDA manages for both sides when the CPU first reads it. (Source: `mlx/backend/cuda/allocator.cpp` in MLX's repository.) Your code is the same, and its copies are not gone: they are out of sight, happen at the first touch, and are not in the bytes that MLX counted for you above.
#
# ## What to keep
# - An array has no device; each operation has one, by its `stream`. A missing device is an error where you name it.
# - The graph orders streams. Threads are ordered by you: evaluate, then hand over.
# - `np.array(a)` and `mx.array(n)` copy, `copy=False` shares; bfloat16, float64 and gradients do not cross the border unharmed.
# - A slice behaves like a copy, costs nothing, and keeps its whole buffer alive.
# - A buffer that nobody else holds is used again; a second name costs a second buffer.
# - Copies to a GPU cost once for each weight that fits, and once for each token where it does not.
#
# Claims tested here: `unified_memory.no_device`, `unified_memory.device_per_op`, `unified_memory.one_pool`, `unified_memory.mixing`, `unified_memory.no_copies`, `unified_memory.copy_tax`, `unified_memory.entire_reason`. By source alone: `unified_memory.discrete`, `unified_memory.round_trip`, `unified_memory.mps`.
