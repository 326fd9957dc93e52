"""Three offices to try: their units, positions and people, and the five SOPs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from service import deployments, identity, organisation, store
from service.deployments import File
from service.engine.appointment import DAY, Capacity, days
from service.engine.assignment import Role
from service.identity import NewPerson
from service.models import Office, Position, Unit
from service.organisation import Appointment

ROOT = Path(__file__).parent.parent
DRAFTS = (ROOT, Path(__file__).parent / "drafts")
"""Where diagrams and forms are: beside the package in a checkout, inside it when installed."""


@dataclass(frozen=True, slots=True)
class DemoOffice:
    """An office with its positions (role key -> name) and the units that are asked for data."""

    key: str
    name: str
    zone: str
    positions: dict[str, str]
    units: dict[str, str]
    """Code -> name of each Bidang."""
    section: str
    """Name of the Subbagian in the Sekretariat."""
    section_posts: tuple[str, ...]
    superiors: dict[str, str]
    """Position -> the one that it answers to; the others answer to the head of the office."""
    shared: tuple[str, ...]
    """Positions that several people may hold."""
    processes: tuple[str, ...]


OFFICES = (
    DemoOffice(
        key="blitar",
        name="Dinas Sosial Kabupaten Blitar",
        zone="Asia/Jakarta",
        positions={
            "kadis": "Kepala Dinas",
            "sekretaris": "Sekretaris",
            "kasubbag": "Kasubbag Perencanaan",
            "jfu": "Staf Perencanaan",
        },
        units={
            "bidang1": "Bidang Pemberdayaan Sosial",
            "bidang2": "Bidang Rehabilitasi Sosial",
            "bidang3": "Bidang Perlindungan dan Jaminan Sosial",
        },
        section="Subbagian Perencanaan",
        section_posts=("kasubbag", "jfu"),
        superiors={"kasubbag": "sekretaris", "jfu": "kasubbag"},
        shared=("jfu",),
        processes=("blitar_data_salah", "blitar_penyusunan_dokumen"),
    ),
    DemoOffice(
        key="banggai",
        name="Dinas Sosial Kabupaten Banggai",
        zone="Asia/Makassar",
        positions={
            "kadis": "Kepala Dinas",
            "sekretaris": "Sekretaris",
            "sek_tim": "Sekretaris Tim SAKIP",
            "anggota_tim": "Anggota Tim SAKIP",
            "kabid": "Kepala Bidang",
            "kasubag": "Kasubag Perencanaan dan Evaluasi",
            "kasie": "Kepala Seksi",
            "pelaksana": "Pelaksana",
        },
        units={
            "bidang1": "Bidang Pemberdayaan Sosial",
            "bidang2": "Bidang Rehabilitasi Sosial",
            "bidang3": "Bidang Perlindungan dan Jaminan Sosial",
        },
        section="Subbagian Perencanaan dan Evaluasi",
        section_posts=("kasubag", "pelaksana"),
        superiors={
            "kasubag": "sekretaris",
            "sek_tim": "sekretaris",
            "anggota_tim": "sek_tim",
            "kasie": "kabid",
            "pelaksana": "kasubag",
        },
        shared=("anggota_tim", "pelaksana"),
        processes=("banggai_pengukuran_kinerja", "banggai_monitoring_renstra"),
    ),
    DemoOffice(
        key="nganjuk",
        name="Dinas Pemberdayaan Masyarakat dan Desa Kabupaten Nganjuk",
        zone="Asia/Jakarta",
        positions={
            "kadis": "Kepala Dinas",
            "sekretaris": "Sekretaris Dinas",
            "kasubbag": "Kasubbag Program dan Evaluasi",
            "penyusun": "Penyusun Bahan Evaluasi",
        },
        units={
            "bidang1": "Bidang Pemerintahan Desa",
            "bidang2": "Bidang Pemberdayaan Masyarakat",
            "bidang3": "Bidang Usaha Ekonomi Desa",
        },
        section="Subbagian Program dan Evaluasi",
        section_posts=("kasubbag", "penyusun"),
        superiors={"kasubbag": "sekretaris", "penyusun": "kasubbag"},
        shared=("penyusun",),
        processes=("nganjuk_pengumpulan_data_kinerja",),
    ),
)
HOME = ZoneInfo("Asia/Jakarta")
DECREE, AUDITED = "700/12/ST/2026", 4
"""What the auditor is sent with, and for how many years: an inspectorate has a plan for as long."""
HEAD, SECTION = "kadis", "subbagian"
"""Codes of the head of every office and of its Subbagian."""
SINCE = date(2023, 1, 2)
"""When everybody took up his posts, long before any case."""
OVERSEERS = {"analis": Role.ANALYST, "auditor": Role.AUDITOR, "admin": Role.ADMIN}


def prepare(password: str, now: datetime) -> None:
    """Bring offices, people and SOPs up to date; what is there already stays."""
    for office in OFFICES:
        _add_office(office)
        _add_people(office, password, now)
    for user_name, role in OVERSEERS.items():
        if store.find_person(user_name) is None:
            roles = [(office.key, role) for office in OFFICES]
            person = NewPerson(
                user_name, user_name.title(), password, (), roles, since=_since(HOME), decree=DECREE,
                last=date(now.year + AUDITED, 12, 31),
            )  # fmt: skip
            identity.add_person(person, now)
    _act(now)
    _deploy(now)


def drafts(process: str) -> list[File]:
    """Return the diagram of a process and its forms from the drafting table."""
    root = next(folder for folder in DRAFTS if (folder / "bpmn").is_dir())
    diagram = root / "bpmn" / process / f"{process}.bpmn"
    forms = sorted((root / "forms" / process).glob("*.form"))
    return [File(path.name, path.read_bytes(), process) for path in (diagram, *forms)]


def _add_office(office: DemoOffice) -> None:
    units = [Unit(tenant_id=office.key, code=code, name=name, reports_data=True) for code, name in office.units.items()]
    units += [
        Unit(tenant_id=office.key, code="sekretariat", name="Sekretariat", reports_data=True),
        Unit(tenant_id=office.key, code=SECTION, name=office.section, reports_data=False, parent_code="sekretariat"),
    ]
    positions = [_position(office, code, name) for code, name in office.positions.items()]
    positions += [_position(office, f"kabid_{code}", _head_of(name), code) for code, name in office.units.items()]
    identity.add_office(Office(id=office.key, name=office.name, zone=office.zone), units, positions)


def _position(office: DemoOffice, code: str, name: str, unit: str = "") -> Position:
    unit = unit or {"sekretaris": "sekretariat", **dict.fromkeys(office.section_posts, SECTION)}.get(code, "")
    return Position(
        tenant_id=office.key,
        code=code,
        name=name,
        unit_code=unit or None,
        superior_code=None if code == HEAD else office.superiors.get(code, HEAD),
        is_shared=code in office.shared,
    )


def _add_people(office: DemoOffice, password: str, now: datetime) -> None:
    for number, (user, position, title) in enumerate(_holders(office), start=100 * OFFICES.index(office)):
        user_name = f"{office.key}.{user}"
        if store.find_person(user_name) is None:
            person = NewPerson(
                user_name,
                title,
                password,
                [(office.key, position)],
                [(office.key, Role.STAFF)],
                nip=_nip(number),
                since=_since(ZoneInfo(office.zone)),
            )
            identity.add_person(person, now)


def _nip(number: int) -> str:
    return f"{1970 + number % 20}0101{2000 + number % 20}04{1 + number % 2}{number:03}"


def _since(zone: ZoneInfo) -> datetime:
    return days(SINCE, None, zone).start


def _holders(office: DemoOffice) -> Iterable[tuple[str, str, str]]:
    """Yield user key, position code and title: one person per lane and one per Bidang."""
    for code, name in office.positions.items():
        yield code, code, name
    for code, name in office.units.items():
        yield code, f"kabid_{code}", _head_of(name)


def _head_of(unit: str) -> str:
    return unit.replace("Bidang", "Kabid", 1)


def _act(now: datetime) -> None:
    """Send somebody away for three days and let another one act for him, unless somebody does already."""
    admin, zone = store.find_person("admin"), ZoneInfo("Asia/Makassar")
    if admin is None or any(one.capacity is Capacity.PLH for one in store.tenures("banggai", "kabid")):
        return
    today = now.astimezone(zone).date()
    plh = Appointment("banggai.kasie", "kabid", today, today + 2 * DAY, Capacity.PLH, "800/214/SPT/2026")
    organisation.appoint(identity.actor(admin.id, "banggai", now), plh, now)


def _deploy(now: datetime) -> None:
    analyst = store.find_person("analis")
    if analyst is None:
        return
    for office in OFFICES:
        for process in office.processes:
            files = drafts(process)
            if not _is_deployed(office.key, process, files):
                deployments.deploy(identity.actor(analyst.id, office.key, now), files, now)


def _is_deployed(office: str, process: str, files: Sequence[File]) -> bool:
    """Tell whether the newest version is made of these files; to check them all takes a second of every start."""
    newest = store.newest_definition(office, process)
    if newest is None or newest.refused_at is not None:
        return False
    contents = {file.content for file in files}
    return contents >= {newest.content, *store.form_contents(office, newest.id).values()}
