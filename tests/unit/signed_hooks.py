#!/usr/bin/env python3
"""Webhooks of Twilio and of WhatsApp's Cloud API in the shape that they come, signed by Python's hmac as the vendors document it, and
the same with something wrong: the tables of test_twilio.c and test_whatsapp_cloud.c. signed_hooks.py --write renews them;
signed_hooks.py --seeds FOLDER puts them there as tests/fuzz/hook.c reads them."""
import base64
import hashlib
import hmac
import json
import pathlib
import sys
from urllib.parse import parse_qsl, urlencode

HERE = pathlib.Path(__file__).resolve().parent


def c_string(text):
    out = ""
    for byte in text.encode():
        char = chr(byte)
        if char in "\"\\":
            out += "\\" + char
        elif 32 <= byte < 127:
            out += char
        else:
            out += f"\\{byte:03o}"
    return '"' + out + '"'


def table(name, struct, rows):
    lines = [f"/* Made by signed_hooks.py: do not edit. */", f"typedef struct signed_case {{", f"  {struct}", "} signed_case;",
             f"static const signed_case {name}[] = {{"]
    for row in rows:
        lines.append("    {" + ", ".join("NULL" if x is None else x if x.startswith("HOOK_") else c_string(x) for x in row) + "},")
    lines.append("};")
    return "/* clang-format off */\n" + "\n".join(lines) + "\n/* clang-format on */\n"


# ---- Twilio: base64(HMAC-SHA1(token, address + sorted names and values)) ----

TOKEN = "12345678901234567890123456789012"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
SID = "SM0123456789abcdef0123456789abcdef"
CALLBACK = "https://dun.example/hooks/twilio?key=6b6579"
INBOX = "https://dun.example/hooks/twilio"


