# %% [markdown]
# # 16 · Decide
# **After this lesson you can** choose between MLX, PyTorch, JAX and llama.cpp for a task and say what would change your mind; port a small PyTorch module and know which mistakes no error will show you; and tell a sentence that was true from one that is.
#
# **75 minutes · runs on any machine · needs lessons 02, 05, 08**
# %%
import course
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import threading
from importlib.metadata import metadata, requires, version
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx_lm.server
import mlx_lm.utils
import numpy as np
from course import claims, machine, measure, measured, predict, widgets
from mlx.utils import tree_flatten

# %% [markdown]
# ## Five answers to one question
# You have a model and a machine. What runs it? Each of these began with another idea of what matters, and still shows it. As of November 2026:
#
# | | its idea | strong at | its limits |
# |---|---|---|---|
# | **MLX** | arrays belong to no device, work is written down and done later | Apple's chips; language models, LoRA and quantization from one package; the same arrays from Python, Swift and C++ | few libraries beside it; no bounds checks, no reading by mask; Windows wheels new ([ml-explore/mlx](https://github.com/ml-explore/mlx), `docs/src/install.rst` and `usage/indexing.rst`) |
# | **PyTorch, device mps** | the research code of the world, on one more device | whatever exists as PyTorch | no float64; what is missing goes to the CPU or raises; arrays of more than 2^32 bytes or elements fail in some operations ([PyTorch 2.15 notes, MPS backend](https://docs.pytorch.org/docs/2.15/notes/mps.html); pytorch issues 149261 and 197636) |
# | **JAX** | pure functions, compiled as a whole by XLA | TPUs, large clusters, transformations | on a Mac its CPU; Apple's jax-metal is dead ([jax issue 26968](https://github.com/jax-ml/jax/issues/26968)), jax-mps and jax-graft are community plugins |
# | **llama.cpp** | inference with no dependencies, on everything | Metal, CUDA, Vulkan, CPU; gguf files with many kinds of bits | language models, and inference; training is basic ([ggml-org/llama.cpp](https://github.com/ggml-org/llama.cpp), README and pull request 10544) |
# | **Ollama, LM Studio** | a program with a button, on top of an engine | install, download, chat, an API | someone else's choice of engine: both have llama.cpp and MLX inside, by model ([ollama.com/blog/mlx-performance](https://ollama.com/blog/mlx-performance), June 2026; [lmstudio-ai/mlx-engine](https://github.com/lmstudio-ai/mlx-engine)) |
#
# None of this says who is faster. A widely read post does: on the same Mac and the same model MLX writes 230 tokens a second and PyTorch 7 to 9, and the reason is that MLX copies nothing between CPU and GPU.
#
# Say PyTorch did copy, in both directions, everything that has to cross for one token: the token's id and the logits of a vocabulary of 152,064. Over a slow link of 10 GB/s, which percentage of its 1/8 of a second would that take?
# %%
predict("decide.copies", None, "%")
# %% tags=["claim:decide.copies_explain"]
crossing = 4 + 4 * 152_064
share = 100 * crossing / 10e9 / (1 / 8)
print(f"{crossing / 1e6:.2f} MB a token, {share:.2f} % of the time")
# %% tags=["nbval-ignore-output"]
measured("decide.copies", round(share, 2), "%")
# %% [markdown]
# So it is not that. And what of the 230? One token takes all weights through memory once (lesson 12). The study behind the sentence ran Qwen 2.5 on an M2 Ultra, 800 GB/s ([arXiv 2511.05502](https://arxiv.org/abs/2511.05502)), and gives 5 to 7 ms from one token to the next in the same breath.
# %%
# Weights without the table of input embeddings, of which a token reads one row.
read = {"Llama 3.1 8B": 8.03e9 - 128_256 * 4096, "Qwen 2.5 7B": 7.616e9 - 152_064 * 3584}
for name, weights in read.items():
    print(f"{name} at 4.5 bits: 230 tokens/s would read {230 * weights * 4.5 / 8 / 1e9:.0f} GB/s of 800")
