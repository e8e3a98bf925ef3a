"""`make live`: what a reader's browser needs to run the lessons, collected into .cache/live/.

Python itself comes from npm (pyodide). PyPI has no wheels of NumPy and matplotlib for the browser,
but the wheel of open-webui contains the official ones: it is read as a zip and never installed.
Unless every file has the sha256 of runtime.lock.json, nothing is kept.

    python docs live            collect, unless all is there
    python docs live --lock     write runtime.lock.json anew, against pyodide's own lock file
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from course import cache
from course.digests import sha256
from course.publish import swap
from course.runtime import LOCK
from course.runtime import RUNTIME as FOLDER

PYTHON, CARRIER = "pyodide@314.0.3", "open-webui==0.12.4"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
WANTED = ("numpy", "matplotlib")
PATIENCE = 600  # seconds for one download


def complete(folder, lock):
    """Whether every file is there and undamaged; reading 27 MB takes a tenth of a second."""
    return all(
        (folder / name).exists() and sha256((folder / name).read_bytes()) == expected
        for name, expected in lock.items()
    )


def collect(temporary):
    """{name: bytes} of all files, each as pyodide's own lock file has it."""
    core = _from_npm(temporary)
    packages = json.loads(core.pop("pyodide-lock.json"))
    needed = _needed(packages["packages"])
    packages["packages"] = {name: packages["packages"][name] for name in sorted(needed)}
    wheels = _from_pypi(temporary, packages["packages"].values())
    hosted = json.dumps(packages, sort_keys=True, separators=(",", ":")).encode()
    return core | wheels | {"pyodide-lock.json": hosted}


def _needed(packages):
    needed, left = set(), list(WANTED)
    while left:
        name = left.pop()
        if name not in needed:
            needed.add(name)
            left += packages[name]["depends"]
    return needed


def _from_npm(temporary):
    npm = Path(sys.executable).with_name("npm.exe" if os.name == "nt" else "npm")
    _download([npm, "pack", "--silent", PYTHON], cwd=temporary)
    (archive,) = temporary.glob("pyodide-*.tgz")
    with tarfile.open(archive) as tar:
        names = (*CORE, "pyodide-lock.json")
        return {name: tar.extractfile(f"package/{name}").read() for name in names}


def _from_pypi(temporary, packages):
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    options = ["--only-binary=:all:", "--python-version", "312", "--dest", str(temporary)]
    _download([*pip, *options, CARRIER])
    (archive,) = temporary.glob("open_webui-*.whl")
    with zipfile.ZipFile(archive) as wheel:
        inside = {PurePosixPath(n).name: n for n in wheel.namelist() if "/pyodide/" in n}
        found = {p["file_name"]: wheel.read(inside[p["file_name"]]) for p in packages}
    for p in packages:
        if sha256(found[p["file_name"]]) != p["sha256"]:
            sys.exit(f"live: {p['file_name']} is not the file that pyodide's lock file names")
    return found


def _download(command, **options):
    try:
        subprocess.run(command, check=True, timeout=PATIENCE, **options)
    except subprocess.TimeoutExpired:
        sys.exit(f"live: no answer in {PATIENCE} s to: {' '.join(map(str, command[1:]))}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"live: exit code {error.returncode} of: {' '.join(map(str, command[1:]))}")


def main(option=""):
    lock = json.loads(LOCK.read_text()) if LOCK.exists() else {}
    if option != "--lock" and complete(FOLDER, lock):
        print("live: all is there")
        return
    with tempfile.TemporaryDirectory() as temporary:
        files = collect(Path(temporary))
    found = {name: sha256(data) for name, data in sorted(files.items())}
    if option == "--lock":
        cache.write(LOCK, (json.dumps(found, indent=2) + "\n").encode())
    elif wrong := sorted(n for n in found.keys() | lock.keys() if found.get(n) != lock.get(n)):
        sys.exit(f"live: not as runtime.lock.json has it: {', '.join(wrong)}")
    _keep(files)


def _keep(files):
    """Fill a folder under another name, then swap: FOLDER is never half filled."""
    FOLDER.parent.mkdir(exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=FOLDER.parent, prefix="live-"))
    for name, data in files.items():
        (new / name).write_bytes(data)
    new.chmod(0o755)
    swap(new, FOLDER)
    size = sum(map(len, files.values())) / 1e6
    print(f"live: {len(files)} files, {size:.1f} MB in {FOLDER.name}/")
