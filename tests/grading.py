"""What the tests of grading share: notebooks from cells, and a submission graded right here."""

import json
from html.parser import HTMLParser
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
    facts = {
        "student": "someone",
        "file": "someone.ipynb",
        "lesson": "ps1",
        "fingerprint": "",
        "handed_in": "",
        "notebook": text,
        "seed": 7,
        "seconds": 1.5,
        "memory": 2048,
        "way": "bubblewrap",
        "points": "points = 2",
        "root": str(LESSONS),
    } | facts
    return record.Task(**facts)


def grade(cells, **facts):
    """The result of one submission."""
    return tasks.grade(task(cells, **facts))


def passed(result):
    """The exercises that a submission has right."""
    return {mark.exercise for mark in result.marks if mark.status == "passed"}


class Tags(HTMLParser):
    """The tags of a page, and the names of their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
