/* widget/types.ts - the public face of the widget, and what its parts share.
 * SPDX-License-Identifier: Apache-2.0 */
import type {
	CallState,
	EndedBy,
	Language,
	NextStep,
	Reason,
	StringKey,
} from "../core/catalogue.js";
import type { ClassMap } from "./light.js";
import type { Availability, CallbackOffer, ConsentAsked, Peer, Queue } from "../core/api.js";
import type { Call, Comeback, Quality } from "../core/call.js";
import type {
	MediaNews,
	MediaSession,
	Microphone,
	Ports,
	TokenReason,
	TokenSource,
} from "../core/ports.js";
import type { Stage } from "./panel/stage.js";

export type RingdownState = CallState;
export type RingdownReason = Reason;
export type { Availability, CallbackOffer, ConsentAsked, Peer, Quality, Queue };

export interface GlobalOptions {
	/* Gives the access token of the person who is signed in. */
	getToken?: (ask: { to: string; reason: TokenReason }) => Promise<string>;
	onAuthRequired?: (ask: { to: string }) => void;
	/* By language tag; text only, never HTML. */
	strings?: Readonly<Record<string, Strings>>;
	/* With it people can report a problem: they see what is inside, and
	 * press Send. */
	onDiagnostics?: (diagnostics: Diagnostics) => void | Promise<void>;
}

/* What a report holds: nothing of who called whom, or of what was said. */
export interface Diagnostics {
	readonly version: string;
	readonly browser: string; /* family and major version: "Firefox 140" */
	readonly supportId?: string;
	readonly provider?: string; /* who carried the call */
	readonly state: RingdownState;
	readonly reason?: RingdownReason;
	readonly detail?: string; /* technical, without numbers, addresses and names */
	readonly history: readonly DiagnosticsStep[]; /* the latest 50 */
	readonly permission: "granted" | "denied" | "prompt" | "unknown"; /* microphone */
	readonly devices: { readonly microphones: number; readonly speakers: number };
	readonly path?: DiagnosticsPath; /* how the sound went */
	readonly tried?: DiagnosticsCandidates; /* where it found no way */
	readonly quality?: DiagnosticsQuality;
}

export interface DiagnosticsStep {
	readonly state: RingdownState;
	readonly atMs: number; /* after the press */
}

export interface DiagnosticsCandidate {
	readonly type: string; /* host, srflx, prflx, relay */
	readonly protocol: string; /* udp, tcp; of a relay the one to it, also tls */
	readonly address?: string; /* cut to /24 or /48; never a name */
}

export interface DiagnosticsPath {
	readonly local: DiagnosticsCandidate;
	readonly remote: DiagnosticsCandidate;
}

export interface DiagnosticsCandidates {
	readonly local: readonly DiagnosticsCandidate[];
	readonly remote: readonly DiagnosticsCandidate[];
}

/* Of as many seconds, an hour at most. */
export interface DiagnosticsQuality {
	readonly seconds: number;
	readonly rttMs: DiagnosticsSpread;
	readonly jitterMs: DiagnosticsSpread;
	readonly lossPct: DiagnosticsSpread;
	readonly mos: DiagnosticsSpread;
}

export interface DiagnosticsSpread {
	readonly min: number;
	readonly median: number;
	readonly max: number;
}

/* One form for each plural category of the language; {seconds} is counted. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;
export type Text = string | readonly string[] | Plural;
export type Strings = Partial<Record<StringKey, Text>>;

/* As an event target: what its element dispatches, and `change` whenever
 * something else of the call has changed. */
export interface RingdownCall extends EventTarget {
	readonly id: string;
	readonly supportId: string;
	readonly to: string;
	readonly state: RingdownState;
	readonly reason: RingdownReason | undefined;
	readonly startedAt: number | undefined; /* as performance.now() counts */
	readonly answeredAt: number | undefined;
	readonly muted: boolean;
	readonly quality: Quality;
	readonly held: boolean;
	/* Only while in line; members only where they are known. */
	readonly queue: (Queue & { readonly updatedAt: number }) | undefined;
	readonly peer: Peer | undefined;
	readonly recorded: boolean;
	mute(on?: boolean): void;
	hold(on?: boolean): Promise<void>;
	/* secure: the digits are shown nowhere. */
	sendDigits(digits: string, options?: { secure?: boolean }): Promise<void>;
	/* A device by its id, or "default". */
	setInput(id: string): Promise<void>;
	setOutput(id: string): Promise<void>;
	/* To the advisor's side, at most 4 kB as JSON. */
	send(topic: string, data: unknown): Promise<void>;
	requestCallback(request: CallbackRequest): Promise<CallbackReceipt>;
	/* Where the server offers it. */
	moveToPhone(): Promise<MoveTicket>;
	rate(score: 1 | 2 | 3 | 4 | 5, tags?: readonly string[]): Promise<void>;
	hangUp(): Promise<void>;
}

