"""tests/fuzz/app/seeds.py - writes the seed corpus of this folder.

SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "corpus" / "gateway_event"
FOLDER.mkdir(parents=True, exist_ok=True)
HEADERS = {"authorization": "Bearer a.b.c", "content-type": "application/json", "origin": "https://www.example.com"}
SEEDS = {
    "http_api": {
        "version": "2.0", "rawPath": "/start-call", "headers": HEADERS, "body": '{"destination":"support"}',
        "requestContext": {"stage": "$default", "http": {"method": "POST"}}, "isBase64Encoded": False,
    },
    "rest_api": {
        "httpMethod": "POST", "path": "/v1/calls", "headers": {"Authorization": "Bearer a.b.c"},
        "multiValueHeaders": {"Authorization": ["Bearer a.b.c"], "Origin": ["https://a", "https://b"]},
        "requestContext": {"stage": "prod"}, "body": "eyJkZXN0aW5hdGlvbiI6InN1cHBvcnQifQ==", "isBase64Encoded": True,
    },
    "stage": {"rawPath": "/prod/start-call", "requestContext": {"stage": "prod", "http": {"method": "OPTIONS"}}},
    "types": {"httpMethod": "POST", "path": "/", "headers": [], "multiValueHeaders": 1, "requestContext": {}, "body": {}},
}
for name, seed in SEEDS.items():
    (FOLDER / name).write_text(json.dumps(seed, separators=(",", ":")))
