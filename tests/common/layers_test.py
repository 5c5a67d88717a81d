"""Every part may build on `common`, so `common` builds on none of them."""

import ast

from tests.tiny_runs import ROOT


def test_common_imports_no_other_part() -> None:
    for path in (ROOT / "xner_allennlp" / "common").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            else:
                continue
            ours = {name.split(".")[1] for name in imported if name.startswith("xner_allennlp.")}
            assert ours <= {"common", "version"}, f"{path}, line {node.lineno}: {ours}"
