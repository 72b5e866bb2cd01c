/* tools/names.mjs - properties that only our own files tell each other; the build shortens them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Never one of the browser's, of a page, of the server or of a test:
 * names.test.ts looks for each of them there. */
const WORDS = `
	abandon act adopt afterS agree announce answeredMs audioControl
	audioHost audioStatus becomes callBack capital cfg chance classMap
	clock comeback conduct deeds dismiss dock does dueMs emit everyStart
	facts far feed fold forgetHours gone HANDSET hear heard holding hurry
	isBootstrap isFixed isKept isLive isOnline isTold lastId launcherKey
	leaveAck leftMs listen made more needMessage needNumber net news
	offers orb owner pillEnd pillMute pillOpen pillTime pillWhat pingPong
	placement poll received refuse remedies remedy replaced say scene
	setText showFallback showState signIn soundBlocked speech spoke
	startedMs subscribeAck themeOf told touch trail unlockSound untilMs
	uuid voiceText waitMs warnOnce weak whyNoMicrophone wiring
`;

export const INNER = WORDS.trim().split(/\s+/);
