"""Bad input as it is shown in a message, which stays readable whatever the input is."""

LONGEST_EXCERPT = 100


def excerpt(text: str) -> str:
    """`text`, or its first characters and "..." where it has more than `LONGEST_EXCERPT`."""
    return text if len(text) <= LONGEST_EXCERPT else text[: LONGEST_EXCERPT - 3] + "..."
