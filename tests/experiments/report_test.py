import re
from pathlib import Path

from experiments.figures import FigureEntry
from experiments.report import write_report
from experiments.runs import Experiments, read_experiments
from experiments.tables import all_tables, write_table


def test_links_lead_somewhere(experiments: Experiments, root: Path) -> None:
    folder = root / "report"
    figures = [FigureEntry("one", "The first."), FigureEntry("two", "The second.")]
    (folder / "figures").mkdir(parents=True)
    for entry in figures:
        for ending in ("png", "pdf"):
            (folder / "figures" / f"{entry.name}.{ending}").write_text("a figure")
    tables = all_tables(experiments)
    for table in tables:
        write_table(table, folder / "tables")
    path = write_report(experiments, tables, figures, folder, note="Not real data.")
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 3 * len(tables) + 2 * len(figures)
    for link in links:
        assert (folder / link).stat().st_size > 0
    assert "Not real data." in text
    assert "20 of 21 runs have finished" in text
    assert "This report shows the selection `source_dev`" in text and "truly unsupervised" in text
    # Tables by another selection are linked, those by this one shown.
    assert text.count("**Table 4. Cross-lingual systems**") == 1
    assert "Table 4. Cross-lingual systems, selection target_test: [md](" in text
    assert "out of memory" in text


def test_no_problems(root: Path) -> None:
    for folder in (root / "systems" / "en_es" / "cross_word").iterdir():
        folder.rename(root / folder.name)
    experiments = read_experiments(root)
    path = write_report(experiments, all_tables(experiments, "target_dev"), [], root, "target_dev")
    text = path.read_text(encoding="utf-8")
    assert "No run failed, is missing or is incomplete." in text
    assert "This report shows the selection `target_dev`" in text
    assert "Table 4. Cross-lingual systems, selection source_dev: [md](" in text
