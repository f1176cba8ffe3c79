"""Graded checks: submissions run in a sandbox, and what they return is compared outside.

`framing`, `protocol`, `confine`, `worker` and `fork_server` lie in the sandbox beside a submission;
they hold no answers. All other modules run on the host, and treat everything from the sandbox as
untrusted.

Prevented (each by a submission in tests/hostile.py):
- a mark without the values: inputs come from the teacher's seed, and are compared outside;
- reading answers, other submissions, the grader's memory, environment or files: none is in there;
- writing anywhere but in a /tmp of its own that ends with it; leaving a process behind;
- the network; rights of root; signals to any other process, its memory, or tracing it;
- a hang, a crash, a flood of output, files, processes or memory: it costs that one exercise.
Not prevented:
- readings (counts, traces, what was evaluated) are taken beside the submission's code, which can
  forge them: they are labelled, and a value stands beside most of them;
- copying an answer that ships with the course, or a neighbour's: talk to the student before a grade
  counts;
- a hole in the kernel, which a sandbox shares: what is worth more than marks belongs elsewhere;
- slowing the grader down: a submission may use all the time that it is given, once more for each
  exercise that it loses.
"""
