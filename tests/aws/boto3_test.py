# aws/boto3_test.py - boto3 (Debian's, and whatever newer one runs this) against the AWS-compatible listener of the
# environment's AWS_TEST_ENDPOINT.  Run by boto3.test.mjs.
# SPDX-License-Identifier: Apache-2.0
import contextlib
import datetime
import json
import os
import re
import types
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_TEST_ENDPOINT"]
REGION = "us-east-1"
KEY, SECRET = "RINGDOWNDEMO", "ringdown-demo-secret"
INSTANCE = "11111111-1111-4111-8111-111111111111"
FLOW = "22222222-2222-4222-8222-222222222222"
APPLICATION = "33333333-3333-4333-8333-333333333333"
CONNECTOR = "abcdefghij1klmn2opq3rs"
NOWHERE = "a0b1c2d3-0000-4000-8000-00000000abcd"
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def client(service, key=KEY, secret=SECRET, token=None, region=REGION):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token,
                        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))


@contextlib.contextmanager
def shifted(seconds):
    """The signer's clock is wrong by so much."""
    name = "get_current_datetime" if hasattr(botocore.auth, "get_current_datetime") else "datetime"
    real = getattr(botocore.auth, name)
    moved = datetime.timedelta(seconds=seconds)
    if name == "datetime":  # the module, in older versions
        now = types.SimpleNamespace(utcnow=lambda: datetime.datetime.utcnow() + moved, strptime=datetime.datetime.strptime)
        setattr(botocore.auth, name, types.SimpleNamespace(datetime=now, timedelta=datetime.timedelta))
    else:
        setattr(botocore.auth, name, lambda *a, **k: real(*a, **k) + moved)
    try:
        yield
    finally:
        setattr(botocore.auth, name, real)


