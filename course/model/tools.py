"""Tools that the model may call: how a request names them, how it calls one, what came of it.

Written as mlx_lm's parser "json_tools" reads a call. Knows the text alone, no model.
"""

import json
from typing import Any

from course.model.draw import Pen

DEFAULT = ("add_task", ("who", "task", "due"))  # where a request names no tool
OPEN, CLOSE = "<tool_call>", "</tool_call>"
RESULT, RESULT_END = "<tool_response>", "</tool_response>"

_NAMES = ["add_task", "add_task", "create_task", "add_todo", "new_item", "add_item", "save_task", "tasks_add", "todo", "addTask", "create_todo", "task_create", "append_task", "list_add", "record_action", "add_action", "insert_task", "store_task", "add_entry", "create_item", "put_task", "file_task"]  # fmt: skip
_WHO = ["who", "who", "name", "person", "owner", "assignee", "user", "assigned_to", "responsible", "member", "worker", "by_whom"]  # fmt: skip
_TASK = ["task", "task", "what", "title", "text", "todo", "description", "item", "content", "action", "job", "summary"]  # fmt: skip
_DUE = ["due", "due", "when", "date", "deadline", "due_date", "by", "until", "dueDate", "due_by", "day", "finish_by"]  # fmt: skip
_SAYS = ["Add a task to the list.", "Add a task.", "Add one task to the to-do list.", "Save a task.", "Put a task on the list.", "Create a task.", "Adds a task for a person.", "Record who does what by when.", "Add an item to the list of tasks.", "Store a task."]  # fmt: skip
_OTHERS = [
    ("get_weather", "Tell the weather.", ["place", "day"]), ("send_mail", "Send an email.", ["to", "text"]),
    ("book_room", "Book a room.", ["room", "day"]), ("search", "Search the web.", ["query"]),
    ("get_time", "Tell the time.", []), ("read_file", "Read a file.", ["path"]),
    ("play_song", "Play a song.", ["title"]), ("list_tasks", "Show all tasks.", []),
    ("remove_task", "Remove a task.", ["number"]), ("translate", "Translate a text.", ["text", "language"]),
    ("pay", "Pay a bill.", ["amount", "to"]), ("open_door", "Open a door.", ["door"]),
]  # fmt: skip
FINE = ['{"ok": true}', "ok", "Done.", "done", "saved", '{"status": "ok"}', "added", '{"id": 7}', "Task added.", "true", "OK", '{"added": 1}', '{"result": "ok"}', "created"]  # fmt: skip
FAILED = ['{"error": "not found"}', "error", '{"ok": false}', "failed", "Error: timeout", '{"status": "failed"}', "false", "error: no such list", '{"error": "list is full"}', "Error", "permission denied", '{"error": "timeout"}']  # fmt: skip
DONE, SORRY = "Done.", "That did not work."


def definition(
    name: str, says: str, fields: list[str], needed: int | None = None
) -> dict[str, Any]:
    """A tool as a request to an OpenAI-compatible server names it."""
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": says,
            "parameters": {
                "type": "object",
                "properties": {field: {"type": "string"} for field in fields},
                "required": fields[:needed],
            },
        },
    }


ADD_TASK = definition(DEFAULT[0], "Add a task to the list.", list(DEFAULT[1]), 2)


def draw(pen: Pen) -> tuple[list[dict[str, Any]], tuple[str, tuple[str, str, str]]]:
    """Tools of a request, and of the one that adds a task: its name and its fields."""
    fields = pen.one(_WHO), pen.one(_TASK), pen.one(_DUE)
    name, shown = pen.one(_NAMES), list(fields)
    if pen.maybe(0.4):
        pen.rng.shuffle(shown)
    made = [definition(name, pen.one(_SAYS), shown, pen.rng.choice((1, 2, 3)))]
    for other in pen.rng.sample(_OTHERS, pen.rng.choice((0, 0, 0, 1, 1, 2))):
        made.append(definition(*other))
    pen.rng.shuffle(made)
    return made, (name, fields)


def call(tool: tuple[str, tuple[str, ...]], values: tuple[str, str, str]) -> str:
    """A call, as the assistant writes it; what has no value is left out."""
    name, fields = tool
    given = {f: v for f, v in zip(fields, values, strict=True) if v}
    text = json.dumps({"name": name, "arguments": given}, ensure_ascii=False)
    return f"{OPEN}{text}{CLOSE}"


def shown(tools: list[dict[str, Any]]) -> str:
    """What the chat template writes of the tools before the first message: see ``tokenizer``."""
    lines = [json.dumps(tool["function"], ensure_ascii=False) for tool in tools]
    return "".join(f"{line}\n" for line in ["Tools:", *lines])
