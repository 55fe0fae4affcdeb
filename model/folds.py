"""Which pages are set aside together: all pages of a domain are, so that nothing is judged on a publisher that it has seen."""
import zlib
from urllib.parse import urlparse


def domain(case):
    """The registrable domain of a labelled page, as far as two labels and a country's second level tell it; else its id."""
    host = urlparse(case.get('url') or '').netloc or case.get('domain') or case['id']
    parts = host.split('.')
    return '.'.join(parts[-3:] if len(parts[-1]) == 2 and len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])


def fold(case, folds):
    """The fold, 0 to `folds` - 1, of a case's domain within a fit."""
    return zlib.crc32(domain(case).encode()) % folds


def part(case, parts):
    """The part, 0 to `parts` - 1, of a case's domain among fits. It says nothing of the fold: each fit has all of those."""
    return zlib.crc32(('part of ' + domain(case)).encode()) % parts
