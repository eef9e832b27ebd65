/** The style sheet of a report: one column on a phone, two charts side by side on wide screens and on paper. */
import { CHART_RULES, DARK, LIGHT, paletteVariables } from '../charts/chart-style.js';
import { HEAT_STEPS } from '../charts/shade-confusion.js';

/** Maximum opacity of a colour, so that figures on it stay readable. */
const MAX_HEAT = 0.92;
/** From this step on, the light palette uses light text. */
const DEEP_STEP = 17;

const HEAT_RULES = Array.from({ length: HEAT_STEPS + 1 }, (_, step) => {
  const alpha = Number(((step / HEAT_STEPS) * MAX_HEAT).toFixed(3));
  return `.confusion .heat-${step}{--heat:${alpha}${step >= DEEP_STEP ? ';color:var(--deep-text)' : ''}}`;
}).join('\n');

const LIGHT_PAGE = `${paletteVariables(LIGHT)};--page:#f4f6f8;--hit:10 79 163;--miss:146 52 14;--heat-text:#0b0d10;--deep-text:#ffffff`;
const DARK_PAGE = `${paletteVariables(DARK)};--page:#0d1117;--hit:31 95 191;--miss:160 68 14;--heat-text:#f4f6f8;--deep-text:#ffffff`;

export const PAGE_STYLE = `
:root{color-scheme:light dark;${LIGHT_PAGE}}
@media screen and (prefers-color-scheme:dark){:root{${DARK_PAGE}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 3rem}
header{margin-bottom:1.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.015em}
h2{font-size:1.2rem;margin:0 0 .75rem;letter-spacing:-.01em}
h3{font-size:.95rem;font-weight:600;margin:1.25rem 0 .5rem}
p{margin:0 0 1rem;max-width:46rem}
header p,footer{color:var(--muted)}
section{background:var(--background);border:1px solid var(--grid);border-radius:12px;padding:1.4rem 1.5rem;margin:0 0 1.25rem}
section>:last-child,section>:last-child>:last-child{margin-bottom:0}
footer{font-size:.9rem;border-top:1px solid var(--grid);padding-top:1rem;margin-top:2rem}
.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1.25rem 0 0}
.key div{background:var(--background);border:1px solid var(--grid);border-radius:12px;padding:.8rem 1rem}
.key dt{color:var(--muted);font-size:.85rem}
.key dd{margin:0;font-size:1.55rem;font-weight:600;line-height:1.25;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.key small{display:block;font-size:.8rem;font-weight:400;color:var(--muted);letter-spacing:0}
.facts{margin:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:.75rem 1.5rem}
.facts dt{color:var(--muted);font-size:.85rem}
.facts dd{margin:0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1.75rem 2.25rem;margin-bottom:1.25rem}
.beside{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem 2.25rem;align-items:start}
figure{margin:0;min-width:0}
.chart{display:block;width:100%;height:auto;max-width:34rem;overflow:visible}
.timeline{display:flex;max-width:none;margin-bottom:1rem;overflow:visible}
.timeline .gutter{flex:none;overflow:visible}
.timeline .plot{flex:1 1 0;width:0;min-width:0;overflow:visible}
.nowhere{position:absolute}
.legend{list-style:none;margin:0 0 1rem;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.4rem}
.swatch{border-radius:2px;flex:none}
.swatch .plain{fill:var(--muted)}
.swatch .none{fill:none;stroke:var(--muted)}
.note,.names{color:var(--muted);font-size:.9rem}
.names{margin:0;padding-left:1.2rem}
.warning{border-left:4px solid var(--bad);padding:.2rem 0 .2rem 1rem}
.scroll{overflow-x:auto;margin-bottom:1rem;border-radius:6px}
.scroll:focus-visible,summary:focus-visible,pre:focus-visible{outline:2px solid var(--series-1);outline-offset:2px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
caption{text-align:left;color:var(--muted);font-size:.85rem;padding-bottom:.5rem}
th{font-weight:600;text-align:left;overflow-wrap:break-word;max-width:16rem}
thead th{color:var(--muted);font-weight:500;font-size:.85rem;vertical-align:bottom}
th,td{padding:.4rem .9rem .4rem 0}
th.figure,td.figure{text-align:right;padding-left:.6rem;white-space:nowrap}
tbody tr{border-top:1px solid var(--grid)}
tbody th{font-weight:500}
.badge{font-size:.75rem;border:1px solid currentColor;border-radius:99px;padding:0 .45rem;color:var(--series-2);margin-left:.3rem}
.with-bar{display:inline-flex;align-items:center;gap:.6rem}
svg.bar{display:block;background:var(--grid);border-radius:2px}
svg.bar rect{fill:var(--series-1)}
svg.interval{display:block}
svg.interval .track{stroke:var(--grid);stroke-width:2}
svg.interval .reach{stroke:var(--series-1);stroke-opacity:.45;stroke-width:8}
svg.interval .value{stroke:var(--series-1);stroke-width:2.5}
.confusion{border-collapse:separate;border-spacing:2px;width:100%;max-width:46rem;table-layout:auto}
.confusion.many{max-width:none}
.confusion th,.confusion td{padding:.35rem .3rem;text-align:center}
.confusion tbody tr{border:0}
.confusion td{min-width:4.1rem;border-radius:4px;line-height:1.2;color:var(--heat-text)}
.confusion td small{display:block;font-size:.78rem}
.confusion thead th{max-width:8rem}
.confusion tbody th,.confusion .corner{text-align:right;padding-right:.6rem;position:sticky;left:0;background:var(--background);min-width:5rem;max-width:9rem;overflow-wrap:break-word}
.confusion .corner{white-space:nowrap;font-size:.75rem}
.confusion.many{font-size:.8rem}
.confusion.many td{min-width:2.6rem;padding:.25rem .1rem}
.confusion.many thead th:not(.corner) span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:10rem}
.hit{background:rgb(var(--hit)/var(--heat))}
.miss{background:rgb(var(--miss)/var(--heat))}
${HEAT_RULES}
.pictures{list-style:none;margin:0 0 1rem;padding:0;display:flex;flex-wrap:wrap;gap:.75rem}
.pictures li{width:6.2rem;display:flex;flex-direction:column;font-size:.8rem;line-height:1.35}
.pictures img{display:block;width:100%;height:auto;aspect-ratio:1;object-fit:contain;border-radius:6px;background:var(--grid);margin-bottom:.25rem}
.pictures small{color:var(--muted)}
a{color:var(--series-1)}
.named{display:inline-flex;align-items:center;gap:.6rem}
.named img{display:block;border-radius:50%;object-fit:cover;background:var(--grid)}
th .named img{width:1.9rem;height:1.9rem}
summary{cursor:pointer;color:var(--muted);font-size:.92rem}
details{margin-bottom:1rem}
details[open]>summary{margin-bottom:.75rem}
pre{font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--page);border:1px solid var(--grid);border-radius:8px;padding:1rem;margin:0;overflow-x:auto}
.select{user-select:all;-webkit-user-select:all}
${CHART_RULES}
@media (max-width:30rem){
main{padding:1.25rem .75rem 2rem}
section{padding:1.1rem 1rem}
h1{font-size:1.5rem}
.chart:not(.timeline){font-size:13.5px}
.roomy{display:none}
.key{grid-template-columns:repeat(2,1fr)}
.with-bar svg{display:none}
.pictures{gap:.6rem .5rem}
.pictures li{width:calc(25% - .4rem);font-size:.72rem}
th,td{padding-right:.35rem}
th.figure,td.figure{padding-left:.35rem}
table{max-width:100%}
th{max-width:9rem}
table.wide,.wide tbody,.wide tr,.wide th,.wide td,.wide caption{display:block}
.wide thead{display:none}
.wide tbody tr{padding:.5rem 0}
.wide tbody th{max-width:none;padding:.1rem 0 .3rem;font-weight:600}
.wide td,.wide td.figure{display:flex;justify-content:space-between;gap:1rem;padding:.1rem 0;text-align:right;white-space:normal}
.wide td::before{content:attr(data-column);color:var(--muted);text-align:left;white-space:normal}
td.name,th.name:not(:first-child){min-width:5rem}
.confusion,.confusion.many{font-size:.75rem}
.confusion td,.confusion.many td{min-width:2.1rem;padding:.25rem .05rem}
.confusion tbody th,.confusion .corner{min-width:3.4rem;padding-right:.3rem}
.confusion .corner{white-space:normal}
.confusion thead th:not(.corner) span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:10rem}
}
@media print{
body{background:#fff;font-size:10.5pt}
main{max-width:none;padding:0}
section,.key div{border-color:#ccc;padding:.6rem .8rem}
th,td{padding-right:.4rem}
th.figure,td.figure{padding-left:.4rem}
figure,tr,li,.key div{break-inside:avoid}
h2,h3{break-after:avoid}
.charts,.beside{grid-template-columns:1fr 1fr}
.scroll{overflow:visible}
details:not([open]){display:none}
td,svg,img{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
