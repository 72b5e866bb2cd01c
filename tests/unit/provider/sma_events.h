/* tests/unit/provider/sma_events.h - events of the PSTN audio service, and what
 * each is answered with.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Texts are JSON with ' for ", and ` for \", so that they can be read.
 */
#pragma once
#include "base/base.h"

/* --- the pieces of an event --------------------------------------------- */

#define EVENT(type, more)                                                      \
	"{'SchemaVersion':'1.0','Sequence':3,'InvocationEventType':'" type     \
	"'," more "}"
#define DETAILS                                                                \
	"'TransactionId':'c0ffee00-1111-4222-8333-444444444444',"              \
	"'AwsAccountId':'111122223333','AwsRegion':'us-east-1',"
#define CALL(attributes, legs)                                                 \
	"'CallDetails':{" DETAILS                                              \
	"'SipMediaApplicationId':'app-1'," attributes "'Participants':[" legs  \
	"]}"
#define DATA(type, more) "'ActionData':{'Type':'" type "'," more "},"
#define PARTY(id, tag, status)                                                 \
	"{'CallId':'" id "','ParticipantTag':'" tag "','To':'+17035550122',"   \
	"'From':'+12025550100','Direction':'Outbound',"                        \
	"'StartTimeInMilliseconds':'1772618000125'" status "}"
#define UP      ",'Status':'Connected'"
#define DOWN    ",'Status':'Disconnected'"
#define RINGS   ""
#define A_UP    PARTY("call-a", "LEG-A", UP)
#define A_DOWN  PARTY("call-a", "LEG-A", DOWN)
#define B_UP    PARTY("call-b", "LEG-B", UP)
#define B_DOWN  PARTY("call-b", "LEG-B", DOWN)
#define B_RINGS PARTY("call-b", "LEG-B", RINGS)
#define BOTH    A_UP "," B_UP

#define MEETING_ID "'MeetingId':'a0b1c2d3-0000-4000-8000-00000000abcd',"
#define VC_ARN     "arn:aws:chime:us-east-1:111122223333:vc/abcdefghij1klmn2opq3rs"
#define VC_BASE                                                                \
	MEETING_ID "'Destination':'support','Target':'vc','Dial':'1000',"      \
		   "'VoiceConnectorArn':'" VC_ARN                              \
		   "','CallerId':'+12025550100'"
#define VC VC_BASE ",'Timeout':'45','Headers':'{`X-Customer-Id`:`4711`}'"
#define PSTN                                                                   \
	MEETING_ID "'Destination':'support','Target':'pstn',"                  \
		   "'Dial':'+12025550177','CallerId':'+12025550100'"
#define ATTRIBUTES(args, state)                                                \
	"'TransactionAttributes':{" args ",'State':'" state "'},"
#define BECAUSE(args, state, reason)                                           \
	"'TransactionAttributes':{" args ",'State':'" state                    \
	"','Reason':'" reason "'}"
#define BECOMES(args, state)                                                   \
	"'TransactionAttributes':{" args ",'State':'" state "'}"

#define CREATE(args)                                                           \
	EVENT("NEW_OUTBOUND_CALL",                                             \
	      DATA("CallCreateRequest",                                        \
		   "'Parameters':{'Arguments':{" args "}}")                    \
		      CALL("", PARTY("call-a", "LEG-A", "")))
#define ANSWERED(attributes, legs)                                             \
	EVENT("CALL_ANSWERED", CALL(attributes, legs))
#define SUCCESS(type, parameters, attributes, legs)                            \
	EVENT("ACTION_SUCCESSFUL", DATA(type, "'Parameters':{" parameters "}") \
					   CALL(attributes, legs))
#define FAILED(type, parameters, error, attributes, legs)                      \
	EVENT("ACTION_FAILED",                                                 \
	      DATA(type, "'Parameters':{" parameters "},'ErrorType':'" error   \
			 "','ErrorMessage':'it failed'")                       \
		      CALL(attributes, legs))
#define UPDATE(args, attributes, legs)                                         \
	EVENT("CALL_UPDATE_REQUESTED",                                         \
	      DATA("CallUpdateRequest", "'Parameters':{'Arguments':{" args     \
					"}}") CALL(attributes, legs))
#define GONE(parameters, attributes, legs)                                     \
	EVENT("HANGUP", DATA("Hangup", "'Parameters':{" parameters "}")        \
				CALL(attributes, legs))

/* --- the pieces of an answer -------------------------------------------- */

