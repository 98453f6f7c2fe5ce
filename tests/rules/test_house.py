"""The rules of the house (docs/decisions): who may import whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def imported(file: Path) -> set[str]:
    """Full names of all modules that a file imports, also inside functions."""
    package = ".".join(file.relative_to(ROOT).with_suffix("").parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(
                    [*package.split(".")[: len(package.split(".")) - node.level + 1], base]
                ).strip(".")
            found.add(base)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def files(folder: str) -> Iterator[Path]:
    return (ROOT / folder).rglob("*.py")


def offenders(folder: str, *forbidden: str) -> list[str]:
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files(folder)
        for name in sorted(imported(file))
        if any(name == rule or name.startswith(f"{rule}.") for rule in forbidden)
    ]


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("web/cases", ("web.citizen", "web.staff", "web.api", "flask", "jinja2", "werkzeug")),
        ("web/citizen", ("web.staff", "web.api", "bot", "rasa")),
        ("web/staff", ("web.citizen", "web.api", "bot", "rasa")),
        ("web/api", ("web.citizen", "web.staff", "bot", "rasa")),
        ("web/security", ("web.citizen", "web.api", "bot")),
        ("web", ("rasa", "bot", "tools")),
        ("bot", ("web", "tools", "sqlalchemy", "cryptography", "flask")),
    ],
)
def test_who_imports_whom(folder: str, forbidden: tuple[str, ...]) -> None:
    assert offenders(folder, *forbidden) == []


@pytest.mark.parametrize("module", [*sorted((ROOT / "web/catalog").glob("*.py")), ROOT / "web/matching.py"])
def test_the_catalog_knows_neither_portal_nor_assistant(module: Path) -> None:
    names = imported(module)
    assert not {
        name
        for name in names
        if name.startswith(("flask", "sqlalchemy", "web.cases", "web.citizen", "web.staff", "bot"))
    }


def test_only_three_modules_speak_with_the_outside() -> None:
    """web/assistant.py with the assistant, web/notices.py with who carries notices, web/staff/oidc.py with the
    municipality's login."""
    speaks = [
        str(file.relative_to(ROOT))
        for file in files("web")
        if imported(file) & {"requests", "httpx", "urllib.request", "http.client", "aiohttp", "smtplib"}
    ]
    assert sorted(speaks) == ["web/assistant.py", "web/notices.py", "web/staff/oidc.py"]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


_INDEX = re.compile(
    r"--(?:extra-)?index-" + r"url|registry\.npm" + r"js\.org|pypi" + r"\.org|files\.python" + "hosted"
)


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = []
    for file in tracked():
        if file.suffix in (".png", ".svg", ".ico", ".mo", ".woff2"):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        if (
            _INDEX.search(text)
            or re.search(r"(?<![\w.])/(?:root|home/\w+)/", text)
            or '"resolved": "' + "http" in text
        ):
            found.append(str(file.relative_to(ROOT)))
    assert found == []


def test_the_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", (ROOT / "README.md").read_text(encoding="utf-8")))
    targets = set(
        re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert named
    assert named <= targets


def test_every_target_has_a_line_of_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE):
        assert re.search(rf"^{target}:.*## \S", text, re.MULTILINE), target


def test_pictures_of_the_readme_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))
    assert len(pictures) >= 2
    assert all(picture.stat().st_size < 200_000 for picture in pictures)


@pytest.mark.parametrize("file", sorted((ROOT / "web/static/css").glob("*.css")), ids=lambda file: file.name)
def test_a_stylesheet_closes_what_it_opens(file: Path) -> None:
    """A brace that is lost when two changes are merged silently turns off everything after it."""
    depth = 0
    for line in re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL).splitlines():
        depth += line.count("{") - line.count("}")
        assert depth >= 0, line
        # Only rules inside @media and the like are indented: a new rule in the first column begins outside.
        assert not (line.endswith("{") and line[:1] not in (" ", "") and depth > 1), line
    assert depth == 0
