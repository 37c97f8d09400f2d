// The look of the page: light and dark by what the reader's system says, one column on a phone, plain on paper.
import { Markup } from "./html.ts";

const LIGHT = `--paper:#fff;--panel:#f6f7f9;--ink:#1b1f24;--faint:#5f6a76;--rule:#dde2e8;--grid:#e7ebef;--zero:#aab4bf;
--blue:#1f5fbf;--blue-soft:#1f5fbf22;--green:#12803c;--green-soft:#12803c26;--red:#c0342b;--red-soft:#c0342b26;--amber:#9a6200;--amber-soft:#f0b42933`;
const DARK = `--paper:#14171b;--panel:#1c2127;--ink:#e6e9ed;--faint:#98a3af;--rule:#313841;--grid:#272d35;--zero:#59646f;
--blue:#6ea8fe;--blue-soft:#6ea8fe2b;--green:#4cc27a;--green-soft:#4cc27a2e;--red:#f2776d;--red-soft:#f2776d2e;--amber:#e7b24a;--amber-soft:#e7b24a2b`;

export const STYLE = new Markup(`
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{color-scheme:light;${LIGHT}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 48px}
header{border-bottom:1px solid var(--rule);padding-bottom:16px;margin-bottom:8px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:17px;margin:36px 0 10px}
p{margin:6px 0}
.faint,.note{color:var(--faint)}.note{font-size:13px}
.badge{display:inline-block;border-radius:4px;padding:1px 8px;font-size:13px;font-weight:600;letter-spacing:.02em;white-space:nowrap}
.credible,.pass{background:var(--green-soft);color:var(--green)}
.refused,.fail{background:var(--red-soft);color:var(--red)}
.unproven,.inconclusive,.synthetic{background:var(--amber-soft);color:var(--amber)}
.verdict{background:var(--panel);border-radius:8px;padding:12px 16px;margin:16px 0 0}
.warnings{border-left:4px solid var(--amber);background:var(--amber-soft);padding:8px 16px;border-radius:0 8px 8px 0;margin:16px 0}
.warnings ul{margin:4px 0;padding-left:18px}.warnings li{overflow-wrap:anywhere}
.headline{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:10px;margin:18px 0 0}
.headline div{background:var(--panel);border-radius:8px;padding:10px 12px}
.headline b{display:block;font-size:21px;line-height:1.25;font-variant-numeric:tabular-nums;font-weight:600}
.headline span{color:var(--faint);font-size:13px}
.gain{color:var(--green)}.loss{color:var(--red)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:0 32px;margin:0}
.figures div{display:flex;justify-content:space-between;gap:12px;border-bottom:1px solid var(--rule);padding:5px 0}
.figures dt{color:var(--faint)}.figures dd{margin:0;font-variant-numeric:tabular-nums;text-align:right;overflow-wrap:anywhere}
.wide{overflow-x:auto;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;border-bottom:1px solid var(--rule);text-align:right;vertical-align:top;white-space:nowrap}
th{font-weight:600;color:var(--faint)}
th.text,td.text{text-align:left}td.long{white-space:normal;min-width:260px;text-align:left}
td.any{white-space:normal;overflow-wrap:anywhere;text-align:left}
.months td{text-align:right;border:2px solid var(--paper);min-width:52px}
.up{background:var(--green-soft)}.down{background:var(--red-soft)}
.figure,figure{margin:0 0 8px}
figcaption{font-weight:600;font-size:14px;margin:14px 0 6px}
.plot{position:relative;height:260px;margin:0 0 34px 62px}.plot.low{height:130px}
.plot svg{display:block;width:100%;height:100%;overflow:visible}
.plot path{fill:none;vector-effect:non-scaling-stroke}
.plot span{position:absolute;font-size:12px;color:var(--faint);white-space:nowrap;font-variant-numeric:tabular-nums}
.plot .y{right:100%;transform:translate(-8px,-50%)}.plot .x{top:100%;transform:translate(-50%,5px)}
.grid{stroke:var(--grid);stroke-width:1}.grid.zero{stroke:var(--zero)}
.line{stroke-width:1.5;stroke-linejoin:round}.plot .area{stroke:none}
.plot .mark{stroke-width:6;stroke-linecap:round}.plot .stroke{stroke-width:1.5;opacity:.75}
.line.main,.mark.main{stroke:var(--blue)}.plot .area.main{fill:var(--blue-soft)}
.line.fall{stroke:var(--red)}.plot .area.fall{fill:var(--red-soft)}
.line.price{stroke:var(--faint);stroke-width:1}
.mark.long,.stroke.won{stroke:var(--green)}.mark.short,.stroke.lost{stroke:var(--red)}
.plot .mark.exit{stroke:var(--ink);stroke-width:3}
.bar.won{fill:var(--green)}.bar.lost{fill:var(--red)}
.key{display:inline-block;width:9px;height:9px;border-radius:50%;margin:0 4px 0 10px}
.key.long{background:var(--green)}.key.short{background:var(--red)}.key.exit{background:var(--ink);width:6px;height:6px}
.none{color:var(--faint);padding:8px 0}
code{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
footer{margin-top:40px;border-top:1px solid var(--rule);padding-top:12px;color:var(--faint);font-size:13px}
@media (max-width:640px){main{padding:16px 14px 32px}h1{font-size:21px}.headline{grid-template-columns:1fr 1fr}.headline b{font-size:18px}
.plot{height:200px;margin-left:56px}.plot .odd{display:none}.plot span{font-size:11px}.checks thead{display:none}
.checks tr{display:block;border-bottom:1px solid var(--rule);padding:8px 0}.checks td{display:inline-block;border:0;padding:1px 10px 1px 0}.checks td.long{display:block;min-width:0}}
@media print{body{font-size:11px}main{max-width:none;padding:0}figure,.headline,tr,.verdict{break-inside:avoid}h2{break-after:avoid}.wide{overflow:visible}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`);
