"""Others' answers to line_problem."""

import json

from course.author.answers import right, wrong


def _line(skip=(), order=None, roles=("system", "user", "assistant"), **change):
    """line_problem with one thing changed."""

    def answer(line, tokenizer, limit):
        try:
            row = json.loads(line)
        except ValueError:
            return "json"
        if "object" not in skip and not isinstance(row, dict):
            return "json"
        m = row.get("messages") if isinstance(row, dict) else None
        if not isinstance(m, list) or ("none" not in skip and not m):
            return "form"
        if "entries" not in skip and not all(isinstance(x, dict) for x in m):
            return "form"
        found = {
            "role": any(x.get("role") not in roles for x in m),
            "content": any(not isinstance(x.get("content"), str) for x in m),
        }
        if "blank content" in change:
            found["content"] = any(not x.get("content") for x in m)
        text = lambda x: x.get("content") if isinstance(x.get("content"), str) else ""
        found["last"] = m[-1].get("role") != "assistant"
        found["empty"] = not change.get("strip", str.strip)(text(m[-1]))
        if "every" in change:
            found["empty"] = any(not text(x).strip() for x in m)
        marks = change.get("marks", lambda t: t.all_special_tokens)(tokenizer)
        where = change.get("where", lambda m: m)(m)
        found["marker"] = any(t in text(x) for x in where for t in marks)
        if not any(found.values()) or order:
            try:
                found["long"] = change.get(
                    "long", lambda t, m, limit: len(t.apply_chat_template(m)) > limit
                )(tokenizer, m, limit)
            except Exception:
                found["long"] = False
        for word in order or ("role", "content", "last", "empty", "marker", "long"):
            if word not in skip and found.get(word):
                return word
        return ""

    return answer


@right("table of lambdas")
def _(line: str, tokenizer, limit: int) -> str:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if type(row) is not dict:
        return "json"
    m = row.get("messages", None)
    checks = [
        (
            "form",
            lambda: (
                not (isinstance(m, list) and len(m) > 0 and all(isinstance(x, dict) for x in m))
            ),
        ),
        ("role", lambda: any(x.get("role") not in ("system", "user", "assistant") for x in m)),
        ("content", lambda: any(not isinstance(x.get("content"), str) for x in m)),
        ("last", lambda: m[-1]["role"] != "assistant"),
        ("empty", lambda: m[-1]["content"].strip() == ""),
        ("marker", lambda: any(t in x["content"] for x in m for t in tokenizer.all_special_tokens)),
        ("long", lambda: len(tokenizer.apply_chat_template(m, tokenize=True)) > limit),
    ]
    return next((word for word, fails in checks if fails()), "")


wrong("roles without system", named="system_unknown")(_line(roles=("user", "assistant")))


wrong("tool role allowed as well", named="tool_known")(
    _line(roles=("user", "assistant", "system", "tool"))
)


wrong("roles not looked at", named="roles_not_looked_at")(_line(skip=["role"]))


wrong("an empty user message is 'content'")(_line(**{"blank content": 1}))


wrong("no strip: a blank is an answer", named="blank_answer_passes")(_line(strip=str))


wrong("marks in the answer only", named="marks_in_answers_alone")(_line(where=lambda m: m[-1:]))


wrong("long: at least limit", named="limit_not_included", never=("characters_for_tokens",))(
    _line(long=lambda t, m, limit: len(t.apply_chat_template(m)) >= limit)
)


wrong("long: contents encoded without the template")(
    _line(long=lambda t, m, limit: sum(len(t.encode(x["content"])) for x in m) > limit)
)


wrong("long: words", named="words_for_tokens", never=("template_not_counted",))(
    _line(long=lambda t, m, limit: sum(len(x["content"].split()) for x in m) > limit)
)


wrong("last before role", named="last_before_role", never=("any_role_will_do",))(
    _line(order=("last", "role", "content", "empty", "marker", "long"))
)


wrong("long before marker", named="long_before_marker")(
    _line(order=("role", "content", "last", "empty", "long", "marker"))
)


@wrong("crashes on odd entries")
def _(line, tokenizer, limit):
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return "json"
    if "messages" not in row:
        return "form"
    for m in row["messages"]:
        if m["role"] not in ("system", "user", "assistant"):
            return "role"
        if not isinstance(m["content"], str):
            return "content"
    return ""
