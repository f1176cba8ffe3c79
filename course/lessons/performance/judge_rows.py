"""judge_rows, an exercise of lesson 12, performance."""

from course.exercise import exercise

judge_rows = exercise(minutes=12, level=3)


@judge_rows.solution
def _(rows, models, chips):
    """Which rows of a published table can be true?

    `rows` is a list of dicts: `model`, `chip`, and `low` and `high`, the tokens a second that
    somebody says one stream reaches, with weights of 4 bits in groups of 64. `models` has for each
    model a pair: all its parameters, and those of one of its two embedding tables (they are not
    tied). `chips` has for each chip the bandwidths of its variants in GB/s, 10**9 bytes, smallest
    first. Ignore caches. Return a list with a word for each row, which says of the upper end of
    its range: "possible" on every variant of the chip, "larger" if only on the larger ones, or
    "impossible".
    With {"8B": (8.03e9, 0.525e9)} and {"Max": [300, 400]}, a `high` of 60 is "possible", 85
    "larger", 100 "impossible": the ceilings are 71.1 and 94.8.
    """
    words = []
    for row in rows:
        parameters, table = models[row["model"]]
        read = (parameters - table) * 4.5 / 8
        fast = [1e9 * bandwidth / read >= row["high"] for bandwidth in chips[row["chip"]]]
        words.append("possible" if all(fast) else "larger" if any(fast) else "impossible")
    return words


@judge_rows.use
def _(answer, rng):
    models = {}
    for name, most in (("8B", 9e9), ("3B", 4e9)):
        parameters = rng.uniform(0.75 * most, most)
        models[name] = parameters, rng.uniform(0.07, 0.12) * parameters
    small = float(rng.choice([273, 300, 410]))
    chips = {
        "Max": [small, 1.33 * small],
        "Pro": [0.5 * small],
        "Ultra": [2 * small, 2.4 * small, 3 * small],
    }
    ceilings = {
        (model, chip): [1e9 * bandwidth / ((parameters - table) * 4.5 / 8) for bandwidth in widths]
        for model, (parameters, table) in models.items()
        for chip, widths in chips.items()
    }

    def row(model, chip, variant, low, high):
        ceiling = ceilings[model, chip][variant]
        return {"model": model, "chip": chip, "low": low * ceiling, "high": high * ceiling}

    rows = [
        row("8B", "Max", 0, 0.7, 0.999),
        row("8B", "Max", 0, 0.9, 1.001),
        row("8B", "Max", 1, 0.6, 1.2),
        row("3B", "Max", 1, 0.5, 0.98),
        row("8B", "Pro", 0, 0.8, 1.4),
        row("3B", "Pro", 0, 0.5, 0.6),
        row("3B", "Ultra", 2, 0.9, 0.97),
    ]
    rows = [rows[i] for i in rng.permutation(len(rows))]
    words = answer([dict(row) for row in rows], dict(models), dict(chips))
    # Many rows, a little faster each: the last that passes shows the answer's own ceiling.
    steps = [0.0005 + i / 200 for i in range(40, 300)]
    many = [row("8B", "Max", 0, 0.5 * step, step) for step in steps]
    judged = [str(word) for word in answer(many, dict(models), dict(chips))]
    ends = [
        max((row["high"] for row, word in zip(many, judged, strict=True) if word in of), default=0)
        for of in (["possible"], ["possible", "larger"])
    ]
    return {
        "words": ", ".join(str(word) for word in words),
        "possible": ends[0],
        "larger": ends[1],
    }


judge_rows.says(
    passed="A division, and a published table loses some of its rows.",
    words="The words, row by row",
    possible="The most tokens a second that are “possible”, in steps of half a per cent",
    larger="The most tokens a second that are “possible” or “larger”, in the same steps",
)


@judge_rows.alternative
def _(rows, models, chips):
    def needed(row):
        parameters, table = models[row["model"]]
        return row["high"] * (parameters - table) * (4 + 32 / 64) / 8 / 1e9

    verdicts = {0: "impossible"}
    return [
        "possible"
        if needed(row) <= min(chips[row["chip"]])
        else verdicts.get(sum(b >= needed(row) for b in chips[row["chip"]]), "larger")
        for row in rows
    ]


for _label, _place in (
    ("solution", "1000000000.0 * bandwidth / read >= row['high']"),
    ("alternative 1", "needed(row) <= min(chips[row['chip']])"),
    ("alternative 1", "b >= needed(row)"),
):
    judge_rows.same_as(
        _label, "boundary", _place, "the statement leaves open whether a ceiling itself is reached"
    )


