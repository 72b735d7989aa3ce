"""Figures: the right values in the right places, readable, and the same bytes each time."""

import itertools
import math

import numpy as np
import pytest
from matplotlib import image as mpl_image

from micfp.errors import MicfpError
from micfp.evaluation import curves, decision, figures
from micfp.evaluation.figures.style import class_styles, ink_on, shades, short, wrapped

FIVE = ("Shure SM7B", "t.bone MB 7 Beta", "Neumann KM 184 (1)", "Neumann KM 184 (2)", "RODE NT1-A")


@pytest.fixture(autouse=True)
def _style():
    with figures.house_style():
        yield


def names(n):
    """Device names as real corpora have them: long, short, with brackets and blanks."""
    kinds = ("huawei_TAG_AL0{}", "IPHONE6S({})", "xiaomi note {}", "samsung_galaxy_s{}", "vivo_x{}")
    return FIVE if n == 5 else tuple(kinds[i % 5].format(i // 5) for i in range(n))


def counts(n):
    """A confusion matrix that is not symmetric: 40 rows per class, errors to the right."""
    return np.eye(n, dtype=int) * 34 + np.roll(np.eye(n, dtype=int) * 6, 1, axis=1)


def shown(labels):
    return [label.get_text() for label in labels if label.get_text()]


def overlaps(labels):
    """Pairs of labels whose boxes overlap."""
    boxes = [(label.get_text(), label.get_window_extent()) for label in labels]
    return [(a[0], b[0]) for a, b in itertools.combinations(boxes, 2) if a[1].overlaps(b[1])]


def assert_nothing_is_cut_off(figure, folder):
    """The outermost pixels of the saved figure are blank."""
    figures.save(figure, folder / "figure.png")
    pixels = mpl_image.imread(folder / "figure.png")[..., :3]
    for edge in (pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]):
        assert edge.min() == 1.0


# --- confusion matrix and report -----------------------------------------------------------------


def test_confusion_matrix_shows_each_value_on_its_cell():
    figure, ax = figures.new_figure(figures.figure_size(3))
    figures.confusion_matrix(ax, [[3, 1, 0], [0, 0, 0], [2, 0, 6]], ("a", "b", "c"), title="svc")
    shares = ax.images[0].get_array()
    np.testing.assert_allclose(shares[[0, 2]], [[0.75, 0.25, 0], [0.25, 0, 0.75]])
    assert np.ma.getmaskarray(shares)[1].all() or np.isnan(np.asarray(shares)[1]).all()
    written = {tuple(text.get_position()): text.get_text() for text in ax.texts}
    assert written[1, 0] == "0.25"  # x = 1: named "b"; y = 0: truly "a"
    assert written[0, 2] == "0.25"
    assert written[2, 2] == "0.75"
    assert written[0, 1] == "–"  # "b" has no rows
    assert shown(ax.get_yticklabels()) == shown(ax.get_xticklabels()) == ["a", "b", "c"]
    assert (ax.get_ylabel(), ax.get_xlabel(), ax.get_title()) == ("true", "named as", "svc")
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first class on top
    assert figure.axes[1].get_ylabel() == "share of the true class"


def test_confusion_matrix_with_counts():
    _, ax = figures.new_figure(figures.figure_size(2))
    figures.confusion_matrix(ax, [[3, 1], [0, 120]], ("a", "b"), counts=True)
    assert [text.get_text() for text in ax.texts] == ["3", "1", "0", "120"]


@pytest.mark.parametrize("n", [5, 45])
def test_confusion_matrix_is_readable(n, tmp_path):
    figure, ax = figures.new_figure(figures.figure_size(n))
    figures.confusion_matrix(ax, counts(n), names(n), title="svc, by content")
    assert len(ax.texts) == (25 if n == 5 else 0)
    figure.draw_without_rendering()
    assert overlaps(ax.get_yticklabels()) == []
    if n > 12:
        assert overlaps(ax.get_xticklabels()) == []
    else:  # slanted: the boxes overlap, the letters do not
        apart = np.diff([ax.transData.transform((x, 0))[0] for x in (0, 1)])[0]
        letter = ax.get_xticklabels()[0].get_fontsize() * figure.dpi / 72
        assert apart * math.sin(math.pi / 4) > 1.2 * letter
    assert min(label.get_fontsize() for label in ax.get_yticklabels()) >= 6
    assert all(size < 16 for size in figure.get_size_inches())
    assert_nothing_is_cut_off(figure, tmp_path)


def test_one_error_in_a_hundred_is_told_from_none():
    colours = shades()
    none, one, many = (np.array(colours(v)[:3]) for v in (-1.0, 0.01, 0.5))
    assert none.min() == 1
    assert np.abs(none - one).max() > 0.1
    assert one.sum() > many.sum()
    assert [ink_on(colours(v)) for v in (0.05, 0.95)] == ["black", "white"]


@pytest.mark.parametrize("n", [5, 45])
def test_class_report(n, tmp_path):
    precision, recall = np.linspace(0, 1, n), np.linspace(1, 0.5, n)
    f1 = np.where(np.arange(n) == 1, np.nan, 0.123)
    figure, ax = figures.new_figure(figures.list_size(n, 0.17, 5.5))
    figures.class_report(ax, names(n), precision, recall, f1, np.arange(n) + 7)
    written = {tuple(text.get_position()): text.get_text() for text in ax.texts}
    assert len(written) == 3 * n
    assert written[0, n - 1] == "1.00"
    assert written[1, n - 1] == "0.50"
    assert written[2, 0] == "0.12"
    assert written[2, 1] == "–"
    assert shown(ax.get_xticklabels()) == ["precision", "recall", "F1"]
    assert shown(ax.get_yticklabels())[2] == f"{names(n)[2]} (n = 9)"
    figure.draw_without_rendering()
    assert overlaps(ax.get_yticklabels()) == []
    assert overlaps(ax.texts) == []
    assert_nothing_is_cut_off(figure, tmp_path)


# --- comparisons ---------------------------------------------------------------------------------


def error_bar_ends(ax, index=0):
    """Low and high end of each bar of the container `index`."""
    (bars,) = ax.containers[index].lines[2]
    return [(float(s[0, 0]), float(s[1, 0])) for s in bars.get_segments()]


def test_classifier_comparison_is_sorted_with_its_intervals(tmp_path):
    figure, ax = figures.new_figure(figures.list_size(3))
    figures.classifier_comparison(
        ax,
        ["dt", "lda", "svc"],
        [0.5, 0.99, 0.9],
        [0.4, 0.95, np.nan],
        [0.6, 1.0, np.nan],
        train_score=[1.0, 0.995, 0.97],
        chance=1 / 30,
    )
    assert shown(ax.get_yticklabels()) == ["lda", "svc", "dt"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # row 0 on top
    dots = ax.containers[0].lines[0]
    np.testing.assert_allclose(dots.get_xydata(), [[0.99, 0], [0.9, 1], [0.5, 2]])
    np.testing.assert_allclose(error_bar_ends(ax), [(0.95, 1.0), (0.9, 0.9), (0.4, 0.6)])
    (training,) = [line for line in ax.lines if line.get_label() == "training"]
    np.testing.assert_allclose(training.get_xydata(), [[0.995, 0], [0.97, 1], [1.0, 2]])
    (chance,) = [line for line in ax.lines if line.get_label() == "chance"]
    assert chance.get_xdata()[0] == 1 / 30
    assert ax.get_xlim()[0] <= 0
    assert ax.get_xlim()[1] >= 1
    beside = ax.child_axes[0]
    figure.draw_without_rendering()
    assert shown(beside.get_yticklabels()) == [
        "0.990 (0.950–1.000)",
        "0.900",
        "0.500 (0.400–0.600)",
    ]
    assert shown(ax.get_legend().get_texts()) == ["training", "test, with interval", "chance"]
    below = ax.get_legend().get_window_extent().y1
    assert below < ax.xaxis.label.get_window_extent().y0
    assert_nothing_is_cut_off(figure, tmp_path)


def test_split_comparison_sets_the_splits_side_by_side(tmp_path):
    score = np.array([[0.9, 0.7], [0.8, np.nan]])
    figure, ax = figures.new_figure(figures.list_size(2, 0.5))
    figures.split_comparison(
        ax, ["svc", "rf"], ["random", "by_session"], score, score - 0.1, score + 0.05, chance=0.2
    )
    random, by_session = (container.lines[0].get_xydata() for container in ax.containers)
    np.testing.assert_allclose(random[:, 0], [0.9, 0.8])
    np.testing.assert_allclose(by_session[:, 0], [0.7])  # rf has no such split
    assert (np.round(random[:, 1]) == [0, 1]).all()
    assert random[0, 1] < 0 < by_session[0, 1]  # the first split above the second
    np.testing.assert_allclose(error_bar_ends(ax, 1), [(0.6, 0.75)])
    assert shown(ax.get_legend().get_texts()) == ["random", "by_session", "chance"]
    markers = {container.lines[0].get_marker() for container in ax.containers}
    assert len(markers) == 2  # told apart without colour too
    assert_nothing_is_cut_off(figure, tmp_path)


def test_unit_deviation(tmp_path):
    figure, ax = figures.new_figure((5.5, 4))
    figures.unit_deviation(
        ax, [1.5, 0, 0.3], [0.9, 0.5, 0.6], [0.7, 0.4, 0.5], [1.0, 0.65, 0.7],
        chance_low=0.44, chance_high=0.56,
    )  # fmt: skip
    (dots,) = ax.containers
    np.testing.assert_allclose(dots.lines[0].get_xydata(), [[0, 0.5], [0.3, 0.6], [1.5, 0.9]])
    segments = dots.lines[2][0].get_segments()
    np.testing.assert_allclose([s[:, 1] for s in segments], [(0.4, 0.65), (0.5, 0.7), (0.7, 1.0)])
    (band,) = ax.patches
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.44, 0.56))
    assert shown(ax.get_xticklabels()) == ["0", "0.3", "1.5"]
    assert "dB rms" in ax.get_xlabel()
    figure.draw_without_rendering()
    assert overlaps(ax.get_xticklabels()) == []
    assert_nothing_is_cut_off(figure, tmp_path)


