"""held_back, an exercise of lesson 09, lora_lap."""

from course.exercise import exercise

held_back = exercise(minutes=6, level=2)


@held_back.solution
def _(rows, count):
    """Rows to train on and rows to judge by, with no note in both.

    Each row is a dict with "note", "ask" and "answer", all texts; several rows may ask about one
    note. Two notes are the same one if they have the same words in the same order, whatever spaces
    and line breaks stand between them. Held back are the last `count` different notes (none for 0),
    in the order in which notes first appear, with all their rows. Return two lists, (to train on,
    held back); together they hold every row once, each in its old order.
    For rows about notes x, y, x, z and a count of 1 that is the first three rows and the last.
    """

    def words(row):
        return tuple(row["note"].split())

    notes = list(dict.fromkeys(words(row) for row in rows))
    kept = notes[len(notes) - count :]
    return (
        [row for row in rows if words(row) not in kept],
        [row for row in rows if words(row) in kept],
    )


@held_back.use
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay"])]
    notes = [f"{name} met us. {name} will call." for name in names[:5]]
    notes += [
        f"{names[4]} will call. {names[4]} met us.",  # the last one's words in another order
        notes[2].lower(),
        notes[1].replace("met us", "metus"),
    ]
    rows = [
        {"note": notes[i], "ask": ask, "answer": names[i % 5]}
        for ask in ("Who?", "What?")
        for i in (0, 1, 2, 5, 3, 6, 7)
    ]
    other = notes[3].replace(". ", ".\n")
    rows.insert(1, {"note": other, "ask": "How?", "answer": "by telephone"})
    rows.insert(9, {"note": notes[4], "ask": "When?", "answer": "Friday"})
    rows.append({"note": notes[4], "ask": "Who?", "answer": names[4]})
    rows.append({"note": f" {notes[2]}\n", "ask": "Why?", "answer": "it is late"})

    def words(part):
        return {" ".join(row["note"].split()) for row in part}

    def places(part):
        return ", ".join(str(rows.index(row) if row in rows else "?") for row in part) or "none"

    train, kept = answer([dict(row) for row in rows], 3)
    few, more = int(rng.integers(3, 6)), int(rng.integers(3, 6))
    other_train, other_kept = answer([dict(row) for row in rows[few:]], more)
    nothing = answer([dict(row) for row in rows], 0)[1]
    return {
        "shared": len(words(train) & words(kept)),
        "rows": len(train) + len(kept),
        "train": places(train),
        "kept": places(kept),
        "other": f"{places(other_train)} and {places(other_kept)}",
        "zero": len(nothing),
    }


held_back.says(
    passed="Now a score says something about notes that nobody has seen.",
    shared="Notes on both sides",
    rows="Rows in both lists together",
    train="Numbers of the rows to train on",
    kept="Numbers of the rows held back",
    other="The same for fewer rows and more notes held back",
    zero="Rows held back for a count of 0",
)


@held_back.alternative
def _(rows, count):
    by_note = {}
    for i, row in enumerate(rows):
        by_note.setdefault(" ".join(row["note"].split()), []).append(i)
    groups = list(by_note.values())
    late = {i for group in groups[len(groups) - count :] for i in group}
    both = [], []
    for i, row in enumerate(rows):
        both[i in late].append(row)
    return both


@held_back.misconception(
    "last_rows",
    "{shared} notes are on both sides, not {shared:expected}. Held back are the last rows, as with "
    "any other data; here a note has several, and the model is judged on notes that it was trained "
    "on. What must not be on both sides?",
)
def _(rows, count):
    at = len(rows) - count
    return rows[:at], rows[at:]


def _by_note(rows, count, of):
    notes = list(dict.fromkeys(of(row) for row in rows))
    kept = set(notes[len(notes) - count :])
    return [r for r in rows if of(r) not in kept], [r for r in rows if of(r) in kept]


@held_back.misconception(
    "judged_on_everything",
    "{shared} notes are on both sides: the right rows are held back, and they are trained on as "
    "well. Such a score says how well the model remembers. In which of the two lists may a row be?",
)
def _(rows, count):
    _, kept = _by_note(rows, count, lambda row: " ".join(row["note"].split()))
    return list(rows), kept


@held_back.misconception(
    "text_compared",
    "Rows {kept} are held back; it should be {kept:expected}. To yours, notes that differ in "
    "spaces or line breaks alone are two. Two exports of one document look like that. What makes "
    "two notes the same here?",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: row["note"])


