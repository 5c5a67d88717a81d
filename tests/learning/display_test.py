from xner_allennlp.learning.display import Display


def test_a_title_of_any_length_is_parted_from_its_line(capsys):
    display = Display({"step": 1.0})
    display.say("data", ["first", "second"])
    display.say("transformer_distilled", ["F1 26.64"])
    display.close()
    assert capsys.readouterr().out.splitlines() == [
        f"data{12 * ' '}first",
        f"{16 * ' '}second",
        "transformer_distilled F1 26.64",
    ]
