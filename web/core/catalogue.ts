/* core/catalogue.ts - the catalogue of contracts/, as types and values.
 * Written by tools/contracts.mjs; change contracts/ instead.
 * SPDX-License-Identifier: Apache-2.0 */

export type CallState = "idle" | "closed" | "signing-in" | "consent" | "permission" | "connecting" | "ringing" | "queued" | "in-call" | "held" | "transferring" | "reconnecting" | "resuming" | "ending" | "ended" | "failed" | "callback" | "callback-done";
export type ServerState = "starting" | "connecting" | "ringing" | "in-call" | "held" | "reconnecting" | "ending" | "ended";
export type NextStep = "allow_microphone" | "callback" | "choose_device" | "close_other_app" | "connect_microphone" | "continue" | "end_other_tab" | "open_window" | "other_browser" | "other_network" | "phone" | "retry" | "retry_online" | "show_other_tab" | "sign_in" | "support_id" | "turn_on_sound" | "wait";
export type EndedBy = "caller" | "advisor" | "system";

export interface ReasonFacts {
	readonly retry: boolean;
	readonly state: "ended" | "failed";
	readonly nextSteps: readonly NextStep[];
}

export type Reason = "mic_denied" | "mic_dismissed" | "mic_none" | "mic_busy" | "mic_policy" | "insecure" | "unsupported" | "auth_required" | "auth_expired" | "auth_refused" | "auth_timeout" | "closed" | "no_advisor" | "queue_full" | "busy" | "no_answer" | "declined" | "network_offline" | "network_blocked" | "network_lost" | "server_unreachable" | "no_audio_in" | "no_audio_out" | "audio_blocked" | "interrupted" | "limit_rate" | "limit_concurrent" | "limit_time" | "limit_cost" | "elsewhere" | "moved" | "transfer_failed" | "provider_down" | "server_lost" | "ended_by_caller" | "ended_by_advisor" | "ended_by_system" | "internal" | "bad_request" | "not_found" | "method_not_allowed" | "wrong_state" | "too_large" | "unsupported_media_type" | "forbidden_destination" | "draining";

type Facts = (retry: boolean, ...nextSteps: NextStep[]) => ReasonFacts;
const failed: Facts = (retry, ...nextSteps) => ({ retry, state: "failed", nextSteps });
const ended: Facts = (retry, ...nextSteps) => ({ retry, state: "ended", nextSteps });

export const REASONS: Readonly<Record<Reason, ReasonFacts>> = {
	mic_denied: failed(true, "allow_microphone", "retry", "phone"),
	mic_dismissed: failed(true, "retry", "phone"),
	mic_none: failed(true, "connect_microphone", "retry", "phone"),
	mic_busy: failed(true, "close_other_app", "retry", "phone"),
	mic_policy: failed(false, "open_window", "phone"),
	insecure: failed(false, "phone"),
	unsupported: failed(false, "other_browser", "phone"),
	auth_required: failed(true, "sign_in", "phone"),
	auth_expired: failed(true, "retry", "sign_in", "phone"),
	auth_refused: failed(false, "sign_in", "phone"),
	auth_timeout: failed(true, "retry", "phone"),
	closed: failed(false, "callback", "phone"),
	no_advisor: failed(true, "retry", "callback", "phone"),
	queue_full: failed(true, "callback", "phone"),
	busy: failed(true, "retry", "callback", "phone"),
	no_answer: failed(true, "retry", "callback", "phone"),
	declined: failed(true, "retry", "callback", "phone"),
	network_offline: failed(true, "retry_online", "phone"),
	network_blocked: failed(true, "other_network", "retry", "phone"),
	network_lost: failed(true, "retry", "phone"),
	server_unreachable: failed(true, "retry", "other_network", "phone"),
	no_audio_in: failed(true, "choose_device", "retry", "phone"),
	no_audio_out: failed(true, "choose_device", "retry", "phone"),
	audio_blocked: failed(true, "turn_on_sound"),
	interrupted: failed(true, "continue"),
	limit_rate: failed(true, "wait", "phone"),
	limit_concurrent: failed(true, "wait", "phone"),
	limit_time: ended(true, "retry", "phone"),
	limit_cost: failed(false, "phone"),
	elsewhere: failed(false, "show_other_tab", "end_other_tab"),
	moved: ended(false),
	transfer_failed: failed(false),
	provider_down: failed(true, "retry", "phone"),
	server_lost: failed(true, "retry", "phone"),
	ended_by_caller: ended(true, "retry"),
	ended_by_advisor: ended(true, "retry"),
	ended_by_system: ended(true, "retry", "phone"),
	internal: failed(true, "retry", "support_id", "phone"),
	bad_request: failed(false, "support_id", "phone"),
	not_found: failed(false, "phone"),
	method_not_allowed: failed(false),
	wrong_state: failed(false),
	too_large: failed(false),
	unsupported_media_type: failed(false),
	forbidden_destination: failed(false, "phone"),
	draining: failed(true, "retry", "phone"),
};

