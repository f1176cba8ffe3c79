"""For the leader of a workshop: plan, papers, a bundle for bad Wi-Fi, preflight the day before.

`plan` shares out the minutes; `run_sheet`, `teacher_page` and `handout` show it, in the pieces of
`markdown`. `bundle` installs without a network; `preflight` takes the `looks` at a machine.

Does not know grading.
"""