def twilio(url, body, token=TOKEN, form=True):
    said = url
    if form:
        said += "".join(n + v for n, v in sorted(parse_qsl(body, keep_blank_values=True)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def status(word, code=None):
    fields = {"SmsSid": SID, "SmsStatus": word, "MessageStatus": word, "To": "+5511987654321", "MessageSid": SID, "AccountSid": ACCOUNT,
              "From": "+14155550100", "ApiVersion": "2010-04-01"}
    return urlencode(fields | ({"ErrorCode": code} if code else {}))


def inbound(body, n=1, **more):
    sid = f"SM{n:032d}"
    fields = {"ToCountry": "US", "MediaContentType0": "", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received",
              "Body": body, "To": "+14155550100", "NumSegments": "1", "MessageSid": sid, "AccountSid": ACCOUNT, "From": "+5511987654321",
              "ApiVersion": "2010-04-01"}
    return urlencode(fields | more)


def twilio_rows():
    taken, no, what = "HOOK_ANSWER_TAKEN", "HOOK_ANSWER_NOT_GENUINE", "HOOK_ANSWER_NOT_UNDERSTOOD"
    for word in ("queued", "accepted", "scheduled", "sending", "sent", "delivered", "read", "failed", "undelivered", "canceled"):
        body = status(word, "30006" if word == "undelivered" else None)
        yield f"status {word}", CALLBACK, body, twilio(CALLBACK, body), taken
    body = inbound("Pago amanhã às 10h & obrigado")
    good = twilio(INBOX, body)
    yield "reply", INBOX, body, good, taken
    wa = inbound("Vou pagar", 2, From="whatsapp:+5511987654321", To="whatsapp:+14155550100", ProfileName="Maria", WaId="5511987654321",
                 ChannelPrefix="whatsapp", OriginalRepliedMessageSid=SID, OriginalRepliedMessageSender="whatsapp:+14155550100")
    yield "whatsapp reply", INBOX, wa, twilio(INBOX, wa), taken
    for name, words, more in (("stop", "SAIR", {}), ("operator's stop", "please leave me", {"OptOutType": "STOP"}), ("start", "Start", {})):
        b = inbound(words, 3, **more)
        yield name, INBOX, b, twilio(INBOX, b), taken
    port = "https://dun.example:443/hooks/twilio"
    yield "signed with the default port", INBOX, body, twilio(port, body), taken
    yield "signed without the default port", port, body, good, taken
    yield "signed for another port", INBOX, body, twilio("https://dun.example:8443/hooks/twilio", body), no
    yield "no signature", INBOX, body, None, no
    yield "an empty signature", INBOX, body, "", no
    yield "another token", INBOX, body, twilio(INBOX, body, "x" * 32), no
    yield "a changed body", INBOX, body.replace("10h", "11h"), good, no
    yield "a field more", INBOX, body + "&A=1", good, no
    yield "a changed address", INBOX + "?a=1", body, good, no
    yield "another key", CALLBACK.replace("6b6579", "6b6570"), status("sent"), twilio(CALLBACK, status("sent")), no
    yield "half a signature", INBOX, body, good[:14], no
    yield "in another case", INBOX, body, good.swapcase(), no
    other = body.replace(ACCOUNT, "AC" + "f" * 32)
    yield "another account", INBOX, other, twilio(INBOX, other), what
    nothing = urlencode({"AccountSid": ACCOUNT})
    yield "nothing in it", INBOX, nothing, twilio(INBOX, nothing), what
    event = json.dumps({"event": "x"})
    hashed = INBOX + "?bodySHA256=" + hashlib.sha256(event.encode()).hexdigest()
    yield "a JSON event", hashed, event, twilio(hashed, "", form=False), taken
    yield "a changed JSON event", hashed, event + " ", twilio(hashed, "", form=False), no
    yield "a form as JSON", hashed, body, twilio(hashed, "", form=False), no


# ---- WhatsApp: X-Hub-Signature-256: sha256=hex(HMAC-SHA256(secret, raw body)) ----

SECRET = "app-secret-of-the-test"
PHONE = "106540352242922"
WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA"


def envelope(value, phone=PHONE, kind="whatsapp_business_account"):
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone}} | value
    return json.dumps({"object": kind, "entry": [{"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}]},
                      ensure_ascii=False)


def wa_status(word, **more):
    return {"id": WAMID, "status": word, "timestamp": "1772460100", "recipient_id": "551187654321",
            "biz_opaque_callback_data": "6b6579"} | more


def wa_message(n, **more):
    return {"from": "551187654321", "id": f"wamid.{n}", "timestamp": "1772460200"} | more


CONVERSATION = {"conversation": {"id": "c1", "expiration_timestamp": "1772546500", "origin": {"type": "utility"}},
                "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"}}


def wa_wish(value):
    return {"wa_id": "551187654321", "detail": f"User requested to {value} marketing messages", "category": "marketing_messages",
            "value": value, "timestamp": 1772460300}


def cloud(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


def cloud_rows():
    taken, no, what = "HOOK_ANSWER_TAKEN", "HOOK_ANSWER_NOT_GENUINE", "HOOK_ANSWER_NOT_UNDERSTOOD"
    contacts = {"contacts": [{"profile": {"name": "Maria"}, "wa_id": "551187654321"}]}
    failed = {"errors": [{"code": 131047, "title": "Re-engagement message", "message": "Re-engagement message",
                          "error_data": {"details": "..."}, "href": "https://developers.facebook.com/docs/"}]}
    cases = {
        "sent": envelope({"statuses": [wa_status("sent", **CONVERSATION)]}),
        "delivered": envelope({"statuses": [wa_status("delivered", **CONVERSATION)]}),
        "read": envelope({"statuses": [wa_status("read")]}),
        "failed": envelope({"statuses": [wa_status("failed", **failed)]}),
        "deleted": envelope({"statuses": [wa_status("deleted")]}),
        "several": envelope({"statuses": [wa_status("sent"), wa_status("read")]}),
        "reply": envelope(contacts | {"messages": [wa_message(1, type="text", text={"body": "Já paguei, obrigado"},
                                                              context={"from": "15550783881", "id": WAMID})]}),
        "stop": envelope(contacts | {"messages": [wa_message(2, type="text", text={"body": "Sair"})]}),
        "start": envelope(contacts | {"messages": [wa_message(3, type="text", text={"body": "VOLTAR"})]}),
        "button": envelope(contacts | {"messages": [wa_message(4, type="button", button={"payload": "x", "text": "Parar de receber"},
                                                               context={"id": WAMID})]}),
        "pressed": envelope(contacts | {"messages": [wa_message(5, type="interactive", interactive={
            "type": "button_reply", "button_reply": {"id": "1", "title": "Vou pagar hoje"}})]}),
        "picture": envelope(contacts | {"messages": [wa_message(6, type="image", image={"id": "1", "mime_type": "image/jpeg"})]}),
        "reaction": envelope(contacts | {"messages": [wa_message(7, type="reaction", reaction={"message_id": WAMID, "emoji": "👍"})]}),
        "stop in the settings": envelope(contacts | {"user_preferences": [wa_wish("stop")]}),
        "resume in the settings": envelope(contacts | {"user_preferences": [wa_wish("resume")]}),
        "another wish": envelope(contacts | {"user_preferences": [wa_wish("interested")]}),
        "another number": envelope({"statuses": [wa_status("read")]}, phone="1"),
    }
    for name, body in cases.items():
        yield name, body, cloud(body), taken
    body = cases["read"]
    yield "no signature", body, None, no
    yield "an empty signature", body, "", no
    yield "without its prefix", body, cloud(body)[7:], no
    yield "another secret", body, cloud(body, "x"), no
    yield "a changed body", body.replace("read", "sent"), cloud(body), no
    yield "a space more", body + " ", cloud(body), no
    yield "half a signature", body, cloud(body)[:40], no
    other = envelope({"statuses": []}, kind="page")
    yield "another object", other, cloud(other), what
    yield "no JSON", "status=read", cloud("status=read"), what
    yield "no entries", '{"object":"whatsapp_business_account"}', cloud('{"object":"whatsapp_business_account"}'), what


def seeds(folder):
    parts = [("t", url.partition("?")[2], body) for _, url, body, *_ in twilio_rows()] + [("w", "", body) for _, body, *_ in cloud_rows()]
    for i, part in enumerate(parts):
        (pathlib.Path(folder) / f"signed-{i}").write_bytes("\0".join(part).encode())


def main():
    if sys.argv[1:2] == ["--seeds"]:
        return seeds(sys.argv[2])
    files = {"twilio_signed.h": table("SIGNED", "const char *what, *url, *body, *signature;\n  hook_answer answer;", twilio_rows()),
             "cloud_signed.h": table("SIGNED", "const char *what, *body, *signature;\n  hook_answer answer;", cloud_rows())}
    for name, text in files.items():
        if sys.argv[1:] == ["--write"]:
            (HERE / name).write_text(text, encoding="utf-8")
        elif (HERE / name).read_text(encoding="utf-8") != text:
            sys.exit(f"{name} is not what signed_hooks.py makes")


main()