print(f"5 to 7 ms a token are {1000 / 7:.0f} to {1000 / 5:.0f} tokens/s")
# %% [markdown]
# The figure contradicts the machine and itself. A smaller model would explain it, or several texts at once; the sentence that goes around has neither.
#
# > **Keep this.** Before you ask why a number is so, ask whether it can be.
#
# Another one: on a Mac's GPU PyTorch has a cap of 4 GB, so contexts of more than 2,000 tokens run out of memory. The cap is real, and belongs to one array inside some operations: the matrix of attention scores, where it is written down, has heads × tokens × tokens entries. At how many tokens does it reach 4 GiB, with 32 heads in half precision?
# %%
predict("decide.four_gb", None, "tokens")
# %% tags=["claim:decide.mps_two_thousand", "claim:decide.mps_four_gb"]
def score_bytes(tokens, heads=32, each=2):
    return heads * tokens**2 * each


limit = next(tokens for tokens in range(256, 100_000, 256) if score_bytes(tokens) >= 2**32)
print(f"2,048 tokens: {score_bytes(2048) / 1e9:.2f} GB; 4 GiB at {limit} tokens")
print(f"pytorch issue 149261, 12 heads, 29,640 tokens, float32: {score_bytes(29_640, 12, 4) / 1e9:.1f} GB")
# %% tags=["nbval-ignore-output"]
measured("decide.four_gb", limit, "tokens")
# %% [markdown]
# Where attention is fused and writes no scores, as `mx.fast.scaled_dot_product_attention` does, there is no such array. And a maintainer made a tensor of 32 GB on that device to show that it can be had ([pytorch issue 143859](https://github.com/pytorch/pytorch/issues/143859)).
#
# And "MLX is faster than llama.cpp"? One careful report on a 70B model has MLX ahead by 1.12 in writing ([mlx-examples issue 1029](https://github.com/ml-explore/mlx-examples/issues/1029)); 31 models on one M4 Pro gave ratios from 0.95 to 1.30, 1.06 in the middle ([llmfit pull request 853](https://github.com/AlexsJones/llmfit/pull/853), August 2026). What was read in the first?
# %% tags=["claim:decide.faster_than_llamacpp"]
smaller = 4.8 / 4.5  # bits a weight: gguf's Q4_K_M, about; MLX's 4 bits in groups of 64
print(f"1.12 in all = {smaller:.2f} for the smaller file × {1.12 / smaller:.2f} for the engine")
# %% [markdown]
# More than half of the lead was bought with bits. Whoever compares engines has to compare files of the same quality, at the same length, of the same day.
#
# ## The same module in PyTorch
# What you can settle yourself, settle. Here is one module in MLX; `gated_block` in the exercises is where you port it.
# %%
class GatedBlock(nn.Module):
    def __init__(self, dims, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.inner = nn.Linear(dims, 2 * hidden)
        self.outer = nn.Linear(hidden, dims)

    def __call__(self, x):
        a, b = mx.split(self.inner(self.norm(x)), 2, axis=-1)
        return x + self.outer(nn.gelu_approx(a) * b)


block = GatedBlock(512, 1024)
x = mx.random.normal((256, 512), key=mx.random.key(0))
mx.eval(block.parameters(), x)
# %% [markdown]
# The next cell builds it in PyTorch with the same weights, if PyTorch is installed where this notebook runs, and sets the two side by side: eager against eager, forward and backward, on the same device. Values first. A ratio of the times of two programs that compute different things is worth nothing.
# %% tags=["nbval-ignore-output"]
def beside_pytorch():
    import torch
    import torch.nn.functional as F

    class TorchBlock(torch.nn.Module):
        def __init__(self, dims, hidden):
            super().__init__()
            self.norm = torch.nn.LayerNorm(dims)
            self.inner = torch.nn.Linear(dims, 2 * hidden)
            self.outer = torch.nn.Linear(hidden, dims)

        def forward(self, x):
            a, b = self.inner(self.norm(x)).chunk(2, dim=-1)
            return x + self.outer(F.gelu(a, approximate="tanh") * b)

    device = "mps" if torch.backends.mps.is_available() else "cuda" if torch.cuda.is_available() else "cpu"
    wait = {"mps": torch.mps.synchronize, "cuda": torch.cuda.synchronize}.get(device, lambda: None)
    twin = TorchBlock(512, 1024)
    state = {name: torch.from_numpy(np.array(w)) for name, w in tree_flatten(block.parameters())}
    twin.load_state_dict(state)  # every name is there: strict is the default
    twin, y = twin.to(device), torch.from_numpy(np.array(x)).to(device)
    ours, theirs = np.array(block(x)), twin(y).detach().cpu().numpy()
    off = np.abs(ours - theirs).max() / np.abs(ours).max()
    print(f"PyTorch {torch.__version__} on {device}: values differ by {off:.1e} of the largest at most")

    loss_and_grad = nn.value_and_grad(block, lambda x: block(x).square().mean())

    def step(_):
        twin.zero_grad()
        twin(y).square().mean().backward()
        wait()

    print("a forward and a backward pass in PyTorch takes", measure.ratio(step, loss_and_grad, x), "as long")


if importlib.util.find_spec("torch"):
    beside_pytorch()
else:
    print("PyTorch is not installed here, so there is nothing to compare with. To try: pip install torch")
# %% [markdown]
# Here is what came out on one machine (two cores of an AMD EPYC, PyTorch 2.13.0, MLX 0.32.4, 26 November 2026). The values agreed to 1.3e-7 of the largest. With one thread for each of the two, PyTorch took 0.74 and 0.81 times as long in two runs; with two threads each, while other programs kept both cores busy, 2.1 to 2.5 times in three. Same code, same machine, another winner.
#
# > **Keep this.** A ratio between frameworks belongs to a module, a size, a number of threads and an hour. Measure yours.
#
# ## Names and axes
# Porting begins with names. Of these thirty from `torch`, how many does `mlx.core` not have?
# %%
names = (
    "stack squeeze einsum where topk sort argmax matmul ones_like full arange linspace tril triu cumsum "
    "roll split reshape cat unsqueeze permute clamp masked_select nonzero gather scatter bincount chunk "
    "bmm repeat_interleave"
).split()
predict("decide.missing_names", None, f"of {len(names)}")
# %% tags=["claim:decide.same_names"]
instead = {
    "cat": "concatenate", "unsqueeze": "expand_dims", "permute": "transpose", "clamp": "clip",
    "gather": "take_along_axis", "scatter": "x.at[i]", "chunk": "split", "bmm": "matmul", "repeat_interleave": "repeat",
}
missing = [name for name in names if not hasattr(mx, name)]
for name in missing:
    print(f"{name:18} {instead.get(name, '-')}")
try:
    mx.sum(mx.ones((2, 2)), dim=0)
except TypeError as error:
    print(str(error).partition(".")[0])
# %% tags=["nbval-ignore-output"]
measured("decide.missing_names", len(missing), f"of {len(names)}")
# %% [markdown]
# Where NumPy and PyTorch have different names, MLX has NumPy's, and NumPy's *axis* for PyTorch's *dim*. The three without a counterpart (a dash) have a result whose shape depends on values, which a lazy array cannot have. Layers are PyTorch's in name and shape, with three exceptions worth remembering: images and convolution weights have channels last (lesson 05), losses do not average unless told to (lesson 03), and what a module does stands in `__call__`, not in `forward`. So people's first model runs as they write it:
# %% tags=["claim:decide.small_model"]
class SmallModel(nn.Module):
    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, outputs)

    def __call__(self, x):
        return self.second(nn.relu(self.first(x)))


