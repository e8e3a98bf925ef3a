"""SHA-256 as the build writes it: of bytes, of several values, and for a browser to check."""

import base64
import hashlib


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def sha384(data):
    return hashlib.sha384(data).hexdigest()


def digest(*parts):
    """One hash of several values; their lengths are hashed too, so that no two lists collide."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        whole.update(b"%d:" % len(data) + data)
    return whole.hexdigest()


def for_browser(digest, kind="sha256"):
    """Hexadecimal digits as Content-Security-Policy and the attribute `integrity` take them."""
    return f"{kind}-{base64.b64encode(bytes.fromhex(digest)).decode()}"
