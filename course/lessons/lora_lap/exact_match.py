"""exact_match, an exercise of lesson 09, lora_lap."""

import numpy as np

from course.exercise import exercise

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


exact_match.hints(
    "When is a list of actions right for whoever has to use it?",
    "Only what stands before and after the whole text may be ignored.",
    "`strip()` both, compare with ==, and divide the number of equal pairs by the number of pairs.",
)
