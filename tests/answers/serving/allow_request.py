"""Others' answers to allow_request."""

import functools
import hmac

import httpx

from course.author.answers import right, wrong


def _door(method, path, headers, body, keys, **w):
    paths = w.get("paths", ("/v1/chat/completions", "/v1/completions"))
    bad = method not in w.get("methods", ("POST",)) or not w.get("where", lambda p: p in paths)(
        path
    )
    if bad and "late" not in w:
        return 404
    lowered = headers if "case" in w else {n.lower(): v for n, v in headers.items()}
    given = lowered.get("Authorization" if "case" in w else "authorization")
    if "auth" not in w and not w.get(
        "key", lambda g: g is not None and g.startswith("Bearer ") and g[7:] in keys
    )(given):
        return 401
    if bad:
        return 404
    if "model" not in w and body.get("model", w.get("default", "default_model")) != "default_model":
        return 403
    if "adapters" not in w and "adapters" in body:
        return 403
    for m in body.get("messages", [])[w.get("first", 0) :]:
        if "parts" in w or not isinstance(m.get("content"), list):
            continue
        if w.get("part", lambda parts: any(p.get("type") != "text" for p in parts))(m["content"]):
            return 403
    return 200


@right("step by step")
def _(method, path, headers, body, keys):
    if method != "POST" or path not in ("/v1/chat/completions", "/v1/completions"):
        return 404
    given = {name.lower(): value for name, value in headers.items()}.get("authorization")
    if given is None or not given.startswith("Bearer ") or given[7:] not in keys:
        return 401
    if body.get("model", "default_model") != "default_model" or "adapters" in body:
        return 403
    for message in body.get("messages", []):
        content = message.get("content")
        if isinstance(content, list) and any(part.get("type") != "text" for part in content):
            return 403
    return 200


@right("httpx.Headers, compare_digest")
def _(method: str, path: str, headers: dict, body: dict, keys: set) -> int:
    if (method, path) not in {("POST", "/v1/chat/completions"), ("POST", "/v1/completions")}:
        return 404
    sent = httpx.Headers(headers).get("Authorization", "")
    if not any(hmac.compare_digest(sent.encode(), f"Bearer {key}".encode()) for key in keys):
        return 401
    parts = [
        p
        for m in body.get("messages") or []
        for p in (m["content"] if isinstance(m.get("content"), list) else [])
    ]
    asks = "model" in body and body["model"] != "default_model"
    return (
        403
        if asks or "adapters" in body or not all(p.get("type") == "text" for p in parts)
        else 200
    )


@right("exact set of headers, all()")
def _(method, path, headers, body, keys):
    good = {"Bearer " + key for key in keys}
    rules = (
        (404, lambda: method == "POST" and path in {"/v1/chat/completions", "/v1/completions"}),
        (
            401,
            lambda: any(k.casefold() == "authorization" and v in good for k, v in headers.items()),
        ),
        (403, lambda: body.get("model", "default_model") == "default_model"),
        (403, lambda: "adapters" not in body),
        (
            403,
            lambda: all(
                isinstance(m.get("content"), (str, type(None)))
                or all(p.get("type") == "text" for p in m["content"])
                for m in body.get("messages", ())
            ),
        ),
    )
    return next((code for code, rule in rules if not rule()), 200)


wrong("header in one case only", named="one_spelling_of_a_header")(functools.partial(_door, case=1))


wrong("any method", named="any_method")(functools.partial(_door, methods=("POST", "GET", "PUT")))


wrong("trailing slash let through", named="path_tidied")(
    functools.partial(
        _door, where=lambda p: p.rstrip("/") in ("/v1/chat/completions", "/v1/completions")
    )
)


wrong("chat alone", named="chat_alone")(functools.partial(_door, paths=("/v1/chat/completions",)))


wrong("no key asked")(functools.partial(_door, auth=1))


wrong("model must be named", named="model_must_be_named")(functools.partial(_door, default=None))


wrong("parts not looked at", named="text_is_all_there_is")(functools.partial(_door, parts=1))


wrong("every part of another kind", never=("text_is_all_there_is",))(
    functools.partial(_door, part=lambda parts: all(p.get("type") != "text" for p in parts))
)


wrong("first part only", never=("text_is_all_there_is",))(
    functools.partial(_door, part=lambda parts: bool(parts) and parts[0].get("type") != "text")
)


wrong("last message only", named="last_message_only")(functools.partial(_door, first=-1))


@wrong("startswith the key")
def _(method, path, headers, body, keys):
    return _door(
        method,
        path,
        headers,
        body,
        keys,
        key=lambda g: bool(g) and any(g.startswith("Bearer " + k) for k in keys),
    )


@wrong("replace('Bearer ', '')")
def _(method, path, headers, body, keys):
    return _door(
        method,
        path,
        headers,
        body,
        keys,
        key=lambda g: bool(g) and g.replace("Bearer ", "") in keys,
    )


@wrong("lstrip('Bearer ')", named="letters_taken_off")
def _(method, path, headers, body, keys):
    return _door(
        method,
        path,
        headers,
        body,
        keys,
        key=lambda g: bool(g) and g.startswith("Bearer ") and g.lstrip("Bearer ") in keys,
    )


@wrong("all headers lowered, values too", named="case_of_the_key_ignored")
def _(method, path, headers, body, keys):
    low = {n.lower(): v.lower() for n, v in headers.items()}
    return _door(
        method,
        path,
        low,
        body,
        keys,
        key=lambda g: bool(g) and g in {"bearer " + k.lower() for k in keys},
    )


@wrong("403 before 401", named="looks_before_it_asks")
def _(method, path, headers, body, keys):
    code = _door(method, path, headers, body, keys, auth=1)
    return code if code != 200 else _door(method, path, headers, body, keys)


@wrong("True and False")
def _(method, path, headers, body, keys):
    return _door(method, path, headers, body, keys) == 200


@wrong("a text body taken for parts")
def _(method, path, headers, body, keys):
    code = _door(method, path, headers, body, keys, parts=1)
    if code == 200 and any(p["type"] != "text" for m in body["messages"] for p in m["content"]):
        return 403
    return code
