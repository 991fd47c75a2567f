"""The verbs called by hand, in orders that kube-scheduler produces rarely, and with bad input.

Pods name a scheduler that does not exist, so nobody but the test calls.
"""

from __future__ import annotations

import json
import socket
import threading

import pytest
from support import objects
from support.audit import TANGRAM
from support.books import assert_books_are_true
from support.cluster import annotations, uid
from support.objects import node, pod
from support.wait import eventually


@pytest.fixture
def verbs(verbs_only):
    with verbs_only.tangram.extender() as server:
        yield server


def _create(cluster, name: str, **wants: object) -> dict:
    return cluster.create_pod(pod(name, scheduler="nobody", **wants))


def _known(verbs, probe: dict, *names: str) -> None:
    """Waits until Tangram has seen the nodes."""
    eventually(
        lambda: sorted(verbs.filter(probe, list(names))["NodeNames"] or []) == sorted(names),
        f"{names} fit",
        5,
        seen=lambda: verbs.filter(probe, list(names)),
    )


# --- order and repetition ------------------------------------------------------------------------


def test_pod_deleted_between_filter_and_bind_leaves_nothing_behind(
    verbs_only, verbs, cluster, agent
):
    cluster.create_nodes([node("vanish", 1)])
    gone = _create(cluster, "gone", cores=100)
    _known(verbs, gone, "vanish")
    assert verbs.filter(gone, ["vanish"])["NodeNames"] == ["vanish"]
    cluster.delete_pod("gone")
    assert verbs.bind(gone, "vanish") != ""
    assert objects.NODE_LOCK not in annotations(cluster.node("vanish"))

    heir = _create(cluster, "heir", cores=100)
    eventually(lambda: verbs.bind(heir, "vanish") == "", "the room is free for another pod", 5)
    assert cluster.node_of("heir") == "vanish"


def test_pod_deleted_and_created_anew_is_not_bound_by_the_old_uid(verbs, cluster, agent):
    cluster.create_nodes([node("reborn", 1)])
    old = _create(cluster, "same-name", mem=3000)
    _known(verbs, old, "reborn")
    cluster.delete_pod("same-name")
    new = _create(cluster, "same-name", mem=3000)
    assert uid(old) != uid(new)
    assert verbs.bind(old, "reborn") != ""
    assert cluster.node_of("same-name") is None
    assert verbs.bind(new, "reborn") == ""
    assert cluster.node_of("same-name") == "reborn"


def test_bind_called_twice_for_one_node_is_one_bind(verbs_only, verbs, cluster, agent):
    cluster.create_nodes([node("twice", 1)])
    body = _create(cluster, "twice", mem=50000)
    _known(verbs, body, "twice")
    audit = verbs_only.audit()
    assert verbs.bind(body, "twice") == ""
    assert verbs.bind(body, "twice") == ""
    codes = [call.code for call in audit.calls(resource="pods/binding")]
    assert codes.count(201) == 1 and set(codes) <= {201, 409}
    rest = _create(cluster, "rest", mem=31920)
    assert verbs.bind(rest, "twice") == "", "the pod is booked once, not twice"
    assert_books_are_true(verbs_only.tangram, cluster)


def test_two_binds_at_the_same_time_for_one_node_join(verbs_only, verbs, cluster, agent):
    cluster.create_nodes([node("joined", 1)])
    body = _create(cluster, "joined", mem=50000)
    _known(verbs, body, "joined")
    audit = verbs_only.audit()
    assert _bind_together(verbs_only, body, ["joined", "joined"]) == ["", ""]
    codes = [call.code for call in audit.calls(resource="pods/binding")]
    assert codes.count(201) == 1 and set(codes) <= {201, 409}


def test_bind_for_two_nodes_places_the_pod_on_one(verbs_only, verbs, cluster, agent):
    cluster.create_nodes([node("first", 1), node("second", 1)])
    body = _create(cluster, "torn", cores=100)
    _known(verbs, body, "first", "second")
    assert verbs.bind(body, "first") == ""
    assert verbs.bind(body, "second") != ""
    assert cluster.node_of("torn") == "first"
    eventually(lambda: "torn" in agent.admitted, "the pod is served", 10)
    assert objects.NODE_LOCK not in annotations(cluster.node("second"))
    other = _create(cluster, "other", cores=100)
    assert verbs.bind(other, "second") == "", "the second node's room is untouched"


