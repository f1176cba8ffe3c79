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
        "wanted": answer([first, both, second, "nobody", f"\n {first}"], [f" {first}\n"] * 5),
        "inside": answer([both.replace(": ", ":  "), first, second, second], [both, *[second] * 3]),
    }


exact_match.says(
    passed="Strict, and the same for every model: that is what makes it a measure.",
    names="One answer with a changed letter and one without its line break",
    form="Two damaged forms and one right answer",
    more="Three answers that say more, or something else",
    marks="One answer without its brackets",
    half="One line of two right",
    space="Two right answers with spaces around them",
    wanted="Five answers, two of them right, to one whose text has spaces around it",
    inside="Four answers, two of them right, one with a space too many inside",
)


@exact_match.alternative
def _(said, right):
    return float(
        np.mean([one.strip() == other.strip() for one, other in zip(said, right, strict=True)])
    )


@exact_match.misconception(
    "case_ignored",
    "For an answer with a small letter in a name and one without its line break you give {names}; "
    "it should be {names:expected}. Small and large letters look like a matter of form, until "
    "people are looked up by name. What does the statement let you ignore?",
)
def _(said, right):
    same = [a.strip().lower() == b.strip().lower() for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "all_space_ignored",
    "Of three answers, one with its lines run together and one whose box lost its space, you "
    "call {form} right; it should be {form:expected}. Spaces within an answer make no difference "
    "to yours, and they are the form that the training is there to teach. Which spaces may go?",
)
def _(said, right):
    same = ["".join(a.split()) == "".join(b.split()) for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "contained_is_enough",
    "Of three answers that say more than was asked, or something else, you call {more} right; it "
    "should be {more:expected}. Yours are right as soon as the answer is somewhere in them. A "
    "model that repeats the whole note would pass. Equal, or contained?",
)
def _(said, right):
    same = [b.strip() in a for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "punctuation_stripped",
    "An answer without its brackets counts as right: {marks}, expected {marks:expected}. Your "
    "shares are those of comparing letters and digits alone, as scores for questions often do. "
    "Which marks does the statement let you ignore?",
)
def _(said, right):
    def bare(text):
        return "".join(letter for letter in text if letter.isalnum())

    same = [bare(a) == bare(b) for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "share_of_lines",
    "Where one line of two is right you gave {half}, and the answer as a whole is wrong: "
    "{half:expected}. Your numbers are shares of lines: a fair figure too, higher, and under "
    "another name. What is compared here, a line or an answer?",
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
    "Two right answers with spaces or a line break around them: you give {space}, and it is "
    "{space:expected}. To your comparison every character counts, and a chat template often leaves "
    "a line break at the end. What does not count?",
)
def _(said, right):
    return sum(a == b for a, b in zip(said, right, strict=True)) / len(said)


@exact_match.misconception(
    "runs_of_space",
    "Of three answers, one with its lines run together and one whose box lost its space, you call "
    "{form} right; it should be {form:expected}. To yours a space, two, or a line break are all "
    "the same. Around the whole text they are; and inside?",
)
def _(said, right):
    return sum(a.split() == b.split() for a, b in zip(said, right, strict=True)) / len(said)


@exact_match.misconception(
    "right_beginning",
    "Of three answers that say more than was asked, or something else, you call {more} right; it "
    "should be {more:expected}. Yours are right as soon as they begin with the answer. May "
    "anything follow it?",
)
def _(said, right):
    same = [a.strip().startswith(b.strip()) for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "a_number_of_answers",
    "Of three answers one is right, and you give {form}, not {form:expected}. That is how many are "
    "right, and it grows with the test. What does a share divide by?",
)
def _(said, right):
    return float(sum(a.strip() == b.strip() for a, b in zip(said, right, strict=True)))


@exact_match.misconception(
    "percent",
    "Of three answers one is right, and you give {form}, not {form:expected}. Your numbers are per "
    "cent. Between which two numbers does the statement want the share?",
)
def _(said, right):
    same = [a.strip() == b.strip() for a, b in zip(said, right, strict=True)]
    return 100 * sum(same) / len(same)


@exact_match.misconception(
    "end_alone_stripped",
    "Two right answers with spaces or a line break around them: you give {space}, and it is "
    "{space:expected}. Spaces after an answer are ignored, as you should, and those before it "
    "count. Where may spaces stand?",
)
def _(said, right):
    same = [a.rstrip() == b.rstrip() for a, b in zip(said, right, strict=True)]
    return sum(same) / len(same)


@exact_match.misconception(
    "right_text_kept",
    "Where the right answer's text has spaces around it you give {wanted}, and it is "
    "{wanted:expected}; elsewhere all is right. Files with answers end in a line break too. Of "
    "which of the two texts are they ignored?",
)
def _(said, right):
    return sum(a.strip() == b for a, b in zip(said, right, strict=True)) / len(said)


exact_match.hints(
    "When is a list of actions right for whoever has to use it?",
    "Only what stands before and after the whole text may be ignored.",
    "`strip()` both, compare with ==, and divide the number of equal pairs by the number of pairs.",
)
for _label in ("solution", "alternative 1"):
    for _operator, _fragment, _reason in (
        ("keyword dropped", "zip(said, right, strict=True)", "both have the same length"),
        ("constant", "strict=True", "both have the same length"),
        ("arguments swapped", "zip(said, right, strict=True)", "equality is symmetric"),
    ):
        exact_match.same_as(_label, _operator, _fragment, _reason)