@held_back.misconception(
    "by_question",
    "{shared} notes are on both sides, not {shared:expected}. Held back are the last questions: "
    "they are new to the model, and the notes under them are not. What was it trained on?",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: row["ask"])


@held_back.misconception(
    "one_row_a_note",
    "No note is on both sides, and {rows} rows of {rows:expected} are left: one for each note. A "
    "dict by note keeps one value for each. What may a note have several of?",
)
def _(rows, count):
    seen = {}
    for row in rows:
        seen.setdefault(" ".join(row["note"].split()), row)
    first = list(seen.values())
    at = len(first) - count
    return first[:at], first[at:]


@held_back.misconception(
    "first_notes",
    "No note is on both sides. Held back are rows {kept}, those of the first notes, and it should "
    "be {kept:expected}. From which end are the notes counted?",
)
def _(rows, count):
    def words(row):
        return " ".join(row["note"].split())

    kept = set(list(dict.fromkeys(words(row) for row in rows))[:count])
    return [r for r in rows if words(r) not in kept], [r for r in rows if words(r) in kept]


@held_back.misconception(
    "zero_is_all",
    "With a count of 0 you hold back {zero} rows; it should be {zero:expected}, and the rest is "
    "right. A slice from `-count` begins `count` before the end. Where does `[-0:]` begin?",
)
def _(rows, count):
    def words(row):
        return " ".join(row["note"].split())

    kept = set(list(dict.fromkeys(words(row) for row in rows))[-count:])
    return [r for r in rows if words(r) not in kept], [r for r in rows if words(r) in kept]


@held_back.misconception(
    "words_in_any_order",
    "Held back are rows {kept}; it should be {kept:expected}. To yours, notes with the same words "
    "in another order are one. What does the statement say of their order?",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: tuple(sorted(row["note"].split())))


@held_back.misconception(
    "letters_of_any_size",
    "Held back are rows {kept}; it should be {kept:expected}. To yours, notes that differ in small "
    "and large letters alone are one. What may differ between two notes that are the same?",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: " ".join(row["note"].lower().split()))


@held_back.misconception(
    "last_to_appear_again",
    "Held back are rows {kept}; it should be {kept:expected}. Yours are the notes whose last row "
    "comes latest. By which of its rows does a note have its place?",
)
def _(rows, count):
    def words(row):
        return " ".join(row["note"].split())

    notes = list(dict.fromkeys(words(row) for row in reversed(rows)))[:count]
    return [r for r in rows if words(r) not in notes], [r for r in rows if words(r) in notes]


@held_back.misconception(
    "last_in_the_alphabet",
    "Held back are rows {kept}; it should be {kept:expected}. Yours are the notes that come last "
    "in the alphabet. Sorting makes a set's order the same each time. Which order does the "
    "statement want?",
)
def _(rows, count):
    def words(row):
        return " ".join(row["note"].split())

    notes = sorted({words(row) for row in rows})
    kept = notes[len(notes) - count :]
    return [r for r in rows if words(r) not in kept], [r for r in rows if words(r) in kept]


@held_back.misconception(
    "in_groups",
    "The right rows are in each list, in another order: held back {kept}; it should be "
    "{kept:expected}. Rows of one note stand together, as a dict of notes has them. In which order "
    "were they?",
)
def _(rows, count):
    groups = {}
    for row in rows:
        groups.setdefault(" ".join(row["note"].split()), []).append(row)
    groups = list(groups.values())
    at = len(groups) - count
    return [r for group in groups[:at] for r in group], [r for group in groups[at:] for r in group]


@held_back.misconception(
    "lists_changed_places",
    "Rows {train} are to be trained on and {kept} held back; it should be the other way round. "
    "Which of the two lists comes first?",
)
def _(rows, count):
    train, kept = _by_note(rows, count, lambda row: " ".join(row["note"].split()))
    return kept, train


@held_back.misconception(
    "spaces_taken_out",
    "Held back are rows {kept}; it should be {kept:expected}. To yours, `met us` and `metus` are "
    "the same words. How many spaces stand between two words does not matter. Does it matter that "
    "there is one?",
)
def _(rows, count):
    return _by_note(rows, count, lambda row: "".join(row["note"].split()))


held_back.hints(
    "What is the thing that the model must not have seen: a row, or what stands in it?",
    'A key for each note: `" ".join(note.split())`. The different keys in order: `dict.fromkeys`.',
    "The last `count` keys are held back; then two lists, by whether a row's key is one of them.",
)
held_back.same_as(
    "alternative 1", "text", "' '.join", "any mark between words that stands in no word will do"
)
