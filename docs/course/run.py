"""outputs = run(stale lessons): unchanged ones come from the cache, the others run in the pool."""

import logging
from concurrent.futures import Future

from course import cache, notebook
from course.digests import digest
from course.lesson import read_all
from course.pool import Pool, job
from course.project import SOURCES

log = logging.getLogger("mkdocs.course")


class Course:
    """The lessons, their results and the processes that run them, kept for the next build."""

    def __init__(self, sources=SOURCES):
        self.sources, self.pool = sources, None
        self.lessons, self.results, self.known = {}, {}, {}

    def refresh(self, names=None):
        """Read the lessons and start those of `names`, or all, that are stale; returns at once."""
        base, self.modules = cache.environment(), cache.snapshot(self.sources)
        self.lessons = {lesson.name: lesson for lesson in read_all(self.sources)}
        before = set(self.known)
        wanted = self.lessons if names is None else names
        self.results = {name: self._result(self.lessons[name], base) for name in wanted}
        new = [key for key in self.known if key not in before]
        self._announce([self.known[key] for key in new if not self.known[key].done()])

    def outputs(self, name):
        """The lesson's outputs, waiting for them where needed."""
        result = self.results[name].result()
        if "error" in result:
            raise notebook.LessonFailed(notebook.failure(self.lessons[name], result["error"]))
        return result["outputs"]

    def ran(self, name):
        """Whether a lesson ran to its end, waiting for it where needed."""
        return "outputs" in self.results[name].result()

    def imported(self, name):
        """{path: sha256} of the modules that a lesson imported when it ran."""
        return self.results[name].result()["modules"]

    def _result(self, lesson, base):
        """A future: of this process, else of the cache, else of a run that starts now."""
        key = cache.key(lesson, base)
        state = (key, digest(sorted(self.modules.items())))
        if state not in self.known or _failed(self.known[state]):
            self.known[state] = self._kept(key) or self._start(key, lesson)
        return self.known[state]

    def _kept(self, key):
        result = cache.find(key, self.modules)
        if result is not None:
            future = Future()
            future.set_result(result)
            return future

    def _start(self, key, lesson):
        self.pool = self.pool or Pool()
        modules = self.modules
        future = self.pool.submit(job(lesson), lambda result: self._keep(key, result, modules))
        future.lesson = lesson.name
        return future

    @staticmethod
    def _keep(key, result, modules):
        if "outputs" in result:
            cache.keep(key, result, modules)

    @staticmethod
    def _announce(stale):
        """Log one line for each lesson, when it ends."""
        done = []

        def say(future):
            done.append(future)
            if not future.cancelled() and "seconds" in future.result():
                seconds = future.result()["seconds"]
                at = f"{len(done)} of {len(stale)}"
                log.info("lesson %s: %s ran in %.2f s", at, future.lesson, seconds)

        for future in stale:
            future.add_done_callback(say)


def _failed(future):
    return future.done() and "error" in future.result()


COURSE = Course()
