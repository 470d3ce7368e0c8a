"""What the tests of files share."""

import pytest

from tests.exchange.doors import Desk


@pytest.fixture
def desk(store_url, tmp_path):
    return Desk(tmp_path, store_url)
