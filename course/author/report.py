"""What `verify` found, and how it is printed. Knows nothing of how it was found."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from course.author.trials import Runs

NAMED = 3  # names that stand in a line of skips; of the others the count


@dataclass
class Report:
    """What verify found.

    Args:
        problems: sentences; empty when the contract holds.
        counts: what was looked at: a guard that found nothing has checked nothing.
        seconds: exercise id -> one check of its solution, warm.
        skipped: exercise id -> why it was not run on this machine.
        runs: exercise id -> its own answers' runs in this process.
    """

    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Runs] = field(default_factory=dict, repr=False)


def tell(report: Report) -> None:
    """Print problems first, then each check's time, then the counts."""
    for problem in report.problems:
        print(f"✗ {problem}")
    for line in folded((f"it {why}", id) for id, why in report.skipped.items()):
        print(f"not run here: {line}")
    slowest = sorted(report.seconds.items(), key=lambda item: -item[1])
    print("Seconds of one check, slowest first:")
    for id, seconds in slowest:
        print(f"    {seconds:6.3f}  {id}")
    if slowest:
        print(f"    {slowest[len(slowest) // 2][1]:6.3f}  median")
    print("Counts: " + ", ".join(f"{count} {name}" for name, count in report.counts.items()) + ".")
    print(f"{len(report.problems)} problems." if report.problems else "The contract holds.")


def folded(skips: Iterable[tuple[str, str]]) -> list[str]:
    """One line for each reason: how many were skipped for it, the first names, the reason.

    Args:
        skips: (reason, name) of each.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for reason, name in skips:
        names[reason].append(name)
    lines = []
    for reason, skipped in names.items():
        more = ", …" * (len(skipped) > NAMED)
        lines.append(f"{len(skipped)} ({', '.join(skipped[:NAMED])}{more}): {reason}")
    return lines