def signed(method, path, service, body=None, secret=SECRET, presign=False, clock=0, change=None):
    """A request signed by botocore's signer, for what this version of boto3 has no operation for."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} if data else {}
    request = botocore.awsrequest.AWSRequest(method=method, url=ENDPOINT + path, data=data, headers=headers)
    keys = botocore.credentials.Credentials(KEY, secret)
    if presign:
        signer = botocore.auth.SigV4QueryAuth(keys, service, REGION, expires=60)
        # Only of S3 may the body be left out.
        signer.payload = lambda r: botocore.auth.SigV4Auth.payload(signer, r)
    else:
        signer = botocore.auth.SigV4Auth(keys, service, REGION)
    with shifted(clock):
        signer.add_auth(request)
    prepared = request.prepare()
    sent = urllib.request.Request(change(prepared.url) if change else prepared.url, data=data, method=method,
                                  headers={k: v for k, v in prepared.headers.items() if k.lower() != "content-length"})
    try:
        with urllib.request.urlopen(sent, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"{}"), None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}"), error.headers["x-amzn-ErrorType"]


class Base(unittest.TestCase):
    def refused(self, name, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        response = caught.exception.response
        self.assertEqual(response["Error"]["Code"], name)
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], status)
        self.assertRegex(response["ResponseMetadata"]["RequestId"], UUID)
        self.assertTrue(response["Error"]["Message"])
        return caught.exception


class Meetings(Base):
    def setUp(self):
        self.c = client("chime-sdk-meetings")

    def terms(self, **more):
        return {"ClientRequestToken": str(uuid.uuid4()), "MediaRegion": REGION, "ExternalMeetingId": "Zo\u00eb 17", **more}

    def test_a_meeting_from_beginning_to_end(self):
        terms = self.terms(MeetingFeatures={"Audio": {"EchoReduction": "AVAILABLE"}})
        made = self.c.create_meeting(**terms)
        meeting = made["Meeting"]
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 200)
        self.assertRegex(made["ResponseMetadata"]["RequestId"], UUID)
        self.assertEqual(meeting["ExternalMeetingId"], "Zo\u00eb 17")
        self.assertEqual(meeting["MeetingFeatures"], terms["MeetingFeatures"])
        self.assertTrue(meeting["MediaPlacement"]["AudioHostUrl"])
        self.assertEqual(self.c.create_meeting(**terms)["Meeting"], meeting)
        error = self.refused("ConflictException", 409, self.c.create_meeting, **{**terms, "ExternalMeetingId": "x2"})
        self.assertIsInstance(error, self.c.exceptions.ConflictException)
        self.assertEqual(self.c.get_meeting(MeetingId=meeting["MeetingId"])["Meeting"], meeting)
        gone = self.c.delete_meeting(MeetingId=meeting["MeetingId"])
        self.assertEqual(gone["ResponseMetadata"]["HTTPStatusCode"], 204)
        error = self.refused("NotFoundException", 404, self.c.get_meeting, MeetingId=meeting["MeetingId"])
        self.assertIsInstance(error, self.c.exceptions.NotFoundException)

    def test_attendees(self):
        made = self.c.create_meeting_with_attendees(**self.terms(
            Attendees=[{"ExternalUserId": "client-user"}, {"ExternalUserId": "phone-user"}]))
        meeting = made["Meeting"]["MeetingId"]
        self.assertEqual([a["ExternalUserId"] for a in made["Attendees"]], ["client-user", "phone-user"])
        self.assertEqual(made["Errors"], [])
        same = self.c.create_attendee(MeetingId=meeting, ExternalUserId="phone-user")["Attendee"]
        self.assertEqual(same, made["Attendees"][1])
        batch = self.c.batch_create_attendee(MeetingId=meeting, Attendees=[{"ExternalUserId": f"b{i:02}"} for i in range(16)])
        self.assertEqual([a["ExternalUserId"] for a in batch["Attendees"]], [f"b{i:02}" for i in range(14)])
        self.assertEqual([e["ExternalUserId"] for e in batch["Errors"]], ["b14", "b15"])
        self.assertEqual({e["ErrorCode"] for e in batch["Errors"]}, {"LimitExceededException"})
        self.assertEqual(self.c.get_attendee(MeetingId=meeting, AttendeeId=same["AttendeeId"])["Attendee"], same)
        pages = self.c.list_attendees(MeetingId=meeting, MaxResults=2)
        self.assertEqual(len(pages["Attendees"]), 2)
        rest = self.c.list_attendees(MeetingId=meeting, NextToken=pages["NextToken"])
        self.assertEqual([a["ExternalUserId"] for a in rest["Attendees"]], [f"b{i:02}" for i in range(14)])
        self.assertNotIn("NextToken", rest)
        self.c.delete_attendee(MeetingId=meeting, AttendeeId=same["AttendeeId"])
        self.refused("NotFoundException", 404, self.c.get_attendee, MeetingId=meeting, AttendeeId=same["AttendeeId"])
        self.c.delete_meeting(MeetingId=meeting)

    def test_what_is_not_as_the_model_says(self):
        self.refused("BadRequestException", 400, self.c.create_meeting, **self.terms(ClientRequestToken="bad token!"))
        self.refused("BadRequestException", 400, self.c.create_meeting, **self.terms(TenantIds=["aaaa"]))
        self.refused("BadRequestException", 400, self.c.create_attendee, MeetingId="x", ExternalUserId="user")


class Contacts(Base):
    """Debian's version has no start_web_rtc_contact; then the request is signed by hand."""

    def setUp(self):
        self.c = client("connect")
        self.p = client("connectparticipant")

    def start(self, **more):
        body = {"InstanceId": INSTANCE, "ContactFlowId": FLOW, "ParticipantDetails": {"DisplayName": "Zo\u00eb"},
                "Attributes": {"customer_id": "c-1001"}, "ClientToken": str(uuid.uuid4()), **more}
        if hasattr(self.c, "start_web_rtc_contact"):
            return self.c.start_web_rtc_contact(**body)
        status, answer, _ = signed("PUT", "/contact/webrtc", "connect", body)
        self.assertEqual(status, 200, answer)
        return answer

    def test_a_contact_from_beginning_to_end(self):
        started = self.start()
        contact = started["ContactId"]
        self.assertTrue(started["ConnectionData"]["Attendee"]["JoinToken"])
        ids = {"InstanceId": INSTANCE, "InitialContactId": contact}
        described = self.c.describe_contact(InstanceId=INSTANCE, ContactId=contact)["Contact"]
        self.assertEqual(described["Id"], contact)
        self.assertEqual(described["Channel"], "VOICE")
        self.assertIsInstance(described["InitiationTimestamp"], datetime.datetime)
        self.assertEqual(self.c.get_contact_attributes(**ids)["Attributes"], {"customer_id": "c-1001"})
        self.c.update_contact_attributes(**ids, Attributes={"page": "\u00eb"})
        self.assertEqual(self.c.get_contact_attributes(**ids)["Attributes"], {"customer_id": "c-1001", "page": "\u00eb"})

        connection = self.p.create_participant_connection(
            ParticipantToken=started["ParticipantToken"], Type=["CONNECTION_CREDENTIALS"], ConnectParticipant=True)
        token = connection["ConnectionCredentials"]["ConnectionToken"]
        self.p.send_event(ConnectionToken=token, ContentType="application/vnd.amazonaws.connect.event.typing")
        self.refused("ValidationException", 400, self.p.send_message, ConnectionToken=token, ContentType="audio/dtmf", Content="x")
        self.refused("AccessDeniedException", 403, self.p.send_message, ConnectionToken="no", ContentType="audio/dtmf", Content="1")
        self.p.disconnect_participant(ConnectionToken=token)
        error = self.refused("ContactNotFoundException", 410, self.c.stop_contact, ContactId=contact, InstanceId=INSTANCE)
        self.assertIsInstance(error, self.c.exceptions.ContactNotFoundException)
        self.assertTrue(self.c.describe_contact(InstanceId=INSTANCE, ContactId=contact)["Contact"]["DisconnectTimestamp"])

    def test_stop_contact_and_the_same_client_token(self):
        token = str(uuid.uuid4())
        first = self.start(ClientToken=token)
        self.assertEqual(self.start(ClientToken=token)["ContactId"], first["ContactId"])
        self.c.stop_contact(ContactId=first["ContactId"], InstanceId=INSTANCE)

    def test_contact_metrics(self):
        contact = self.start()["ContactId"]
        status, _, name = signed("POST", "/metrics/contact", "connect", {
            "InstanceId": INSTANCE, "ContactId": contact, "Metrics": [{"Name": "POSITION_IN_QUEUE"}]})
        self.assertEqual((status, name), (400, "InvalidRequestException"))
        self.c.stop_contact(ContactId=contact, InstanceId=INSTANCE)

    def test_a_slash_stays_one_segment(self):
        self.refused("ResourceNotFoundException", 404, self.c.describe_contact, InstanceId=INSTANCE, ContactId="i/1 \u00eb?")


