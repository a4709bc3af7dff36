"""The rules that `tests/test_architecture.py` holds: each takes a path and a tree, and yields (line, complaint)."""

import ast
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

Complaint = tuple[int, str]
Rule = Callable[[Path, ast.AST], Iterator[Complaint]]

MAY_IMPORT = {
    "segments": {"segments"},
    "channels": {"channels"},
    "campaigns": {"campaigns", "segments", "channels"},
    "tracking": {"tracking", "campaigns", "segments", "channels"},
    "crmsite": {"crmsite", "tracking", "campaigns", "segments", "channels"},
}
NAMELESS = {"services", "selectors", "utils", "helpers", "common", "managers", "constants"}
CHANNELS = {"email", "sms", "push", "whatsapp", "telegram", "max", "vk"}
SECRET = re.compile(r"(^|_)(secret|token|signature|digest|hmac|password)$")
SUFFIX = re.compile(r"^\.?\w{2,}$")
# Numbers in templates get thousand separators: an id so written is not found again.
BARE_ID = re.compile(r"{{\s*(?!\w*\.?auto_id)[\w.]*(?:\bpk|\bid|_id)\s*}}")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def planted(rule: Rule, path: str, source: str) -> list[Complaint]:
    return list(rule(Path(path), ast.parse(source)))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").split(".")[0]]
    return []


