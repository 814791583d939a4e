"""What points at persons is replaced, masked or dropped before anything is kept."""

from assay.privacy.disclosure import merge_small, suppress, withheld
from assay.privacy.fields import FIELDS
from assay.privacy.forgotten import Forgotten
from assay.privacy.keys import KeyRing, create_ring, load_ring, rotate
from assay.privacy.policy import Policy
from assay.privacy.pseudonym import Pseudonyms
from assay.privacy.redact import redact, redacted
from assay.privacy.template import excerpt, template
from assay.privacy.treat import Treated, treat

__all__ = [
    "FIELDS",
    "Forgotten",
    "KeyRing",
    "Policy",
    "Pseudonyms",
    "Treated",
    "create_ring",
    "excerpt",
    "load_ring",
    "merge_small",
    "redact",
    "redacted",
    "rotate",
    "suppress",
    "template",
    "treat",
    "withheld",
]
