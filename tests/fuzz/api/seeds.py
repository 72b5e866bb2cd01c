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
    "hold": '{"on":true}',
    "rating": '{"score":4,"tags":["echo","delay-1"]}',
    "resume": '{"resumeKey":"mX0pYp4rJk1n5XW7b3Y6c5s1cVx3n0Q2oVwq4m8s9dE"}',
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

FOLDER = FOLDER.parent / "aws_request"
FOLDER.mkdir(exist_ok=True)
MEETING = "a0b1c2d3-0000-4000-8000-00000000abcd"
REQUESTS = {
    "meeting": 'POST /meetings\n{"ClientRequestToken":"tok-1","MediaRegion":"us-east-1","ExternalMeetingId":"c2c",'
               '"MeetingFeatures":{"Attendee":{"MaxCount":2}},"TenantIds":["aab"],"Tags":[{"Key":"a","Value":""}]}',
    "attendees": 'POST /meetings?operation=create-attendees&X-Amz-Date=1\n{"Attendees":[{"ExternalUserId":"client-user",'
                 '"Capabilities":{"Audio":"Send","Video":"None","Content":"None"}}]}',
    "list": f"GET /meetings/{MEETING}/attendees?max-results=3&next-token=%31\n",
    "contact": 'PUT /contact/webrtc\n{"InstanceId":"i","ContactFlowId":"f","ParticipantDetails":{"DisplayName":"Zo\u00eb"},'
               '"Attributes":{"a-1":"b"},"References":{"o":{"Type":"URL","Value":"x"}},"AllowedCapabilities":{"Agent":{"Video":"SEND"}}}',
    "describe": "GET /contacts/i%2F1/%C3%AB\n",
    "metrics": 'POST /metrics/contact\n{"InstanceId":"11111111-1111-4111-8111-111111111111",'
               f'"ContactId":"{MEETING}","Metrics":[{{"Name":"POSITION_IN_QUEUE"}}]}}',
    "digits": 'POST /participant/message\n{"ContentType":"audio/dtmf","Content":"42#","ClientToken":null}',
    "call": 'POST /sip-media-applications/a/calls\n{"FromPhoneNumber":"+12025550100","ToPhoneNumber":"+17035550122",'
            '"SipHeaders":{"X-a":"b"},"ArgumentsMap":{"c":"d"}}',
    "application": 'POST /sip-media-applications\n{"AwsRegion":"us-east-1","Name":"a","Endpoints":[{"LambdaArn":'
                   '"arn:aws:lambda:us-east-1:111122223333:function:h:$LATEST"}]}',
    "types": 'POST /contact/stop\n{"ContactId":7,"InstanceId":[],"DisconnectReason":"x"}',
    "percent": "GET /meetings/%zz%\n",
}
for name, text in REQUESTS.items():
    (FOLDER / name).write_bytes(text.encode())
