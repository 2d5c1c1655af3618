"""What a right config means, and what is said about a wrong one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from syncd.config import ConfigInvalid, Problem, load
from syncd.errors import SyncdError
from tests.unit.config.config_file import ENVIRON, PASSWORD, RIGHT, TOKEN, loaded, refused, with_change


def test_a_small_config_is_filled_up_with_defaults(tmp_path):
    settings = loaded(tmp_path, RIGHT)

    assert settings.timezone == ZoneInfo("UTC")
    assert settings.erp.deadline == timedelta(seconds=40)
    assert settings.lightspeed.reserve == Decimal("0.1")
    assert settings.orders.mode == "shadow"
    assert settings.orders.states == ("confirmed", "processing", "done")
    assert settings.fulfilments.mode == "shadow"
    assert settings.stock.till_sales.within == timedelta(hours=26)
    assert settings.journal.settle == timedelta(seconds=180)


def test_text_becomes_what_its_key_means(tmp_path):
    settings = loaded(tmp_path, RIGHT)

    assert settings.orders.start == datetime(2026, 11, 30, 11, tzinfo=UTC)
    assert settings.locations["AIRPORT"].buffer == Decimal(1)
    assert settings.locations["AIRPORT"].register_name == "Online Airport"
    assert settings.erp.password.get_secret_value() == PASSWORD
    assert settings.lightspeed.base_url == "https://acme.retail.lightspeed.app"
    assert settings.store.url == "sqlite:////var/lib/syncd/acme.db"


def test_nobody_listens_for_webhooks_unless_a_port_is_given(tmp_path):
    webhooks = loaded(tmp_path, RIGHT).webhooks

    assert (webhooks.port, webhooks.path_secret, webhooks.wake_every) == (None, None, timedelta(seconds=10))


def test_webhooks_of_an_application_are_signed_and_need_no_secret_path(tmp_path):
    application = "oauth: {client_id: a, client_secret: b}"
    text = with_change("token: ${LIGHTSPEED_TOKEN}", application) + "webhooks: {port: 8478}\n"

    assert loaded(tmp_path, text).webhooks.port == 8478


def test_locations_keep_the_order_of_the_file(tmp_path):
    assert list(loaded(tmp_path, RIGHT).locations) == ["DOWNTOWN", "AIRPORT"]


@pytest.mark.parametrize("word", ["0042", "no", "on", "1e3", "2026-07-01", "0x1F", "12:30:45"])
def test_an_unquoted_word_stays_the_text_it_is(tmp_path, word):
    settings = loaded(tmp_path, with_change("database: acme", f"database: {word}"))

    assert settings.erp.database == word


def test_a_location_code_keeps_its_leading_zeros(tmp_path):
    settings = loaded(tmp_path, with_change("DOWNTOWN:", "007:"))

    assert "007" in settings.locations


def test_a_block_with_only_comments_means_its_defaults(tmp_path):
    settings = loaded(tmp_path, RIGHT + "stock:\n  # mode: report\n")

    assert settings.stock.erp_quantity == "on_hand"


def test_an_alias_stands_for_what_its_anchor_holds(tmp_path):
    text = with_change("outlet: Downtown", "outlet: &name Downtown").replace("Online Airport", "*name")

    assert loaded(tmp_path, text).locations["AIRPORT"].register_name == "Downtown"


def test_settings_cannot_be_changed(tmp_path):
    settings = loaded(tmp_path, RIGHT)

    with pytest.raises(ValidationError):
        settings.erp.database = "other"


def test_the_erp_keeps_its_days_in_the_zone_of_the_file_unless_told_otherwise(tmp_path):
    auckland = with_change("account: acme", "account: acme\ntimezone: Pacific/Auckland")
    zurich = with_change("kind: tryton", "kind: tryton\n  timezone: Europe/Zurich", auckland)

    assert loaded(tmp_path, auckland).erp_zone == ZoneInfo("Pacific/Auckland")
    assert loaded(tmp_path, zurich).erp_zone == ZoneInfo("Europe/Zurich")


# --- files that are no config ---


def test_yaml_that_does_not_parse_is_named_with_its_line(tmp_path):
    lines = refused(tmp_path, with_change("  kind: tryton", "  kind: [tryton"))

    assert len(lines) == 1
    assert lines[0].startswith("acme.yaml:5:")


def test_a_tab_is_named_as_what_is_wrong(tmp_path):
    (line,) = refused(tmp_path, with_change("  kind: tryton", "\tkind: tryton"))

    assert line.startswith("acme.yaml:4:1: ")
    assert line.endswith("Indent with spaces, not with tabs.")


def test_a_missing_file_is_a_problem_like_any_other(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"nowhere\.yaml: cannot be read \(No such file or directory\)"):
        load(tmp_path / "nowhere.yaml", {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"# only a comment\n", "is empty", id="only comments"),
        pytest.param(b"- a\n", "is no block of keys", id="a list"),
        pytest.param(b"a: \xff\n", "is not UTF-8", id="not UTF-8"),
        pytest.param(b"a: \x00\n", "holds a character YAML does not allow", id="a zero byte"),
        pytest.param(b"a: 1\n---\nb: 2\n", "holds a second document", id="two documents"),
        pytest.param(b"[a]: 1\n", "a key must be a text", id="a list as a key"),
        pytest.param(b"a: !!python/name:os.system x\n", "a tag (!...) is not used here", id="a tag"),
        pytest.param(b"[" * 5000, "nested deeper than 20 levels", id="nested too deep"),
        pytest.param(b"a: &a [*a]\n", "nested deeper than 20 levels", id="a list inside itself"),
        pytest.param(b"a: " + b"x" * 1024 * 1024, "is larger than", id="too large"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path, content, words):
    path = tmp_path / "acme.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigInvalid) as caught:
        load(path, {})

    (problem,) = caught.value.problems
    assert words in problem.message


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory(tmp_path):
    levels = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]

    (line,) = refused(tmp_path, "\n".join(levels))

    assert "with its aliases written out" in line


# --- keys ---


def test_an_unknown_key_is_an_error_that_names_its_line_and_the_key_that_was_meant(tmp_path):
    text = with_change("orders:\n", "orders:\n  overlp: 5m\n")

    assert refused(tmp_path, text) == ['acme.yaml:18:3: orders.overlp: unknown key. Did you mean "overlap"?']


def test_an_unknown_key_like_no_other_is_answered_with_the_known_ones(tmp_path):
    (line,) = refused(tmp_path, RIGHT + "fulfilments:\n  zzz: 1\n")

    assert line == "acme.yaml:21:3: fulfilments.zzz: unknown key. Known here: mode, to_erp, to_retail, rotation_share."


def test_a_duplicate_key_is_an_error_that_names_both_lines(tmp_path):
    text = with_change("  user: sync\n", "  user: sync\n  user: other\n")

    assert refused(tmp_path, text) == ["acme.yaml:8:3: erp.user: duplicate key. It is in line 7 already."]


def test_a_location_mapped_twice_is_a_duplicate_key(tmp_path):
    text = with_change("  AIRPORT:", "  DOWNTOWN:")

    assert refused(tmp_path, text) == ["acme.yaml:16:3: locations.DOWNTOWN: duplicate key. It is in line 15 already."]


def test_an_outlet_of_two_locations_is_refused(tmp_path):
    text = with_change("outlet: Airport", "outlet: Downtown")

    assert refused(tmp_path, text) == [
        "acme.yaml:16:21: locations.AIRPORT.outlet: is the outlet of DOWNTOWN already. Map each outlet once."
    ]


def test_a_location_without_a_register_is_named_with_its_line(tmp_path):
    (line,) = refused(tmp_path, with_change(", register: Online Downtown", ""))

    assert line.startswith("acme.yaml:15:3: locations.DOWNTOWN.register: is required. ")


def test_a_config_without_locations_is_refused(tmp_path):
    text = RIGHT[: RIGHT.index("  DOWNTOWN")] + RIGHT[RIGHT.index("orders:") :]

    (line,) = refused(tmp_path, with_change("locations:", "locations: {}", text))

    assert line.startswith("acme.yaml:14:1: locations: needs at least 1. ")


def test_a_key_without_a_value_is_named(tmp_path):
    (line,) = refused(tmp_path, with_change("database: acme", "database:"))

    assert line.startswith("acme.yaml:6:3: erp.database: has no value. ")


def test_a_block_where_a_text_belongs_is_named_with_the_reason(tmp_path):
    text = with_change("orders:\n", "orders:\n  invoice_number: {order_number}\n")

    assert refused(tmp_path, text) == [
        "acme.yaml:18:3: orders.invoice_number: must be a text. A text that begins with { must be quoted."
    ]


def test_only_a_secret_may_come_from_a_file(tmp_path):
    (line,) = refused(tmp_path, with_change("database: acme", "database: {file: name.txt}"))

    assert line.endswith("erp.database: must be a text. Only secrets may come from a file or a credential.")


# --- values ---


def test_orders_without_a_start_are_refused(tmp_path):
    (line,) = refused(tmp_path, with_change("orders:\n  start: 2026-12-01T00:00:00+13:00\n", "orders:\n"))

    assert line.startswith("acme.yaml:17:1: orders.start: is required. ")


def test_a_start_without_an_offset_is_refused(tmp_path):
    text = with_change("2026-12-01T00:00:00+13:00", "2026-12-01T00:00:00")

    assert refused(tmp_path, text) == [
        (
            "acme.yaml:18:10: orders.start: has no offset from UTC. "
            "Add the offset, as in 2026-12-01T00:00:00+13:00, or Z for UTC."
        )
    ]


def test_a_start_that_is_only_a_day_has_no_offset_either(tmp_path):
    (line,) = refused(tmp_path, with_change("2026-12-01T00:00:00+13:00", "2026-12-01"))

    assert "orders.start: has no offset from UTC" in line


def test_two_mistakes_are_reported_at_once_in_the_order_of_the_file(tmp_path):
    text = with_change("kind: tryton", "kind: trytom").replace("  start:", "  strat:")

    lines = refused(tmp_path, text)

    assert [line.split(". ")[0] for line in lines] == [
        "acme.yaml:4:9: erp.kind: must be 'tryton'.",
        "acme.yaml:17:1: orders.start: is required",
        "acme.yaml:18:3: orders.strat: unknown key",
    ]


def test_mistakes_of_every_kind_are_reported_at_once(tmp_path):
    text = with_change("${TRYTON_PASSWORD}", "${NOWHERE}").replace("outlet: Airport", "outlet: Downtown")
    text = text.replace("  user: erp-sync\n", "  user: erp-sync\n  user: other\n") + "journal: {settle: soon}\n"

    messages = [line.split(": ")[2] for line in refused(tmp_path, text)]

    assert [message.split(".")[0] for message in messages] == [
        "the variable NOWHERE is not set",
        "duplicate key",
        "is the outlet of DOWNTOWN already",
        "is not a duration",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("account: acme", "account: Acme Ltd", "2:10: account: is not written as it must be."),
        ("version: 1", "version: 2", "1:10: version: must be 1."),
        ("kind: tryton", "kind: tryton\n  paid: allways", ("5:9: erp.paid: must be 'always', 'invoice' or 'never'. "
         'Did you mean "always"?')),
        ("kind: tryton", "kind: tryton\n  page_size: many", "5:14: erp.page_size: must be a whole number."),
        ("kind: tryton", "kind: tryton\n  page_size: 0", "5:14: erp.page_size: must be at least 1."),
        ("kind: tryton", "kind: tryton\n  deadline: 40", "5:13: erp.deadline: is not a duration."),
        ("kind: tryton", "kind: tryton\n  deadline: 1ms", "5:13: erp.deadline: must lie between 1s and 10m"),
        ("kind: tryton", "kind: tryton\n  deadline: 999999999d", "5:13: erp.deadline: is longer than 3660d"),
        ("kind: tryton", "kind: tryton\n  timezone: Pacific/Aukland", ('5:13: erp.timezone: is not a time zone. '
         'Did you mean "Pacific/Auckland"?')),
        ("  password:", "  rest_key: 0a1b\n  password:", "8:13: erp.rest_key: stands beside user and password."),
        ("  user: sync\n  password: ${TRYTON_PASSWORD}\n", "",
         "3:1: erp.rest_key: either user and password, or rest_key is required."),
        ("  password: ${TRYTON_PASSWORD}\n", "", "3:1: erp.password: is required beside user. Or give rest_key alone."),
        ("  password: ${TRYTON_PASSWORD}", "  rest_key: 0a1b", "3:1: erp.password: is required beside user."),
        ("  user: sync\n", "", "7:13: erp.password: needs user beside it. Or give rest_key alone."),
        ("  user: sync\n  password: ${TRYTON_PASSWORD}", '  rest_key: "0a 1b"', "7:13: erp.rest_key: is no REST key."),
        ("kind: tryton", "kind: tryton\n  delivery_field: a b", "5:19: erp.delivery_field: is not written"),
        ("http://erp.internal:8000", "erp.internal:8000", "5:8: erp.url: is not a web address."),
        ("http://erp.internal:8000", "http://erp:port", "5:8: erp.url: is not a web address."),
        ("http://erp.internal:8000", "http://a:b@erp", "5:8: erp.url: has a user or a password inside."),
        ("http://erp.internal:8000", "http://erp/?a=b", "5:8: erp.url: is more than a web address."),
        ('"2026-07"', '"2026-13"', "11:8: lightspeed.api: is not written as it must be."),
        ('"2026-07"', "classik", "11:8: lightspeed.api: is not written as it must be."),
        ("api:", "reserve: 0.1\n  api:", "11:12: lightspeed.reserve: is not a percentage."),
        ("api:", "reserve: 95%\n  api:", "11:12: lightspeed.reserve: must lie between 0% and 90%"),
        ("api:", "url: http://127.0.0.1:1\n  api:", "11:8: lightspeed.url: stands beside domain_prefix."),
        ("  domain_prefix: acme\n", "", "9:1: lightspeed.url: either domain_prefix or url is required."),
        ("buffer: 1", "buffer: -1", "16:64: locations.AIRPORT.buffer: must be at least 0."),
        ("buffer: 1", "buffer: NaN", "16:64: locations.AIRPORT.buffer: must be a number."),
        ("outlet: Airport", 'outlet: " "', "16:21: locations.AIRPORT.outlet: must not be blank."),
        ("orders:\n", "orders:\n  takeover: maybe\n", "18:13: orders.takeover: must be true or false."),
        ("orders:\n", "orders:\n  states: []\n", "18:3: orders.states: needs at least 1."),
        ("orders:\n", "orders:\n  states: [confirmed, dune]\n", ("18:23: orders.states[1]: must be "
         "'confirmed', 'processing' or 'done'. Did you mean \"done\"?")),
        ("orders:\n", "orders:\n  customers: matched\n", ("18:14: orders.customers: must be "
         "'none', 'match' or 'match_or_create'. Did you mean \"match\"?")),
        ("orders:\n", "orders:\n  customers: match\n  payments: {unpaid: on_account}\n",
         "19:3: orders.payments.debt: is required beside unpaid: on_account. Say who collects"),
        ("orders:\n", "orders:\n  payments: {unpaid: on_account, debt: erp}\n",
         "18:22: orders.payments.unpaid: needs customers. A debt is a customer's: set customers"),
        ("orders:\n", "orders:\n  payments: {debt: bank}\n",
         "18:20: orders.payments.debt: must be 'erp' or 'lightspeed'."),
        ("orders:\n", "orders:\n  delivery: {pickup: [A, B], dispatch: [C, B]}\n",
         "18:44: orders.delivery.dispatch[1]: is in the list pickup too."),
        ("orders:\n", "orders:\n  ignore: {numbers: ['TEST-*', '*']}\n",
         "18:32: orders.ignore.numbers[1]: fits every order."),
        ("orders:\n", "orders:\n  ignore: {tags: [wholesale]}\n",
         "18:12: orders.ignore.tags: needs erp.tag_fields. Name the fields of the ERP that hold tags"),
        ("kind: tryton", "kind: tryton\n  tag_fields: [a b]", "5:16: erp.tag_fields[0]: is not written"),
        ("orders:\n", "orders:\n  products: {match: ignore_cases}\n", ("18:21: orders.products.match: must be 'exact', "
         "'ignore_space' or 'ignore_case'. Did you mean \"ignore_case\"?")),
        ("orders:\n", "orders:\n  products: {match: ignore_case}\n  skus: {OLD: A, Old: B}\n",
         "19:23: orders.skus.Old: is the same SKU as OLD. By orders.products.match: ignore_case; keep one of them."),
        ("orders:\n", "orders:\n  tax_rates: {15%: GST, GST: GST}\n",
         "18:30: orders.tax_rates.GST: is not a percentage. Write a number and a percent sign, as in 15%."),
        ("orders:\n", "orders:\n  tax_rates: {15%: GST, 15.0%: GST}\n",
         "18:32: orders.tax_rates.15.0%: is the same rate as 15%. Keep one of them."),
        ("orders:\n", "orders:\n  routing: {default: DOWNTWON}\n",
         '18:22: orders.routing.default: is none of the locations. Did you mean "DOWNTOWN"?'),
        ("orders:\n", "orders:\n  routing: {pickup: HARBOUR}\n",
         "18:21: orders.routing.pickup: is none of the locations. Known here: DOWNTOWN, AIRPORT."),
        ("orders:\n", "orders:\n  delivery: {pickup: [LOCKER]}\n  routing: {delivery: {LOCKER: HARBOUR}}\n",
         "19:32: orders.routing.delivery.LOCKER: is none of the locations."),
        ("orders:\n", "orders:\n  routing: {delivery: {LOCKER: AIRPORT}}\n",
         "18:32: orders.routing.delivery.LOCKER: is routed by a code that orders.delivery does not list."),
        ("orders:\n", "orders:\n  tolerance: -1\n", "18:14: orders.tolerance: must be at least 0."),
        ("store:", "webhooks: {port: 80}\nstore:", "19:18: webhooks.port: must be at least 1024."),
        ("store:", "webhooks: {port: 65536}\nstore:", "19:18: webhooks.port: must be at most 65535."),
        ("store:", "webhooks: {host: 0.0.0.0}\nstore:", "19:12: webhooks.host: unknown key."),
        ("store:", "webhooks: {port: 8478}\nstore:",
         ("19:18: webhooks.port: needs path_secret beside lightspeed.token. Webhooks of a personal token are")),
        ("store:", "webhooks: {path_secret: geheim}\nstore:", ("19:25: webhooks.path_secret: is no part of an address "
         "that nobody guesses. Take what `openssl rand -hex 24` prints.")),
        ("store:", "webhooks: {path_secret: 'a/path/of/twenty/four/letters'}\nstore:",
         "19:25: webhooks.path_secret: is no part of an address"),
        ("store:", "webhooks: {wake_every: 10ms}\nstore:", "19:24: webhooks.wake_every: must lie between 1s and 1h"),
        ("store:",
         "schedule: {fulfilments: off}\nwebhooks: {port: 8478, path_secret: a-secret-of-27-letters-1234}\nstore:",
         "20:18: webhooks.port: needs schedule.fulfilments. A job that is off is not woken."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}", "store: {url: mysql://db}",
         "19:14: store.url: must begin with sqlite:/// or postgresql://."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}", "store: {url: postgresql://db}",
         "19:14: store.url: must name a database."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}", "store: {url: 'postgresql://db:port/acme'}",
         "19:14: store.url: is not the address of a database."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}", "store: {url: 'postgresql://db/acme?password=geheim'}",
         "19:14: store.url: has its password at the wrong place."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}", "store: {url: 'postgresql://ada:p@ss@db/acme'}",
         "19:14: store.url: has two @. Letters such as @ and / in a password are written %40 and %2F."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}",
         "store: {url: 'postgresql://db/acme', frozen_after: 5s}",
         "19:52: store.frozen_after: must lie between 6s and 10m."),
        ("store: {url: sqlite:////var/lib/syncd/acme.db}", 'store: {url: "sqlite:///:memory:"}',
         "19:14: store.url: must name a file."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_place(tmp_path, old, new, line):
    (found,) = refused(tmp_path, with_change(old, new))

    assert found.startswith(f"acme.yaml:{line}")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{order_numbr}{part_suffix}", 'has an unknown placeholder. Did you mean "order_number"?'),
        ("{order_number}", "needs {part_suffix}. Without it two parts of an order share a number."),
        ("{part_suffix}", "needs {order_number} or {order_reference}. Without it orders share a number."),
        ("{order_number", "has a brace without its partner. Write braces in pairs, as in {order_number}."),
        ("{order_number:>9}{part_suffix}", "has a placeholder with a format. Write just {order_number}."),
        ("{order_number.x}{part_suffix}", 'has an unknown placeholder. Did you mean "order_number"?'),
        ("{}{part_suffix}", "Known here: order_number, order_reference, part_suffix."),
    ],
)
def test_an_invoice_number_that_could_not_tell_sales_apart_is_refused(tmp_path, template, words):
    (line,) = refused(tmp_path, with_change("orders:\n", f'orders:\n  invoice_number: "{template}"\n'))

    assert line.endswith(words)


# --- the sandbox ---


def test_a_short_settle_is_refused_against_the_vendor(tmp_path):
    assert refused(tmp_path, RIGHT + "journal: {settle: 2s}\n") == [
        "acme.yaml:20:19: journal.settle: is below 60s. Only where lightspeed.url is on this machine may it be shorter."
    ]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8765", "http://localhost:8765", '"http://[::1]:8765/"'])
def test_a_short_settle_is_taken_against_a_sandbox_on_this_machine(tmp_path, url):
    text = with_change("domain_prefix: acme", f"url: {url}") + "journal: {settle: 500ms}\n"

    assert loaded(tmp_path, text).journal.settle == timedelta(milliseconds=500)


@pytest.mark.parametrize("url", ["http://sandbox:8765", "http://127.0.0.1.example.com", "https://10.0.0.1"])
def test_a_short_settle_is_refused_against_another_machine(tmp_path, url):
    text = with_change("domain_prefix: acme", f"url: {url}") + "journal: {settle: 500ms}\n"

    (line,) = refused(tmp_path, text)

    assert "journal.settle: is below 60s" in line


# --- for programs ---


def test_a_problem_says_where_it_is_in_parts_too(tmp_path):
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, with_change("orders:\n", "orders:\n  overlp: 5m\n"))

    assert caught.value.problems == (
        Problem(
            file=str(tmp_path / "acme.yaml"),
            line=18,
            column=3,
            path="orders.overlp",
            message="unknown key",
            hint='Did you mean "overlap"?',
        ),
    )


def test_an_invalid_config_is_an_error_of_ours(tmp_path):
    with pytest.raises(SyncdError):
        loaded(tmp_path, "version: 1\n", ENVIRON)


def test_a_right_config_says_nothing_of_its_secrets(tmp_path):
    settings = loaded(tmp_path, RIGHT)

    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"

    assert PASSWORD not in shown
    assert TOKEN not in shown