def test_binds_at_the_same_time_for_two_nodes_place_the_pod_on_one(
    verbs_only, verbs, cluster, agent
):
    cluster.create_nodes([node("left", 1), node("right", 1)])
    body = _create(cluster, "pulled", cores=100)
    _known(verbs, body, "left", "right")
    answers = _bind_together(verbs_only, body, ["left", "right"])
    assert sorted(one == "" for one in answers) == [False, True], answers
    place = cluster.node_of("pulled")
    assert place == ("left" if answers[0] == "" else "right")
    empty = "right" if place == "left" else "left"
    other = _create(cluster, "other", cores=100)
    assert verbs.bind(other, empty) == "", "the losing node's room is untouched"


def test_hold_of_a_filtered_pod_does_not_make_another_one_unschedulable(verbs, cluster):
    """Two pods, one card: filter counts the first pod's hold, then answers again without it."""
    cluster.create_nodes([node("contested", 1)])
    one, two = _create(cluster, "one", cores=100), _create(cluster, "two", cores=100)
    _known(verbs, one, "contested")
    assert verbs.filter(one, ["contested"])["NodeNames"] == ["contested"]
    assert verbs.filter(two, ["contested"])["NodeNames"] == ["contested"]


def test_hold_steers_the_next_pod_to_another_node(verbs, cluster):
    cluster.create_nodes([node("held-a", 1), node("held-b", 1)])
    one, two = _create(cluster, "one", cores=100), _create(cluster, "two", cores=100)
    _known(verbs, one, "held-a", "held-b")
    assert sorted(verbs.filter(one, ["held-a", "held-b"])["NodeNames"]) == ["held-a", "held-b"]
    (left,) = verbs.filter(two, ["held-a", "held-b"])["NodeNames"]
    assert left in ("held-a", "held-b")


# --- what filter says ----------------------------------------------------------------------------


def test_filter_names_every_node_once_and_tells_hopeless_from_full(verbs, cluster, agent):
    small = node("small", cards=[objects.card("GPU-small", devmem=16384)])
    cluster.create_nodes([node("free", 1), node("full", 1), small, node("bare", 0)])
    filler = _create(cluster, "filler", cores=100)
    _known(verbs, filler, "free", "full", "small")
    assert verbs.bind(filler, "full") == ""
    wish = _create(cluster, "wish", mem=40000)
    names = ["free", "full", "small", "bare", "unheard-of"]
    answer = verbs.filter(wish, names)
    resolvable = answer["FailedNodes"] or {}
    hopeless = answer["FailedAndUnresolvableNodes"] or {}
    assert answer["NodeNames"] == ["free"] and not answer["Error"]
    assert set(resolvable) | set(hopeless) == {"full", "small", "bare", "unheard-of"}
    assert not set(resolvable) & set(hopeless)
    assert {"full", "unheard-of"} <= set(resolvable) and "small" in hopeless
    for text in [*resolvable.values(), *hopeless.values()]:
        assert text and "%" not in text
    again = verbs.filter(wish, names)
    assert again["FailedNodes"] == resolvable, "the text is the same for the same state"


def test_prioritize_gives_ten_to_the_best_and_integers_to_all(verbs, cluster, agent):
    cluster.create_nodes([node("emptier", 1), node("fuller", 1)])
    filler = _create(cluster, "filler", mem=40000, cores=40)
    _known(verbs, filler, "emptier", "fuller")
    assert verbs.bind(filler, "fuller") == ""
    scores = verbs.prioritize(_create(cluster, "next", mem=1000), ["emptier", "fuller"])
    assert scores == {"emptier": 0, "fuller": 10}


# --- bad input -----------------------------------------------------------------------------------

EMPTY_POD = b'{"metadata":{"name":"x","uid":"u"},"spec":{"containers":[]}}'
BAD_BODIES = {
    "not-json": b"this is no JSON",
    "cut-off": b'{"Pod":{"metadata":{"name":"x"',
    "empty": b"",
    "two-values": b'{"Pod":null,"NodeNames":[]}{}',
    "array": b"[]",
    "names-of-wrong-type": b'{"Pod":' + EMPTY_POD + b',"NodeNames":[1,2]}',
    "both-lists-null": b'{"Pod":' + EMPTY_POD + b',"Nodes":null,"NodeNames":null}',
    "no-pod": b'{"Pod":null,"Nodes":null,"NodeNames":["a"]}',
}


