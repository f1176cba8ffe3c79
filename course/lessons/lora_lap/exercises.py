"""Exercises of lesson 09, lora_lap."""

import json
import math
import tempfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.models import llama
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

import course.model
from course.exercise import exercise
from course.probe import fill_parameters, outcome

# --------------------------------------------------------------------------------------------------
exact_match = exercise(minutes=3, level=1)


@exact_match.solution
def _(said, right):
    """The share of answers that are exactly right.

    `said` and `right` are lists of texts of equal length: what a model said to each question, and
    the right answer. An answer is right if the two texts are equal, where spaces and line breaks
    before and after the whole of it do not count. Return a float from 0.0 to 1.0.
    For `["Ana ", "ben"]` and `["Ana", "Ben"]` that is 0.5.
    """
    pairs = list(zip(said, right, strict=True))
    return sum(one.strip() == other.strip() for one, other in pairs) / len(pairs)


@exact_match.alternative
def _(said, right):
    return float(
        np.mean([one.strip() == other.strip() for one, other in zip(said, right, strict=True)])
    )


@exact_match.misconception(
    "case_ignored",
    "For an answer with a small letter in a name and one without its line break you give {names}; "
    "it should be {names:expected}. Lower-casing looks harmless until whoever files these lists "
    "looks people up by name. What does the statement let you ignore?",
)
def _(said, right):
    same = [a.strip().lower() == b.strip().lower() for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "all_space_ignored",
    "Of three answers, one with its lines run together and one whose box lost its space, you "
    "call {form} right; it should be {form:expected}. Every space was taken out, those within "
    "the answer too, and with them the form that the lap is there to teach. Which spaces may go?",
)
def _(said, right):
    same = ["".join(a.split()) == "".join(b.split()) for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "contained_is_enough",
    "Of three answers that say more than was asked, or something else, you call {more} right; it "
    "should be {more:expected}. A model that repeats the whole note would pass such a test. Equal, "
    "or contained?",
)
def _(said, right):
    same = [b.strip() in a for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "punctuation_stripped",
    "An answer without brackets and boxes counts as right: {marks}, expected {marks:expected}. "
    "Everything but letters and digits was stripped from both texts, so `- [ ] Ana: call (Friday)` "
    "equals `Ana, call Friday`. The marks are half of this task.",
)
def _(said, right):
    def bare(text):
        return "".join(letter for letter in text if letter.isalnum())

    same = [bare(a) == bare(b) for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "share_of_lines",
    "You counted lines. Where one line of two is right you gave {half}, and the answer as a whole "
    "is wrong: {half:expected}. A share of lines is a fair figure too, under another name: it is "
    "higher, and the two are often compared as if they were one.",
)
def _(said, right):
    same = [
        line == other
        for a, b in zip(said, right, strict=True)
        for line, other in zip(a.strip().split("\n"), b.strip().split("\n"), strict=False)
    ]
    return sum(same) / len(same)


@exact_match.misconception(
    "nothing_stripped",
    "An answer with a line break at its end counts as wrong: {space}, expected {space:expected}. "
    "A chat template often leaves one there, and nobody would call the answer wrong for it.",
)
def _(said, right):
    return sum(a == b for a, b in zip(said, right, strict=True)) / len(said)


@exact_match.use
def _(answer, rng):
    who = [str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])[:2]]
    first, second = f"- [ ] {who[0]}: call the printer (Friday)", f"- [ ] {who[1]}: book it (3 May)"
    both = f"{first}\n{second}"
    return {
        "names": answer([both.replace(who[0], who[0].lower()), both], [both, first + second]),
        "form": answer(
            [first.replace("[ ]", "[]"), both.replace("\n", " "), both], [first, both, both]
        ),
        "more": answer([f"{both}\n{first}", f"Here: {first}", first], [both, first, second]),
        "marks": answer([first.replace("(", "").replace(")", "")], [first]),
        "half": answer([f"{first}\n{second}x"], [both]),
        "space": answer([f"  {both}\n", f"{first}\n"], [both, first]),
    }


exact_match.says(
    passed="Strict, and the same for every model: that is what makes it a measure.",
    names="One answer with a changed letter and one without its line break",
    form="Two damaged forms and one right answer",
    more="Three answers that say more, or something else",
    marks="One answer without its brackets",
    half="One line of two right",
    space="Two right answers with spaces around them",
)
exact_match.hints(
    "When is a list of actions right for whoever has to use it?",
    "Only what stands before and after the whole text may be ignored.",
    "`strip()` both, compare with ==, and divide the number of equal pairs by the number of pairs.",
)

# --------------------------------------------------------------------------------------------------
training_bytes = exercise(minutes=4, level=1)


@training_bytes.solution
def _(shapes, blocks, rank):
    """What an adapter costs: how many numbers are trained, and how many bytes they take meanwhile.

    `shapes` has (outputs, inputs) of every linear layer of one block that gets an adapter of rank
    `rank`, `blocks` says how many blocks there are. Each of these layers gets a matrix A of inputs
    × rank and a matrix B of rank × outputs. All is float32; training with Adam keeps for each
    number its gradient and two moments. Return (numbers, bytes) as two ints.
    For one layer of 4 outputs and 6 inputs, one block and rank 2 that is (20, 320).
    """
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, numbers * 4 * 4


@training_bytes.alternative
def _(shapes, blocks, rank):
    numbers = 0
    for outputs, inputs in shapes:
        numbers += inputs * rank + rank * outputs
    return blocks * numbers, 16 * blocks * numbers


@training_bytes.misconception(
    "as_many_as_the_matrix",
    "{numbers} numbers: that is the size of the product of A and B, which is as large as the "
    "matrix itself. The product is never stored while training. What is stored instead?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(outputs * inputs for outputs, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "rank_times_matrix",
    "{numbers} numbers are more than the matrices have. You multiplied inputs, outputs and rank; a "
    "layer of 4096 × 4096 would get {wide} with rank 1. Write down the shapes of A and B for the "
    "layer of 4 × 6: what do they hold together?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * outputs * inputs for outputs, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "one_factor",
    "{numbers} numbers: one of the two matrices is missing. Which side of the layer does the one "
    "that you counted belong to?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * inputs for _, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "one_block",
    "{numbers} numbers are those of a single block. `shapes` lists one block's layers, and the "
    "model has more blocks than one.",
)
def _(shapes, blocks, rank):
    numbers = sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "weights_alone",
    "The numbers are right, and {bytes} bytes hold nothing but them. While it learns, each number "
    "has company: what does Adam need to know about it, and what did backward leave?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 4 * numbers


