import base64
import hashlib
import hmac
import re
import time


def is_genuine(id, timestamp, signatures, body, secret):
    """webhook-id, webhook-timestamp, webhook-signature, the bytes as they came, the secret with whsec_"""
    is_number = re.fullmatch("[0-9]{1,12}", timestamp or "") is not None
    if not is_number or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    return any(hmac.compare_digest(expected, one.encode()) for one in (signatures or "").split())
