"""The tables that `snakemake all` publishes, by their columns."""

from micfp.evaluation.metrics import SCALAR_METRICS
from micfp.report.columns import ESTIMATE, FLAG, NUMBER, TEXT, Column, Row, unshown
from micfp.report.numbers import decimals, number, share, share_range, units_verdict
from micfp.report.wording import flag_in_words, spaced


def _marked(row: Row) -> str:
    return f"{row['model']}{' (chosen)' * row['chosen']}"


MODEL_NAME = Column("model", "Model", TEXT)
MODEL = Column("", "Model", TEXT, _marked)
# What is judged of a model, of segments and of recordings.
SEGMENT_METRICS = (*unshown(ESTIMATE, *SCALAR_METRICS), *unshown(NUMBER, "n_recordings"))
METRICS = (
    *SEGMENT_METRICS,
    *unshown(ESTIMATE, *(f"recording_{name}" for name in SCALAR_METRICS)),
)
MODELS = (
    *unshown(TEXT, "model", "warnings", "interval_note", "recording_interval_note"),
    *unshown(NUMBER, "inner", "train_accuracy", "n_train", "n_test", "n_features", "chance"),
    *unshown(NUMBER, "shuffled_accuracy", "shuffled_low", "shuffled_high"),
    *unshown(FLAG, "chosen"),
    *METRICS,
)
# What becomes of the chosen model on the ways of recordings; of a row without a chain of all.
WAYS = (
    *unshown(TEXT, "way", "chain", "chains"),
    *unshown(NUMBER, "n_test", "n_recordings"),
    *unshown(ESTIMATE, "accuracy", "recording_accuracy"),
)
SPLITS = (*unshown(TEXT, "split", "model"), *METRICS)
CLASSES = (
    Column("class", "Class", TEXT),
    Column("precision", "Precision", format=share),
    Column("recall", "Recall", format=share),
    Column("f1", "F1", format=share),
    Column("support", "Test segments", format=decimals(0)),
)
DECISIONS = (
    MODEL_NAME,
    *unshown(TEXT, "decision"),
    Column("accuracy", format=share),
)
CALIBRATION = (
    MODEL_NAME,
    *unshown(NUMBER, "n"),
    Column("n_calibration", "Calibrated on", format=decimals(0), optional=True),
    Column("temperature", "Temperature", format=decimals(1), optional=True),
    Column("calibration_error_before", "Calibration error before", format=share),
    Column("calibration_error", "after", format=share, optional=True),
    Column("cross_entropy_before", "Cross-entropy before", format=share),
    Column("cross_entropy", "after", format=share, optional=True),
    Column("outside", "Outside", format=share, optional=True),
    Column("outside_expected", "Expected", format=share, optional=True),
)
TIMES = (
    MODEL_NAME,
    Column("fit_s", "Training (s)", format=decimals(2), optional=True),
    Column(
        "predict_ms_a_segment", "Prediction (ms per segment)", format=decimals(2), optional=True
    ),
    Column("peak_memory_mb", "Peak memory (MB)", format=decimals(0), optional=True),
)
NEIGHBOURS = (
    *unshown(TEXT, "features"),
    *unshown(NUMBER, "same_device", "same_device_by_chance"),
    *unshown(NUMBER, "same_content", "same_content_by_chance"),
)


def _guessing(row: Row) -> str:
    return share_range(row["recording_chance_low"], row["recording_chance_high"])


# Identical units told apart; what leads, such as the split, is another in each table.
UNITS = (
    Column("devices", "Units", TEXT),
    Column("accuracy", "Accuracy per segment", ESTIMATE),
    Column("chance", "Chance", format=share),
    Column("n_segments", "Segments", format=decimals(0)),
    Column("recording_accuracy", "Accuracy per recording", format=share),
    *unshown(NUMBER, "recording_chance_low", "recording_chance_high"),
    Column("", "Guessing gives", format=_guessing),
    Column("n_recordings", "Recordings", format=decimals(0)),
    *unshown(TEXT, "make_and_model"),
    Column("", "Verdict", TEXT, units_verdict),
)
SPLIT = Column("split", "Split", TEXT, spaced)
UNITS_OF_SPLITS = (SPLIT, MODEL_NAME, *UNITS)


def _flags(row: Row) -> str:
    """Flags as words, and why it is unreadable where it is."""
    flags = [flag_in_words(name) for name in row["flags"].split(", ") if name]
    return ", ".join([*flags, row["error"]] if row["error"] else flags)


FLAGS = Column("", "Flags", TEXT, _flags)
QUALITY = (
    *unshown(TEXT, "recording", "path", "codec", "error", "flags"),
    Column("device", "Device", TEXT),
    Column("session", "Session", TEXT),
    Column("content", "Content", TEXT),
    Column("duration_s", "Length (s)", format=number),
    Column("sample_rate_hz", "Rate (Hz)", format=decimals(0)),
    Column("n_channels", "Channels", format=decimals(0)),
    Column("level_dbfs", "Level (dBFS)", format=number),
    Column("peak_dbfs", "Peak (dBFS)", format=number),
    Column("dc_dbfs", "Offset (dBFS)", format=number),
    Column("clipped_share", "Clipped (share)", format=share),
    Column("zero_share", "Zeros (share)", format=share),
    Column("noise_floor_dbfs", "Noise floor (dBFS)", format=number),
    Column("snr_db", "SNR (dB)", format=number),
    Column("synchrony", "Synchrony", format=decimals(2)),
    FLAGS,
)
LEFT_OUT = unshown(TEXT, "file", "reason")
