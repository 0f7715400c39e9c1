"""Who brings bytes here without a token: let in by the signature of the address, before a byte is read."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from imaging.errors import SignatureRejected
from imaging.ports import Receiver, UrlSigner
from imaging.uploads.address import UploadAddress

_EXPIRY = re.compile(r"[1-9][0-9]{0,11}")


@dataclass(frozen=True, slots=True)
class Reception:
    """Admits addresses that we signed, and hands on what is sent to them."""

    signer: UrlSigner
    receiver: Receiver

    def admit(self, path: str, query: Mapping[str, str]) -> UploadAddress:
        """Return what the address admits.

        Raises:
            NotFound: there can be nothing at this path.
            SignatureRejected: we did not sign this, or it has expired.
        """
        address = UploadAddress.of(path, query)
        expiry = query.get("e", "")
        if not _EXPIRY.fullmatch(expiry):
            raise SignatureRejected("The expiry of this address is not a time.")
        self.signer.check(address.signed, query.get("s", ""), int(expiry))
        return address

    async def receive(self, address: UploadAddress, body: AsyncIterator[bytes]) -> str:
        """Store exactly the bytes that the address admits; return their etag.

        Raises:
            ChecksumMismatch: they are others.
            NotFound: the upload was finished or given up.
            Conflict: the same part was sent again meanwhile.
            StorageUnavailable: there is no room for them.
        """
        if not address.upload_id:
            return await self.receiver.receive(address.key, body, size_bytes=address.size_bytes, sha256=address.sha256)
        return await self.receiver.receive_part(
            address.key, address.upload_id, address.number, body, size_bytes=address.size_bytes
        )
