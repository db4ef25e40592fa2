//! The page's one style sheet.

/// Light, dark and print. Colors hold a contrast of 4.5 to 1 against their ground.
pub const STYLE: &str = "\
:root{color-scheme:light dark;--fg:#1b1f24;--soft:#57606a;--bg:#fff;--line:#d0d7de;--fill:#f6f8fa;--good:#116329;--bad:#a40e26;--wait:#7d4e00;--ink:#0550ae;--second:#8250df}
@media screen and (prefers-color-scheme:dark){:root{--fg:#e6edf3;--soft:#9da7b3;--bg:#0d1117;--line:#3d444d;--fill:#161b22;--good:#56d364;--bad:#ff9492;--wait:#e3b341;--ink:#79c0ff;--second:#d2a8ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
a{color:var(--ink)}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
h1{font-size:1.6rem}h2{border-bottom:1px solid var(--line);padding-bottom:.25rem;margin-top:2.5rem}h3{margin-bottom:.25rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}.wide table{width:max-content;min-width:100%}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}
caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:break-word;max-width:24rem}
thead th{background:var(--fill);overflow-wrap:normal}tbody th{font-weight:600;min-width:8em}td{min-width:5em}code[title]{white-space:nowrap}
.sign{max-width:36rem}.sign th{width:9rem}.sign td{height:2.5rem;border-bottom:1px solid var(--fg)}
code,pre{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}td code{overflow-wrap:break-word}pre{background:var(--fill);padding:.75rem;overflow-x:auto;white-space:pre-wrap}
.badge{border:1px solid currentColor;border-radius:1rem;padding:0 .5rem;font-size:.8rem;white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}.plain,.note,.soft{color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;padding:0;list-style:none}
.cards li{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem}.cards b{display:block;font-size:1.5rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}
figure{margin:0;border:1px solid var(--line);border-radius:.5rem;padding:.75rem}figcaption{font-weight:600}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font:11px system-ui,sans-serif}
svg.key{display:inline;width:.8em}svg .one{fill:var(--ink)}svg .two{fill:var(--second)}svg .axis{stroke:var(--line)}svg .line{fill:none;stroke:var(--ink);stroke-width:2}
svg .dot{fill:var(--ink)}svg .dot.bad{fill:var(--bad)}svg .dot.good{fill:var(--good)}
details{border:1px solid var(--line);border-radius:.5rem;padding:.35rem .75rem;margin:.35rem 0}summary{cursor:pointer}
@media print{:root{color-scheme:light;font-size:10px}body{max-width:none;padding:0;font-size:1rem}nav,.skip{display:none}details:not([open])::details-content{content-visibility:visible;block-size:auto}.wide{overflow:visible}.wide table{width:100%}.wide td,.wide td code{overflow-wrap:anywhere}h2{break-after:avoid}thead{display:table-header-group}tr,figure,li,dl,.cards{break-inside:avoid}summary,caption,h3,details>p{break-after:avoid}a{color:inherit;text-decoration:none}}
";
