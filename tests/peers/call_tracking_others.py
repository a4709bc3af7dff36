"""Calltouch, Mango Office and Callibri, each with the shapes of its own documentation, over the one world of `call_tracking`:
calls are there in the words of CoMagic, their times by the clock of `world.zone`."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from aiohttp import web

KEY = "good-token"
AUDIO = b"ID3-a-recording"
Handler = Callable[[web.Request], Any]
Call = Mapping[str, Any]


class Other:
    def __init__(self, world: Any) -> None:
        self.world = world

    def began(self, call: Call) -> datetime:
        return datetime.fromisoformat(call["start_time"]).replace(tzinfo=ZoneInfo(self.world.zone))

    def of_days(self, first: str, last: str, pattern: str) -> list[Call]:
        days = [datetime.strptime(day, pattern).date() for day in (first, last)]
        return [call for call in self.world.calls if days[0] <= self.began(call).date() <= days[1]]

    def tags(self, call: Call) -> list[str]:
        return [each["tag_name"] for each in call.get("tags") or ()]


class Calltouch(Other):
    """calls-diary: pages from 1, whole days, `dd/mm/yyyy`."""

    diary = "/calls-service/RestAPI/{site}/calls-diary/calls"

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        yield "GET", self.diary, self.calls
        yield "GET", self.diary + "/{call}/download", self.download

    async def calls(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("clientApiId") != KEY:
            return web.json_response({"errorCode": 401, "message": f"bad token {asked.get('clientApiId')}"})
        found = sorted(
            self.of_days(asked["dateFrom"], asked["dateTo"], "%d/%m/%Y"), key=lambda call: call["start_time"]
        )
        page, size = int(asked.get("page", 1)), min(int(asked.get("limit", 1000)), self.world.page or 1000)
        records = [self.record(call) for call in found[(page - 1) * size : page * size]]
        total = max((len(found) + size - 1) // size, 1)
        told = {"page": page, "pageTotal": total, "pageSize": size, "recordsTotal": len(found), "records": records}
        return web.json_response(told)

    def record(self, call: Call) -> dict[str, Any]:
        tags = [{"category": "Ручные", "type": "MANUAL", "names": self.tags(call)}] if call.get("tags") else []
        return {
            "callId": call["id"], "callphase": "callcompleted", "date": self.began(call).strftime("%d/%m/%Y %H:%M:%S"),
            "duration": call["talk_duration"], "callerNumber": call["contact_phone_number"], "redirectNumber": "74990000000",
            "phoneNumber": call["virtual_phone_number"], "successful": not call["is_lost"], "uniqueCall": True, "targetCall": True,
            "uniqTargetCall": True, "callbackCall": False, "source": "email", "medium": "<не указано>", "utmSource": "krug",
            "utmMedium": None, "utmCampaign": None, "sessionId": 1, "ctCallerId": "1", "clientId": None, "yaClientId": None,
            "waitingConnect": 5, "callReferenceId": f"ref-{call['id']}", "subPoolName": "Пул", "callTags": tags,
        }  # fmt: skip

    async def download(self, request: web.Request) -> web.Response:
        if request.query.get("clientApiId") != KEY:
            return web.Response(status=401)
        return web.Response(body=AUDIO, content_type="audio/mpeg")


class Mango(Other):
    """VPBX 1.9: signed forms; statistics are counted for a while, then told as CSV, a leg a line."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.jobs: dict[str, dict[str, Any]] = {}

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        yield "POST", "/vpbx/stats/request", self.signed(self.request)
        yield "POST", "/vpbx/stats/result", self.signed(self.result)
        yield "POST", "/vpbx/incominglines", self.signed(self.lines)
        yield "POST", "/vpbx/queries/recording/post", self.signed(self.recording)

    def signed(self, handler: Callable[[dict[str, Any]], web.Response]) -> Handler:
        async def answer(request: web.Request) -> web.Response:
            form = dict(parse_qsl(await request.text()))
            if form["vpbx_api_key"] != KEY:
                return web.json_response({"result": 3105, "message": f"unknown key {form['vpbx_api_key']}"})
            if form["sign"] != sha256((KEY + form["json"] + KEY).encode()).hexdigest():
                return web.json_response({"result": 3102})
            return handler(json.loads(form["json"]))

        return answer

    def request(self, asked: dict[str, Any]) -> web.Response:
        if int(asked["date_to"]) - int(asked["date_from"]) > 31 * 86400:
            return web.json_response({"result": 3100})
        key = f"job-{len(self.jobs)}+/=="
        self.jobs[key] = asked | {"asked": 0}
        return web.json_response({"key": key})

    def result(self, asked: dict[str, Any]) -> web.Response:
        job = self.jobs[asked["key"]]
        job["asked"] += 1
        if job["asked"] <= self.world.slow:
            return web.Response(status=204)
        fields = [name.strip() for name in job["fields"].split(",")]
        legs = [leg for call in self.world.calls for leg in self.legs(call)]
        within = [leg for leg in legs if int(job["date_from"]) <= leg["start"] < int(job["date_to"])]
        lines = [";".join(str(leg[name]) for name in fields) for leg in within]
        return web.Response(text="\r\n".join(lines), content_type="text/csv")

    def legs(self, call: Call) -> Iterator[dict[str, Any]]:
        """The menu answers at once; then an employee, where anybody does. A leg for each number that it went through."""
        start, talk = int(self.began(call).timestamp()), call["talk_duration"]
        who = {"from_extension": "", "from_number": call["contact_phone_number"], "to_number": "", "disconnect_reason": 1110,
               "entry_id": call["id"], "records": "[]"}  # fmt: skip
        numbers = [each.strip() for each in call["virtual_phone_number"].split(",")]
        for number in numbers:
            yield {**who, "start": start, "answer": start, "finish": start + 5, "to_extension": "", "line_number": number, "location": "ivr"}  # fmt: skip
        end = start + 5 + (talk or 20)
        records = "[" + ",".join(call.get("call_records") or ()) + "]"
        yield {**who, "start": start + 5, "answer": 0 if call["is_lost"] else end - talk, "finish": end, "to_extension": "101",
               "line_number": numbers[0], "location": "abonent", "records": records}  # fmt: skip

    def lines(self, asked: dict[str, Any]) -> web.Response:
        told = [{"line_id": n, "number": each["virtual_phone_number"], "name": None, "comment": each.get("name"), "region": "2",
                 "schema_id": 1, "schema_name": "По умолчанию"} for n, each in enumerate(self.world.numbers)]  # fmt: skip
        told.append({"line_id": 99, "number": "sip:main@mangosip.ru", "name": "сип", "comment": None, "region": "sip"})
        return web.json_response({"result": 1000, "lines": told})

    def recording(self, asked: dict[str, Any]) -> web.Response:
        if asked["recording_id"] == "gone":
            return web.json_response({"result": 3300})
        return web.Response(body=AUDIO, content_type="audio/mpeg")


