# %% [markdown]
# # 05 · Models with mlx.nn
# **After this lesson you can** say what of a module is trained and what is not, write a network and the loop that trains it, choose an optimizer and its schedule, see overfitting and cure it, save a model and begin from a saved one, and look at what it gets wrong.
#
# **60 minutes · runs on any machine · needs lesson 03**
# %%
import course
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from course import figures, glyphs, live, measured, predict
from mlx.utils import tree_flatten, tree_map
from tqdm.auto import tqdm

# %% [markdown]
# ## Three layers
# Two hidden layers and a last one. It runs, and the loss it gives is a number.
# %%
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = (nn.Linear(4, 8), nn.Linear(8, 8))
        self.out = nn.Linear(8, 2)

    def __call__(self, x):
        for layer in self.hidden:
            x = nn.relu(layer(x))
        return self.out(x)


net = Net()
net(mx.ones((3, 4))).shape
# %% [markdown]
# Each of the three layers has a weight and a bias: six arrays. How many of them will an optimizer change?
# %%
predict("nn_models.found", None, "of 6 arrays")
# %% tags=["claim:nn_models.containers"]
found = [name for name, _ in tree_flatten(net.parameters())]
found
# %% tags=["nbval-ignore-output"]
measured("nn_models.found", len(found), "of 6 arrays")
# %% [markdown]
# Two. The hidden layers lie in a tuple, and a module looks into lists and dicts. They work; they will never learn, `save_weights` will leave them out, and nothing will ever say so. In a list they are found:
# %%
net.hidden = list(net.hidden)
[name for name, _ in tree_flatten(net.parameters())]
# %% [markdown]
# A module finds its parameters by looking at its attributes. Here is one of each kind:
# %% tags=["claim:nn_models.buffers"]
class Own:
    def __init__(self):
        self.layer = nn.Linear(2, 2)


