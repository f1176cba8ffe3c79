# %% [markdown]
# # 03 · Transforms
# **After this lesson you can** take the gradient of anything that you can write as a function, check it, say where a gradient gets lost without an error, turn code for one example into code for many, trade time for memory, give a function a gradient of your own, and use random keys.
#
# **50 minutes · runs on any machine · needs lesson 02**
# %%
import course
import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from course import figures, measure, measured, predict
from mlx.utils import tree_flatten

# %% [markdown]
# ## The loss is fine
# Three rows go into a small model with four weights. The third row is padding: zeros that fill up the batch. The model gives each row a probability `p`, and the loss is the mean of -log p over the two real rows. `mx.where` leaves the padding out.
# %%
x = mx.array([[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 1.0, 3.0], [0.0, 0.0, 0.0, 0.0]])
real = mx.array([True, True, False])
w = mx.array([0.1, 0.2, 0.3, 0.1])


def loss_fn(w):
    p = x @ w
    return mx.where(real, -mx.log(p), 0.0).sum() / real.sum()
# %%
[round(p, 1) for p in (x @ w).tolist()], round(loss_fn(w).item(), 3)
# %% [markdown]
# The padding has probability 0, and the loss leaves it out: it is the mean of -log 0.6 and -log 0.8. Now take one step of gradient descent. How many of the four weights are still numbers afterwards?
# %%
predict("transforms.weights_left", None, "of 4 weights")
# %% tags=["claim:transforms.where_nan"]
stepped = w - 0.1 * mx.grad(loss_fn)(w)
left = 4 - mx.isnan(stepped).sum().item()
left
# %% tags=["nbval-ignore-output"]
measured("transforms.weights_left", left, "of 4 weights")
# %% [markdown]
# None. Every weight is nan, "not a number", after a loss in which nothing was wrong; and nothing was raised. To see where they went you need to know what a gradient is made of. It takes half of this lesson, and it is mended in one line.
#
# ## A gradient is a function
# `mx.grad` takes a function and returns a function: the slope of the first, with respect to its first argument. x³ has the slope 3x², and that has the slope 6x: at 3, 27 and 18.
# %%
slope = mx.grad(lambda x: x**3)
at = mx.array(3.0)
slope(at).item(), mx.grad(slope)(at).item()
# %% [markdown]
# Something that takes a function and returns another is called a *transform*. You will meet half a dozen, and as a rule each can be applied to what another returns.
#
# A widely read post calls MLX's Python API almost one to one with PyTorch's. Here is what PyTorch's users look for first:
# %% tags=["claim:transforms.no_backward"]
loss = loss_fn(w)
{
    "array": [hasattr(loss, name) for name in ("backward", "grad", "requires_grad", "detach")],
    "module": [hasattr(nn.Linear(2, 2), name) for name in ("zero_grad", "state_dict")],
    "mlx.core": hasattr(mx, "no_grad"),
}
# %% [markdown]
# The layers look alike; gradients work another way. No array records how it was made in order to go back later, so there is no recording to switch off. No array keeps a gradient, so nothing is ever added up behind your back, and there is nothing to set to zero. A gradient is what a function returned.
#
# It is lazy, too. A model of three matrix products:
# %%
def model_loss(weights, x):
    for weight in weights:
        x = mx.tanh(x @ weight)
    return mx.square(x).mean()


weights = [mx.random.normal((16, 16)) / 4 for _ in range(3)]
rows = mx.random.normal((8, 16))
mx.eval(weights, rows)
measure.graph_ops(model_loss(weights, rows)).count("Matmul")
# %% [markdown]
# `mx.value_and_grad` returns the loss and the gradients of all three weights. How many matrix products will it have written down?
# %%
predict("transforms.products", None, "products")
# %% tags=["claim:transforms.backward_products"]
loss_and_grad = mx.value_and_grad(model_loss)
products = measure.graph_ops(loss_and_grad(weights, rows)).count("Matmul")
products, measure.count_runs(model_loss, lambda: loss_and_grad(weights, rows))
# %% tags=["nbval-ignore-output"]
measured("transforms.products", products, "products")
# %% [markdown]
# Your function ran once. The loss takes three products. On the way back each of them takes two: one for the gradient of its weight, one for the gradient of what came in. Only the first layer needs one, because what came into it is data, and nobody asked for its gradient. A step of training is about three times the arithmetic of a look.
#
# ## With respect to what?
# To the first argument, unless `argnums` says otherwise. An argument may be a dict or a list, however deep; its gradient is built the same way.
# %%
def line_loss(params, x, y):
    return mx.square(params["a"] * x + params["b"] - y).mean()


