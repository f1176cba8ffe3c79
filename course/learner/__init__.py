"""For the learner: the verbs in a notebook and at the door, and what they keep and show.

`notebook` has the verbs, `predictions` those on numbers; `cells` makes check cells work in any
order. `display` and `tables` show, `journal` keeps. `copies` makes the learner's copy, `lab` serves
it, `home` is its first page, with the reading `orders`. `rerun` runs a notebook again in one of the
`kernels`; `doctor` looks at the machine. `pages` makes HTML pages for the rooms above. Does not
know grading.
"""