small = SmallModel(8, 16, 3)
small(mx.ones((2, 8))).shape, [name for name, _ in tree_flatten(small.parameters())]
# %% [markdown]
# What raises is mended in a minute. What runs and means something else is found weeks later, or by users:
# %% tags=["claim:decide.split"]
six = mx.arange(6)
print("torch.split(six, 2): [[0, 1], [2, 3], [4, 5]]")
print("mx.split(six, 2):   ", [part.tolist() for part in mx.split(six, 2)])
# %% tags=["claim:decide.index_add"]
counts = mx.zeros(3, dtype=mx.int32)
twice = mx.array([0, 0, 2])
added = counts.at[twice].add(1)
counts[twice] += 1
print("x[i] += 1:   ", counts.tolist())
print("x.at[i].add: ", added.tolist())
# %% tags=["claim:decide.bool_mask", "claim:decide.out_of_range"]
short = mx.array([1.0, -2.0, 3.0])
try:
    short[short > 0]
except ValueError as error:
    print("read by mask:  ", error)
short[short < 0] = 0
print("assign by mask:", short.tolist())
print("read entry 1000 of 3:", type(short[1000].item()).__name__, "and no error")
# %% [markdown]
# A `float`, whatever lay there: MLX checks no bounds, since a GPU could not raise in time (source: MLX documentation, "Indexing Arrays"). Assert your indices while you port.
#
# Numbers change their type on the way, too:
# %% tags=["claim:decide.float64", "claim:decide.half_stays", "claim:decide.bf16_numpy"]
half = mx.ones(2, dtype=mx.float16)
print("np.float64 becomes", mx.array(np.ones(2)).dtype)
print("float16 * 2.0 is", (half * 2.0).dtype, "and float16 * mx.array(2.0) is", (half * mx.array(2.0)).dtype)
try:
    np.array(mx.ones(2, dtype=mx.bfloat16))
