"""Which customers X-Series has: found by code and e-mail, newest version first, nothing readable kept."""

from dataclasses import replace

from syncd.domain.customers import CustomerId, CustomerKey, Matches, RetailCustomer
from syncd.domain.ids import Account
from syncd.store import customers
from syncd.store.database import Database
from tests.store.shelf import ACME

ADA, BO = CustomerId("ada"), CustomerId("bo")
KEY = CustomerKey("c1", "ada@example.test")


def a_customer(id_: CustomerId = ADA, **changes: object) -> RetailCustomer:
    return replace(
        RetailCustomer(id_, "C1", "Ada", "Lane", "", "Ada@Example.test", "", active=True, version=5), **changes
    )


def keep(database: Database, *page: RetailCustomer, account: Account = ACME) -> None:
    with database.write() as tx:
        customers.keep(tx, account, page)


def found(database: Database, *keys: CustomerKey) -> dict[CustomerKey, Matches]:
    with database.read() as tx:
        return customers.find(tx, ACME, keys)


def test_a_customer_is_found_by_either_word(database: Database) -> None:
    keep(database, a_customer(), a_customer(BO, code="C2", email="ada@example.test"))

    assert found(database, KEY, CustomerKey("c2", ""), CustomerKey("", "nobody@example.test")) == {
        KEY: Matches((ADA,), (ADA, BO)),
        CustomerKey("c2", ""): Matches((BO,), ()),
        CustomerKey("", "nobody@example.test"): Matches(),
    }


def test_customers_without_code_or_e_mail_are_not_each_other(database: Database) -> None:
    keep(database, a_customer(email=""), a_customer(BO, code="C2", email=""))

    assert found(database, CustomerKey("", ""), CustomerKey("c1", "")) == {
        CustomerKey("", ""): Matches(),
        CustomerKey("c1", ""): Matches((ADA,), ()),
    }


def test_a_newer_version_replaces_an_older_and_not_the_other_way_round(database: Database) -> None:
    keep(database, a_customer())
    keep(database, a_customer(code="C9", version=6))
    keep(database, a_customer(code="C1", version=5))

    assert found(database, CustomerKey("c1", ""), CustomerKey("c9", "")) == {
        CustomerKey("c1", ""): Matches(),
        CustomerKey("c9", ""): Matches((ADA,), ()),
    }


def test_a_deleted_customer_is_found_by_nothing(database: Database) -> None:
    keep(database, a_customer())
    keep(database, a_customer(active=False, version=6))

    assert found(database, KEY) == {KEY: Matches()}


def test_customers_of_another_account_are_not_ours(database: Database) -> None:
    keep(database, a_customer(), account=Account("other"))

    assert found(database, KEY) == {KEY: Matches()}


def test_more_keys_than_a_statement_takes_are_found(database: Database) -> None:
    many = customers.KEYS_PER_STATEMENT + 5
    keep(database, *(a_customer(CustomerId(f"id-{n}"), code=f"C{n}", email="") for n in range(many)))

    matches = found(database, *(CustomerKey(f"c{n}", "") for n in range(many)))

    assert [one.the_one for one in matches.values()] == [f"id-{n}" for n in range(many)]
