"""What an installed package needs, but for some packages, one a line: call it with the package and these."""

import sys
from importlib.metadata import requires

from packaging.requirements import Requirement

package, *left_out = sys.argv[1:]
for line in requires(package) or ():
    need = Requirement(line)
    if need.name.lower() not in left_out and (need.marker is None or need.marker.evaluate({"extra": ""})):
        need.marker = None
        print(need)
