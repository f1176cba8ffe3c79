"""Others' answers to judge_rows."""

from course.author.answers import right


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