export const SERVER_STATES: readonly ServerState[] = ["starting", "connecting", "ringing", "in-call", "held", "reconnecting", "ending", "ended"];

export const LIMITS_MS: Readonly<Partial<Record<CallState, number>>> = {
	"signing-in": 10000,
	"connecting": 15000,
	"reconnecting": 45000,
	"resuming": 10000,
	"ending": 2000,
};

export type ClientMoves = Readonly<Record<CallState, readonly CallState[]>>;

export type StringKey = "lang" | "dir" | "launcher.call" | "launcher.named" | "launcher.about" | "launcher.closed" | "launcher.callback" | "launcher.live" | "launcher.busy" | "hint.page" | "panel.label" | "panel.minimise" | "panel.restore" | "panel.close" | "action.cancel" | "action.hang_up" | "action.mute" | "action.unmute" | "action.hold" | "action.unhold" | "action.keypad" | "action.keypad_close" | "action.again" | "action.retry" | "action.back" | "action.back_to" | "action.callback" | "action.sign_in" | "action.sound" | "action.phone" | "action.copy" | "action.copied" | "support.id" | "support.spoken" | "keypad.label" | "keypad.key" | "keypad.star" | "keypad.pound" | "keypad.sent" | "keypad.failed" | "mic.on" | "mic.muted" | "mic.now_on" | "mic.now_muted" | "sound.blocked" | "timer.label" | "quality.weak" | "care.muted_speech" | "quality.connection" | "quality.good" | "quality.fair" | "quality.poor" | "devices.label" | "devices.input" | "devices.output" | "tab.show" | "state.idle" | "state.closed" | "state.closed.say" | "state.signing-in" | "state.signing-in.say" | "state.consent" | "state.consent.say" | "state.permission" | "state.permission.say" | "state.permission.hint" | "state.connecting" | "state.connecting.say" | "state.ringing" | "state.ringing.say" | "state.queued" | "state.queued.say" | "state.in-call" | "state.in-call.say" | "state.in-call.muted" | "state.held" | "state.held.say" | "state.transferring" | "state.transferring.say" | "state.reconnecting" | "state.reconnecting.say" | "state.reconnecting.half" | "state.resuming" | "state.resuming.say" | "state.ending" | "state.ended" | "state.ended.time" | "state.failed" | "state.callback" | "state.callback.say" | "state.callback-done" | "state.callback-done.say" | "preflight.checking" | "preflight.checking.say" | "preflight.mic" | "preflight.network" | "preflight.ready" | "preflight.ready.say" | "preflight.degraded" | "preflight.detour" | "preflight.weak" | "preflight.unclear" | "preflight.unclear.say" | "preflight.go" | "hold.mine" | "consent.accept" | "consent.decline" | "queue.place" | "queue.wait" | "queue.long" | "queue.call" | "queue.sound_off" | "queue.sound_on" | "callback.when" | "callback.soon" | "callback.phone" | "callback.number" | "callback.bad" | "callback.failed" | "callback.ask" | "callback.place" | "callback.at" | "callback.reference" | "callback.cancel" | "rating.ask" | "rating.good" | "rating.bad" | "rating.thanks" | "report.offer" | "report.thanks" | "report.say" | "report.send" | "report.exact" | "report.version" | "report.browser" | "report.reason" | "report.detail" | "report.provider" | "report.path" | "report.tried" | "report.rtt" | "report.jitter" | "report.loss" | "report.mos" | "report.devices" | "report.permission" | "report.history" | "move.offer" | "move.say" | "move.code" | "peer.code" | "peer.recorded" | "warn.last" | "warn.hold" | "pad.secure" | "steps.mic.chrome" | "steps.mic.firefox" | "steps.mic.safari" | "steps.mic.ios" | "steps.mic.android" | "steps.mic.other" | "reason.mic_denied" | "reason.mic_denied.say" | "reason.mic_dismissed" | "reason.mic_dismissed.say" | "reason.mic_none" | "reason.mic_none.say" | "reason.mic_busy" | "reason.mic_busy.say" | "reason.mic_policy" | "reason.mic_policy.say" | "reason.insecure" | "reason.insecure.say" | "reason.unsupported" | "reason.unsupported.say" | "reason.auth_required" | "reason.auth_required.say" | "reason.auth_expired" | "reason.auth_expired.say" | "reason.auth_refused" | "reason.auth_refused.say" | "reason.auth_timeout" | "reason.auth_timeout.say" | "reason.closed" | "reason.closed.say" | "reason.no_advisor" | "reason.no_advisor.say" | "reason.queue_full" | "reason.queue_full.say" | "reason.busy" | "reason.busy.say" | "reason.no_answer" | "reason.no_answer.say" | "reason.declined" | "reason.declined.say" | "reason.network_offline" | "reason.network_offline.say" | "reason.network_blocked" | "reason.network_blocked.say" | "reason.network_lost" | "reason.network_lost.say" | "reason.server_unreachable" | "reason.server_unreachable.say" | "reason.no_audio_in" | "reason.no_audio_in.say" | "reason.no_audio_out" | "reason.no_audio_out.say" | "reason.audio_blocked" | "reason.audio_blocked.say" | "reason.interrupted" | "reason.interrupted.say" | "reason.limit_rate" | "reason.limit_rate.say" | "reason.limit_rate.wait" | "reason.limit_concurrent" | "reason.limit_concurrent.say" | "reason.limit_time" | "reason.limit_time.say" | "reason.limit_cost" | "reason.limit_cost.say" | "reason.elsewhere" | "reason.elsewhere.say" | "reason.moved" | "reason.moved.say" | "reason.transfer_failed" | "reason.transfer_failed.say" | "reason.provider_down" | "reason.provider_down.say" | "reason.server_lost" | "reason.server_lost.say" | "reason.ended_by_caller" | "reason.ended_by_caller.say" | "reason.ended_by_advisor" | "reason.ended_by_advisor.say" | "reason.ended_by_system" | "reason.ended_by_system.say" | "reason.internal" | "reason.internal.say" | "reason.bad_request" | "reason.bad_request.say" | "reason.not_found" | "reason.not_found.say" | "reason.method_not_allowed" | "reason.method_not_allowed.say" | "reason.wrong_state" | "reason.wrong_state.say" | "reason.too_large" | "reason.too_large.say" | "reason.unsupported_media_type" | "reason.unsupported_media_type.say" | "reason.forbidden_destination" | "reason.forbidden_destination.say" | "reason.draining" | "reason.draining.say";

export type Language = "ar" | "de" | "en" | "es" | "fr" | "it" | "ja" | "nl" | "pl" | "pt-BR" | "tr" | "zh-Hans";

export const LANGUAGES: readonly Language[] = ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "tr", "zh-Hans"];

export function isReason(word: unknown): word is Reason {
	return typeof word === "string" && Object.prototype.hasOwnProperty.call(REASONS, word);
}

export function isServerState(word: unknown): word is ServerState {
	return (SERVER_STATES as readonly unknown[]).includes(word);
}
