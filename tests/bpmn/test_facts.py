"""The diagrams say what the SOP tables say: rows, lanes, Mutu Baku, decisions, identity."""

import re
from typing import Any

import pytest

from service.engine.completeness import printed
from tests.bpmn.diagram import BPMN, CAMUNDA, FORMS, KEYS, diagram, facts, items, properties

BLITAR, SALAH = "blitar_penyusunan_dokumen", "blitar_data_salah"
BANGGAI, RENSTRA, NGANJUK = (
    "banggai_pengukuran_kinerja",
    "banggai_monitoring_renstra",
    "nganjuk_pengumpulan_data_kinerja",
)

ROWS = {BANGGAI: 13, RENSTRA: 10, BLITAR: 15, SALAH: 11, NGANJUK: 7}
EVERY_ROW = [pytest.param(key, row, id=f"{key}-{row['order']}") for key in KEYS for row in facts(key)["rows"]]
DECIDED = [
    pytest.param(key, row, id=f"{key}-{row['order']}") for key in KEYS for row in facts(key)["rows"] if row["decision"]
]

# Lanes that a defect of the source leaves open, as resolved (the defect's number in the facts).
RESOLVED_LANES = {
    (BANGGAI, 6): "sek_tim",  # BG-5: "Sekretaris" who gathers is the team's secretary
    (BANGGAI, 8): "sekretaris",  # BG-5: "Sekretaris" who writes is the office's
    (NGANJUK, 5): "kasubbag",  # NG-4: the mark beats the text
    (NGANJUK, 7): "kasubbag",  # NG-5: the subject of the sentence beats the mark
}

# What follows a row, where that is not just the next one.
NEXT_ROWS = {
    (BLITAR, 9): {10, 7},
    (BLITAR, 10): {11, 9},  # BL-6: the signature may refuse
    (SALAH, 8): {9, 10},
    (BANGGAI, 8): {10},  # BG-8: submitted before it is corrected and signed
    (BANGGAI, 10): {9},
    (BANGGAI, 9): {11, 8},
    (RENSTRA, 9): {10, 8},
}
FIRST_ROWS = {SALAH: {1, 7}}  # called from the main SOP it enters at 7

# Names of the flows for yes and no of a decision, where they are not "Setuju" and "Dikembalikan".
ANSWERS = {(SALAH, 8): ("Tidak sesuai", "Sesuai")}  # the printed question asks for a mismatch

CONDITIONS = {
    BLITAR: {
        "gw_06": 'kesesuaian = "sesuai"',
        "gw_09": 'keputusan = "setuju"',
        "gw_10": 'pengesahan = "setuju"',
    },
    SALAH: {
        "gw_masuk": "dari_berkas_utama = true",
        "gw_08": 'hasil_banding = "sesuai"',
        "gw_keluar": "dari_berkas_utama = true",
    },
    BANGGAI: {"gw_09": 'keputusan = "setuju"'},
    RENSTRA: {"gw_09": 'keputusan = "setuju"'},
    NGANJUK: {},
}
FLOW_NAMES = [{"Setuju", "Dikembalikan"}, {"Sesuai", "Tidak sesuai"}, {"Ya", "Tidak"}]

# Everything that is drawn and not printed.
ADDED = {
    BLITAR: {"lane_bidang", "row_04_bidang", "gw_06", "panggil_data_salah", "join_07", "join_09", "gw_10"},
    SALAH: {"lane_bidang", "gw_masuk", "row_04_bidang", "join_07", "row_08_bidang", "join_keluar", "gw_keluar"},
    BANGGAI: {"lane_bidang", "row_06_bidang", "join_08"},
    RENSTRA: {"lane_bidang", "row_06_bidang", "join_08", "gw_09"},
    NGANJUK: {"row_04_bidang"},
}

# One task for each unit: the collection, the name of one result, the list of results.
DATA = ("unit_diminta", "isian_unit", "data_bidang")
FOR_EACH_UNIT = {
    (BLITAR, "row_04_bidang"): DATA,
    (SALAH, "row_04_bidang"): DATA,
    (SALAH, "row_08_bidang"): ("unit_perbaikan", "perbaikan_unit", "data_perbaikan"),
    (BANGGAI, "row_06_bidang"): DATA,
    (RENSTRA, "row_06_bidang"): DATA,
    (NGANJUK, "row_04_bidang"): DATA,
}

UNITS = {"menit": "menit", "jam": "jam", "hari": "hari", "minggu": "minggu"}
WORKING_MINUTES = {"M": 1, "H": 60, "D": 450, "W": 2250}
LISTS = {
    "sop.dasar_hukum": "legal_bases",
    "sop.kualifikasi": "qualifications",
    "sop.keterkaitan": "linked_sops",
    "sop.peralatan": "equipment",
    "sop.pencatatan": "recording",
}


