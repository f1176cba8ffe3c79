"""For the learner: the verbs in a notebook and at the door, and what they keep and show.

`notebook` has check, hint, reveal, predict and progress; `display` shows, `journal` keeps, `lab`
makes the copy, `home` is its first page, `rerun` runs a notebook again, `doctor` looks at the
machine. Does not know grading.
"""
