"""The report of a case: what was asked and answered, for a court, in HTML and PDF."""