def imports_against_the_walls(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    allowed = MAY_IMPORT[path.parts[0]]
    for node in ast.walk(tree):
        for name in _imported(node):
            if name in MAY_IMPORT and name not in allowed:
                yield node.lineno, f"{path.parts[0]} may not import {name}"


def late_imports(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """An import of our own inside a function hides a circle. `AppConfig.ready` is the place Django gives for it."""
    if path.name == "apps.py":
        return
    for function in ast.walk(tree):
        if isinstance(function, FUNCTIONS):
            for node in ast.walk(function):
                if set(_imported(node)) & set(MAY_IMPORT):
                    yield node.lineno, "imports inside a function: move the code down instead"


def nameless_modules(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    if path.stem in NAMELESS or NAMELESS & set(path.parts[:-1]):
        yield 1, f"{path.name} says nothing of what it does"


def star_imports(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield node.lineno, "import *"


def bare_except(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "bare except"


def swallowed_exception(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """`except Exception` must log or raise."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            wide = node.type.id in {"Exception", "BaseException"}
            if wide and not any(_logs_or_raises(inner) for inner in ast.walk(node)):
                yield node.lineno, f"except {node.type.id} that neither logs nor raises"


def _logs_or_raises(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return True
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"exception", "error"}
    )


def _literal(node: ast.AST) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def channel_by_name(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """`if kind == "sms"` belongs into `channels/providers/`, as a method that each provider overrides."""
    if path.parts[:2] == ("channels", "providers"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            names = {_last_name(side) for side in sides}
            if names & {"channel", "provider"} and any(_literal(side) in CHANNELS for side in sides):
                yield node.lineno, "compares a channel by name"


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def post_save(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and _last_name(node) in {"post_save", "pre_save", "post_delete"}:
            yield node.lineno, f"{_last_name(node)} for business flow"


def overridden_save(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """`Model.save` with side effects; forms, whose `save` is their verb, are let be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(_last_name(base) == "Model" for base in node.bases):
            for inner in node.body:
                if isinstance(inner, FUNCTIONS) and inner.name == "save":
                    yield inner.lineno, "a model overrides save()"


def pickles(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    for node in ast.walk(tree):
        if set(_imported(node)) & {"pickle", "dill", "cloudpickle", "marshal", "shelve"}:
            yield node.lineno, "pickle"


def strip_of_a_suffix(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """`rstrip(".csv")` strips characters, not a suffix: `removesuffix`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"rstrip", "lstrip"}
        ):
            argument = _literal(node.args[0]) if node.args else None
            if isinstance(argument, str) and SUFFIX.match(argument) and not argument.isdigit():
                yield node.lineno, f"{node.func.attr}({argument!r}) strips letters"


def mutable_defaults(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            for default in [*node.args.defaults, *node.args.kw_defaults]:
                if isinstance(default, ast.List | ast.Dict | ast.Set):
                    yield default.lineno, "a mutable default"


def secrets_compared(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """`==` on a secret tells its beginning by time: `hmac.compare_digest`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            if any(SECRET.search(_last_name(side)) for side in sides) and not any(
                _literal(side) == "" for side in sides
            ):
                yield node.lineno, "== on a secret"


def objects_in_the_queue(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """Jobs take ids and JSON: `enqueue(job, campaign)` is a mistake, `enqueue(job, campaign.pk)` is not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("enqueue"):
            for argument in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
                if isinstance(argument, ast.Name) and argument.id in MODEL_LIKE:
                    yield node.lineno, f"{argument.id} goes into the queue whole"


MODEL_LIKE = {
    "campaign",
    "run",
    "segment",
    "batch",
    "customer",
    "account",
    "message",
    "chunk",
    "request",
    "user",
    "self",
}


def ownerless_todo(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """Comments are not in the tree: the source is read again where it is a file, else unparsed strings are looked at."""
    text = path.read_text(encoding="utf-8") if path.exists() else ast.unparse(tree)
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b(?!\([\w-]+\))", line):
            yield number, "a TODO without an owner: TODO(name)"


def signature(path: Path, tree: ast.AST) -> Iterator[Complaint]:
    """A return type, and five parameters at most. Overrides of a framework (with a leading `self`) may need more."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            names = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
            count = len([name for name in names if name not in {"self", "cls", "request"}])
            if node.returns is None:
                yield node.lineno, f"{node.name} does not say what it returns"
            if count > 5 and node.name not in WIDE:
                yield node.lineno, f"{node.name} takes {count} parameters"


# Whose shape is agreed between the apps or given by Django.
WIDE = {"record_consent", "formfield_for_foreignkey", "deconstruct", "log_change"}

BANS: tuple[Rule, ...] = (
    late_imports, nameless_modules, star_imports, bare_except, swallowed_exception, channel_by_name, post_save,
    overridden_save, pickles, strip_of_a_suffix, mutable_defaults, secrets_compared, objects_in_the_queue, ownerless_todo,
)  # fmt: skip
BANS_IN_TESTS: tuple[Rule, ...] = (
    nameless_modules, star_imports, bare_except, pickles, strip_of_a_suffix, mutable_defaults, ownerless_todo,
)  # fmt: skip

PLANTED: dict[str, list[tuple[str, str]]] = {
    "late_imports": [("campaigns/x.py", "def f():\n    from campaigns import slots")],
    "nameless_modules": [("campaigns/utils.py", ""), ("tracking/helpers/x.py", "")],
    "star_imports": [("campaigns/x.py", "from os import *")],
    "bare_except": [("campaigns/x.py", "try:\n    f()\nexcept:\n    raise")],
    "swallowed_exception": [("campaigns/x.py", "try:\n    f()\nexcept Exception:\n    pass")],
    "channel_by_name": [
        ("campaigns/x.py", "if campaign.channel == 'sms': f()"),
        ("tracking/x.py", "a = 1 if 'email' != channel else 2"),
    ],
    "post_save": [("segments/x.py", "post_save.connect(f)"), ("segments/x.py", "@receiver(signals.post_save)\ndef f(): ...")],
    "overridden_save": [("segments/x.py", "class A(models.Model):\n    def save(self): ...")],
    "pickles": [("segments/x.py", "import pickle"), ("segments/x.py", "from pickle import loads")],
    "strip_of_a_suffix": [("segments/x.py", "name.rstrip('.csv')"), ("segments/x.py", "name.lstrip('www')")],
    "mutable_defaults": [("segments/x.py", "def f(a=[]): ..."), ("segments/x.py", "def f(*, a={}): ...")],
    "secrets_compared": [("channels/x.py", "given == account.secret"), ("channels/x.py", "x_token != row.token")],
    "objects_in_the_queue": [
        ("campaigns/x.py", "queue.enqueue(send, campaign)"),
        ("campaigns/x.py", "queue.enqueue(send, run=run)"),
    ],
    "ownerless_todo": [("campaigns/x.py", "'TODO later'")],
}  # fmt: skip
HARMLESS = (
    "name.rstrip('/')",
    "name.rstrip()",
    "queue.enqueue(send, campaign.pk)",
    "if kind == 'sale': f()",
    "try:\n    f()\nexcept Exception:\n    log.exception('x')",
    "if token == '': f()",
    "'TODO(anna) later'",
)


def template_complaints(html: str) -> list[str]:
    found = re.findall(r"<[^>]*\s(on[a-z]+)\s*=", html)
    inline = [
        tag
        for tag in re.findall(r"<script\b[^>]*>", html)
        if "src=" not in tag and "nonce" not in tag and "application/json" not in tag
    ]
    return [
        *(f"inline handler {name}" for name in found),
        *inline,
        *re.findall(r"href=[\"']javascript:", html),
        *(f'{expression}: 1000 is written “1 000”, say |stringformat:"d"' for expression in BARE_ID.findall(html)),
    ]


def lines(files: dict[Path, str]) -> dict[Path, int]:
    return {path: len(text.splitlines()) for path, text in files.items()}


def functions(source: str) -> Iterator[tuple[int, int, str]]:
    """(lines without decorators, first line, name) of each function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, node.lineno, node.name


def names_a_module(app: Path, module: str) -> bool:
    """`app/x.py`, `app/x/`, `app/**/x.py`, or `app/a/b.py` written as `a_b`."""
    paths = [path.relative_to(app).with_suffix("") for path in app.rglob("*.py")]
    names = (
        {path.name for path in paths}
        | {"_".join(path.parts) for path in paths}
        | {part for path in paths for part in path.parts}
    )
    return module in names or any(module.startswith(f"{name}_") for name in names if len(name) > 3)


def mixes_schema_and_data(source: str) -> bool:
    schema = re.search(r"migrations\.(AddField|AlterField|RemoveField|CreateModel|AddIndex|AddConstraint)\(", source)
    return bool("migrations.RunPython(" in source and schema)


def plain_environment() -> dict[str, str]:
    """The environment of this process: the child needs its database and its paths."""
    return dict(os.environ)
