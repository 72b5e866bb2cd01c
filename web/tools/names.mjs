/* tools/names.mjs - properties that only our own files tell each other; the build shortens them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Never one of the browser's, of a page, of the server or of a test:
 * build/names.test.ts looks for each of them there. */
const WORDS = `
	abandon adopt afterS agree announce answeredMs audioControl audioHost chance clock does heard net news offers poll say
	audioStatus becomes callBack capital cfg classMap comeback conduct
	deeds dismiss dueMs emit everyStart facts far fold forgetHours gone
	HANDSET holding hurry isBootstrap isFixed isKept isLive isOnline isTold
	lastId launcherKey leaveAck leftMs made needMessage needNumber
	orb owner pillEnd pillMute pillOpen pillTime pillWhat pingPong placement
	received refuse remedies remedy replaced scene setText showFallback
	showState signIn soundBlocked speech spoke startedMs subscribeAck themeOf
	told touch unlockSound untilMs uuid voiceText waitMs warnOnce weak
	trail whyNoMicrophone wiring act feed hear more listen dock
`;

export const INNER = WORDS.trim().split(/\s+/);
