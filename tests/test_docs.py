"""The documents are true: what they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = "captive_portal|hub|image|library|player|provisioning"
NAME = re.compile(rf"`((?:{PACKAGES})(?:\.\w+)+)`")
FILES = {"toml", "py"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_a_document_names_exists(document: Path) -> None:
    named = {name for name in NAME.findall(document.read_text("utf-8")) if name.rpartition(".")[2] not in FILES}
    assert [name for name in sorted(named) if not exists(name)] == []


def exists(name: str) -> bool:
    """Whether a dotted name is one of our modules, or stands in one."""
    module, _, last = name.rpartition(".")
    inside, itself = ((ROOT / dotted.replace(".", "/")).with_suffix(".py") for dotted in (module, name))
    return itself.is_file() or (inside.is_file() and re.search(rf"\b{last}\b", inside.read_text("utf-8")) is not None)


def test_decisions_are_numbered_in_their_order() -> None:
    files = sorted((ROOT / "docs" / "decisions").iterdir())
    titles = [file.read_text("utf-8").partition("\n")[0] for file in files]
    numbers = [title[2:6] for title in titles]
    assert all(title.startswith("# ") for title in titles)
    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [file.name[:4] for file in files] == [title[2:6] for title in titles]