def performer(key: str, row: dict[str, Any]) -> dict[str, str]:
    doing: list[dict[str, str]] = [entry for entry in row["performers"] if entry["part"] == "performs"]
    role = RESOLVED_LANES.get((key, row["order"]), doing[0]["role"])
    (chosen,) = [entry for entry in doing if entry["role"] == role]
    return chosen


def unit_of(row: dict[str, Any]) -> str:
    # A bare number takes the unit of the column's head, which is minutes wherever it is printed.
    words = row["waktu"]["printed"].split()
    return UNITS[words[1].lower()] if len(words) > 1 else "menit"


def working_minutes(duration: str) -> int:
    found = re.fullmatch(r"PT?(\d+)([MHDW])", duration)
    assert found, duration
    return int(found[1]) * WORKING_MINUTES[found[2]]


def test_the_five_tables_have_56_rows() -> None:
    assert {key: len(diagram(key).rows) for key in KEYS} == ROWS
    assert sum(ROWS.values()) == 56


@pytest.mark.parametrize("key", KEYS)
def test_rows_are_those_of_the_table(key: str) -> None:
    assert sorted(diagram(key).rows) == [row["order"] for row in facts(key)["rows"]]


@pytest.mark.parametrize(("key", "row"), EVERY_ROW)
def test_row_is_a_user_task_in_its_lane(key: str, row: dict[str, Any]) -> None:
    task = diagram(key).rows[row["order"]]
    role = performer(key, row)["role"]
    assert task.tag == f"{BPMN}userTask"
    assert task.get("name") == row["label_id"]
    assert diagram(key).lane_of[task.get("id", "")] == role
    assert task.get(f"{CAMUNDA}candidateGroups") == role


@pytest.mark.parametrize(("key", "row"), EVERY_ROW)
def test_row_has_the_printed_standard(key: str, row: dict[str, Any]) -> None:
    said = properties(diagram(key).rows[row["order"]])
    assert said.pop("sop.bukan_pelaksana", "row_00").startswith("row_")
    assert (said.pop("sop.tanda_tangan", "") == "ya") == ("tangan" in row["label_id"].casefold())
    assert list(printed(said.pop("sop.kelengkapan"))) == row["kelengkapan"]
    assert "; ".join(printed(said.pop("sop.output"))) == row["output"]
    expected = {
        "sop.baris": str(row["order"]),
        "sop.nomor": row["no_printed"],
        "sop.waktu": row["waktu"]["iso8601"],
        "sop.satuan": unit_of(row),
        "sop.dasar": {"stated": "tertulis", "inferred": "disimpulkan"}[performer(key, row)["basis"]],
    }
    assert said == expected | ({"sop.keterangan": row["ket"]} if row["ket"] else {})
    assert working_minutes(said["sop.waktu"]) == row["waktu"]["working_minutes"]


@pytest.mark.parametrize("key", KEYS)
def test_times_add_up_to_the_total_of_the_table(key: str) -> None:
    times = [working_minutes(properties(task)["sop.waktu"]) for task in diagram(key).rows.values()]
    assert sum(times) == facts(key)["totals"]["working_minutes_straight_through"]


@pytest.mark.parametrize(("key", "row"), EVERY_ROW)
def test_inference_and_repair_are_explained(key: str, row: dict[str, Any]) -> None:
    explanation = diagram(key).rows[row["order"]].findtext(f"{BPMN}documentation", "")
    if performer(key, row)["basis"] == "inferred":
        assert explanation.startswith("Pelaksana disimpulkan: ") or "Pelaksana disimpulkan seperti" in explanation
    if row.get("defects"):
        assert len(explanation) > 60


@pytest.mark.parametrize("key", KEYS)
def test_lanes_are_the_printed_columns_and_bidang(key: str) -> None:
    printed = [(f"lane_{role['key']}", role["lane"]) for role in facts(key)["roles"] if role["lane"]]
    expected = printed if ("lane_bidang", "Bidang") in printed else [*printed, ("lane_bidang", "Bidang")]
    assert [(name, lane.get("name")) for name, lane in diagram(key).lanes.items()] == expected


@pytest.mark.parametrize("key", KEYS)
def test_every_element_stands_in_one_lane(key: str) -> None:
    placed = [node.text for node in diagram(key).process.iter(f"{BPMN}flowNodeRef")]
    assert sorted(map(str, placed)) == sorted(diagram(key).nodes)


@pytest.mark.parametrize(("key", "row"), EVERY_ROW)
def test_rows_follow_each_other(key: str, row: dict[str, Any]) -> None:
    order = row["order"]
    expected = NEXT_ROWS.get((key, order), {order + 1} & set(diagram(key).rows))
    assert diagram(key).rows_after(f"row_{order:02}") == expected


