"""Names of the columns of a feature set."""

from collections.abc import Collection

from micfp.errors import MicfpError
from micfp.features.registry import FAMILIES, Aggregate, FeatureSet


def column_names(settings: FeatureSet) -> list[str]:
    """Names of the columns: `<family>_<index>_<aggregate>`, `<family>_<aggregate>`, `ltas_<band>`.

    The index begins at 0 and is that of librosa's rows; families without aggregates other than band
    spectra are `bed_<index>` and `fourier_histogram_<index>`. Quantile 0.25 is `q25`.
    """
    aggregates = [_aggregate_name(aggregate) for aggregate in settings.aggregates]
    return [
        "_".join(filter(None, (name, row, aggregate)))
        for name in settings.families
        for row in FAMILIES[name].rows(settings)
        for aggregate in (aggregates if FAMILIES[name].spectrum is None else [""])
    ]


def family_of(column: str) -> str:
    """The family that a column belongs to. MicfpError for a column of none."""
    for family in FAMILIES:
        if column.startswith(f"{family}_"):
            return family
    raise MicfpError(f"{column!r} is no feature column: its name begins with no feature family")


def used_columns(settings: FeatureSet, families: Collection[str] | None) -> list[bool]:
    """Of every column of a feature set, whether it is of these families; None: all are."""
    return [families is None or family_of(name) in families for name in column_names(settings)]


def _aggregate_name(aggregate: Aggregate) -> str:
    if isinstance(aggregate, str):
        return aggregate
    percent = f"{100.0 * aggregate:g}"
    return f"q0{percent}" if 100.0 * aggregate < 10.0 else f"q{percent}"
