"""`python -m course bench`: figures of this machine, and ratios between figures of the same run.

`gather` measures, in processes of their own, so that one figure does not warm up another;
`parts` is what such a process does. `table` and `page` show it, beside `others`: the machines that
the course was measured on. `commands` are its verbs.
"""
