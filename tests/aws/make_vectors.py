"""tests/aws/make_vectors.py - writes tests/vectors/sigv4.json, and seeds of the fuzz target, with botocore's signer.

The same vectors are signed again by the JavaScript signer in vectors.test.mjs and by ours in
tests/unit/secure/sigv4_test.c.  Keys, names and ids are made up.

SPDX-License-Identifier: Apache-2.0
"""
import datetime
import json
import pathlib
from urllib.parse import parse_qsl, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

OUT = pathlib.Path(__file__).resolve().parents[1] / "vectors/sigv4.json"
SEEDS = OUT.parents[1] / "fuzz/secure/corpus/sigv4"
DATE = "20261121T090807Z"
KEY = ("AKIDRINGDOWNTEST0001", "ringdown/Test+Secret/0123456789abcdefghij")
TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaDERINGDOWN+session/token=="
HOST = "connect.eu-west-2.amazonaws.com"

# name, why, region, service, method, target, headers, body, token
CASES = [
    ("start", "PUT with UTF-8 in the body and a session token", "eu-west-2", "connect", "PUT", "/contact/webrtc",
     {"host": HOST, "content-type": "application/json"},
     '{"ParticipantDetails":{"DisplayName":"Zo\u00eb \u4f60\u597d \U0001f600"}}', TOKEN),
    ("attributes", "GET without body", "eu-west-2", "connect", "GET", "/contact/attributes/in-1/co-1", {"host": HOST}, "", None),
    ("query", "names sorted by bytes, one name twice, one without value", "us-west-2", "chime", "GET",
     "/meetings/m-1/attendees?next-token=b%2Fa%3D%3D&max-results=7&X=1&x=2&a=2&a=1&flag=&b~=c",
     {"host": "meetings-chime.us-west-2.amazonaws.com"}, "", None),
    ("path", "encoded once on the wire, twice in the canonical request", "us-east-1", "connect", "GET",
     "/contacts/a%2Fb/c%20d%C3%A9~._-/e:f@g,h", {"host": "127.0.0.1:8081"}, "", None),
    ("blanks", "blanks around and within values", "us-east-1", "chime", "POST", "/base/meetings",
     {"host": "localhost:8081", "content-type": "  application/json ;   charset=utf-8  ", "x-amz-user-agent": "a   b"},
     "{}", None),
    ("empty", "an empty path and no body", "us-east-1", "sts", "POST", "/", {"host": "sts.us-east-1.amazonaws.com"}, "", None),
    ("long", "a body of many blocks", "us-east-1", "lambda", "POST", "/2015-03-31/functions/f/invocations",
     {"host": "lambda.us-east-1.amazonaws.com", "content-type": "application/json"}, '{"x":"' + "0123456789" * 700 + '"}', None),
]


def signer(region, service, token, query=False):
    credentials = Credentials(KEY[0], KEY[1], token)
    return (botocore.auth.SigV4QueryAuth(credentials, service, region, expires=300) if query
            else botocore.auth.SigV4Auth(credentials, service, region))


def at_date():
    now = datetime.datetime.strptime(DATE, "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now


def vector(name, why, region, service, method, target, headers, body, token):
    auth = signer(region, service, token)
    request = AWSRequest(method=method, url=f"https://{headers['host']}{target}", headers=dict(headers), data=body.encode())
    auth.add_auth(request)
    sent = {k.lower(): v for k, v in request.headers.items()}
    authorization = sent.pop("authorization")
    return {"name": name, "why": why, "accessKey": KEY[0], "secretKey": KEY[1], "region": region, "service": service,
            "method": method, "target": target, "headers": sent, "body": body,
            "expect": {"authorization": authorization, "signature": authorization.rsplit("=", 1)[1]}}


def presigned(name, why, region, service, target, host, token):
    request = AWSRequest(method="GET", url=f"https://{host}{target}", headers={"host": host})
    signer(region, service, token, query=True).add_auth(request)
    split = urlsplit(request.url)
    signature = dict(parse_qsl(split.query))["X-Amz-Signature"]
    return {"name": name, "why": why, "accessKey": KEY[0], "secretKey": KEY[1], "region": region, "service": service,
            "method": "GET", "target": f"{split.path}?{split.query}", "headers": {"host": host}, "body": "",
            "presigned": True, "token": token, "expect": {"signature": signature}}


at_date()
vectors = [vector(*case) for case in CASES]
vectors.append(presigned("presigned", "the signature in the query", "us-east-1", "chime", "/meetings/m-1?b=2&a=1", "localhost:8081", None))
vectors.append(presigned("presigned-token", "with a session token", "us-east-1", "chime", "/meetings/m%2F1", "localhost:8081", TOKEN))
for v in vectors:  # seeds of the fuzz target
    lines = [f"{v['method']} {v['target']}"] + [f"{k}:{value}" for k, value in v["headers"].items()]
    if "authorization" in v["expect"]:
        lines.append("authorization:" + v["expect"]["authorization"])
    SEEDS.mkdir(parents=True, exist_ok=True)
    (SEEDS / v["name"]).write_text("\n".join(lines) + "\n\n" + v["body"][:200])
OUT.write_text(json.dumps({"about": "Made by tests/aws/make_vectors.py; date " + DATE, "vectors": vectors},
                          indent=1, ensure_ascii=False) + "\n")
