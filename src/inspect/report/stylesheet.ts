/** The look of the report, light and dark. Text has a contrast of 4.5 to 1 at least in both. */
export const STYLESHEET: string = `
:root{color-scheme:light dark;--bg:#f7f8f6;--card:#fff;--ink:#1b2024;--soft:#59636b;--line:#e1e5e2;--faint:#eef1ee;--water:#17697f;--pool:#cfe6ea;--good:#17704a;--bad:#b02a20;--warn:#835400;--gap:#f6e7c4;--badbg:#fbeae7;--goodbg:#e5f3ec;--warnbg:#faf0d9;--mark:#ffd5cf}
@media (prefers-color-scheme:dark){:root{--bg:#111518;--card:#181e22;--ink:#e4e9eb;--soft:#9ba8b0;--line:#293238;--faint:#1f262b;--water:#6fc3d8;--pool:#1d4450;--good:#74d3a2;--bad:#ff958a;--warn:#efc46d;--gap:#3d3318;--badbg:#2e1b1a;--goodbg:#15291f;--warnbg:#2c2513;--mark:#7a2a22}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;-webkit-text-size-adjust:100%}
main,footer{max-width:68rem;margin:0 auto;padding:2.5rem 1.75rem 1rem}
footer{padding-top:1rem;padding-bottom:3rem;color:var(--soft);font-size:13px}
code,pre,h1,.status-line,.fields,.p,.x{font-family:ui-monospace,"SF Mono","Cascadia Mono",Menlo,"DejaVu Sans Mono","Liberation Mono",monospace}
.kicker{margin:0;color:var(--soft);font-size:13px;letter-spacing:.02em}
h1{margin:.15rem 0 1.4rem;font-size:1.3rem;font-weight:600;line-height:1.35;overflow-wrap:anywhere;letter-spacing:-.01em}
h2{margin:0;font-size:1.05rem;font-weight:650;letter-spacing:-.005em}
h2 small{margin-left:.4rem;color:var(--soft);font-size:13px;font-weight:400}
section{margin-top:2.4rem}
.verdict{padding:1.15rem 1.4rem 1.2rem;border-radius:10px;border:1px solid transparent}
.verdict p{margin:0}
.verdict .outcome{font-size:13px;font-weight:650;letter-spacing:.01em}
.verdict .sentence{margin-top:.15rem;font-size:1.18rem;line-height:1.45;text-wrap:pretty;overflow-wrap:anywhere}
.verdict ul{margin:.7rem 0 0;padding-left:1.1rem;color:var(--ink)}
.verdict li{margin:.15rem 0;overflow-wrap:anywhere}
.verdict li::marker{color:var(--soft)}
.complete{background:var(--goodbg);border-color:color-mix(in srgb,var(--good) 25%,transparent)}.complete .outcome{color:var(--good)}
.truncated,.corrupt{background:var(--badbg);border-color:color-mix(in srgb,var(--bad) 28%,transparent)}.truncated .outcome,.corrupt .outcome{color:var(--bad)}
.aborted{background:var(--warnbg);border-color:color-mix(in srgb,var(--warn) 25%,transparent)}.aborted .outcome{color:var(--warn)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.2rem,1fr));gap:1rem;margin:1.5rem 0 0}
.facts div{min-width:0}
dt{color:var(--soft);font-size:13px}
dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts dd{font-size:1.05rem;font-weight:550}
.bar{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1rem;min-height:2rem}
.note{margin:.6rem 0;color:var(--soft);font-size:14px}
.fault{margin-top:.8rem;padding:1rem 1.2rem;background:var(--card);border:1px solid var(--line);border-left:3px solid var(--bad);border-radius:8px}
.fault p{margin:.35rem 0;overflow-wrap:anywhere}
.fault .where{display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin-top:0;color:var(--soft);font-size:13.5px;font-variant-numeric:tabular-nums}
.fault .where b{color:var(--bad)}
.fault .rule{color:var(--soft);font-size:14px}
pre{margin:.8rem 0 0;padding:.75rem .9rem;overflow-x:auto;background:var(--faint);border-radius:6px;font-size:12.5px;line-height:1.6;tab-size:4}
pre.text{white-space:pre-wrap;overflow-wrap:anywhere}
pre i{color:var(--soft);font-style:normal}
.c{color:var(--soft);font-style:normal}
mark{background:var(--mark);color:inherit;border-radius:2px;outline:1px solid var(--bad)}
.timeline{margin:.7rem 0 0;padding:.9rem 1rem .8rem;background:var(--card);border:1px solid var(--line);border-radius:10px}
.plot{display:block;width:100%;height:176px;cursor:grab;touch-action:pan-y;border-radius:3px}
.plot.held{cursor:grabbing}
.plot path{vector-effect:non-scaling-stroke;fill:none}
.plot .wait{fill:var(--faint)}
.plot .gap{fill:var(--gap)}
.plot .sum{fill:var(--pool);opacity:.75}
.plot .rise{stroke:var(--water);stroke-width:1.5}
.plot .floor{stroke:var(--line);stroke-width:1}
.plot .sticks{stroke:var(--water);stroke-width:2}
.plot .wide{fill:var(--water);opacity:.55}
.plot .broken{stroke:var(--bad);stroke-width:2;stroke-dasharray:5 3}
.axis{display:block;width:100%;height:18px;overflow:hidden}
.axis text{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1.2rem;margin-top:.35rem;color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
button,.views span{font:inherit;font-size:13px;color:var(--ink)}
.zoom{display:flex;gap:.35rem}
.zoom[hidden]{display:none}
button{min-width:2rem;height:2rem;padding:0 .6rem;background:var(--card);border:1px solid var(--line);border-radius:7px;cursor:pointer}
button:hover{border-color:var(--soft)}
.views{display:flex;align-items:center;margin:0;padding:2px;border:1px solid var(--line);border-radius:8px;background:var(--card)}
.views legend{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.views label{position:relative;cursor:pointer}
.views input{position:absolute;opacity:0;inset:0;margin:0;cursor:pointer}
.views span{display:block;padding:.15rem .7rem;border-radius:6px;color:var(--soft)}
.views input:checked+span{background:var(--faint);color:var(--ink)}
.views input:focus-visible+span,:focus-visible{outline:2px solid var(--water);outline-offset:2px}
.chunks{margin:0;padding:0;list-style:none;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.chunks li{border-top:1px solid var(--line)}.long li{content-visibility:auto;contain-intrinsic-size:auto 2.15rem}
.chunks li:first-child{border-top:0}
.cells{display:grid;grid-template-columns:3.6rem 4.6rem 4.4rem 4.2rem 6.5rem minmax(0,1fr);gap:0 .9rem;align-items:center;padding:.36rem 1rem;font-variant-numeric:tabular-nums;font-size:14px}
.titles{padding-top:.5rem;color:var(--soft);font-size:13px;border:1px solid transparent;border-bottom:0}
.titles .p{font-family:inherit;font-size:13px}
.n,.t,.b,.x{text-align:right;white-space:nowrap}
.n,.t,.x{color:var(--soft)}
.x{font-size:12.5px}
.t.stall{color:var(--warn);font-weight:650}
.w{display:block;width:100%;height:16px}
span.w{height:auto}
.w rect{fill:var(--line)}.w .on{fill:var(--water)}
.p{font-size:12.5px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
em{font-style:normal;color:var(--warn)}
.p em{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-size:13px;margin-right:.35rem}
.none{color:var(--soft)}
:root:has(#as-sent:checked) .undone,:root:not(:has(#as-sent:checked)) .undone+.sent{display:none}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:hover,details[open]>summary{background:var(--faint)}
summary:focus-visible{outline-offset:-2px;border-radius:8px}
.inside{padding:.7rem 1rem 1.1rem;border-top:1px solid var(--line)}
.inside dl{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:0}
.last{color:var(--soft)}.last .p{font-family:inherit;font-size:13.5px}
.left-out{padding:.6rem 1rem;color:var(--soft);background:var(--faint);font-size:13.5px;text-align:center}
.status-line{margin:.5rem 0 .4rem;font-size:13.5px;overflow-wrap:anywhere}
.fields{width:100%;border-collapse:collapse;font-size:13px}
.fields th,.fields td{padding:.32rem .9rem .32rem 0;text-align:left;vertical-align:top;border-top:1px solid var(--line);overflow-wrap:anywhere}
.fields th{width:15rem;font-weight:400;color:var(--soft)}
.fields .at{width:4rem;padding-right:0;text-align:right;color:var(--soft)}
.decisive th,.decisive td:nth-child(2){color:var(--water)}
.dropped s{color:var(--soft)}
@media (max-width:44rem){
main,footer{padding-left:1rem;padding-right:1rem}main{padding-top:1.4rem}
h1{font-size:1.1rem;margin-bottom:1.1rem}
.verdict{padding:1rem}.verdict .sentence{font-size:1.06rem}
.facts{grid-template-columns:repeat(auto-fill,minmax(6rem,1fr));gap:.8rem 1rem}
.timeline{padding:.7rem .7rem .6rem}.plot{height:150px}
.cells{grid-template-columns:2.6rem 3.9rem 3.7rem minmax(0,1fr);gap:0 .6rem;padding:.4rem .7rem;font-size:13px}
.cells .x{display:none}.cells .p{grid-column:2/-1}.titles .p{display:none}
.long li{contain-intrinsic-size:auto 3.4rem}
.fields th{display:block;width:auto;padding-bottom:0}.fields tr{display:grid;grid-template-columns:minmax(0,1fr) auto;border-top:1px solid var(--line);padding:.3rem 0}
.fields th,.fields td{border:0;padding:0}.fields th{grid-column:1}.fields .at{grid-column:2;grid-row:1}.fields td:nth-child(2){grid-column:1/-1}
}
@media print{body{background:#fff}.zoom,.views{display:none}}
`;