/* phone: with its country code; not needed where the server knows a number.
 * when: absent is "as soon as somebody is free". */
export interface CallbackRequest {
	readonly phone?: string;
	readonly when?: { readonly from: string; readonly to: string };
}

export interface CallbackReceipt {
	readonly id: string;
	readonly state: string;
	readonly when?: { readonly from: string; readonly to: string };
	readonly position?: number; /* the place in the line that is kept */
	readonly reference?: string; /* to be read aloud */
}

/* qr: one row of 0 and 1 to a line, drawn as it is. */
export interface MoveTicket {
	readonly qr: string;
	readonly code: string;
	readonly expiresAt: string;
}

export interface StartOptions {
	readonly api?: string;
	readonly hints?: Readonly<Record<string, string>>;
	readonly displayName?: string;
}

/* Of the widget itself: a call that the page before began, or none at all
 * but the form for a call back. */
export interface InnerStart extends StartOptions {
	readonly comeback?: Comeback;
	readonly isCallback?: boolean;
}

export interface RingdownElement extends HTMLElement {
	readonly state: RingdownState;
	readonly call: RingdownCall | null;
	/* for this element, in place of the page's */
	getToken?: GlobalOptions["getToken"] | undefined;
	start(options?: StartOptions): Promise<RingdownCall>;
	hangUp(): Promise<void>;
	open(): void;
	close(): void;
	refreshAvailability(): Promise<Availability>;
}

export interface RingdownStatic {
	readonly version: string;
	readonly current: RingdownCall | null;
	configure(options: GlobalOptions): void;
	mount(element: Element, options?: Readonly<Record<string, string>>): RingdownElement;
	availability(to: string): Promise<Availability>;
	start(to: string, options?: StartOptions): Promise<RingdownCall>;
	test(options?: PreflightOptions): Promise<PreflightReport>;
	destroy(): Promise<void>;
}

export interface Device {
	readonly id: string;
	readonly label: string;
}

export interface Devices {
	readonly inputs: readonly Device[];
	readonly outputs: readonly Device[]; /* empty where the browser lets nobody choose */
	readonly activeInput: string;
	readonly activeOutput: string;
}

export interface PreflightOptions {
	readonly to?: string; /* else the destination of the page's first button */
	readonly mic?: boolean; /* captures the microphone, and may ask for it */
	readonly network?: boolean; /* true unless told otherwise */
	readonly signal?: AbortSignal;
}

export type PreflightPath = "direct" | "direct-tcp" | "relay-udp" | "relay-tls";

export interface PreflightReport {
	readonly verdict: "ready" | "degraded" | "blocked" | "no-permission" | "unclear";
	readonly reasons: readonly RingdownReason[];
	readonly micLevel?: number; /* 0..1 */
	readonly rttMs?: number;
	readonly path?: PreflightPath; /* how sound gets through */
}

