import os
import sys
from pathlib import Path

from sample import is_genuine

for header, file in zip(sys.argv[1::2], sys.argv[2::2]):
    genuine = is_genuine(header, Path(file).read_bytes(), os.environ["HOSTEDHOOKS_SIGNING_SECRET"])
    print("genuine" if genuine else "refused")
