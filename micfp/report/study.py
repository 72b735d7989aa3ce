"""What the sections of all studies begin with."""

from micfp.report.blocks import Block, Points, Text
from micfp.report.numbers import enumeration
from micfp.report.published import Published

ASIDE = {"tracking", "report", "shard_mb", "search"}  # no result above depends on these


def study_head(published: Published, target: str, text: str) -> list[Block]:
    """What the study does; and where it is older than the results above, that this is so."""
    experiment, params = published.experiment, published.runs[target].params
    known = experiment.params if experiment is not None else {}
    other = [key for key in known if key not in ASIDE and known[key] != params.get(key)]
    if not other:
        return [Text(text)]
    differing = (
        "This study was made with other parameters than the results above: they differ under "
        f"{enumeration(other)}."
    )
    return [Text(text), Points((differing,), "Mind")]