params = {"a": mx.array(2.0), "b": mx.array(1.0)}
xs, ys = mx.array([1.0, 2.0]), mx.array([4.0, 3.0])
by_params, by_y = mx.grad(line_loss, argnums=(0, 2))(params, xs, ys)
{name: g.item() for name, g in by_params.items()}, by_y.tolist()
# %% [markdown]
# A model of `mlx.nn` has such a dict inside. `nn.value_and_grad` takes it out, and leaves alone what is frozen:
# %%
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
model.layers[0].freeze()


def mean_square(model, x):
    return mx.square(model(x)).mean()


_, grads = nn.value_and_grad(model, mean_square)(model, x)
[name for name, _ in tree_flatten(grads)]
# %% [markdown]
# It does one thing more: before it calls your function it puts the parameters that are being differentiated into the model. Without that:
# %% tags=["claim:transforms.arguments"]
grads = mx.grad(lambda params: mean_square(model, x))(model.parameters())
sum(mx.abs(g).sum().item() for _, g in tree_flatten(grads))
# %% [markdown]
# All gradients are zero, and that is correct: the function takes `params` and does not use it. The model inside it was there before, and it is a constant.
#
# > **Keep this.** A transform sees what comes in through the arguments, and what MLX does with it. All else is a constant, and a constant has gradient zero: no error.
#
# Some mistakes do raise, and the message is worth knowing. MLX's cross-entropy gives one loss for each row unless you ask for the mean:
# %% tags=["claim:transforms.nonscalar"]
try:
    mx.grad(lambda w: nn.losses.cross_entropy(x @ w, mx.array([0, 1, 0])))(mx.zeros((4, 2)))
except ValueError as error:
    print(error)
# %% [markdown]
# You have three losses and asked for the gradient of one number. `reduction="mean"` makes them one.
#
# ## A slope that is cut off
# `mx.array(3)` is a weight, and the loss is 2.9 times the weight. What slope does `mx.grad` return?
# %%
predict("transforms.integer_slope", None)
# %% tags=["claim:transforms.integer"]
whole = mx.array(3)
g = mx.grad(lambda w: 2.9 * w)(whole)
g.item(), str(g.dtype)
# %% tags=["nbval-ignore-output"]
measured("transforms.integer_slope", g.item())
# %% [markdown]
# A gradient has the dtype of the array that it belongs to. `mx.array(3)` is an int32, and 2.9 was cut off to fit. JAX refuses unless you allow it (source: the documentation of `jax.grad`); MLX does not ask. A weight that begins as a whole number is written `3.0`.
#
# ## Check a gradient
# You can always ask the function itself: shift x by a small step h to both sides, and divide the difference of the two values by 2h. How small? Below is the number of right digits for f(x) = x²√x at x = 2, for steps from 0.1 to 10⁻¹¹.
# %%
def right_digits(dtype, h):
    with mx.stream(mx.cpu):  # float64 exists on the CPU alone
        a = mx.array(2.0, dtype=dtype)
        above, below = (mx.square(b) * mx.sqrt(b) for b in (a + h, a - h))
        found = (above - below).item() / (2 * h)
    error = abs(found / (2.5 * 2**1.5) - 1)
    return max(0.0, -math.log10(max(error, 1e-16)))


