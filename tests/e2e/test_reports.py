"""Reports of the simulator: their JSON Schemas hold, and a browser shows their pages."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest
from support import paths
from support.trace import simulate, write_nodes, write_pods

SCHEMAS = paths.ROOT / "docs" / "schemas"
CHROMIUM = shutil.which("chromium")
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def trace(tmp_path_factory, tangram_binary) -> list[str]:
    folder = tmp_path_factory.mktemp("trace")
    nodes = write_nodes(folder / "nodes.csv", 20)
    pods = write_pods(folder / "pods.csv", 150, 1)
    return ["--nodes", str(nodes), "--pods", str(pods), "--inflate", "1.3"]


def _valid(document: object, name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def test_a_run_is_as_its_schema_says(trace, tmp_path):
    events = tmp_path / "events.jsonl"
    report = json.loads(simulate("run", *trace, "-o", "json", "--events", events).stdout)
    _valid(report, "simulation-run")
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    assert len(lines) == report["arrivals"]
    assert sum(line["node"] is None for line in lines) == report["failed_pods"] > 0
    for line in lines:
        _valid(line, "simulation-event")


def test_a_comparison_a_shard_and_a_diff_are_as_their_schemas_say(trace, tmp_path):
    for number, seeds in enumerate(("1-3", "5")):
        words = ["compare", *trace, "--policies", "fgd,best-fit", "--seeds", seeds]
        report = tmp_path / f"{number}.json"
        simulate(*words, "-o", "json", "--out", report)
        _valid(json.loads(report.read_text()), "simulation-compare")
        _valid(json.loads(simulate(*words, "--shard", "0/2").stdout), "simulation-shard")
    same = simulate("diff", tmp_path / "0.json", tmp_path / "0.json", "-o", "json")
    _valid(json.loads(same.stdout), "simulation-diff")
    other = simulate("diff", tmp_path / "0.json", tmp_path / "1.json", "-o", "json", code=1)
    _valid(json.loads(other.stdout), "simulation-diff")


def _pod(name: str, wants: dict[str, str], node: str = "", allocated: str = "") -> dict:
    """A pod as kubectl prints it; with a node it runs there on what the annotation says."""
    key = "hami.io/amd-devices-allocated" if "amd.com/gpu" in wants else (
        "hami.io/vgpu-devices-allocated")
    pod = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "team", "uid": f"uid-{name}"},
        "spec": {"containers": [{"name": "c", "resources": {"limits": wants}}]},
    }
    if node:
        pod["metadata"]["annotations"] = {key: allocated}
        pod["spec"]["nodeName"] = node
    return pod


def _node(name: str, vendor: str, cards: list[dict], **allocatable: str) -> dict:
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name,
                     "annotations": {f"hami.io/node-{vendor}-register": json.dumps(cards)}},
        "status": {"allocatable": allocatable, "capacity": {f"{vendor}.com/gpu": "10"}},
    }


STATIC_MIG = {
    "apiVersion": "v1", "kind": "Node",
    "metadata": {"name": "mig", "labels": {
        "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "2",
        "nvidia.com/mig.strategy": "mixed", "nvidia.com/mig-1g.10gb.count": "14"}},
    "status": {"allocatable": {"cpu": "64", "memory": "512Gi", "nvidia.com/mig-1g.10gb": "14"}},
}


@pytest.fixture(scope="module")
def cluster_dump(tmp_path_factory) -> Path:
    """Shared cards of two vendors with a pod on each, and a node that offers by count."""
    card = {"count": 10, "devmem": 10000, "health": True}
    nvidia = card | {"devcore": 100, "type": "NVIDIA T4", "mode": "hami-core"}
    amd = card | {"devcore": 304, "type": "AMD Instinct MI300X"}
    items = [
        _node("a", "nvidia", [nvidia | {"id": "GPU-a"}], cpu="4", memory="8Gi"),
        _node("b", "nvidia", [nvidia | {"id": "GPU-b"}]),
        _node("c", "amd", [amd | {"id": "one"}], cpu="4", memory="8Gi"),
        STATIC_MIG,
        _pod("one", {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "4000", "cpu": "1"}, "a",
             "GPU-a,NVIDIA,4000,10:;"),
        _pod("two", {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "4000"}, "b",
             "GPU-b,NVIDIA,4000,10:;"),
        _pod("three", {"amd.com/gpu": "1", "amd.com/gpumem": "8000", "amd.com/gpucores": "25"},
             "c", "one,AMD,8000,76:;"),
    ]
    path = tmp_path_factory.mktemp("dump") / "dump.json"
    path.write_text(json.dumps({"kind": "List", "items": items}))
    return path


WANTED = {
    "slice": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "2000", "cpu": "1"},
    "too-much": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "7000", "nvidia.com/gpucores": "95"},
    "too-much-cpu": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "100", "cpu": "100",
                     "memory": "900Gi"},
    "much-memory": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "7000"},
    "much-host-memory": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "100", "memory": "900Gi"},
    "two-cards": {"nvidia.com/gpu": "2", "nvidia.com/gpumem": "100"},
    "typed": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "100"},
    "percent": {"nvidia.com/gpu": "1", "nvidia.com/gpumem-percentage": "90"},
    "amd": {"amd.com/gpu": "1", "amd.com/gpumem": "1000", "amd.com/gpucores": "80"},
    "instances": {"nvidia.com/mig-1g.10gb": "15", "nvidia.com/mig-3g.40gb": "1"},
    "no-card": {"cpu": "100"},
}


def _answer(*words: str | Path) -> dict:
    return json.loads(simulate(*words, "-o", "json", code=None).stdout)


@pytest.fixture(params=WANTED)
def wanted(request, tmp_path) -> Path:
    path = tmp_path / "pod.json"
    pod = _pod(request.param, WANTED[request.param])
    if request.param == "typed":
        pod["metadata"]["annotations"] = {"nvidia.com/use-gputype": "H100"}
    path.write_text(json.dumps(pod))
    return path


def test_answers_about_a_pod_are_as_their_schemas_say(wanted, cluster_dump):
    about = [wanted, "--cluster", cluster_dump]
    for name, more in (("fit", []), ("explain", []),
                       ("plan", ["--until-fits", "9", "--add", "8x H100-80GB cpu=96 memory=1Ti",
                                 "--add", "1x T4-16GB"])):
        _valid(_answer(name, *about, *more), f"simulation-{name}")
    _valid(_answer("defrag", "--cluster", cluster_dump, "--pod", wanted), "simulation-defrag")


def test_moves_are_as_their_schema_says(cluster_dump):
    report = _answer("defrag", "--cluster", cluster_dump)
    _valid(report, "simulation-defrag")
    assert report["moves"], "one of the cards can be emptied"
    with pytest.raises(jsonschema.ValidationError):
        _valid(report | {"fits_on": "a"}, "simulation-defrag")


def test_what_comes_and_goes_is_as_its_schema_says(trace):
    words = ["churn", *trace[:4], "--policy", "fgd,best-fit", "--measure", "1"]
    for seeds in ("1", "1-3"):
        report = json.loads(simulate(*words, "--seeds", seeds, "-o", "json").stdout)
        _valid(report, "simulation-churn")
        assert bool(report["differences"]) == (seeds == "1-3")


def test_the_plan_for_who_waits_is_as_its_schema_says(tmp_path, tangram_binary):
    """A server on a file, asked as a user does."""
    cluster = tmp_path / "cluster.json"
    waiting = [_pod("large", {"nvidia.com/mig-3g.40gb": "2"}),
               _pod("odd", {"nvidia.com/mig-9g.90gb": "1"})]
    cluster.write_text(json.dumps({"kind": "List", "items": [STATIC_MIG, *waiting]}))
    log = tmp_path / "log"
    with log.open("w") as to:
        server = subprocess.Popen(
            [str(tangram_binary), "serve", "--cluster", str(cluster), "--listen", "127.0.0.1:0"],
            stderr=to, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while '"message":"ready"' not in log.read_text():
            assert time.monotonic() < until and server.poll() is None, log.read_text()
            time.sleep(0.05)
        port = re.search(r'"port":(\d+)', log.read_text()).group(1)
        done = subprocess.run(
            [str(tangram_binary), "explain", "--mig", "--url", f"http://127.0.0.1:{port}",
             "-o", "json"], capture_output=True, text=True, timeout=60, check=True)
    finally:
        server.terminate()
        server.wait(timeout=30)
    report = json.loads(done.stdout)
    _valid(report, "explain-mig")
    assert report["groups"][0]["changes"]


def test_mig_reports_are_as_their_schemas_say():
    words = ["mig", "--mix", "7g:0.1,3g:0.3,1g:0.6", "--gpus", "20", "--runs", "3", "-o", "json"]
    _valid(json.loads(simulate(*words, "--policy", "mfi").stdout), "simulation-mig")
    several = [*words, "--policy", "mfi,first-fit", "--load", "0.9,1.1"]
    _valid(json.loads(simulate(*several).stdout), "simulation-mig-compare")


def test_mig_reports_of_a_cluster_are_as_their_schemas_say(tmp_path):
    scenario = tmp_path / "mixed.yaml"
    scenario.write_text(
        "nodes:\n- {name: a, gpus: 4x A100-SXM4-80GB, mig: on-demand}\n"
        "- {name: b, gpus: 4x A30-24GB, stack: nvidia, mig: 2x 2g.12gb}\n")
    words = ["mig", "--cluster", scenario, "--mix", "7g:0.1,2g:0.5,1g.6gb:0.4", "-o", "json"]
    report = json.loads(simulate(*words, "--runs", "3", "--policy", "mfi").stdout)
    _valid(report, "simulation-mig")
    assert [kind["gpus"] for kind in report["kinds"]] == [4, 4]
    both = json.loads(simulate(*words, "--runs", "3", "--policy", "mfi,fgd-mig").stdout)
    _valid(both, "simulation-mig-compare")


@pytest.mark.parametrize("wrong", [{"failed_pods": -1}, {"seed": "7"}, {"surprise": 1}])
def test_the_schema_of_a_run_refuses_what_no_run_says(trace, wrong):
    report = json.loads(simulate("run", *trace, "-o", "json").stdout)
    with pytest.raises(jsonschema.ValidationError):
        _valid(report | wrong, "simulation-run")


def _browse(page: Path, *options: str, width: int = 1280) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM, "no chromium; scripts/install-dependencies.sh --e2e installs it"
    return subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--hide-scrollbars", "--enable-logging=stderr", f"--window-size={width},1600",
         f"--user-data-dir={page.parent}/profile", *options, page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )


PAGES = ("run", "compare", "churn", "fit", "plan", "explain", "defrag", "diff")


@pytest.fixture(scope="module")
def pages(trace, cluster_dump, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in PAGES}
    simulate("run", *trace, "-o", "html", "--out", made["run"])
    simulate("compare", *trace, "--policies", "all", "--seeds", "1-4", "-o", "html",
             "--out", made["compare"])
    pod = folder / "pod.json"
    pod.write_text(json.dumps(_pod("p", WANTED["too-much"])))
    reports = [folder / "1.json", folder / "2.json"]
    for policy, report in zip(("fgd", "best-fit"), reports, strict=True):
        simulate("run", *trace, "--policy", policy, "-o", "json", "--out", report)
    about = [pod, "--cluster", cluster_dump]
    for words in (
        ["churn", *trace[:4], "--policy", "fgd,best-fit", "--seeds", "1-3", "--measure", "1"],
        ["fit", *about], ["plan", *about, "--until-fits", "9", "--add", "8x H100-80GB"],
        ["explain", *about], ["defrag", "--cluster", cluster_dump], ["diff", *reports],
    ):
        simulate(*words, "-o", "html", "--out", made[words[0]], code=None)
    return made


@pytest.mark.parametrize("name", PAGES)
def test_a_browser_shows_the_page_without_a_complaint(pages, name):
    shown = _browse(pages[name], "--dump-dom")
    assert "CONSOLE" not in shown.stderr, shown.stderr
    words = {
        "run": ("While pods arrive", "Who was served", "Why pods were dropped", "Card by card",
                "<polyline", "<title>node-0007: "),
        "compare": ("Allocated, the last stretch", "95&nbsp;% interval", "tangram", "gpu-packing",
                    "Served, allocated and failed"),
        "churn": ("Policy by policy", "Against fgd", "best-fit"),
        "fit": ("0 more fit, on 0 of 4 nodes", "has 6,000 MiB, wants 7,000 MiB"),
        "plan": ("0 fit now, 9 wanted", "nodes of 8x H100-80GB"),
        "explain": ("team/p fits on 0 of 4 nodes", "Card by card", "5% cores less a card"),
        "defrag": ("cards wholly free", "Before and after", "team/"),
        "diff": ("differences", "allocated_percent@"),
    }[name]
    for word in words:
        assert word in shown.stdout, word


def test_a_browser_that_complains_is_heard(tmp_path):
    page = tmp_path / "broken.html"
    page.write_text("<!doctype html><script>missing()</script>")
    assert "CONSOLE" in _browse(page, "--dump-dom").stderr


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(pages, name, width, tmp_path):
    """The page, in a frame as wide as the screen, measures itself and writes down what sticks
    out."""
    # chromium's window is never narrower than 500 px; a frame can be.
    frame = pages[name].with_name(f"frame-{name}-{width}.html")
    frame.write_text(
        f'<iframe src="{pages[name].name}" style="width:{width}px;height:900px;border:0"></iframe>'
        "<p id=found>not measured</p><script>"
        "document.querySelector('iframe').onload = event => {"
        " const page = event.target.contentDocument.documentElement;"
        " document.getElementById('found').textContent ="
        " 'measured ' + page.scrollWidth + ' in ' + page.clientWidth; };</script>"
    )
    shown = _browse(frame, "--allow-file-access-from-files", "--dump-dom", width=1400)
    assert f"measured {width} in {width}" in shown.stdout, shown.stdout[-300:]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["run", "compare"])
def test_a_screenshot_is_taken_for_people_to_look_at(pages, name, width):
    # A page of one colour would be a far smaller file.
    shot = pages[name].with_name(f"{name}-{width}.png")
    _browse(pages[name], f"--screenshot={shot}", width=width)
    assert shot.read_bytes().startswith(b"\x89PNG")
    assert shot.stat().st_size > 20_000


def _until(terminal: int, what: bytes, said: bytes = b"") -> bytes:
    """All that is written to the terminal until `what` matches, or until the other end closes."""
    while not re.search(what, said):
        try:
            block = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            block = b""
        if not block:
            break
        said += block
    return said


def test_a_bar_is_drawn_on_a_terminal_and_ctrl_c_reports_what_there_is(tmp_path, tangram_binary):
    """Far more work than anybody waits for, given up once the bar says that a part is done: how
    fast the machine is plays no part."""
    words = ["--nodes", str(write_nodes(tmp_path / "nodes.csv", 300)),
             "--pods", str(write_pods(tmp_path / "pods.csv", 5000, 1)),
             "--policies", "all", "--seeds", "1-1000", "--threads", "1"]
    report = tmp_path / "report.csv"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [str(tangram_binary), "simulate", "compare", *words, "-o", "csv", "--out", str(report)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
    ) as process:
        os.close(theirs)
        # A hundredth of all is ten orders of arrival, under every policy.
        said = _until(ours, rb" [1-9]\d? %, \d+ s left")
        process.send_signal(signal.SIGINT)
        said = _until(ours, rb"(?!)", said)
    os.close(ours)
    assert process.returncode == 130, said[-500:]
    assert b"[#" in said or b"[." in said
    last = said.rsplit(b"\r\x1b[K", 1)[1].decode()
    assert re.match(r"\d+ runs in [\d.]+ s, 1 at a time\r?\n", last), "the bar is wiped out"
    assert "Reported are the seeds that every policy was run with" in last
    assert 2 <= report.read_text().count("\n")


def test_no_bar_is_drawn_where_there_is_no_terminal(trace):
    said = simulate("compare", *trace, "--policies", "fgd", "--seeds", "1").stderr
    assert re.fullmatch(r"1 runs in [\d.]+ s, \d+ at a time\n", said)
