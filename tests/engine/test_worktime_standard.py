"""Standards from the model's attributes and from printed time cells."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.worktime import Printed, Standard, StandardRefused, Unit, read_printed, read_standard


@pytest.mark.parametrize(
    ("waktu", "satuan", "standard"),
    [
        ("PT10M", "menit", Standard(10, Unit.MINUTES)),
        ("PT480M", "menit", Standard(480, Unit.MINUTES)),
        ("PT2H", "menit", Standard(120, Unit.MINUTES)),
        ("PT2H", "jam", Standard(2, Unit.HOURS)),
        ("PT90M", "jam", Standard(90, Unit.MINUTES)),
        ("PT1H30M", "jam", Standard(90, Unit.MINUTES)),
        ("PT120M", "jam", Standard(2, Unit.HOURS)),
        ("P1D", "hari", Standard(1, Unit.DAYS)),
        ("P1W", "minggu", Standard(1, Unit.WEEKS)),
        ("PT24H", "elapsed", Standard(1440, Unit.ELAPSED)),
        ("P1D", "elapsed", Standard(1440, Unit.ELAPSED)),
        ("P1DT12H", "elapsed", Standard(2160, Unit.ELAPSED)),
        (" PT5M ", " menit ", Standard(5, Unit.MINUTES)),
        ("", "", None),
    ],
)
def test_read_standard(waktu: str, satuan: str, standard: Standard | None) -> None:
    assert read_standard(waktu, satuan) == standard


@pytest.mark.parametrize(
    ("waktu", "satuan", "reason"),
    [
        ("", "menit", "empty"),
        ("PT0M", "menit", "empty"),
        ("P0D", "hari", "empty"),
        ("-PT5M", "menit", "negative"),
        ("-P1D", "hari", "negative"),
        ("P751D", "hari", "huge"),
        ("P99999999999999999999D", "hari", "huge"),
        ("PT999999H", "jam", "huge"),
        ("PT5M", "", "unit-missing"),
        ("PT5M", "fortnight", "unit-unknown"),
        ("PT5M", "Menit", "unit-unknown"),
        ("PT5M", "hari", "unit-mismatch"),
        ("P1D", "jam", "unit-mismatch"),
        ("P1DT1H", "hari", "unit-mismatch"),
        ("P7D", "minggu", "unit-mismatch"),
        ("P1W", "hari", "unit-mismatch"),
        ("P1W", "elapsed", "unit-mismatch"),
        ("P1M", "hari", "calendar-unit"),
        ("P1Y2M", "hari", "calendar-unit"),
        ("P", "hari", "unreadable"),
        ("PT", "jam", "unreadable"),
        ("P1DT", "hari", "unreadable"),
        ("PT1.5H", "jam", "unreadable"),
        ("PT30S", "menit", "unreadable"),
        ("PT\u0665M", "menit", "unreadable"),
        ("10 menit", "menit", "unreadable"),
        ("-", "menit", "unreadable"),
        ("pt5m", "menit", "unreadable"),
    ],
)
def test_read_standard_refuses(waktu: str, satuan: str, reason: str) -> None:
    with pytest.raises(StandardRefused) as refused:
        read_standard(waktu, satuan)

    assert refused.value.reason == reason
    assert refused.value.code == "standard-refused"


def test_units_are_never_melted_into_minutes() -> None:
    standards = [Standard(2, unit) for unit in (Unit.MINUTES, Unit.HOURS, Unit.DAYS, Unit.WEEKS, Unit.ELAPSED)]

    assert [standard.minutes for standard in standards] == [2, 120, 0, 0, 0]
    assert [standard.days for standard in standards] == [0, 0, 2, 10, 0]
    assert [standard.elapsed for standard in standards] == [timedelta(0)] * 4 + [timedelta(minutes=2)]
    assert [standard.waktu for standard in standards] == ["PT2M", "PT2H", "P2D", "P2W", "PT2M"]
    assert Standard(1440, Unit.ELAPSED).waktu == "PT24H"


@pytest.mark.parametrize(("value", "reason"), [(-1, "negative"), (0, "empty"), (751, "huge")])
def test_a_standard_made_by_hand_is_checked_too(value: int, reason: str) -> None:
    with pytest.raises(StandardRefused) as refused:
        Standard(value, Unit.DAYS)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "header", "standard"),
    [
        # every form in the five SOP tables
        ("10", "Waktu (menit)", Standard(10, Unit.MINUTES)),
        ("480", "Waktu (menit)", Standard(480, Unit.MINUTES)),
        ("1 Jam", "Waktu (menit)", Standard(1, Unit.HOURS)),
        ("10 Menit", "", Standard(10, Unit.MINUTES)),
        ("10 menit", "", Standard(10, Unit.MINUTES)),
        ("2 Jam", "", Standard(2, Unit.HOURS)),
        ("1 hari", "", Standard(1, Unit.DAYS)),
        ("1 minggu", "", Standard(1, Unit.WEEKS)),
        # elapsed
        ("1 x 24 jam", "", Standard(1440, Unit.ELAPSED)),
        ("2x24 Jam", "", Standard(2880, Unit.ELAPSED)),
        ("1 \u00d7 24 jam", "menit", Standard(1440, Unit.ELAPSED)),
        ("3 hari kalender", "", Standard(4320, Unit.ELAPSED)),
        # ranges keep the upper bound
        ("1-2 hari", "", Standard(2, Unit.DAYS)),
        ("30 - 60 menit", "", Standard(60, Unit.MINUTES)),
        ("1 s/d 2 minggu", "", Standard(2, Unit.WEEKS)),
        ("1 s.d. 2 hari", "", Standard(2, Unit.DAYS)),
        ("3 sampai dengan 5 hari kerja", "", Standard(5, Unit.DAYS)),
        ("10 \u2013 15", "Waktu (Menit)", Standard(15, Unit.MINUTES)),
        ("30 menit - 1 jam", "", Standard(1, Unit.HOURS)),
        ("3 (tiga) s/d 5 (lima) hari", "", Standard(5, Unit.DAYS)),
        ("2 - 2 hari", "", Standard(2, Unit.DAYS)),
        # habits of writers
        ("3 (tiga) hari kerja", "", Standard(3, Unit.DAYS)),
        ("15 (lima belas) menit", "", Standard(15, Unit.MINUTES)),
        ("10 (menit)", "", Standard(10, Unit.MINUTES)),
        ("[10] menit", "", Standard(10, Unit.MINUTES)),
        ("10menit", "", Standard(10, Unit.MINUTES)),
        ("60'", "", Standard(60, Unit.MINUTES)),
        ("5 mnt.", "", Standard(5, Unit.MINUTES)),
        ("\u00b130 Menit", "", Standard(30, Unit.MINUTES)),
        ("Maks. 2 hari", "", Standard(2, Unit.DAYS)),
        ("paling lama 5 hari kerja", "", Standard(5, Unit.DAYS)),
        ("1 jam 30 menit", "", Standard(90, Unit.MINUTES)),
        ("1 jam dan 30 menit", "", Standard(90, Unit.MINUTES)),
        ("1,5 jam", "", Standard(90, Unit.MINUTES)),
        ("0.5 jam", "", Standard(30, Unit.MINUTES)),
        ("1.440 menit", "", Standard(1440, Unit.MINUTES)),
        ("90 detik", "", Standard(2, Unit.MINUTES)),
        ("  5\n menit ", "", Standard(5, Unit.MINUTES)),
        # no standard
        ("-", "", None),
        ("\u2014", "Waktu (menit)", None),
        ("", "", None),
        ("segera", "", None),
        ("satu hari", "", None),
        ("menyesuaikan", "Waktu (menit)", None),
    ],
)
def test_read_printed(text: str, header: str, standard: Standard | None) -> None:
    assert read_printed(text, header) == Printed(text, standard)


@pytest.mark.parametrize(
    ("text", "header", "reason"),
    [
        ("480", "", "unit-missing"),
        ("480", "Waktu", "unit-missing"),
        ("5", "Pinjam", "unit-missing"),
        ("5 furlong", "menit", "unit-unknown"),
        ("1-2 purnama", "", "unit-unknown"),
        ("-5 menit", "", "negative"),
        ("0 menit", "", "empty"),
        ("0 hari", "", "empty"),
        ("99999999 hari", "", "huge"),
        ("9999 x 24 jam", "", "huge"),
        ("2-1 hari", "", "range-reversed"),
        ("60 - 30", "menit", "range-reversed"),
        ("0,5 hari", "", "fraction"),
        ("2,5 menit", "", "fraction"),
        ("1 bulan", "", "calendar-unit"),
        ("2 tahun", "", "calendar-unit"),
        ("1 hari 2 jam", "", "several"),
        ("10 menit / 1 jam", "", "several"),
        ("tanggal 5 bulan berikutnya", "", "unreadable"),
        ("10 menit setelah rapat", "", "unreadable"),
        ("1.2.3 jam", "", "unreadable"),
        ("1 x 24", "jam", "unreadable"),
        ("\u0665 menit 5", "", "unreadable"),
        ("1 " * 200, "menit", "unreadable"),
    ],
)
def test_read_printed_refuses(text: str, header: str, reason: str) -> None:
    with pytest.raises(StandardRefused) as refused:
        read_printed(text, header)

    assert refused.value.reason == reason
    assert refused.value.facts["text"] == text


@given(st.text(max_size=250), st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str, header: str) -> None:
    try:
        assert read_printed(text, header).text == text
    except StandardRefused as refused:
        assert refused.facts["text"] == text  # noqa: PT017 - both ways are right


@given(st.text(alphabet="PTDHMWY0123456789-. ", max_size=12), st.sampled_from([*Unit, "", "bulan"]))
def test_any_duration_is_read_or_refused(waktu: str, satuan: str) -> None:
    try:
        standard = read_standard(waktu, satuan)
    except StandardRefused as refused:
        assert refused.reason  # noqa: PT017 - both ways are right
    else:
        assert standard is None or read_standard(standard.waktu, standard.unit) == standard


@given(st.integers(1, 150), st.sampled_from([Unit.DAYS, Unit.HOURS, Unit.MINUTES, Unit.WEEKS]), st.integers(0, 149))
def test_printed_number_and_range_agree(value: int, unit: Unit, lower: int) -> None:
    standard = Standard(value, unit)

    assert read_printed(f"{value} {unit}").standard == standard
    assert read_printed(f"{min(lower, value)}-{value} {unit}").standard == standard
    assert read_printed(str(value), f"Waktu ({unit})").standard == standard
