"""The store: a SQLite database, opened so that what it has said to be written stays written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import Session, col, select, update

from gateway.errors import StoreFault
from gateway.store.tables import EPOCH_ROW, Epoch

T = TypeVar("T")

# WAL: readers never wait for the writer. FULL: a commit is on the disk when it returns; NORMAL loses the last ones when
# the power goes.
_PRAGMAS: Final = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON", "busy_timeout": "5000"}


class Store:
    """A database and its sessions. Everything here blocks: call it from the thread pool."""

    def __init__(self, engine: Engine) -> None:
        self._reading = engine
        # The lock is taken at the start: SQLite does not wait for it in a transaction that has already read.
        self._writing = engine.execution_options(immediate=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for reading, on one consistent state of the database; raises `StoreFault`."""
        with _faults("read"), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes all or nothing and leaves the epoch as it is; raises `StoreFault`."""
        with _faults("written"), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in a transaction that writes; raises `StoreFault`."""
        with _faults("written"), self._writing.begin() as connection:
            yield connection

    def write(self, change: Callable[[Session], T]) -> T:
        """An administrative change: `change` and a new epoch in one transaction. Raises `StoreFault`."""
        with self.transaction() as session:
            result = change(session)
            session.exec(update(Epoch).where(col(Epoch.id) == EPOCH_ROW).values(value=col(Epoch.value) + 1))
        return result

    def epoch(self) -> int:
        """How many administrative changes there have been; raises `StoreFault`."""
        with self.session() as session:
            return epoch_of(session)

    def close(self) -> None:
        """Closes idle connections; the store can't be used afterwards."""
        self._reading.dispose()


def epoch_of(session: Session) -> int:
    """The epoch of the state that `session` sees."""
    return session.exec(select(Epoch.value).where(Epoch.id == EPOCH_ROW)).one()


def open_store(url: str) -> Store:
    """The store at `url`, a SQLAlchemy URL such as `sqlite:///slt-gateway.sqlite3`; it opens no connection yet.

    Raises `StoreFault` for an URL that can't be used.
    """
    engine = create_engine(_checked(url), hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return Store(engine)


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreFault("`store.url` is no database URL: write sqlite:///PATH") from error
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise StoreFault(f"`store.url` names `{parsed.drivername}`, which is not supported: write sqlite:///PATH")
    if parsed.database in {None, "", ":memory:"}:
        raise StoreFault("`store.url` names no file, and the ledger has to outlive the process: write sqlite:///PATH")
    return parsed


def _prepare(connection: Any, _record: object) -> None:  # the driver's connection, whose class depends on the driver
    # The driver's own transactions start late and only before writing; `_begin` starts them instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma, value in _PRAGMAS.items():
        cursor.execute(f"PRAGMA {pragma} = {value}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN")


@contextmanager
def _faults(done: str) -> Iterator[None]:
    """Turns the library's errors into `StoreFault`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreFault(f"the store can't be {done} ({type(error).__name__}): see that its disk is there") from error