except ValueError as error:
    print("bfloat16 to NumPy:", error)
# %% tags=["claim:decide.threads"]
def elsewhere(function):
    """What comes of a call in another thread."""
    said = []

    def run():
        try:
            said.append(str(function()))
        except RuntimeError as error:
            said.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


pending = mx.ones(2) + 1
print(re.sub(r"\(.*?\)", "(...)", elsewhere(pending.tolist)))
print(elsewhere(lambda: (mx.ones(2) + 1).tolist()))
# %% [markdown]
# An array that one thread wrote down cannot be evaluated in another; what a thread writes down itself, it can. A web framework with a pool of threads meets this on its first request.
#
# > **Keep this.** Port with fixed weights and compare numbers after each layer. A mistake that raises is the cheap kind.
#
# ## Ten anti-patterns, ten cells
# The same post warns of ten things. Each gets a cell that shows the harm, or that there is none.
#
# **1. MLX on a Linux server.** What does the installed package itself ask for?
# %% tags=["claim:decide.no_mac", "claim:decide.one_engine", "claim:decide.second_code"]
wheels = [need.replace(" ", "") for need in requires("mlx") if need.startswith("mlx-")]
systems = {re.split("==|;", need)[0]: re.search(r'platform_system=="(\w+)"', need)[1] for need in wheels}
systems
# %% [markdown]
# There is no harm left: one backend for the Mac, three for Linux, and the same Python code for all. If you read this on Linux, the lessons before this one have run there. What needs a Mac still is a Metal kernel of your own (lesson 13), and this:
# %% tags=["claim:decide.neural_engine"]
sorted(mx.DeviceType.__members__)
# %% [markdown]
# There is no Neural Engine among MLX's devices, on any machine. **2. A long context on MPS** you have computed: harm from 8,192 tokens on, where scores are written down. **3. One huge eval**, two hundred thousand operations deep:
# %%
deep = mx.zeros(())
for _ in range(200_000):
    deep = deep + 1
deep.item()
# %% [markdown]
# It evaluates. The harm of waiting is memory that everything pending keeps alive (lesson 02), not a crash. **4. A 70B model in bfloat16 in 16 GB**, and the rule that goes with it: 16 GB for 8B, 64 for 70B, 192 for 100B.
# %% tags=["claim:decide.seventy_b_bf16"]
def gigabytes(billions, bits):
    return billions * (bits + 0.5 * (bits < 16)) / 8


for billions, bits in ((70.6, 16), (8.03, 4), (70.6, 4), (70.6, 3), (100, 4)):
    print(f"{billions:5} billion at {bits:2} bits: {gigabytes(billions, bits):5.1f} GB of weights")
