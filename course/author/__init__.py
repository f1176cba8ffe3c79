"""For authors: sources to notebooks, the contract that each exercise keeps, the `test` verb.

`build` makes the notebooks, `stale` says which ones are older than their sources, `contract` and
`verify` look whether everything holds, `recheck` runs the claims' cells, `new` writes skeletons,
`ci` is the `test` verb. Does not know grading.
"""
