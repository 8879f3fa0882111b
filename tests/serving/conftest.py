import pytest

from student_server import embedded, serving


@pytest.fixture(scope="session")
def server():
    """The shipped student behind HTTP."""
    with serving(embedded()) as running:
        yield running
