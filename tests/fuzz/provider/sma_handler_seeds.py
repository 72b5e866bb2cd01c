"""tests/fuzz/provider/sma_handler_seeds.py - writes the seeds of sma_handler.

SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "corpus" / "sma_handler"
FOLDER.mkdir(parents=True, exist_ok=True)
VC = {
    "MeetingId": "a0b1c2d3-0000-4000-8000-00000000abcd",
    "Destination": "support",
    "Target": "vc",
    "Dial": "1000",
    "VoiceConnectorArn": "arn:aws:chime:us-east-1:111122223333:vc/abcdefghij1klmn2opq3rs",
    "CallerId": "+12025550100",
    "Timeout": "45",
    "Headers": '{"X-Customer-Id":"4711","User-to-User":"00;encoding=hex"}',
}
PSTN = {"Target": "pstn", "Dial": "+12025550177", "CallerId": "+12025550100"}


def leg(name, status=None):
    out = {"CallId": "call-" + name[-1].lower(), "ParticipantTag": name}
    return {**out, "Status": status} if status else out


def event(kind, legs, attributes=None, action=None, parameters=None, **more):
    details = {"AwsAccountId": "111122223333", "SipMediaApplicationId": "app-1", "Participants": legs}
    if attributes:
        details["TransactionAttributes"] = attributes
    out = {"SchemaVersion": "1.0", "Sequence": 1, "InvocationEventType": kind, "CallDetails": details}
    if action:
        out["ActionData"] = {"Type": action, "Parameters": parameters or {}, **more}
    return out


A, B = leg("LEG-A", "Connected"), leg("LEG-B", "Connected")
SEEDS = {
    "create_vc": event("NEW_OUTBOUND_CALL", [leg("LEG-A")], None, "CallCreateRequest", {"Arguments": VC}),
    "create_pstn": event("NEW_OUTBOUND_CALL", [], None, "CallCreateRequest", {"Arguments": PSTN}),
    "answered_vc": event("CALL_ANSWERED", [A], {**VC, "State": "new"}),
    "answered_pstn": event("CALL_ANSWERED", [leg("Leg-A")], {**PSTN, "State": "new"}),
    "answered_again": event("CALL_ANSWERED", [A, B], {**VC, "State": "bridging"}),
    "bridged": event("ACTION_SUCCESSFUL", [A, B], {**VC, "State": "bridging"}, "CallAndBridge"),
    "hung_up": event("ACTION_SUCCESSFUL", [A, B], {**VC, "State": "ending"}, "Hangup", {"ParticipantTag": "LEG-A"}),
    "failed": event("ACTION_FAILED", [A], {**PSTN, "State": "bridging"}, "CallAndBridge", ErrorType="CallNotAnswered"),
    "digits": event("CALL_UPDATE_REQUESTED", [B, A], {**VC, "State": "bridged"}, "CallUpdateRequest",
                    {"Arguments": {"action": "digits", "digits": "12#,A"}}),
    "update_hangup": event("CALL_UPDATE_REQUESTED", [A, B], None, "CallUpdateRequest", {"Arguments": {"action": "hangup"}}),
    "hangup": event("HANGUP", [A, leg("LEG-B", "Disconnected")], {**VC, "State": "bridged"}, "Hangup",
                    {"SipResponseCode": 0, "CallId": "call-b"}),
    "inbound": event("NEW_INBOUND_CALL", [leg("LEG-A")]),
    "invalid": {"InvocationEvent": "INVALID_LAMBDA_RESPONSE", "CallDetails": {"SipApplicationId": "app-1"}},
    "types": {"InvocationEventType": "HANGUP", "ActionData": [], "CallDetails": {"Participants": {"LEG-A": 1}}},
}
for name, seed in SEEDS.items():
    (FOLDER / name).write_text(json.dumps(seed, separators=(",", ":")))
