import pytest
from raw_http import LIMITS, Raw, small_model

from leaklab.server import serve


@pytest.fixture(scope="module")
def server():
    with serve(small_model(), limits=LIMITS) as running:
        yield running


@pytest.fixture(scope="module")
def secret(server):
    return server.keys.add("a user")


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)