# --- curves --------------------------------------------------------------------------------------


def scored(n, rng, rows=30):
    y = np.repeat(np.arange(n), rows)
    score = rng.normal(size=(len(y), n))
    score[np.arange(len(y)), y] += np.linspace(0.5, 4, n)[y]  # the first classes are the hardest
    return y, decision.normalise_log(score)


@pytest.mark.parametrize("n", [5, 45])
def test_roc_names_all_of_few_classes_and_the_hardest_of_many(n, tmp_path):
    y, log_p = scored(n, np.random.default_rng(0))
    found = curves.roc_curves(y, log_p, names(n))
    figure, ax = figures.new_figure((5, 5))
    figures.roc(ax, found, title="svc")
    entries = shown(ax.get_legend().get_texts())
    areas = [curve.auc for curve in found.per_class]
    if n == 5:
        assert entries[:5] == [f"{name} ({a:.3f})" for name, a in zip(FIVE, areas, strict=True)]
    else:
        hardest = int(np.argmin(areas))
        assert entries[0].startswith("the other 42")
        assert entries[1] == f"{names(n)[hardest]} ({areas[hardest]:.3f})"
        assert len(entries) == 5
    assert len(ax.lines) == n + 2  # each class, micro and the diagonal
    assert entries[-1] == f"all decisions, micro ({found.micro.auc:.3f})"
    assert_nothing_is_cut_off(figure, tmp_path)


