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
    parameters = rng.uniform(7e9, 9e9)
    table = 0.08 * parameters
    small = float(rng.choice([300, 410]))
    chips = {"Max": [small, 1.33 * small], "Pro": [0.5 * small]}
    one, other = (1e9 * b / ((parameters - table) * 4.5 / 8) for b in chips["Max"])
    rows = [
        ("Max", 0.7 * one, 0.96 * one),  # refused by whoever reads both tables
        ("Max", 0.9 * one, 0.9 * other),  # the low end fits the small one
        ("Max", 0.6 * other, 1.2 * other),  # the middle fits the large one
        ("Max", other, 1.05 * other),  # 2**30 bytes make it fit
        ("Max", 1.01 * other, 1.085 * other),  # so does reading neither table
        ("Max", 1.02 * other, 1.11 * other),  # and 4 bits without scales
        ("Pro", 0.4 * one, 0.75 * one),  # one variant, and too much
        ("Pro", 0.1 * one, 0.25 * one),
    ]
    order = rng.permutation(len(rows))
    rows = [dict(zip(("chip", "low", "high"), rows[i], strict=True), model="8B") for i in order]
    words = answer(rows, {"8B": (parameters, table)}, chips)
    return {"words": ", ".join(str(word) for word in words)}


judge_rows.says(
    passed="A division, and a published table loses some of its rows.",
    words="The words, row by row",
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
    "Your words are {words}; they should be {words:expected}. With 4 bits and nothing beside "
    "them a model is 11 % smaller than it is, and rows look possible that are not. What does a "
    "group of 64 weights bring along?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, bits=4)


@judge_rows.misconception(
    "both_tables_read",
    "Your words are {words}; they should be {words:expected}. You refuse a row that is possible: "
    "the whole file was read for each token. Of one table a token needs a single row.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, tables=0)


@judge_rows.misconception(
    "neither_table_read",
    "Your words are {words}; they should be {words:expected}. Both tables were left out, and the "
    "output layer is multiplied with for every token.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, tables=2)


@judge_rows.misconception(
    "lower_end_judged",
    "Your words are {words}; they should be {words:expected}. The lower end of a range was judged. "
    "A range that reaches over the ceiling says something impossible with its upper end.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, claim=lambda row: row["low"])


@judge_rows.misconception(
    "middle_judged",
    "Your words are {words}; they should be {words:expected}. The middle of a range was judged, as "
    "though its ends cancelled out.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, claim=lambda row: (row["low"] + row["high"]) / 2)


@judge_rows.misconception(
    "best_variant_for_all",
    "Your words are {words}; they should be {words:expected}. Only the fastest variant was "
    "asked. A chip of one name is sold with two bandwidths, and whoever reads the table may have "
    "the other.",
)
def _(rows, models, chips):
    fastest = {chip: bandwidths[-1:] for chip, bandwidths in chips.items()}
    return _judge(rows, models, fastest)


@judge_rows.misconception(
    "smallest_variant_for_all",
    "Your words are {words}; they should be {words:expected}. Only the slowest variant was asked, "
    "and what is possible on the larger one is not impossible.",
)
def _(rows, models, chips):
    slowest = {chip: bandwidths[:1] for chip, bandwidths in chips.items()}
    return _judge(rows, models, slowest)


@judge_rows.misconception(
    "binary_gigabytes",
    "Your words are {words}; they should be {words:expected}. Your GB/s have 2**30 bytes; "
    "bandwidths are stated with 10**9, and your ceilings are 7 % too high.",
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
