"""Content: which lessons and exercises there are, and their text.

`catalog` finds and imports them, `source` reads their files, `syllabus` reads what a lesson says of
itself. Does not know how an answer is checked or shown.
"""
