"""`make repeat`: two builds from clean clones, apart in everything but the files, byte for byte.

The lessons run anew in both, so this takes as long as two first builds. The tests do the same with
a small course.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "docs")]

from project import ROOT, build, contents

APART = (
    {"TZ": "Asia/Tokyo", "LC_ALL": "ja_JP.UTF-8", "PYTHONHASHSEED": "1", "LANGUAGE": "ja"},
    {"TZ": "America/Caracas", "LC_ALL": "C", "PYTHONHASHSEED": "2", "LANGUAGE": ""},
)


def environments(folder):
    """Two environments; the Japanese locale is made in `folder` where the system can make it."""
    where = {"LOCPATH": str(folder)} if japanese_locale(folder) else {}
    return [APART[0] | where, APART[1]]


def japanese_locale(folder):
    if not shutil.which("localedef") or not Path("/usr/share/i18n/locales/ja_JP").exists():
        return False
    locale = str(folder / "ja_JP.UTF-8")
    return not subprocess.run(["localedef", "-i", "ja_JP", "-f", "UTF-8", locale]).returncode


def differences(one, other):
    """The files that differ between two folders, or are in one alone."""
    first, second = contents(one), contents(other)
    return sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))


def clone(folder):
    """What is committed, with what was fetched beforehand: npm's packages and the runtime."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    (folder / "docs/theme/node_modules").symlink_to(ROOT / "docs/theme/node_modules")
    if (ROOT / ".cache/live").exists():
        (folder / ".cache").mkdir()
        (folder / ".cache/live").symlink_to(ROOT / ".cache/live")


def main():
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        sites = []
        for n, environment in enumerate(environments(temporary)):
            folder = temporary / ("deeper/" * n + f"clone{n}")
            clone(folder)
            code, output = build(folder, timeout=None, env=environment)
            if code:
                sys.exit(output)
            sites.append(folder / "site")
        differing = differences(*sites)
        if differing:
            sys.exit("two builds of the same files differ in:\n" + "\n".join(differing))
        print(f"two builds, {len(contents(sites[0]))} files, every byte the same")


if __name__ == "__main__":
    main()
