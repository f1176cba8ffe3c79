"""The orders in which different readers take the lessons, as Markdown. Knows no progress."""

from course.content import syllabus
from course.content.catalog import Lesson


def orders(lessons: list[Lesson], link: str = "[{title}]({stem}.ipynb)") -> list[str]:
    """The orders of data/orders.toml: for each a heading, a sentence and a list of steps.

    Args:
        lessons: those that are written; others that an order has are only named.
        link: how a step names its lesson, with the lesson's {title} and {stem}.
    """
    there = {lesson.slug: lesson for lesson in lessons}
    said = []
    for order in syllabus.data("orders")["order"]:
        said += [f"### {order['who']}", order["says"]]
        steps = [step for step in order["steps"] if step["lesson"] in there]
        said.append(
            "\n".join(f"{i}. {_step(step, there, link)}" for i, step in enumerate(steps, 1))
        )
        later = [step["lesson"] for step in order["steps"] if step["lesson"] not in there]
        said += [f"Then, once they are written: {', '.join(later)}."] * bool(later)
    return [part for part in said if part]


def minutes_until(facts: syllabus.Syllabus, until: str) -> int:
    """The minutes of a lesson's sections up to and with one of them.

    Args:
        facts: of the lesson.
        until: the title of that section.

    Raises:
        ValueError: the lesson has no section of that title.
    """
    titles = [section.title for section in facts.sections]
    return round(sum(part.minutes for part in facts.sections[: titles.index(until) + 1]))


def _step(step: dict[str, str], there: dict[str, Lesson], link: str) -> str:
    lesson = there[step["lesson"]]
    facts = syllabus.read(lesson)
    name = link.format(title=f"{lesson.number} · {facts.title}", stem=lesson.stem)
    if until := step.get("until"):
        return f"{name} up to and with “{until}” ({minutes_until(facts, until)} min): {step['why']}"
    return f"{name} ({facts.minutes} min): {step['why']}"
