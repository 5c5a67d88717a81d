from experiments import paper
from experiments.names import SYSTEMS

PAIRS = {"en_es", "en_nl", "en_de", "en_ar", "en_fi"}


def test_tables_are_whole() -> None:
    for table in (paper.TABLE_3, paper.TABLE_4, paper.PARAMETERS):
        assert set(table) <= set(SYSTEMS)
        for by_pair in table.values():
            assert set(by_pair) == PAIRS
    for by_pair in paper.TABLE_4.values():
        for by_selection in by_pair.values():
            assert set(by_selection) == {"source_dev", "target_dev", "target_test"}
            for printed in by_selection.values():
                assert printed.maximum is not None and printed.deviation is not None
                assert printed.mean < printed.maximum < printed.mean + 4 * printed.deviation


def test_known_figures() -> None:
    """A few, from the abstract's claims and the text: +2.43 es, +2.21 nl, +6.14 de over others."""
    for pair, gain in (("en_es", 2.43), ("en_nl", 2.21), ("en_de", 6.14)):
        best = max(
            rival.f1[pair].mean
            for rival in paper.TABLE_5
            if rival.resources.startswith("without") or pair == "en_de"
        )
        ours = paper.TABLE_4["cross_augmented"][pair]["target_dev"].mean
        assert round(ours - best, 2) in (gain, round(gain - 0.01, 2))
    assert paper.TABLE_3["source_mono_random"]["en_fi"]["source_dev"].mean == 17.36
    assert paper.TABLE_3["source_mono"]["en_ar"] == {}
    assert sum(row.is_ours for row in paper.TABLE_2) == 6
