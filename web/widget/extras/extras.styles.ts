/* widget/extras/extras.styles.ts - the look of the frames that few calls need.
 * SPDX-License-Identifier: Apache-2.0 */
export const EXTRAS_CSS = `
.keypad{display:flex;flex-direction:column;gap:6px;justify-content:flex-end}
.typed{flex:1;min-height:28px;text-align:center;font-size:1.25em;line-height:28px;font-weight:600;letter-spacing:.12em;font-variant-numeric:tabular-nums;overflow:hidden}
.keys{display:grid;grid-template-columns:repeat(3,1fr);gap:6px}
.key{display:flex;flex-direction:column;align-items:center;justify-content:center;min-height:max(var(--_target),46px);padding:0;line-height:1.1;border:1px solid transparent;border-radius:var(--_radius);background:var(--_soft);cursor:pointer}
.key:hover{background:color-mix(in srgb,var(--_ink) 11%,transparent)}
.key:active{background:color-mix(in srgb,var(--_accent) 28%,var(--_surface))}
.digit{font-size:1.1875em;font-weight:600}
.key[data-letters]::after{content:attr(data-letters);content:attr(data-letters) / "";font-size:.625em;letter-spacing:.1em;color:var(--_muted)}
.dock[data-place=bar] .panel{flex-flow:row wrap;align-items:center;width:100%;max-height:none;padding:10px;padding-inline-start:16px;gap:8px 16px;box-shadow:none}
.dock[data-place=bar] .header{padding:0;flex:none}
.dock[data-place=bar] :is(.plain,.orb,.voice,.support){display:none}
.dock[data-place=bar] .body{flex:1 1 176px;min-height:0;padding:0}
.dock[data-place=bar] .stage{flex-flow:row wrap;align-items:baseline;justify-content:flex-start;gap:0 10px;padding:0;text-align:start}
.dock[data-place=bar] .stage>*{margin-top:0}
.dock[data-place=bar] .status{font-size:1em}
.dock[data-place=bar] .say{flex-basis:100%;max-width:none;font-size:.875em}
.dock[data-place=bar] .steps{flex-basis:100%;margin-block:6px}
.dock[data-place=bar] .actions{display:flex;flex:0 1 auto;max-width:100%;flex-wrap:wrap;padding:0;gap:6px;margin-inline-start:auto}
.dock[data-place=bar] :is(.tools,.offers){gap:6px}
.dock[data-place=bar] :is(.tool,.button){width:auto;padding-inline:14px}
.dock[data-place=bar][data-pad] .stage{visibility:visible;grid-area:auto}
.dock[data-place=bar][data-pad] .body{gap:10px}
.dock[data-place=bar] .keypad{grid-area:auto;width:min(100%,18em)}
.extra{display:flex;flex-direction:column;align-items:center;gap:6px;width:100%;margin-top:6px}
.extra:empty{display:none}
.dock[data-state=ended] .extra{order:1}
.dock .extra p{font-size:.9375em;text-wrap:pretty}
.dock .extra .quiet{color:var(--_muted);font-size:.875em}
.dock .extra .strong{font-weight:600}
.dock .extra .error{color:color-mix(in srgb,var(--_danger) 78%,var(--_ink));font-size:.875em;font-weight:600}
.dock .extra .error:empty{display:none}
.pair{display:flex;flex-wrap:wrap;align-items:center;justify-content:center;gap:6px 12px}
.dock .extra .button{width:auto;margin-top:0}.dock .extra .both{display:grid;grid-auto-flow:column;gap:8px}.extra .link{font-weight:600;min-height:32px}
.rec::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:6px;border-radius:50%;background:var(--_danger)}
.form{display:grid;gap:8px;width:100%;text-align:start}
.form fieldset{display:grid;gap:4px;margin:0;padding:0;border:0;min-width:0}
.form legend,.form .name{padding:0;font-weight:600;font-size:.9375em}
.form label{display:flex;align-items:center;gap:8px;min-height:28px;font-size:.9375em}
.form label.name{min-height:0}
.form input[type=radio]{width:18px;height:18px;margin:0;accent-color:var(--_accent)}
.field{box-sizing:border-box;width:100%;min-height:var(--_target);padding:8px 12px;border:1px solid color-mix(in srgb,var(--_ink) 48%,transparent);border-radius:var(--_radius);background:var(--_surface);color:inherit;font:inherit}
.field[aria-invalid=true]{border-color:var(--_danger);border-width:2px}
.dock:is([data-state^=callback],[data-form],[data-move]) .orb{display:none}
.dock:is([data-form],[data-move]) :is(.voice,.say),.dock[data-state^=callback] .say{display:none}
.move{display:grid;grid-template-columns:auto 1fr;align-items:center;gap:14px;margin-top:10px;text-align:start}.move>div{display:grid;gap:8px;justify-items:start}.qr{width:136px;height:136px;background:#fff;color:#000;border-radius:6px;forced-color-adjust:none}
.line{display:flex;align-items:center;justify-content:space-between;gap:8px}
.secure{flex:none;display:flex;align-items:center;justify-content:center;gap:8px;min-height:32px;font-size:.875em}
.secure input{width:18px;height:18px;margin:0;accent-color:var(--_accent)}
.pick{display:grid;gap:4px;width:100%;font-size:.8125em;color:var(--_muted);text-align:start}
`;
