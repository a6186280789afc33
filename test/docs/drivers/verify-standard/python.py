import os
import sys
from pathlib import Path

from sample import is_genuine

given = sys.argv[1:]
for at in range(0, len(given), 4):
    webhook_id, timestamp, signatures, file = given[at : at + 4]
    secret = os.environ["HOSTEDHOOKS_SIGNING_SECRET"]
    genuine = is_genuine(webhook_id, timestamp, signatures, Path(file).read_bytes(), secret)
    print("genuine" if genuine else "refused")