def test_learning_and_regularisation_curves(tmp_path):
    train, validation = np.full((3, 4), 0.99), np.array([[0.5, 0.7], [0.6, 0.8], [0.8, 0.9]])
    figure, (axes,) = figures.new_grid(1, 2, (11, 4))
    figures.learning_curve(axes[0], [100, 200, 300], train, validation, chance=0.2)
    figures.regularisation_curve(
        axes[1], [0.01, 1, 100], train, validation, parameter="C", chosen=1.0
    )
    for ax, x in zip(axes, ([100, 200, 300], [0.01, 1, 100]), strict=True):
        (line,) = [line for line in ax.lines if line.get_label() == "validation"]
        np.testing.assert_allclose(line.get_xdata(), x)
        np.testing.assert_allclose(line.get_ydata(), [0.6, 0.7, 0.85])
        band = ax.collections[1].get_paths()[0].vertices
        assert band[:, 1].min() == pytest.approx(0.5)
        assert band[:, 1].max() == pytest.approx(0.9)
    assert axes[1].get_xscale() == "log"
    assert "in use (1)" in shown(axes[1].get_legend().get_texts())
    figure.draw_without_rendering()
    assert {"0.01", "1", "100"} <= set(shown(axes[1].get_xticklabels()))
    assert_nothing_is_cut_off(figure, tmp_path)