#define ANSWER(more)  "{'SchemaVersion':'1.0'" more "}"
#define GO_ON         ANSWER("")
#define ACTIONS(list) ",'Actions':[" list "]"
#define HANGUP(id, code)                                                       \
	"{'Type':'Hangup','Parameters':{'CallId':'" id                         \
	"','SipResponseCode':'" code "'}}"
#define HANGUP_A    HANGUP("call-a", "0")
#define HANGUP_B    HANGUP("call-b", "0")
#define HANGUP_BOTH HANGUP_B "," HANGUP_A
#define BRIDGE_VC(seconds, headers)                                            \
	"{'Type':'CallAndBridge','Parameters':{'CallTimeoutSeconds':" seconds  \
	",'CallerIdNumber':'+12025550100','Endpoints':[{"                      \
	"'BridgeEndpointType':'AWS','Uri':'1000','Arn':'" VC_ARN "'}]" headers \
	"}}"
#define BRIDGE_PSTN                                                            \
	"{'Type':'CallAndBridge','Parameters':{'CallTimeoutSeconds':30,"       \
	"'CallerIdNumber':'+12025550100','Endpoints':[{"                       \
	"'BridgeEndpointType':'PSTN','Uri':'+12025550177'}]}}"
#define DIGITS(digits)                                                         \
	"{'Type':'SendDigits','Parameters':{'CallId':'call-b','Digits':"       \
	"'" digits "','ToneDurationInMilliseconds':250}}"
#define REFUSED(args, bad)                                                     \
	ANSWER(ACTIONS("") ",'TransactionAttributes':{" args                   \
			   "'State':'refused','Reason':'" bad "'}")
#define NO_ANSWER NULL

