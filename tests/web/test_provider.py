"""The door beside the password: a provider, which is a real one, vouches for people whom we know."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, update

from service import attempts, identity
from service.cli import main
from service.engine.assignment import CONFIRMED_FOR, Role
from service.errors import ProviderAway
from service.identity import NewPerson
from service.models import Person, Session, Subject, db
from service.openid import RelyingParty, Trip
from service.settings import Match
from service.web import sessions
from service.web.provider import COOKIE, PATH
from tests import answers, provision, stage, vouching
from tests.answers import BLITAR
from tests.conftest import on_sqlite
from tests.stage import Demo
from tests.vouching import LABEL, RETURNS_TO, Traveller, Vouching
from tests.walking import Page, Player, Stranger, Visitor, Walker

KADIS = "blitar.kadis"
REFUSED = f"Belum dapat masuk dengan {LABEL}."
AWAY = f"{LABEL} sedang tidak dapat dihubungi."
DISCOVERY = "/.well-known/openid-configuration"
NIP = "198501012010011001"


@pytest.fixture(scope="session")
def running() -> Iterator[Vouching]:
    with provision.provider(RETURNS_TO) as issuer:
        yield Vouching(vouching.settings(issuer))


@pytest.fixture
def vouched(running: Vouching, app: Flask) -> Iterator[Vouching]:
    running.spoil(accounts={"s-1": {"preferred_username": KADIS}, "s-2": {"preferred_username": "blitar.jfu"}})
    with vouching.known(app, running.settings):
        yield running


def spoilt(running: Vouching, **how: object) -> None:
    """Let the provider answer otherwise, and still know the head of the office."""
    running.spoil(**{"accounts": {"s-1": {"preferred_username": KADIS}}, **how})


def traveller(app: Flask) -> Traveller:
    return Traveller.at_the_door(app)


def tied(app: Flask) -> list[tuple[str, str]]:
    """Return the subjects with the accounts that they are tied to."""
    with app.app_context():
        found = select(Subject.subject, Person.user_name).join(Person, Person.id == Subject.person_id)
        return [(subject, user) for subject, user in db.session.execute(found.order_by(Subject.subject))]


def is_inside(one: Traveller) -> bool:
    return one.visitor.get("/berkas").status == 200


def assert_refused(one: Traveller, page: Page) -> None:
    """The answer is the same whatever the reason, and the password is still good."""
    assert (page.status, said(page)) == (401, REFUSED)
    assert not is_inside(one)


def said(page: Page) -> str:
    return str(page.tree.xpath("string(//section[@role='alert']//b)"))


@pytest.mark.usefixtures("vouched")
def test_the_provider_leads_in_and_to_the_page_that_was_wanted(app: Flask) -> None:
    one = traveller(app)
    (button,) = one.visitor.get("/masuk?next=/berkas?q=a").tree.xpath(f"//a[normalize-space()='Masuk dengan {LABEL}']")

    left = one.visitor.get(button.get("href"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left.location).query).items()}
    cookie = left.response.headers["Set-Cookie"]
    entered = one.back(one.there(left.location, "s-1"))

    assert {name: asked[name] for name in ("response_type", "scope", "code_challenge_method", "redirect_uri")} == {
        "response_type": "code", "scope": "openid profile", "code_challenge_method": "S256", "redirect_uri": RETURNS_TO,
    }  # fmt: skip
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert "Max-Age=600; HttpOnly; Path=/masuk/sso; SameSite=Lax" in cookie
    assert not any(asked[name] in cookie for name in ("state", "nonce"))
    assert (entered.status, entered.location) == (302, "/berkas?q=a")
    assert one.visitor.client.get_cookie(COOKIE, path=PATH) is None
    assert one.visitor.get("/akun").tree.xpath("//input[@name='user_name']/@value") == [KADIS]
    assert tied(app) == [("s-1", KADIS)]


def test_without_a_provider_there_is_neither_button_nor_way(app: Flask) -> None:
    one = traveller(app)

    assert "Masuk dengan" not in one.visitor.get("/masuk").main
    assert [one.visitor.get(page).status for page in ("/masuk/sso", "/masuk/sso/kembali?code=a")] == [404, 404]


def test_whoever_the_provider_calls_by_a_tied_name_is_somebody_else(app: Flask, vouched: Vouching) -> None:
    traveller(app).enter("s-1")
    vouched.spoil(accounts={"s-1": {"preferred_username": "blitar.jfu"}, "s-3": {"preferred_username": KADIS}})

    renamed, thief = traveller(app), traveller(app)
    renamed.enter("s-1")
    page = thief.enter("s-3")

    assert renamed.visitor.get("/akun").tree.xpath("//input[@name='user_name']/@value") == [KADIS]
    assert_refused(thief, page)
    assert tied(app) == [("s-1", KADIS)]


@pytest.mark.parametrize("by", ["command", "admin"])
def test_who_is_untied_is_out_and_found_by_name_again(demo: Demo, app: Flask, vouched: Vouching, by: str) -> None:
    before, after = traveller(app), traveller(app)
    before.enter("s-1")
    vouched.spoil(accounts={"s-3": {"preferred_username": KADIS}})

    if by == "command":
        environment = {"LAKSANA_DATA": str(demo.settings.data), "LAKSANA_DATABASE": demo.settings.database}
        run = CliRunner(env=environment)
        said = [run.invoke(main, ["users", "unlink", KADIS]).output for _ in range(2)]
        assert said == [f"{KADIS} unlinked\n", f"{KADIS} was not linked\n"]
    else:
        admin = Visitor(app, "admin")
        admin.post("/jabatan", {"office": "blitar"})
        (address,) = admin.get(f"/orang/{KADIS}").tree.xpath("//form[.//button[contains(., 'Lepas hubungan')]]/@action")
        admin.post(address)
        page = admin.get(f"/orang/{KADIS}")
        assert page.messages == ["Hubungan Kepala Dinas dengan akun penyedia dilepas."]
        assert "melepas hubungan dengan akun penyedia" in page.main
        assert "Lepas hubungan" not in page.main

    assert not is_inside(before)
    after.enter("s-3")
    assert is_inside(after)
    assert tied(app) == [("s-3", KADIS)]


def test_a_password_that_others_know_is_worth_nothing_once_its_person_comes(app: Flask, vouched: Vouching) -> None:
    with app.app_context():
        told = identity.new_password()
        roles = [("blitar", Role.STAFF)]
        new = NewPerson("petugas.baru", "Petugas", told, roles=roles, must_change_password=True)
        identity.add_person(new, stage.MONDAY)
    vouched.spoil(accounts={"s-7": {"preferred_username": "petugas.baru"}})
    one = traveller(app)

    one.enter("s-7")

    assert is_inside(one)
    assert Stranger(app).enter("petugas.baru", told).status == 401


@pytest.mark.parametrize(
    "name",
    ["siapa", "", None, 7, "BLITAR.\u212aADIS", f"{KADIS}\x00", f"{KADIS} ", "petugas.tanpa.jabatan", "x" * 9_000],
)
def test_nobody_gets_an_account_by_coming(app: Flask, vouched: Vouching, name: object) -> None:
    with app.app_context():
        identity.add_person(NewPerson("petugas.tanpa.jabatan", "Petugas", ""), stage.MONDAY)
        people = db.session.scalars(select(Person.user_name).order_by(Person.user_name)).all()
    spoilt(vouched, accounts={"s-9": {} if name is None else {"preferred_username": name}})
    one = traveller(app)

    assert_refused(one, one.enter("s-9"))
    with app.app_context():
        assert db.session.scalars(select(Person.user_name).order_by(Person.user_name)).all() == people


@pytest.mark.usefixtures("vouched")
@pytest.mark.parametrize("is_known", [True, False])
def test_who_is_disabled_stays_out(app: Flask, *, is_known: bool) -> None:
    if is_known:
        traveller(app).enter("s-1")
    with app.app_context():
        identity.set_active(KADIS, is_active=False)
    one = traveller(app)

    assert_refused(one, one.enter("s-1"))
    assert tied(app) == ([("s-1", KADIS)] if is_known else [])


@on_sqlite
def test_a_claim_may_be_the_service_number_of_exactly_one_account(app: Flask, running: Vouching) -> None:
    running.spoil(accounts={"s-1": {"nip": "19850101 201001 1 001"}, "s-2": {"nip": "bukan"}, "s-3": {"nip": NIP}})
    with app.app_context():
        db.session.execute(update(Person).where(Person.user_name == KADIS).values(nip=NIP))
        db.session.commit()

    with vouching.known(app, replace(running.settings, claim="nip", matches=Match.NIP)):
        one, nobody, twin = traveller(app), traveller(app), traveller(app)
        one.enter("s-1")
        assert is_inside(one)
        assert_refused(nobody, nobody.enter("s-2"))
        with app.app_context():
            db.session.execute(update(Person).where(Person.user_name == "blitar.jfu").values(nip=NIP))
            db.session.commit()
        assert_refused(twin, twin.enter("s-3"))


# What comes back -------------------------------------------------------------------------------------

PAST, FUTURE = (int((datetime.now(UTC) + sign * timedelta(hours=1)).timestamp()) for sign in (-1, 1))


@on_sqlite
@pytest.mark.parametrize(
    ("how", "cause"),
    [
        ({"key": "palsu"}, "token-bad_signature"),
        ({"kid": "palsu", "paths": {"/jwks": {"body": {"keys": []}}}}, "jwks-unusable"),
        ({"algorithm": "none"}, "token-unsupported_algorithm"),
        ({"algorithm": "HS256"}, "token-unsupported_algorithm"),
        ({"claims": {"iss": "http://127.0.0.1:1"}}, "token-invalid_claim"),
        ({"claims": {"aud": "program-lain"}}, "token-invalid_claim"),
        ({"claims": {"aud": ["laksana", "program-lain"]}}, "token-missing_claim"),
        ({"claims": {"aud": ["laksana", "program-lain"], "azp": "program-lain"}}, "token-invalid_claim"),
        ({"claims": {"exp": PAST}}, "token-expired_token"),
        ({"claims": {"exp": None}}, "token-missing_claim"),
        ({"claims": {"iat": FUTURE, "exp": FUTURE + 60}}, "token-invalid_claim"),
        ({"claims": {"nonce": "lain"}}, "token-invalid_claim"),
        ({"claims": {"nonce": None}}, "token-missing_claim"),
        ({"claims": {"at_hash": "bGFpbg"}}, "token-invalid_claim"),
        ({"claims": {"sub": "s-2"}}, "userinfo"),
        ({"claims": {"sub": ""}}, "subject"),
        ({"claims": {"sub": "x" * 256}}, "subject"),
    ],
)
def test_a_token_that_is_not_what_it_should_be_lets_nobody_in(
    app: Flask, vouched: Vouching, caplog: pytest.LogCaptureFixture, how: dict[str, object], cause: str
) -> None:
    spoilt(vouched, **how)
    one = traveller(app)
    with caplog.at_level(logging.WARNING, "laksana.web"):
        page = one.enter("s-1")

    assert [record.message for record in caplog.records] == [f"provider: {cause} at provider.come_back"]
    assert (page.status, said(page)) == ((503, AWAY) if cause.startswith("jwks") else (401, REFUSED))
    assert not is_inside(one)
    assert tied(app) == []


@on_sqlite
def test_a_new_key_of_the_provider_is_asked_for(app: Flask, vouched: Vouching) -> None:
    traveller(app).enter("s-1")
    spoilt(vouched, kid="baru")
    one = traveller(app)

    one.enter("s-1")

    assert is_inside(one)


def told_by(running: Vouching, **otherwise: object) -> dict[str, object]:
    """Return what a simple provider tells of itself."""
    issuer = running.settings.issuer
    endpoints = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "jwks"}
    return {"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in endpoints.items()}, **otherwise}


@on_sqlite
@pytest.mark.parametrize(
    ("client", "otherwise"),
    [
        ("laksana-lain", {"token_endpoint_auth_methods_supported": ["client_secret_post"]}),
        ("laksana", {"token_endpoint_auth_methods_supported": 7, "userinfo_endpoint": []}),
    ],
)
def test_a_provider_may_tell_all_in_the_token_and_want_the_secret_in_the_form(
    app: Flask, running: Vouching, client: str, otherwise: dict[str, object]
) -> None:
    told = told_by(running, **otherwise)
    spoilt(running, paths={DISCOVERY: {"body": told}}, claims={"preferred_username": KADIS})
    one = traveller(app)

    with vouching.known(app, replace(running.settings, client_id=client)):
        one.enter("s-1")

    assert is_inside(one)


@on_sqlite
@pytest.mark.parametrize(
    ("odd", "cause"),
    [
        ({"issuer": "https://penyedia.lain.example"}, "discovery-unusable at provider.leave"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "discovery-unusable at provider.leave"),
        ({"token_endpoint": "http://penyedia.lain.example/token"}, "discovery-unusable at provider.leave"),
        ({"token_endpoint": "http://127.0.0.1:1/\u00e9"}, "token-no-answer at provider.come_back"),
        ({"jwks_uri": "file:///etc/passwd"}, "discovery-unusable at provider.leave"),
        ({"jwks_uri": 7}, "discovery-unusable at provider.leave"),
    ],
    ids=str,
)
def test_a_secret_is_sent_to_no_odd_place(
    app: Flask, vouched: Vouching, caplog: pytest.LogCaptureFixture, odd: dict[str, object], cause: str
) -> None:
    spoilt(vouched, paths={DISCOVERY: {"body": told_by(vouched, **odd)}})
    one = traveller(app)
    with caplog.at_level(logging.WARNING, "laksana.web"):
        left = one.leave()
        page = left if left.status == 503 else one.back(one.there(left.location, "s-1"), iss=vouched.settings.issuer)

    assert [record.message for record in caplog.records] == [f"provider: {cause}"]
    assert (page.status, said(page)) == (503, AWAY)


@on_sqlite
@pytest.mark.parametrize(
    "changed",
    [
        {"state": "lain"},
        {"state": None},
        {"state": "\u00e9"},
        {"code": None},
        {"code": "lain"},
        {"iss": "https://penyedia.lain.example"},
        {"iss": None},
        {"error": "access_denied"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("vouched")
def test_what_was_changed_on_the_way_lets_nobody_in(app: Flask, changed: dict[str, str | None]) -> None:
    one = traveller(app)
    address = one.there(one.leave().location, "s-1")

    assert_refused(one, one.back(address, **changed))
    assert_refused(one, one.back(address))  # the cookie is gone: one way, one attempt


@on_sqlite
@pytest.mark.usefixtures("vouched")
def test_the_way_of_one_browser_is_none_for_another(app: Flask) -> None:
    """Nobody is signed in as somebody else by a link that he is sent."""
    sender, victim, without = traveller(app), traveller(app), traveller(app)
    victim.leave()

    address = sender.there(sender.leave().location, "s-1")

    assert_refused(victim, victim.back(address))
    assert_refused(without, without.back(address))
    assert sender.back(address).location == "/"


@on_sqlite
@pytest.mark.usefixtures("vouched")
def test_a_code_is_good_once(app: Flask) -> None:
    first, second = traveller(app), traveller(app)
    address = first.there(first.leave().location, "s-1")
    cookie = first.visitor.client.get_cookie(COOKIE, path=PATH)
    assert cookie is not None

    first.back(address)
    second.visitor.client.set_cookie(COOKIE, cookie.value, path=PATH)

    assert_refused(second, second.back(address))


@on_sqlite
@pytest.mark.usefixtures("vouched")
@pytest.mark.parametrize(("purpose", "seconds", "more"), [("sso", 660, ""), ("told", 0, ""), ("sso", 0, "0")])
def test_a_way_is_over_after_ten_minutes_and_made_by_nobody_else(
    app: Flask, purpose: str, seconds: int, more: str
) -> None:
    one = traveller(app)
    address = one.there(one.leave().location, "s-1")
    cookie = one.visitor.client.get_cookie(COOKIE, path=PATH)
    assert cookie is not None

    with app.test_request_context():
        chance, began, *rest = sessions.unpack("sso", cookie.value)
        other = sessions.pack(purpose, [chance, began - seconds, *rest])
    one.visitor.client.set_cookie(COOKIE, other + more, path=PATH)

    assert_refused(one, one.back(address))


@on_sqlite
@pytest.mark.usefixtures("vouched")
@pytest.mark.parametrize("cookie", ["", ".", "x.y"])
def test_what_nobody_packed_leads_nobody_in(app: Flask, cookie: str) -> None:
    one = traveller(app)
    address = one.there(one.leave().location, "s-1")
    one.visitor.client.set_cookie(COOKIE, cookie, path=PATH)

    assert_refused(one, one.back(address))


@on_sqlite
@pytest.mark.usefixtures("vouched")
def test_after_somebody_signed_out_the_provider_asks_again(app: Flask) -> None:
    """Or the next one at the same machine would be him."""
    one = traveller(app)
    assert "prompt=login" not in one.leave().location
    one.enter("s-1")
    one.visitor.token = one.visitor.get("/berkas").token

    one.visitor.post("/keluar")

    assert "prompt=login" in one.leave().location
    assert one.enter("s-2").location == "/"
    assert one.visitor.get("/akun").tree.xpath("//input[@name='user_name']/@value") == ["blitar.jfu"]
    assert one.visitor.client.get_cookie("laksana_keluar") is None


@on_sqlite
@pytest.mark.usefixtures("vouched")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/"]
)
def test_nobody_is_led_elsewhere(app: Flask, elsewhere: str) -> None:
    one = traveller(app)

    assert one.enter("s-1", next=elsewhere).location == "/"
    assert one.leave(next=elsewhere).location == "/"  # inside already


# The provider away -----------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (DISCOVERY, {"status": 503}),
        (DISCOVERY, {"silent": True}),
        (DISCOVERY, {"body": "bukan JSON"}),
        (DISCOVERY, {"body": {"x": "x" * 300_000}}),
        (DISCOVERY, {"status": 302}),
        ("/token", {"status": 500}),
        ("/token", {"status": 401, "body": {"error": "invalid_client"}}),
        ("/token", {"silent": True}),
        ("/token", {"body": {"id_token": 7, "access_token": []}}),
        ("/jwks", {"status": 500}),
        ("/jwks", {"silent": True}),
        ("/jwks", {"body": {"keys": 7}}),
        ("/jwks", {"body": {"keys": [{"kty": "RSA", "n": "!", "e": 7}, None]}}),
        ("/me", {"silent": True}),
    ],
)
def test_while_the_provider_is_away_passwords_are_as_good_as_ever(
    app: Flask, vouched: Vouching, path: str, answer: dict[str, object]
) -> None:
    one = traveller(app)
    spoilt(vouched, paths={path: answer})
    left = one.leave(next="/berkas")
    page = left if path == DISCOVERY else one.back(one.there(left.location, "s-1"))

    assert (page.status, said(page)) == (503, AWAY)
    assert page.tree.xpath("//form[@action='/masuk']//input[@name='next']/@value") == ["/berkas"]
    assert one.visitor.post("/masuk", {"user_name": KADIS, "password": stage.PASSWORD}).location == "/"
    spoilt(vouched)
    with vouching.known(app, vouched.settings):
        again = traveller(app)
        again.enter("s-1")
        assert is_inside(again)


def test_who_comes_right_after_a_silence_does_not_wait_for_the_next(running: Vouching) -> None:
    trip, now = Trip("state", "nonce", "v" * 43), datetime.now(UTC)
    party = RelyingParty(running.settings)
    spoilt(running, paths={DISCOVERY: {"silent": True}})
    causes = []
    for later in (0, 14):
        with pytest.raises(ProviderAway) as refused:
            party.address(trip, now + timedelta(seconds=later), again=False)
        causes.append(refused.value.cause)
    spoilt(running)

    assert causes == ["discovery-no-answer", "discovery-rests"]
    assert party.address(trip, now + timedelta(seconds=15), again=False)


@on_sqlite
def test_a_provider_that_does_not_run_is_away(app: Flask, running: Vouching) -> None:
    with vouching.known(app, replace(running.settings, issuer="http://127.0.0.1:9")):
        page = traveller(app).leave()

    assert (page.status, said(page)) == (503, AWAY)


def test_who_fails_too_often_waits_and_may_type_his_password(
    app: Flask, monkeypatch: pytest.MonkeyPatch, vouched: Vouching
) -> None:
    monkeypatch.setattr(attempts, "MOST_PER_ADDRESS", 1)
    spoilt(vouched, key="palsu")
    traveller(app).enter("s-1")
    spoilt(vouched)

    one = traveller(app)
    page = one.enter("s-1")

    assert (page.status, said(page)) == (429, "Terlalu banyak percobaan")
    assert one.visitor.post("/masuk", {"user_name": KADIS, "password": stage.PASSWORD}).location == "/"


# To prove oneself before signing ---------------------------------------------------------------------


@pytest.fixture
def signature(app: Flask) -> str:
    """Return the address of a document that the head of the office has to sign."""
    with app.app_context():
        player = Player()
        return f"/tugas/{player.task(player.reach(BLITAR, 'row_10', 'Satu'), 'row_10').id}"


@pytest.fixture
def kadis(app: Flask, walker: Walker) -> Traveller:
    """Sit the head of the office down, who signed in 16 minutes ago."""
    one = Traveller(walker.as_user(KADIS))
    with app.app_context():
        db.session.execute(
            update(Session).values(confirmed_at=datetime.now(UTC) - CONFIRMED_FOR - timedelta(minutes=1))
        )
        db.session.commit()
    return one


def asks(page: Page) -> bool:
    return bool(page.tree.xpath("//form[@id='tugas']//input[@name='kata_sandi']"))


@pytest.mark.usefixtures("vouched")
def test_who_signs_proves_himself_at_the_provider_and_loses_nothing_of_what_he_typed(
    kadis: Traveller, signature: str
) -> None:
    visitor = kadis.visitor
    opened = visitor.get(signature)
    (button,) = opened.tree.xpath("//form[@id='tugas']//button[@name='_buktikan']")
    pairs, files = visitor.fill(opened, "tugas", answers.for_element(BLITAR, "row_10", outcome="setuju"))

    on_the_way = visitor.post(button.get("formaction"), [*pairs, ("_buktikan", "1")], files)
    page = visitor.get(on_the_way.location)
    (onward,) = page.tree.xpath("//main//a[contains(@class, 'btn')]/@href")
    (by_itself,) = page.tree.xpath("//meta[@http-equiv='refresh']/@content")
    left = visitor.get(onward)
    asked = parse_qs(urlsplit(left.location).query)
    back = kadis.back(kadis.there(left.location, "s-1"))

    assert by_itself == f"0;url={onward}"
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert back.location == signature
    reopened = visitor.get(signature)
    assert reopened.messages == [f"Bukti diri lewat {LABEL} diterima. Silakan tanda tangani."]
    assert not asks(reopened)
    visitor.token = reopened.token
    assert visitor.post(signature, [*reopened.controls("tugas"), ("pengesahan", "setuju")]).location == "/tugas"


@on_sqlite
@pytest.mark.parametrize(
    ("how", "subject", "told"),
    [
        ({"claims": {"auth_time": None}}, "s-1", "tidak memberi tahu kapan Anda membuktikan diri"),
        ({"claims": {"auth_time": PAST}}, "s-1", "tidak diterima"),
        ({"key": "palsu"}, "s-1", "tidak diterima"),
        ({"accounts": {"s-2": {"preferred_username": "blitar.jfu"}}}, "s-2", "tidak diterima"),
        ({"paths": {"/token": {"status": 500}}}, "s-1", AWAY),
    ],
)
def test_who_has_not_proven_himself_does_not_sign(
    vouched: Vouching, kadis: Traveller, signature: str, how: dict[str, object], subject: str, told: str
) -> None:
    spoilt(vouched, **how)

    back = kadis.enter(subject, ulang="1", next=signature)

    assert back.location == signature
    page = kadis.visitor.get(signature)
    assert [told in message for message in page.messages] == [True]
    assert asks(page)
    assert kadis.visitor.get("/akun").tree.xpath("//input[@name='user_name']/@value") == [KADIS]


@on_sqlite
@pytest.mark.usefixtures("vouched")
def test_who_has_just_proven_himself_at_the_provider_signs_without_doing_so_again(
    app: Flask, vouched: Vouching, signature: str
) -> None:
    for auth_time, has_to in ((int(datetime.now(UTC).timestamp()), False), (PAST, True), (None, True)):
        spoilt(vouched, claims={"auth_time": auth_time})
        one = traveller(app)
        one.enter("s-1")
        assert asks(one.visitor.get(signature)) == has_to
