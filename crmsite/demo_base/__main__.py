"""The command line: see the package's docstring."""

import argparse
from datetime import date
from pathlib import Path

from crmsite.demo_base.export import export

parser = argparse.ArgumentParser(prog="python -m crmsite.demo_base", description="Write an invented CRM export.")
parser.add_argument("--people", type=int, default=1000)
parser.add_argument("--seed", type=int, default=7)
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--today", type=date.fromisoformat, default=date(2026, 11, 1))
args = parser.parse_args()
cards, documents = export(args.people, args.seed, args.out, today=args.today)
print(f"{cards} cards, {documents} documents in {args.out}")  # noqa: T201
