"""An invented dealership's CRM export, the way 1C:Alfa-Avto users save it: two files and the truth behind them.

    python -m crmsite.demo_base --people 1000 --seed 7 --out DIR

`DIR/counterparties.csv`: one line per card (people have several), cp1251, `;`, CRLF. `DIR/documents.csv`: sales,
service orders, showroom visits, buy-outs, insurance, by card code. `DIR/truth.csv`: card code → person number
(UTF-8), to score de-duplication; never an input. Only the standard library is used, and the same arguments
always give the same bytes.
"""
