import pytest

from tutelage.core.errors import UsageError, UserError
from tutelage.teachers.chat import ChatSettings, ChatTeacher
from tutelage.teachers.prices import Rates, find_price, find_rates, read_prices, shipped_prices

OPENAI = "https://api.openai.com/v1"


def test_shipped_prices_are_dated_bound_to_a_host_and_unlike():
    prices = shipped_prices().price
    assert len({(price.host, price.model) for price in prices}) == len(prices) >= 5
    assert all(price.host and price.as_of and 0 < price.input <= price.output for price in prices)


def test_a_model_costs_its_price_at_its_host_alone():
    price = find_price("gpt-4o-mini", base_url=OPENAI)
    assert (price.input, price.output) == (0.15, 0.60)
    assert find_price("gpt-4o-mini", base_url="http://localhost:8000/v1") is None
    assert find_price("gpt-4o-mini-2", base_url=OPENAI) is None


def test_own_table_comes_first_and_what_is_told_before_it(tmp_path):
    own = tmp_path / "prices.toml"
    own.write_text('[[price]]\nmodel = "gpt-4o-mini"\ninput = 1.0\noutput = 3.0\n')
    assert find_rates("gpt-4o-mini", base_url=OPENAI, own=str(own)) == Rates(1.0, 3.0)
    assert find_rates("gpt-4o-mini", base_url="http://localhost/v1", own=str(own)) == Rates(1.0, 3.0)
    told = Rates(None, 0.0)
    assert find_rates("gpt-4o-mini", base_url=OPENAI, own=str(own), told=told, part=0.5) == Rates(0.5, 0.0)


def test_unknown_is_not_zero():
    rates = find_rates("mine", base_url="http://127.0.0.1:8000/v1")
    assert rates == Rates(None, None)
    assert not rates.known
    teacher = ChatTeacher(ChatSettings(base_url="http://127.0.0.1:8000/v1", model="mine"))
    assert teacher.cost(input_tokens=10, output_tokens=10) is None
    free = ChatTeacher(ChatSettings(base_url="http://127.0.0.1:8000/v1", model="m", input_price=0, output_price=0))
    assert free.cost(input_tokens=10, output_tokens=10) == 0.0


def test_teacher_prices_its_calls_and_batches_at_the_discount():
    plain = ChatTeacher(ChatSettings(base_url=OPENAI, model="gpt-4o-mini"))
    batch = ChatTeacher(ChatSettings(base_url=OPENAI, model="gpt-4o-mini", batch=True))
    assert plain.cost(input_tokens=1_000_000, output_tokens=500_000) == pytest.approx(0.15 + 0.30)
    assert batch.cost(input_tokens=1_000_000, output_tokens=500_000) == pytest.approx(0.5 * (0.15 + 0.30))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("price = 3", "price"),
        ('[[price]]\nmodel = "m"\ninput = -1\noutput = 1', r"price\.0\.input"),
        ('[[price]]\nmodel = "m"\ninput = 1\noutput = 1\ncurrency = "EUR"', "currency"),
        ("[[price", "not TOML"),
        (None, "cannot be read"),
    ],
)
def test_tables_that_are_wrong_say_where(tmp_path, text, message):
    path = tmp_path / "prices.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=message) as raised:
        find_price("m", base_url=OPENAI, own=str(path))
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[[price]]\nmodel = 'm'\ninput = inf\noutput = 1\n", "price.0.input"),
        (b"[[price]]\nmodel = 'm'\ninput = nan\noutput = 1\n", "price.0.input"),
        (b"x = " + b"[" * 5_000, "nested too deeply"),
        (b"x = " + b"9" * 5_000, "too many digits"),
        (b"\xff\xfe", "not TOML"),
        (b"#" * 1_100_000, "more than 1,000,000 bytes"),
    ],
)
def test_prices_that_are_none(tmp_path, content, told):
    (tmp_path / "prices.toml").write_bytes(content)
    with pytest.raises(UserError, match=told):
        read_prices(tmp_path / "prices.toml")
