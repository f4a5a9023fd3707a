from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from presswork.protocols.ipp import registry
from presswork.protocols.ipp.registry import ATTRIBUTES, ENUMS, KEYWORDS, Operation, Status
from presswork.testing.ipp import shared_data

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = ROOT / "scripts" / "make_registry.py"
SOURCE = ROOT / "src" / "presswork" / "protocols" / "ipp" / "registry.py"
"""In the checkout, where ruff's configuration is; the tests may run from an installed copy."""


def make_registry() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_registry", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_made_again_the_registry_is_the_same():
    folder = shared_data()
    if folder is None:
        pytest.skip("the shared data folder is absent")
    made = make_registry().registry_module(folder / "ipp-registrations.xml")
    assert made == Path(registry.__file__).read_text(), "run scripts/make_registry.py and commit what it writes"


def test_the_formatter_has_nothing_to_change():
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--check", SOURCE], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_says_that_it_is_generated_in_its_first_line():
    assert "Generated" in Path(registry.__file__).read_text().splitlines()[0]


def test_well_known_numbers():
    assert Operation.PRINT_JOB == 0x0002
    assert Operation.GET_PRINTER_ATTRIBUTES == 0x000B
    assert Operation.CLOSE_JOB == 0x003B
    assert Status.SUCCESSFUL_OK == 0x0000
    assert Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED == 0x040F
    assert Status.SERVER_ERROR_TOO_MANY_DOCUMENTS == 0x050C
    assert Status(0x0400).keyword == "client-error-bad-request"
    assert Operation.PRINT_URI.keyword == "print-uri"


def test_attributes_keywords_and_enums_are_there():
    assert ATTRIBUTES["Job Template"]["copies"] == "integer(1:MAX)"
    assert ATTRIBUTES["Job Template"]["media"] == "keyword | name"
    assert ATTRIBUTES["Printer Description"]["printer-info"] == "text(127)"
    assert KEYWORDS["sides"] == ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
    assert "iso_a4_210x297mm" in KEYWORDS["media"]
    assert ENUMS["print-quality"] == {3: "draft", 4: "normal", 5: "high"}


@pytest.mark.parametrize("syntax", ["1setOf sausage", "integer(", ""])
def test_a_syntax_that_is_not_understood_ends_the_script(tmp_path: Path, syntax: str):
    xml = tmp_path / "registry.xml"
    xml.write_text(
        '<registry xmlns="http://www.iana.org/assignments"><updated>today</updated>'
        '<registry id="ipp-registrations-2"><record><collection>Job Template</collection><name>copies</name>'
        f"<syntax>{syntax}</syntax></record></registry>"
        + "".join(f'<registry id="ipp-registrations-{number}"/>' for number in (4, 6, 11))
        + "</registry>"
    )
    if syntax == "integer(":  # an open bracket says nothing wrong: the registry has one itself
        assert '"copies": "integer"' in make_registry().registry_module(xml)
        return
    with pytest.raises(SystemExit):
        make_registry().registry_module(xml)