steps = range(1, 12)
# %% tags=["nbval-ignore-output"]
digits = {
    name: (steps, [right_digits(dtype, 10.0**-n) for n in steps])
    for name, dtype in (("float32", mx.float32), ("float64", mx.float64))
}
best = {name: max(values) for name, (_, values) in digits.items()}
figures.lines(
    digits, xlabel="n, for a step of 10⁻ⁿ", ylabel="right digits",
    alt=", ".join(f"{name}: at best {value:.0f} right digits" for name, value in best.items())
    + "; both curves rise and then fall.",
)  # fmt: skip
# %% tags=["claim:transforms.float64_differences"]
[right_digits(dtype, 1e-5) > 9 for dtype in (mx.float32, mx.float64)]
# %% [markdown]
# Too large a step is no slope; too small a step subtracts two numbers that are equal in nearly all their digits. With float32's seven digits there is no good place between the two. With float64, h = 10⁻⁵ gives ten digits or more. You have to ask for it: MLX makes float32 of a NumPy float64 array unless you name the dtype, and it computes float64 on the CPU only (source: MLX documentation, "Data Types").
#
# float64 has nearly 16 digits. How many of them are right in `mx.exp` of a float64 array?
# %%
predict("transforms.exp_digits", None, "digits")
# %%
def worst_digits(op, exact):
    values = np.linspace(0.1, 3, 100)
    with mx.stream(mx.cpu):
        y = np.array(op(mx.array(values, dtype=mx.float64)))
    return -math.log10(max(np.abs(y / exact(values) - 1).max(), 2.0**-53))
# %% tags=["nbval-ignore-output", "claim:transforms.float64_exp"]
measured("transforms.exp_digits", round(worst_digits(mx.exp, np.exp), 1), "digits")
for name in ("exp", "sin", "log", "sqrt", "tanh"):
    print(f"{name:5} {worst_digits(getattr(mx, name), getattr(np, name)):.1f} digits")
# %% [markdown]
# About as many as float32 has. MLX 0.32 computes `exp`, `sin`, `cos` and `erf` of float64 by its float32 approximation, and so whatever is made of them, such as softmax (source: ml-explore/mlx, issues 3047 and 4158). If a check by differences fails by a millionth, look at what the function is made of before you look at the gradient.
#
# ## Where the weights went
# On the way back a gradient goes through the operations one by one. Each of them is handed a number for each of its outputs, how much the loss grows with it, and hands on one for each of its inputs. What it is handed is called the *cotangent*; what it does with it is its *vjp*, a vector-Jacobian product. For the logarithm: multiply by the slope, 1/p.
#
# `mx.vjp` lets you do one such step by hand. In the loss above the logarithm is handed -1/2 for each real row, because the mean of two is taken and its sign changed, and 0 for the padding, thanks to `mx.where`:
# %%
p = x @ w
_, (back,) = mx.vjp(mx.log, [p], [mx.array([-0.5, -0.5, 0.0])])
[round(v, 4) for v in back.tolist()[:2]], mx.isnan(back).tolist()
# %% [markdown]
# So `mx.where` did its part. But the logarithm multiplies that 0 by its slope at 0, which is infinite, and 0 times infinity is nan. The next step multiplies by the padding's features. They are 0 too, and 0 times nan is nan; it is added to the gradient of each weight, and four sound numbers are lost.
#
# `mx.where` hides the bad value; it does not keep the bad value from being made. So give the logarithm something harmless to begin with:
# %% tags=["claim:transforms.where_inside"]
def safe_loss_fn(w):
    p = mx.where(real, x @ w, 1.0)
    return mx.where(real, -mx.log(p), 0.0).sum() / real.sum()


[round(g, 3) for g in mx.grad(safe_loss_fn)(w).tolist()]
# %% [markdown]
# > **Keep this.** Guard what goes into a function with an infinite slope, not what comes out of it. Square roots, logarithms, norms and divisions have one.
#
# ## Two directions
# There are two ways to push a derivative through a function. `mx.vjp` goes backwards, as you have seen: from one number behind the outputs to all inputs. `mx.jvp` goes forwards, from a direction in the inputs (the *tangent*) to all outputs: how does each of them change when the input moves that way?
# %%
def box(sides):
    a, b, c = sides[0], sides[1], sides[2]
    return mx.stack([a * b * c, 2 * (a * b + b * c + c * a)])  # volume, surface


