from xner_allennlp.spans import TypeMap, counts_of_renamed


def test_names_go_before_patterns_and_patterns_in_order():
    types = TypeMap({"L*": "X", "LOC": "PLACE", "*part": "O", "LOCpart": "PART"})
    assert [types.new_name(old) for old in "LOC LOCpart ORGpart LAW PER".split()] == (
        "PLACE PART O X PER".split()
    )


def test_a_type_that_stays_is_known():
    types = TypeMap({"PRO": "PRO", "*part": "O"})
    assert [types.knows(old) for old in "PRO LOCpart PER".split()] == [True, True, False]
    assert types.new_name("PRO") == "PRO"


def test_neighbours_of_types_that_become_one_stay_two():
    types = TypeMap({"PRO": "MISC", "DATE": "MISC"})
    assert types.rename(["I-PRO", "I-PRO", "I-DATE", "O"]) == ["B-MISC", "I-MISC", "B-MISC", "O"]
    assert types.renamed == {"PRO -> MISC": 2, "DATE -> MISC": 1}


def test_without_anything_to_rename_tags_stay_as_they_are():
    types = TypeMap({"PRO": "MISC"})
    assert types.rename(["U-PER", "I-LOC", "L-LOC"]) == ["U-PER", "I-LOC", "L-LOC"]
    assert not types.renamed


def test_an_entity_becomes_none():
    assert TypeMap({"DATE": "O"}).rename(["B-DATE", "L-DATE", "U-PER"]) == ["O", "O", "B-PER"]


def test_entities_are_counted_for_the_metrics():
    types = TypeMap({"person": "PER", "*part": "O"})
    renamed = types.renamed_entities(["B-person", "I-person", "B-person", "I-LOCpart", "U-LOC"])
    assert renamed == {"person -> PER": 2, "LOCpart -> O": 1}
    assert counts_of_renamed(renamed, "target_") == {
        "target_renamed_LOCpart_to_O": 1,
        "target_renamed_person_to_PER": 2,
    }
    assert TypeMap({}).renamed_entities(["B-PER"]) == {}
