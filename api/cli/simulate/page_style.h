// The style of the HTML reports: page, tables, charts, the map of cards.
//
// Colours are named once for each scheme. c0 to c9 tell lines apart, together with dashes, so that
// they can be told apart in grey as well; u0 to u5 say how full a card is.
#ifndef API_CLI_SIMULATE_PAGE_STYLE_H_
#define API_CLI_SIMULATE_PAGE_STYLE_H_

#include <string_view>

namespace tangram::api::cli::simulate {

inline constexpr std::string_view kPageStyle = R"css(
:root {
  --paper: #fdfcf9; --ink: #1d1c1a; --soft: #6a665e; --rule: #dedad1; --band: #f4f1ea;
  --accent: #0b6e69; --warn: #9a3b12;
  --u0: #e6e2d8; --u1: #cfe2dd; --u2: #9ccac2; --u3: #5fa9a1; --u4: #2b857e; --u5: #0a5a55;
  --c0: #0b6e69; --c1: #b4540a; --c2: #5146a8; --c3: #a3265b; --c4: #47702b; --c5: #22639c;
  --c6: #8a6d0b; --c7: #7d4b95; --c8: #55606b; --c9: #a34a3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e9e6e0; --soft: #a09b91; --rule: #33383d; --band: #1c2024;
    --accent: #5cc9be; --warn: #f0a06a;
    --u0: #2a2f34; --u1: #1f4543; --u2: #26605c; --u3: #318079; --u4: #47a79d; --u5: #86e0d5;
    --c0: #5cc9be; --c1: #f0a35e; --c2: #a79cf0; --c3: #f08ab5; --c4: #9fcb7a; --c5: #7db8ec;
    --c6: #dcc25c; --c7: #cf9fe6; --c8: #aab4bf; --c9: #f09a8a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
main { max-width: 68rem; margin: 0 auto; padding: clamp(1.5rem, 5vw, 4rem) clamp(1rem, 4vw, 3rem); }
h1, h2, h3 {
  font-family: Charter, "Iowan Old Style", "Palatino Linotype", "Source Serif 4", P052, Georgia, serif;
  font-weight: 600; line-height: 1.15; text-wrap: balance; margin: 0;
}
h1 { font-size: clamp(1.75rem, 1.2rem + 2.6vw, 3rem); letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: clamp(1.25rem, 1.1rem + .8vw, 1.6rem); }
h3 { font-size: 1.05rem; margin-top: 1.75rem; }
p { max-width: 42rem; margin: .5rem 0 0; text-wrap: pretty; }
.kicker { color: var(--accent); font-size: .8125rem; letter-spacing: .08em; text-transform: uppercase; margin: 0 0 .6rem; }
.lede { font-size: clamp(1.05rem, 1rem + .3vw, 1.2rem); margin-top: .9rem; overflow-wrap: anywhere; }
.partial { border-left: 3px solid var(--warn); color: var(--warn); padding-left: .8rem; margin-top: 1.25rem; }
section { margin-top: clamp(2.5rem, 6vw, 4rem); border-top: 1px solid var(--rule); padding-top: 1.25rem; }
section > p, figcaption { color: var(--soft); }
small { font-size: .8125rem; color: var(--soft); }

.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1.25rem 2rem; margin: clamp(1.5rem, 4vw, 2.5rem) 0 0; }
.key div { border-top: 2px solid var(--accent); padding-top: .5rem; display: flex; flex-direction: column; }
.key dt { order: 2; color: var(--soft); font-size: .875rem; line-height: 1.35; }
.key dd { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; }
.key small { font-size: 1.05rem; margin-left: .15em; letter-spacing: 0; }

.scroll { overflow-x: auto; margin-top: 1.1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { padding: .42rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
th.text, td.text { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
thead th { color: var(--soft); font-weight: 500; font-size: .8125rem; vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 600; }
tr.best > * { background: var(--band); }
.verdict { color: var(--soft); }
.best .verdict { color: var(--accent); font-weight: 600; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem 3rem; }
figure { margin: 1.5rem 0 0; min-width: 0; }
figure h3 { margin: 0 0 .75rem; }
figcaption { font-size: .875rem; margin-top: .35rem; }
.plot { position: relative; margin: .5rem .5rem 1.9rem 2.6rem; height: clamp(13rem, 42vw, 20rem); }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot span { position: absolute; font-size: .75rem; line-height: 1; color: var(--soft); white-space: nowrap; }
.plot .y { right: calc(100% + .5rem); transform: translateY(-50%); }
.plot .x { top: calc(100% + .5rem); transform: translateX(-50%); }
.axis { fill: none; stroke: var(--rule); stroke-width: 1; vector-effect: non-scaling-stroke; }
.line { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.ideal { fill: none; stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; vector-effect: non-scaling-stroke; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); stroke-dasharray: 7 3; }
.c2 { stroke: var(--c2); stroke-dasharray: 2 3; } .c3 { stroke: var(--c3); stroke-dasharray: 10 3 2 3; }
.c4 { stroke: var(--c4); stroke-dasharray: 14 4; } .c5 { stroke: var(--c5); stroke-dasharray: 4 2; }
.c6 { stroke: var(--c6); stroke-dasharray: 1 2; } .c7 { stroke: var(--c7); stroke-dasharray: 10 2 2 2 2 2; }
.c8 { stroke: var(--c8); stroke-dasharray: 6 6; } .c9 { stroke: var(--c9); stroke-dasharray: 3 6; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; list-style: none; padding: 0; margin: .4rem 0 0; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .5rem; }
.legend svg { width: 28px; height: 8px; flex: none; }

.bar { display: block; height: .5rem; background: var(--u0); border-radius: 1px; min-width: 5rem; }
.bar i { display: block; height: 100%; background: var(--accent); border-radius: 1px; }
.span { position: relative; display: block; height: 1.1rem; width: 100%; min-width: 9rem; }
.span i { position: absolute; top: 50%; height: 2px; margin-top: -1px; background: var(--accent); min-width: 1px; }
.span b { position: absolute; top: 50%; width: 9px; height: 9px; margin: -4.5px 0 0 -4.5px; border-radius: 50%; background: var(--accent); }
.span u { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--soft); }
.noise .span i, .noise .span b, .unknown .span i, .unknown .span b { background: var(--soft); }
td.wide { width: 38%; }

.key-map { margin-top: 1rem; }
.key-map i { width: .8rem; height: .8rem; display: inline-block; }
.map h3 small { font-family: system-ui, sans-serif; font-weight: 400; margin-left: .5rem; }
.nodes { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 3px 2px; margin-top: .6rem; }
.nodes svg { display: block; width: 7px; height: auto; stroke-width: 6; }
.u0 { stroke: var(--u0); background: var(--u0); } .u1 { stroke: var(--u1); background: var(--u1); }
.u2 { stroke: var(--u2); background: var(--u2); } .u3 { stroke: var(--u3); background: var(--u3); }
.u4 { stroke: var(--u4); background: var(--u4); } .u5 { stroke: var(--u5); background: var(--u5); }
@media (max-width: 40rem) {
  .nodes svg { width: 5px; } .nodes { gap: 2px 1px; }
  th, td { padding: .4rem .5rem; } table { font-size: .875rem; }
  th:first-child, td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 5.5rem; max-width: 11rem; }
  th.text, td.text { min-width: 7rem; }
  .rank .minor { display: none; } .span { min-width: 5.5rem; }
  .key { grid-template-columns: 1fr 1fr; gap: 1rem; } .key dd { font-size: 1.6rem; }
}
@media print {
  :root {
    --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --band: #f2f2f2; --accent: #0b5a55; --warn: #7a2a08;
    --u0: #e6e2d8; --u1: #cfe2dd; --u2: #9ccac2; --u3: #5fa9a1; --u4: #2b857e; --u5: #0a5a55;
    --c0: #0b6e69; --c1: #b4540a; --c2: #5146a8; --c3: #a3265b; --c4: #47702b; --c5: #22639c;
    --c6: #8a6d0b; --c7: #7d4b95; --c8: #55606b; --c9: #a34a3a;
  }
  @page { margin: 16mm 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; } main { padding: 0; max-width: none; }
  section { margin-top: 9mm; } h2, h3, .legend { break-after: avoid; }
  figure, table, .key { break-inside: avoid; } .scroll { overflow: visible; }
  .plot { height: 58mm; } .nodes svg { width: 5px; } .nodes { gap: 2px 1px; }
}
)css";

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_PAGE_STYLE_H_
