"""Why a shop cannot be connected, told to the person who tried."""


class Refused(Exception):
    """The shop cannot be connected; the message says why, in the reader's language."""
