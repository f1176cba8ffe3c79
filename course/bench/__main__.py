"""`python -m course.bench PART ARGUMENT…`: one measurement in this process, as JSON on stdout."""

import json
import sys

from course.bench import parts

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    print(json.dumps(parts.PARTS[name](*arguments)))
