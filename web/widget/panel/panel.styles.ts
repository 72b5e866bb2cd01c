/* widget/panel/panel.styles.ts - the look of panel, card, bar and pill.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Logical properties only, so right-to-left needs nothing more.  The rows
 * keep their height in every state: hang-up never moves. */
export const PANEL_CSS = `
.dock{--_space:var(--ringdown-space,4px);--_danger:var(--ringdown-danger,#c3312a);--_danger-ink:var(--ringdown-danger-ink,#fff);--_warn:var(--ringdown-warn,#8a5a00);--_ok:var(--ringdown-ok,#0f766e);--_soft:color-mix(in srgb,var(--_ink) 6%,transparent);--_softer:color-mix(in srgb,var(--_accent) 13%,var(--_surface));color:var(--_ink);font:inherit}
.root[data-theme=dark] .dock{--_danger:var(--ringdown-danger,#d2433d);--_warn:var(--ringdown-warn,#f0b95a);--_ok:var(--ringdown-ok,#5ad6c4)}
.dock[hidden],.dock [hidden]{display:none!important}
.dock p,.dock h2,.dock ol{margin:0;padding:0;font:inherit}
.dock[data-place=corner]{position:fixed;z-index:var(--_z);margin:0;padding:0;border:0;background:none;overflow:visible;inset:auto;inset-block-end:calc(var(--_y) + env(safe-area-inset-bottom,0px));inset-inline-end:var(--_x);width:max-content;max-width:calc(100vw - 2*var(--_x));height:auto}
.root[data-position$=start] .dock[data-place=corner]{inset-inline:var(--_x) auto}
.root[data-position^=top] .dock[data-place=corner]{inset-block:calc(var(--_y) + env(safe-area-inset-top,0px)) auto}
.panel{display:flex;flex-direction:column;width:var(--ringdown-panel-width,22em);max-width:100%;max-height:calc(100dvh - 2*var(--_y));overflow:auto;background:var(--_surface);border:1px solid var(--_line);border-radius:calc(var(--_radius) + 8px);box-shadow:var(--_shadow);animation:rd-in var(--_motion) ease-out}
.dock[data-place=inline] .panel{width:100%;max-height:none;box-shadow:none}
@keyframes rd-in{from{opacity:0;transform:translateY(8px)}}
.header{display:flex;align-items:center;gap:10px;padding:12px 12px 8px;padding-inline-start:16px}
.mark{display:grid;place-items:center;width:32px;height:32px;border-radius:50%;background:var(--_softer);color:var(--_ok);font-size:.85em}
.dock .title{flex:1;min-width:0;font-weight:600;font-size:1em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.dock .signal{display:flex;align-items:center;gap:6px;color:var(--_muted);font-size:.8125em;white-space:nowrap}
.signal b{display:flex;align-items:end;gap:2px}
.signal i{width:3px;height:6px;border-radius:1px;background:currentColor}
.signal i+i{height:10px}
.signal i+i+i{height:14px}
.signal[data-level=fair] i+i+i,.signal[data-level=poor] i+i{opacity:.3}
.dock .signal[data-level=poor]{color:var(--_warn)}
.plain{display:grid;place-items:center;width:var(--_target);height:var(--_target);margin:-4px 0;padding:0;border:0;border-radius:var(--_radius);background:none;color:var(--_muted);cursor:pointer}
.plain:hover{background:var(--_soft);color:var(--_ink)}
.header,.body,.actions{flex:none}.body{display:grid;min-height:16.25em;padding:var(--_space) calc(5*var(--_space)) calc(3*var(--_space))}
.stage,.keypad{grid-area:1/1}
.stage{display:flex;flex-direction:column;align-items:center;justify-content:flex-start;padding-top:16px;text-align:center}
.dock[data-pad] .stage{visibility:hidden}
.orb{position:relative;display:grid;place-items:center;width:64px;height:64px;margin-bottom:14px;border-radius:50%;font-size:1.5em;background:var(--_softer);color:var(--_ok);transition:background var(--_motion),color var(--_motion)}
.orb::before{content:"";position:absolute;inset:0;border-radius:50%;border:1.5px solid var(--_ok);opacity:0}
.dock[data-tone=calling] .orb::before{animation:rd-ring 2.4s ease-out infinite}
@keyframes rd-ring{0%{transform:scale(1);opacity:.55}80%,100%{transform:scale(1.7);opacity:0}}
.dock[data-tone=live] .orb{background:var(--_accent);color:var(--_accent-ink)}
.dock[data-tone=trouble] .orb{background:color-mix(in srgb,var(--_warn) 13%,var(--_surface));color:var(--_warn)}
.dock[data-state=failed] .orb{background:color-mix(in srgb,var(--_danger) 13%,var(--_surface));color:color-mix(in srgb,var(--_danger) 78%,var(--_ink))}
.dock .status{font-weight:650;font-size:1.1875em;line-height:1.3;text-wrap:balance}
.status:focus-visible,.keypad:focus-visible{outline:none}
.dock .say{margin-top:4px;color:var(--_muted);font-size:.9375em;max-width:19em}
.dock .time{order:0;margin-top:1px;font-weight:500;font-variant-numeric:tabular-nums;color:var(--_muted)}
.dock[data-state=in-call] .time{color:var(--_ok);font-weight:600}
.dock .voice{display:flex;align-items:center;gap:8px;font-size:.875em;color:var(--_muted);margin-top:12px;padding:4px 12px;border-radius:99px;background:var(--_soft)}
.dock[data-muted] .voice{color:var(--_warn);background:color-mix(in srgb,var(--_warn) 13%,var(--_surface));font-weight:600}
.dock[data-muted] .meter{display:none}
.meter{display:inline-flex;align-items:center;gap:2px;height:16px;color:var(--_ok)}
.meter i{width:3px;height:100%;border-radius:2px;background:currentColor;transform:scaleY(.14);transition:transform .18s linear}
.dock .weak{margin-top:10px;font-size:.875em;color:var(--_warn);font-weight:600}
.stage .button{width:auto;margin-top:10px}
.rating{display:flex;flex-wrap:wrap;justify-content:center;gap:0 12px;margin-top:6px;font-size:.9375em}
.rating p{width:100%}
.actions{display:grid;gap:10px;padding:0 calc(5*var(--_space)) calc(4*var(--_space))}
.tool .icon,.end .icon{width:1.35em;height:1.35em}.keys-icon{stroke-width:3}.end .icon,.pill-end .icon{rotate:135deg}.rating :last-child .icon{rotate:180deg}.tools,.offers{display:flex;flex-wrap:wrap;gap:8px}
.tools{min-height:var(--_target)}
.actions:has(.offers:not(:empty)) .tools,.actions:has(.end[data-kind=close]) .tools{display:none}
.offers:empty{display:none}
.tool,.button{display:inline-flex;align-items:center;justify-content:center;gap:8px;min-height:var(--_target);width:100%;padding:8px 12px;border:1px solid transparent;border-radius:var(--_radius);background:var(--_soft);color:inherit;font-weight:600;font-size:.9375em;line-height:1.25;text-align:center;text-decoration:none;cursor:pointer;transition:background var(--_motion),filter var(--_motion)}
.tool,.offers .button{flex:1}.tool{gap:4px;padding:2px;font-size:.875em}
.tool:hover,.button:hover{background:color-mix(in srgb,var(--_ink) 11%,transparent)}
.tool[data-on]{background:color-mix(in srgb,var(--_warn) 13%,var(--_surface));color:var(--_warn)}
.offers .button{white-space:nowrap;padding-inline:8px}.primary,.primary:hover{background:var(--_accent);color:var(--_accent-ink)}
.end[data-kind=hang_up],.end[data-kind=hang_up]:hover{background:var(--_danger);color:var(--_danger-ink)}
.primary:hover,.end[data-kind=hang_up]:hover{filter:brightness(1.08)}
.end:not([data-kind=hang_up]) .icon{display:none}
.button[aria-disabled=true]{opacity:.6;cursor:default}
.support{display:flex;align-items:center;justify-content:center;gap:8px;min-height:36px;padding:0 16px 10px;font-size:.8125em;color:var(--_muted);font-variant-numeric:tabular-nums}
.link{min-height:24px;padding:2px 6px;border:0;background:none;color:inherit;text-decoration:underline;cursor:pointer}
.pill{display:flex;align-items:center;gap:2px;padding:4px;border:1px solid var(--_line);border-radius:99px;background:var(--_surface);box-shadow:var(--_shadow);animation:rd-in var(--_motion) ease-out}
.pill-open,.pill-tool{display:inline-flex;align-items:center;justify-content:center;gap:8px;min-width:var(--_target);min-height:var(--_target);padding:0 14px;border:0;border-radius:99px;background:none;cursor:pointer;font-weight:600;font-variant-numeric:tabular-nums}
.pill-tool{padding:0}
.pill-open:hover,.pill-tool:hover{background:var(--_soft)}
.pill-end,.pill-end:hover{background:var(--_danger);color:var(--_danger-ink)}
.dock[data-muted] .pill-tool:not(.pill-end){color:var(--_warn)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.dot{width:8px;height:8px;border-radius:50%;background:var(--_ok)}
.dock[data-tone=trouble] .dot{background:var(--_warn)}
@media (max-width:480px){
.dock[data-place=corner]:has(.panel:not([hidden])){inset-inline:0!important;inset-block:auto 0!important;width:100%;max-width:none}
.dock[data-place=corner] .panel{width:100%;max-height:85dvh;border-radius:calc(var(--_radius) + 8px) calc(var(--_radius) + 8px) 0 0;border-width:1px 0 0;padding-bottom:env(safe-area-inset-bottom,0px)}
}
@media (max-height:600px){.dock[data-place=corner] .stage{padding-top:0}.dock[data-place=corner] .orb{width:48px;height:48px;margin-bottom:8px;font-size:1.2em}}@media (max-height:480px){.dock[data-place=corner] .orb{display:none}.dock[data-place=corner] .body{min-height:144px}}
@media (forced-colors:active){.meter i,.signal i{forced-color-adjust:none;background:CanvasText}.panel,.pill,.key,.tool,.button{border-color:CanvasText}.orb,.mark,.dot{forced-color-adjust:none}.tool[data-on]{border-width:3px}}
`;