def _judge(rows, models, chips, bits=4.5, tables=1, claim=lambda row: row["high"], giga=1e9):
    words = []
    for row in rows:
        parameters, table = models[row["model"]]
        read = (parameters - tables * table) * bits / 8
        fast = [giga * bandwidth / read >= claim(row) for bandwidth in chips[row["chip"]]]
        words.append("possible" if all(fast) else "larger" if any(fast) else "impossible")
    return words


@judge_rows.misconception(
    "bits_without_scales",
    "You call up to {possible} tokens/s possible, and the ceiling is near {possible:expected}. "
    "Yours is that of 4 bits for a weight and nothing beside them, 11 % less to read than there "
    "is. What does a group of 64 weights bring along?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, bits=4)


@judge_rows.misconception(
    "scale_without_bias",
    "You call up to {possible} tokens/s possible, and the ceiling is near {possible:expected}. "
    "Yours is that of 4.25 bits for a weight, with 16 bits for each group of 64. What does a group "
    "have beside its scale?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, bits=4.25)


@judge_rows.misconception(
    "groups_of_32",
    "You call no more than {possible} tokens/s possible, and the ceiling is near "
    "{possible:expected}. Yours is that of 5 bits for a weight, one more than its code. A scale "
    "and a bias are 32 bits. Among how many weights are they shared?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, bits=5)


@judge_rows.misconception(
    "both_tables_read",
    "You call no more than {possible} tokens/s possible, and the ceiling is near "
    "{possible:expected}. Yours is that of reading the whole file for each token. How much of the "
    "embedding does a token need?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, tables=0)


@judge_rows.misconception(
    "neither_table_read",
    "You call up to {possible} tokens/s possible, and the ceiling is near {possible:expected}. "
    "Yours is that of a file without both of its tables. One of them is only looked up in. What is "
    "done with the other for every token?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, tables=2)


@judge_rows.misconception(
    "sixteen_bits",
    "You call no more than {possible} tokens/s possible, and the ceiling is near "
    "{possible:expected}. Yours is that of 16 bits for a weight. Which weights does the table "
    "have?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, bits=16)


@judge_rows.misconception(
    "lower_end_judged",
    "Your words are {words}; they should be {words:expected}. Yours are those of the lower ends. "
    "A range promises both of its ends. Which of them is the harder to keep?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, claim=lambda row: row["low"])


@judge_rows.misconception(
    "middle_judged",
    "Your words are {words}; they should be {words:expected}. Yours are those of the middles, as "
    "though the ends cancelled out. Which end of a range is the harder to keep?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, claim=lambda row: (row["low"] + row["high"]) / 2)


@judge_rows.misconception(
    "best_variant_for_all",
    "Your words are {words}; they should be {words:expected}. Yours are those of the fastest "
    "variant, and nothing is “larger”. A chip of one name is sold with several bandwidths. Which "
    "one has the reader of the table?",
)
def _(rows, models, chips):
    fastest = {chip: bandwidths[-1:] for chip, bandwidths in chips.items()}
    return _judge(rows, models, fastest)


@judge_rows.misconception(
    "smallest_variant_for_all",
    "Your words are {words}; they should be {words:expected}. Yours are those of the slowest "
    "variant, and nothing is “larger”. What of a row that one variant of the chip can keep and "
    "another cannot?",
)
def _(rows, models, chips):
    slowest = {chip: bandwidths[:1] for chip, bandwidths in chips.items()}
    return _judge(rows, models, slowest)


@judge_rows.misconception(
    "two_variants_at_most",
    "Your words are {words}; they should be {words:expected}. Chips with two variants are right. "
    "Yours are the words for the first two of each. How many variants can a chip have?",
)
def _(rows, models, chips):
    return _judge(rows, models, {chip: bandwidths[:2] for chip, bandwidths in chips.items()})


@judge_rows.misconception(
    "binary_gigabytes",
    "You call up to {possible} tokens/s possible, and the ceiling is near {possible:expected}. "
    "Yours is that of GB of 2**30 bytes, in which memory is sold. In which are bandwidths stated?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, giga=2**30)


judge_rows.hints(
    "Which number of tokens a second can no stream exceed on a given bandwidth?",
    "Bytes read: parameters without one table, 4.5 bits each. Bandwidth over that is a ceiling, "
    "one for each variant of the chip; the upper end of the range must be under it.",
    "`[1e9 * bandwidth / read >= row['high'] for bandwidth in chips[row['chip']]]`: all of them, "
    "some, or none.",
)