export interface RingdownEvents {
	/* the widget is drawn */
	"ringdown:ready": { version: string };
	/* after `refreshAvailability()` */
	"ringdown:availability": Availability;
	/* before anything is asked or sent; cancelable, hints may be edited,
	 * and what is given to waitUntil() holds the call back or refuses it */
	"ringdown:beforecall": {
		to: string;
		hints: Record<string, string>;
		waitUntil(promise: Promise<unknown>): void;
	};
	/* every change; the one event that most sites need */
	"ringdown:state": { from: CallState; to: CallState; reason?: Reason; callId?: string };
	/* the far side answered and sound flows */
	"ringdown:answered": { callId: string; supportId: string };
	/* over as it should be; `by` is caller, advisor or system */
	"ringdown:ended": { reason: Reason; by: EndedBy; seconds: number };
	/* over, or never begun */
	"ringdown:failed": { reason: Reason; retry: boolean; nextSteps: readonly NextStep[] };
	/* when the level of the connection changes */
	"ringdown:quality": Quality;
	/* a microphone or speaker came, went or was chosen, during a call */
	"ringdown:devices": Devices;
	/* somebody who is muted talks; at most every 10 s */
	"ringdown:muted-speech": object;
	/* what is known of the line, whenever the server says it */
	"ringdown:queue": { position?: number; waitSeconds?: number };
	/* from the advisor's side */
	"ringdown:message": { topic: string; data: unknown };
	/* a callback was asked for, or the request taken back */
	"ringdown:callback": { id: string; when?: { from: string; to: string }; state: string };
	/* what the person said to being recorded */
	"ringdown:consent": { version: string; accepted: boolean };
	/* what the person said of the call */
	"ringdown:rating": { score: number; tags: readonly string[] };
	/* another element of the page, or another tab, has the call */
	"ringdown:busy": { to: string };
	/* the panel lies over what has the focus in the page, and moves away; cancel
	 * it where the page makes room itself, as by scroll-padding.  In pixels */
	"ringdown:covered": { width: number; height: number };
}

declare global {
	interface Window {
		Ringdown: RingdownStatic;
	}
}

/* Made inside the gesture, kept for the page's life: browsers let only those
 * sound that a person touched. */
export interface Sound {
	readonly audio: HTMLAudioElement;
	readonly context: AudioContext | null;
}

export interface Phone {
	readonly href: string;
	readonly label: string;
}

/* What the element gives the panel, */
export interface Door {
	readonly element: RingdownElement;
	readonly root: HTMLElement; /* inside the shadow tree */
	readonly name: string;
	readonly locale: string; /* of the sentences, for Intl */
	option(name: string): string;
	strings(): readonly Strings[];
	announce(kind: "polite" | "assertive", sentence: string): void;
	showState(state: CallState, isOpen: boolean): void;
	adopt(css: string): void;
	press(): void;
}

/* and what the panel makes of it. */
export interface Host extends Door {
	text(key: StringKey, words?: Words): string;
	steps(key: StringKey): readonly string[];
	phone(): Phone | null;
	hints(): Record<string, string>;
}

export interface PageServices {
	readonly global: GlobalOptions;
	readonly api: string;
	readonly sound: Sound | null;
	hours(api: string, to: string): Promise<Availability>;
	part<K extends keyof Parts>(name: K): Promise<Parts[K]>;
	warn(message: string): void;
}

export interface Conductor {
	start(options: InnerStart): Promise<RingdownCall>;
	hangUp(): Promise<void>;
	open(): void;
	close(): void;
	refresh(): void; /* attributes or language changed */
	availability(): Promise<Availability>;
	destroy(): void;
	readonly call: RingdownCall | null;
	readonly state: CallState;
}

export type Words = Readonly<Record<string, string | number>>;

export interface PartFile {
	readonly file: string;
	readonly integrity: string;
}

export type PartFiles = Readonly<Partial<Record<keyof Parts, PartFile>>>;

export interface PanelPart {
	readonly words: Strings; /* English, but for the rare sentences */
	launcherKey(state: CallState): StringKey | ""; /* what the button says in a call */
	conduct(door: Door, page: PageServices): Conductor;
	availability(page: PageServices, api: string, to: string): Promise<Availability>;
	learn(page: PageServices, lang: Language): Promise<void>; /* what few calls say */
	current(): RingdownCall | null;
	resume(page: PageServices): Promise<unknown>;
}

/* What a call's element lends to the part that looks after the call. */
export interface CareScene {
	readonly host: Host;
	readonly page: PageServices;
	readonly api: string;
	emit<K extends keyof RingdownEvents>(type: K, detail: RingdownEvents[K]): void;
	open(): void;
	learn(): Promise<void>; /* the sentences that few calls need */
}

/* What a person chose in a list; rejected: it could not be had. */
export interface Chosen {
	input(id: string): Promise<void>;
	output(id: string): Promise<void>;
}

export interface DeviceLists {
	show(devices: Devices): void;
}

export interface DevicesPart {
	open(box: HTMLElement, host: Host, chosen: Chosen): DeviceLists;
}

export interface ComebackPart {
	resume(page: PageServices): Promise<unknown>;
	again(call: Call, claim: () => Promise<boolean>): void;
}

