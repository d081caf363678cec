"""`ped check --format sarif`: what SARIF 2.1.0 requires of each object, and nothing that it does not know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pedalang import resources, sarif
from pedalang.diagnostic import Diagnostic
from tests.cli.conftest import Ped

# Of each object: what it must have, and what else it may, of those that are written (sections 3.13 to 3.57).
OBJECTS: dict[str, tuple[set[str], set[str]]] = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "columnKind"}),
    "tool": ({"driver"}, set()),
    "driver": ({"name"}, {"semanticVersion", "rules"}),
    "rule": ({"id"}, {"shortDescription", "fullDescription", "help"}),
    "text": ({"text"}, {"markdown"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "relatedLocations", "fixes"}),
    "location": (set(), {"id", "physicalLocation", "message"}),
    "physical": (set(), {"artifactLocation", "region"}),
    "artifact": (set(), {"uri"}),
    "region": (set(), {"startLine", "startColumn", "endLine", "endColumn"}),
    "fix": ({"artifactChanges"}, {"description"}),
    "change": ({"artifactLocation", "replacements"}, set()),
    "replacement": ({"deletedRegion"}, {"insertedContent"}),
}
INSIDE = {
    "log": {"runs": "run"}, "run": {"tool": "tool", "results": "result"}, "tool": {"driver": "driver"},
    "driver": {"rules": "rule"}, "rule": {"shortDescription": "text", "fullDescription": "text", "help": "text"},
    "result": {"message": "text", "locations": "location", "relatedLocations": "location", "fixes": "fix"},
    "location": {"physicalLocation": "physical", "message": "text"},
    "physical": {"artifactLocation": "artifact", "region": "region"},
    "fix": {"artifactChanges": "change", "description": "text"},
    "change": {"artifactLocation": "artifact", "replacements": "replacement"},
    "replacement": {"deletedRegion": "region", "insertedContent": "text"},
}
URI = re.compile(r"(?:file:///)?[\w./%~-]+")


def assert_valid(kind: str, value: Mapping[str, Any]) -> None:
    required, allowed = OBJECTS[kind]
    assert required <= value.keys() <= required | allowed, (kind, value)
    for key, inner in INSIDE.get(kind, {}).items():
        found = value.get(key, [])
        for each in found if isinstance(found, list) else [found]:
            assert_valid(inner, each)
    match kind:
        case "artifact":
            assert URI.fullmatch(value["uri"])
        case "region":
            start, end = (value["startLine"], value["startColumn"]), (value["endLine"], value["endColumn"])
            assert (1, 1) <= start <= end and all(isinstance(each, int) and each >= 1 for each in value.values())
        case "change":
            assert value["replacements"]
        case "text":
            assert isinstance(value["text"], str) and value["text"]
        case "result":
            assert value["level"] in ("none", "note", "warning", "error")


def log(ped: Ped, *files: str) -> Any:
    outcome = ped("check", "--format", "sarif", *files)
    found = outcome.json
    assert found["version"] == "2.1.0" and found["$schema"].endswith("sarif-schema-2.1.0.json")
    assert_valid("log", found)
    rules = found["runs"][0]["tool"]["driver"]["rules"]
    for result in found["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert outcome.code == any(result["level"] == "error" for result in found["runs"][0]["results"])
    return found


def test_a_mistake_has_its_rule_its_place_and_its_fix(ped: Ped, folder: Path) -> None:
    (folder / "slips in ü.ped").write_text('let colour = "ü"\nlet x = colur\n', encoding="utf-8")
    run = log(ped, "slips in ü.ped")["runs"][0]
    region = {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 14}
    artifact = {"uri": "slips%20in%20%C3%BC.ped"}
    assert run["results"] == [{
        "ruleId": "PED0201", "ruleIndex": 0, "level": "error",
        "message": {"text": "unknown name `colur`; did you mean `colour`?"},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "relatedLocations": [],
        "fixes": [{"description": {"text": "write `colour`"}, "artifactChanges": [
            {"artifactLocation": artifact,
             "replacements": [{"deletedRegion": region, "insertedContent": {"text": "colour"}}]}]}],
    }]
    rule, = run["tool"]["driver"]["rules"]
    assert rule["shortDescription"] == {"text": "unknown name"}
    assert rule["help"]["markdown"].startswith("# PED0201: unknown name\n")


def test_related_places_and_files_beside_the_program(ped: Ped, folder: Path) -> None:
    (folder / "fractions" / "parts.ped").write_text("let a = 1\nlet a = 2\n")
    (folder / "fractions" / "slip.ped").write_text("from parts import a\nlet b = a\n")
    results = log(ped, "fractions/slip.ped", "first/main.ped")["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["PED0202"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("fractions/parts.ped", 2)
    related, = results[0]["relatedLocations"]
    assert (related["message"], related["physicalLocation"]["region"]["startLine"]) == (
        {"text": "declared here first"}, 1)


def test_all_is_well(ped: Ped, folder: Path) -> None:
    assert log(ped, str(folder / "first" / "main.ped"))["runs"][0]["results"] == []


def test_every_page_describes_a_rule() -> None:
    codes = sorted(page.stem for page in resources.folder("diagnostics").glob("PED*.md"))
    assert_valid("log", sarif.log([Diagnostic(code, "x") for code in codes], lambda source: source.name))
