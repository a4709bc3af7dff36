"""A 1C base with its standard OData interface, in a process of its own.

    python -m tests.peers.odata_1c STATE

STATE is a JSON file, read anew at every request: {"login", "password", "entities": {name: [object, …]}} and how it
misbehaves: "statuses" (answered first, one a request, then taken away), "slow" (seconds before an answer), "cap" (most objects
of a page, whatever was asked), "breaks" (requests that are cut off without an answer), "body" (answered instead of anything else). Each request is a JSON line in
STATE.journal. The port is printed on the first line of standard output.
"""

import base64
import http.server
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

STATE = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("state.json")
JOURNAL = STATE.with_suffix(".journal")
ROOT = "/base/odata/standard.odata/"
KEY = re.compile(r"Ref_Key eq guid'([0-9a-f-]{36})'")
# What every object of 1C has, also where a test does not say it.
ALWAYS = {"Ref_Key", "DataVersion", "DeletionMark", "Posted"}


class Base(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        state = json.loads(STATE.read_text())
        split = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        entity = unquote(split.path).removeprefix(ROOT)
        with JOURNAL.open("a") as journal:
            journal.write(json.dumps({"entity": entity, **query}, ensure_ascii=False) + "\n")
        time.sleep(state.get("slow", 0))
        if state.get("breaks"):
            STATE.write_text(json.dumps(state | {"breaks": state["breaks"] - 1}))
            self.close_connection = True
        elif state.get("statuses"):
            status = state["statuses"].pop(0)
            STATE.write_text(json.dumps(state))
            self.answer(status, {}, {"Location": "http://127.0.0.1:1/"} if 300 <= status < 400 else {})
        elif self.headers.get("Authorization") != "Basic " + _credentials(state):
            self.answer(401, {})
        elif "body" in state:
            self.answer(200, state["body"])
        elif entity not in state["entities"]:
            self.answer(404, _fault("Сущность не найдена"))
        else:
            self.answer(*_selected(state["entities"][entity], query, state))

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: Any) -> None:
        return None


def _credentials(state: dict[str, Any]) -> str:
    return base64.b64encode(f"{state['login']}:{state['password']}".encode()).decode()


def _fault(sentence: str) -> dict[str, Any]:
    return {"odata.error": {"code": "9", "message": {"lang": "ru", "value": sentence}}}


def _selected(items: list[dict[str, Any]], query: dict[str, str], state: dict[str, Any]) -> tuple[int, Any]:
    items = [{"DeletionMark": False, **item} for item in items]
    where = query.get("$filter", "")
    if keys := KEY.findall(where):
        items = [item for item in items if item["Ref_Key"] in keys]
    elif where == "DeletionMark eq false":
        items = [item for item in items if not item["DeletionMark"]]
    elif where:
        return 400, _fault(f"Неверный фильтр {where}")
    known = ALWAYS | {name for item in items for name in item}
    wanted = query["$select"].split(",")
    if items and (strange := set(wanted) - known):
        return 400, _fault(f"Свойство не найдено: {', '.join(sorted(strange))}")
    items.sort(key=lambda item: item[query.get("$orderby", "Ref_Key")])
    start, top = int(query.get("$skip", 0)), min(int(query["$top"]), state.get("cap", 10**9))
    page = [{name: item[name] for name in wanted if name in item} for item in items[start : start + top]]
    counted = {"odata.count": str(len(items))} if query.get("$inlinecount") == "allpages" else {}
    return 200, {"odata.metadata": "$metadata", **counted, "value": page}


if __name__ == "__main__":
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Base) as server:
        os.write(1, f"{server.server_port}\n".encode())
        server.serve_forever()