# %% [markdown]
# Item 4 is right, and the rule is half right: at 3 bits 70B is 31 GB, and 100B at 4 bits is 56 GB, which three quarters of 96 GB hold. How much a Mac leaves to its GPU is not published. People have read 11.84 of 16 GB ([llmfit pull request 754](https://github.com/AlexsJones/llmfit/pull/754)) and 107.5 of 128 GB ([ds4 pull request 893](https://github.com/antirez/ds4/pull/893)) from Metal, which knows. Training is another sum:
# %% tags=["claim:decide.train_memory"]
adapter, everything = 10.5e6, 8.03e9
each = 4 + 4 + 4 + 4  # weight, gradient, Adam's two moments, in float32
print(f"LoRA on 10.5 million numbers: {adapter * each / 1e9:.2f} GB; all of 8B: {everything * each / 1e9:.0f} GB")
# %% [markdown]
# **5. Mixing NumPy in.** A loss passes through NumPy on its way. What is its gradient?
# %% tags=["claim:decide.numpy_gradient"]
def through_numpy(w):
    return mx.array(np.square(np.array(w))).sum()


w = mx.array([1.0, 2.0, 3.0])
print("through NumPy: ", end="")
try:
    print(mx.grad(through_numpy)(w).tolist())
except Exception as error:
    print(type(error).__name__, error)
print("in MLX:        ", mx.grad(lambda w: mx.square(w).sum())(w).tolist())
# %% [markdown]
# Zeros, and no error: harm enough. **6. Falling back where a model is missing.** mlx_lm has a file for each architecture that it knows:
# %% tags=["claim:decide.late_models"]
known = [path.stem for path in (Path(mlx_lm.__file__).parent / "models").glob("*.py")]
print(len(known) > 100, "llama" in known)
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "config.json").write_text('{"model_type": "brand_new"}')
    mx.save_safetensors(f"{folder}/model.safetensors", {"w": mx.zeros(1)})
    try:
        mlx_lm.utils.load_model(Path(folder))
    except ValueError as error:
        print(error)
# %% [markdown]
# There is harm, if you wait. In lesson 08 you wrote the missing file yourself, in a few lines, because that model was a known one under new names; many new ones are. **7. Expecting an H100.** A Mac's GPU has 128 lanes to a core, and each does a multiplication and an addition a clock tick, at about 1.4 GHz in the M2 generation. NVIDIA's data sheet gives 989 TFLOP/s in bfloat16.
# %% tags=["claim:decide.h100"]
for chip, cores in {"M2 Pro": 19, "M2 Ultra": 76}.items():
    tflops = cores * 128 * 2 * 1.4e9 / 1e12
    print(f"{chip}: {tflops:4.1f} TFLOP/s, an H100 has {989 / tflops:.0f} times that")
# %% [markdown]
# It is right to warn; the factor of 15 that goes with it is too kind. For decoding one stream the factor is that of bandwidths, NVIDIA's 3,350 GB/s to Apple's 200 or 800 (lesson 12 has the sources).
#
# **8. Writing the API yourself.** What comes installed:
# %% tags=["claim:decide.hand_rolled", "claim:decide.openai_standard", "claim:decide.lora_types"]
def help_of(command):
    done = subprocess.run([sys.executable, "-m", "mlx_lm", command, "--help"],
                          capture_output=True, text=True, env=machine.child_env())  # fmt: skip
    return " ".join(done.stdout.split())


