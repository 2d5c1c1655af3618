"""The files made from the models: the example, and the JSON Schema."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from syncd.config import load, render_example, render_schema, show
from syncd.config.settings import Settings
from syncd.config.shape import block_of, entry_block_of, keys_of
from tests.unit.config.config_file import ENVIRON, EVERY_VARIABLE, RIGHT, loaded, with_change

ROOT = Path(__file__).resolve().parents[3]
NO_DEFAULT = ("company:", "timezone: Pacific", "delivery_field:", "url: http://127", "default: dispatch")


def test_the_example_file_is_what_the_models_say():
    assert (ROOT / "config.example.yaml").read_text(encoding="utf-8") == render_example()


def test_the_schema_file_is_what_the_models_say():
    assert (ROOT / "config.schema.json").read_text(encoding="utf-8") == render_schema()


def test_the_example_tells_editors_its_schema_in_its_first_line():
    assert render_example().splitlines()[0] == "# yaml-language-server: $schema=./config.schema.json"


def test_the_example_loads_once_the_variables_it_names_are_set(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(render_example())

    settings = load(path, dict.fromkeys(re.findall(r"\$\{([A-Z]+_[A-Z_]+)\}", render_example()), "secret"))

    assert list(settings.locations) == ["DOWNTOWN", "AIRPORT"]


def test_the_example_with_every_key_uncommented_loads(tmp_path):
    settings = loaded(tmp_path, _uncommented(render_example()), EVERY_VARIABLE)

    assert settings.orders.taxes == {"GST 15%": "GST"}
    assert settings.orders.delivery.default == "dispatch"


def test_a_key_in_a_comment_shows_its_default_where_it_has_one(tmp_path):
    example = show(loaded(tmp_path, render_example()))
    uncommented = show(loaded(tmp_path, _uncommented(render_example()), EVERY_VARIABLE))

    differing = {key for key, value in _flat(uncommented).items() if _flat(example).get(key) != value}

    assert all(_flat(example).get(key) in (None, [], {}) for key in differing), differing


def test_every_key_has_a_description_and_every_value_an_example():
    lacking = [key for key, field in _all_keys(Settings) if not field.description]
    lacking += [key for key, field in _all_keys(Settings) if not field.examples and not block_of(field)]

    assert lacking == []


def test_the_schema_is_valid_draft_7():
    schema = json.loads(render_schema())

    jsonschema.Draft7Validator.check_schema(schema)

    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(RIGHT, id="a small one"),
        pytest.param(render_example(), id="the example"),
        pytest.param(with_change("database: acme", "database: 0042"), id="a number where a text stands"),
        pytest.param(with_change("buffer: 1", 'buffer: "${BUFFER}"'), id="a variable where a number stands"),
        pytest.param(with_change("orders:\n", "orders:\n  mode: ${MODE}\n"), id="a variable where a word stands"),
        pytest.param(with_change("${TRYTON_PASSWORD}", "{credential: a}"), id="a credential"),
        pytest.param(with_change("orders:\n", "orders:\n  delivery:\n    default: ${WAY}\n"), id="a key named default"),
    ],
)
def test_the_schema_takes_what_the_loader_takes(text):
    assert list(_mistakes(text)) == []


def test_the_schema_takes_the_example_with_every_key_uncommented():
    assert list(_mistakes(_uncommented(render_example()))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: tryton", "kind: trytom"),
        ("kind: tryton", "kind: tryton\n  page_size: many"),
        ("orders:\n", "orders:\n  strat: a\n"),
        ("orders:\n", "orders:\n  overlap: 10\n"),
        ("  start: 2026-12-01T00:00:00+13:00\n", "  mode: live\n"),
        ("${TRYTON_PASSWORD}", "{fiel: a}"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(old, new):
    assert len(list(_mistakes(with_change(old, new)))) == 1


def test_secrets_have_no_default_in_the_schema():
    erp = json.loads(render_schema())["definitions"]["ErpSettings"]

    assert [erp["properties"][key]["default"] for key in ("password", "rest_key")] == [None, None]


class _EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: version 1.2, in which a date is a text."""


_EditorLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mistakes(text):
    return jsonschema.Draft7Validator(json.loads(render_schema())).iter_errors(yaml.load(text, _EditorLoader))


def _uncommented(example):
    """The example with every key uncommented, but for those that exclude another."""
    text = re.sub(r"(?m)^( *)# ([a-z_]+: [^ ].*)$", _key_only, example)
    return re.sub(r"(?m)^  (url: http://127|rest_key:|oauth: ).*\n", "", text)


def _key_only(found):
    key = found[2].split(":")[0]
    names = {path.rsplit(".", 1)[-1] for path, _ in _all_keys(Settings)}
    return found[1] + found[2] if key in names else found[0]


def _all_keys(block, path=""):
    for key, field in keys_of(block).items():
        yield f"{path}{key}", field
        inner = block_of(field) or entry_block_of(field)
        if inner is not None:
            yield from _all_keys(inner, f"{path}{key}.")


def _flat(value, path=()):
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {key: leaf for name, inner in value.items() for key, leaf in _flat(inner, (*path, name)).items()}


def test_the_environment_of_these_tests_is_the_one_the_example_names():
    assert set(re.findall(r"(?m)^ +[a-z]+: \$\{([A-Z_]+)\}", render_example())) == set(ENVIRON)
