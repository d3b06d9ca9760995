"""What `deploy/` says is what there is: its commands are StockCraft's, its settings are read, its addresses answer."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import click
import promql_parser
import pytest
import yaml
from django.urls import resolve

from shopsim.cli import main as shopsim
from stockcraft.cli.main import cli as stockcraft

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = [path for path in DEPLOY.rglob("*") if path.is_file() and "monitoring" not in path.parts]
PROGRAMS: dict[str, click.Group] = {"stockcraft": stockcraft, "shopsim": shopsim}
UNITS = sorted((DEPLOY / "systemd").iterdir())


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "stockcraft.yaml").read_text()))


def dockerfile(instruction: str) -> list[str]:
    """The arguments of this instruction, each time it is given."""
    return re.findall(rf"^{instruction} (.+)$", (DEPLOY / "Dockerfile").read_text(), re.M)


def containers() -> Iterator[dict[str, Any]]:
    for thing in kubernetes():
        yield from thing.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line there is, with where it stands."""
    (entrypoint,), (default,) = dockerfile("ENTRYPOINT"), dockerfile("CMD")
    program, default_arguments = yaml.safe_load(entrypoint), yaml.safe_load(default)
    yield "Dockerfile", program + default_arguments
    for name, service in compose()["services"].items():
        if str(service["image"]).startswith("stockcraft"):
            yield f"compose {name}", service.get("entrypoint", program) + service.get("command", default_arguments)
    for container in containers():
        yield f"kubernetes {container['name']}", program + container.get("args", default_arguments)
    for line in (DEPLOY / "Procfile").read_text().splitlines():
        name, _, command = line.partition(":")
        yield f"Procfile {name}", shlex.split(command)
    for path in UNITS:
        for command in re.findall(r"^Exec\w+=(.+)$", path.read_text(), re.M):
            yield path.name, [Path(shlex.split(command)[0]).name, *shlex.split(command)[1:]]


@pytest.mark.parametrize(("where", "command"), [pytest.param(*found, id=found[0]) for found in commands()])
def test_every_command_is_one_that_takes_these_options(where: str, command: list[str]) -> None:
    program, name, *arguments = command
    found = PROGRAMS[program].get_command(click.Context(PROGRAMS[program]), name)

    assert found is not None, where
    found.make_context(name, arguments)


def test_every_setting_is_read() -> None:
    sources = [ROOT / "src/stockcraft/settings.py", *(ROOT / "src/stockcraft/lib").glob("*.py")]
    read = {name for path in sources for name in re.findall(r'"(STOCKCRAFT_[A-Z_]+|DATABASE_URL)"', path.read_text())}
    given = {
        name.removesuffix("_FILE")
        for path in FILES
        for name in re.findall(r"\b(?:STOCKCRAFT_[A-Z_]+|DATABASE_URL(?:_FILE)?)", path.read_text())
    }

    assert {"DATABASE_URL", "STOCKCRAFT_SECRET_KEY", "STOCKCRAFT_ENCRYPTION_KEYS"} <= given
    assert given <= read


def test_probes_ask_addresses_that_there_are_at_the_port_that_is_served() -> None:
    serve = stockcraft.get_command(click.Context(stockcraft), "serve")
    assert serve is not None
    port = next(parameter.default for parameter in serve.params if parameter.name == "port")
    probes = [
        probe["httpGet"]["path"]
        for container in containers()
        for kind, probe in container.items()
        if kind.endswith("Probe")
    ]
    health = " ".join(compose()["services"]["web"]["healthcheck"]["test"])

    assert sorted(probes) == ["/healthz", "/readyz"]
    assert [resolve(path).url_name for path in sorted(probes)] == ["healthz", "readyz"]
    assert f":{port}/readyz" in health
    assert compose()["services"]["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert [one["containerPort"] for container in containers() for one in container.get("ports", [])] == [port]
    assert dockerfile("EXPOSE") == [str(port)]


def test_what_the_image_is_made_of_is_there_and_is_sent_to_the_build() -> None:
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for arguments in dockerfile("COPY"):
        *sources, _target = [word for word in arguments.split() if not word.startswith("--")]
        if "--from" not in arguments:
            for source in sources:
                assert (ROOT / source).exists(), source
                assert any(f"{source}/".startswith(f"{folder}/") for folder in sent), source


def test_containers_run_without_root_or_a_writable_root() -> None:
    for container in containers():
        assert container["securityContext"]["readOnlyRootFilesystem"], container["name"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]
    for thing in kubernetes():
        if "template" in thing.get("spec", {}):
            assert thing["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]
    for name, service in compose()["services"].items():
        if str(service["image"]).startswith("stockcraft"):
            assert service["read_only"], name
    assert dockerfile("USER") == ["10001"]


def test_the_secrets_that_compose_reads_are_those_the_guide_makes() -> None:
    guide = (ROOT / "docs/self-hosting.md").read_text()

    for name, secret in compose()["secrets"].items():
        assert f"> {name}\n" in guide
        assert secret["file"] == f"secrets/{name}"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_can_be_read_and_run_as_nobody_in_particular(path: Path) -> None:
    unit = RawConfigParser(strict=False)
    unit.read_string(path.read_text())

    assert unit["Service"]["DynamicUser"] == "yes"
    assert unit["Service"]["EnvironmentFile"] == "/etc/stockcraft/environment"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_prometheus_can_read_every_rule_and_every_question_of_the_dashboard() -> None:
    monitoring = DEPLOY / "monitoring"
    rules = yaml.safe_load((monitoring / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((monitoring / "dashboard.json").read_text())["panels"]
    questions = [rule["expr"] for rule in rules]
    questions += [target["expr"] for panel in panels for target in panel["targets"]]

    assert len(questions) > 10
    for question in questions:
        promql_parser.parse(question)
    assert all(rule["annotations"].keys() == {"summary", "what_to_do"} for rule in rules)