server = help_of("server")
print("routes:", *sorted(set(re.findall(r'"(/(?:v1|health)[\w/]*)"', inspect.getsource(mlx_lm.server)))))
print("defaults:", *re.findall(r"default: (127[\d.]+|8080|\*)\)", server))
print("a key or a user:", bool(re.search("--(api-)?key|--token|--user", server)))
print("fine-tune:", *re.search(r"--fine-tune-type \{([\w,]+)\}", help_of("lora"))[1].split(","))
# %% [markdown]
# A server with streaming, batching and a prompt cache is there, on 127.0.0.1. It knows no keys, and its page says not to use it in production: put it behind something that does (lesson 10).
#
# **9. Leaving Swift out.** A judgement. What can be shown: a file of weights has names, and any front end that has a model with those names can read it; and a function can leave Python altogether.
# %% tags=["claim:decide.swift_weights", "claim:decide.no_swift"]
with tempfile.TemporaryDirectory() as folder:
    weights, function = f"{folder}/small.safetensors", f"{folder}/small.mlxfn"
    small.save_weights(weights)
    print(sorted(mx.load(weights)))
    mx.export_function(function, small, mx.ones((2, 8)))
    again = mx.import_function(function)
    print("same numbers:", mx.allclose(again(mx.ones((2, 8)))[0], small(mx.ones((2, 8)))).item())
# %% [markdown]
# The exported function holds graph and weights and needs no model code; C++ runs it (lesson 15).
#
# **10. Judging MLX as a replacement for PyTorch.** A judgement again. You have the list of names above; what it does not list are the libraries.
#
# | anti-pattern | today |
# |---|---|
# | 1 Linux server | no harm |
# | 2 long context on MPS | harm where scores are written down, from 8,192 tokens |
# | 3 one huge eval | no crash; the harm is what waits in memory |
# | 4 a model that does not fit | harm, by a factor of nine |
# | 5 NumPy in between | harm, and silent |
# | 6 falling back | harm of waiting; the file is short |
# | 7 expecting an H100 | harm, greater than said |
# | 8 an API of your own | work for nothing; the one that is there is no shield |
# | 9 no Swift, 10 replacement | judgements |
#
# One that the post leaves out: memory that stays taken gets called a leak. Four megabytes are made and deleted:
# %% tags=["claim:decide.cache_is_leak"]
mx.clear_cache()
big = mx.zeros((1000, 1000)) + 1
mx.eval(big)
before = mx.get_active_memory()
del big
print(f"active: {(before - mx.get_active_memory()) / 1e6:.0f} MB less; kept for next time: {mx.get_cache_memory() / 1e6:.0f} MB")
mx.clear_cache()
print(f"after clear_cache: {mx.get_cache_memory() / 1e6:.0f} MB")
# %% [markdown]
# ## A tree with stale leaves
# Advice of this kind comes as a tree: answer, answer, take this. Here is the one that goes around, as a function. Choose, and read beside its advice what the ledger says of the leaf that gave it.
# %%
LEAVES = {
    "swift": ("mlx-swift", "beyond_python.swift"),
    "cluster": ("PyTorch or JAX on NVIDIA", "decide.large_training"),
    "jax": ("jax-metal", "decide.jax_metal"),
    "no mac": ("PyTorch with CUDA", "decide.no_mac"),
    "one engine": ("llama.cpp and nothing else", "decide.one_engine"),
    "inference": ("llama.cpp or Ollama", "decide.inference_only"),
    "rest": ("MLX", "decide.mlx_wins"),
}
ledger = {row.id: row for row in claims.load()}


def advise(machine="mac", task="inference", code="python", linux_too=False):
    """The tree as it goes around, and the verdict on its leaf."""
    if code == "swift":
        leaf = "swift"
    elif task == "large training":
        leaf = "cluster"
    elif code == "jax":
        leaf = "jax"
    elif machine != "mac":
        leaf = "no mac"
    elif linux_too:
        leaf = "one engine"
    else:
        leaf = "inference" if task == "inference" else "rest"
    advice, id = LEAVES[leaf]
    row = ledger[id]
    return f"It says: {advice}.\nThe ledger, {id}: {row.verdict}.\n{textwrap.fill(row.why, 88)}"


