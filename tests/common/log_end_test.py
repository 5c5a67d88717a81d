from xner_allennlp.common.log_end import last_lines


def test_of_a_progress_bar_what_it_left() -> None:
    log = "first\r\n\n 10 %\r 90 %\r100 %\r\n  error: no file \n \n\r\n"
    assert last_lines(log, 2) == ["100 %", "  error: no file"]
    assert last_lines(log, 9) == ["first", "100 %", "  error: no file"]
    assert last_lines("\n", 1) == last_lines("", 1) == []