static const struct sma_row {
	const char *name;
	const char *event;
	const char *answer; /* NO_ANSWER: err tells */
	enum rd_err err;
} rows[] = {
	/* --- the start: arguments become attributes --- */
	{ "a call to a connector is remembered", CREATE(VC),
	  ANSWER(ACTIONS("") "," BECOMES(VC, "new")), RD_OK },
	{ "a call to a number is remembered", CREATE(PSTN),
	  ANSWER(ACTIONS("") "," BECOMES(PSTN, "new")), RD_OK },
	{ "arguments of others are not kept", CREATE(PSTN ",'Other':'x'"),
	  ANSWER(ACTIONS("") "," BECOMES(PSTN, "new")), RD_OK },
	{ "a repeated start changes nothing",
	  EVENT("NEW_OUTBOUND_CALL",
		DATA("CallCreateRequest", "'Parameters':{'Arguments':{" VC "}}")
			CALL(ATTRIBUTES(VC, "bridging"), A_UP)),
	  ANSWER(ACTIONS("")), RD_OK },
	{ "no arguments are refused", CREATE(""), REFUSED("", "Target"),
	  RD_OK },
	{ "a start without data is refused",
	  EVENT("NEW_OUTBOUND_CALL", CALL("", A_UP)), REFUSED("", "Target"),
	  RD_OK },
	{ "an unknown target is refused", CREATE("'Target':'fax'"),
	  REFUSED("", "Target"), RD_OK },
	{ "a number that is not allowed is refused",
	  CREATE("'Target':'pstn','Dial':'+19005550177','CallerId':"
		 "'+12025550100'"),
	  REFUSED("'Target':'pstn','Dial':'+19005550177','CallerId':"
		  "'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "a premium number at a connector is refused",
	  CREATE("'Target':'vc','Dial':'+19005550177','CallerId':"
		 "'+12025550100','VoiceConnectorArn':'" VC_ARN "'"),
	  REFUSED("'Target':'vc','Dial':'+19005550177','VoiceConnectorArn':"
		  "'" VC_ARN "','CallerId':'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "the meetings' own number at a connector is refused",
	  CREATE("'Target':'vc','Dial':'+17035550122','CallerId':"
		 "'+12025550100','VoiceConnectorArn':'" VC_ARN "'"),
	  REFUSED("'Target':'vc','Dial':'+17035550122','VoiceConnectorArn':"
		  "'" VC_ARN "','CallerId':'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "a number that is too short is refused",
	  CREATE("'Target':'pstn','Dial':'+1202555','CallerId':"
		 "'+12025550100'"),
	  REFUSED("'Target':'pstn','Dial':'+1202555','CallerId':"
		  "'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "a number without + is refused",
	  CREATE("'Target':'pstn','Dial':'12025550177','CallerId':"
		 "'+12025550100'"),
	  REFUSED("'Target':'pstn','Dial':'12025550177','CallerId':"
		  "'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "a number that only begins well is refused",
	  CREATE("'Target':'pstn','Dial':'+1202555','CallerId':"
		 "'+12025550100,'"),
	  REFUSED("'Target':'pstn','Dial':'+1202555',", "CallerId"), RD_OK },
	{ "a number with a tail is refused",
	  CREATE("'Target':'pstn','Dial':'+12025550177,,9','CallerId':"
		 "'+12025550100'"),
	  REFUSED("'Target':'pstn','Dial':'+12025550177,,9','CallerId':"
		  "'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "a user that is a URI is refused",
	  CREATE("'Target':'vc','Dial':'1000@elsewhere','CallerId':"
		 "'+12025550100','VoiceConnectorArn':'" VC_ARN "'"),
	  REFUSED("'Target':'vc','VoiceConnectorArn':'" VC_ARN
		  "','CallerId':'+12025550100',",
		  "Dial"),
	  RD_OK },
	{ "a user of 31 characters is refused",
	  CREATE("'Target':'vc','Dial':'1234567890123456789012345678901',"
		 "'CallerId':'+12025550100'"),
	  REFUSED("'Target':'vc','CallerId':'+12025550100',", "Dial"), RD_OK },
	{ "a connector of another account is refused",
	  CREATE("'Target':'vc','Dial':'1000','CallerId':'+12025550100',"
		 "'VoiceConnectorArn':'arn:aws:chime:us-east-1:999922223333:vc/"
		 "abcdefghij1klmn2opq3rs'"),
	  REFUSED("'Target':'vc','Dial':'1000','VoiceConnectorArn':"
		  "'arn:aws:chime:us-east-1:999922223333:vc/"
		  "abcdefghij1klmn2opq3rs','CallerId':'+12025550100',",
		  "VoiceConnectorArn"),
	  RD_OK },
	{ "an ARN of another service is refused",
	  CREATE("'Target':'vc','Dial':'1000','CallerId':'+12025550100',"
		 "'VoiceConnectorArn':'arn:aws:lambda:us-east-1:111122223333:"
		 "vc/a'"),
	  REFUSED("'Target':'vc','Dial':'1000','VoiceConnectorArn':"
		  "'arn:aws:lambda:us-east-1:111122223333:vc/a','CallerId':"
		  "'+12025550100',",
		  "VoiceConnectorArn"),
	  RD_OK },
	{ "a connector is missing",
	  CREATE("'Target':'vc','Dial':'1000','CallerId':'+12025550100'"),
	  REFUSED("'Target':'vc','Dial':'1000','CallerId':'+12025550100',",
		  "VoiceConnectorArn"),
	  RD_OK },
	{ "a connector and a number do not go together",
	  CREATE(PSTN ",'VoiceConnectorArn':'" VC_ARN "'"),
	  REFUSED(PSTN ",'VoiceConnectorArn':'" VC_ARN "',",
		  "VoiceConnectorArn"),
	  RD_OK },
	{ "a carrier takes no headers", CREATE(PSTN ",'Headers':'{`X-A`:`1`}'"),
	  REFUSED(PSTN ",'Headers':'{`X-A`:`1`}',", "Headers"), RD_OK },
	{ "121 seconds are refused", CREATE(VC_BASE ",'Timeout':'121'"),
	  REFUSED(VC_BASE ",", "Timeout"), RD_OK },
	{ "0 seconds are refused", CREATE(VC_BASE ",'Timeout':'0'"),
	  REFUSED(VC_BASE ",", "Timeout"), RD_OK },
	{ "a reserved header is refused",
	  CREATE(VC_BASE ",'Headers':'{`X-VoiceConnector-ID`:`1`}'"),
	  REFUSED(VC_BASE ",'Headers':'{`X-VoiceConnector-ID`:`1`}',",
		  "Headers"),
	  RD_OK },
	{ "a header of SIP is refused",
	  CREATE(VC_BASE ",'Headers':'{`From`:`sip:me@here`}'"),
	  REFUSED(VC_BASE ",'Headers':'{`From`:`sip:me@here`}',", "Headers"),
	  RD_OK },
	{ "a header twice in two letter cases is refused",
	  CREATE(VC_BASE ",'Headers':'{`X-A`:`1`,`x-a`:`2`}'"),
	  REFUSED(VC_BASE ",'Headers':'{`X-A`:`1`,`x-a`:`2`}',", "Headers"),
	  RD_OK },
	{ "headers that are no object are refused",
	  CREATE(VC_BASE ",'Headers':'[`X-A`]'"),
	  REFUSED(VC_BASE ",'Headers':'[`X-A`]',", "Headers"), RD_OK },
	{ "headers that are no JSON are refused",
	  CREATE(VC_BASE ",'Headers':'X-A: 1'"),
	  REFUSED(VC_BASE ",'Headers':'X-A: 1',", "Headers"), RD_OK },
	{ "a header value of the wrong type is refused",
	  CREATE(VC_BASE ",'Headers':'{`X-A`:1}'"),
	  REFUSED(VC_BASE ",'Headers':'{`X-A`:1}',", "Headers"), RD_OK },
	{ "arguments of the wrong type are refused",
	  CREATE("'Target':7,'Dial':['1000'],'CallerId':{}"),
	  REFUSED("", "Target"), RD_OK },
	{ "arguments that are a list are refused",
	  EVENT("NEW_OUTBOUND_CALL",
		DATA("CallCreateRequest", "'Parameters':{'Arguments':['vc']}")
			CALL("", A_UP)),
	  REFUSED("", "Target"), RD_OK },

	/* --- ringing and answer --- */
	{ "ringing needs nothing",
	  EVENT("RINGING", CALL(ATTRIBUTES(VC, "new"), A_UP)), GO_ON, RD_OK },
	{ "the meeting is up: call the connector",
	  ANSWERED(ATTRIBUTES(VC, "new"), A_UP),
	  ANSWER(ACTIONS(BRIDGE_VC("45", ",'SipHeaders':{'X-Customer-Id':'4711'"
					 "}")) "," BECOMES(VC, "bridging")),
	  RD_OK },
	{ "without headers and with the standard time",
	  ANSWERED(ATTRIBUTES(VC_BASE, "new"), A_UP),
	  ANSWER(ACTIONS(BRIDGE_VC("30", "")) "," BECOMES(VC_BASE, "bridging")),
	  RD_OK },
	{ "the meeting is up: call the number",
	  ANSWERED(ATTRIBUTES(PSTN, "new"), A_UP),
	  ANSWER(ACTIONS(BRIDGE_PSTN) "," BECOMES(PSTN, "bridging")), RD_OK },
	{ "Leg-A is LEG-A",
	  ANSWERED(ATTRIBUTES(PSTN, "new"), PARTY("call-a", "Leg-A", UP)),
	  ANSWER(ACTIONS(BRIDGE_PSTN) "," BECOMES(PSTN, "bridging")), RD_OK },
	{ "the status may be absent",
	  ANSWERED(ATTRIBUTES(PSTN, "new"), PARTY("call-a", "LEG-A", "")),
	  ANSWER(ACTIONS(BRIDGE_PSTN) "," BECOMES(PSTN, "bridging")), RD_OK },
	{ "the application's other spelling",
	  EVENT("CALL_ANSWERED",
		"'CallDetails':{" DETAILS "'SipApplicationId':"
		"'app-1'," ATTRIBUTES(PSTN, "new") "'Participants':[" A_UP
						   "]}"),
	  ANSWER(ACTIONS(BRIDGE_PSTN) "," BECOMES(PSTN, "bridging")), RD_OK },
	{ "the event type's other member",
	  "{'SchemaVersion':'1.0','InvocationEvent':'CALL_ANSWERED'," CALL(
		  ATTRIBUTES(PSTN, "new"), A_UP) "}",
	  ANSWER(ACTIONS(BRIDGE_PSTN) "," BECOMES(PSTN, "bridging")), RD_OK },
	{ "an answer after the bridge makes no second one",
	  ANSWERED(ATTRIBUTES(VC, "bridging"), A_UP), GO_ON, RD_OK },
	{ "an answer while bridged makes no second one",
	  ANSWERED(ATTRIBUTES(VC, "bridged"), A_UP), GO_ON, RD_OK },
	{ "an answer after the end was asked for is hung up",
	  ANSWERED(ATTRIBUTES(VC, "ending"), A_UP), ANSWER(ACTIONS(HANGUP_A)),
	  RD_OK },
	{ "an answer after the end is hung up",
	  ANSWERED(ATTRIBUTES(VC, "ended"), A_UP), ANSWER(ACTIONS(HANGUP_A)),
	  RD_OK },
	{ "an answer with a telephone there makes no second one",
	  ANSWERED(ATTRIBUTES(VC, "new"), BOTH), GO_ON, RD_OK },
	{ "an answer after the telephone has gone makes no second one",
	  ANSWERED(ATTRIBUTES(VC, "new"), A_UP "," B_DOWN), GO_ON, RD_OK },
	{ "Leg-b counts as a telephone",
	  ANSWERED(ATTRIBUTES(VC, "new"),
		   A_UP "," PARTY("call-b", "Leg-b", UP)),
	  GO_ON, RD_OK },
	{ "an answer of nobody calls nobody",
	  ANSWERED(ATTRIBUTES(VC, "new"), ""), GO_ON, RD_OK },
	{ "an answer of who has gone calls nobody",
	  ANSWERED(ATTRIBUTES(VC, "new"), A_DOWN), GO_ON, RD_OK },
	{ "a call without attributes is hung up", ANSWERED("", A_UP),
	  ANSWER(ACTIONS(HANGUP("call-a", "480"))), RD_OK },
	{ "a call of another handler is hung up",
	  ANSWERED("'TransactionAttributes':{'State':'dialling'},", A_UP),
	  ANSWER(ACTIONS(HANGUP("call-a", "480"))), RD_OK },
	{ "a refused call is hung up",
	  ANSWERED("'TransactionAttributes':{'State':'refused','Reason':"
		   "'Dial'},",
		   A_UP),
	  ANSWER(ACTIONS(HANGUP("call-a", "480"))), RD_OK },
	{ "attributes are looked at again",
	  ANSWERED("'TransactionAttributes':{'Target':'pstn','Dial':"
		   "'+19005550177','CallerId':'+12025550100','State':'new'},",
		   A_UP),
	  ANSWER(ACTIONS(HANGUP("call-a", "480")) "," BECAUSE(
		  "'Target':'pstn','Dial':'+19005550177','CallerId':"
		  "'+12025550100'",
		  "refused", "Dial")),
	  RD_OK },

	/* --- what succeeded --- */
	{ "the bridge stands",
	  SUCCESS("CallAndBridge", "'CallId':'call-a'",
		  ATTRIBUTES(VC, "bridging"), BOTH),
	  ANSWER("," BECOMES(VC, "bridged")), RD_OK },
	{ "the bridge stands, told again",
	  SUCCESS("CallAndBridge", "", ATTRIBUTES(VC, "bridged"), BOTH), GO_ON,
	  RD_OK },
	{ "the bridge stands, the caller has gone",
	  SUCCESS("CallAndBridge", "", ATTRIBUTES(PSTN, "bridging"),
		  A_DOWN "," B_UP),
	  ANSWER(ACTIONS(HANGUP_B) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the bridge stands, the telephone has gone",
	  SUCCESS("CallAndBridge", "", ATTRIBUTES(PSTN, "bridging"),
		  A_UP "," B_DOWN),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the bridge stands after the end was asked for",
	  SUCCESS("CallAndBridge", "", ATTRIBUTES(PSTN, "ending"), BOTH),
	  ANSWER(ACTIONS(HANGUP_BOTH) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the bridge stands, nobody is named",
	  SUCCESS("CallAndBridge", "", ATTRIBUTES(VC, "bridging"), ""),
	  ANSWER("," BECOMES(VC, "bridged")), RD_OK },
	{ "digits were sent",
	  SUCCESS("SendDigits", "'CallId':'call-b','Digits':'1'",
		  ATTRIBUTES(VC, "bridged"), BOTH),
	  GO_ON, RD_OK },
	{ "the meeting was hung up, the telephone is still there",
	  SUCCESS("Hangup", "'ParticipantTag':'LEG-A'",
		  ATTRIBUTES(PSTN, "ending"), BOTH),
	  ANSWER(ACTIONS(HANGUP_B) "," BECAUSE(PSTN, "ended", "hangup")),
	  RD_OK },
	{ "the meeting was hung up, and that is tried once",
	  SUCCESS("Hangup", "'CallId':'call-a'", ATTRIBUTES(PSTN, "ended"),
		  BOTH),
	  GO_ON, RD_OK },
	{ "all was hung up",
	  SUCCESS("Hangup", "'CallId':'call-a'", ATTRIBUTES(PSTN, "ending"),
		  A_UP "," B_DOWN),
	  ANSWER(ACTIONS("")), RD_OK },
	{ "an action that we never ask for succeeded",
	  SUCCESS("VoiceFocus", "'Enable':true", ATTRIBUTES(VC, "bridged"),
		  BOTH),
	  GO_ON, RD_OK },

	/* --- what failed --- */
	{ "nobody answered",
	  FAILED("CallAndBridge", "'CallId':'call-a'", "CallNotAnswered",
		 ATTRIBUTES(PSTN, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ending",
					       "CallNotAnswered")),
	  RD_OK },
	{ "a parameter was wrong",
	  FAILED("CallAndBridge", "", "InvalidActionParameter",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending",
					       "InvalidActionParameter")),
	  RD_OK },
	{ "a parameter was missing",
	  FAILED("CallAndBridge", "", "MissingRequiredActionParameter",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(
		  VC, "ending", "MissingRequiredActionParameter")),
	  RD_OK },
	{ "the service failed",
	  FAILED("CallAndBridge", "", "SystemException",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending",
					       "SystemException")),
	  RD_OK },
	{ "a ringback that is not there",
	  FAILED("CallAndBridge", "", "InvalidAudioSource",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending",
					       "InvalidAudioSource")),
	  RD_OK },
	{ "too many at once",
	  FAILED("CallAndBridge", "", "ActionExecutionThrottled",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending",
					       "ActionExecutionThrottled")),
	  RD_OK },
	{ "not allowed",
	  FAILED("CallAndBridge", "", "AccessDenied",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending", "AccessDenied")),
	  RD_OK },
	{ "no such connector",
	  FAILED("CallAndBridge", "", "ResourceNotFound",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending",
					       "ResourceNotFound")),
	  RD_OK },
	{ "not our connector",
	  FAILED("CallAndBridge", "", "ResourceAccessDenied",
		 ATTRIBUTES(VC, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(VC, "ending",
					       "ResourceAccessDenied")),
	  RD_OK },
	{ "a failure without a type, both legs up",
	  EVENT("ACTION_FAILED",
		DATA("CallAndBridge", "'ErrorList':[]")
			CALL(ATTRIBUTES(PSTN, "bridging"), A_UP "," B_RINGS)),
	  ANSWER(ACTIONS(HANGUP_BOTH) "," BECAUSE(PSTN, "ending", "failed")),
	  RD_OK },
	{ "the bridge failed without attributes",
	  FAILED("CallAndBridge", "", "CallNotAnswered", "", A_UP),
	  ANSWER(ACTIONS(HANGUP_A) ",'TransactionAttributes':{'State':"
				   "'ending','Reason':'CallNotAnswered'}"),
	  RD_OK },
	{ "digits failed: talk on",
	  FAILED("SendDigits", "'CallId':'call-b'", "SystemException",
		 ATTRIBUTES(VC, "bridged"), BOTH),
	  GO_ON, RD_OK },
	{ "the hang-up failed: once more",
	  FAILED("Hangup", "'CallId':'call-b'", "SystemException",
		 ATTRIBUTES(PSTN, "ending"), BOTH),
	  ANSWER(ACTIONS(HANGUP_BOTH) "," BECAUSE(PSTN, "ended",
						  "SystemException")),
	  RD_OK },
	{ "the hang-up failed again: the meeting's end will do",
	  FAILED("Hangup", "'CallId':'call-b'", "SystemException",
		 ATTRIBUTES(PSTN, "ended"), BOTH),
	  GO_ON, RD_OK },
	{ "an action that we never ask for failed",
	  FAILED("StartBotConversation", "", "SystemException",
		 ATTRIBUTES(VC, "bridged"), BOTH),
	  GO_ON, RD_OK },
	{ "a failure of nothing",
	  EVENT("ACTION_FAILED", CALL(ATTRIBUTES(VC, "bridged"), BOTH)), GO_ON,
	  RD_OK },
	{ "an interruption is only told",
	  EVENT("ACTION_INTERRUPTED",
		DATA("PlayAudio", "'Parameters':{}")
			CALL(ATTRIBUTES(VC, "bridged"), BOTH)),
	  GO_ON, RD_OK },
	{ "digits from the telephone are not asked for",
	  EVENT("DIGITS_RECEIVED",
		DATA("ReceiveDigits", "'ReceivedDigits':'1'")
			CALL(ATTRIBUTES(VC, "bridged"), BOTH)),
	  GO_ON, RD_OK },

	/* --- updates --- */
	{ "digits go to the telephone",
	  UPDATE("'action':'digits','digits':'12#'", ATTRIBUTES(VC, "bridged"),
		 BOTH),
	  ANSWER(ACTIONS(DIGITS("12#"))), RD_OK },
	{ "digits go to the telephone wherever it stands in the list",
	  UPDATE("'action':'digits','digits':'*,AD'", ATTRIBUTES(VC, "bridged"),
		 B_UP "," A_UP),
	  ANSWER(ACTIONS(DIGITS("*,AD"))), RD_OK },
	{ "digits before there is a telephone",
	  UPDATE("'action':'digits','digits':'1'", ATTRIBUTES(VC, "bridging"),
		 A_UP),
	  GO_ON, RD_OK },
	{ "digits after the telephone has gone",
	  UPDATE("'action':'digits','digits':'1'", ATTRIBUTES(VC, "ending"),
		 A_UP "," B_DOWN),
	  GO_ON, RD_OK },
	{ "digits that are none",
	  UPDATE("'action':'digits','digits':'12x'", ATTRIBUTES(VC, "bridged"),
		 BOTH),
	  GO_ON, RD_OK },
	{ "no digits",
	  UPDATE("'action':'digits','digits':''", ATTRIBUTES(VC, "bridged"),
		 BOTH),
	  GO_ON, RD_OK },
	{ "51 digits",
	  UPDATE("'action':'digits','digits':'12345678901234567890123456789012"
		 "3456789012345678901'",
		 ATTRIBUTES(VC, "bridged"), BOTH),
	  GO_ON, RD_OK },
	{ "digits of the wrong type",
	  UPDATE("'action':'digits','digits':12", ATTRIBUTES(VC, "bridged"),
		 BOTH),
	  GO_ON, RD_OK },
	{ "digits to a telephone without an id",
	  UPDATE("'action':'digits','digits':'1'", ATTRIBUTES(VC, "bridged"),
		 A_UP ",{'ParticipantTag':'LEG-B','Status':'Connected'}"),
	  GO_ON, RD_OK },
	{ "hang up both",
	  UPDATE("'action':'hangup'", ATTRIBUTES(PSTN, "bridged"), BOTH),
	  ANSWER(ACTIONS(HANGUP_BOTH) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "hang up while it rings",
	  UPDATE("'action':'hangup'", ATTRIBUTES(PSTN, "bridging"), A_UP),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "hang up what has no id",
	  UPDATE("'action':'hangup'", "",
		 "{'ParticipantTag':'LEG-A','Status':'Connected'}"),
	  ANSWER(ACTIONS("{'Type':'Hangup','Parameters':{'ParticipantTag':"
			 "'LEG-A','SipResponseCode':'0'}}") ","
							    "'TransactionAttrib"
							    "utes':{'State':'"
							    "ending','Reason':"
							    "'hangup'}"),
	  RD_OK },
	{ "an update that we do not know",
	  UPDATE("'action':'mute'", ATTRIBUTES(VC, "bridged"), BOTH), GO_ON,
	  RD_OK },
	{ "an update without arguments",
	  EVENT("CALL_UPDATE_REQUESTED", CALL(ATTRIBUTES(VC, "bridged"), BOTH)),
	  GO_ON, RD_OK },

	/* --- hang-ups --- */
	{ "the caller goes: the telephone too",
	  GONE("'SipResponseCode':0,'CallId':'call-a','ParticipantTag':"
	       "'LEG-A'",
	       ATTRIBUTES(PSTN, "bridged"), A_DOWN "," B_UP),
	  ANSWER(ACTIONS(HANGUP_B) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the telephone goes: the meeting too",
	  GONE("'SipResponseCode':0,'CallId':'call-b','ParticipantTag':"
	       "'LEG-B'",
	       ATTRIBUTES(PSTN, "bridged"), A_UP "," B_DOWN),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the telephone goes at the end: the meeting still",
	  GONE("'ParticipantTag':'LEG-B'", ATTRIBUTES(PSTN, "ended"), BOTH),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ended", "hangup")),
	  RD_OK },
	{ "Leg-B has gone, by tag alone",
	  GONE("'ParticipantTag':'Leg-B'", ATTRIBUTES(PSTN, "bridged"), BOTH),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the CallId counts more than the tag",
	  GONE("'CallId':'call-b','ParticipantTag':'LEG-A'",
	       ATTRIBUTES(PSTN, "bridged"), BOTH),
	  ANSWER(ACTIONS(HANGUP_A) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the caller goes while the telephone rings",
	  GONE("'ParticipantTag':'LEG-A'", ATTRIBUTES(PSTN, "bridging"),
	       A_DOWN "," B_RINGS),
	  ANSWER(ACTIONS(HANGUP_B) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "the last one goes",
	  GONE("'ParticipantTag':'LEG-A'", ATTRIBUTES(PSTN, "ending"),
	       A_DOWN "," B_DOWN),
	  ANSWER(ACTIONS("")), RD_OK },
	{ "the caller goes before the telephone",
	  GONE("'ParticipantTag':'LEG-A'", ATTRIBUTES(PSTN, "new"), A_DOWN),
	  ANSWER(ACTIONS("")), RD_OK },
	{ "somebody goes, nobody says who",
	  EVENT("HANGUP", CALL(ATTRIBUTES(PSTN, "bridged"), BOTH)),
	  ANSWER(ACTIONS(HANGUP_BOTH) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
	{ "somebody goes, no participants",
	  GONE("'ParticipantTag':'LEG-A'", ATTRIBUTES(PSTN, "bridged"), ""),
	  ANSWER(ACTIONS("")), RD_OK },

	/* --- what is not a call of ours --- */
	{ "a call from outside is refused",
	  EVENT("NEW_INBOUND_CALL", CALL("", PARTY("call-a", "LEG-A", ""))),
	  ANSWER(ACTIONS(HANGUP("call-a", "480"))), RD_OK },
	{ "a call from outside by its other name, of nobody",
	  EVENT("NEW_INCOMING_CALL", CALL("", "")),
	  ANSWER(ACTIONS("{'Type':'Hangup','Parameters':{'ParticipantTag':"
			 "'LEG-A','SipResponseCode':'480'}}")),
	  RD_OK },
	{ "our answer was not understood",
	  "{'SchemaVersion':'1.0','InvocationEventType':"
	  "'INVALID_LAMBDA_RESPONSE','ErrorType':"
	  "'TransactionAttributesInvalidMapSize','ErrorMessage':'too "
	  "many'," CALL(ATTRIBUTES(VC, "bridging"), A_UP) "}",
	  GO_ON, RD_OK },
	{ "an event of tomorrow",
	  EVENT("CALL_HELD", CALL(ATTRIBUTES(VC, "bridged"), BOTH)), GO_ON,
	  RD_OK },

	/* --- what is not an event --- */
	{ "not an object", "['HANGUP']", NO_ANSWER, RD_E_FORMAT },
	{ "an empty object", "{}", NO_ANSWER, RD_E_FORMAT },
	{ "a null", "null", NO_ANSWER, RD_E_FORMAT },
	{ "another version",
	  "{'SchemaVersion':'2.0','InvocationEventType':'HANGUP'," CALL("",
									"") "}",
	  NO_ANSWER, RD_E_FORMAT },
	{ "no type", "{'SchemaVersion':'1.0'," CALL("", "") "}", NO_ANSWER,
	  RD_E_FORMAT },
	{ "a type that is a number",
	  "{'SchemaVersion':'1.0','InvocationEventType':7," CALL("", "") "}",
	  NO_ANSWER, RD_E_FORMAT },
	{ "no details",
	  "{'SchemaVersion':'1.0','InvocationEventType':'HANGUP'}", NO_ANSWER,
	  RD_E_FORMAT },
	{ "details that are a text",
	  "{'SchemaVersion':'1.0','InvocationEventType':'HANGUP',"
	  "'CallDetails':'none'}",
	  NO_ANSWER, RD_E_FORMAT },
	{ "another application",
	  "{'SchemaVersion':'1.0','InvocationEventType':'HANGUP',"
	  "'CallDetails':{'SipMediaApplicationId':'app-2'}}",
	  NO_ANSWER, RD_E_DENIED },
	{ "no application",
	  "{'SchemaVersion':'1.0','InvocationEventType':'HANGUP',"
	  "'CallDetails':{}}",
	  NO_ANSWER, RD_E_DENIED },
	{ "everything of the wrong type",
	  "{'SchemaVersion':'1.0','InvocationEventType':'CALL_ANSWERED',"
	  "'ActionData':[1],'CallDetails':{'SipMediaApplicationId':'app-1',"
	  "'AwsAccountId':5,'TransactionAttributes':['new'],"
	  "'Participants':{'LEG-A':1}}}",
	  GO_ON, RD_OK },
	{ "participants of the wrong type",
	  EVENT("HANGUP", CALL("", "1,null,'LEG-A',[],{'ParticipantTag':1},"
				   "{'ParticipantTag':'LEG-C'}")),
	  ANSWER(ACTIONS("")), RD_OK },
	{ "an id that is too long is not repeated",
	  EVENT("HANGUP",
		CALL("", "{'ParticipantTag':'LEG-A','CallId':"
			 "'12345678901234567890123456789012345678901234567890"
			 "123456789012345'}")),
	  ANSWER(ACTIONS("{'Type':'Hangup','Parameters':{'ParticipantTag':"
			 "'LEG-A','SipResponseCode':'0'}}") ","
							    "'TransactionAttrib"
							    "utes':{'State':'"
							    "ending','Reason':"
							    "'hangup'}"),
	  RD_OK },
	{ "two of one name: the one that is up counts",
	  GONE("'ParticipantTag':'LEG-A'", ATTRIBUTES(PSTN, "bridged"),
	       A_DOWN "," PARTY("call-0", "LEG-B", DOWN) "," B_UP),
	  ANSWER(ACTIONS(HANGUP_B) "," BECAUSE(PSTN, "ending", "hangup")),
	  RD_OK },
};
