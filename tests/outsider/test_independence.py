"""The outsider stays outside: nothing in this folder imports the hub, its adapters or its sandbox."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: str(path.relative_to(HERE)))
def test_no_file_of_the_outsider_imports_the_hub(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            assert not node.level
        assert not {name.split(".")[0] for name in names} & {"hub", "channels", "templates"}
        assert not [name for name in names if name.startswith("tests.") and not name.startswith("tests.outsider")]