print(advise())
print(advise(machine="linux"))
# %% tags=["nbval-ignore-output"]
widgets.explorer(
    advise,
    machine=["mac", "linux with NVIDIA", "linux"],
    task=["inference", "LoRA", "large training"],
    code=["python", "swift", "jax"],
    linux_too=[False, True],
)
# %% [markdown]
# Three leaves are stale, and two questions with them. In `choose` you correct it. What is left are questions that engines do not answer: which code do you have, who will maintain it, and must it be on a phone.
#
# ## The checklist, filled in
# Ten things to settle before adopting MLX. A program can see some of them; the others it has to ask. These are its instruments:
# %%
def eval_price():
    """How many times as long 400 small steps take with an eval after each as with one at the end."""
    def steps(each):
        y = mx.ones(64)
        for _ in range(400):
            y = mx.tanh(y)
            if each:
                mx.eval(y)
        return y

    return measure.time_call(steps, True).best / measure.time_call(steps, False).best


def licence(folder):
    """What the head of a model card says."""
    found = re.search(r"^license: *(\S+)", Path(folder, "README.md").read_text(), re.MULTILINE)
    return found[1] if found else "none stated"
# %% tags=["claim:decide.licences"]
licence(course.model.directory("notes"))
# %% [markdown]
# And does anything leave the machine? A child process runs the built-in model with every way out barred:
# %% tags=["claim:decide.needs_network"]
barred = """
import socket
def refuse(*_): raise OSError("somebody wanted out")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import course
model, tokenizer = course.model.load("notes")
import mlx_lm
print("answered:", bool(mlx_lm.generate(model, tokenizer, "Who was there?", max_tokens=4)))
"""
quiet = {"HF_HUB_OFFLINE": "1", "MLX_DISABLE_COMPILE": "1"}
done = subprocess.run([sys.executable, "-c", barred], env=machine.child_env() | quiet, capture_output=True, text=True)
print(done.stdout.strip() or done.stderr[-300:])
# %%
QUESTIONS = {
    "task": "Will you infer alone, or fine-tune too?",
    "server": "Does another program have to reach it over HTTP?",
    "phone": "Must the same weights run on an iPhone or iPad?",
    "code": "Is there code already, and in which library?",
    "secret": "Is anything in it that must not leave the machine?",
}


def checklist(billions=8.03, bits=4, **answers):
    """The ten items: "here" was measured now, "you" is what you said, "ask" is still open."""
    room = (machine.gpu_memory_bytes() or machine.memory_bytes()) / 1e9
    need = gigabytes(billions, bits) * 1.1
    python = ".".join(map(str, sys.version_info[:2]))
    card = licence(course.model.directory("notes"))
    offline = "set" if os.environ.get("HF_HUB_OFFLINE") == "1" else "not set; set it once the model is here"
    says = {
        "task": {"inference": "weights and context are all", "LoRA": f"LoRA: {0.0013 * billions * 16:.2f} GB for 0.13 % of the weights, and activations"},
        "server": {"no": "no server", "yes": f"mlx_lm.server {version('mlx-lm')} is installed; keys and users are not in it"},
        "phone": {"no": "no phone", "yes": "same safetensors; the model's code has to be there in Swift"},
        "code": {"none": "write it in MLX", "PyTorch": f"port it: {len(missing)} of {len(names)} common names differ", "JAX": "JAX runs on its own; on a Mac on the CPU"},
        "secret": {"no": "nothing secret", "yes": f"HF_HUB_OFFLINE is {offline}"},
    }  # fmt: skip

    def item(name):
        found = says[name].get(answers.get(name))
        return ("you", found) if found else ("ask", QUESTIONS[name])

    items = [
        ("here", f"backends: {', '.join(machine.backends())}; a Mac is no condition"),
        ("here", f"Python {python}; MLX {version('mlx')} asks for {metadata('mlx')['Requires-Python']}"),
        ("here", f"{billions}B at {bits} bits and a tenth for context: {need:.1f} of {room:.1f} GB, {'fits' if need <= room else 'does not fit'}"),
        *map(item, QUESTIONS),
        ("here", f"an eval after every operation takes {eval_price():.1f} times as long; once a step is right"),
        ("here", f"licence of the built-in model: {card}; read your own model's"),
    ]  # fmt: skip
    still = sum(who == "ask" for who, _ in items)
    lines = [f"{i:2}. {who:4}  {text}" for i, (who, text) in enumerate(items, 1)]
    return "\n".join([*lines, f"{still} of 10 are still to be asked." if still else "All ten are settled."])
