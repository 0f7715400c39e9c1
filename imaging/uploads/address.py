"""Addresses to which bytes may be put here; what each admits is signed along with it.

/u/{key}?b={bytes}&t={type}&h={SHA-256}&e={expiry}&s={signature}    a whole object
/u/{key}/~{upload}/{number}?b={bytes}&e={expiry}&s={signature}        one part of an upload
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from imaging.errors import NotFound, SignatureRejected

_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_PATH = re.compile(
    rf"/u/(?P<key>{_SEGMENT}(?:/{_SEGMENT})*)(?:/~(?P<upload>[A-Za-z0-9-]{{1,100}})/(?P<number>[1-9][0-9]{{0,4}}))?"
)
_SIZE = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class UploadAddress:
    """What one signed address admits: a whole object, or, with `upload_id`, the part `number` of one.

    `content_type` and `sha256` (hex) are told of whole objects only.
    """

    key: str
    size_bytes: int
    content_type: str = ""
    sha256: str = ""
    upload_id: str = ""
    number: int = 0

    @classmethod
    def of(cls, path: str, query: Mapping[str, str]) -> "UploadAddress":
        """Read an address; that it was signed is for the signer to say.

        Raises:
            NotFound: there can be nothing at this path.
            SignatureRejected: the query does not tell what is admitted.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise NotFound("There is nothing at this address.")
        if not _SIZE.fullmatch(query.get("b", "")):
            raise SignatureRejected("The query does not tell how many bytes are admitted.")
        size_bytes = int(query["b"])
        if found["upload"] is not None:
            return cls(found["key"], size_bytes, upload_id=found["upload"], number=int(found["number"]))
        return cls(found["key"], size_bytes, content_type=query.get("t", ""), sha256=query.get("h", ""))

    @property
    def path(self) -> str:
        """The path of the URL."""
        return f"/u/{self.key}/~{self.upload_id}/{self.number}" if self.upload_id else f"/u/{self.key}"

    @property
    def signed(self) -> str:
        """What the signature is over: no other kind of address has such a text."""
        return f"PUT {self.path}\n{self.size_bytes}\n{self.content_type}\n{self.sha256}"

    @property
    def query(self) -> str:
        """What the query tells beside expiry and signature."""
        told = {"b": str(self.size_bytes), "t": self.content_type, "h": self.sha256}
        return urlencode({name: value for name, value in told.items() if value})
