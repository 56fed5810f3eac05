"""What the client sends to the contract API."""

from pk_api.client import by_personnummer
from tests.client.wire import Wire, answer, body_of

CONTRACT = {"id": "c1", "reference": "CarePlan/c1", "revision": 4, "actions": [{"id": "a1", "version": 2}]}
ITEM = {"id": "a1", "version": 3, "reference": "Task/a1", "text": "Gå en promenad"}


async def test_open_names_the_patient_in_the_body():
    wire = Wire(answer(CONTRACT, 201, ETag='W/"x"'))

    async with wire.client() as client:
        contract = await client.contracts.open(by_personnummer("191212121212"), indications=["complex"])

    assert (contract.id, contract.revision, contract.etag) == ("c1", 4, 'W/"x"')
    assert wire.last.url.path == "/prefix/v1/contracts"
    assert body_of(wire.last) == {"patient": {"personnummer": "191212121212"}, "indications": ["complex"]}


async def test_open_takes_a_reference_as_it_is():
    wire = Wire(answer(CONTRACT, 201))

    async with wire.client() as client:
        await client.contracts.open("Patient/p", idempotency_key="mine")

    assert body_of(wire.last)["patient"] == {"reference": "Patient/p"}
    assert wire.last.headers["idempotency-key"] == "mine"


async def test_get_asks_for_parts_and_language():
    wire = Wire(answer(CONTRACT))

    async with wire.client(language="en") as client:
        contract = await client.contracts.get("c1", parts=["actions", "goals"], as_of="revision:3")

    assert wire.last.url.params["parts"] == "actions,goals"
    assert wire.last.url.params["asOf"] == "revision:3"
    assert wire.last.headers["accept-language"] == "en"
    assert [item.id for item in contract.items("actions")] == ["a1"]


async def test_get_gives_back_the_known_contract_when_nothing_changed():
    wire = Wire(answer(CONTRACT, ETag='W/"x"'), answer(None, 304))

    async with wire.client() as client:
        known = await client.contracts.get("c1")
        again = await client.contracts.get("c1", known=known)

    assert again is known
    assert wire.last.headers["if-none-match"] == 'W/"x"'


async def test_search_pages_by_cursor_in_the_body():
    wire = Wire(answer({"items": [{"id": "c1"}], "next": "n"}), answer({"items": [], "next": None}))

    async with wire.client() as client:
        found = await client.contracts.search(by_personnummer("191212121212"), status="active").all()

    assert [one["id"] for one in found] == ["c1"]
    assert body_of(wire.last) == {
        "status": "active",
        "patient": {"personnummer": "191212121212"},
        "cursor": "n",
    }


async def test_add_tells_the_revision_that_the_writer_saw():
    wire = Wire(answer(ITEM, 201))

    async with wire.client() as client:
        item = await client.contracts.add("c1", "actions", {"text": "Gå en promenad"}, base_revision=4)

    assert (item.id, item.version, item.reference) == ("a1", 3, "Task/a1")
    assert wire.last.url.path == "/prefix/v1/contracts/c1/actions"
    assert wire.last.headers["base-revision"] == "4"


async def test_change_is_a_merge_patch_on_the_version_seen():
    wire = Wire(answer(ITEM))

    async with wire.client() as client:
        await client.contracts.change("c1", "actions", "a1", {"when": None}, if_match=2)

    assert (wire.last.method, wire.last.url.path) == ("PATCH", "/prefix/v1/contracts/c1/actions/a1")
    assert (wire.last.headers["if-match"], body_of(wire.last)) == ('W/"2"', {"when": None})


async def test_an_event_is_a_post_below_the_item():
    wire = Wire(answer(ITEM))

    async with wire.client() as client:
        await client.contracts.event("c1", "actions", "a1", "complete", if_match=2, base_revision=4)

    assert wire.last.url.path == "/prefix/v1/contracts/c1/actions/a1/complete"
    assert (wire.last.headers["if-match"], wire.last.headers["base-revision"]) == ('W/"2"', "4")
    assert body_of(wire.last) == {}


async def test_items_and_revisions_are_lists_by_cursor():
    wire = Wire(answer({"items": [ITEM], "next": "n"}), answer({"items": [], "next": None}))

    async with wire.client() as client:
        items = await client.contracts.items("c1", "actions").all()

    assert [item.id for item in items] == ["a1"]
    assert wire.last.url.params["cursor"] == "n"


async def test_a_status_carries_its_reason():
    wire = Wire(answer(CONTRACT))

    async with wire.client() as client:
        await client.contracts.set_status("c1", "revoke", reason="Flyttat")

    assert body_of(wire.last) == {"status": "revoke", "reason": "Flyttat"}


async def test_a_request_for_coordination_gives_nothing_away():
    wire = Wire(answer({"message": "Tack"}, 202))

    async with wire.client() as client:
        told = await client.contracts.request_coordination("Patient/p", "Vi behöver samordning.")

    assert told is None
    assert wire.last.url.path == "/prefix/v1/coordination-requests"


async def test_patch_names_part_item_and_the_revision_looked_at():
    wire = Wire(answer({**CONTRACT, "merged": []}))

    async with wire.client() as client:
        contract = await client.contracts.patch("c1", {"actions": {"a1": {"text": "Ring"}}}, base_revision=3)

    assert (wire.last.method, wire.last.url.path) == ("PATCH", "/prefix/v1/contracts/c1")
    assert wire.last.headers["base-revision"] == "3"
    assert body_of(wire.last) == {"actions": {"a1": {"text": "Ring"}}}
    assert contract.revision == 4


async def test_changes_are_asked_for_between_two_moments_and_the_timeline_by_pages():
    page = {"items": [{"what": "added"}], "next": None}
    wire = Wire(
        answer({"items": [], "sentences": ["Patienten lade till ett mål."]}), answer(page), answer(page)
    )

    async with wire.client() as client:
        told = await client.contracts.changes("c1", "revision:3")
        asked = dict(wire.last.url.params)
        lists = [
            await each.all() for each in (client.contracts.timeline("c1"), client.contracts.provenance("c1"))
        ]

    assert (asked, told["sentences"]) == ({"from": "revision:3"}, ["Patienten lade till ett mål."])
    assert lists == [[{"what": "added"}]] * 2