@pytest.mark.parametrize("verb", ["filter", "prioritize", "bind"])
@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_bad_body_is_refused_with_words_and_the_server_goes_on(verbs_only, verbs, verb, body):
    status, text = verbs.send("POST", f"/{verb}", body)
    assert len(_complaint(status, text)) > 10, (status, text)
    assert verbs_only.tangram.status("/readyz") == 200


def _complaint(status: int, text: str) -> str:
    """The words of a refusal: the body of a status that is not 200, or the Error of an answer."""
    if status != 200:
        return text
    answer = json.loads(text)
    return answer.get("Error") or "" if isinstance(answer, dict) else ""


def test_both_lists_null_is_named_in_the_message(verbs):
    status, text = verbs.send("POST", "/filter", BAD_BODIES["both-lists-null"])
    assert "NodeNames" in _complaint(status, text)


def test_name_given_twice_is_refused_by_name(verbs, cluster):
    """kube-scheduler would add up two scores of one node."""
    cluster.create_nodes([node("echo", 1)])
    body = _create(cluster, "body", mem=1000)
    _known(verbs, body, "echo")
    answer = verbs.filter(body, ["echo", "echo"])
    assert "echo" in answer["Error"] and "twice" in answer["Error"]
    assert not answer["NodeNames"]
    assert verbs.filter(body, ["echo"])["NodeNames"] == ["echo"]


@pytest.mark.parametrize("wrong", ["node", "uid", "pod"])
def test_bind_of_what_does_not_exist_writes_nothing(verbs_only, verbs, cluster, wrong):
    cluster.create_nodes([node("real", 1)])
    body = _create(cluster, "real", cores=100)
    _known(verbs, body, "real")
    audit = verbs_only.audit()
    if wrong == "node":
        error = verbs.bind(body, "imaginary")
    elif wrong == "uid":
        error = verbs.bind(body, "real", uid="00000000-0000-0000-0000-000000000000")
    else:
        error = verbs.bind({"metadata": {"name": "imaginary", "uid": "u"}}, "real")
    assert error
    writes = [c for c in audit.calls(user=TANGRAM) if c.verb in ("create", "patch")]
    assert writes == [] and cluster.node_of("real") is None
    eventually(lambda: verbs.bind(body, "real") == "", "the books are as before", 5)


def test_lower_case_keys_are_understood(verbs, cluster):
    cluster.create_nodes([node("lower", 1)])
    body = _create(cluster, "lower", mem=1000)
    _known(verbs, body, "lower")
    answer = verbs.call("filter", {"pod": body, "nodes": None, "nodenames": ["lower"]})
    assert answer["NodeNames"] == ["lower"]


def test_slow_body_and_oversize_body_do_not_disturb_others(verbs_only, verbs, cluster):
    port = verbs_only.tangram.port
    with socket.create_connection(("127.0.0.1", port), 5) as slow:
        slow.sendall(b"POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        with socket.create_connection(("127.0.0.1", port), 5) as huge:
            huge.sendall(b"POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
            assert b" 413 " in huge.recv(4096).split(b"\r\n")[0] + b" "
        cluster.create_nodes([node("brisk", 1)])
        body = _create(cluster, "brisk", mem=1000)
        _known(verbs, body, "brisk")


def test_chunked_body_is_read(verbs_only, verbs, cluster):
    cluster.create_nodes([node("chunks", 1)])
    body = _create(cluster, "chunks", mem=1000)
    _known(verbs, body, "chunks")
    text = json.dumps({"Pod": body, "Nodes": None, "NodeNames": ["chunks"]}).encode()
    head = b"POST /filter HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [text[:7], text[7:500], text[500:]]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", verbs_only.tangram.port), 5) as raw:
        raw.sendall(head + framed)
        answer = raw.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200") and b'"chunks"' in answer


# --- bad objects ---------------------------------------------------------------------------------


