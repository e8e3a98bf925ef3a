"""The same site by ProperDocs, which takes MkDocs's place after May 2027: page by page."""

import os
import re

import project
from project import ROOT
from repeat import contents

GENERATOR = re.compile(rb'<meta name="generator" content="[^"]*">')
PACKED = (".zip", ".gz")  # of the same pages


def built(generator, folder):
    """{address: bytes} of the whole site, without the name of what made it."""
    command = ("-m", generator, "build", "--strict", "-f", "mkdocs.yml", "--site-dir", str(folder))
    process = project.run(ROOT, *command, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0, output
    files = contents(folder).items()
    return {name: GENERATOR.sub(b"", data) for name, data in files if not name.endswith(PACKED)}


def test_properdocs_builds_the_same_pages(tmp_path):
    ours, theirs = (built(name, tmp_path / name) for name in ("mkdocs", "properdocs"))
    assert len(ours) > 100
    assert ours == theirs
