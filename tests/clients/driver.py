"""Every case of a stranger's client, in that client's environment: a line of JSON for each.

    python driver.py SCRIPT URL

Importing a client takes longer than most of its cases, so they share a process.
"""

import json
import runpy
import sys
import traceback


def main() -> None:
    script, url = sys.argv[1:]
    names = runpy.run_path(script)
    for case in [name for name in names if name.startswith("case_")]:
        fault = ""
        try:
            names["judge"](case, url)
        except Exception:  # noqa: BLE001 - whatever goes wrong is the case's
            fault = traceback.format_exc()
        print(json.dumps([case, fault]), flush=True)


if __name__ == "__main__":
    main()
