"""held_back, an exercise of lesson 09, lora_lap."""

from course.exercise import exercise

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


@held_back.misconception(
    "last_rows",
    "{shared} notes are on both sides. You held rows back, and a note has several: the model is "
    "judged on notes that it was trained on, with the names it has to copy still in its ears. What "
    "must not be on both sides?",
)
def _(rows, count):
    return rows[:-count], rows[-count:]


def _by_note(rows, count, of):
    notes = list(dict.fromkeys(of(row) for row in rows))
    kept = set(notes[-count:])
    return [r for r in rows if of(r) not in kept], [r for r in rows if of(r) in kept]


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


held_back.hints(
    "What is the thing that the model must not have seen: a row, or what stands in it?",
    'A key for each note: `" ".join(note.split())`. The different keys in order: `dict.fromkeys`.',
    "The last `count` keys are held back; then two lists, by whether a row's key is one of them.",
)
