"""The target element of a unit, filled where it is or put behind the source."""

from __future__ import annotations

import re

from tutelage.corpora.formats.units import Edit
from tutelage.corpora.formats.xml.elements import Element, Stretch, with_attributes


def refilled(stretch: Stretch, element: Element, markup: str, **attributes: str | None) -> Edit:
    """The element with other content and some attributes set."""
    tag = re.sub(r"\s*/>$", ">", stretch.decode(element.start, element.inner))
    whole = f"{with_attributes(tag, **attributes)}{markup}</{element.name}>"
    return Edit(element.start, element.end, stretch.encode(whole))


def put_behind(
    stretch: Stretch, source: Element, last: Element, markup: str, *, name: str = "target", **attributes: str | None
) -> Edit:
    """A new element behind `last`, in the prefix of `source` and with the white space before it."""
    prefix = source.name.removesuffix(source.local_name)
    tag = with_attributes(f"<{prefix}{name}>", **attributes)
    space = re.search(r"\s*$", stretch.decode(0, source.start))
    before = space.group() if space else ""
    return Edit(last.end, last.end, stretch.encode(f"{before}{tag}{markup}</{prefix}{name}>"))


def with_target(
    stretch: Stretch,
    source: Element,
    target: Element | None,
    markup: str,
    *,
    name: str = "target",
    **attributes: str | None,
) -> Edit:
    """The target with its content, made if it is not there."""
    if target is None:
        return put_behind(stretch, source, source, markup, name=name, **attributes)
    return refilled(stretch, target, markup, **attributes)


def inherits_no(stretch: Stretch) -> bool:
    """Whether the element or the nearest around it that says so must not be translated (`translate="no"`)."""
    around = (*stretch.parents, *([stretch.element] if stretch.element else []))
    stated = [one.attributes["translate"] for one in around if "translate" in one.attributes]
    return bool(stated) and stated[-1] == "no"
