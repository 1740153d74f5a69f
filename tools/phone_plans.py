"""Write the table of the world's telephone numbers: `python -m tools.phone_plans [PATH]`.

It needs phonenumberslite beside it (`uv run --with phonenumberslite python -m tools.phone_plans`),
whose metadata (Google's libphonenumber, Apache-2.0) it draws together: what of each region's
numbers may be given to anybody, in one pattern a region.
"""

import re
import sys
from pathlib import Path
from typing import Any

TABLE = Path("shared/samovar/guarding/phone_plans.txt")
_KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip")
_RARE = ("personal_number", "uan", "pager", "voicemail")


def write(path: Path) -> None:
    """A line a region: its name, its country's code, its trunk prefix, two patterns of numbers:
    of what one may be, and of those that are in use.
    """
    import phonenumbers as library  # not a dependency of anything but this table
    from phonenumbers import PhoneMetadata

    names = sorted(library.SUPPORTED_REGIONS)
    found = [PhoneMetadata.metadata_for_region(region) for region in names]
    found += [
        PhoneMetadata.metadata_for_nongeo_region(code)
        for code in sorted(library.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    ]
    source = f"libphonenumber's metadata by phonenumberslite {library.__version__}"
    head = f"# {source}, Apache-2.0, drawn together by tools/phone_plans.py\n"
    path.write_text(head + "".join(map(_line, found)))


def _line(plan: Any) -> str:
    kinds = [getattr(plan, name) for name in (*_KINDS, *_RARE)]
    patterns = dict.fromkeys(_small(one.national_number_pattern) for one in kinds if _has(one))
    possible = _small(plan.general_desc.national_number_pattern)
    trunk = plan.national_prefix or "-"
    return f"{plan.id} {plan.country_code} {trunk} {possible} {'|'.join(patterns)}\n"


def _has(kind: Any) -> bool:
    return kind is not None and bool(kind.national_number_pattern)


def _small(pattern: str) -> str:
    return re.sub(r"\s+", "", pattern)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE)
