"""tests/fuzz/provider/sma_actions_seeds.py - writes the seeds of sma_actions.

SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "corpus" / "sma_actions"
FOLDER.mkdir(parents=True, exist_ok=True)
SOUND = {"Type": "S3", "BucketName": "sounds", "Key": "ask.wav"}
CONNECTOR = "arn:aws:chime:us-east-1:111122223333:vc/abcdefghij1klmn2opq3rs"


def action(kind, **parameters):
    return {"Type": kind, "Parameters": parameters}


def bridge(**more):
    return action("CallAndBridge", CallerIdNumber="+12025550100", CallTimeoutSeconds="30", **more)


PSTN = bridge(Endpoints=[{"BridgeEndpointType": "PSTN", "Uri": "+12025550123"}])
GET = {"MinNumberOfDigits": 1, "MaxNumberOfDigits": 3, "TerminatorDigits": ["#"], "Repeat": 2,
       "InBetweenDigitsDurationInMilliseconds": 500, "RepeatDurationInMilliseconds": 1000, "InputDigitsRegex": "^[1-3]+$"}
SEEDS = {
    "bridge_pstn": [PSTN],
    "bridge_vc": [bridge(Endpoints=[{"BridgeEndpointType": "AWS", "Uri": "1000", "Arn": CONNECTOR}],
                         SipHeaders={"X-Reference": "r-1", "User-to-User": "00;encoding=hex"}, RingbackTone=SOUND)],
    "header": [bridge(Endpoints=[{"BridgeEndpointType": "AWS", "Uri": "1000", "Arn": CONNECTOR}], SipHeaders={"x-amzn-id": "1"})],
    "join": [action("JoinChimeMeeting", JoinToken="t", MeetingId="a0b1c2d3-0000-4000-8000-00000000abcd")],
    "mute": [action("ModifyChimeMeetingAttendees", Operation="Mute", MeetingId="m", AttendeeList=["a", "b"])],
    "play": [action("PlayAudio", AudioSource=SOUND, Repeat="2", PlaybackTerminators=["1", "#"]), action("Pause", DurationInMilliseconds="300")],
    "get": [action("PlayAudioAndGetDigits", AudioSource=SOUND, FailureAudioSource=SOUND, **GET)],
    "receive": [action("ReceiveDigits", InputDigitsRegex="^\\d{2}#$", InBetweenDigitsDurationInMilliseconds=100,
                       FlushDigitsDurationInMilliseconds="1000")],
    "record": [action("RecordAudio", DurationInSeconds=10, RecordingTerminators=["#"], SilenceDurationInSeconds=3, SilenceThreshold=100,
                      RecordingDestination={"Type": "S3", "BucketName": "kept", "Prefix": "p"})],
    "hangup": [action("Hangup", SipResponseCode="480", ParticipantTag="LEG-A")],
    "speak": [action("Speak", CallId="c", Text="Hello", LanguageCode="en-GB", TextType="ssml")],
    "digits": [action("SendDigits", CallId="c", Digits="12,#", ToneDurationInMilliseconds=100)],
    "all": [PSTN, action("VoiceFocus", Enable=True), {"Type": "Hangup"}],
}
for name, actions in SEEDS.items():
    text = json.dumps({"SchemaVersion": "1.0", "Actions": actions, "TransactionAttributes": {"State": "new"}}, separators=(",", ":"))
    (FOLDER / name).write_bytes(text.encode() + b"\0" + bytes([9, 4, 6, 0x14, 0x24, 0xB4, 6, 4, 10, 7, 6, 2]))