@training_bytes.misconception(
    "one_moment",
    "The numbers are right, and {bytes} bytes are 12 for each: the number, its gradient and one "
    "moment. Momentum has one. How many has Adam?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 12 * numbers


@training_bytes.misconception(
    "sixteen_bits",
    "The numbers are right, and {bytes} bytes would be enough in 16 bits. The base may be in 16 "
    "bits or in 4; adapters that are trained are float32 here.",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 8 * numbers


@training_bytes.use
def _(answer, rng):
    shapes = [tuple(int(n) for n in rng.integers(5, 40, 2)) for _ in range(3)]
    shapes = [(outputs, outputs + inputs) for outputs, inputs in shapes]
    numbers, size = answer(shapes, int(rng.integers(2, 9)), int(rng.integers(2, 5)))
    return {"numbers": numbers, "bytes": size, "wide": answer([(4096, 4096)], 1, 1)[0]}


training_bytes.says(
    passed="Llama 3.1 8B, rank 8, seven layers in each of 16 blocks: 10,485,760 numbers, 168 MB.",
    numbers="Numbers",
    bytes="Bytes",
    wide="Numbers for one layer of 4096 × 4096, rank 1",
)
training_bytes.hints(
    "What is stored for one layer, and what is it multiplied by?",
    "A has inputs × rank numbers, B has rank × outputs; then every block, then what training adds.",
    "rank · (outputs + inputs) for each layer, summed, times `blocks`; and four float32 for each.",
)

# --------------------------------------------------------------------------------------------------
lora_linear = exercise(minutes=10, level=2)


@lora_linear.solution
class _(nn.Module):
    """A linear layer with a low-rank correction beside it.

    `linear` is an `nn.Linear` without bias. The module keeps it as `linear`, and has two arrays of
    its own, float32:

        lora_a   (inputs, rank)    drawn uniformly between -1/√inputs and 1/√inputs
        lora_b   (rank, outputs)   zeros

    Called with x of shape (..., inputs) it returns `linear(x) + scale · x A B`. `lora_a` and
    `lora_b` are trainable and nothing else is. A new module gives what `linear` gives.
    """

    def __init__(self, linear, rank, scale):
        super().__init__()
        # -- yours
        outputs, inputs = linear.weight.shape
        bound = 1 / math.sqrt(inputs)
        self.linear = linear
        self.scale = scale
        self.freeze()
        self.lora_a = mx.random.uniform(-bound, bound, (inputs, rank))
        self.lora_b = mx.zeros((rank, outputs))
        # -- end

    def __call__(self, x):
        # -- yours
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)
        # -- end


@lora_linear.alternative
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        linear.freeze()
        self.linear, self._scale = linear, scale
        inputs = linear.weight.shape[1]
        self.lora_a = (2 * mx.random.uniform(shape=(inputs, rank)) - 1) * inputs**-0.5
        self.lora_b = mx.zeros((rank, linear.weight.shape[0]))

    def __call__(self, x):
        return self.linear(x) + ((self._scale * x) @ self.lora_a) @ self.lora_b


@lora_linear.alternative
class _(LoRALinear):
    def __init__(self, linear, rank, scale):
        outputs, inputs = linear.weight.shape
        super().__init__(inputs, outputs, r=rank, scale=scale)
        self.linear = linear
        self.freeze()
        self.unfreeze(keys=["lora_a", "lora_b"], recurse=False)


class _Lora(nn.Module):
    """A LoRA layer with one mistake or another."""

    a_is_zero = b_is_random = frozen = trains_base = False
    inner, outer, by_rank = True, True, False

    def __init__(self, linear, rank, scale):
        super().__init__()
        outputs, inputs = linear.weight.shape
        bound = 1 / math.sqrt(inputs)
        self.linear, self._factor = linear, scale / (rank if self.by_rank else 1)
        if not self.trains_base:
            self.freeze()
        self.lora_a = mx.random.uniform(-bound, bound, (inputs, rank)) * (not self.a_is_zero)
        self.lora_b = mx.zeros((rank, outputs))
        if self.b_is_random:
            self.lora_b = mx.random.uniform(-bound, bound, (rank, outputs))
        if self.frozen:
            self.freeze()

    def __call__(self, x):
        return self.linear(x) + self._factor * (x @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "both_random",
    "Before any training your layer's output differs from that of the one it wraps, by up to "
    "{new}; it should by {new:expected}. With A and B both random their product is noise, and "
    "the model forgets something before it has learned anything. One of the two can be what "
    "makes it vanish.",
)
class _(_Lora):
    b_is_random = True


@lora_linear.misconception(
    "both_zero",
    "A new layer gives what it should, and it will never learn: of its two arrays {learn} get a "
    "gradient that is not zero. B's gradient has A as a factor and A's has B, so where both are "
    "zero both stay so. Which one has to begin elsewhere?",
)
class _(_Lora):
    a_is_zero = True


@lora_linear.misconception(
    "scale_forgotten",
    "With scale 1 your layer is right, and with another it does not change: `scale` never meets "
    "the product. It is what lets a rank be changed without looking for a learning rate again.",
)
class _(_Lora):
    def __call__(self, x):
        return self.linear(x) + x @ self.lora_a @ self.lora_b


@lora_linear.misconception(
    "scale_twice",
    "With scale 1 your layer is right, and with another the correction is too large by that "
    "factor: `scale` is applied twice, once to A and once to B perhaps, or when made and again "
    "when used. One place is enough.",
)
class _(_Lora):
    def __call__(self, x):
        return self.linear(x) + self._factor * ((self._factor * x) @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "scale_by_rank",
    "With rank 1 your layer is right, and with a higher one the correction is too small by that "
    "factor. Elsewhere one writes alpha / rank, and here `scale` is that quotient already: other "
    "people's alpha 16 with rank 8 is a scale of 2.",
)
class _(_Lora):
    by_rank = True


@lora_linear.misconception(
    "base_trained",
    "An optimizer would change {trained}; it should be {trained:expected}. The base's own weight "
    "is among them: that is full fine-tuning with a correction beside it, and it needs Adam's "
    "memory for every weight. A module can say that it will not learn.",
)
class _(_Lora):
    trains_base = True


@lora_linear.misconception(
    "frozen_too_late",
    "An optimizer would change {trained}. Freezing a module freezes all that it has by then, and "
    "yours had A and B already. What is the order?",
)
class _(_Lora):
    frozen = True


@lora_linear.use(y="matmul", wide="matmul", one="matmul")
def _(answer, rng):
    inputs, outputs = 6, 5
    x = mx.array(rng.normal(size=(3, inputs)).astype(np.float32))

    def made(rank, scale):
        return answer(fill_parameters(nn.Linear(inputs, outputs, bias=False)), rank, scale)

    layer = made(2, 2.5)
    fresh = fill_parameters(nn.Linear(inputs, outputs, bias=False))
    trained = dict(tree_flatten(layer.trainable_parameters()))
    difference = round(float(mx.abs(layer(x) - fresh(x)).max()), 4)
    names = ["lora_a", "lora_b"]

    def loss(arrays):
        layer.update(arrays)
        return layer(x).square().sum()

    gradients = mx.grad(loss)({name: layer[name] for name in names})
    learn = sum(bool((gradients[name] != 0).any()) for name in names)
    size = float(mx.abs(layer["lora_a"]).max())
    found = {
        "new": difference,
        "learn": "none" if learn == 0 else str(learn),
        "trained": ", ".join(sorted(trained)) or "nothing",
        "a_in_bounds": size <= inputs**-0.5 + 1e-6 and (size > 0 or not learn),
        "a_shape": str(layer["lora_a"].shape),
        "dtype": str(layer["lora_a"].dtype),
    }
    for name, rank, scale in (("y", 2, 2.5), ("wide", 3, 1.0), ("one", 1, 2.5)):
        layer = made(rank, scale)
        given = {n: mx.array(rng.normal(size=layer[n].shape).astype(np.float32)) for n in names}
        layer.update(given)
        found[name] = layer(x)
    return found


lora_linear.says(
    passed="mlx_lm's LoRALinear is this, and dropout.",
    new="Largest difference from `linear`, new",
    learn="Of A and B, how many get a gradient at first",
    trained="Trainable",
    a_in_bounds="Whether A is within its bounds",
    a_shape="Shape of A",
    dtype="Dtype of A",
    y="Output with rank 2 and scale 2.5, A and B given",
    wide="Output with rank 3 and scale 1, A and B given",
    one="Output with rank 1 and scale 2.5, A and B given",
)
lora_linear.hints(
    "How can a product of two matrices be zero and still learn?",
    "Only one of them is zero. And `freeze()` freezes what a module has at that moment.",
    "Keep `linear` and `scale`, `self.freeze()`, then make `lora_a` and `lora_b`; in `__call__` "
    "`self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)`.",
)

# --------------------------------------------------------------------------------------------------
merge_lora = exercise(minutes=5, level=2)


@merge_lora.solution
def _(weight, a, b, scale):
    """The weight of one layer that does what a layer and its adapter did together.

    `weight` is that of an `nn.Linear`, (outputs, inputs): the layer computes `x @ weight.T`. The
    adapter adds `scale · x A B`, with A of shape (inputs, rank) and B of (rank, outputs), both
    float32. Return the merged weight, in the shape and dtype of `weight`.
    For a weight `[[1]]`, A `[[2]]`, B `[[3]]` and scale 0.5 that is `[[4]]`.
    """
    return weight + (scale * (a @ b).T).astype(weight.dtype)


@merge_lora.alternative
def _(weight, a, b, scale):
    return (weight.astype(mx.float32) + scale * b.T @ a.T).astype(weight.dtype)


@merge_lora.alternative
def _(weight, a, b, scale):
    layer = nn.Linear(*weight.shape[::-1], bias=False)
    layer.weight = weight
    adapted = LoRALinear.from_base(layer, r=a.shape[1], scale=scale)
    adapted.lora_a, adapted.lora_b = a, b
    return adapted.fuse().weight


@merge_lora.misconception(
    "product_not_transposed",
    "The layer's outputs are off by up to {off}. This matrix is square, so nothing protested: A B "
    "is (inputs, outputs) and a linear layer's weight is (outputs, inputs). With another shape MLX "
    "would have refused. Which way round does the layer use its weight?",
)
def _(weight, a, b, scale):
    return weight + (scale * (a @ b)).astype(weight.dtype)


@merge_lora.misconception(
    "scale_forgotten",
    "With scale 1 the merge is right, and with 2.5 the outputs are off by up to {off}: A B went in "
    "as it is. mlx_lm keeps the scale in adapter_config.json, beside the weights, where it is "
    "easily overlooked. Where does the adapter use it?",
)
def _(weight, a, b, scale):
    return weight + (a @ b).T.astype(weight.dtype)


@merge_lora.misconception(
    "scale_twice",
    "With scale 1 the merge is right, and with 2.5 the outputs are off by up to {off}: A and B "
    "were both scaled, so that the product has the scale squared. How often does the adapter use "
    "it?",
)
def _(weight, a, b, scale):
    return weight + ((scale * a) @ (scale * b)).T.astype(weight.dtype)


@merge_lora.misconception(
    "correction_alone",
    "The outputs are off by up to {off}: what you return is the correction without the weight that "
    "it corrects. The merged layer has no second layer beside it.",
)
def _(weight, a, b, scale):
    return (scale * (a @ b).T).astype(weight.dtype)


@merge_lora.misconception(
    "float32_now",
    "The values are right and the dtype became {dtype}: a float16 weight and a float32 correction "
    "make float32. One merged layer would be twice as large as before, and a whole model computes "
    "in float32 behind it. What should come back?",
)
def _(weight, a, b, scale):
    return weight + scale * (a @ b).T


@merge_lora.misconception(
    "merged_again",
    "The outputs are off by up to {off}: the correction went in twice, as when a model that was "
    "fused is loaded with its adapter as well.",
)
def _(weight, a, b, scale):
    return weight + (2 * scale * (a @ b).T).astype(weight.dtype)


@merge_lora.use(y="matmul", plain="matmul")
def _(answer, rng):
    size, rank = 6, 2
    x, weight = (mx.array(rng.normal(size=(size, size)).astype(np.float32)) for _ in range(2))
    a = mx.array(rng.normal(size=(size, rank)).astype(np.float32))
    b = mx.array(rng.normal(size=(rank, size)).astype(np.float32))
    half = answer(weight.astype(mx.float16), a, b, 1.0)
    merged, plain = answer(weight, a, b, 2.5), answer(weight, a, b, 1.0)
    together = x @ weight.T + 2.5 * (x @ a @ b)
    off = float(mx.abs(x @ merged.T - together).max())
    dtype = str(half.dtype).removeprefix("mlx.core.")
    return {"off": round(off, 2), "y": merged, "plain": plain, "dtype": dtype}


merge_lora.says(
    passed="`mlx_lm.fuse` does this to every layer, and writes the model anew.",
    off="Largest difference of the outputs",
    y="Merged with scale 2.5",
    plain="Merged with scale 1",
    dtype="Dtype for a float16 weight",
)
merge_lora.hints(
    "Write both sides down: x Wᵀ + scale · x A B = x Mᵀ. What is M?",
    "Transpose a product: (A B)ᵀ. And look at the dtype at the end.",
    "`weight + (scale * (a @ b).T).astype(weight.dtype)`.",
)

# --------------------------------------------------------------------------------------------------
dora_weight = exercise(minutes=6, level=2)


@dora_weight.solution
def _(weight, a, b, scale, m):
    """The weight that a DoRA layer computes with.

    DoRA trains direction and length apart. Each row of a weight (outputs, inputs) belongs to one
    output. The direction of a row is that of `weight` plus the LoRA correction, whose factors are A
    (inputs, rank) and B (rank, outputs), with `scale`; its length is `m`, of shape (outputs,), and
    is trained too. Return the weight: float32, of the shape of `weight`.
    For a weight `[[3, 4]]`, A and B zero and m `[10]` that is `[[6, 8]]`.
    """
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)