class Kinds(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = {"first": [nn.Linear(2, 2, bias=False)]}  # a dict with a list: found
        self.own = Own()  # an object of another class: not found
        self.table = mx.linspace(0, 1, 4)  # an array: a parameter, and trained
        self._table = mx.linspace(0, 1, 4)  # underscore: the module's own business
        self.rate = 0.1  # no array


[name for name, _ in tree_flatten(Kinds().parameters())]
# %% [markdown]
# There is no `nn.Parameter` to wrap an array in, and no `register_buffer` for the ones that are none. An array is trained unless its name begins with an underscore, or it is frozen.
#
# > **Keep this.** Print `tree_flatten(model.parameters())` once for every model you write. What is not in it does not exist, for the optimizer and for the file.
#
# ## A tree
# `parameters()` is a dict of dicts and lists. `tree_flatten` gives names and arrays, `tree_map` changes every array and keeps the shape of the tree, `update` puts such a tree back, and `apply` does the last two at once.
# %%
sizes = tree_map(lambda w: w.size, net.parameters())
sizes["out"], sum(n for _, n in tree_flatten(sizes))
# %%
net.apply(lambda w: w.astype(mx.float16))
net.update({"out": {"bias": mx.array([1.0, 2.0])}})
[str(w.dtype) for _, w in tree_flatten(net.parameters())[-2:]], net.out.bias.tolist()
# %% [markdown]
# Frozen parameters stay in the tree and leave the part that is trained. What if everything is frozen?
# %% tags=["claim:nn_models.all_frozen"]
net.freeze()
net.out.unfreeze(keys="bias")
trainable = [name for name, _ in tree_flatten(net.trainable_parameters())]
net.freeze()
try:
    nn.value_and_grad(net, lambda x: net(x).sum())(mx.ones((1, 4)))
except ValueError as error:
    print(error)
trainable
# %% [markdown]
# That message comes from a model in which nothing is left to train. `freeze` reaches everything below it, so a part is opened after it and not before.
#
# ## Letters to read
# matplotlib brings fonts along, so there is something to learn without a download. `glyphs` draws 36 characters in 11 fonts, a few times each, turned, slanted, shifted and noisy; five more fonts are held out, and the model will be judged on those.
# %%
images, labels = glyphs.glyphs(copies=4)
held_images, held_labels = glyphs.glyphs(glyphs.HELD_OUT, copies=4, seed=1)
images.shape, str(images.dtype), labels.shape, held_images.shape
# %% tags=["nbval-ignore-output"]
def show(pictures, titles, alt, columns=12):
    rows = -(-len(pictures) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(columns * 0.7, rows * 0.85), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, title in zip(axes.flat, pictures, titles):
        axis.imshow(picture[..., 0], cmap="gray_r")
        axis.set_title(title, fontsize=8)
    figures.show(figure, alt=alt)
    plt.close(figure)


names = np.array(list(glyphs.CHARACTERS))
show(
    np.concatenate([images[:12], held_images[:12]]),
    np.concatenate([names[labels[:12]], names[held_labels[:12]]]),
    "Two rows of letters and digits, grey and noisy: above from the fonts to train on, below from "
    "fonts held out.",
)
# %% [markdown]
# The pictures are (rows, columns, channel), and a batch of them is (B, 16, 16, 1): MLX's convolutions want the channel last. PyTorch wants it first, and a weight in another order too:
# %% tags=["claim:nn_models.nhwc"]
conv = nn.Conv2d(1, 8, kernel_size=3, padding=1)
try:
    conv(mx.zeros((2, 1, 16, 16)))
except ValueError as error:
    print(error)
conv.weight.shape, conv(mx.zeros((2, 16, 16, 1))).shape
# %% [markdown]
# ## Before the first step
# A multilayer perceptron of one hidden layer. Untrained, it knows nothing, so each of the 36 characters is as likely as any other. What loss will it begin with? (The cross-entropy uses the natural logarithm.)
# %%
class MLP(nn.Module):
    def __init__(self, hidden=128, dropout=0.0):
        super().__init__()
        self.up = nn.Linear(16 * 16, hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, len(glyphs.CHARACTERS))

    def __call__(self, x):
        x = nn.relu(self.up(x.reshape(x.shape[0], -1)))
        return self.out(self.dropout(x))


def loss_fn(model, x, y):
    return nn.losses.cross_entropy(model(x), y, reduction="mean")
# %%
predict("nn_models.first_loss", None, "nats")
# %%
mx.random.seed(0)
first = loss_fn(MLP(), mx.array(images), mx.array(labels))
round(first.item(), 1)
# %% tags=["nbval-ignore-output"]
measured("nn_models.first_loss", first, "nats")
# %% [markdown]
# log 36 is 3.58. A first loss that is far from the logarithm of the number of classes is the cheapest warning there is: labels that are shifted, a softmax too many, weights too large.
#
# A softmax too many is the quietest of them. `nn.losses.cross_entropy` takes logits. Give it probabilities and it still falls, to a floor:
# %%
sure = mx.array([[100.0] + [0.0] * 35])
target = mx.array([0])
right = nn.losses.cross_entropy(sure, target).item()
twice = nn.losses.cross_entropy(mx.softmax(sure, axis=-1), target).item()
round(right, 2), round(twice, 2)
# %% [markdown]
# A model that is certain and right has loss 0. After a second softmax the best there can be is 2.63, and nothing fails.
#
# ## The loop
# Four lines make a step: loss and gradients, the change written down, and one `mx.eval` that does it all. The order of the examples is drawn anew for every epoch.
# %%
def batches(images, labels, size, rng):
    order = rng.permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


def step(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss.item()


def accuracy(model, images, labels):
    training = model.training
    model.eval()
    share = (model(mx.array(images)).argmax(axis=1) == mx.array(labels)).mean().item()
    model.train(training)
    return share
# %% [markdown]
# `optimizer.update` changes the model. Its sister `apply_gradients` returns new parameters and changes nothing, which a loop does not notice:
# %% tags=["claim:nn_models.apply_gradients"]
model = MLP()
x, y = next(batches(images, labels, 64, np.random.default_rng(0)))
_, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
before = model.out.bias
optim.SGD(learning_rate=0.1).apply_gradients(grads, model)
same = mx.array_equal(before, model.out.bias).item()
optim.SGD(learning_rate=0.1).update(model, grads)
same, mx.array_equal(before, model.out.bias).item()
# %% [markdown]
# Ten epochs. `tqdm` draws a bar (a widget where there are widgets, a line where there are none), and `live.loss_curve` the loss while it falls.
#
# After them the model will know nearly all of the pictures that it was trained on. How many will it know in fonts that it has never seen?
# %%
predict("nn_models.held_out", None, "%")
# %% tags=["nbval-ignore-output"]
def train(model, optimizer, images, labels, epochs, size=64, seed=0):
    rng = np.random.default_rng(seed)
    steps = epochs * -(-len(labels) // size)
    with live.loss_curve(steps) as show_loss, tqdm(total=steps, mininterval=0.5) as bar:
        for _ in range(epochs):
            for x, y in batches(images, labels, size, rng):
                show_loss(step(model, optimizer, x, y))
                bar.update()


mx.random.seed(0)
mlp = MLP()
train(mlp, optim.AdamW(learning_rate=2e-3), images, labels, epochs=10)
# %% tags=["nbval-ignore-output"]
known = accuracy(mlp, images, labels)
held_out = accuracy(mlp, held_images, held_labels)
print(f"fonts it was trained on {known:.0%}, fonts it has never seen {held_out:.0%}")
measured("nn_models.held_out", 100 * held_out, "%")
# %% [markdown]
# It has learned these pictures by heart, and the letters only in part. That gap is called overfitting, and the training loss cannot show it: only data that took no part can. It must not take part in anything: not in the mean and deviation that inputs are scaled by, not in the choice of fonts. (`standardize` in the exercises is about the first of these.)
#
# What do the bar and the curve cost? Both are drawn twice a second at most; between two drawings a step pays for a counter.
# %%
predict("nn_models.bar", None, "% of the time")
# %% tags=["nbval-ignore-output"]
def share_of_watching(model, optimizer, epochs=4):
    rng, watching = np.random.default_rng(0), 0.0
    steps = epochs * -(-len(labels) // 64)
    start = time.perf_counter()
    with live.loss_curve(steps) as show_loss, tqdm(total=steps, mininterval=0.5) as bar:
        for _ in range(epochs):
            for x, y in batches(images, labels, 64, rng):
                loss = step(model, optimizer, x, y)
                before = time.perf_counter()
                show_loss(loss)
                bar.update()
                watching += time.perf_counter() - before
    return 100 * watching / (time.perf_counter() - start)


measured("nn_models.bar", share_of_watching(MLP(1024), optim.AdamW(learning_rate=2e-3)), "% of the time")
# %% [markdown]
# ## The cure
# More to see helps most. Every copy of a letter is turned and shifted by chance, so six times as many pictures cost nothing but time. Dropout switches off a share of the hidden numbers, other ones at every step, so that no letter can be known by one of them. And a convolution looks for the same small shapes everywhere in the picture, whatever the font.
# %%
class ConvNet(nn.Module):
    def __init__(self, channels=(12, 32), dropout=0.4):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2, stride=2)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(4 * 4 * channels[1], len(glyphs.CHARACTERS))

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(self.dropout(x.reshape(x.shape[0], -1)))


[(name, w.shape) for name, w in tree_flatten(ConvNet().parameters()) if "weight" in name]
# %% [markdown]
# A module begins in training mode, and `model.eval()` ends it. `mlx_lm.load` does this for you, so one hears that MLX needs no `.eval()`; a model of your own does. Of 1,000 ones, how many does a `Dropout(0.5)` set to zero in each mode?
# %% tags=["claim:nn_models.eval_needed"]
drop = nn.Dropout(0.5)
mx.random.seed(0)
in_training = (drop(mx.ones(1000)) == 0).sum().item()
drop.eval()
400 < in_training < 600, (drop(mx.ones(1000)) == 0).sum().item()
# %% tags=["nbval-ignore-output"]
many_images, many_labels = glyphs.glyphs(copies=24)
scores = {"MLP": (known, held_out)}
for name, model in {
    "MLP, more pictures": MLP(),
    "MLP, more pictures, dropout": MLP(dropout=0.3),
    "ConvNet, more pictures, dropout": ConvNet(),
}.items():
    start = time.perf_counter()
    train(model, optim.AdamW(learning_rate=2e-3), many_images, many_labels, epochs=4)
    seconds = time.perf_counter() - start
    scores[name] = tuple(
        accuracy(model, *data) for data in ((images, labels), (held_images, held_labels))
    )
for name, (seen, unseen) in scores.items():
    print(f"{name:32} fonts trained on {seen:.0%}, held out {unseen:.0%}")
print(f"The last one was trained in {seconds:.0f} s.")
# %% [markdown]
# The last one should be above 80 % on the held-out fonts, after less than 30 s on two CPU cores. It saw the same pictures as the two before it, as often. Dropout alone changed little: it helps a model that could learn by heart, and with this many pictures the MLP cannot.
# %% tags=["nbval-ignore-output"]
assert scores["ConvNet, more pictures, dropout"][1] > 0.8
figures.bars(
    [name.replace(", ", ",\n") for name in scores],
    [100 * unseen for _, unseen in scores.values()],
    alt="Accuracy on held-out fonts: "
    + ", ".join(f"{name} {unseen:.0%}" for name, (_, unseen) in scores.items()),
    ylabel="held-out fonts, %",
)
# %% [markdown]
# ## What it gets wrong
# One number says how often; a confusion matrix says what. Each row is a character, each column what the model took it for; the diagonal is right.
# %% tags=["nbval-ignore-output"]
model.eval()
probabilities = mx.softmax(model(mx.array(held_images)), axis=1)
guesses = np.array(probabilities.argmax(axis=1))
confusion = np.zeros((36, 36), int)
np.add.at(confusion, (held_labels, guesses), 1)

figure, axis = plt.subplots(figsize=(6, 6))
axis.imshow(confusion, cmap="Blues")
axis.set_xticks(range(36), names, fontsize=7)
axis.set_yticks(range(36), names, fontsize=7)
axis.set_xlabel("taken for")
axis.set_ylabel("is")
off = confusion * (1 - np.eye(36, dtype=int))
pairs = [divmod(int(i), 36) for i in off.ravel().argsort()[::-1][:5]]
said = ", ".join(f"{names[a]} taken for {names[b]} {off[a, b]} times" for a, b in pairs)
figures.show(figure, alt=f"A confusion matrix with a strong diagonal. Most often: {said}.")
plt.close(figure)
said
# %% tags=["nbval-ignore-output"]
sure = np.array(probabilities.max(axis=1))
wrong = np.flatnonzero(guesses != held_labels)
worst = wrong[sure[wrong].argsort()[::-1]][:12]
show(
    held_images[worst],
    [f"{names[held_labels[i]]} as {names[guesses[i]]}" for i in worst],
    "The twelve mistakes of which the model was surest: "
    + ", ".join(f"{names[held_labels[i]]} as {names[guesses[i]]}" for i in worst),
)
# %% [markdown]
# Look at them before you look for a better network. A zero and the letter O are one shape in several of these fonts: no network can know.
#
# ## Optimizers
# An optimizer is a rule and what it remembers. How many numbers does AdamW remember for each number of the model?
# %%
predict("nn_models.adam_state", None, "numbers")
# %%
def remembered(optimizer):
    model = MLP()
    optimizer.init(model.trainable_parameters())
    state = {k: v for k, v in optimizer.state.items() if k not in ("step", "learning_rate")}
    count = sum(w.size for _, w in tree_flatten(state))
    return count / sum(w.size for _, w in tree_flatten(model.parameters()))


rules = {
    "SGD": lambda: optim.SGD(learning_rate=0.1),
    "SGD, momentum": lambda: optim.SGD(learning_rate=0.1, momentum=0.9),
    "Adam": lambda: optim.Adam(learning_rate=2e-3),
    "AdamW": lambda: optim.AdamW(learning_rate=2e-3, weight_decay=0.01),
    "Muon": lambda: optim.Muon(learning_rate=0.02),
}
{name: remembered(rule()) for name, rule in rules.items()}
# %% tags=["nbval-ignore-output"]
measured("nn_models.adam_state", remembered(rules["AdamW"]()), "numbers")
# %% [markdown]
# Two: a mean of the gradients and a mean of their squares. In training, an AdamW model takes four times its weights: themselves, the gradients, and those two. MLX's SGD has room for a velocity even where its momentum is 0. Muon keeps a momentum, and makes of each matrix of gradients one whose directions all have the same length.
#
# The same model, the same batches, 100 steps:
# %% tags=["nbval-ignore-output"]
curves = {}
for name, rule in rules.items():
    mx.random.seed(0)
    model, optimizer, rng = MLP(), rule(), np.random.default_rng(0)
    losses = []
    while len(losses) < 100:
        losses += [step(model, optimizer, x, y) for x, y in batches(images, labels, 64, rng)]
    curves[name] = losses[:100]
ends = {name: float(np.mean(losses[-10:])) for name, losses in curves.items()}
tenths = range(10, 101, 10)
figures.lines(
    {name: (tenths, np.reshape(curves[name], (10, 10)).mean(axis=1)) for name in curves if name != "Adam"},
    alt="Loss, mean of ten steps each, over 100 steps. At the end: "
    + ", ".join(f"{name} {end:.2f}" for name, end in ends.items()),
    xlabel="step",
    ylabel="loss",
)
{name: round(end, 2) for name, end in ends.items()}
# %% [markdown]
# None of them is best in general, and each has a learning rate of its own: comparing rules at one rate compares the rates.
#
# ## A rate that changes
# The first steps are taken before Adam's two means are worth anything, so the rate rises from 0; the last should be small, so it falls. A schedule is a function of the step, and an optimizer takes it in place of a number.
# %%
rise = optim.linear_schedule(0.0, 2e-3, 20)
fall = optim.cosine_decay(2e-3, 80, 2e-4)
schedule = optim.join_schedules([rise, fall], [20])
[float(f"{schedule(mx.array(i)).item():.2g}") for i in (0, 10, 20, 60, 100)]
# %% [markdown]
# Large gradients come now and then, and one of them can undo an hour. Clipping makes the whole gradient shorter and keeps its direction; all arrays are scaled by one factor.
# %%
grads = {"a": mx.array([3.0, 0.0]), "b": mx.array([[4.0]])}
clipped, norm = optim.clip_grad_norm(grads, max_norm=1.0)
norm.item(), [round(v, 2) for v in (*clipped["a"].tolist(), clipped["b"].item())]
# %% [markdown]
# ## To a file and back
# `save_weights` writes the tree by name, `load_weights` reads it, and refuses what does not fit unless it is told otherwise.
# %%
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "convnet.safetensors"
trained = ConvNet()
trained.save_weights(str(path))
again = ConvNet()
again.load_weights(str(path))
x = mx.array(held_images[:4])
trained.eval(), again.eval()
sorted(mx.load(str(path)))[:2], mx.array_equal(trained(x), again(x)).item()
# %%
try:
    MLP().load_weights(str(path))
except ValueError as error:
    print(str(error).splitlines()[0][:60])
MLP().load_weights(str(path), strict=False)
folder.cleanup()
# %% [markdown]
# `strict=False` is silent: the MLP above took whatever had a fitting name, which here is the whole of `out`, of another shape. `load_backbone` in the exercises is the careful way.
#
# ## What to keep
# - Parameters are what a module finds in its attributes: arrays, modules, lists and dicts of them. Not tuples, not objects of other classes, not names with an underscore. Print them once.
# - A loss at step 0 that is not log(number of classes) is a mistake you have not found yet.
# - One step: loss and gradients, `optimizer.update`, one `mx.eval` for loss, parameters and state.
# - `.eval()` and `.train()` are yours to call on a model of your own.
# - What you judge by must take no part in anything, scaling included. Look at the worst mistakes before you change the network.
#
# **Claims tested here:** nn_models.containers, nn_models.buffers, nn_models.all_frozen, nn_models.nhwc, nn_models.apply_gradients, nn_models.eval_needed.