class Callibri(Other):
    """site_get_statistics: up to seven days, channels with their calls, times in UTC."""

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        yield "GET", "/site_get_statistics", self.statistics

    async def statistics(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("user_token") != KEY:
            return web.json_response({"code": 403, "message": f"no user {asked.get('user_token')}"})
        days = [datetime.strptime(asked[name], "%d.%m.%Y") for name in ("date1", "date2")]
        if days[1] - days[0] > timedelta(days=6):
            return web.json_response({"code": 422, "message": "Период больше недели"})
        channels: dict[str, list[dict[str, Any]]] = {}
        for call in self.of_days(asked["date1"], asked["date2"], "%d.%m.%Y"):
            channels.setdefault(call["virtual_phone_number"], []).append(self.call(call))
        told = [
            {"name_channel": f"Канал {numbers}", "numbers": [each.strip() for each in numbers.split(",")], "calls": calls,
             "feedbacks": [], "emails": [], "chats": []} for numbers, calls in channels.items()
        ]  # fmt: skip
        return web.json_response({"channels_statistics": told})

    def call(self, call: Call) -> dict[str, Any]:
        at = self.began(call).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"date": at, "phone": call["contact_phone_number"], "duration": call["talk_duration"], "utm_source": "krug",
                "conversations_number": 1, "is_lid": False, "status": (self.tags(call) or [None])[0],
                "link_download": (call.get("call_records") or [None])[0]}  # fmt: skip
