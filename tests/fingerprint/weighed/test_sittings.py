"""What an LR would be if the opposite were true of the sitting."""

from pathlib import Path

import pytest

from micfp.evidence.verbal import ratio
from micfp.fingerprint.weighed.identify import identify_each
from micfp.fingerprint.weighed.listening import listen
from micfp.fingerprint.weighed.verify import verify
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing

PHONES = Path(__file__).parents[4] / "shared" / "data" / "ccnu_mobile"
pytestmark = pytest.mark.skipif(not PHONES.is_dir(), reason="shared/data/ccnu_mobile is not here")
A, B = PHONES / "huawei_p20_4.wav", PHONES / "IPHONEX_2.wav"


@pytest.mark.parametrize(
    ("said", "after_all"), [("other", "of one sitting"), ("same", "of different sittings")]
)
def test_two_phones_of_one_sitting_hang_on_what_was_said(said, after_all):
    """CCNU is one sitting: with `other` the room speaks for one device."""
    weighing = load_weighing(said, calibration=SHIPPED_CALIBRATION)
    opposite = load_weighing(
        {"same": "other", "other": "same"}[said], calibration=SHIPPED_CALIBRATION
    )
    found = verify(A, B, weighing)
    expected = verify(A, B, opposite).log10_lr
    assert found.log10_lr is not None
    assert expected is not None
    assert abs(found.log10_lr - expected) > 1
    (warning,) = found.warnings
    assert warning.startswith(f"if the recordings are {after_all} after all, the LR is ")
    assert f"LR is {float(f'{10**expected:.2g}'):.10g} in place of" in warning

    references = {"p20": [listen(A, weighing.loaded.model).recording.fingerprint]}
    (asked,) = identify_each(references, [B], weighing)
    assert asked.warnings[0] == warning  # one reference: the same pair


def test_where_nothing_was_said_both_readings_are():
    weighing = load_weighing("any", calibration=SHIPPED_CALIBRATION)
    same, other = (
        verify(A, B, load_weighing(said, calibration=SHIPPED_CALIBRATION)).log10_lr
        for said in ("same", "other")
    )
    assert same < 0 < other
    (warning,) = verify(A, B, weighing).warnings
    assert warning == (
        "the LR hangs on the sitting, which was not said (of one sitting: LR "
        f"{ratio(same)}; of different sittings: LR {ratio(other)})"
    )
    references = {
        name: [listen(PHONES / f"{name}_1.wav", weighing.loaded.model).recording.fingerprint]
        for name in ("huawei_p20", "IPHONEX")
    }
    (asked,) = identify_each(references, [B], weighing)
    assert asked.answer == "IPHONEX"
    assert asked.warnings[0].startswith("the LR hangs on the sitting, which was not said (of one ")
    assert "of one sitting: above 1 for IPHONEX (30); of different" in asked.warnings[0]
    assert "huawei_p20 (" in asked.warnings[0]


def test_devices_at_the_bound_are_not_told_from_each_other():
    """Two recordings of one phone under two names: both fit as well as may be stated."""
    weighing = load_weighing("same", calibration=SHIPPED_CALIBRATION)
    references = {
        f"IPHONEX {number}": [
            listen(PHONES / f"IPHONEX_{number}.wav", weighing.loaded.model).recording.fingerprint
        ]
        for number in (1, 3)
    }
    (asked,) = identify_each(references, [B], weighing)
    upper = weighing.calibrated.bounds.upper
    assert [one.log10_lr for one in asked.ranking] == [upper, upper]
    assert asked.answer is None
    names = ", ".join(one.device for one in asked.ranking)
    assert asked.answer_in_words() == f"cannot be told: {names}, or none of the enrolled devices"


def test_nothing_is_said_where_it_is_of_no_matter():
    """Two recordings by one phone in one sitting: 30 either way."""
    weighing = load_weighing("same", calibration=SHIPPED_CALIBRATION)
    assert verify(PHONES / "IPHONEX_1.wav", B, weighing).warnings == ()


def test_a_file_is_not_compared_with_itself():
    weighing = load_weighing("any", calibration=SHIPPED_CALIBRATION)
    found = verify(A, A, weighing)
    assert found.log10_lr is None
    assert "both hold the same bytes" in str(found.refused)
