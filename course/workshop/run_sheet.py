"""A workshop, minute by minute, as Markdown. Knows how it looks; the plan has the content."""

from course.content import catalog, syllabus
from course.exercise import Exercise
from course.workshop import markdown, plan


def text(made: plan.WorkshopPlan) -> str:
    """The run-sheet of a workshop, in Markdown."""
    shares = [share for share in made.shares if share.taken]
    names = ", ".join(share.lesson.number for share in shares)
    lines = [
        f"# Run-sheet: {made.minutes} minutes, lessons {names}",
        "",
        *_missing(made, shares),
        f"Planned: {made.used} of {made.minutes} minutes, {made.minutes - made.used} free. "
        "An exercise has the minutes that it states. A lesson states its minutes as a whole; a "
        "section has its share of them by words.",
        "",
        "## Minute by minute",
        "",
        *markdown.table(
            ("at", "min", "lesson", "what"),
            [
                (_clock(at), str(minutes), share.lesson.number if share else "", what)
                for at, minutes, share, what in plan.timetable(made)
            ],
        ),
        "",
        "## What each lesson takes",
        "",
        *markdown.table(
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
        *markdown.table(
            ("lesson", "ends at", "leave out first"),
            [
                (markdown.title(share.lesson), _clock(plan.ends(made, share)), plan.late(share))
                for share in shares
            ],
        ),
        "",
        "## Mistakes to expect, and what to ask before they are made",
        "",
        *_mistakes(shares),
        *_left(shares),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _missing(made: plan.WorkshopPlan, shares: list[plan.Share]) -> list[str]:
    """Lessons that are not written, have no room, or build on one that is not in the plan."""
    said = [
        f"**Lesson {name} is not written yet.** It states no minutes, so it has no place here "
        "and nothing is kept free for it. Make the plan again once it is there."
        for name in made.unwritten
    ]
    without = [markdown.title(share.lesson) for share in made.shares if not share.taken]
    said += [f"**No room for** {'; '.join(without)}."] if without else []
    chosen = {share.lesson.number for share in shares}
    for share in shares:
        if missing := [number for number in share.facts.before if number not in chosen]:
            said.append(
                f"**{markdown.title(share.lesson)} builds on {' and '.join(missing)}**, which is "
                "not in this plan: ask who has done it, or show its “What to keep” first."
            )
    return [line for paragraph in said for line in (paragraph, "")]


def _costs(share: plan.Share, made: plan.WorkshopPlan) -> tuple[str, ...]:
    """A lesson's row: minutes here and in full, seconds, memory, and what it needs."""
    seconds, memory = plan.cost(share.lesson, made.measured)
    exercises = catalog.exercises(share.lesson)
    full = share.facts.minutes + syllabus.exercise_minutes(exercises)
    needs = [
        (need, sum(need in x.needs for x in exercises)) for need in syllabus.needs(share.lesson)
    ]
    said = [f"{need}: {count} of {len(exercises)} exercises" for need, count in needs]
    return (
        markdown.title(share.lesson),
        f"{share.minutes} min",
        f"{full} min",
        seconds,
        memory,
        "; ".join([share.facts.machine, *said]),
    )


def _gpu(shares: list[plan.Share]) -> str:
    planned = [item.exercise for share in shares for item in share.chosen if item.exercise]
    wanted = [x for x in planned if {"gpu", "metal", "cuda"} & set(x.needs)]
    if not wanted:
        return "No exercise of this plan needs a GPU."
    names = ", ".join(f"`{x.name}` ({', '.join(x.needs)})" for x in wanted)
    return f"These need a GPU: {names}. Without one a check says so, and does not count them."


def _mistakes(shares: list[plan.Share]) -> list[str]:
    """For each exercise of the plan, its known mistakes and a question for each."""
    lines = []
    for share in shares:
        exercises = [item.exercise for item in share.chosen if item.exercise]
        lines += [f"### {markdown.title(share.lesson)}", ""] if exercises else []
        for exercise in exercises:
            lines += [f"`{exercise.name}`, {exercise.minutes} minutes:", "", *_asked(exercise), ""]
    return lines


def _asked(exercise: Exercise) -> list[str]:
    rows = [
        (
            markdown.words(wrong.name),
            markdown.literal(syllabus.first(wrong.sentence)),
            markdown.literal(syllabus.question(exercise, wrong)),
        )
        for wrong in exercise.misconceptions
    ]
    return markdown.table(("mistake", "what a check says of it", "ask"), rows)


def _left(shares: list[plan.Share]) -> list[str]:
    """What of the lessons has no room, as a list."""
    lines = []
    for share in shares:
        if items := share.items[share.taken :]:
            names = {item.name for item in items}
            parts = [f"“{part.title}”" for part in share.facts.sections if part.title in names]
            parts += [f"`{item.name}`" for item in items if item.exercise]
            lines.append(f"- {markdown.title(share.lesson)}: {', '.join(parts)}")
    return ["## Left for afterwards", "", *lines] if lines else []


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