sides = mx.array([2.0, 3.0, 5.0])
_, (forwards,) = mx.jvp(box, [sides], [mx.array([1.0, 0.0, 0.0])])
_, (backwards,) = mx.vjp(box, [sides], [mx.array([1.0, 0.0])])
forwards.tolist(), backwards.tolist()
# %% [markdown]
# Forwards: as the first side grows, the volume grows 15 times as fast, and the surface 16 times. Backwards: it is the volume that counts, and it grows 15, 10 and 6 times as fast as each of the three sides. The table of all six derivatives, the *Jacobian*, has a column for each jvp and a row for each vjp. A loss is one number that depends on millions, so one vjp gives its whole gradient, and forwards it would take millions of jvps. This is why training goes backwards.
#
# Where one direction is all you want, forwards is the cheaper way. And since a gradient is a function, it can be differentiated in both directions too: one of the exercises is about what that is good for. Backwards is the safer choice there. Some operations have no jvp yet, and the way back of `x[0]` is one of them:
# %% tags=["claim:transforms.jvp_gap"]
head = mx.grad(lambda x: x[0] ** 3)
print(mx.vjp(head, [sides], [mx.ones(3)])[1][0].tolist())
try:
    mx.jvp(head, [sides], [mx.ones(3)])
except RuntimeError as error:
    print(error)
# %% [markdown]
# ## From one example to many
# Code for one example is easier to write and to read. `mx.vmap` makes code for many out of it: it calls your function once, with a stand-in for one row, and gives each operation an axis more.
# %%
def score(w, row):
    return mx.tanh(row @ w).sum()


one = measure.graph_nodes(score(weights[0], rows[0]))
loop = mx.stack([score(weights[0], row) for row in rows])
many = mx.vmap(score, in_axes=(None, 0))(weights[0], rows)
one, measure.graph_nodes(loop), measure.graph_nodes(many), mx.allclose(loop, many).item()
# %% [markdown]
# The loop over eight rows writes eight times as many operations; `vmap` writes about as many as for one, each of them eight times as large. `in_axes` has an entry for each argument: the axis that the examples lie along, or `None` for what all of them share.
#
# The first axis is what you get if you say nothing. What if your examples are the columns?
# %% tags=["claim:transforms.vmap_axis"]
square = mx.arange(9.0).reshape(3, 3)


def spread(example):
    return example.max() - example.min()


mx.vmap(spread)(square).tolist(), mx.vmap(spread, in_axes=1)(square).tolist()
# %% [markdown]
# Both run, both have the right shape, and they answer different questions. Unequal sizes would have raised an error only if another argument had told `vmap` how many examples there are.
#
# ## Random numbers have keys
# Without being told, MLX draws from a global state that moves on with each draw. A *key* is the other way: pass `key=`, and the numbers are a function of the key. It does not move on.
# %% tags=["claim:transforms.same_key"]
key = mx.random.key(0)
a, b = (mx.random.uniform(shape=(1000,), key=key) for _ in range(2))
c = mx.random.normal((1000,), key=key)
mx.array_equal(a, b).item(), round(np.corrcoef(np.array(a), np.array(c))[0, 1].item(), 2)
# %% [markdown]
# The second draw is the first. A draw of another kind is no way out: normal numbers and uniform ones from one key rise and fall together (1 would be a straight line, 0 no relation). To get more, split:
# %%
k1, k2 = mx.random.split(key)
d, e = (mx.random.uniform(shape=(1000,), key=k) for k in (k1, k2))
bool(abs(np.corrcoef(np.array(d), np.array(e))[0, 1]) < 0.1)
# %% [markdown]
# > **Keep this.** Use a key once: for a draw, or to split it.
#
# Dropout sets each entry of a row to 0 with probability 1/2. `mx.vmap` makes a dropout for 64 rows out of one for a single row of 32 numbers. How many of the 64 rows will be different from each other?
# %%
predict("transforms.dropout_rows", None, "of 64 rows")
# %% tags=["claim:transforms.vmap_random"]
dropped = mx.vmap(nn.Dropout(0.5))(mx.ones((64, 32)))
different = len(set(map(tuple, dropped.tolist())))
different
# %% tags=["nbval-ignore-output"]
measured("transforms.dropout_rows", different, "of 64 rows")
# %% [markdown]
# One: all rows lost the same entries. `vmap` calls the function once, so there was one draw, and nothing in it came from the rows. What should differ from row to row has to come in through the arguments:
# %%
def drop(row, key):
    return mx.where(mx.random.bernoulli(0.5, row.shape, key=key), 2 * row, 0.0)


