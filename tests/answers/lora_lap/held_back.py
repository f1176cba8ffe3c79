"""Others' answers to held_back."""

from course.author.answers import right, wrong


@right("dict for the order")
def _(rows, count):
    key = lambda row: " ".join(row["note"].split())
    notes = list(dict.fromkeys(map(key, rows)))
    back = set(notes[len(notes) - count :])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@right("list of two, indices numbered on the way")
def _(rows, count):
    number = {}
    ids = [number.setdefault(" ".join(r["note"].split()), len(number)) for r in rows]
    parts = [[], []]
    for row, i in zip(rows, ids):
        parts[i >= len(number) - count].append(row)
    return parts


@wrong("whitespace counts", named="text_compared")
def _(rows, count):
    notes = list(dict.fromkeys(r["note"] for r in rows))
    back = set(notes[len(notes) - count :])
    return [r for r in rows if r["note"] not in back], [r for r in rows if r["note"] in back]


@wrong("sets of words: order lost", named="words_in_any_order")
def _(rows, count):
    key = lambda r: tuple(sorted(r["note"].split()))
    notes = list(dict.fromkeys(map(key, rows)))
    back = set(notes[len(notes) - count :])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@wrong("case folded as well", named="letters_of_any_size")
def _(rows, count):
    key = lambda r: " ".join(r["note"].lower().split())
    notes = list(dict.fromkeys(map(key, rows)))
    back = set(notes[len(notes) - count :])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@wrong("sorted notes", named="last_in_the_alphabet")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    notes = sorted({key(r) for r in rows})
    back = set(notes[len(notes) - count :])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@wrong("the first count notes", named="first_notes")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    back = set(list(dict.fromkeys(map(key, rows)))[:count])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@wrong("order of last appearance", named="last_to_appear_again")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    notes = list(dict.fromkeys(map(key, reversed(rows))))[::-1]
    back = set(notes[len(notes) - count :])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@wrong("-count: all of them for 0", named="zero_is_all")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    back = set(list(dict.fromkeys(map(key, rows)))[-count:])
    return [r for r in rows if key(r) not in back], [r for r in rows if key(r) in back]


@wrong("one row a note", named="one_row_a_note")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    first = {}
    for r in rows:
        first.setdefault(key(r), r)
    notes = list(first)
    back = set(notes[len(notes) - count :])
    return [r for k, r in first.items() if k not in back], [
        r for k, r in first.items() if k in back
    ]


@wrong("grouped by note: old order lost", named="in_groups")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    groups = {}
    for r in rows:
        groups.setdefault(key(r), []).append(r)
    groups = list(groups.values())
    cut = len(groups) - count
    return [r for g in groups[:cut] for r in g], [r for g in groups[cut:] for r in g]


@wrong("notes rewritten in the rows")
def _(rows, count):
    rows = [r | {"note": " ".join(r["note"].split())} for r in rows]
    notes = list(dict.fromkeys(r["note"] for r in rows))
    back = set(notes[len(notes) - count :])
    return [r for r in rows if r["note"] not in back], [r for r in rows if r["note"] in back]


@wrong("answers swapped", named="lists_changed_places")
def _(rows, count):
    key = lambda r: " ".join(r["note"].split())
    notes = list(dict.fromkeys(map(key, rows)))
    back = set(notes[len(notes) - count :])
    return [r for r in rows if key(r) in back], [r for r in rows if key(r) not in back]