class Voice(Base):
    def setUp(self):
        self.c = client("chime-sdk-voice")

    def test_applications(self):
        self.assertEqual(self.c.get_sip_media_application(SipMediaApplicationId=APPLICATION)["SipMediaApplication"]["Name"], "demo")
        arn = "arn:aws:lambda:us-east-1:111122223333:function:handler"
        made = self.c.create_sip_media_application(AwsRegion=REGION, Name="python", Endpoints=[{"LambdaArn": arn}])
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertIsInstance(made["SipMediaApplication"]["CreatedTimestamp"], datetime.datetime)
        listed = self.c.list_sip_media_applications()["SipMediaApplications"]
        self.assertEqual([a["Name"] for a in listed], ["demo", "python"])
        self.c.delete_sip_media_application(SipMediaApplicationId=made["SipMediaApplication"]["SipMediaApplicationId"])
        self.refused("ForbiddenException", 403, self.c.delete_sip_media_application, SipMediaApplicationId=APPLICATION)

    def test_connectors(self):
        self.assertEqual(self.c.get_voice_connector(VoiceConnectorId=CONNECTOR)["VoiceConnector"]["Name"], "pbx")
        made = self.c.create_voice_connector(Name="python", RequireEncryption=False)["VoiceConnector"]
        self.assertEqual(len(self.c.list_voice_connectors()["VoiceConnectors"]), 2)
        self.c.delete_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])
        self.refused("NotFoundException", 404, self.c.get_voice_connector, VoiceConnectorId=made["VoiceConnectorId"])

    def test_calls(self):
        m = client("chime-sdk-meetings")
        made = m.create_meeting_with_attendees(
            ClientRequestToken=str(uuid.uuid4()), MediaRegion=REGION, ExternalMeetingId="call",
            Attendees=[{"ExternalUserId": "client-user"}, {"ExternalUserId": "phone-user"}])
        meeting = made["Meeting"]["MeetingId"]
        call = {
            "SipMediaApplicationId": APPLICATION, "FromPhoneNumber": "+12025550100", "ToPhoneNumber": "+17035550122",
            "SipHeaders": {"X-chime-meeting-id": meeting, "X-chime-join-token": made["Attendees"][1]["JoinToken"]},
            "ArgumentsMap": {"MeetingId": meeting, "Destination": "support", "Target": "pstn", "Dial": "+12025550199",
                             "CallerId": "+12025550100", "Timeout": "30"},
        }
        self.refused("BadRequestException", 400, self.c.create_sip_media_application_call, **{**call, "ToPhoneNumber": "+0155"})
        self.refused("ForbiddenException", 403, self.c.create_sip_media_application_call, **{**call, "FromPhoneNumber": "+12025550999"})
        made = self.c.create_sip_media_application_call(**call)
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        transaction = made["SipMediaApplicationCall"]["TransactionId"]
        self.assertRegex(transaction, UUID)
        told = self.c.update_sip_media_application_call(
            SipMediaApplicationId=APPLICATION, TransactionId=transaction, Arguments={"action": "hangup"})
        self.assertEqual(told["ResponseMetadata"]["HTTPStatusCode"], 202)
        self.refused("NotFoundException", 404, self.c.update_sip_media_application_call,
                     SipMediaApplicationId=APPLICATION, TransactionId=NOWHERE, Arguments={})
        m.delete_meeting(MeetingId=meeting)