dropped = mx.vmap(drop)(mx.ones((64, 32)), mx.random.split(key, 64))
len(set(map(tuple, dropped.tolist())))
# %% [markdown]
# ## A gradient of your own
# `mx.stop_gradient(z)` has the value of z, and is a constant to every gradient. So the slope of x · stop(x) is x, where that of x² is 2x:
# %%
mx.grad(lambda x: x * mx.stop_gradient(x))(mx.array(3.0)).item()
# %% [markdown]
# `mx.custom_function` goes further: you write the way back yourself. It is for code that MLX can't see into, such as a kernel of your own or NumPy, and for slopes that you know better. NumPy has a cube root and MLX has none; its slope is 1/(3y²), where y is the root.
# %% tags=["claim:transforms.custom"]
@mx.custom_function
def cbrt(x):
    return mx.array(np.cbrt(np.array(x)))


@cbrt.vjp
def cbrt_vjp(x, cotangent, y):
    return cotangent / (3 * y * y)


[round(g, 4) for g in mx.grad(lambda x: (2 * cbrt(x)).sum())(mx.array([1.0, 8.0, 27.0])).tolist()]
# %% [markdown]
# A vjp is given the inputs, the cotangent and the outputs. It has to use the cotangent: here that is 2, from the factor outside. (With several inputs the first argument is a tuple, and so is what you return.) NumPy was called once, and the output was kept.
#
# Now the rule from above once more. The function that is wrapped here takes `x`; it finds `w` around it.
# %%
def own_vjp(f):
    wrapped = mx.custom_function(f)
    wrapped.vjp(lambda x, cotangent, y: mx.vjp(f, [x], [cotangent])[1][0])
    return wrapped
# %% tags=["claim:transforms.closed_over"]
def wave_loss(w, x, wrap):
    return wrap(lambda x: mx.sin(w * x))(x).sum()


for wrap in (lambda f: f, own_vjp, mx.checkpoint):
    by_w, by_x = mx.grad(wave_loss, argnums=(0, 1))(mx.array(2.0), mx.array(0.5), wrap)
    print(f"by w {by_w.item():.4f}   by x {by_x.item():.4f}")
# %% [markdown]
# The gradient by x is the same each time. The gradient by w is lost as soon as the function has a vjp of its own, and also under `mx.checkpoint`, which comes next: both see the arguments, and nothing else. In a model this looks like training, and some of the weights never move.
#
# ## Forget it, and make it again
# The way back needs what the way there has made: the slope of tanh(h) takes tanh(h). So a training step keeps an array or more for each operation until the way back has passed it. `mx.checkpoint(f)` keeps what goes into f, forgets everything in between, and calls f once more on the way back.
#
# Here are 64 layers of the kind that Llama models are made of. A layer takes in 32 numbers a row and makes several times 128 of them on the way to the next 32.
# %%
def layer(p, x):
    return x + (nn.silu(x @ p["gate"]) * (x @ p["up"])) @ p["down"]


def init():
    shapes = {"gate": (32, 128), "up": (32, 128), "down": (128, 32)}
    return {name: mx.random.normal(shape) / 50 for name, shape in shapes.items()}


layers, batch = [init() for _ in range(64)], mx.random.normal((512, 32))
# %%
def network(layer):
    def loss(layers, x):
        for p in layers:
            x = layer(p, x)
        return mx.square(x).mean()

    return loss


