"""A leader's papers as Markdown and as HTML: the run-sheet, and a teacher's page for each lesson.

Knows how they look; what stands in them comes from the lessons, the exercises and the plan.
"""

import html
import re
from pathlib import Path

from markdown_it import MarkdownIt

from course import claims
from course.content import catalog, syllabus
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise
from course.workshop import plan

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #888;padding:.3rem .6rem;
text-align:left;vertical-align:top}h1,h2,h3{line-height:1.2}
@media print{body{margin:0;font-size:11pt}tr,li{break-inside:avoid}h2{break-after:avoid}}"""


def run_sheet(made: plan.Plan) -> str:
    """The workshop, minute by minute."""
    shares = [share for share in made.shares if share.taken]
    without = [_title(share.lesson) for share in made.shares if not share.taken]
    names = ", ".join(share.lesson.number for share in shares)
    lines = [f"# Run-sheet: {made.minutes} minutes, lessons {names}", ""]
    for name in made.unwritten:
        lines += [
            f"**Lesson {name} is not written yet.** It states no minutes, so it has no place here "
            "and nothing is kept free for it. Make the plan again once it is there.",
            "",
        ]
    if without:
        lines += [f"**No room for** {'; '.join(without)}.", ""]
    chosen = {share.lesson.number for share in shares}
    for share in shares:
        if missing := [number for number in share.facts.before if number not in chosen]:
            lines += [
                f"**{_title(share.lesson)} builds on {' and '.join(missing)}**, which is not in "
                "this plan: ask who has done it, or show its “What to keep” first.",
                "",
            ]
    lines += [
        f"Planned: {made.used} of {made.minutes} minutes, {made.minutes - made.used} free. "
        "An exercise has the minutes that it states. A lesson states its minutes as a whole; a "
        "section has its share of them by words.",
        "",
        "## Minute by minute",
        "",
        *_table(
            ("at", "min", "lesson", "what"),
            [
                (_clock(at), str(minutes), share.lesson.number if share else "", what)
                for at, minutes, share, what in plan.timetable(made)
            ],
        ),
        "",
        "## What each lesson takes",
        "",
        *_table(
            ("lesson", "here", "in full", "computes", "memory", "needs"),
            [_costs(share, made) for share in shares],
        ),
        "",
        "“In full” is the lesson and all its exercises. Computing is one run of the whole lesson, "
        f"with nothing compiled before; it and the memory were measured on "
        f"{plan.where_measured(made.measured)}. Your room's machines will differ.",
        "",
        _gpu(shares),
        "",
        "## When you are late",
        "",
        *_table(
            ("lesson", "ends at", "leave out first"),
            [
                (_title(share.lesson), _clock(plan.ends(made, share)), plan.late(share))
                for share in shares
            ],
        ),
        "",
        "## Mistakes to expect, and what to ask before they are made",
        "",
    ]
    for share in shares:
        exercises = [item.exercise for item in share.chosen if item.exercise]
        lines += [f"### {_title(share.lesson)}", ""] if exercises else []
        for exercise in exercises:
            lines += [f"`{exercise.name}`, {exercise.minutes} minutes:", "", *_asked(exercise), ""]
    left = [(share, share.items[share.taken :]) for share in shares]
    if any(items for _, items in left):
        lines += ["## Left for afterwards", ""]
    for share, items in left:
        if items:
            parts = [part.title for part in share.facts.sections]
            shown = [f"“{name}”" for name in parts if any(x.name == name for x in items)]
            shown += [f"`{x.name}`" for x in items if x.exercise]
            lines.append(f"- {_title(share.lesson)}: {', '.join(shown)}")
    return "\n".join(lines).rstrip() + "\n"


def teacher_page(lesson: Lesson, measured: dict) -> str:
    """Goals, minutes, common mistakes, and the ideas of the answers."""
    facts, exercises = syllabus.read(lesson), catalog.exercises(lesson)
    seconds, memory = plan.cost(lesson, measured)
    before = f"lesson{'s' * (len(facts.before) > 1)} {' and '.join(facts.before)}"
    total = syllabus.exercise_minutes(exercises)
    computes = f"is {seconds}" if seconds == "not measured yet" else f"took {seconds} and {memory}"
    lines = [
        f"# {_title(lesson)}: teacher's page",
        "",
        f"**Afterwards they can** {facts.goal}",
        "",
        f"- {facts.minutes} minutes for the lesson, {total} for all {len(exercises)} exercises",
        f"- Builds on {before if facts.before else 'nothing'}; {facts.machine}",
        f"- Running all of it {computes} ({plan.where_measured(measured)})",
        "",
        "## Sections",
        "",
        *_table(
            ("section", "min"), [(part.title, f"{part.minutes:.0f}") for part in facts.sections]
        ),
        "",
        "## Exercises, and the ideas of their answers",
        "",
        *_table(
            ("exercise", "min", "level", "needs", "what its answer shows", "nearly the line"),
            [
                (
                    f"`{made.name}`",
                    str(made.minutes),
                    str(made.level),
                    ", ".join(made.needs) or "–",
                    made.praise,
                    made.steps[-1],
                )
                for made in exercises
            ],
        ),
        "",
        "All answers, and other right ones: "
        f'`solutions/{lesson.stem}.ipynb` of the repository, or `reveal("name")`.',
        "",
        "## Common mistakes",
        "",
        "What a check says to whoever makes one (“…” stands for numbers that it fills in), and a "
        "question that brings it to light beforehand.",
        "",
    ]
    for exercise in exercises:
        lines += [f"### {exercise.name}", ""]
        for wrong in exercise.misconceptions:
            asked = _literal(syllabus.question(exercise, wrong))
            said = _literal(syllabus.shown(wrong.sentence))
            ask = "" if said.endswith(asked) else f" **Ask:** {asked}"
            lines.append(f"- **{_words(wrong.name)}.** {said}{ask}")
        lines.append("")
    lines += ["## What to keep", "", *[f"- {point}" for point in facts.keep], ""]
    rows = [row for row in claims.load() if row.lesson == lesson.slug]
    if rows:
        table = _table(
            ("they may have read", "it is", "because"), [(r.claim, r.verdict, r.why) for r in rows]
        )
        lines += ["## What is said about MLX, and what is true", "", *table]
    return "\n".join(lines).rstrip() + "\n"


def write(folder: Path, made: plan.Plan) -> list[Path]:
    """Save the run-sheet and the teacher's pages of its lessons, each as .md and .html.

    Raises:
        UserError: they cannot be written there.
    """
    papers = {"run-sheet": run_sheet(made)}
    for share in made.shares:
        papers[f"teacher_{share.lesson.stem}"] = teacher_page(share.lesson, made.measured)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in papers.items():
            for path, content in (
                (folder / f"{name}.md", text),
                (folder / f"{name}.html", page(text)),
            ):
                path.write_text(content, encoding="utf-8", newline="\n")
                written.append(path)
    except OSError as error:
        raise UserError(f"{error.filename or folder}: {error.strerror}.") from None
    return written


def page(markdown: str) -> str:
    """A whole HTML page of it, which needs nothing else and prints well."""
    title = html.escape(markdown.splitlines()[0].lstrip("# "))
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    body = body.replace("<th>", '<th scope="col">')
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _asked(exercise: Exercise) -> list[str]:
    rows = [
        (
            _words(x.name),
            _literal(syllabus.first(x.sentence)),
            _literal(syllabus.question(exercise, x)),
        )
        for x in exercise.misconceptions
    ]
    return _table(("mistake", "what a check says of it", "ask"), rows)


def _gpu(shares: list[plan.Share]) -> str:
    planned = [item.exercise for share in shares for item in share.chosen if item.exercise]
    wanted = [x for x in planned if {"gpu", "metal", "cuda"} & set(x.needs)]
    if not wanted:
        return "No exercise of this plan needs a GPU."
    return "These need a GPU: " + ", ".join(
        f"`{x.name}` ({', '.join(x.needs)})" for x in wanted
    ) + ". Without one a check says so, and does not count them."  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _costs(share: plan.Share, made: plan.Plan) -> tuple[str, ...]:
    seconds, memory = plan.cost(share.lesson, made.measured)
    exercises = catalog.exercises(share.lesson)
    full = share.facts.minutes + syllabus.exercise_minutes(exercises)
    needs = [
        (need, sum(need in x.needs for x in exercises)) for need in syllabus.needs(share.lesson)
    ]
    said = [f"{need}: {count} of {len(exercises)} exercises" for need, count in needs]
    return (
        _title(share.lesson),
        f"{share.minutes} min",
        f"{full} min",
        seconds,
        memory,
        "; ".join([share.facts.machine, *said]),
    )


def _title(lesson: Lesson) -> str:
    return f"{lesson.number} · {syllabus.read(lesson).title}"


def _literal(sentence: str) -> str:
    """A power such as 2**30 begins no bold words."""
    return re.sub(r"(?<=\w)\*\*(?=[\w(])", r"\\*\\*", sentence)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    def line(cells: tuple[str, ...]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    return [line(header), line(("---",) * len(header)), *map(line, rows)]
