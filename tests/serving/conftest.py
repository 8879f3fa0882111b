import pytest

from student_server import embedded, serving
from tutelage.storage.feedback import FeedbackStore


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The shipped student behind HTTP, with a feedback store."""
    store = FeedbackStore.open(tmp_path_factory.mktemp("store") / "a.feedback")
    with serving(embedded(), store=store) as running:
        yield running
    store.close()
