"""The one error class of the package."""


class MicfpError(Exception):
    """Something a person can mend: one sentence with the file, the value and what to do.

    The command line prints the sentence and leaves with status 2; no traceback is shown.
    """
