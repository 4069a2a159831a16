"""What is signed to be taken once: its `jti` is noted where every replica sees it (RFC 7523, RFC 9449 section 11.1)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from gateway.store.tables import UsedAssertion

# How far ahead of ours a signer's clock may be, and a replica's behind it.
SKEW_SECONDS: Final = 10
LONGEST_JTI: Final = 200


def spend(session: Session, signer: str, jti: str, expires: float, now: float) -> bool:
    """Notes that `jti` of `signer` was taken; False where it was before (a replay). In a transaction.

    `signer`: a client's id, the thumbprint of a key, or an issuer. `expires`: when it is refused in any case, in
    seconds since the epoch.
    """
    session.exec(delete(UsedAssertion).where(col(UsedAssertion.expires) <= int(now)))
    try:
        with session.begin_nested():
            # Kept beyond its end: a replica's clock may be behind.
            session.add(UsedAssertion(signer=signer, jti=jti, expires=int(expires) + 1 + SKEW_SECONDS))
    except IntegrityError:
        return False
    return True
