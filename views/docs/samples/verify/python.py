import hashlib
import hmac
import re
import time


def is_genuine(header, body, secret):
    """header: HostedHooks-Signature; body: the request's bytes as they came; secret: of the endpoint"""
    match = re.fullmatch(r"t=([0-9]{1,12}),s=([0-9a-f]{64})", header or "")
    if match is None or abs(time.time() - int(match[1])) > 300:
        return False
    signed = match[1].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, match[2])
