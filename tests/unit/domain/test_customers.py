"""By what a customer of the ERP is found in X-Series, and how one is told of there."""

import pytest

from syncd.domain.customers import (
    AddressDraft,
    AddressKind,
    CustomerDraft,
    CustomerId,
    CustomerKey,
    Expected,
    Matches,
    key_of,
    new_customer,
    shipping_address,
)
from syncd.domain.orders import Address, Customer

ONE, TWO = CustomerId("one"), CustomerId("two")


@pytest.mark.parametrize(
    ("customer", "key"),
    [
        pytest.param(Customer("C1", "Ada", "ada@example.test"), CustomerKey("c1", "ada@example.test"), id="both"),
        pytest.param(Customer(" c1 ", "Ada", " Ada@Example.TEST "), CustomerKey("c1", "ada@example.test"), id="odd"),
        pytest.param(Customer("", "Ada", "ada@example.test"), CustomerKey("", "ada@example.test"), id="e-mail-alone"),
        pytest.param(Customer("C1", "Ada", "none"), CustomerKey("c1", ""), id="no-e-mail-at-all"),
        pytest.param(Customer("", "Ada", " - ", "021 555 0101"), None, id="a-guest"),
        pytest.param(Customer("  ", "Ada"), None, id="a-guest-of-spaces"),
    ],
)
def test_a_customer_is_found_by_code_and_e_mail_however_they_are_written(customer, key):
    assert key_of(customer) == key


@pytest.mark.parametrize(
    ("matches", "the_one"),
    [
        pytest.param(Matches((ONE,), ()), ONE, id="by-code"),
        pytest.param(Matches((), (ONE,)), ONE, id="by-e-mail"),
        pytest.param(Matches((ONE,), (TWO,)), ONE, id="the-code-says-more"),
        pytest.param(Matches((ONE,), (ONE, TWO)), ONE, id="a-household-shares-an-e-mail"),
        pytest.param(Matches((), (ONE, TWO)), None, id="several-by-e-mail"),
        pytest.param(Matches((ONE, TWO), (ONE,)), None, id="several-by-code"),
        pytest.param(Matches(), None, id="nobody"),
    ],
)
def test_the_code_says_more_than_the_e_mail_and_several_are_nobody(matches, the_one):
    assert matches.the_one == the_one


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lane", "Ada", "Lane"),
        ("Ada Augusta  King ", "Ada Augusta", "King"),
        ("Acme", "", "Acme"),
        ("", "", ""),
    ],
)
def test_a_new_customer_is_told_of_with_all_that_the_erp_knows(name, first, last):
    customer = Customer(" C1", name, " Ada@example.test ", "021 555 0101")

    assert new_customer(customer) == CustomerDraft(
        code="C1", first_name=first, last_name=last, email="Ada@example.test", phone="021 555 0101"
    )


def test_what_is_no_e_mail_is_not_told():
    assert new_customer(Customer("C1", "Ada", "by phone only")).email == ""


def test_the_subject_of_a_customer_tells_nobody_who_it_is():
    subject = CustomerKey("c1", "ada@example.test").subject

    assert subject.startswith("customer:")
    assert "ada" not in subject
    assert subject == CustomerKey("c1", "ada@example.test").subject
    assert subject != CustomerKey("c1", "").subject


def test_whoever_may_be_a_customer_on_the_way_is_not_made_as_well():
    expected = Expected([CustomerKey("c1", "ada@example.test")])

    assert not expected.meet(CustomerKey("c1", ""))
    assert not expected.meet(CustomerKey("c2", "ada@example.test"))
    assert expected.meet(CustomerKey("c3", ""))
    assert not expected.meet(CustomerKey("c3", "bo@example.test"))
    assert expected.meet(CustomerKey("", "cy@example.test"))
    assert not expected.meet(CustomerKey("", "cy@example.test"))


def to(street="1 Quay Street", city="Auckland", postcode="1010", country="NZ", state_code=""):
    return Address("Ada Lane", street, city, postcode, country, state_code)


def test_an_address_is_told_line_by_line():
    there = shipping_address(to("22 Pier Road\n\n Flat 4 \nLeft bell\n", " San  Francisco", "94107 ", "us", "ca"))

    assert there == AddressDraft(
        AddressKind.SHIPPING, "22 Pier Road", "San Francisco", "94107", "US", "Flat 4, Left bell", state_code="CA"
    )


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(to(street=" \n"), id="no street"),
        pytest.param(to(city=""), id="no city"),
        pytest.param(to(postcode=" "), id="no postcode"),
        pytest.param(to(country=""), id="no country"),
        pytest.param(to(country="New Zealand"), id="a country by its name"),
        pytest.param(to(country="US"), id="no state in the US"),
        pytest.param(to(country="CA"), id="no state in Canada"),
        pytest.param(to(street="x" * 51), id="a street of 51 letters"),
        pytest.param(to(street="1 Quay Street\n" + "x" * 51), id="a second line of 51"),
        pytest.param(to(city="x" * 29), id="a city of 29"),
    ],
)
def test_what_x_series_would_refuse_or_cut_is_no_address_to_tell(address):
    assert shipping_address(address) is None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (to("1  QUAY STREET.", "auckland", "10 10"), True),
        (to("11 Quay Street"), False),
        (to("1 Quay Street", postcode="1011"), False),
        (to("1", "Quay Street Auckland"), False),
    ],
)
def test_two_addresses_are_the_same_whatever_the_capitals_spaces_and_points(other, same):
    assert (shipping_address(to()).comparable == shipping_address(other).comparable) is same
