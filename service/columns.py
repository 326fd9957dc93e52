"""Types of columns: what they refuse they refuse alike on SQLite, which takes nearly everything, and on PostgreSQL."""

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, LargeBinary, TypeDecorator, types
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.sql.operators import OperatorType

from service.errors import Unstorable

LARGEST = {32: (1 << 31) - 1, 64: (1 << 63) - 1}
Document = JSON
"""Kept as the text it was written as: PostgreSQL's JSONB would change numbers and the order of names."""


class _Unstorable(Unstorable, DontWrapMixin):
    """The refusal itself, not wrapped into an error of the database."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, aware on both databases; SQLite by itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True
    first, last = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    """Between them every clock on earth is in a year that Python knows."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        """Return how a moment is stored, as UTC; one without zone is refused."""
        write: Callable[[datetime], object] = _as_text if dialect.name == "sqlite" else _same

        def process(value: datetime | None) -> object:
            if value is None:
                return None
            if value.tzinfo is None:
                raise ValueError("a moment needs a time zone")
            if not self.first <= value <= self.last:
                raise _Unstorable("a moment before the year 1 or after the year 9999")
            return write(value.astimezone(UTC))

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Return how a stored moment is read, in one go: lists read thousands."""
        return _written if dialect.name == "sqlite" else _aware


def _same(moment: datetime) -> datetime:
    return moment


def _as_text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _written(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _aware(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _storable(value: str | None) -> str | None:
    """Return a text as it is, and refuse what PostgreSQL cannot store: NUL and halves of characters."""
    if value is None:
        return None
    if "\x00" in value:
        raise _Unstorable("text with NUL")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Unstorable("text with half a character") from None
    return value


class Text(TypeDecorator[str]):
    """Text of any length."""

    impl = types.Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002
        """Return the look at every text that goes in."""
        return _storable


class String(Text):
    """Text of a limited length."""

    impl = types.String  # type: ignore[assignment]  # the base class means its own kind only
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002
        """Return the look at every text that goes in: longer ones, which SQLite would take, are refused."""
        longest = self.length

        def process(value: str | None) -> str | None:
            if value is not None and len(value) > longest:
                raise _Unstorable(f"text of more than {longest} characters")
            return _storable(value)

        return process

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:  # noqa: ANN401, ARG002 - as above it
        """Compare with text of any length."""
        return Text()


class Whole(TypeDecorator[int]):
    """A whole number of 32 bits."""

    impl = Integer
    cache_ok = True
    bits = 32

    def bind_processor(self, dialect: Dialect) -> Callable[[int | None], int | None]:  # noqa: ARG002
        """Return the look at every number that goes in: larger ones, of which SQLite would take some, are refused."""
        largest = LARGEST[self.bits]

        def process(value: int | None) -> int | None:
            if value is not None and not -largest - 1 <= value <= largest:
                raise _Unstorable(f"a number of more than {self.bits} bits")
            return value

        return process

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:  # noqa: ANN401, ARG002 - as above it
        """Compare with larger numbers too."""
        return _Wide() if isinstance(value, int) else self


class _Wide(Whole):
    impl = BigInteger
    cache_ok = True
    bits = 64


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def dumped(value: object) -> str:
    """Return a document as JSON that every database takes."""
    try:
        return _ENCODER.encode(value)
    except ValueError:
        raise _Unstorable("a document with a number that is none") from None


class Packed(TypeDecorator[dict[str, Any]]):
    """A JSON document for many rows that are seldom read: compressed with the words that most of them share.

    The first byte names the words. They are never changed: other words get another number.
    """

    impl = LargeBinary
    cache_ok = True
    WORDS = (
        b'"},"outcome":null,"reason":"","parts":[],"round":1,"unit":"","passed":[["_gate","ya"],["row_10",""],["row_0'
        b'bidang":[{"kode":"bidang1","nama":"Bidang Sekretariat"},"nomor_surat":"tanggal":"2026-0 Tahun Triwulan '
        b'Laporan Kinerja Kepala Dinas Dokumen Data "berkas_draf":["019"catatan":"keputusan":"setuju","kembalikan",'
        b'"tidak_sesuai","hal_surat":"instruksi":"judul":true,false,{"form":"pengumpulan_data_kinerja_penyusunan_dokumen'
        b'_pengukuran_monitoring_renstra","values":{"'
    )

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Pack a document."""
        if value is None:
            return None
        packer = zlib.compressobj(level=6, wbits=-15, zdict=self.WORDS)
        return b"\x01" + packer.compress(dumped(value).encode()) + packer.flush()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002
        """Unpack a document."""
        if value is None:
            return None
        document: dict[str, Any] = json.loads(zlib.decompressobj(wbits=-15, zdict=self.WORDS).decompress(value[1:]))
        return document