def _damaged_registers() -> dict[str, str]:
    good = annotations(node("damaged", 1))[objects.REGISTER]
    return {
        "cut-in-the-middle": good[: len(good) // 2],
        "negative-memory": good.replace('"devmem":81920', '"devmem":-81920'),
        "negative-count": good.replace('"count":10', '"count":-10'),
        "no-json": "GPU",
    }


@pytest.mark.parametrize("text", _damaged_registers().values(), ids=_damaged_registers())
def test_node_with_a_damaged_inventory_takes_no_pod_and_others_do(verbs, cluster, text):
    damaged = node("damaged", 1)
    damaged["metadata"]["annotations"][objects.REGISTER] = text
    cluster.create_nodes([damaged, node("sound", 1)])
    body = _create(cluster, "body", mem=1000)
    _known(verbs, body, "sound")
    answer = verbs.filter(body, ["damaged", "sound"])
    assert answer["NodeNames"] == ["sound"]
    refused = (answer["FailedNodes"] or {}) | (answer["FailedAndUnresolvableNodes"] or {})
    assert set(refused) == {"damaged"}


def _bind_by_hand(cluster, name: str, place: str, allocated: str | None) -> str:
    """What another writer did: a pod that is bound, with any allocation or none. Its uid."""
    body = _create(cluster, name, mem=3000)
    notes = {objects.VGPU_NODE: place, objects.ALLOCATED: allocated} if allocated else {}
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name, "uid": uid(body), "annotations": notes},
        "target": {"apiVersion": "v1", "kind": "Node", "name": place},
    }
    cluster.request("POST", cluster.pod_path(name) + "/binding", body=binding)
    return uid(body)


def _events_about(cluster, pod_uid: str) -> list[str]:
    listed = cluster.request("GET", "/api/v1/namespaces/default/events")["items"]
    return [
        one["reason"]
        for one in listed
        if one["involvedObject"].get("uid") == pod_uid
        and one["source"].get("component") == "tangram"
    ]


@pytest.mark.parametrize(
    "allocated", [None, "GPU-murky-0,NVIDIA,three,30:;"], ids=["missing", "undecodable"]
)
def test_pod_with_an_unreadable_allocation_closes_its_node(verbs, cluster, allocated):
    cluster.create_nodes([node("murky", 1), node("clear", 1)])
    body = _create(cluster, "body", mem=1000)
    _known(verbs, body, "murky", "clear")
    stranger = _bind_by_hand(cluster, "stranger", "murky", allocated)
    eventually(
        lambda: verbs.filter(body, ["murky", "clear"])["NodeNames"] == ["clear"],
        "the node is closed",
        5,
    )
    assert "UnaccountedPod" in verbs.filter(body, ["murky"])["FailedNodes"]["murky"]
    eventually(lambda: _events_about(cluster, stranger) == ["UnaccountedPod"], "it is told", 5)
    cluster.delete_pod("stranger")
    _known(verbs, body, "murky", "clear")


def test_card_overbooked_by_others_is_full_and_nothing_breaks(verbs_only, verbs, cluster):
    cluster.create_nodes([node("crowded", 1)])
    body = _create(cluster, "body", mem=1000)
    _known(verbs, body, "crowded")
    for name in ("guest-0", "guest-1"):
        _bind_by_hand(cluster, name, "crowded", "GPU-crowded-0,NVIDIA,60000,30:;")
    eventually(lambda: not verbs.filter(body, ["crowded"])["NodeNames"], "the card is full", 5)
    assert "CardOvercommitted" in verbs.filter(body, ["crowded"])["FailedNodes"]["crowded"]
    cluster.delete_pod("guest-0")
    _known(verbs, body, "crowded")
    assert verbs_only.tangram.status("/readyz") == 200


def _bind_together(stack, body: dict, places: list[str]) -> list[str]:
    """Binds at the same time, each over a connection of its own; the Errors in order."""
    answers: list[str] = [""] * len(places)
    start = threading.Barrier(len(places))

    def call(index: int) -> None:
        with stack.tangram.extender() as server:
            start.wait()
            answers[index] = server.bind(body, places[index])

    threads = [threading.Thread(target=call, args=(index,)) for index in range(len(places))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers
