"""Checking: an answer is used on seeded inputs, compared with ours, and judged.

`observe` runs an answer, `isolate` is the sealed room around it, `compare` and its neighbours tell
observations apart, `runner` finds the words of the verdict. Knows exercises; does not know how a
verdict is shown, stored or graded.
"""