@dora_weight.alternative
def _(weight, a, b, scale, m):
    adapted = weight + scale * b.T @ a.T
    return mx.expand_dims(m / adapted.square().sum(axis=-1).sqrt(), 1) * adapted


@dora_weight.misconception(
    "lengths_of_columns",
    "The rows of your weight have lengths {rows}, and should have those of m, {rows:expected}. You "
    "divided by the lengths of the columns. A column belongs to an input; which axis runs along "
    "what makes one output?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(adapted, axis=0, keepdims=True)


@dora_weight.misconception(
    "length_of_the_base",
    "The rows have lengths {rows}, not {rows:expected}. With A and B zero it is right: you "
    "divide by the lengths of the base's rows, and the correction makes rows longer or shorter. "
    "Whose length should be taken out?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(weight, axis=1, keepdims=True)


@dora_weight.misconception(
    "one_length_for_all",
    "The rows have lengths {rows}, not {rows:expected}. You divided by the length of the whole "
    "matrix. There is one m for each row; how many lengths are there to take out?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(adapted)


@dora_weight.misconception(
    "length_kept",
    "The rows have lengths {rows}, not {rows:expected}: m multiplies rows that still have a length "
    "of their own. How long is a direction?",
)
def _(weight, a, b, scale, m):
    return m[:, None] * (weight + scale * (a @ b).T)


@dora_weight.misconception(
    "direction_of_the_correction",
    "The lengths are right and the directions are those of the correction alone: with A and B zero "
    "there is none. The base's weight is turned a little; it is not replaced.",
)
def _(weight, a, b, scale, m):
    correction = scale * (a @ b).T
    length = mx.linalg.norm(correction, axis=1, keepdims=True)
    return m[:, None] * correction / mx.maximum(length, 1e-9)


@dora_weight.misconception(
    "magnitude_forgotten",
    "Every row has length 1: {rows}, not {rows:expected}. That is the direction. What says how "
    "long a row is to be?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)


@dora_weight.use(y="matmul", new="matmul")
def _(answer, rng):
    outputs, inputs, rank = 3, 5, 2
    weight, a, b = (
        mx.array(rng.normal(size=shape).astype(np.float32))
        for shape in ((outputs, inputs), (inputs, rank), (rank, outputs))
    )
    m = mx.array(rng.uniform(2, 5, outputs).astype(np.float32))
    y = answer(weight, a, b, 1.5, m)
    lengths = mx.linalg.norm(y, axis=1).tolist()
    new = answer(weight, a, mx.zeros_like(b), 1.5, mx.linalg.norm(weight, axis=1))
    return {"rows": ", ".join(f"{n:.2f}" for n in lengths), "y": y, "new": new}


dora_weight.says(
    passed="One more number for each output, and the length is free of the direction.",
    rows="Lengths of the rows",
    y="The weight",
    new="The weight before any training, where m has the base's lengths",
)
dora_weight.hints(
    "What is left of a row when its length is taken out, and what gives it one again?",
    "First the LoRA weight, then divide each row by its own length, then multiply by its m.",
    "`adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)`, times `m[:, None]`.",
)

# --------------------------------------------------------------------------------------------------
answer_loss = exercise(minutes=10, level=2)


@answer_loss.solution
def _(model, rows, asked, ends):
    """The loss over answers, as `--mask-prompt` means it.

    `rows` (B, T) holds token ids: in each row a question, its answer and then padding. In row i the
    question is the first `asked[i]` tokens, and the answer goes on to the token before `ends[i]`.
    `model(ids)` gives logits for the token after each. Return the mean cross-entropy over all
    tokens of all answers, each predicted from what stands before it: a float32 scalar that a
    gradient can pass through.
    For a row of 5 tokens with `asked` 2 and `ends` 4 that is the mean over tokens 2 and 3, counted
    from 0.
    """
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    place = mx.arange(1, rows.shape[1])
    mask = (place >= asked[:, None]) & (place < ends[:, None])
    return (losses * mask).sum() / mask.sum()


@answer_loss.alternative
def _(model, rows, asked, ends):
    logits = model(rows)
    total, count = mx.array(0.0), 0
    for i, (start, end) in enumerate(zip(asked.tolist(), ends.tolist(), strict=True)):
        losses = nn.losses.cross_entropy(logits[i, start - 1 : end - 1], rows[i, start:end])
        total, count = total + losses.sum(), count + end - start
    return total / count


@answer_loss.alternative
def _(model, rows, asked, ends):
    place = mx.arange(rows.shape[1] - 1) + 1
    inside = mx.logical_and(place[None] >= asked[:, None], place[None] < ends[:, None])
    return (
        nn.losses.cross_entropy(
            model(rows[:, :-1]), rows[:, 1:], weights=inside, reduction="none"
        ).sum()
        / inside.sum()
    )


def _masked(model, rows, keep, total=None):
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    return (losses * keep).sum() / (keep.sum() if total is None else total)


@answer_loss.misconception(
    "prompt_counted",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: those of the questions are "
    "among them. The model would spend most of its steps on learning to write meeting notes, which "
    "nobody will ask it for. Where does the answer begin?",
)
def _(model, rows, asked, ends):
    return _masked(model, rows, mx.arange(1, rows.shape[1]) < ends[:, None])


@answer_loss.misconception(
    "padding_counted",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: padding is among them. It is "
    "so easy to predict that the loss looks better the more of it there is. Where does an answer "
    "end?",
)
def _(model, rows, asked, ends):
    return _masked(model, rows, mx.arange(1, rows.shape[1]) >= asked[:, None])


@answer_loss.misconception(
    "one_past_the_end",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: in each row that has "
    "padding, one token of it came in. The mask says `<=` where the end is meant. You are in "
    "good company, mlx_lm 0.32.2's own `default_loss` does the same, and it costs little: it is "
    "wrong by one token a row.",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place >= asked[:, None]) & (place <= ends[:, None]))


@answer_loss.misconception(
    "first_token_missed",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: each answer's first token "
    "is missing. It is predicted from the last token of the question, and whether a model begins "
    "rightly is decided there. Which target has place 1: the first token of the row, or the "
    "second?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place > asked[:, None]) & (place < ends[:, None]))


@answer_loss.misconception(
    "not_shifted",
    "Logits and targets stand at the same place: each token is asked to predict itself. A model "
    "learns that in no time, since it has just read it, and then it can only repeat. Which token "
    "do the logits at a place speak of?",
)
def _(model, rows, asked, ends):
    place = mx.arange(rows.shape[1])
    mask = (place >= asked[:, None]) & (place < ends[:, None])
    return (nn.losses.cross_entropy(model(rows), rows) * mask).sum() / mask.sum()


@answer_loss.misconception(
    "divided_by_all_places",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: the sum was "
    "divided by the number of all places, masked ones too. The longer a batch's padding, the "
    "smaller it looks, and the smaller is the step. `mean` does not know about the mask.",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    return _masked(model, rows, keep, keep.size)


@answer_loss.misconception(
    "mean_of_rows",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: first a mean for "
    "each row, then the mean of those. A token of a short answer then weighs more than one of a "
    "long answer. That can be wanted; here it is the mean over tokens.",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    return ((losses * keep).sum(axis=1) / keep.sum(axis=1)).mean()


class _Reader(nn.Module):
    """A model that looks one token back; its bias shows which targets a loss has used."""

    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(size, 7)
        self.out = nn.Linear(7, size, bias=False)

    def __call__(self, ids):
        return self.out(self.embedding(ids))


@answer_loss.use(loss="reduction", y="reduction")
def _(answer, rng):
    size, T = 11, 9
    model = fill_parameters(_Reader(size))
    asked = rng.permutation([2, 3, 4])
    ends = asked + rng.permutation([2, 3, 4])
    ids = rng.integers(1, size, (3, T)) * (np.arange(T) < ends[:, None])
    rows, asked, ends = mx.array(ids), mx.array(asked), mx.array(ends)

    def bent(change):
        def moved(given):
            logits = model(given)
            return logits + change[: logits.shape[0], : logits.shape[1]]

        return answer(moved, rows, asked, ends)

    loss = answer(model, rows, asked, ends)
    change = mx.grad(bent)(mx.zeros((3, T, size)))
    tokens = int((mx.abs(change).sum(axis=-1) > 0).sum())
    return {"tokens": tokens, "loss": round(float(loss), 4), "y": loss}


answer_loss.says(
    passed="What `--mask-prompt` does, in four lines.",
    tokens="Places whose logits bear on the loss",
    loss="The loss, rounded",
    y="The loss",
)
answer_loss.hints(
    "At which place do the logits speak of the first token of the answer?",
    "Shift: `model(rows[:, :-1])` against `rows[:, 1:]`. Then a mask over the places of the "
    "targets.",
    "With `place = mx.arange(1, T)`: keep where `place >= asked[:, None]` and "
    "`place < ends[:, None]`; sum of the kept losses, divided by how many there are.",
)

# --------------------------------------------------------------------------------------------------
adapt_model = exercise(minutes=6, level=2)


@adapt_model.solution
def _(model, blocks, rank, alpha):
    """Make a model ready for LoRA, in place.

    `model` is one of mlx_lm's, a Llama. In its last `blocks` blocks `self_attn.q_proj` and
    `self_attn.v_proj` get an adapter of rank `rank`, without dropout, and nothing but the adapters
    is trainable afterwards. `alpha` is what a paper or another library calls by that name: the
    correction is A B times alpha / rank. Use `linear_to_lora_layers` of mlx_lm, which is imported;
    return nothing.
    For 2 blocks of a model there are 8 trainable arrays then.
    """
    model.freeze()
    keys = ["self_attn.q_proj", "self_attn.v_proj"]
    config = {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": keys}
    linear_to_lora_layers(model, blocks, config)


@adapt_model.alternative
def _(model, blocks, rank, alpha):
    model.freeze()
    for block in model.layers[-blocks:]:
        for name in ("q_proj", "v_proj"):
            base = block.self_attn[name]
            block.self_attn[name] = LoRALinear.from_base(base, r=rank, scale=alpha / rank)


@adapt_model.alternative
def _(model, blocks, rank, alpha):
    keys = {f"self_attn.{letter}_proj" for letter in "qv"}
    config = dict(rank=rank, scale=alpha / rank, dropout=0.0, keys=keys)
    linear_to_lora_layers(model, blocks, config)
    model.freeze()
    model.unfreeze(keys=["lora_a", "lora_b"])


def _adapted(
    model,
    blocks,
    rank,
    scale,
    freeze=True,
    late=False,
    keys=("self_attn.q_proj", "self_attn.v_proj"),
):
    """Adapters with one mistake or another."""
    if freeze and not late:
        model.freeze()
    config = {
        "rank": rank,
        "scale": scale,
        "dropout": 0.0,
        "keys": None if keys is None else [*keys],
    }
    linear_to_lora_layers(model, blocks, config)
    if late:
        model.freeze()


@adapt_model.misconception(
    "base_not_frozen",
    "{trainable} arrays are trainable, and {trainable:expected} should be: the base is among them. "
    "One step moves {moved} of its arrays. `linear_to_lora_layers` adds, and it freezes nothing; "
    "the command mlx_lm.lora does that one line before.",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, freeze=False)


@adapt_model.misconception(
    "frozen_afterwards",
    "The adapters are there, and {trainable} arrays are trainable: `freeze` met the adapters too. "
    "`value_and_grad` would tell you that there is nothing to differentiate by. What is the order?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, late=True)


@adapt_model.misconception(
    "last_part_of_the_name",
    "No layer has an adapter, {trainable} arrays are trainable, and nothing said so. Keys are the "
    "names within a block, and what does not match is passed over in silence. How do you see a "
    "block's names?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=["q_proj", "v_proj"])


@adapt_model.misconception(
    "every_linear",
    "Adapters are at {adapted}; they should be at {adapted:expected}. Without `keys` every linear "
    "layer of a block gets one: a choice that often pays, and not the one that was asked for.",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=None)


@adapt_model.misconception(
    "first_blocks",
    "Adapters are at {adapted}; they should be at {adapted:expected}. The blocks near the output "
    "are meant. From which end does one count?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    for block in model.layers[:blocks]:
        for name in ("q_proj", "v_proj"):
            base = block.self_attn[name]
            block.self_attn[name] = LoRALinear.from_base(base, r=rank, scale=alpha / rank)


@adapt_model.misconception(
    "alpha_as_scale",
    "The correction is multiplied by {scale}, and alpha / rank is {scale:expected}. mlx_lm has no "
    "alpha: its `scale` is the whole factor. Training at several times the scale is like training "
    "at several times the learning rate.",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, float(alpha))


@adapt_model.misconception(
    "alpha_key",
    "mlx_lm refused: it looks for `scale`, and finds what other libraries' files have. What is "
    "`scale` in terms of alpha and rank?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(model, blocks, {"rank": rank, "alpha": alpha, "dropout": 0.0})


@adapt_model.use
def _(answer, rng):
    sizes = dict(
        model_type="llama", hidden_size=8, num_hidden_layers=3, intermediate_size=12,
        num_attention_heads=2, num_key_value_heads=1, rms_norm_eps=1e-5, vocab_size=16,
    )  # fmt: skip
    model = fill_parameters(llama.Model(llama.ModelArgs(**sizes)), by_name=True)
    rank = int(rng.integers(2, 4))
    answer(model, 2, rank, 8 * rank if rng.random() < 0.5 else 12 * rank)
    adapted = [name for name, module in model.named_modules() if hasattr(module, "lora_a")]
    trainable = dict(tree_flatten(model.trainable_parameters()))
    before = {n: mx.array(w) for n, w in tree_flatten(model.parameters()) if "lora" not in n}
    if trainable:
        rows = mx.array(rng.integers(0, 16, (2, 6)))

        def loss_fn(model):
            return nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], reduction="mean")

        _, gradients = nn.value_and_grad(model, loss_fn)(model)
        optim.SGD(learning_rate=0.1).update(model, gradients)
    after = dict(tree_flatten(model.parameters()))
    scales = {float(m.scale) for _, m in model.named_modules() if hasattr(m, "lora_a")}
    places = sorted({name.removeprefix("model.").replace("_proj", "") for name in adapted})
    return {
        "adapted": ", ".join(places) or "nowhere",
        "trainable": len(trainable),
        "ranks": sum(w.size for n, w in trainable.items() if "lora" in n),
        "scale": max(scales, default=0.0),
        "moved": sum(bool((after[n] != w).any()) for n, w in before.items()),
    }


adapt_model.says(
    passed="What `mlx_lm.lora` does before its first step, and what it freezes before that.",
    adapted="Adapters at",
    trainable="Trainable arrays",
    ranks="Numbers in the trained adapters",
    scale="Factor of the correction",
    moved="Arrays of the base that one step changes",
)
adapt_model.hints(
    "What must be true of the base before adapters come, and what of alpha?",
    "Freeze first. Then `linear_to_lora_layers(model, blocks, config)` with rank, scale, dropout, "
    "keys.",
    '`{"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": ["self_attn.q_proj", '
    '"self_attn.v_proj"]}`, after `model.freeze()`.',
)

# --------------------------------------------------------------------------------------------------
line_problem = exercise(minutes=12, level=3)


@line_problem.solution
def _(line, tokenizer, limit):
    """What is wrong with one line of a train.jsonl, in one word, or "".

    A good line is a JSON object with "messages": a list of objects, each with a "role" (system,
    user or assistant) and a "content" that is text, the last of them the assistant's. Return the
    first of these that is true:

        "json"     the line is no JSON object
        "form"     it has no list "messages" with at least one object in it, or something else in it
        "role"     a message without a role, or with another than the three
        "content"  a message whose content is missing or no text
        "last"     the last message is not the assistant's
        "empty"    the last message's content is nothing, or spaces and line breaks alone
        "marker"   the text of a special token stands in a content: `tokenizer.all_special_tokens`
        "long"     `tokenizer.apply_chat_template` makes more than `limit` tokens of the messages

    and "" for a good line. No line of these kinds may end the function with an error.
    """
    try:
        row = json.loads(line)
    except ValueError:
        return "json"
    if not isinstance(row, dict):
        return "json"
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        return "form"
    if not all(isinstance(message, dict) for message in messages):
        return "form"
    if any(m.get("role") not in ("system", "user", "assistant") for m in messages):
        return "role"
    if any(not isinstance(m.get("content"), str) for m in messages):
        return "content"
    if messages[-1]["role"] != "assistant":
        return "last"
    if not messages[-1]["content"].strip():
        return "empty"
    texts = [m["content"] for m in messages]
    if any(mark in text for mark in tokenizer.all_special_tokens for text in texts):
        return "marker"
    return "long" if len(tokenizer.apply_chat_template(messages)) > limit else ""


def _problem(line, tokenizer, limit, **wrong):
    """The checks of a line, with one mistake or another."""
    try:
        row = json.loads(line)
    except ValueError:
        return "json"
    if not isinstance(row, dict):
        return "json"
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        return "form"
    if not all(isinstance(message, dict) for message in messages):
        return "form"
    known = ("system", "user", "assistant")
    roles = [m.get("role") for m in messages]
    if "role_present" in wrong and None in roles:
        return "role"
    if "role_present" not in wrong and any(role not in known for role in roles):
        return "role"
    if any(not isinstance(m.get("content"), str) for m in messages):
        return "content"
    if roles[-1] != "assistant" and not ("any_assistant" in wrong and "assistant" in roles):
        return "last"
    last = messages[-1]["content"]
    if not (last if "blank_is_text" in wrong else last.strip()):
        return "empty"
    texts = [last] if "answers_alone" in wrong else [m["content"] for m in messages]
    marks = wrong.get("marks") or tokenizer.all_special_tokens
    if any(mark in text for mark in marks for text in texts):
        return "marker"
    tokens = len(tokenizer.apply_chat_template(messages))
    if "characters" in wrong:
        tokens = sum(len(m["content"]) for m in messages)
    if "without_template" in wrong:
        tokens = sum(
            len(tokenizer.encode(m["content"], add_special_tokens=False)) for m in messages
        )
    return "long" if tokens > limit else ""


@line_problem.alternative
def _(line, tokenizer, limit):
    try:
        messages = json.loads(line)["messages"]
    except KeyError:
        return "form"
    except (ValueError, TypeError):
        return "json"
    if not (isinstance(messages, list) and messages):
        return "form"
    if {type(message) for message in messages} != {dict}:
        return "form"
    return _problem(json.dumps({"messages": messages}), tokenizer, limit)


@line_problem.misconception(
    "objects_alone",
    "Some lines end your function with an error instead of a word: `{raised}`. They are JSON and "
    "no object: a list, a number, null. `json.loads` is content with each of them, and "
    '`["messages"]` or `.get` is not.',
)
def _(line, tokenizer, limit):
    try:
        json.loads(line)
    except ValueError:
        return "json"
    json.loads(line).get("messages")
    return _problem(line, tokenizer, limit)


@line_problem.misconception(
    "blank_answer_passes",
    "An answer of spaces and a line break: you say {blank}, and it is {blank:expected}. Such a "
    "text is true in Python, and a model that is trained on it learns to say nothing.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, blank_is_text=True)


@line_problem.misconception(
    "any_role_will_do",
    "Unknown roles: you say {roles}, and it is {roles:expected}. A role is there, and the template "
    "does not know it: many templates leave such a message out or write it as the user's, and none "
    "says so.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, role_present=True)


@line_problem.misconception(
    "marks_in_answers_alone",
    "A special token within a question: you say {marker}, and it is {marker:expected}. Its text "
    "becomes that token wherever it stands. A question with `<|end|>` in it ends there.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, answers_alone=True)


@line_problem.misconception(
    "marks_of_another_model",
    "Special tokens of this tokenizer: you say {marker}, and it is {marker:expected}. You look "
    "for marks that you know from elsewhere, `[INST]` and the like; here they are ordinary "
    "letters, and nothing is wrong with them. Who knows the marks of this model?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, marks=["<s>", "</s>", "[INST]", "[/INST]"])


@line_problem.misconception(
    "characters_for_tokens",
    "Lines near the limit: you say {long}, and it is {long:expected}. You count characters, and "
    "there are several to a token; half of your data would be thrown away.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, characters=True)


@line_problem.misconception(
    "template_not_counted",
    "Lines near the limit: you say {long}, and it is {long:expected}. The texts' tokens are "
    "counted and the template's own are not: start, marks, end. The line that is one too long "
    "loses its end mark, and the model learns not to stop.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, without_template=True)


@line_problem.misconception(
    "an_answer_somewhere",
    "A conversation that ends with the user: you say {last}, and it is {last:expected}. There is "
    "an answer in it, and `--mask-prompt` trains on what the last message says. Which is that "
    "here?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, any_assistant=True)


def _row(*messages, **fields):
    names = ("role", "content")
    return json.dumps(
        {
            "messages": [
                dict(zip(names, m, strict=True)) if isinstance(m, tuple) else m for m in messages
            ],
            **fields,
        }
    )


@line_problem.use
def _(answer, rng):
    tokenizer = mlx_lm.utils.load_tokenizer(course.model.directory("notes"))
    name = str(rng.choice(["Ana", "Ben", "Cleo"]))
    asked, said = ("user", f"{name} will call the printer. Who will?"), ("assistant", name)
    turns = [dict(zip(("role", "content"), m, strict=True)) for m in (asked, said)]
    fits = len(tokenizer.apply_chat_template(turns))
    marks = [str(mark) for mark in rng.permutation(tokenizer.all_special_tokens)[:2]]

    def words(*lines, limit=500):
        return ", ".join(repr(answer(line, tokenizer, limit)) for line in lines)

    found = {
        "good": words(
            _row(asked, said), _row(("system", "Be short."), asked, said, source="minutes")
        ),
        "broken": words("", "{", _row(asked, said)[:-3], "Ana: call"),
        "form": words(
            "{}", _row(), '{"messages": "Ana"}', _row(asked, "Ana"), '{"text": "Ana will call."}'
        ),
        "roles": words(_row({"content": "Who?"}, said), _row(asked, ("model", name))),
        "content": words(_row(asked, {"role": "assistant"}), _row(("user", 7), said)),
        "last": words(_row(asked, said, asked), _row(asked)),
        "blank": words(_row(asked, ("assistant", "")), _row(asked, ("assistant", " \n"))),
        "marker": words(
            _row(("user", f"{asked[1]} {marks[0]}"), said),
            _row(asked, ("assistant", name + marks[1])),
            _row(("user", f"[INST] {asked[1]} [/INST]"), said),
        ),
        "long": words(_row(asked, said), limit=fits)
        + ", "
        + words(_row(asked, said), limit=fits - 1),
    }
    ends = [outcome(answer, line, tokenizer, 500) for line in ("[]", "7", "null", '"Ana"')]
    found["raised"] = next((end for end in ends if end != "returned"), "nothing")
    if found["raised"] == "nothing":
        found["broken"] += ", " + words("[]", "7", "null")
    return found


line_problem.says(
    passed="A file that somebody sends you is now judged line by line, before the first step.",
    good="Two good lines",
    broken="Lines that are no JSON object",
    form="Lines without such a list",
    roles="A role missing, and an unknown one",
    content="Content missing, and no text",
    last="Conversations that end with the user",
    blank="Empty answers",
    marker="A special token in a question, one in an answer, and `[INST]`",
    long="A line of exactly `limit` tokens, and one of one more",
    raised="What ended in an error",
)
line_problem.hints(
    "Which questions can be asked of a value only after others have been answered?",
    "From the outside in: is it JSON, an object, a list, of objects; then what is in them. "
    "`isinstance` at each door.",
    '`json.loads` within try, then `isinstance(row, dict)`, `row.get("messages")`, '
    '`isinstance(m.get("content"), str)`, and the tokenizer for the last two.',
)

# --------------------------------------------------------------------------------------------------
held_back = exercise(minutes=6, level=2)


@held_back.solution
def _(rows, count):
    """Rows to train on and rows to judge by, with no note in both.

    Each row is a dict with "note", "ask" and "answer", all texts; several rows may ask about one
    note. Two notes are the same one if they have the same words in the same order, whatever spaces
    and line breaks stand between them. Held back are the last `count` different notes, in the order
    in which notes first appear, with all their rows. Return two lists, (to train on, held back);
    together they hold every row once, each in its old order.
    For rows about notes x, y, x, z and a count of 1 that is the first three rows and the last.
    """

    def words(row):
        return " ".join(row["note"].split())

    notes = list(dict.fromkeys(words(row) for row in rows))
    kept = set(notes[-count:])
    return (
        [row for row in rows if words(row) not in kept],
        [row for row in rows if words(row) in kept],
    )


@held_back.alternative
def _(rows, count):
    by_note = {}
    for i, row in enumerate(rows):
        by_note.setdefault(tuple(row["note"].split()), []).append(i)
    groups = list(by_note.values())
    late = {i for group in groups[len(groups) - count :] for i in group}
    both = [], []
    for i, row in enumerate(rows):
        both[i in late].append(row)
    return both


def _by_note(rows, count, of):
    notes = list(dict.fromkeys(of(row) for row in rows))
    kept = set(notes[-count:])
    return [r for r in rows if of(r) not in kept], [r for r in rows if of(r) in kept]


@held_back.misconception(
    "last_rows",
    "{shared} notes are on both sides. You held rows back, and a note has several: the model is "
    "judged on notes that it was trained on, with the names it has to copy still in its ears. What "
    "must not be on both sides?",
)
def _(rows, count):
    return rows[:-count], rows[-count:]


@held_back.misconception(
    "judged_on_everything",
    "{shared} notes are on both sides: all that are held back are trained on as well. The score "
    "will be splendid and will say how well the model remembers.",
)
def _(rows, count):
    _, kept = _by_note(rows, count, lambda row: " ".join(row["note"].split()))
    return list(rows), kept


@held_back.misconception(
    "text_compared",
    "{shared} of the notes is on both sides: the same words, with a line break where the other "
    "has a space. Two exports of one document look like that. What makes two notes the same here?",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: row["note"])


@held_back.misconception(
    "by_question",
    "{shared} notes are on both sides. You kept questions apart, so that the held-back questions "
    "are new and the notes under them are not.",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: row["ask"])


@held_back.misconception(
    "one_row_a_note",
    "No note is on both sides, and {rows} rows of {rows:expected} are left: of each note you kept "
    "one. Other questions about a note are no repetitions.",
)
def _(rows, count):
    seen = {}
    for row in rows:
        seen.setdefault(" ".join(row["note"].split()), row)
    first = list(seen.values())
    return first[:-count], first[-count:]


@held_back.misconception(
    "first_notes",
    "No note is on both sides, and the wrong ones are held back: rows {kept}, and it should be "
    "{kept:expected}. From which end are the notes counted?",
)
def _(rows, count):
    def words(row):
        return " ".join(row["note"].split())

    kept = set(list(dict.fromkeys(words(row) for row in rows))[:count])
    return [r for r in rows if words(r) not in kept], [r for r in rows if words(r) in kept]


@held_back.use
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay"])]
    notes = [f"{name} met us. {name} will call." for name in names[:5]]
    rows = [
        {"note": note, "ask": ask, "answer": name}
        for ask in ("Who?", "What?")
        for note, name in zip(notes[:4], names[:4], strict=True)
    ]
    other = notes[3].replace(". ", ".\n")
    rows.insert(1, {"note": other, "ask": "How?", "answer": "by telephone"})
    rows.insert(7, {"note": notes[4], "ask": "When?", "answer": "Friday"})
    rows.append({"note": notes[4], "ask": "Who?", "answer": names[4]})
    rows.append({"note": notes[2], "ask": "Why?", "answer": "it is late"})
    numbers = {id(row): i for i, row in enumerate(rows)}
    train, kept = answer(rows, 2)

    def words(part):
        return {" ".join(row["note"].split()) for row in part}

    def places(part):
        return ", ".join(str(numbers.get(id(row), "?")) for row in part)

    return {
        "shared": len(words(train) & words(kept)),
        "rows": len(train) + len(kept),
        "train": places(train),
        "kept": places(kept),
    }


held_back.says(
    passed="Now a score says something about notes that nobody has seen.",
    shared="Notes on both sides",
    rows="Rows in both lists together",
    train="Numbers of the rows to train on",
    kept="Numbers of the rows held back",
)
held_back.hints(
    "What is the thing that the model must not have seen: a row, or what stands in it?",
    'A key for each note: `" ".join(note.split())`. The different keys in order: `dict.fromkeys`.',
    "The last `count` keys are held back; then two lists, by whether a row's key is one of them.",
)

# --------------------------------------------------------------------------------------------------
bits_per_byte = exercise(minutes=4, level=2)


@bits_per_byte.solution
def _(loss, tokens, text):
    """A loss that can be compared between models with different tokenizers.

    `loss` is the mean cross-entropy for each token of `text`, in nats, as MLX computes it; `tokens`
    is how many tokens the text is in that model's tokenizer. Return how many bits the model needs
    for each byte of the text in UTF-8, a float.
    For a loss of 2.0, 10 tokens and a text of 40 bytes that is 0.7213.
    """
    return loss * tokens / len(text.encode()) / math.log(2)


@bits_per_byte.alternative
def _(loss, tokens, text):
    nats = loss * tokens
    return float(np.log2(np.e)) * nats / len(bytes(text, "utf-8"))


@bits_per_byte.misconception(
    "per_token",
    "You give {plain} for one model and {other} for another, and they know the text equally well: "
    "both should be {plain:expected}. Bits for each token say as much about the tokenizer as about "
    "the model. Longer tokens are harder to guess, and there are fewer of them.",
)
def _(loss, tokens, text):
    return loss / math.log(2)


@bits_per_byte.misconception(
    "perplexity",
    "You give {plain} for one model and {other} for another that knows the text equally well: that "
    "is perplexity, the exponential of the loss for a token, and it goes up with the length of "
    "tokens. What do both models share, whatever their tokenizers?",
)
def _(loss, tokens, text):
    return math.exp(loss)


@bits_per_byte.misconception(
    "nats",
    "You give {plain} where it is {plain:expected}: {plain} nats. A nat is what the natural "
    "logarithm counts in. How many bits are in one?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text.encode())


@bits_per_byte.misconception(
    "characters",
    "For English it is right; with an ö in it you give {accents}, and it is {accents:expected}: "
    "`len` of a text counts characters. How long is an ö in UTF-8?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text) / math.log(2)


@bits_per_byte.misconception(
    "upside_down",
    "You give {plain} for one model and {other} for another that knows the text equally well. The "
    "more tokens a text has, the more losses there are to add up. Which of the two numbers "
    "multiplies?",
)
def _(loss, tokens, text):
    return loss / tokens * len(text.encode()) / math.log(2)


@bits_per_byte.misconception(
    "nats_times_log",
    "You give {plain} where it is {plain:expected}. From nats to bits the number gets larger, as "
    "from miles to kilometres: a bit is the smaller unit.",
)
def _(loss, tokens, text):
    return loss * tokens / len(text.encode()) * math.log(2)


@bits_per_byte.use
def _(answer, rng):
    tokens = int(rng.integers(10, 30))
    text = "Ana will call the printer. " * 4
    loss = float(rng.uniform(0.5, 1.5))
    accents = "Jörg kauft Öl für Zoë. " * 4
    return {
        "plain": answer(loss, 2 * tokens, text),
        "other": answer(2 * loss, tokens, text),
        "accents": answer(loss, tokens, accents),
    }


bits_per_byte.says(
    passed="Two tokenizers, one unit.",
    plain="Many short tokens, bits per byte",
    other="Half as many tokens, each twice as hard",
    accents="A text with accents",
)
bits_per_byte.hints(
    "What do two models share when they read one text with different tokenizers?",
    "The whole text's loss in nats, and its bytes. Then nats to bits.",
    "`loss * tokens` for the whole, divided by `len(text.encode())` and by `math.log(2)`.",
)

# --------------------------------------------------------------------------------------------------
lora_seconds = exercise(minutes=5, level=2)


@lora_seconds.solution
def _(parameters, iters, batch, length, flops, share):
    """How long a LoRA training takes, by arithmetic alone.

    `parameters` is the base's size. A matrix product takes 2 operations for each weight and token.
    LoRA's forward pass does that once for every weight, and its backward pass once more, to bring
    the gradient down through the frozen weights, which get none themselves; the adapters' own part
    is left out. There are `iters` steps of `batch` rows with `length` tokens each, on a machine of
    `flops` operations a second, of which a training reaches the share `share`. Return seconds, a
    float.
    For 8e9 parameters, 1000 steps of 4 rows with 200 tokens, 2e13 and 0.4 that is 3200.0.
    """
    tokens = iters * batch * length
    return tokens * 4 * parameters / (flops * share)


@lora_seconds.alternative
def _(parameters, iters, batch, length, flops, share):
    rate = flops * share / (2 * 2 * parameters)
    return iters * (batch * length / rate)


@lora_seconds.misconception(
    "full_training",
    "{seconds} s where {seconds:expected} s are right, half as much again: 6 operations for each "
    "weight and token are those of full training, which computes a gradient for every weight as "
    "well. Which of its three products does LoRA leave out?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 6 * parameters / (flops * share)


@lora_seconds.misconception(
    "forward_alone",
    "{seconds} s where {seconds:expected} s are right: half. Few parameters are trained, and the "
    "gradient still has to come down to them through all the others. What does the backward pass "
    "multiply by?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 2 * parameters / (flops * share)


@lora_seconds.misconception(
    "batch_forgotten",
    "{seconds} s where {seconds:expected} s are right. A step has several rows: `iters` counts "
    "steps, and 1000 steps of 4 are 4000 rows.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * length * 4 * parameters / (flops * share)


@lora_seconds.misconception(
    "peak_taken",
    "{seconds} s where {seconds:expected} s are right. That is at the rate on the box. Nobody "
    "trains at it: attention, norms, short rows and memory take their part.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / flops


@lora_seconds.misconception(
    "rows_for_tokens",
    "{seconds} s where {seconds:expected} s are right: you counted rows. A row has many tokens, "
    "and each goes through all weights.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * 4 * parameters / (flops * share)


@lora_seconds.misconception(
    "share_multiplied",
    "{seconds} s where {seconds:expected} s are right. A machine that reaches a smaller share of "
    "its rate takes longer, and with you it takes less.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / flops * share


@lora_seconds.use
def _(answer, rng):
    billions, tera = int(rng.integers(1, 14)), int(rng.integers(5, 60))
    share = float(rng.uniform(0.25, 0.5))
    iters, batch, length = (int(n) for n in rng.integers([100, 2, 50], [2000, 9, 400]))
    return {"seconds": answer(billions * 1e9, iters, batch, length, tera * 1e12, share)}


lora_seconds.says(passed="A claim about training speed is now a division.", seconds="Seconds")
lora_seconds.hints(
    "How many tokens go through the model, and how many operations does each cost?",
    "iters · batch · length tokens; 2 operations a weight forward and 2 backward; and not the rate "
    "on the box.",
    "`iters * batch * length * 4 * parameters / (flops * share)`.",
)

# --------------------------------------------------------------------------------------------------
keep_adapter = exercise(minutes=8, level=3)


@keep_adapter.solution
def _(save, path, arrays):
    """Save an adapter so that the last good one survives whatever happens.

    `path` is a `Path` that ends in .safetensors; there may be an adapter already. `save(file,
    arrays)` is `mx.save_safetensors`: it takes a text and writes a file of that name, which must
    end in .safetensors too. It may fail half-way, as on a full disk: part of a file is there
    then, and it raises. While `save` writes, `path` goes on holding what it held: the power may go.
    Afterwards it holds the new arrays, if it worked; if not, what it held before, and the error
    goes on to the caller. No other file is left in the folder either way.
    """
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@keep_adapter.alternative
def _(save, path, arrays):
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        file = Path(folder) / "adapter.safetensors"
        save(str(file), arrays)
        file.replace(path)


@keep_adapter.misconception(
    "in_place",
    "The disk was full, and the old adapter is {old}: it should be {old:expected}. Writing "
    "begins by emptying the file of that name, so the good one was gone before the new one "
    "failed. mlx_lm's trainer writes adapters.safetensors in this way; its numbered files "
    "survive. Where could the new one be written first?",
)
def _(save, path, arrays):
    save(str(path), arrays)


@keep_adapter.misconception(
    "deleted_first",
    "The disk was full, and the old adapter is {old}: it should be {old:expected}. It was taken "
    "away to make room, before anybody knew whether the new one would be whole.",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    path.unlink(missing_ok=True)
    try:
        save(str(part), arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@keep_adapter.misconception(
    "part_left",
    "The old adapter is safe, and after the failure the folder has {files}; it should have "
    "{files:expected}. On a full disk the broken part takes the room that the next try would need. "
    "Who cleans up if `save` raises?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    save(str(part), arrays)
    part.replace(path)


@keep_adapter.misconception(
    "error_swallowed",
    "The disk was full, and your function {raised}: the old adapter is safe and nobody knows "
    "that it is the old one. The score that is measured next belongs to another training.",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
        part.replace(path)
    except (OSError, RuntimeError):
        part.unlink(missing_ok=True)


@keep_adapter.misconception(
    "moved_whatever_happens",
    "While the new adapter is written the old one is {meanwhile}, and after the failure it is "
    "{old}: a broken part was moved into its place. `finally` runs after an error too. What "
    "belongs there, and what does not?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
    finally:
        part.replace(path)


@keep_adapter.misconception(
    "backup_left",
    "While the new adapter is written the old one is {meanwhile}, since it has been renamed, and "
    "when all went well the folder has {after}; it should have {after:expected}. Which of the "
    "two files should bear another name for a while?",
)
def _(save, path, arrays):
    spare = path.with_name("old." + path.name)
    if path.exists():
        path.replace(spare)
    try:
        save(str(path), arrays)
    except BaseException:
        path.unlink(missing_ok=True)
        if spare.exists():
            spare.replace(path)
        raise


@keep_adapter.use
def _(answer, rng):
    old, new = ({"lora_a": mx.array(rng.normal(size=4).astype(np.float32))} for _ in range(2))

    meanwhile = []

    def full(file, arrays):
        if not str(file).endswith(".safetensors"):
            raise ValueError("[save_safetensors] The file's name must end in .safetensors.")
        Path(file).write_bytes(b"\x20\x00\x00")
        meanwhile.append(state(path))
        raise RuntimeError("[write] Unable to write 16 bytes to file.")

    def state(path):
        if not path.exists():
            return "gone"
        try:
            found = mx.load(str(path))["lora_a"]
        except Exception:  # the reason differs between versions of MLX
            return "broken"
        return next(
            (word for word, a in (("as it was", old), ("new", new)) if _equal(a, found)), "other"
        )

    def names(path):
        return ", ".join(sorted(file.name for file in path.parent.iterdir())) or "nothing"

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapters.safetensors"
        mx.save_safetensors(str(path), old)
        answer(mx.save_safetensors, path, new)
        found = {"new": state(path), "after": names(path)}
        mx.save_safetensors(str(path), old)
        end = outcome(answer, full, path, new)
        found |= {
            "meanwhile": meanwhile[0],
            "old": state(path),
            "raised": end,
            "files": names(path),
        }
        path.unlink(missing_ok=True)
        for other in path.parent.iterdir():
            other.unlink()
        answer(mx.save_safetensors, path, new)
        found["first"] = state(path)
    return found


def _equal(arrays, found):
    return bool(mx.array_equal(arrays["lora_a"], found))


keep_adapter.says(
    passed="Write beside it, then rename: a rename within a folder is all or nothing.",
    new="What is there when it worked",
    after="Files when it worked",
    meanwhile="What is there while the disk fills up",
    old="What is there when the disk was full",
    raised="How your function ended then",
    files="Files then",
    first="What is there after the first save of all",
)
keep_adapter.hints(
    "At which moment may the old file go?",
    "When the new one is whole, under another name in the same folder. `Path.replace` renames.",
    'try: save to `path.with_name("part." + path.name)`, replace; finally: unlink with '
    "`missing_ok=True`.",
)