@pytest.mark.parametrize("key", KEYS)
def test_one_blank_start_leads_to_the_first_row(key: str) -> None:
    (start,) = diagram(key).process.iterfind(f"{BPMN}startEvent")
    assert start.get(f"{CAMUNDA}formRef") == "mulai"
    assert diagram(key).rows_after(start.get("id", "")) == FIRST_ROWS.get(key, {1})


@pytest.mark.parametrize(("key", "row"), DECIDED)
def test_decision_leads_where_the_table_says(key: str, row: dict[str, Any]) -> None:
    drawn, order, decision = diagram(key), row["order"], row["decision"]
    (to_gateway,) = drawn.leaving(f"row_{order:02}")
    answers = {flow.name: drawn.rows_from(flow) for flow in drawn.leaving(to_gateway.target)}
    yes, no = ANSWERS.get((key, order), ("Setuju", "Dikembalikan"))
    target = decision.get("on_yes_analyst", decision["on_yes"])["target_order"]
    assert answers == {yes: {target}, no: {decision["on_no"]["target_order"]}}


def test_the_tables_print_three_decisions_and_imply_one() -> None:
    assert [parameter.id for parameter in DECIDED] == [f"{RENSTRA}-9", f"{BANGGAI}-9", f"{SALAH}-8", f"{BLITAR}-9"]


@pytest.mark.parametrize("key", KEYS)
def test_every_split_asks_and_has_a_default(key: str) -> None:
    drawn = diagram(key)
    splits = {name: drawn.leaving(name) for name in drawn.nodes if len(drawn.leaving(name)) > 1}
    assert splits.keys() == CONDITIONS[key].keys()
    for name, flows in splits.items():
        (conditional,) = [flow for flow in flows if flow.condition]
        (other,) = [flow for flow in flows if not flow.condition]
        assert drawn.nodes[name].tag == f"{BPMN}exclusiveGateway"
        assert drawn.nodes[name].get("name", "").endswith("?")
        assert conditional.condition == CONDITIONS[key][name]
        assert conditional.name in {"Setuju", "Sesuai", "Ya"}
        assert drawn.nodes[name].get("default") == other.id
        assert {conditional.name, other.name} in FLOW_NAMES


@pytest.mark.parametrize("key", KEYS)
def test_every_flow_has_its_own_id_and_both_ends(key: str) -> None:
    drawn = diagram(key)
    names = [flow.id for flow in drawn.flows]
    assert all(names)
    assert len(set(names)) == len(names)
    assert {end for flow in drawn.flows for end in (flow.source, flow.target)} == set(drawn.nodes)


@pytest.mark.parametrize("key", KEYS)
def test_elements_list_the_flows_that_meet_them(key: str) -> None:
    drawn = diagram(key)
    for name, node in drawn.nodes.items():
        coming = [flow.text for flow in node.iterfind(f"{BPMN}incoming")]
        going = [flow.text for flow in node.iterfind(f"{BPMN}outgoing")]
        assert sorted(map(str, coming)) == sorted(flow.id for flow in drawn.flows if flow.target == name)
        assert sorted(map(str, going)) == sorted(flow.id for flow in drawn.leaving(name))


@pytest.mark.parametrize("key", KEYS)
def test_everything_added_is_marked(key: str) -> None:
    drawn = diagram(key)
    marked = {
        name for name, node in {**drawn.nodes, **drawn.lanes}.items() if properties(node).get("sop.tambahan") == "ya"
    }
    assert marked == ADDED[key]


@pytest.mark.parametrize(("key", "name"), FOR_EACH_UNIT)
def test_units_work_side_by_side_on_their_own_data(key: str, name: str) -> None:
    task = diagram(key).nodes[name]
    loop = task.find(f"{BPMN}multiInstanceLoopCharacteristics")
    assert loop is not None
    item, result = loop.find(f"{BPMN}inputDataItem"), loop.find(f"{BPMN}outputDataItem")
    assert item is not None
    assert result is not None
    collection = loop.findtext(f"{BPMN}loopDataInputRef", "")
    assert (collection, result.get("name"), loop.findtext(f"{BPMN}loopDataOutputRef")) == FOR_EACH_UNIT[key, name]
    assert (item.get("name"), loop.get(f"{CAMUNDA}elementVariable")) == ("unit", "unit")
    assert loop.get(f"{CAMUNDA}collection") == f"${{{collection}}}"
    assert loop.get("isSequential", "false") == "false"
    assert task.get(f"{CAMUNDA}candidateGroups") == "${unit}"
    assert diagram(key).lane_of[name] == "bidang"


