"""Variables in a text."""

import pytest

from syncd.config.variables import substitute
from tests.unit.config.config_file import ENVIRON, RIGHT, loaded, refused, with_change


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("plain", "plain"),
        ("${SET}", "value"),
        ("a-${SET}-b-${SET}", "a-value-b-value"),
        ("${EMPTY}", ""),
        ("${EMPTY:-other}", "other"),
        ("${UNSET:-other}", "other"),
        ("${UNSET:-}", ""),
        ("${UNSET:-a: b}", "a: b"),
        ("${SET:?tell me}", "value"),
        ("$${SET}", "${SET}"),
        ("$SET $ {SET}", "$SET $ {SET}"),
        ("${NESTED}", "${SET}"),
    ],
)
def test_a_variable_is_put_in(text, meant):
    assert substitute(text, {"SET": "value", "EMPTY": "", "NESTED": "${SET}"}) == meant


def test_an_unset_variable_is_an_error_that_names_the_key_and_the_variable(tmp_path):
    environ = {"LIGHTSPEED_TOKEN": "x"}

    assert refused(tmp_path, RIGHT, environ) == [
        (
            "acme.yaml:8:13: erp.password: the variable TRYTON_PASSWORD is not set. "
            "Set it, or write ${TRYTON_PASSWORD:-default}."
        )
    ]


def test_an_unset_variable_may_bring_its_own_message(tmp_path):
    text = with_change("${TRYTON_PASSWORD}", '"${TRYTON_PASSWORD:?ask Ana for it}"')

    (line,) = refused(tmp_path, text, {"LIGHTSPEED_TOKEN": "x"})

    assert line.endswith("erp.password: the variable TRYTON_PASSWORD is not set. ask Ana for it")


@pytest.mark.parametrize("text", ["${}", "${1}", "${A B}", "${A:=b}", "${A", "${A-b}"])
def test_what_does_not_name_a_variable_is_refused(tmp_path, text):
    (line,) = refused(tmp_path, with_change("user: sync", f'user: "{text}"'))

    assert "erp.user: ${...} does not name a variable" in line


def test_an_empty_secret_is_refused(tmp_path):
    (line,) = refused(tmp_path, RIGHT, {**ENVIRON, "TRYTON_PASSWORD": ""})

    assert "erp.password: is empty" in line


def test_an_unset_variable_is_no_second_mistake_elsewhere(tmp_path):
    (line,) = refused(tmp_path, with_change("domain_prefix: acme", "domain_prefix: ${NOWHERE}"))

    assert "lightspeed.domain_prefix: the variable NOWHERE is not set" in line


def test_an_unset_variable_in_the_name_of_a_file_is_one_mistake(tmp_path):
    (line,) = refused(tmp_path, with_change("${TRYTON_PASSWORD}", '{file: "${NOWHERE}"}'))

    assert "erp.password.file: the variable NOWHERE is not set" in line


def test_a_variable_may_stand_where_a_number_does(tmp_path):
    text = with_change("buffer: 1", 'buffer: "${BUFFER:-3}"')

    assert loaded(tmp_path, text).locations["AIRPORT"].buffer == 3
