"""Why something that a person asked for cannot be done."""


class Refused(Exception):
    """It cannot be done; the message says why, in the reader's language."""