@pytest.mark.parametrize(("key", "name"), FOR_EACH_UNIT)
def test_units_have_the_time_of_their_row(key: str, name: str) -> None:
    said, row = properties(diagram(key).nodes[name]), properties(diagram(key).nodes[name.removesuffix("_bidang")])
    shared, marked = ("sop.baris", "sop.waktu", "sop.satuan"), ("sop.kelengkapan", "sop.output")
    assert [said[entry] for entry in shared] == [row[entry] for entry in shared]
    assert [printed(said[entry]) for entry in marked] == [printed(row[entry]) for entry in marked]


def test_only_these_tasks_are_added() -> None:
    added = {(key, name) for key in KEYS for name in diagram(key).nodes if name.endswith("_bidang")}
    assert added == set(FOR_EACH_UNIT)


@pytest.mark.parametrize("key", KEYS)
def test_every_form_is_there(key: str) -> None:
    attribute = f"{CAMUNDA}formRef"
    asking = [node for node in diagram(key).nodes.values() if node.tag in {f"{BPMN}userTask", f"{BPMN}startEvent"}]
    assert all(node.get(f"{CAMUNDA}formRefBinding") == "deployment" for node in asking)
    missing = [node.get(attribute) for node in asking if not (FORMS / key / f"{node.get(attribute)}.form").is_file()]
    assert missing == []


def test_wrong_data_leave_the_main_sop_and_come_back() -> None:
    drawn = diagram(BLITAR)
    call = drawn.nodes["panggil_data_salah"]
    passed = [
        (entry.tag.removeprefix(CAMUNDA), dict(entry.attrib)) for entry in call.iter(f"{CAMUNDA}in", f"{CAMUNDA}out")
    ]
    assert call.get("calledElement") == SALAH
    assert passed == [
        ("in", {"variables": "all"}),
        ("in", {"sourceExpression": "${true}", "target": "dari_berkas_utama"}),
        ("out", {"variables": "all"}),
    ]
    (refused,) = [flow for flow in drawn.leaving("gw_06") if not flow.condition]
    assert (refused.name, refused.target) == ("Tidak sesuai", "panggil_data_salah")
    assert drawn.rows_after("panggil_data_salah") == {7}
    (back,) = [flow for flow in diagram(SALAH).leaving("gw_keluar") if flow.condition]
    assert diagram(SALAH).nodes[back.target].get("name") == "Kembali ke SOP utama"


@pytest.mark.parametrize(
    ("key", "source", "receiver"),
    [(BLITAR, "row_14", "OPD peminta"), (BANGGAI, "row_12", "Penerima dokumen"), (NGANJUK, "row_07", "Kepala Dinas")],
)
def test_receivers_outside_are_pools_of_their_own(key: str, source: str, receiver: str) -> None:
    tree = diagram(key).tree
    outside = {
        pool.get("id"): pool.get("name") for pool in tree.iter(f"{BPMN}participant") if not pool.get("processRef")
    }
    (message,) = tree.iter(f"{BPMN}messageFlow")
    assert (message.get("sourceRef"), outside) == (source, {message.get("targetRef"): receiver})


@pytest.mark.parametrize("key", KEYS)
def test_process_carries_the_identity_sheet(key: str) -> None:
    sheet, process = facts(key)["identity"], diagram(key).process
    said = properties(process)
    assert process.get("isExecutable") == "true"
    assert process.get(f"{CAMUNDA}historyTimeToLive")
    assert (process.get("id"), process.get("name")) == (key, said["sop.judul"])
    assert said["sop.judul"] == facts(key)["source"]["name_in_source"]
    assert sheet["office"].startswith(said["sop.instansi"])
    assert said["sop.disahkan_oleh"] == sheet["approved_by"]["position"]
    assert (said.get("sop.nomor"), said.get("sop.tanggal_pembuatan")) == (sheet["number"], sheet["date_made"])
    assert {name: len(items(said.get(name, ""))) for name in LISTS} == {
        name: len(sheet[fact]) for name, fact in LISTS.items()
    }


@pytest.mark.parametrize("key", KEYS)
def test_warnings_of_other_sops_are_not_shown(key: str) -> None:
    own = [warning for warning in facts(key)["identity"]["warnings"] if "foreign to this SOP" not in warning]
    assert len(items(properties(diagram(key).process).get("sop.peringatan", ""))) == len(own)


@pytest.mark.parametrize("key", KEYS)
def test_no_service_number_is_in_a_diagram(key: str) -> None:
    text = diagram(key).path.read_text(encoding="utf-8")
    assert re.findall(r"\b\d{8} ?\d{6} ?\d ?\d{3}\b|\bNIP\b", text) == []
