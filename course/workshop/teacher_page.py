"""A teacher's page for one lesson, as Markdown: goals, ideas of answers, mistakes, claims.

Knows how it looks; what stands in it comes from the lesson, its exercises and the ledger.
"""

from typing import Any

from course import claims
from course.content import catalog, syllabus
from course.content.catalog import Lesson
from course.workshop import markdown, plan


def text(lesson: Lesson, measured: dict[str, Any]) -> str:
    """The teacher's page of a lesson, in Markdown.

    Args:
        lesson: the lesson.
        measured: what `bench` saved, with seconds and memory of each lesson.
    """
    facts, exercises = syllabus.read(lesson), catalog.exercises(lesson)
    seconds, memory = plan.cost(lesson, measured)
    before = f"lesson{'s' * (len(facts.before) > 1)} {' and '.join(facts.before)}"
    total = syllabus.exercise_minutes(exercises)
    computes = f"is {seconds}" if seconds == "not measured yet" else f"took {seconds} and {memory}"
    lines = [
        f"# {markdown.title(lesson)}: teacher's page",
        "",
        f"**Afterwards they can** {facts.goal}",
        "",
        f"- {facts.minutes} minutes for the lesson, {total} for all {len(exercises)} exercises",
        f"- Builds on {before if facts.before else 'nothing'}; {facts.machine}",
        f"- Running all of it {computes} ({plan.where_measured(measured)})",
        "",
        "## Sections",
        "",
        *markdown.table(
            ("section", "min"), [(part.title, f"{part.minutes:.0f}") for part in facts.sections]
        ),
        "",
        "## Exercises, and the ideas of their answers",
        "",
        *markdown.table(
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
        "What a check says of each (“…” stands for numbers that it fills in), and a question that "
        "brings the mistake to light before it is made.",
        "",
    ]
    for exercise in exercises:
        lines += [f"### {exercise.name}", ""]
        for wrong in exercise.misconceptions:
            asked = markdown.literal(syllabus.question(exercise, wrong))
            said = markdown.literal(syllabus.shown(wrong.sentence))
            ask = "" if said.endswith(asked) else f" **Ask:** {asked}"
            lines.append(f"- **{markdown.words(wrong.name)}.** {said}{ask}")
        lines.append("")
    lines += ["## What to keep", "", *[f"- {point}" for point in facts.keep], ""]
    rows = [row for row in claims.load() if row.lesson == lesson.slug]
    if rows:
        table = markdown.table(
            ("they may have read", "it is", "because"), [(r.claim, r.verdict, r.why) for r in rows]
        )
        lines += ["## What is said about MLX, and what is true", "", *table]
    return "\n".join(lines).rstrip() + "\n"