plain, each = network(layer), network(mx.checkpoint(layer))
# %% tags=["nbval-ignore-output", "claim:transforms.checkpoint"]
def cost(loss):
    step = mx.value_and_grad(loss)
    mb = measure.peak_memory(step, layers, batch) / 1e6  # and it has warmed up
    return mb, measure.time_call(step, layers, batch, repeat=2, warmup=0).best * 1e3


costs = {"plain": cost(plain), "each layer": cost(each)}
for name, (mb, ms) in costs.items():
    print(f"{name:10} {mb:4.0f} MB at most, {ms:4.0f} ms")
# %% [markdown]
# A fraction of the memory, and each layer ran twice. Counted in matrix products that is four where there were three; the times above say what it came to on your machine.
#
# One call of `mx.checkpoint` around the whole network would be less to write than one for each layer. How much memory will that need, in per cent of the plain network's?
# %%
predict("transforms.checkpoint_whole", None, "% of plain")
# %% tags=["nbval-ignore-output", "claim:transforms.checkpoint_whole"]
costs["whole"] = cost(mx.checkpoint(plain))
mb = {name: cost[0] for name, cost in costs.items()}
measured("transforms.checkpoint_whole", round(100 * mb["whole"] / mb["plain"]), "% of plain")
figures.bars(
    list(mb), list(mb.values()), ylabel="MB at most",
    alt="MB at most: " + ", ".join(f"{name} {value:.0f}" for name, value in mb.items()),
)  # fmt: skip
# %% [markdown]
# All of it. The way back begins by making everything again, and from then on everything is there. What is saved by checkpoints is what the *other* pieces do not hold at the moment, so there have to be other pieces.
#
# Nor does it pay where a piece makes little more than it takes in: there is nothing to forget. A layer that is one tanh(x @ w) makes two arrays as large as the one that goes in:
# %% tags=["nbval-ignore-output", "claim:transforms.checkpoint_small"]
def thin(p, x):
    return mx.tanh(x @ (p["gate"] @ p["down"]))


steps = [mx.value_and_grad(network(f)) for f in (thin, mx.checkpoint(thin))]
thin_mb = [measure.peak_memory(step, layers, batch) / 1e6 for step in steps]
print(f"thin layers: {thin_mb[0]:.1f} MB plain, {thin_mb[1]:.1f} MB with a checkpoint for each")
# %% [markdown]
# For a module there is `nn.utils.checkpoint(module)`, which hands the module's parameters to `mx.checkpoint` as arguments. Now you know why it has to. `mlx_lm.lora --grad-checkpoint` does it for each layer of the model (source: `tuner/trainer.py` of mlx-lm).
#
# > **Keep this.** A checkpoint pays where a piece of the model makes much more than it takes in, and there are many such pieces.
#
# ## What to keep
# - A transform takes a function and returns one. It sees the arguments, and what MLX does with them; all else is a constant, and constants have gradient zero without an error.
# - No backward, no zero_grad: a gradient is a returned value, lazy like any other, in the shape and the dtype of its argument. Whole-number parameters get whole-number slopes.
# - A step of training is about three times the products of a look.
# - 0 times infinity is nan: guard what goes into a logarithm or a root, not what comes out.
# - Check a gradient by central differences in float64, on the CPU, and know that `exp` and `sin` have float32's digits there.
# - `vmap` calls the function once: say the axis, and hand in a key for each row.
# - A key is used once. Split it for more.
# - A checkpoint around everything saves nothing.
#
# Claims tested here: `transforms.where_nan`, `transforms.no_backward`, `transforms.backward_products`, `transforms.arguments`, `transforms.nonscalar`, `transforms.integer`, `transforms.float64_differences`, `transforms.float64_exp`, `transforms.where_inside`, `transforms.jvp_gap`, `transforms.vmap_axis`, `transforms.same_key`, `transforms.vmap_random`, `transforms.custom`, `transforms.closed_over`, `transforms.checkpoint`, `transforms.checkpoint_whole`, `transforms.checkpoint_small`.
