#include "flashmotion/report/detail/sections.hpp"

namespace flashmotion::report_detail {

std::string page_style() {
  return R"css(
:root{--page:#fcfcfa;--raised:#fff;--ink:#1c2128;--soft:#4d5763;--faint:#78828e;--line:#dfe2e6;--grid:#eceef0;
--accent:#1769c2;--good:#1a7f4b;--open:#9a6a00;--bad:#c0342b;--good-back:#e2f4e9;--open-back:#fbf0d6;--bad-back:#fce6e4;
--v0:#8a94a0;--v1:#3b6fd4;--v2:#8fb4f2;--v3:#d64545;--v4:#d9913a;--v5:#9b59c9;--v6:#12966a;--v7:#c25a8f;--v8:#6b7d1f;--v9:#2a9db0}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--raised:#1c2026;--ink:#e8eaed;--soft:#b3bac3;--faint:#87909b;
--line:#323841;--grid:#272c33;--accent:#6cb0ff;--good:#4cc38a;--open:#e0b04c;--bad:#ff7b72;--good-back:#153325;
--open-back:#372b10;--bad-back:#3d1d1c;--v0:#a0a9b4;--v1:#6d9cf5;--v2:#a9c6f7;--v3:#f27070;--v4:#f0b065;--v5:#c08ae8;
--v6:#3fcf9a;--v7:#ec8abb;--v8:#b3c456;--v9:#5fcbdc}}
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-behavior:smooth;scroll-padding-top:3.2rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",
Arial,sans-serif;font-variant-numeric:tabular-nums}
nav{position:sticky;top:0;z-index:2;display:flex;gap:1.2rem;overflow-x:auto;padding:.6rem max(1.2rem,calc(50vw - 600px));
background:var(--page);border-bottom:1px solid var(--line);font-size:.875rem;white-space:nowrap}
a{color:var(--accent)}nav a{color:var(--soft);text-decoration:none}nav a:hover,nav a:focus{color:var(--accent)}
main{max-width:1240px;margin:0 auto;padding:0 1.2rem 4rem}
h1{font-size:2.1rem;line-height:1.2;letter-spacing:-.02em;margin:2.2rem 0 .3rem}
h2{font-size:1.35rem;letter-spacing:-.01em;margin:3.2rem 0 .6rem;padding-top:1.4rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.6rem 0 .5rem}h4{font-size:.9rem;margin:1.2rem 0 .4rem;color:var(--soft)}
p{margin:.5rem 0}.lead{max-width:56rem;font-size:1.05rem}.facts{color:var(--soft)}
.note{max-width:54rem;color:var(--soft);font-size:.9rem}.faint{color:var(--faint);font-weight:400}
.missing{color:var(--faint);font-style:italic}
.warning{color:var(--open);background:var(--open-back);padding:.45rem .8rem;border-radius:6px;width:fit-content}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:1rem;margin-top:1.6rem}
.card{background:var(--raised);border:1px solid var(--line);border-top:4px solid var(--own);border-radius:8px;padding:.9rem 1.1rem}
.card h3{margin:0;font-size:1.1rem}.says{margin:.1rem 0 .8rem;color:var(--soft);font-size:.9rem}
.card dl{display:flex;gap:1.6rem;margin:0}dt{color:var(--faint);font-size:.78rem}dd{margin:0;font-size:1.35rem;font-weight:600}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.42rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:middle}
th:first-child,td:first-child{text-align:left;padding-left:.2rem}
thead th{color:var(--soft);font-weight:600;font-size:.8rem;vertical-align:bottom;white-space:normal}
tbody th{font-weight:500}th small{display:block;color:var(--faint);font-weight:400;font-size:.75rem}
.figures tbody th small{white-space:normal;max-width:17rem;padding-left:1.05rem}
.figures tbody tr:hover{background:var(--grid)}.arrow{color:var(--accent)}
.sortable thead th{cursor:pointer}td small,.figures tbody td small{display:block;font-size:.72rem}
.best{font-weight:700;color:var(--ink)}.floors th,.floors td{color:var(--faint);font-weight:400}
.floors tr:first-child>*{border-top:2px solid var(--line)}
.swatch{display:inline-block;width:.65rem;height:.65rem;border-radius:2px;margin-right:.4rem;vertical-align:0}
.expectations td:nth-child(2),.expectations td:nth-child(4),.expectations td:nth-child(5),.expectations th:nth-child(n+2){text-align:left}
.expectations th:first-child{white-space:normal}
th.plot{width:244px}th.plot span{display:inline-block;width:110px;font-weight:400;text-align:left}
th.plot span:last-child{text-align:right}td.plot{width:244px}
.interval{display:block;width:220px;height:26px;max-width:none}.zero{stroke:var(--soft);stroke-width:1.2}
.limit{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:3 3}
.verdict{display:inline-block;padding:.05rem .55rem;border-radius:99px;font-size:.82rem;font-weight:600}
.verdict.good{color:var(--good);background:var(--good-back)}.verdict.bad{color:var(--bad);background:var(--bad-back)}
.verdict.open{color:var(--open);background:var(--open-back)}
.tabs input{position:absolute;opacity:0;pointer-events:none}
.tabs label{display:inline-block;padding:.3rem .8rem;margin:.3rem .3rem .3rem 0;border:1px solid var(--line);border-radius:99px;
font-size:.85rem;cursor:pointer;color:var(--soft)}
.tabs input:checked+label{background:var(--accent);border-color:var(--accent);color:var(--page)}
.tabs input:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
.panel{display:none}.print-only{display:none}
svg{max-width:100%;height:auto}.scatter{display:block;width:860px}
.scatter.phone{display:none}
.grid{stroke:var(--grid);fill:none}.axis{stroke:var(--line);fill:none}
.tick{fill:var(--faint);font-size:10.5px}.title{fill:var(--soft);font-size:12px}
.label{fill:var(--ink);font-size:12px;font-weight:500;paint-order:stroke;stroke:var(--page);stroke-width:3px}
.label.floor{fill:var(--faint);font-weight:400}
figure{margin:0;min-width:0}figcaption{font-size:.82rem;font-weight:600;margin-bottom:.25rem;overflow-wrap:anywhere}
.curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:1rem 1.6rem}
.chart{display:block;width:100%}.raw{fill:none;stroke:var(--accent);stroke-width:1;opacity:.32}
.mean{fill:none;stroke:var(--accent);stroke-width:1.8;stroke-linejoin:round}.dot{fill:var(--accent)}
.chart{touch-action:pan-y;cursor:crosshair}.marked{fill:none;stroke:var(--good);stroke-width:1.4;stroke-dasharray:4 3}
.cross{fill:none;stroke:var(--soft);stroke-width:1;pointer-events:none}.spot{stroke:var(--page);stroke-width:1.5;pointer-events:none}
.tip{position:fixed;z-index:3;left:0;top:0;max-width:calc(100vw - 16px);padding:.35rem .6rem;background:var(--raised);
border:1px solid var(--line);border-radius:6px;box-shadow:0 2px 10px #0003;font-size:.8rem;line-height:1.4;pointer-events:none}
.tip p{display:flex;align-items:center;margin:0;gap:.3rem}.tip .swatch{flex:none;margin:0}.tip span{min-width:0;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap;color:var(--soft)}.tip b{margin-left:auto;padding-left:.6rem;font-weight:600}.tip .near span{color:var(--ink)}
.controls{display:flex;align-items:center;gap:.8rem;margin:.8rem 0}
.controls button{font:inherit;font-size:.9rem;min-width:5.2rem;padding:.3rem .9rem;border:0;border-radius:6px;background:var(--accent);
color:var(--page);cursor:pointer}.controls input{width:min(18rem,40vw);accent-color:var(--accent)}
.clips{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(112px,220px);gap:.5rem;justify-content:start}
.clips figcaption{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.crop{overflow:hidden;border-radius:4px;background:var(--grid)}.crop video{display:block;width:300%;height:auto}
video,img{image-rendering:pixelated}
.stage-clips{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr));gap:1.2rem}
.stage-clips video{display:block;width:100%;max-width:420px;border-radius:4px}
img{display:block;max-width:100%;border-radius:4px}
details{margin:.5rem 0}details figure{margin-top:.8rem}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
.times td:last-child{width:50%}.bar i{display:block;height:.7rem;min-width:1px;background:var(--accent);opacity:.75;border-radius:2px}
pre{overflow-x:auto;background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:1rem;font-size:.82rem;line-height:1.45}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}code{font-size:.82em;overflow-wrap:anywhere}
.versions{display:flex;flex-wrap:wrap;gap:.6rem 2.4rem;margin:.6rem 0 1rem}.versions dd{font-size:1rem;font-weight:500}
.plugins td,.plugins th,.alarms td,.alarms th{text-align:left}.alarms .number{text-align:right}
.alarms .text{min-width:18rem;white-space:normal}.alarms td,.alarms tbody th{vertical-align:top}
@media (max-width:640px){.scatter{display:none}.scatter.phone{display:block;width:100%}.wide img{max-width:none}h1{font-size:1.7rem}.card dl{gap:1.1rem}th,td{padding:.35rem .45rem}}
@media print{:root{--page:#fff;--raised:#fff;--ink:#000;--soft:#333;--faint:#555;--line:#bbb;--grid:#e6e6e6}
nav,.controls,.tabs input,.tabs label{display:none}.panel,.print-only{display:block!important}.wide{overflow:visible}
html,body{font-size:11px}table{font-size:9.5px}th,td{padding:.2rem .3rem}h2{break-after:avoid}
figure,tr,.card,details{break-inside:avoid}.clips{grid-auto-columns:minmax(0,1fr)}}
)css";
}

}  // namespace flashmotion::report_detail
