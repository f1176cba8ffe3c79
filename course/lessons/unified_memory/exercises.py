"""Exercises of lesson 01, unified_memory."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import outcome

# --------------------------------------------------------------------------------------------------
replace_row = exercise(minutes=3, level=1)


@replace_row.solution
def _(table, i, row):
    """Return `table` with row `i` replaced by `row`. Whoever called you still needs the old table:
    theirs must not change.

        table:  (R, C) float32
        i:      an int, 0 <= i < R
        row:    (C,) float32
        result: (R, C) float32

    For [[1, 2], [3, 4]], i = 1 and row = [8, 9] the result is [[1, 2], [8, 9]], and the caller's
    array is still [[1, 2], [3, 4]].
    """
    new = mx.array(table)
    new[i] = row
    return new


@replace_row.alternative
def _(table, i, row):
    is_it = mx.arange(table.shape[0])[:, None] == i
    return mx.where(is_it, row, table)


@replace_row.alternative
def _(table, i, row):
    return mx.concatenate([table[:i], row[None], table[i + 1 :]])


@replace_row.misconception(
    "alias_is_copy",
    "The result is right, and the caller's table has changed too: its numbers are now {table}. "
    "`new = table` makes a second name and no second array, in MLX as in Python, and an assignment "
    "to an index is seen through every name. Where does your code make an array of its own?",
)
def _(table, i, row):
    new = table
    new[i] = row
    return new


@replace_row.misconception(
    "slice_is_view",
    "Nothing was replaced. What you take out of a table, with `table[i]` or a slice, is in NumPy "
    "and PyTorch a window onto it; in MLX it is an array of its own, and the table never hears of "
    "what you write there. (`.at` leaves its array alone too, and returns another.) On which array "
    "should the assignment stand?",
)
def _(table, i, row):
    new = mx.array(table)
    target = new[i]
    target[:] = row
    return new


@replace_row.misconception(
    "at_adds",
    "Row `i` is now the sum of the old row and the new one. `x.at[i]` reads like JAX's, where "
    "`.set` exists; MLX's `.at` only combines with what is there. Which syntax replaces?",
)
def _(table, i, row):
    return table.at[i].add(row)


@replace_row.use
def _(answer, rng):
    table = mx.array(rng.normal(2, 1, size=(3, 2)).round(1).astype(np.float32))
    row = mx.array(rng.normal(9, 1, size=2).round(1).astype(np.float32))
    return {"y": answer(table, int(rng.integers(0, 3)), row), "table": table}


replace_row.says(
    passed="A new array for you, and the caller's is untouched.",
    y="The result for a 3 × 2 table",
    table="The caller's table afterwards",
)
replace_row.hints(
    "How many arrays are there when your function returns: one under two names, or two?",
    "Make the new array first. Then assign to an index of it, not to something taken out of it.",
    "`mx.array(table)` is a copy; `new[i] = row` replaces a row of it.",
)

# --------------------------------------------------------------------------------------------------
count_ids = exercise(minutes=4, level=1)


@count_ids.solution
def _(ids, n):
    """Count how often each id occurs.

        ids:    (N,) int32, each 0 <= id < n
        n:      how many different ids there can be
        result: (n,) int32

    For ids [2, 0, 2] and n = 4 that is [1, 0, 2, 0].
    """
    return mx.zeros((n,), dtype=mx.int32).at[ids].add(1)


@count_ids.alternative
def _(ids, n):
    return (ids[:, None] == mx.arange(n)).sum(axis=0)


@count_ids.alternative
def _(ids, n):
    counts = [0] * n
    for i in ids.tolist():
        counts[i] += 1
    return mx.array(counts)


@count_ids.misconception(
    "dup_index_add",
    "No id was counted more than once: you have {y}, and it should be {y:expected}. "
    "`counts[ids] += 1` reads all the old counts, adds 1 to each, and writes them back; an id that "
    "occurs three times writes the same 1 three times. NumPy does the same. Which way of adding "
    "takes every occurrence for itself?",
)
def _(ids, n):
    counts = mx.zeros((n,), dtype=mx.int32)
    counts[ids] += 1
    return counts


@count_ids.misconception(
    "float_counts",
    "The counts are right, and they are float32: `mx.zeros` makes that unless it is told "
    "otherwise. Above 16,777,216 a float32 no longer has every whole number. What holds counts?",
)
def _(ids, n):
    return mx.zeros((n,)).at[ids].add(1)


@count_ids.misconception(
    "ends_at_the_largest",
    "Your array ends at the largest id that occurs. `np.bincount` cannot know how many ids there "
    "could be, so its length depends on the data. The statement gives you n for this. (Its dtype "
    "is NumPy's own, int64.)",
)
def _(ids, n):
    return mx.array(np.bincount(np.array(ids)))


@count_ids.use
def _(answer, rng):
    return {"y": answer(mx.array(rng.integers(0, 4, size=9).astype(np.int32)), 6)}


count_ids.says(passed="Every occurrence counted, in one operation or many.", y="For 9 ids, n = 6")
count_ids.hints(
    "What should happen when the same id stands twice in `ids`?",
    "`x.at[ids]` has methods that treat every occurrence for itself.",
    "Zeros of the right length and dtype, then `.at[ids].add(1)`.",
)

# --------------------------------------------------------------------------------------------------
apply_temperature = exercise(minutes=4, level=1)


@apply_temperature.solution
def _(logits, temperature):
    """Divide a model's logits by the temperature, and keep the model's precision.

        logits:      (B, V) float16, bfloat16 or float32; the caller's array must not change
        temperature: () float32, an array: it comes from a schedule
        result:      (B, V), of the dtype that the logits have

    For float16 logits [[2, 4]] and temperature 2 that is [[1, 2]], float16.
    """
    return logits / temperature.astype(logits.dtype)


@apply_temperature.alternative
def _(logits, temperature):
    return (logits / temperature).astype(logits.dtype)


@apply_temperature.alternative
def _(logits, temperature):
    return logits / temperature.item()


@apply_temperature.misconception(
    "scalar_array_upcast",
    "Your result for float16 logits is {half_dtype}. A Python number takes the dtype of the array "
    "that it meets; an array has a dtype of its own, even with a single number in it, and float16 "
    "with float32 makes float32. From there on everything is twice the bytes. Which of the two "
    "operands should give way?",
)
def _(logits, temperature):
    return logits / temperature


@apply_temperature.misconception(
    "half_always",
    "float16 logits stay float16, and bfloat16 ones come back as {bfloat_dtype}: a dtype is "
    "written out in your code. float16 ends at 65,504, where bfloat16 goes on to 3e38. Which array "
    "knows what the result should be?",
)
def _(logits, temperature):
    return (logits / temperature).astype(mx.float16)


@apply_temperature.misconception(
    "caller_divided_too",
    "The caller's logits changed with yours, even their dtype: they are {logits_dtype} now. `/=` "
    "writes into the array that you were given; it looks like a local variable, and is the "
    "caller's. What would make a new array?",
)
def _(logits, temperature):
    logits /= temperature
    return logits


@apply_temperature.use
def _(answer, rng):
    logits = mx.array(rng.normal(0, 4, size=(2, 3)).round(1).astype(np.float32))
    temperature = mx.array(float(rng.choice([0.6, 0.7, 1.5])))
    mine = logits.astype(mx.float16)
    half = answer(mine, temperature)
    bfloat = answer(logits.astype(mx.bfloat16), temperature)
    return {
        "half": half,
        "half_dtype": _dtype(half),
        "bfloat": bfloat,
        "bfloat_dtype": _dtype(bfloat),
        "single": answer(mx.array(logits), temperature),
        "logits": mine,
        "logits_dtype": _dtype(mine),
    }


def _dtype(y):
    return str(getattr(y, "dtype", "no dtype")).removeprefix("mlx.core.")


apply_temperature.says(
    passed="Half precision went in and half precision came out.",
    half="The result for float16 logits",
    half_dtype="The result's dtype for float16 logits",
    bfloat="The result for bfloat16 logits",
    bfloat_dtype="The result's dtype for bfloat16 logits",
    single="The result for float32 logits",
    logits="The caller's float16 logits afterwards",
    logits_dtype="The dtype of the caller's logits afterwards",
)
apply_temperature.hints(
    "Which dtype does float16 divided by float32 have?",
    "Bring the temperature to the logits' dtype, or the result back to it.",
    "`temperature.astype(logits.dtype)`.",
)

# --------------------------------------------------------------------------------------------------
masked_mean = exercise(minutes=5, level=2)


@masked_mean.solution
def _(x, mask):
    """Return the mean of the entries that count, for each row. Where `mask` is False, `x` holds
    whatever was left in that memory: large numbers, nan or infinity.

        x:      (B, L) float32
        mask:   (B, L) bool, at least one True in each row
        result: (B,) float32

    For x [[1, 2, 6], [4, nan, nan]] and mask [[True, True, False], [True, False, False]] that is
    [1.5, 4].
    """
    return mx.where(mask, x, 0).sum(axis=1) / mask.sum(axis=1)


@masked_mean.alternative
def _(x, mask):
    kept = mx.array(x)
    kept[mx.logical_not(mask)] = 0.0
    return kept.sum(axis=1) / mask.astype(mx.float32).sum(axis=1)


@masked_mean.alternative
def _(x, mask):
    rows = zip(x.tolist(), mask.tolist(), strict=True)
    kept = [[v for v, keep in zip(*row, strict=True) if keep] for row in rows]
    return mx.array([sum(values) / len(values) for values in kept])


@masked_mean.misconception(
    "bool_mask_read",
    "MLX does not read through a boolean mask: how many numbers come out would depend on the data, "
    "and an array's shape has to be known before anything is computed. Writing through a mask "
    "works. What can you put where the mask is False, so that a sum over the whole row is right?",
)
def _(x, mask):
    return mx.stack([row[keep].mean() for row, keep in zip(x, mask, strict=True)])


@masked_mean.misconception(
    "nan_times_zero",
    "A row with nan or infinity in its padding came out as nan: you have {y}. Multiplying by 0 "
    "removes every number but those two, since nan times 0 is nan. Something has to choose between "
    "x and 0 without computing with both.",
)
def _(x, mask):
    return (x * mask).sum(axis=1) / mask.sum(axis=1)


@masked_mean.misconception(
    "zeros_counted",
    "The sums are right, and each was divided by the length of the whole row, padding included. "
    "How many entries of a row does the mask let through?",
)
def _(x, mask):
    return mx.where(mask, x, 0).mean(axis=1)


@masked_mean.misconception(
    "mean_of_a_product",
    "Two things at once, and you have {y}. Multiplying by 0 leaves nan and infinity as nan. And a "
    "mean divides by the length of the whole row, however much of it counts. Start with the first: "
    "what chooses between two values instead of multiplying them?",
)
def _(x, mask):
    return (x * mask).mean(axis=1)


@masked_mean.misconception(
    "one_count_for_all",
    "The sums are right, and every row was divided by the same number: what the mask lets through "
    "in the whole array. Each row has a count of its own.",
)
def _(x, mask):
    return mx.where(mask, x, 0).sum(axis=1) / mask.sum()


@masked_mean.use(y="reduction")
def _(answer, rng):
    x = rng.normal(3, 1, size=(3, 5)).round(1).astype(np.float32)
    lengths = rng.permutation([1, 2, 4])
    mask = np.arange(5) < lengths[:, None]
    garbage = np.array([[1e4], [np.nan], [np.inf]], dtype=np.float32)
    return {"y": answer(mx.array(np.where(mask, x, garbage)), mx.array(mask))}


masked_mean.says(
    passed="Chosen, not multiplied; and no shape depends on the data.",
    y="For three rows with 1e4, nan and inf in their padding",
)
masked_mean.hints(
    "What has to be true of the entries that don't count, so that a sum over the row ignores them?",
    "`mx.where` chooses between two values entry by entry. The other half is the count.",
    "Sum of `mx.where(mask, x, 0)` along each row, divided by the sum of the mask along it.",
)

# --------------------------------------------------------------------------------------------------
take_rows = exercise(minutes=5, level=2)


@take_rows.solution
def _(table, ids):
    """Look up rows of an embedding table, and refuse ids that are not in it: they come from a
    tokenizer, and it may belong to another model.

        table:  (R, C) float32
        ids:    (N,) int32
        result: (N, C) float32, row k is the row ids[k] of the table

    If any id is negative, or R or more, raise an IndexError. You may evaluate `ids` to find out.
    For a table of 3 rows, ids [2, 0, 2] give its last, first and last row; [0, 3] and [-1] raise.
    """
    if mx.any((ids < 0) | (ids >= table.shape[0])):
        raise IndexError(f"ids must be from 0 to {table.shape[0] - 1}, and are {ids.tolist()}.")
    return table[ids]


@take_rows.alternative
def _(table, ids):
    lowest, highest = ids.min().item(), ids.max().item()
    if lowest < 0 or highest >= len(table):
        raise IndexError(f"ids reach from {lowest} to {highest}; the table has {len(table)} rows.")
    return mx.take(table, ids, axis=0)


@take_rows.alternative
def _(table, ids):
    rows = table.shape[0]
    for i in ids.tolist():
        if i not in range(rows):
            raise IndexError(f"{i} is no row of {rows}")
    return mx.stack([table[i] for i in ids.tolist()])


@take_rows.misconception(
    "oob_silent",
    "For an id past the end of the table your function {past_the_end}, as if nothing were wrong. "
    "NumPy would have raised for you. MLX checks no index: it writes the operation down now, runs "
    "it later and perhaps on a GPU, from where no exception can come back, and reads whatever lies "
    "there. Who is left to look at the ids?",
)
def _(table, ids):
    return table[ids]


@take_rows.misconception(
    "negative_wraps",
    "Ids that are too large are refused, and -1 is not: it counts from the end, as in Python, and "
    "gives the last row. As an id, -1 is most often padding that slipped through. What is the "
    "smallest id that is in the table?",
)
def _(table, ids):
    if (ids >= table.shape[0]).any():
        raise IndexError("no such row")
    return table[ids]


@take_rows.misconception(
    "off_by_one",
    "The id R itself got through, and a table of R rows ends at R - 1. Look at your comparison: "
    "which side of it may be equal?",
)
def _(table, ids):
    if (ids < 0).any() or (ids > table.shape[0]).any():
        raise IndexError("no such row")
    return table[ids]


@take_rows.misconception(
    "other_error",
    "Bad ids are refused with {past_the_end}. Callers of a lookup catch IndexError; an `assert` "
    "even disappears when Python runs with -O. Which class does the statement name?",
)
def _(table, ids):
    assert bool(((ids >= 0) & (ids < table.shape[0])).all())
    return table[ids]


@take_rows.use
def _(answer, rng):
    table = mx.array(rng.normal(size=(5, 3)).round(2).astype(np.float32))
    ids = rng.integers(0, 5, size=4)

    def ends(last):  # nothing here is evaluated: what lies outside the table is nobody's business
        bad = mx.array([*ids[:2].tolist(), last], dtype=mx.int32)
        return outcome(answer, table, bad).split(":")[0]

    return {
        "y": answer(table, mx.array(ids.astype(np.int32))),
        "past_the_end": ends(9),
        "id_r": ends(5),
        "negative": ends(-1),
    }


take_rows.says(
    passed="Checked where the ids come in, once, instead of hoping that someone further on will.",
    y="For four ids that are in the table",
    past_the_end="For an id of 9 in a table of 5 rows",
    id_r="For an id of 5 in a table of 5 rows",
    negative="For an id of -1",
)
take_rows.hints(
    "When would MLX notice that an id is not in the table, and whom could it tell?",
    "Two comparisons find the bad ids; `mx.any` makes one answer of them. Both ends count.",
    "`if mx.any((ids < 0) | (ids >= ...)): raise IndexError(...)`, then the lookup.",
)

# --------------------------------------------------------------------------------------------------
weights_to_numpy = exercise(minutes=6, level=2)


@weights_to_numpy.solution
def _(weights):
    """Hand a model's weights to a program that knows NumPy and not MLX.

        weights: dict of name -> MLX array, of any dtype
        result:  dict of the same names -> NumPy array, same shape and values

    NumPy has no bfloat16: such an array becomes float32. All others keep their dtype. The NumPy
    arrays have memory of their own: whoever writes into one must not change your model.

    For {"b": 1.5 in bfloat16, "n": 3 in int32} the results are 1.5 in float32 and 3 in int32.
    """
    found = {}
    for name, array in weights.items():
        if array.dtype == mx.bfloat16:
            array = array.astype(mx.float32)
        found[name] = np.array(array)
    return found


@weights_to_numpy.alternative
def _(weights):
    def plain(array):
        return array.astype(mx.float32) if array.dtype == mx.bfloat16 else array

    return {name: np.asarray(plain(array)).copy() for name, array in weights.items()}


@weights_to_numpy.misconception(
    "bf16_to_numpy",
    "One of the weights is bfloat16, and NumPy has no such type: it asked for the array's buffer "
    "and did not know the format. Every bfloat16 is also a float32, with 16 zero bits at its end. "
    "On which side of the crossing can that be done?",
)
def _(weights):
    return {name: np.array(array) for name, array in weights.items()}


@weights_to_numpy.misconception(
    "all_to_float32",
    "Every array came out as float32, the float16 one and the token ids too. That was needed for "
    "one of them; the others double in size or are no longer whole numbers. Which dtype is the "
    "only one that NumPy lacks?",
)
def _(weights):
    return {name: np.array(array.astype(mx.float32)) for name, array in weights.items()}


@weights_to_numpy.misconception(
    "buffer_shared",
    "After someone wrote zeros into your NumPy arrays, the model's bias is {bias_after}. "
    "`np.asarray` and `copy=False` give a window onto MLX's own memory: good for reading a large "
    "array once, and not what the statement asks for. What makes it a copy?",
)
def _(weights):
    return {
        name: np.asarray(array.astype(mx.float32) if array.dtype == mx.bfloat16 else array)
        for name, array in weights.items()
    }


@weights_to_numpy.misconception(
    "bits_not_numbers",
    "The bfloat16 weights arrived as {embed_dtype}: their bits, read as whole numbers. `view` "
    "keeps the bits and changes their meaning; this needs it the other way round. What keeps the "
    "value and changes the bits?",
)
def _(weights):
    return {
        name: np.array(array.view(mx.uint16) if array.dtype == mx.bfloat16 else array)
        for name, array in weights.items()
    }


@weights_to_numpy.misconception(
    "through_lists",
    "The numbers are right and the dtypes are Python's: float16 became {scale_dtype}. A list of "
    "numbers has forgotten what it was made of, and each of its numbers is an object of its own; a "
    "large model does not fit in memory that way.",
)
def _(weights):
    return {name: np.array(array.tolist()) for name, array in weights.items()}


@weights_to_numpy.use
def _(answer, rng):
    def numbers(*shape):
        return mx.array(rng.normal(2, 1, size=shape).astype(np.float32))

    weights = {
        "embed": numbers(2, 3).astype(mx.bfloat16),
        "scale": numbers(3).astype(mx.float16),
        "bias": numbers(2),
        "ids": mx.array(rng.integers(0, 99, size=4).astype(np.int32)),
    }
    mx.eval(weights)
    found = answer(dict(weights))
    if not isinstance(found, dict):
        found = dict.fromkeys(weights, found)
    seen = {name: found[name] for name in weights if name in found}
    dtypes = {f"{name}_dtype": _dtype(seen.get(name)) for name in ("embed", "scale")}
    for name, made in seen.items():
        if isinstance(made, np.ndarray):
            seen[name] = np.array(made)
            made[...] = 0
    return {**seen, **dtypes, "bias_after": weights["bias"]}


weights_to_numpy.says(
    passed="One dtype converted, the others as they were, and nothing shared.",
    embed="The bfloat16 weights",
    embed_dtype="Their dtype in NumPy",
    scale="The float16 weights",
    scale_dtype="Their dtype in NumPy (float16 before)",
    bias="The float32 weights",
    ids="The int32 ids",
    bias_after="The model's float32 weights after zeros were written into your arrays",
)
weights_to_numpy.hints(
    "Which of MLX's dtypes has NumPy never heard of, and which type has room for all its values?",
    "Convert in MLX, before NumPy sees the array; and think about who owns the memory afterwards.",
    "`array.astype(mx.float32)` where the dtype is `mx.bfloat16`, then `np.array(array)`.",
)

# --------------------------------------------------------------------------------------------------
unit_distance = exercise(minutes=5, level=2)


@unit_distance.solution
def _(w, target):
    """A loss that turns a vector without caring how long it is: the squared distance between
    w / |w| and the target, |w| being the Euclidean length. It will be trained, so the gradient
    with respect to `w`, `mx.grad(unit_distance)(w, target)`, has to be right as well.

        w:      (D,) float32, not zero
        target: (D,) float32
        result: () float32, an MLX array

    For w [3, 4] and target [1, 0] that is 0.4 * 0.4 + 0.8 * 0.8 = 0.8, and the gradient is
    [-0.256, 0.192].
    """
    return mx.square(w / mx.linalg.norm(w) - target).sum()


@unit_distance.alternative
def _(w, target):
    u = w * mx.rsqrt((w * w).sum())
    return ((u - target) ** 2).sum()


@unit_distance.alternative
def _(w, target):
    length = mx.sqrt(mx.sum(w**2))
    return 1 + mx.sum(target**2) - 2 * mx.sum(w * target) / length


@unit_distance.misconception(
    "numpy_break_grad",
    "The loss is right, and its gradient is {gradient}: nothing will ever be learned, and nothing "
    "says so. What NumPy computes MLX does not see; the result comes back as a new constant that "
    "has nothing to do with `w`. Where does your code leave MLX?",
)
def _(w, target):
    u = np.array(w) / np.linalg.norm(np.array(w))
    return mx.array(((u - np.array(target)) ** 2).sum())


@unit_distance.misconception(
    "item_breaks_grad",
    "The loss is right, and the gradient is {gradient}, not {gradient:expected}. It is the "
    "gradient of a loss in which the length is a fixed number. A length that left MLX, by "
    "`.item()`, `float()` or NumPy, is one: w grows, and the number stays.",
)
def _(w, target):
    length = mx.linalg.norm(w).item()
    return mx.square(w / length - target).sum()


@unit_distance.misconception(
    "item_at_the_end",
    "You return a Python number. It has the right value and no past: there is nothing left to "
    "differentiate, and `mx.grad` refuses it. Who should turn a loss into a number, and when?",
)
def _(w, target):
    return mx.square(w / mx.linalg.norm(w) - target).sum().item()


@unit_distance.use(loss="reduction", gradient="reduction")
def _(answer, rng):
    w = mx.array(rng.uniform(1, 3, size=3).round(1).astype(np.float32))
    target = mx.array(rng.uniform(-1, 1, size=3).round(1).astype(np.float32))
    loss = answer(w, target)
    scalar = isinstance(loss, mx.array) and loss.shape == ()
    return {"loss": loss, "gradient": mx.grad(answer)(w, target) if scalar else None}


unit_distance.says(
    passed="The whole way from w to the loss lies inside MLX.",
    loss="The loss for a vector of three",
    gradient="Its gradient",
)
unit_distance.hints(
    "Through which operations does the loss depend on w? Does MLX see all of them?",
    "The length of w depends on w too. Keep it an MLX array until the end.",
    "`mx.linalg.norm(w)`, without `.item()`, then a difference, a square and a sum.",
)

# --------------------------------------------------------------------------------------------------
step_seconds = exercise(minutes=6, level=2)


@step_seconds.solution
def _(stamps, stream):
    """A recorder wrote a time stamp for each step. Return how long each step took, as an MLX array
    that any device can use.

        stamps: (N,) float64, a NumPy array: seconds since 1970, in order
        stream: an MLX stream of the CPU
        result: (N - 1,) float32, an MLX array: seconds between neighbours

    For [1764000060.25, 1764000061.0, 1764000063.5] that is [0.75, 2.5].

    What you do in MLX must run on `stream`: the default may be a GPU, which refuses float64. The
    check calls you with a default stream that cannot run anything.
    """
    exact = mx.array(stamps, dtype=mx.float64)
    with mx.stream(stream):
        return (exact[1:] - exact[:-1]).astype(mx.float32)


@step_seconds.alternative
def _(stamps, stream):
    return mx.array(np.diff(stamps).astype(np.float32))


@step_seconds.alternative
def _(stamps, stream):
    mine = stamps - stamps[0]  # small numbers, for which float32 is enough
    start, end = mx.array(mine[:-1]), mx.array(mine[1:])
    return mx.subtract(end, start, stream=stream)


@step_seconds.misconception(
    "float64_lost",
    "You have {steps}, where {steps:expected} seconds passed. `mx.array` turns NumPy's float64 "
    "into float32 unless it is told otherwise, and says nothing. A float32 has 24 bits: near 1.7 "
    "billion its neighbours are 128 apart, so the seconds were gone before you subtracted.",
)
def _(stamps, stream):
    times = mx.array(stamps)
    with mx.stream(stream):
        return times[1:] - times[:-1]


@step_seconds.misconception(
    "default_stream",
    "Some of your operations were written down for the default stream, which cannot run them; on a "
    "GPU you would read that float64 is not supported there. Every operation has a stream of its "
    "own, and a slice or an `astype` is an operation too.",
)
def _(stamps, stream):
    exact = mx.array(stamps, dtype=mx.float64)
    return mx.subtract(exact[1:], exact[:-1], stream=stream).astype(mx.float32)


@step_seconds.misconception(
    "to_moves_it",
    "An MLX array has no `to`: it is nowhere, so there is nothing to move it from. In PyTorch the "
    "data goes to a device and the operations follow; in MLX the operations are sent. Which of "
    "your lines are operations, and how do they take a stream?",
)
def _(stamps, stream):
    exact = mx.array(stamps, dtype=mx.float64).to(stream)
    return (exact[1:] - exact[:-1]).astype(mx.float32)


@step_seconds.misconception(
    "float64_handed_on",
    "The seconds are right, and they are float64: whoever uses them next has to stay on the CPU "
    "too. The differences are small numbers. Which dtype is enough for them?",
)
def _(stamps, stream):
    exact = mx.array(stamps, dtype=mx.float64)
    with mx.stream(stream):
        return exact[1:] - exact[:-1]


@step_seconds.use
def _(answer, rng):
    took = rng.integers(1, 12, size=4) / 4
    stamps = 1.764e9 + rng.integers(0, 10**6) + np.concatenate([[0.25], took]).cumsum()
    here, elsewhere = _cpu_streams()
    with mx.stream(elsewhere):
        steps = answer(stamps, here)
    runs = outcome(mx.eval, steps) == "returned"
    return {"runs": runs, "steps": steps if runs else None}


@cache
def _cpu_streams():
    """A stream of this thread, and one of a thread that has ended: nothing can run on it."""
    lost = []
    thread = threading.Thread(target=lambda: lost.append(mx.new_stream(mx.cpu)))
    thread.start()
    thread.join()
    return mx.new_stream(mx.cpu), lost[0]


step_seconds.says(
    passed="float64 where it lives, and float32 from there on.",
    runs="Whether all of it could run",
    steps="The steps, in seconds",
)
step_seconds.hints(
    "How many digits does a float32 have, and how many has a time stamp with its fractions?",
    "Two things to say: the dtype when the array is made, and the stream for all that follows.",
    "`mx.array(stamps, dtype=mx.float64)`; the rest under `with mx.stream(stream):`.",
)

# --------------------------------------------------------------------------------------------------
hand_over = exercise(minutes=6, level=2)


@hand_over.solution
def _(first, second, x, a, b):
    """Run two functions on two streams, the second on what the first returns.

        first, second: functions of one array, written by someone who never thought of streams
        x:             an array
        a, b:          two streams
        result:        second(first(x)), the operations of `first` on stream a, those of `second`
                       on stream b; still to be evaluated

    Nothing may be evaluated on the way, and afterwards the default stream is what it was.
    """
    with mx.stream(a):
        y = first(x)
    with mx.stream(b):
        return second(y)


@hand_over.alternative
def _(first, second, x, a, b):
    before = mx.default_stream(mx.default_device())
    try:
        mx.set_default_stream(a)
        y = first(x)
        mx.set_default_stream(b)
        return second(y)
    finally:
        mx.set_default_stream(before)


@hand_over.misconception(
    "eval_in_between",
    "`second` was handed an array that was already evaluated. Whoever waits there fears that it "
    "could start too early; MLX sees that one operation needs the other's result, and makes the "
    "second stream wait for it. What is left of your code without the waiting?",
)
def _(first, second, x, a, b):
    with mx.stream(a):
        y = first(x)
    mx.eval(y)
    with mx.stream(b):
        return second(y)


@hand_over.misconception(
    "one_stream_for_both",
    "`second` ran on {second_on}, as `first` did. One stream does keep the order, and so do two "
    "when one result needs the other. With both on one, nothing else can run beside them.",
)
def _(first, second, x, a, b):
    with mx.stream(a):
        return second(first(x))


@hand_over.misconception(
    "default_set_for_good",
    "It works, and afterwards the default stream is {default_after}: everything that the program "
    "does from now on lands there. `mx.set_default_stream` has no end. What does?",
)
def _(first, second, x, a, b):
    mx.set_default_stream(a)
    y = first(x)
    mx.set_default_stream(b)
    return second(y)


@hand_over.misconception(
    "stream_as_argument",
    "`first` takes no `stream`. MLX's own operations do, and a function made of them does only if "
    "its author passed it on. What sets the stream for all operations that a block writes down?",
)
def _(first, second, x, a, b):
    return second(first(x, stream=a), stream=b)


@hand_over.use
def _(answer, rng):
    x = mx.array(rng.uniform(1, 2, size=(2, 3)).round(1).astype(np.float32))
    a, b = _two_streams(str(mx.default_device()))
    home, seen = mx.default_stream(mx.default_device()), {}

    def now():
        stream = mx.default_stream(mx.default_device())
        return "as it was" if stream == home else "a" if stream == a else "b"

    def first(x):
        seen["first_on"] = now()
        return mx.log(x)

    def second(y):
        seen["second_on"] = now()
        seen["waited"] = measure.is_evaluated(y)
        return y * 2 + 1

    with mx.stream(home):
        y = answer(first, second, x, a, b)
        after = now()
    evaluated = measure.is_evaluated(y)
    nothing = {"first_on": "not called", "second_on": "not called", "waited": None}
    return {"y": y, "default_after": after, "evaluated": evaluated} | nothing | seen


@cache
def _two_streams(_):
    """Two streams of the default device; made once for each, since a stream lives for good."""
    return mx.new_stream(mx.default_device()), mx.new_stream(mx.default_device())


hand_over.says(
    passed="The graph itself keeps the order; the streams are only told where.",
    y="The result",
    first_on="The stream of `first`",
    second_on="The stream of `second`",
    waited="Whether `second` got an evaluated array",
    evaluated="Whether the result was already evaluated",
    default_after="The default stream afterwards",
)
hand_over.hints(
    "Who knows that `second` needs what `first` returns: you, or the graph?",
    "A block can have a stream: all operations written down inside it belong to that stream.",
    "`with mx.stream(a):` around one call, `with mx.stream(b):` around the other.",
)

# --------------------------------------------------------------------------------------------------
prefetch = exercise(minutes=8, level=3)


@prefetch.solution
def _(make, n):
    """Let a worker thread prepare batches while the main thread has other things to do.

        make:   make(i) returns batch i, an MLX array that nobody has evaluated yet
        n:      how many batches
        result: a list of n arrays, make(0), make(1), … in order

    `make` must be called in a thread other than yours; wait for it before you return. Your caller
    will compute with the batches in the thread in which it called you. For n = 0 the list is empty.
    """

    def ready(i):
        batch = make(i)
        mx.eval(batch)
        return batch

    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(ready, range(n)))


@prefetch.alternative
def _(make, n):
    batches = []

    def work():
        for i in range(n):
            batches.append(make(i))
        mx.eval(batches)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return batches


@prefetch.misconception(
    "thread_stream",
    "The worker made the batches, and they cannot be used where they are needed. An array that is "
    "still to be computed belongs to a stream, and a stream to the thread that made it: what you "
    "got back was a plan and no data. What has to happen before a batch leaves its thread?",
)
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(make, range(n)))


@prefetch.misconception(
    "eval_back_home",
    "An evaluation was asked for in one thread, of operations that belong to a stream of another. "
    "A stream belongs to the thread that made it, and only there can its work be done. "
    "Which thread calls `make`, and which one evaluates what comes out?",
)
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        batches = list(pool.map(make, range(n)))
    mx.eval(batches)
    return batches


@prefetch.misconception(
    "main_thread_after_all",
    "The batches are right, and `make` ran in the main thread {in_main} times: nothing else could "
    "happen there meanwhile. Which of your lines calls `make`, and which thread runs that line?",
)
def _(make, n):
    batches = [make(i) for i in range(n)]
    mx.eval(batches)
    return batches


@prefetch.misconception(
    "called_before_handing_over",
    "The worker was told to call an array. With `pool.submit(make(i))` or `Thread(target=make(i))` "
    "Python runs `make` first, in your own thread, and hands over what it returned. What should "
    "the worker get: a batch, or something that makes one?",
)
def _(make, n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return [pool.submit(make(i)).result() for i in range(n)]


@prefetch.use
def _(answer, rng):
    base = mx.array(rng.normal(size=(2, 3)).round(1).astype(np.float32))
    home, in_main = threading.get_ident(), []

    def make(i):
        in_main.append(threading.get_ident() == home)
        return (base + i) * 0.5

    batches = list(answer(make, 3))
    usable = outcome(mx.eval, *batches) == "returned"
    return {
        "usable": usable,
        "in_main": sum(in_main),
        "count": len(batches),
        "y": mx.concatenate(batches) if usable and batches else None,
        "empty": len(list(answer(make, 0))),
    }


prefetch.says(
    passed="What crosses from thread to thread is data; a plan stays where it was made.",
    usable="Whether the caller could evaluate the batches",
    in_main="Calls of `make` in the main thread, of 3",
    count="Batches",
    y="The three batches, one under the other",
    empty="Batches for n = 0",
)
prefetch.hints(
    "What is in an array that nobody has evaluated, and which thread's stream is it meant for?",
    "Evaluate each batch in the worker, right after it is made. Then hand it over.",
    "A function for the worker that calls `make(i)`, then `mx.eval`, then returns the batch.",
)

# --------------------------------------------------------------------------------------------------
keep_last = exercise(minutes=7, level=3)


@keep_last.solution
def _(logits):
    """A prompt gives logits for each of its T positions, and sampling needs those of the last. Take
    them out so that they can be kept: once your caller drops `logits`, no more memory than that
    of the last position may be in use.

        logits: (B, T, V) float32, evaluated
        result: (B, V) float32, evaluated

    For [[[1, 2], [3, 4]]] that is [[3, 4]], 8 bytes that depend on nothing else.
    """
    last = mx.contiguous(logits[:, -1])
    mx.eval(last)
    return last


@keep_last.alternative
def _(logits):
    last = mx.array(logits[:, -1])
    mx.eval(last)
    return last


@keep_last.alternative
def _(logits):
    return mx.array(np.array(logits[:, -1, :]))


@keep_last.alternative
def _(logits):
    last = logits[:, -1] + 0.0
    mx.eval(last)
    return last


@keep_last.misconception(
    "slice_is_a_copy",
    "You return a slice, still to be evaluated. It looks like a copy, since writing to it leaves "
    "`logits` alone; but no bytes have been copied, and none will be: even once evaluated it is a "
    "place in the buffer of `logits` and keeps all of that alive. What gives it bytes of its own?",
)
def _(logits):
    return logits[:, -1]


@keep_last.misconception(
    "evaluated_slice",
    "The numbers are there, and they lie in the middle of the caller's logits: all of those stay "
    "in memory for as long as you keep yours. Evaluating a slice finds out where it begins and "
    "copies nothing. What gives it bytes of its own?",
)
def _(logits):
    last = logits[:, -1]
    mx.eval(last)
    return last


@keep_last.misconception(
    "copy_still_pending",
    "You asked for a copy, and nobody has made it: the result is a graph, and all of the logits "
    "are its input, so none of them can go. When is a copy a copy?",
)
def _(logits):
    return mx.contiguous(logits[:, -1])


@keep_last.misconception(
    "kept_dimension",
    "The memory is as it should be, and the result has three dimensions. A range of positions "
    "keeps its dimension, even if the range holds a single one. What takes one position out?",
)
def _(logits):
    last = mx.contiguous(logits[:, -1:])
    mx.eval(last)
    return last


@keep_last.use
def _(answer, rng):
    logits = mx.array(rng.normal(size=(2, 4, 5)).round(2).astype(np.float32))
    last = answer(logits)
    if not isinstance(last, mx.array):
        return {"last": last, "evaluated": True, "inside": False}
    evaluated = measure.is_evaluated(last)
    inside = np.may_share_memory(np.array(last, copy=False), np.array(logits, copy=False))
    return {"last": last, "evaluated": evaluated, "inside": bool(inside)}


keep_last.says(
    passed="What owns its bytes can be kept for as long as you like.",
    last="The last position's logits",
    evaluated="Whether it was evaluated",
    inside="Whether it lies in the buffer of the logits",
)
keep_last.hints(
    "Whose buffer does a slice lie in, and how long does that buffer live?",
    "`mx.contiguous` gives a slice a buffer of its own. But when?",
    "`mx.contiguous(logits[:, -1])`, evaluated before you return it.",
)

# --------------------------------------------------------------------------------------------------
copy_share = exercise(minutes=8, level=3)


@copy_share.solution
def _(weights, room, memory, link, vocab):
    """A language model writes tokens on a discrete GPU. Say what copying costs it.

        weights: bytes of all its weights
        room:    bytes of weights for which the card has room; may be more than there are
        memory:  bytes a second at which the GPU reads weights
        link:    bytes a second between host and card, in either direction
        vocab:   tokens in the vocabulary
        result:  (load, share), two floats

    load:  seconds to bring over the weights for which there is room. This happens once.
    share: the part of one token's time that the link takes, from 0 to 1. For every token the GPU
           reads all weights once. Over the link go a token id of 4 bytes to the card, the logits
           back (a float32 for each token of the vocabulary), and to the card, each time anew,
           those weights for which there is no room. Nothing overlaps: times add up.

    For 4e9 bytes of weights, room for 24e9, memory 1e12, link 32e9 and a vocabulary of 128,000
    the load takes 0.125 s, and the share is 0.003984.
    """
    stay = min(weights, room)
    moved = 4 + 4 * vocab + (weights - stay)
    copying, reading = moved / link, weights / memory
    return stay / link, copying / (copying + reading)


@copy_share.alternative
def _(weights, room, memory, link, vocab):
    missing = max(0, weights - room)
    ids, logits = 4 / link, 4 * vocab / link
    copying = ids + logits + missing / link
    return (weights - missing) / link, 1 - (weights / memory) / (copying + weights / memory)


@copy_share.misconception(
    "weights_every_token",
    "You send all the weights over the link for every token: {share_fits} of the time of a model "
    "that fits, when it is {share_fits:expected}. Weights are brought once and stay, as long as "
    "there is room for them. Which of them have to come again?",
)
def _(weights, room, memory, link, vocab):
    copying = (weights + 4 + 4 * vocab) / link
    return min(weights, room) / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "everything_is_a_round_trip",
    "Each of your copies costs twice what it should: loading takes {load_fits} s, not "
    '{load_fits:expected}. `.to("cuda")` is often called a round trip; bytes go one way, and '
    "what comes back is counted when it comes back.",
)
def _(weights, room, memory, link, vocab):
    stay = min(weights, room)
    copying = 2 * (4 + 4 * vocab + weights - stay) / link
    return 2 * stay / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "nothing_after_loading",
    "For a model that fits you are right. For one that does not, you have a share of "
    "{share_spills}, and it is {share_spills:expected}: the weights without room cross the link "
    "at every token. This is where the tax really falls.",
)
def _(weights, room, memory, link, vocab):
    copying = 4 * (vocab + 1) / link
    return min(weights, room) / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "loads_what_does_not_fit",
    "The shares are right. At the start you bring over all weights, {load_spills} s of them, also "
    "those for which the card has no room; they would have to leave again at once.",
)
def _(weights, room, memory, link, vocab):
    copying = (4 + 4 * vocab + max(0, weights - room)) / link
    return weights / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "logits_stay",
    "Only the token's id crosses the link in your sum. It is the smaller part: the logits that "
    "come back are a float32 for each token of the vocabulary. (A sampler on the card would spare "
    "them, and this one is not there.)",
)
def _(weights, room, memory, link, vocab):
    copying = (4 + max(0, weights - room)) / link
    return min(weights, room) / link, copying / (copying + weights / memory)


@copy_share.misconception(
    "ratio_not_share",
    "You divided the time on the link by the time of reading. That is a ratio of the two; where "
    "the weights do not fit it is {share_spills}, and a share cannot be more than 1. What is the "
    "whole of which it is a part?",
)
def _(weights, room, memory, link, vocab):
    copying = (4 + 4 * vocab + max(0, weights - room)) / link
    return min(weights, room) / link, copying / (weights / memory)


@copy_share.use
def _(answer, rng):
    weights, room = float(rng.integers(3, 9)) * 1e9, 12e9
    large = float(rng.integers(16, 40)) * 1e9
    machine = (1e12, float(rng.integers(16, 33)) * 1e9, int(rng.integers(32, 257)) * 1000)
    load_fits, share_fits = _pair(answer(weights, room, *machine))
    load_spills, share_spills = _pair(answer(large, room, *machine))
    load_example, share_example = _pair(answer(4e9, 24e9, 1e12, 32e9, 128_000))
    return {
        "load_example": load_example,
        "share_example": share_example,
        "load_fits": load_fits,
        "share_fits": share_fits,
        "load_spills": load_spills,
        "share_spills": share_spills,
    }


def _pair(found):
    return found if isinstance(found, (tuple, list)) and len(found) == 2 else (found, None)


copy_share.says(
    passed="A model that fits pays for its copies once; one that does not, at every token.",
    load_example="Loading, in the statement's example",
    share_example="The share in the statement's example",
    load_fits="Loading a model that fits, in seconds",
    share_fits="The share of the link, for a model that fits",
    load_spills="Loading a model that does not fit, in seconds",
    share_spills="The share of the link, for a model that does not fit",
)
copy_share.hints(
    "Write two lists: the bytes that cross the link once, and those that cross it for every token.",
    "Split the weights into those that stay on the card and those that do not; `min` does it.",
    "(4 + 4 * vocab + what does not fit) / link is the copying; weights / memory the reading; the "
    "share is the one divided by both together.",
)