# --- maps ----------------------------------------------------------------------------------------


def clouds(n, spread, rng):
    labels = np.repeat(np.array(names(n)), 30)
    centres = rng.normal(size=(n, 2)) * spread
    return np.repeat(centres, 30, axis=0) + rng.normal(size=(len(labels), 2)), labels


def test_pca_map_of_few_classes_has_a_legend():
    trials, labels = clouds(5, 4, np.random.default_rng(0))
    figure, ax = figures.new_figure((7.5, 5.5))
    figures.pca_map(ax, trials, labels, (0.431, 0.2), classes=FIVE)
    assert ax.get_xlabel() == "first principal component (43% of the variance)"
    assert ax.get_ylabel() == "second principal component (20%)"
    assert tuple(shown(ax.get_legend().get_texts())) == FIVE
    assert len(ax.collections) == 5
    np.testing.assert_allclose(ax.collections[2].get_offsets(), trials[60:90])
    figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().x0 > ax.get_window_extent().x1


@pytest.mark.parametrize("n", [12, 45])
def test_map_of_many_classes_names_each_once_without_overlap(n, tmp_path):
    trials, labels = clouds(n, 4, np.random.default_rng(1))
    figure, ax = figures.new_figure((9, 7))
    figures.tsne_map(ax, trials, labels, classes=names(n), title="segments")
    assert tuple(text.get_text() for text in ax.texts) == names(n)
    np.testing.assert_allclose(ax.texts[3].xy, np.median(trials[90:120], axis=0))
    figure.draw_without_rendering()
    frame = ax.get_window_extent()
    boxes = [text.get_bbox_patch().get_window_extent() for text in ax.texts]
    for box in boxes:
        assert frame.x0 - 6 <= box.x0
        assert box.x1 <= frame.x1 + 6
    letters = [box.shrunk(0.9, 0.7) for box in boxes]  # without the white margin
    clashes = [(a, b) for a, b in itertools.combinations(letters, 2) if a.overlaps(b)]
    assert clashes == []
    assert_nothing_is_cut_off(figure, tmp_path)


def test_styles_of_72_classes_are_all_different():
    styles = class_styles(72)
    assert len({(colour, marker) for colour, marker, _ in styles}) == 72
    assert len({colour for colour, _, _ in styles[:8]}) == 8


# --- spectra -------------------------------------------------------------------------------------


def test_mean_spectrum_of_few_devices_is_lines(tmp_path):
    hz = np.geomspace(40, 20000, 60)
    level = -40 - np.arange(5)[:, None] + np.zeros(60)
    figure, ax = figures.new_figure((8, 4.2))
    figures.mean_spectrum(ax, hz, level, FIVE)
    assert ax.get_xscale() == "log"
    figure.draw_without_rendering()
    assert shown(ax.get_xticklabels()) == [
        "50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k"
    ]  # fmt: skip
    assert overlaps(ax.get_xticklabels()) == []
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("frequency (Hz)", "level (dB re full scale)")
    np.testing.assert_allclose(ax.lines[3].get_xydata(), np.stack([hz, level[3]], axis=1))
    assert tuple(shown(ax.get_legend().get_texts())) == FIVE
    assert_nothing_is_cut_off(figure, tmp_path)


