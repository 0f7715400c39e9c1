import pytest

from imaging.adapters.local_wakeups import LocalWakeups
from tests.batches.office import Office, open_office


@pytest.fixture
def office(db: str, wakeups: LocalWakeups) -> Office:
    return open_office(wakeups)
