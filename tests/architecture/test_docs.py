"""The documents say what the code does: what drifts, fails."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from architecture.source import PACKAGE, ROOT, dotted, product_modules, relative, tracked_files
from presswork.core.errors import Fault
from presswork.core.settings import AgentSettings, Ports, ServerSettings
from presswork.printer import status
from presswork.server.platform import problems

MARKDOWN = [path for path in tracked_files() if path.suffix == ".md"]
REFERENCE = ROOT / "docs" / "reference"


def rows(text: str, columns: int) -> list[list[str]]:
    """The body of every table with so many columns."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and not set(line) <= set("|-: "):
            found.append(cells)
    return found


def code(cell: str) -> str:
    """What stands in backticks."""
    match = re.search(r"`([^`]+)`", cell)
    return match.group(1) if match else ""


def test_the_map_is_the_tree() -> None:
    block = re.search(r"```\n(src/presswork/\n.*?)```", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    shown: set[str] = set()
    parents: list[str] = []
    for line in block.group(1).splitlines():
        match = re.match(r"( *)([\w./-]+/)( +\S|$)", line)
        if match is None:
            continue
        depth = len(match.group(1)) // 2
        parents[depth:] = [match.group(2)]
        shown.add("".join(parents))
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    wanted = {f"{relative(folder)}/" for folder in folders if len(folder.relative_to(PACKAGE).parts) <= 2}
    top = {path.relative_to(ROOT).parts[0] + "/" for path in tracked_files() if len(path.relative_to(ROOT).parts) > 1}
    wanted |= {name for name in top if not name.startswith((".", "src"))}
    assert shown == wanted


def test_the_page_is_one_page() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 150


def faults() -> list[type[Fault]]:
    """Every fault of the product."""
    for path in product_modules():
        if path.stem != "__main__" and "/migrations/" not in path.as_posix():
            importlib.import_module(dotted(path))
    found: set[type[Fault]] = set()
    new: set[type[Fault]] = {Fault}
    while new:
        found |= new
        new = {child for fault in new for child in fault.__subclasses__()}
    return [
        fault for fault in found if fault.__module__.startswith("presswork.") and ".testing" not in fault.__module__
    ]


def test_every_fault_is_explained_with_what_it_becomes() -> None:
    text = (REFERENCE / "errors.md").read_text("utf-8")
    table = {code(row[0]): (row[2], code(row[3])) for row in rows(text, 4) if code(row[0])}
    wanted = {}
    for fault in faults():
        bare = fault.__new__(fault)
        ipp = "" if fault is status.Refused else status.status_of(bare).name.lower().replace("_", "-")
        wanted[fault.code] = (str(problems.status_of(bare)), ipp)
    assert table == wanted


@pytest.mark.parametrize("settings", [ServerSettings, AgentSettings])
def test_every_setting_is_explained_with_its_default(settings: type[BaseSettings]) -> None:
    prefix = settings.model_config["env_prefix"]
    table = {code(row[0]): code(row[1]) for row in rows((REFERENCE / "settings.md").read_text("utf-8"), 3)}
    shown = {name: value for name, value in table.items() if name.startswith(prefix)}
    assert shown == dict(_variables(settings, prefix))


def _variables(settings: type[BaseSettings], prefix: str) -> list[tuple[str, str]]:
    found = []
    for name, field in settings.model_fields.items():
        if field.annotation is Ports:
            used = _ports_of(settings)
            found += [(f"{prefix}PORTS__{port.upper()}", str(getattr(Ports(), port))) for port in used]
        else:
            default = field.get_default(call_default_factory=True)
            found.append((f"{prefix}{name.upper()}", "" if default is None else str(default)))
    return found


def _ports_of(settings: type[BaseSettings]) -> list[str]:
    """The ports this part really reads."""
    part = {"ServerSettings": "server", "AgentSettings": "agent"}[settings.__name__]
    text = "".join(path.read_text("utf-8") for path in product_modules() if (PACKAGE / part) in path.parents)
    return [port for port in Ports.model_fields if re.search(rf"\bports\.{port}\b", text)]


def test_ports_are_explained() -> None:
    table = {row[0]: row for row in rows((REFERENCE / "ports.md").read_text("utf-8"), 4)}
    numbers = {str(number) for number in Ports().model_dump().values()}
    assert numbers <= set(table)


def test_every_dependency_earns_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {re.split(r"[\[<>=!;~ ]", line)[0] for lines in lists for line in lines}
    text = (ROOT / "docs" / "explanation" / "dependencies.md").read_text("utf-8")
    table = {code(row[0]): row for row in rows(text, 4) if code(row[0])}
    assert set(table) == declared
    assert all(row[2] and row[3] for row in table.values()), "each says what it is for and under which licence"


LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("path", MARKDOWN, ids=relative)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    dead = []
    for target in LINK.findall(text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        aim = (path.parent / name) if name else path
        if not aim.exists() or (anchor and aim.suffix == ".md" and anchor not in anchors(aim)):
            dead.append(target)
    assert not dead


def test_every_page_is_found_from_the_list() -> None:
    """A page nobody links to is a page nobody reads."""
    linked = set()
    for page in (ROOT / "docs" / "README.md", ROOT / "docs" / "decisions" / "README.md"):
        linked |= {(page.parent / target).resolve() for target in LINK.findall(page.read_text("utf-8"))}
    assert not [
        relative(path)
        for path in MARKDOWN
        if ROOT / "docs" in path.parents and path.resolve() not in linked | {ROOT / "docs/README.md"}
    ]


def anchors(path: Path) -> set[str]:
    """The headings of a page, as links name them."""
    found = set()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("#"):
            title = line.lstrip("#").strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


def test_commands_in_the_documents_exist() -> None:
    commands = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["presswork.commands"]
    )
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    unknown = []
    for path in MARKDOWN:
        text = path.read_text("utf-8")
        unknown += [
            f"{relative(path)}: presswork {name}"
            for name in re.findall(r"`presswork ([a-z-]+)", text)
            if name not in commands
        ]
        unknown += [
            f"{relative(path)}: make {name}" for name in re.findall(r"`make ([a-z]+)", text) if name not in targets
        ]
    assert not unknown


def test_decisions_have_their_parts() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        text = path.read_text("utf-8")
        missing = [
            part
            for part in ("Status:", "## Context", "## Decision", "## Consequences", "## Alternatives")
            if part not in text
        ]
        assert not missing, f"{relative(path)} lacks {missing}"


def test_every_fuzz_target_says_what_must_hold() -> None:
    targets = {path.stem.removeprefix("fuzz_") for path in tracked_files() if path.match("tests/fuzz/fuzz_*.py")}
    page = (ROOT / "docs" / "explanation" / "fuzzing.md").read_text("utf-8")
    told = [code(row[0]) for row in rows(page, 2) if code(row[0])]
    assert sorted(told) == sorted(targets)
