"""The newsletter that is measured: personal, with a table, six tracked links and a text part; over 10 KB as a mail."""

_STYLE = 'style="margin:0 0 16px;font:16px/1.5 sans-serif;color:#1c2024"'
_PROSE = (
    "This month we rebuilt the way orders are packed, moved into a brighter warehouse, and answered every question "
    "you sent us. Below you find what is new, what it costs, and how to tell us that we got it wrong. "
)
_ITEM = """<tr><td style="padding:8px;border-bottom:1px solid #d5d9de">Article {n}</td>
<td style="padding:8px;border-bottom:1px solid #d5d9de">{prose}</td>
<td style="padding:8px"><a href="https://shop.example.com/articles/{n}?from=news" style="color:#15b">Look</a></td></tr>
"""

SUBJECT = "{{ customer.first_name }}, what is new for {{ customer.fields.plan }}"
TEXT = (
    "Dear {{ customer.name }},\n\nyour order {{ customer.fields.order|default('-') }} is on its way.\n\n"
    + _PROSE * 4
    + "\n\n{{ company.name }}\nUnsubscribe: {{ links.unsubscribe }}\n"
)
HTML = (
    '<!doctype html><html><head><meta charset="utf-8"><title>News</title></head><body>'
    f"<p {_STYLE}>Dear {{{{ customer.name }}}},</p>"
    f"<p {_STYLE}>your order {{{{ customer.fields.order|default('-') }}}} is on its way. {_PROSE}</p>"
    '{% if customer.fields.plan == "gold" %}<p>Thank you.</p>{% else %}<p>Gold costs little.</p>{% endif %}'
    + "<table>"
    + "".join(_ITEM.format(n=number, prose=_PROSE * 3) for number in range(1, 7))
    + "</table>"
    f"<p {_STYLE}>{_PROSE * 3}</p>"
    '<p><a href="{{ links.unsubscribe }}">Unsubscribe</a> <a href="{{ links.preferences }}">Preferences</a> '
    '<a href="{{ links.view }}">View in browser</a></p></body></html>'
)
TEMPLATE = {"subject": SUBJECT, "html": HTML, "text": TEXT}
