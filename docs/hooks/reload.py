"""While serving: watch the lessons too, and notice a change at once."""

import sys
from pathlib import Path

from watchdog.observers.polling import PollingObserver

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.lesson import SOURCES


def on_serve(server, config, builder):
    """MkDocs looks twice a second and then waits; this site is small enough for ten times."""
    paths = [*server._watched_paths, str(SOURCES)]
    server._watched_paths.clear()
    server.observer = PollingObserver(timeout=0.1)
    server.build_delay = 0.03
    for path in paths:
        server.watch(path)
    return server