def test_mean_spectrum_of_many_devices_is_a_map_of_what_differs(tmp_path):
    n, hz = 45, np.linspace(100, 16000, 80)
    rng = np.random.default_rng(0)
    gain, common = rng.normal(size=(n, 1)) * 10, rng.normal(size=80) * 10
    own = np.zeros((n, 80))
    own[7, 40:] = 4.0
    figure, ax = figures.new_figure(figures.list_size(n, 0.17, 8))
    figures.mean_spectrum(ax, hz, common + gain + own, names(n))
    shown_db = np.asarray(ax.collections[0].get_array()).reshape(n, 80)
    # Level and common spectrum are gone: 4 dB on half the band is -2 and +2 round its mean, less
    # the 1/45 of it that is in the mean over devices.
    np.testing.assert_allclose(shown_db[7], np.repeat([-2.0, 2.0], 40) * 44 / 45, atol=1e-9)
    np.testing.assert_allclose(shown_db[8], np.repeat([2.0, -2.0], 40) / 45, atol=1e-9)
    figure.draw_without_rendering()
    assert tuple(shown(ax.get_yticklabels())) == names(n)
    assert overlaps(ax.get_yticklabels()) == []
    assert overlaps(ax.get_xticklabels()) == []
    assert "(dB)" in figure.axes[1].get_ylabel()
    assert_nothing_is_cut_off(figure, tmp_path)


def test_spectrogram_shows_the_range_below_its_highest_level(tmp_path):
    level = np.full((65, 50), -200.0)
    level[10, 20], level[11, 20], level[0, 0] = -20.0, -70.0, -np.inf
    figure, ax = figures.new_figure((5, 2.6))
    image = figures.spectrogram(
        ax, level, np.arange(50) * 0.02, np.arange(65) * 250.0, title="vivo_x7"
    )
    figures.level_bar(image, ax)
    values = np.asarray(image.get_array())
    assert values[10, 20] == image.norm.vmax == 0  # the highest, -20
    assert values[11, 20] == -50  # -70 below -20
    assert values[0, 0] == image.norm.vmin == -80
    # 50 frames of 20 ms, 65 bands of 250 Hz; cells reach half a step beyond their centres
    assert image.get_extent() == pytest.approx((-0.01, 0.99, -125.0, 16125.0))
    figure.draw_without_rendering()
    assert "15" in shown(ax.get_yticklabels())  # kHz
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "frequency (kHz)")
    assert_nothing_is_cut_off(figure, tmp_path)


def test_spectrogram_of_digital_silence_is_drawn(tmp_path):
    figure, ax = figures.new_figure((5, 2.6))
    figures.spectrogram(ax, np.full((5, 6), -np.inf), np.arange(6.0), np.arange(5.0))
    assert_nothing_is_cut_off(figure, tmp_path)


# --- style and saving ----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_same_data_same_bytes_whatever_the_users_settings(suffix, tmp_path):
    import matplotlib

    def draw(path):
        with figures.house_style():
            figure, ax = figures.new_figure((5, 3))
            trials, labels = clouds(9, 4, np.random.default_rng(2))
            figures.pca_map(ax, trials, labels, (0.5, 0.2))
            figures.save(figure, path)
        return path.read_bytes()

    first = draw(tmp_path / f"a.{suffix}")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "black", "savefig.dpi": 30}):
        second = draw(tmp_path / f"b.{suffix}")
    assert first == second
    for word in (b"Date", b"date", b"Software", b"Matplotlib"):
        assert word not in first


def test_names_with_dollars_are_names_and_not_formulas(tmp_path):
    figure, ax = figures.new_figure((4, 3))
    figures.confusion_matrix(ax, counts(3), ("a$b$", "$\\frac{1}{$", "ü ñ"), title="$x_")
    figure.draw_without_rendering()
    assert not ax.get_yticklabels()[0].get_parse_math()


def test_long_names_keep_both_ends():
    assert short("a" * 24) == "a" * 24
    assert short("manufacturer_long_model_name_unit_07") == "manufacture…name_unit_07"
    assert len(short("x" * 99)) == 24


def test_a_long_label_has_two_lines_where_there_is_room():
    assert wrapped("Neumann KM 184") == "Neumann KM 184"
    assert wrapped("Samsung Galaxy Note 10 Plus, unit 3") == "Samsung Galaxy Note 10\nPlus, unit 3"
    assert wrapped("x" * 99) == short("x" * 99)  # nowhere to break
    assert all(len(line) <= 24 for line in wrapped("word " * 30).split("\n"))
    labels = [f"Samsung Galaxy Note 10 Plus, unit {n}" for n in range(20)]
    figure, ax = figures.new_figure(figures.list_size(len(labels)))
    zeros = np.zeros(len(labels))
    figures.classifier_comparison(ax, labels, zeros + 0.5, zeros, zeros + 1)
    figure.draw_without_rendering()
    assert ax.get_yticklabels()[0].get_text().count("\n") == 1
    assert overlaps(ax.get_yticklabels()) == []


