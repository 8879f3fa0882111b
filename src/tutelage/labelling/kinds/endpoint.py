"""`chat`: any OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tutelage.core.errors import UsageError
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import EndpointSettings
from tutelage.labelling.kinds.kind import Place, TeacherKind
from tutelage.teachers.addresses import address_problem, is_secret_name
from tutelage.teachers.chat import ChatTeacher, chat_settings, endpoint_rates
from tutelage.teachers.connections import open_http_client
from tutelage.teachers.keys import names_variable, read_key, variables

STARTER = """\
base_url = {{ base_url | toml }}   # any OpenAI-compatible endpoint
model = {{ (model or "model-name") | toml }}
{% if api_key_env %}api_key_env = {{ api_key_env | toml }}{% else %}\
# api_key_env = "MY_API_KEY"       # the environment variable that holds the key; the key itself never stands here\
{% endif %}
concurrency = 8
# input_price = 0.0                # money for a million tokens; needed to limit the cost
# output_price = 0.0"""


@contextmanager
def _opened(settings: EndpointSettings, place: Place) -> Iterator[ChatTeacher]:
    yield ChatTeacher(chat_settings(settings, batch_folder=place.batch_folder))


def _sign(settings: EndpointSettings) -> str:
    return settings.model or ""


def _problems(settings: EndpointSettings, recipe: Recipe) -> list[str]:
    problems = [*_endpoint_problems(settings), *_key_problems(settings), *_price_problems(settings, recipe)]
    return problems or connection_problems(settings)


def _endpoint_problems(settings: EndpointSettings) -> list[str]:
    urls = settings.base_urls
    problems = [f".base_url: {problem}" for problem in map(address_problem, urls) if problem]
    if not urls:
        problems.append(".base_url: missing; for instance http://localhost:8000/v1.")
    if settings.batch and len(urls) > 1:
        problems.append(".batch: batches go to one endpoint; give one base_url, or leave out batch.")
    if not settings.model:
        problems.append(".model: missing; name the model at the endpoint.")
    return problems


def connection_problems(settings: EndpointSettings) -> list[str]:
    """What on this machine keeps calls from an endpoint: certificates or a proxy that cannot be used. Calls nobody."""
    try:
        for url in settings.base_urls:
            open_http_client(url)
    except UsageError as error:
        return [f".base_url: {error}"]
    return []


def _key_problems(settings: EndpointSettings) -> list[str]:
    found = []
    if settings.api_key_env is not None:
        found += _missing_key(settings.api_key_env, ".api_key_env")
    for table, told in (("headers", settings.headers), ("query", settings.query)):
        for name, text in told.items():
            place = f".{table}.{name}"
            if is_secret_name(name) and not names_variable(text):
                found.append(f"{place}: keys never stand in a recipe; name a variable: ${{MY_API_KEY}}.")
            elif not _is_sendable(name, text):
                found.append(f"{place}: names and values are one line of printable ASCII.")
            found += [problem for variable in variables(text) for problem in _missing_key(variable, place)]
    return found


def _missing_key(name: str, place: str) -> list[str]:
    try:
        read_key(name)
    except UsageError as error:
        return [f"{place}: {error}"]
    return []


def _is_sendable(name: str, text: str) -> bool:
    return f"{name}{text}".isascii() and text.isprintable() and name.isprintable() and not set(name) & set(" :\t")


def _price_problems(settings: EndpointSettings, recipe: Recipe) -> list[str]:
    try:
        known = endpoint_rates(settings).known
    except UsageError as error:
        return [f".prices: {error}"]
    if recipe.budget.cost is None or known:
        return []
    return [": budget.cost limits the cost, so give input_price and output_price (per million tokens; 0 if free)."]


CHAT = TeacherKind(
    settings=EndpointSettings, sign=_sign, chat=_opened, problems=_problems, rates=endpoint_rates, starter=STARTER
)