export interface MutedPart {
	open(
		context: AudioContext,
		spoke: () => void,
	): { listen(track: MediaStreamTrack | undefined): void; stop(): void };
}

export interface TellerPart {
	open(channel: BroadcastChannel, call: Call, open: () => void): { tell(): void };
}

export interface ElsewherePart {
	show(call: Call, host: Host): void;
}

export interface PreflightPart {
	test(page: PageServices, options?: PreflightOptions): Promise<PreflightReport>;
	/* Shows the check; true: the person may, and wants to, go on. */
	check(host: Host, page: PageServices): Promise<boolean>;
}

export interface MediaPart {
	join(
		connection: unknown,
		stream: MediaStream,
		audio: HTMLAudioElement,
		tell: (news: MediaNews) => void,
		iceServers?: unknown /* RTCIceServer[], from the API */,
	): Promise<MediaSession>;
}

export interface ContextPart {
	/* Adds title and path of the page, and shows the caller that it does. */
	tell(host: Host, hints: Record<string, string>): void;
}

export interface HoursPart {
	/* What the button says until it opens; then it asks again.  A card gets
	 * "Call me" below its button, where that is always offered. */
	closed(
		known: Availability,
		again: () => void,
		element: RingdownElement & { option(name: string): string },
		launcher: HTMLButtonElement,
	): (locale: string, strings: readonly Strings[]) => string;
}

export interface AsidePart {
	/* Moves the panel away from what has the focus in the page. */
	look(dock: HTMLElement, host: Host): void;
}

export interface LightPart {
	/* Dresses what is drawn later as well. */
	keep(
		root: HTMLElement,
		element: Element & { option(name: string): string },
		map: ClassMap,
	): void;
}

/* What the panel lends to its rarer half. */
export interface PanelFace {
	readonly host: Host;
	readonly page: PageServices;
	readonly slot: HTMLElement; /* below what the stage says */
	readonly body: HTMLElement; /* where the keypad lies over the stage */
	/* Marks the whole panel, for the style sheet. */
	mark(name: string, on: boolean): void;
	refresh(): void;
	ask(): Promise<Availability>;
}

/* The frames that few calls need, for one panel. */
export interface Extras {
	stage(call: Call, now: Stage): Stage;
	draw(call: Call, isPadOpen: boolean): void;
	readonly pad: { readonly element: HTMLElement; press(digit: string): void };
	act(call: Call, deed: string): void;
}

export interface ExtrasPart {
	open(face: PanelFace): Extras;
	whyNoMicrophone(error: unknown, isDenied: () => Promise<boolean>): Promise<Reason>;
	readonly deeds: Deeds;
}

/* The methods of RingdownCall that few pages use. */
export interface Deeds {
	hold(call: Call, on: boolean): Promise<void>;
	send(call: Call, topic: string, data: unknown): Promise<void>;
	requestCallback(call: Call, request: CallbackRequest): Promise<CallbackReceipt>;
	moveToPhone(call: Call): Promise<MoveTicket>;
}

export interface DiagnosticsPart {
	/* Gathers, and draws what would be sent, as often as it is asked to;
	 * over: the person went back, or sent it. */
	open(
		call: Call,
		face: PanelFace,
		over: (isSent: boolean) => void,
	): Promise<() => HTMLElement[]>;
}

/* A server and a media that are not there: provider="demo". */
export interface DemoPart {
	open(
		page: PageServices,
		state: string,
	): {
		readonly ports: Ports;
		readonly token: TokenSource;
		readonly known: Availability;
		begin(call: Call, act: (deed: string) => void): void;
	};
}

export interface Parts extends Record<`${"words" | "more"}-${Language}`, Strings> {
	shared: object; /* what the loader lets the parts have of its own */
	panel: PanelPart;
	comeback: ComebackPart;
	elsewhere: ElsewherePart;
	teller: TellerPart;
	muted: MutedPart;
	devices: DevicesPart;
	preflight: PreflightPart;
	index: PartFiles; /* of all that few pages and few calls need */
	context: ContextPart;
	hours: HoursPart;
	aside: AsidePart;
	light: LightPart;
	extras: ExtrasPart;
	diagnostics: DiagnosticsPart;
	demo: DemoPart;
	"media-chime": MediaPart;
	"media-engine": MediaPart;
}

export interface BrowserMicrophone extends Microphone {
	readonly stream: MediaStream;
}
