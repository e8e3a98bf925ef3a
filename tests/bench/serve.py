"""A task is a function that prepares something and returns what is to be timed.

A line `["decode", "folder", 512]` runs the task's result once and answers with its seconds, or with
the number that it returns itself. What was prepared is kept for the next time.
"""

import json
import sys
import time


def main(tasks):
    prepared = {}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if line not in prepared:
            prepared[line] = tasks[name](*arguments)
            if not name.endswith("textbook"):
                prepared[line]()  # the first time is always slower
        started = time.perf_counter()
        result = prepared[line]()
        seconds = time.perf_counter() - started
        print(json.dumps(result if isinstance(result, int) else seconds), flush=True)
