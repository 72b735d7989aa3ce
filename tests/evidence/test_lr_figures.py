import numpy as np
import pytest
from matplotlib import image as mpl_image
from scipy.stats import norm

from micfp.evaluation.figures import house_style, new_figure, save
from micfp.evidence import figures
from micfp.evidence.bounds import Bounds

SAME, DIFFERENT = np.array([-0.5, 0.5, 1.0, 2.0]), np.array([-3.0, -2.0, -1.0, -0.2, 0.8])
OF_SAME = ["a", "a", "b", "c"]
OF_DIFFERENT = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b"), ("b", "c")]
PLOTS = {
    "det": figures.det,
    "tippett": figures.tippett,
    "ece": figures.ece,
    "pav": figures.pav,
    "zoo": lambda ax, same, different, **title: figures.zoo_plot(
        ax,
        same,
        different,
        [f"huawei_TAG_AL0{k % 12}" for k in range(len(same))],
        [(f"huawei_TAG_AL0{k % 12}", f"IPHONE6S($)({k % 7})") for k in range(len(different))],
        **title,
    ),
}


@pytest.fixture(autouse=True)
def _style():
    with house_style():
        yield


@pytest.fixture
def axes():
    return new_figure((4.6, 4.6))[1]


def lines(ax):
    """Lines by their names in the legend."""
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_det_by_hand(axes) -> None:
    figures.det(axes, SAME, DIFFERENT)
    drawn = lines(axes)
    # The hull runs from alarms of 2/5 without a miss over (1/5, 1/4) to 1/2 missed without an
    # alarm: misses = 1/2 - 5/4 alarms, equal at 2/9.
    assert "equal error rate 22 %" in drawn
    x, y = drawn["equal error rate 22 %"].get_data()
    assert (x[0], y[0]) == pytest.approx([norm.ppf(2 / 9)] * 2)
    curve = drawn["fewer than 30 errors of a kind"]
    points = norm.cdf(np.column_stack(curve.get_data()))
    for point in ((2 / 5, 1 / 4), (1 / 5, 1 / 4), (1 / 5, 1 / 2)):  # at -0.2, 0.5, 0.8
        assert np.abs(points - point).sum(axis=1).min() < 1e-9
    assert len(drawn) == 2  # 30 errors were made of no kind
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ["1", "5", "20", "50"]


def test_det_is_straight_for_normal_scores_and_says_what_is_sure(axes) -> None:
    rng = np.random.default_rng(1)
    figures.det(axes, rng.normal(2, 2, 5000), rng.normal(-2, 2, 5000))
    x, y = lines(axes)["30 of both or more"].get_data()
    sure = np.isfinite(x)
    # Alarms Phi(-(t + 2) / 2), misses Phi((t - 2) / 2): their probits add up to -2.
    assert (x + y)[sure] == pytest.approx(-2, abs=0.15)
    assert 5000 * norm.cdf(min(x[sure].min(), y[sure].min())) == pytest.approx(30, abs=1)


def test_tippett_by_hand(axes) -> None:
    figures.tippett(axes, SAME, DIFFERENT, bounds=Bounds(-1.5, 1.2, ""))
    drawn = lines(axes)
    own = drawn["one device: 25 % mislead (below 0)"]
    others = drawn["two devices: 20 % mislead (above 0)"]
    # As great as 0.7 or greater: 1.0 and 2.0 of four, 0.8 of five.
    assert np.interp(0.7, *own.get_data()) == pytest.approx(50)
    assert np.interp(0.7, *others.get_data()) == pytest.approx(20)
    assert others.get_ydata()[0] == 100
    places = {line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1}
    assert places == {-1.5, 0, 1.2}


def test_ece_by_hand(axes) -> None:
    three = np.log10(3)
    figures.ece(axes, np.full(2, three), np.full(3, -three))
    drawn = lines(axes)
    assert set(drawn) == {"these LRs (Cllr 0.415)", "after PAV (0.000)", "LR of 1"}
    odds, bits = drawn["LR of 1"].get_data()
    assert (odds[0], odds[-1], bits.max(), odds[bits.argmax()]) == (-3, 3, 1, 0)
    assert drawn["these LRs (Cllr 0.415)"].get_ydata()[30] == pytest.approx(0.41504, abs=1e-5)
    assert axes.get_ylim() == (0, 1.05)


def test_pav_by_hand(axes) -> None:
    # Order: d d d s d s d s s. The first three are of two devices alone, the last two of one; s d
    # and s d pool: 1 : 1 of 4 and 5, LR 5 / 4, between -0.5 and 0.8.
    figures.pav(axes, SAME, DIFFERENT)
    drawn = lines(axes)
    assert drawn["0 after PAV"].get_xdata().tolist() == [-3, -2, -1]
    assert drawn["infinite after PAV"].get_xdata().tolist() == [1, 2]
    (curve,) = (line for name, line in drawn.items() if name.startswith("after PAV (devPAV"))
    assert curve.get_xdata().tolist() == [-0.5, -0.2, 0.5, 0.8]
    assert curve.get_ydata() == pytest.approx(np.full(4, np.log10(1.25)))
    assert drawn["one device"].get_xdata().tolist() == SAME.tolist()
    assert axes.get_xlim() == axes.get_ylim()


def test_pav_of_separated_lrs_is_infinite_alone(axes) -> None:
    figures.pav(axes, np.array([1.0, 2]), np.array([-2.0, -1]))
    assert set(lines(axes)) == {"infinite after PAV", "0 after PAV", "one device", "two devices"}


def test_zoo_names_the_worst_first(axes) -> None:
    figures.zoo_plot(axes, SAME, DIFFERENT, OF_SAME, OF_DIFFERENT)
    # a: own 0, others (-3 - 2 - 0.2) / 3; b: own 1, (-3 - 1 - 0.2 + 0.8) / 4; c: 2 and -2.2 / 3.
    shown = {name: np.ravel(line.get_data()).tolist() for name, line in lines(axes).items()}
    assert shown["a"] == pytest.approx([0, -5.2 / 3])
    assert shown["b"] == pytest.approx([1, -3.4 / 4])
    assert shown["c"] == pytest.approx([2, -2.2 / 3])
    # Own less others: 1.73, 1.85, 2.73.
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    corners = {text.get_text() for text in axes.texts}
    assert corners == {"worms", "chameleons", "phantoms", "doves"}


def simulated(kind):
    rng = np.random.default_rng(2)
    if kind == "many":
        return rng.normal(1.2, 0.8, 900), rng.normal(-1.2, 0.8, 9000)
    if kind == "apart":
        return rng.normal(4, 0.5, 24), rng.normal(-4, 0.5, 90)
    if kind == "one each":
        return np.array([0.3]), np.array([0.1])
    return np.zeros(20), np.zeros(30)


@pytest.mark.parametrize("kind", ["many", "apart", "one each", "all of them 1"])
@pytest.mark.parametrize("plot", PLOTS)
def test_nothing_is_cut_off_and_the_legend_covers_nothing(plot, kind, tmp_path) -> None:
    figure, ax = new_figure((4.6, 4.6))
    PLOTS[plot](ax, *simulated(kind), title=f"{plot}, {kind}")
    save(figure, tmp_path / "figure.png")
    pixels = mpl_image.imread(tmp_path / "figure.png")[..., :3]
    for edge in (pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]):
        assert edge.min() == 1.0
    assert ax.get_title() == f"{plot}, {kind}"
    assert not ax.get_legend().get_window_extent().overlaps(ax.get_window_extent())
