"""Words in the form that a sentence needs: «Удалить кампанию», «40 кампаний».

English has one form for all; other languages keep theirs in the catalogue: the accusative under the message
context "accusative", with its "new" under "new", the counted forms under "counted". `tests/test_translations.py` asks for both, for every
model of the admin.
"""

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, override, pgettext

from segments.masking import spaced_phone

register = template.Library()


@register.filter
def accusative(options: Any) -> str:
    """The noun of a model after "add" and "delete"; its plain name where the catalogue has no such form."""
    noun = options.verbose_name_raw
    found = pgettext("accusative", str(noun))
    return str(options.verbose_name) if found == noun else found


@register.filter
def new_one(options: Any) -> str:
    """What a page that adds one is called: «новая кампания»."""
    noun = options.verbose_name_raw
    found = pgettext("new", str(noun))
    return _("new %(noun)s") % {"noun": options.verbose_name} if found == noun else found


@register.filter
def counted(count: int, options: Any) -> str:
    """A number with its noun. `options`: a model's `_meta`."""
    with override("en"):
        one, many = str(options.verbose_name), str(options.verbose_name_plural)
    return f"{number_format(count, force_grouping=True)} {npgettext('counted', one, many, count)}"


register.filter("phone", spaced_phone)
