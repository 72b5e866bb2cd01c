"""tests/fuzz/api/seeds.py - writes the seed corpus of this folder.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib

FOLDER = pathlib.Path(__file__).parent / "corpus" / "body"
FOLDER.mkdir(parents=True, exist_ok=True)
BODIES = {
    "least": '{"destination":"echo"}',
    "all": '{"destination":"support","hints":{"topic":"refund","order":"A-1042"},"displayName":"Zo\u00eb"}',
    "digits": '{"digits":"12#ABCD*"}',
    "escapes": '{"destination":"\\u0065cho\\ud83d\\ude00\\"\\\\"}',
    "twice": '{"destination":"a","destination":"b"}',
    "deep": '{"hints":' + "[" * 40 + "]" * 40 + "}",
    "numbers": '{"destination":1e308,"n":-0,"m":9007199254740993}',
    "nul": '{"destination":"a\\u0000b"}',
    "cut": '{"destination":"',
    "array": "[1,2,{}]",
}
for name, text in BODIES.items():
    (FOLDER / name).write_bytes(text.encode())