# %% tags=["nbval-ignore-output"]
print(checklist(task="LoRA", secret="yes"))
# %% [markdown]
# Five it saw, two it was told, three it asks. Answer them:
# %% tags=["nbval-ignore-output"]
widgets.explorer(
    checklist,
    billions=[8.03, 3.2, 14.8, 32.8, 70.6],
    bits=[4, 3, 8, 16],
    task=["?", "inference", "LoRA"],
    server=["?", "no", "yes"],
    phone=["?", "no", "yes"],
    code=["?", "none", "PyTorch", "JAX"],
    secret=["?", "no", "yes"],
)
# %% [markdown]
# Item 9 is where the post's own advice goes wrong: it says to put an eval here and there, as a habit. Once for each step of the outer loop is what the documentation says and what you measured in lesson 02.
#
# ## Limits and outlook
# The last three sections of the post are what people repeat: whom it suits, what MLX cannot do, where it goes. Here is every sentence of them. How many are still true as they stand?
# %%
sections = ("Deciding", "Limits", "Outlook")
rows = [row for row in ledger.values() if row.section in sections]
predict("decide.still_true", None, f"of {len(rows)}")
# %%
for row in rows:
    print(f"{row.verdict.upper()}: {row.claim}  [{row.id}]")
    print(textwrap.indent(textwrap.fill(row.why, 92), "    "))
# %% tags=["nbval-ignore-output"]
measured("decide.still_true", sum(row.verdict == "true" for row in rows), f"of {len(rows)}")
# %% [markdown]
# One of them can be tried in a second on the machine that you have: that MLX cannot train on several machines. Two processes, one sum:
# %% tags=["claim:decide.multi_node"]
script = "import mlx.core as mx; group = mx.distributed.init(); print(group.size(), mx.distributed.all_sum(mx.array(1.0)).item())"
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "sum.py").write_text(script)
    launcher = Path(sys.executable).parent / "mlx.launch"
    words = [str(launcher), "-n", "2", "--backend", "ring", "--", sys.executable, f"{folder}/sum.py"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=machine.child_env())
print(sorted(re.findall(r"2 2\.0", done.stdout)) or done.stderr[-300:])
# %% [markdown]
# Each of two processes knows the sum of both. More machines take the same script and a list of hosts (lesson 14).
#
# All rows of this course are in one ledger: what is said, the verdict, why, where to look it up, and which cell tests it. `mlx-course claims` prints it, and `mlx-course claims --check` runs the cells again and says which no longer hold. Today it has:
# %% tags=["nbval-ignore-output"]
print("\n".join(claims.counts(list(ledger.values()))))
# %% [markdown]
# Myth or measured: take a sentence, say your verdict aloud, then look.
# %%
def myth(sentence, look=False):
    """A sentence of the ledger, and what became of it."""
    row = next(row for row in ledger.values() if row.claim == sentence)
    how = f"tested by a cell of lesson {row.lesson}" if row.tested else row.untested
    if not look:
        return f"{row.section}: true, true if, stale, false, an opinion, or unverified?"
    return f"{row.verdict.upper()}. {textwrap.fill(row.why, 88)}\n({how})"


tried = [row.claim for row in ledger.values() if row.tested]
myth(tried[0], look=True).partition(".")[0]
# %% tags=["nbval-ignore-output"]
widgets.explorer(myth, sentence=tried, look=[False, True])
# %% [markdown]
# > **Keep this.** A sentence about software has a date. Keep the cell that tests it, and run it again.
#
# ## What to keep
# - Ask whether a number can be before you ask why it is.
# - The same memory gives every engine the same ceiling. What differs is bits, kernels and how near they come.
# - Ports fail silently by axes, by split, by repeated indices, by layout and by NumPy. Compare numbers layer by layer.
# - Trees that split by hardware are stale. Questions of code, people and devices stay.
# - An opinion is no fact with a worse source. Mark it and keep both.
