"""What a forge reads and a contributor types: schemas, permissions, commands, the look of code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

from course.project import LANGUAGES

FORGE = ROOT / ".github"
FORMS = sorted(FORGE.glob("ISSUE_TEMPLATE/*.yml"))
SCHEMAS = {
    "vendor.github-workflows": sorted(FORGE.glob("workflows/*.yml")),
    "vendor.github-issue-forms": FORMS,
    "vendor.dependabot": [FORGE / "dependabot.yml"],
}
WORKFLOW = FORGE / "workflows/ci.yml"


def answer(command):
    """(exit code, output) of a checker that looks at files."""
    told = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    return told.returncode, told.stdout + told.stderr


def schema_fault(schema, *files):
    return answer([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files])


def risk(folder):
    """What zizmor, which asks nobody here, finds in workflows: also what may be no fault."""
    zizmor = shutil.which("zizmor", path=Path(sys.executable).parent)
    return answer(
        [zizmor, "--offline", "--no-config", "--persona=auditor", "--no-progress", folder]
    )


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_the_forge_reads_keeps_to_its_schema(schema):
    assert SCHEMAS[schema]
    code, output = schema_fault(schema, *SCHEMAS[schema])
    assert code == 0, output


def test_workflows_may_do_the_least_and_pin_whom_they_trust():
    code, output = risk(FORGE)
    assert code == 0, output


STRANGER = "run: echo ${{ github.event.pull_request.title }}"
PLANTED = {
    "an unpinned action": (r"@[0-9a-f]{40} # v6.0.2", "@v6", "unpinned-uses"),
    "a tag that moves": (r"@[0-9a-f]{40}( # v6.2.0)", r"@main\1", "unpinned-uses"),
    "every permission": (
        r"(?m)^permissions: \{\}",
        "permissions: write-all",
        "excessive-permissions",
    ),
    "a permission for all jobs": (
        r"(?m)^permissions: \{\}",
        "permissions: {contents: write}",
        "excessive-permissions",
    ),
    "a token left behind": (r"with: \{persist-credentials: false\}", "", "artipacked"),
    "words of a stranger": (r"run: make PYTHON=python site", STRANGER, "template-injection"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_workflow_that_may_do_more_is_refused(fault, tmp_path):
    old, new, name = PLANTED[fault]
    text, n = re.subn(old, new, WORKFLOW.read_text(encoding="utf-8"))
    assert n, "the fault must change the workflow"
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(text, encoding="utf-8")
    code, output = risk(tmp_path)
    assert code != 0 and name in output


def test_workflows_with_a_misspelt_key_are_refused(tmp_path):
    text = WORKFLOW.read_text(encoding="utf-8")
    for key in ("runs-on", "jobs", "permissions"):
        assert f"{key}:" in text
        (tmp_path / f"{key}.yml").write_text(text.replace(f"{key}:", f"x{key}:"), encoding="utf-8")
    code, output = schema_fault("vendor.github-workflows", *tmp_path.iterdir())
    assert code != 0 and all(f"{key}.yml" in output for key in ("runs-on", "jobs", "permissions"))


def test_every_line_that_people_read_is_in_both_languages():
    words = re.compile(r"^ *(?:name|description|label): (.*)$", re.MULTILINE)
    for form in FORMS:
        for line in words.findall(form.read_text(encoding="utf-8")):
            ja, _, en = line.partition(" / ")
            assert re.search("[ぁ-んァ-ヶ一-鿿]", ja) and re.fullmatch("[A-Z][ -~]+", en), line


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_code_is_laid_out_as_the_rest(command):
    ours = [ROOT / folder for folder in ("docs", "lessons_src", "tests")]
    code, output = answer([sys.executable, "-m", "ruff", *command, "--no-cache", *ours])
    assert code == 0, f"{output}\nDo what it says; `ruff check --fix` and `ruff format` do most."


TEXTS = ["README.md", "README.ja.md", ".github/CONTRIBUTING.md"]


@pytest.mark.parametrize("text", TEXTS)
def test_links_between_the_files_lead_somewhere(text):
    path = ROOT / text
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []


# Without make: what README says for Windows are the lines of the Makefile, and CI runs them there.

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETUP = ".venv/ready"
NEEDED = MAKEFILE.partition("# What CI adds")[0]  # what a contributor needs
TARGETS = [SETUP, *re.findall(r"^([a-z]+):", NEEDED, re.MULTILINE)]
ON_WINDOWS = {
    ".venv/bin/": ".venv\\Scripts\\",
    "$(PYTHON)": "python",
    "$(NAME)": "rope",
    "$(AFTER)": "position",
    "$(ONLY)": "rope",
}


def recipe(target):
    """The lines of a target of the Makefile, as one types them on Windows."""
    lines = re.search(rf"^{re.escape(target)}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]
    for ours, theirs in ON_WINDOWS.items():
        lines = lines.replace(ours, theirs)
    return [line.strip() for line in lines.splitlines() if not line.startswith("\ttouch ")]


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_lines_for_windows_are_those_of_the_makefile(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    (block,) = re.findall(r"```powershell\n(.*?)```", text, re.DOTALL)
    told = [tuple(re.split(r" +# make ", line)) for line in block.splitlines()]
    arguments = {"lesson": " NAME=rope AFTER=position", "check": " ONLY=rope"}
    expected = [
        (line,) if target == SETUP else (line, target + arguments.get(target, ""))
        for target in TARGETS
        for line in recipe(target)
    ]
    assert sorted(told) == sorted(expected), f"{readme} and the Makefile differ: change both"
    n = len(recipe(SETUP))
    assert told[:n] == expected[:n]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fourth_line_is_the_one_that_windows_replaces(language):
    text = (ROOT / f"docs/{language}/follow.md").read_text(encoding="utf-8")
    lines = re.search(r"\{#script\}.*?```sh\n(.*?)```", text, re.DOTALL)[1].splitlines()
    assert lines[3] == ". .venv/bin/activate" and r"`.venv\Scripts\activate`" in text


def test_ci_types_the_lines_for_windows():
    text = WORKFLOW.read_text(encoding="utf-8")
    block = re.search(r"Without make(?:.*\n)+?.*run: \|\n((?: {10}.*\n)+)", text)[1]
    expected = [line for target in (SETUP, "live", "test", "site") for line in recipe(target)]
    strict, *typed = [line.strip() for line in block.splitlines()]
    assert strict.startswith("$PSNativeCommandUseErrorActionPreference = $true")
    assert typed == expected, f"{WORKFLOW.name} and the Makefile differ: change both"
