"""Delivers from the store named on the command line, until it is killed."""

import signal
import sys

from gateway.store.engine import open_store
from tests.notices.invented import Office

Office(open_store(sys.argv[1])).courier.start()
signal.pause()