def test_other_formats_are_refused(tmp_path):
    figure, _ = figures.new_figure((2, 2))
    with pytest.raises(MicfpError, match=r"saved as \.png or \.svg"):
        figures.save(figure, tmp_path / "figure.jpg")


def test_a_device_without_a_spectrum_leaves_a_gap(recwarn):
    hz, level = np.geomspace(50, 5000, 9), np.zeros((10, 9))
    level[4], level[5, 3] = np.nan, -np.inf
    for n in (5, 10):
        figure, ax = figures.new_figure((6, 4))
        figures.mean_spectrum(ax, hz, level[10 - n :], names(10)[10 - n :])
        figure.draw_without_rendering()
    shown_db = np.ma.filled(ax.collections[0].get_array(), np.nan).reshape(10, 9)
    assert np.isnan(shown_db[4]).all()
    assert np.isnan(shown_db[5, 3])
    assert np.isfinite(np.delete(shown_db, [4, 5], axis=0)).all()
    assert [str(warning.message) for warning in recwarn] == []


def test_one_class_alone_is_drawn(recwarn):
    figure, (axes,) = figures.new_grid(1, 2, (8, 4))
    figures.confusion_matrix(axes[0], [[5]], ("a",))
    figures.roc(axes[1], curves.roc_curves([0, 0], np.zeros((2, 1)), ("a",)))
    figure.draw_without_rendering()
    assert [text.get_text() for text in axes[0].texts] == ["1.00"]
    assert axes[1].get_legend() is None
    assert [str(warning.message) for warning in recwarn] == []


# --- engines --------------------------------------------------------------------------------------


def test_engine_differences_have_a_dot_where_they_are_above_zero(tmp_path):
    figure, ax = figures.new_figure(figures.list_size(3))
    families = ["mfcc", "zero_crossing_rate", "rms"]
    figures.engine_differences(ax, families, [2e-6, 0.0, math.nan], limit=1e-3)
    dots, limit = ax.lines
    np.testing.assert_allclose(dots.get_xydata(), [[2e-6, 0]])
    assert limit.get_xdata()[0] == 1e-3
    assert shown(ax.get_yticklabels()) == ["mfcc", "zero crossing rate", "rms"]
    assert_nothing_is_cut_off(figure, tmp_path)
    (beside,) = ax.child_axes
    assert shown(beside.get_yticklabels()) == ["2e-6", "0", "nan"]
    assert "1e-6" in shown(ax.get_xticklabels())
    assert "0.001" in shown(ax.get_xticklabels())


def test_engine_differences_show_what_is_beyond_the_limit():
    _, ax = figures.new_figure(figures.list_size(2))
    figures.engine_differences(ax, ["mfcc", "rms"], [0.5, math.inf], limit=1e-3)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[0.5, 0]])
    assert ax.get_xlim()[1] > 0.5


def test_engine_seconds_stand_beside_each_other(tmp_path):
    figure, ax = figures.new_figure(figures.list_size(2))
    figures.engine_seconds(ax, ["cuts", "mfcc"], [0.1, 2.0], [16.4, 5.0])
    fast, reference = ax.lines
    np.testing.assert_allclose(fast.get_xydata(), [[0.1, 0], [2.0, 1]])
    np.testing.assert_allclose(reference.get_xydata(), [[16.4, 0], [5.0, 1]])
    assert fast.get_marker() != reference.get_marker()
    assert ax.get_xlabel() == "processor time (s)"
    assert_nothing_is_cut_off(figure, tmp_path)
    (beside,) = ax.child_axes
    assert shown(beside.get_yticklabels()) == ["164 times", "2.5 times"]  # 16.4/0.1, 5/2
    assert "10" in shown(ax.get_xticklabels())
