"""The files for a deployment: valid by their schemas, and true to what the code reads.

No container engine and no Kubernetes is needed, and none was at hand when they were written.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from twitterlab.servers.envoy import ENVOY
from twitterlab.stage.joining import MACHINE
from twitterlab.storage.joined import POSTGRES, VALKEY

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "deployment"
MANIFESTS = sorted((FOLDER / "kubernetes").glob("*.yaml"))
VERSIONS = ("1.33", "1.37")
CUSTOMIZATION = "Kustomization"
yaml = pytest.importorskip("yaml", reason="needs PyYAML: pip install 'twitterlab[dev]'")


def documents():
    """Every object of the manifests, as Kubernetes gets it."""
    found = [document for path in MANIFESTS for document in yaml.safe_load_all(path.read_text())]
    return [document for document in found if document["kind"] != CUSTOMIZATION]


def named(kind, name):
    return next(found for found in documents() if (found["kind"], found["metadata"]["name"]) == (kind, name))


def pods():
    """Owner and pod template of everything that runs."""
    return [(found, found["spec"]["template"]) for found in documents() if "template" in found.get("spec", {})]


def instructions():
    """The Containerfile, an instruction and its words each."""
    text = re.sub(r"\\\n\s*", " ", (FOLDER / "Containerfile").read_text())
    return [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]


def test_the_compose_file_is_one_by_the_specification():
    jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema: pip install 'twitterlab[dev]'")
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema: pip install 'twitterlab[dev]'")
    schemas = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text())

    jsonschema.validate(yaml.safe_load((FOLDER / "compose.yaml").read_text()), schema)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", documents(), ids=lambda found: f"{found['kind']} {found['metadata']['name']}")
def test_every_manifest_is_one_by_its_schema(document, version):
    schemas = pytest.importorskip(
        "kubernetes_validate", reason="needs kubernetes-validate: pip install 'twitterlab[dev]'"
    )

    schemas.validate(document, version, strict=True)


def test_the_customization_names_every_manifest():
    customization = yaml.safe_load((FOLDER / "kubernetes" / "kustomization.yaml").read_text())

    assert sorted(customization["resources"]) == [path.name for path in MANIFESTS if path.name != "kustomization.yaml"]
    assert [image["name"] for image in customization["images"]] == ["twitterlab"]


def test_selectors_find_the_pods_they_mean():
    labels = [template["metadata"]["labels"] for _, template in pods()]

    def is_met(selector):
        return any(selector.items() <= found.items() for found in labels)

    for found in documents():
        spec = found.get("spec", {})
        if found["kind"] == "Service":
            assert is_met(spec["selector"]), found["metadata"]["name"]
        for selector in filter(None, (spec.get("selector"), spec.get("podSelector"))):
            if "matchLabels" in selector:
                assert is_met(selector["matchLabels"]), found["metadata"]["name"]


def test_every_stateful_set_has_the_service_it_names():
    for owner, _ in pods():
        if owner["kind"] == "StatefulSet":
            assert named("Service", owner["spec"]["serviceName"])["spec"]["clusterIP"] == "None"


def test_what_a_pod_refers_to_is_there():
    keys = {found["metadata"]["name"]: set(found["data"]) for found in documents() if found["kind"] == "ConfigMap"}
    page = (ROOT / "docs" / "deployment.md").read_text()
    for _, template in pods():
        (container,) = template["spec"]["containers"]
        for variable in container.get("env", ()):
            source = variable.get("valueFrom", {})
            if "configMapKeyRef" in source:
                assert source["configMapKeyRef"]["key"] in keys[source["configMapKeyRef"]["name"]]
            if "secretKeyRef" in source:
                assert f"--from-literal={source['secretKeyRef']['key']}=" in page
        volumes = {volume["name"] for volume in template["spec"].get("volumes", ())}
        for mount in container.get("volumeMounts", ()):
            assert mount["name"] in volumes | {"rows", "data"}


def test_no_pod_is_root_or_may_become_it():
    for owner, template in pods():
        (container,) = template["spec"]["containers"]
        assert template["spec"]["securityContext"]["runAsNonRoot"], owner["metadata"]["name"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_variables_are_those_that_the_code_reads():
    (container,) = named("StatefulSet", "api")["spec"]["template"]["spec"]["containers"]
    told = {variable["name"]: variable.get("value", "") for variable in container["env"]}
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]

    for name in ("api-0", "api-1"):
        assert {POSTGRES, VALKEY, MACHINE} <= set(compose[name]["environment"])
    assert compose["api-0"]["environment"][MACHINE] != compose["api-1"]["environment"][MACHINE]
    assert told[POSTGRES].startswith("postgresql://") and told[VALKEY].startswith("redis+cluster://")
    earlier = list(told)
    for name in (POSTGRES, VALKEY):  # $(NAME) means a variable that stands before
        assert all(earlier.index(used) < earlier.index(name) for used in re.findall(r"\$\((\w+)\)", told[name]))


@pytest.mark.slow
def test_commands_are_ones_that_twitterlab_knows():
    known = subprocess.run(
        [sys.executable, "-m", "twitterlab", "serve", "--help"], capture_output=True, text=True, check=True
    ).stdout
    words = json.loads(dict(instructions())["ENTRYPOINT"])
    (container,) = named("StatefulSet", "api")["spec"]["template"]["spec"]["containers"]
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]

    assert words[:2] == ["twitterlab", "serve"]
    for word in (*words, *container["args"], *compose["api-0"]["command"]):
        if word.startswith("--"):
            assert word in known, word


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody():
    for instruction, words in instructions():
        if instruction == "COPY" and not words.startswith("--from"):
            *sources, _ = words.split()
            assert all((ROOT / source).exists() for source in sources), words
    assert dict(instructions())["USER"] == "10001:10001"


@pytest.mark.skipif(ENVOY.find() is None, reason=f"{ENVOY.why_not()}. {ENVOY.get_it}")
def test_envoy_takes_its_configuration():
    checked = subprocess.run(
        [ENVOY.need(), "--mode", "validate", "-c", FOLDER / "envoy.yaml"], capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr
