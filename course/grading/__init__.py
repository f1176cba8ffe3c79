"""Graded checks: submissions run in a sandbox, what they return is compared outside.

`protocol`, `confine`, `worker` and `zygote` are the part that lies in the sandbox beside a
submission; it holds no answers. Everything else runs outside and believes nothing it is told.

Prevented (each by a submission in tests/hostile.py):
- a mark without the values: inputs come from the teacher's seed, and are compared outside;
- reading answers, other submissions, the grader's memory, environment or files: none is in there;
- writing anywhere but in a /tmp of its own that ends with it; leaving a process behind;
- the network; rights of root; signals, memory or a debugger's hand on any other process;
- a hang, a crash, a flood of output, files, processes or memory: it costs that one exercise.
Not prevented:
- readings (counts, traces, what was evaluated) are taken beside the submission's code, which can
  forge them: they are labelled, and a value stands beside most of them;
- copying an answer that ships with the course, or a neighbour's: marks want a conversation;
- a hole in the kernel: a sandbox shares it. What is worth more than marks belongs elsewhere;
- slowing the grader down: a submission may use all the time that it is given, once more for each
  exercise that it loses.
"""
