"""What the hooks of one MkDocs command share. Not a hook itself: they import it."""

import logging


class Session(logging.Handler):
    """Whether this is `mkdocs serve`, and how many warnings there were."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.serving, self.warnings = False, 0
        logging.getLogger("mkdocs").addHandler(self)

    def emit(self, record):
        self.warnings += 1


SESSION = Session()
