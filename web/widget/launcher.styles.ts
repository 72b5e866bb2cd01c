/* widget/launcher.styles.ts - colours and the button; the panel has its own.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The button keeps its height when its second line comes, so that the page
 * does not move.
 *
 * --ringdown-* are the site's; --_* are what they come to, with defaults.
 * Pages make html{font-size:10px}: 1rem would be theirs, not the reader's. */
export const LAUNCHER_CSS = `
:host{display:inline-block;vertical-align:middle;position:relative}
:host([hidden]){display:none}
:host([data-variant=inline]),:host([data-variant=bar]){display:block}
::slotted([slot=live]){position:absolute!important;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.root{all:initial;display:block;visibility:inherit;
--_font:var(--ringdown-font,system-ui,sans-serif);
--_size:var(--ringdown-font-size,max(1rem,16px));
--_radius:var(--ringdown-radius,12px);
--_target:var(--ringdown-target,44px);
--_motion:var(--ringdown-motion,160ms);
--_z:var(--ringdown-z,2147482000);
--_x:var(--ringdown-offset-inline,20px);
--_y:var(--ringdown-offset-block,20px);
--_accent:var(--ringdown-accent,#0f766e);
--_accent-ink:var(--ringdown-accent-ink,#fff);
--_surface:var(--ringdown-surface,#fff);
--_ink:var(--ringdown-ink,#13201e);
--_muted:var(--ringdown-muted-ink,#52615d);
--_line:var(--ringdown-border,#dfe6e4);
--_focus:var(--ringdown-focus,#1d4ed8);
--_shadow:var(--ringdown-shadow,0 12px 40px -8px rgb(12 30 27/.35));
font:400 var(--_size)/1.45 var(--_font);color-scheme:light}
.root[data-theme=dark]{
--_accent:var(--ringdown-accent,#5ad6c4);
--_accent-ink:var(--ringdown-accent-ink,#05211d);
--_surface:var(--ringdown-surface,#172120);
--_ink:var(--ringdown-ink,#edf4f2);
--_muted:var(--ringdown-muted-ink,#a9b8b4);
--_line:var(--ringdown-border,#2b3937);
--_focus:var(--ringdown-focus,#9dc1ff);
--_shadow:var(--ringdown-shadow,0 12px 40px -8px #000);
color-scheme:dark}
.root[data-bs]{
--_accent:var(--ringdown-accent,var(--bs-primary));
--_accent-ink:var(--ringdown-accent-ink,#fff);
--_surface:var(--ringdown-surface,var(--bs-body-bg));
--_ink:var(--ringdown-ink,var(--bs-body-color));
--_line:var(--ringdown-border,var(--bs-border-color));
--_radius:var(--ringdown-radius,var(--bs-border-radius));
--_font:var(--ringdown-font,var(--bs-body-font-family))}
.root[data-theme=none]{
--_accent:var(--ringdown-accent,ButtonText);
--_accent-ink:var(--ringdown-accent-ink,ButtonFace);
--_surface:var(--ringdown-surface,Canvas);
--_ink:var(--ringdown-ink,CanvasText);
--_muted:var(--ringdown-muted-ink,CanvasText);
--_line:var(--ringdown-border,GrayText);
color-scheme:inherit}
.root,.root *{box-sizing:border-box}
.icon{width:1.25em;height:1.25em;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.root :where(button,a){font:inherit;color:inherit}
.root :focus-visible{outline:3px solid var(--_focus);outline-offset:2px}
.launcher{display:inline-flex;align-items:center;justify-content:center;gap:.6em;min-height:var(--_target);min-width:var(--_target);max-width:100%;margin:0;padding:.55em 1.15em;cursor:pointer;text-align:start;
background:var(--ringdown-button-bg,var(--_accent));color:var(--ringdown-button-ink,var(--_accent-ink));border:1px solid var(--ringdown-button-border,transparent);border-radius:var(--_radius);font-weight:600;transition:filter var(--_motion)}
.launcher:hover{filter:brightness(1.08)}
.root[hidden],.launcher[hidden],.badge:empty{display:none}
.words{display:inline-grid}
.words:has(.badge:not(:empty)){line-height:1.2;margin-block:-6px}
.badge{font-size:.75em;line-height:1.2;font-weight:500}
.root[data-size=sm] .launcher{font-size:.875em;padding-block:.4em;min-height:max(24px,calc(var(--_target) - 10px))}
.root[data-size=lg] .launcher{font-size:1.125em;min-height:calc(var(--_target) + 8px)}
.root[data-variant=floating] .launcher{position:fixed;z-index:var(--_z);inset-block-end:calc(var(--_y) + env(safe-area-inset-bottom,0px));inset-inline-end:var(--_x);border-radius:999px;padding-inline:1.35em;box-shadow:var(--_shadow)}
.root[data-position$=start] .launcher{inset-inline:var(--_x) auto}
.root[data-position^=top] .launcher{inset-block:calc(var(--_y) + env(safe-area-inset-top,0px)) auto}
.root[data-variant=bar] .launcher,.root[data-variant=inline] .launcher{width:100%}
.about{display:none}
.root[data-variant=inline]:has(.launcher:not([hidden])){display:grid;gap:4px;padding:17.6px 20px 20px;color:var(--_ink);background:var(--_surface);border:1px solid var(--_line);border-radius:calc(var(--_radius) + 8px)}
.root[data-variant=inline]:has(.launcher:not([hidden])) .about{display:block}
.about p{margin:0}
.about .name{margin-bottom:14px;font-weight:650;font-size:1.125em}
@media (prefers-reduced-motion:reduce){.root *,.root ::before,.root ::after{animation:none!important;transition:none!important}}
@media (forced-colors:active){.launcher{border-color:ButtonText}}
`;
