"""As many runners as the machine has cores, each started when the first lesson needs it."""

import atexit
import json
import os
import queue
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from course import labels
from course.project import DOCS, ROOT

SECONDS = 120.0
MEMORY = 4 << 30  # bytes of address space
# lessons run side by side, one a core
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",  # the same build, every time
    "PYTHONUTF8": "1",
    "MPLBACKEND": "svg",
    **ONE_THREAD,
}


def job(lesson, seconds=SECONDS, memory=MEMORY):
    return {
        "label": lesson.label,
        "root": str(ROOT),
        "folder": str(lesson.path.parent),
        "text": lesson.text,
        "steps": [asdict(step) for step in lesson.steps],
        "labels": labels.of(lesson),
        "seconds": seconds,
        "memory": memory,
    }


class Pool:
    def __init__(self, size=None):
        self.threads = ThreadPoolExecutor(size or os.cpu_count(), thread_name_prefix="lesson")
        self.idle = queue.LifoQueue()
        self.processes = []
        atexit.register(self.close)

    def submit(self, job, keep=None):
        """A future of the job's result; `keep` is called with the result first."""
        return self.threads.submit(self._finish, job, keep)

    def close(self):
        self.threads.shutdown(wait=False, cancel_futures=True)
        for process in self.processes:
            with process:  # closes its pipes, too
                process.kill()

    def _finish(self, job, keep):
        result = self._run(job)
        if keep:
            keep(result)
        return result

    def _run(self, job):
        try:
            process = self.idle.get_nowait()
        except queue.Empty:
            process = self._start()
        answer = self._ask(process, job)
        if answer:
            self.idle.put(process)
            return json.loads(answer)
        text = "The lesson ended the process that ran it\n"
        return {"error": {"step": 1, "line": 1, "traceback": text}}

    def _start(self):
        process = subprocess.Popen(
            [sys.executable, "-m", "course.runner", str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ENVIRONMENT,
            cwd=DOCS,  # where `-m` finds this package
            encoding="utf-8",
        )
        self.processes.append(process)
        return process

    @staticmethod
    def _ask(process, job):
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        except OSError:  # the process has ended
            return ""
