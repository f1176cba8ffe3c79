"""What the tests of grading share: notebooks from cells, and a submission graded right here."""

import json
from pathlib import Path

from course.grading import record, tasks

LESSONS = Path(__file__).parent / "graded" / "lessons"


def notebook(cells):
    """The bytes of a notebook with these code cells."""
    made = [{"cell_type": "code", "source": text} for text in cells]
    return json.dumps({"cells": made}).encode()


def task(cells, **facts):
    """A task for the six exercises of two points."""
    text = cells if isinstance(cells, bytes) else notebook(cells)
    facts = {"student": "someone", "file": "someone.ipynb", "lesson": "ps1", "fingerprint": "",
             "handed_in": "", "notebook": text, "seed": 7, "seconds": 1.5, "memory": 2048,
             "way": "bubblewrap", "points": "points = 2", "root": str(LESSONS)} | facts  # fmt: skip
    return record.Task(**facts)


def grade(cells, **facts):
    """The result of one submission."""
    return tasks.grade(task(cells, **facts))


def passed(result):
    """The exercises that a submission has right."""
    return {mark.exercise for mark in result.marks if mark.status == "passed"}
