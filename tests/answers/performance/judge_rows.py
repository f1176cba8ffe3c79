"""Others' answers to judge_rows."""

import functools

from course.author.answers import right, wrong


@right("bytes a second needed")
def _(rows: list[dict], models: dict, chips: dict) -> list[str]:
    def word(row):
        whole, table = models[row["model"]]
        needed = row["high"] * (whole - table) * (4 + 2 * 16 / 64) / 8 / 10**9
        bands = chips[row["chip"]]
        return (
            "possible"
            if needed <= min(bands)
            else "larger"
            if needed <= max(bands)
            else "impossible"
        )

    return list(map(word, rows))


def _judge(
    rows,
    models,
    chips,
    bits=4.5,
    table=1,
    key="high",
    gb=1e9,
    one=None,
    words=("possible", "larger", "impossible"),
):
    out = []
    for r in rows:
        a, b = models[r["model"]]
        c = [gb * x / ((a - table * b) * bits / 8) for x in chips[r["chip"]]]
        value = (r["low"] + r["high"]) / 2 if key == "mean" else r[key]
        fits = [value <= x for x in c]
        if one == "largest":
            out.append(words[0] if fits[-1] else words[2])
        elif one == "smallest":
            out.append(words[0] if fits[0] else words[2])
        elif one == "second":
            out.append(words[0] if fits[0] else words[1] if any(fits[:2]) else words[2])
        else:
            out.append(words[0] if all(fits) else words[1] if any(fits) else words[2])
    return out


for _note, (_changed, _named) in {
    "4 bits without scales": ({"bits": 4}, "bits_without_scales"),
    "both tables": ({"table": 0}, "both_tables_read"),
    "no table at all": ({"table": 2}, "neither_table_read"),
    "the lower end": ({"key": "low"}, "lower_end_judged"),
    "the middle of the range": ({"key": "mean"}, "middle_judged"),
    "GB of 2**30": ({"gb": 2**30}, "binary_gigabytes"),
    "the largest variant alone": ({"one": "largest"}, "best_variant_for_all"),
    "the smallest variant alone": ({"one": "smallest"}, "smallest_variant_for_all"),
    "16 bits": ({"bits": 16}, "sixteen_bits"),
    "the first two variants": ({"one": "second"}, "two_variants_at_most"),
    "words of its own": ({"words": ("possible", "larger only", "impossible")}, ""),
    "4.25 bits": ({"bits": 4.25}, "scale_without_bias"),
    "5 bits: groups of 32": ({"bits": 5}, "groups_of_32"),
}.items():
    wrong(_note, named=_named)(functools.partial(_judge, **_changed))


@wrong("one model's ceiling for every row")
def _(rows, models, chips):
    return _judge([row | {"model": next(iter(models))} for row in rows], models, chips)