class WhoAsks(Base):
    def test_wrong_secret_unknown_key_wrong_token(self):
        ask = {"MeetingId": NOWHERE}
        self.refused("InvalidSignatureException", 403, client("chime-sdk-meetings", secret="wrong").get_meeting, **ask)
        self.refused("UnrecognizedClientException", 403, client("chime-sdk-meetings", key="AKIAX").get_meeting, **ask)
        self.refused("UnrecognizedClientException", 403, client("chime-sdk-meetings", token="x").get_meeting, **ask)
        temporary = client("chime-sdk-meetings", "ASIATEMPORARY", "temporary-secret", "a/session+token==")
        self.refused("NotFoundException", 404, temporary.get_meeting, **ask)

    def test_a_shifted_clock(self):
        for seconds in (-3600, 3600):
            self.assertEqual(signed("GET", "/meetings/" + NOWHERE, "chime", clock=seconds)[::2], (400, "RequestExpired"))
            self.assertEqual(signed("GET", f"/contacts/{INSTANCE}/x", "connect", clock=seconds)[::2],
                             (403, "InvalidSignatureException"))
        self.assertEqual(signed("GET", "/meetings/" + NOWHERE, "chime", clock=-600)[::2], (404, "NotFoundException"))

    def test_presigned(self):
        path = f"/contact/attributes/{INSTANCE}/nobody"
        self.assertEqual(signed("GET", path, "connect", presign=True)[::2], (404, "ResourceNotFoundException"))
        self.assertEqual(signed("GET", path, "connect", presign=True, secret="wrong")[::2], (403, "InvalidSignatureException"))
        self.assertEqual(signed("GET", path, "connect", presign=True, clock=-3600)[0] // 100, 4)
        self.assertEqual(signed("GET", path, "connect", presign=True,
                                change=lambda url: url.replace("nobody", "nobodx"))[::2], (403, "InvalidSignatureException"))

    def test_a_changed_byte(self):
        self.assertEqual(signed("GET", "/meetings/" + NOWHERE, "chime", change=lambda url: url[:-1] + "e")[::2],
                         (403, "InvalidSignatureException"))

    def test_the_wrong_service(self):
        self.assertEqual(signed("GET", "/meetings/" + NOWHERE, "connect")[::2], (403, "InvalidSignatureException"))


if __name__ == "__main__":
    print("boto3", boto3.__version__)
    unittest.main(verbosity=2, warnings="ignore")
