"""Graded checks: submissions run in a sandbox, what they return is compared outside.

`protocol`, `confine`, `worker` and `zygote` are the part that lies in the sandbox beside a
submission; it holds no answers. Everything else runs outside and believes nothing it is told.
"""
