"""Whether XML is what its standard says, by our own RELAX NG schemas: of XLIFF 1.2 and 2.x and of TMX 1.4.

No package that tests could depend on ships the standards' schemas. Ours were held against files of other tools: the 171
XLIFF files of Symfony (Debian) are valid by them.
"""

from functools import cache
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).parent / "schemas"


def schema_faults(content):
    """What a schema says against the content, which is text or bytes; empty if it is valid."""
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    root = etree.fromstring(content if isinstance(content, bytes) else content.encode(), parser)
    schema = _schema(_name_of(root))
    return [] if schema.validate(root) else [f"{one.line}: {one.message}" for one in schema.error_log]


def _name_of(root):
    name = etree.QName(root).localname
    return "tmx14" if name == "tmx" else "xliff12" if root.get("version") == "1.2" else "xliff2"


@cache
def _schema(name):
    return etree.RelaxNG(etree.parse(FOLDER / f"{name}.rng"))
