/** A plain page until the console replaces it: alerts and revocations, live. Everything shown is hostile text, so it is set as text only. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tripline</title>
<style>
  body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #1a1d21; background: #fff; }
  h1 { font-size: 1.2rem; margin: 0 0 .2rem; } h2 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
  p { margin: 0; color: #555; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e3e5e8; vertical-align: top; }
  th { font-weight: 600; color: #555; }
  td.mono { font-family: ui-monospace, monospace; font-size: 12px; overflow-wrap: anywhere; }
  .critical, .failed, .escalated { color: #b00020; } .high { color: #b34700; } .confirmed { color: #0a7a35; } .accepted, .sent { color: #1f5fbf; }
  @media (prefers-color-scheme: dark) { body { background: #15181c; color: #e6e8ea; } th, p { color: #a0a6ad; } th, td { border-color: #2b3036; } }
</style>
<h1>Tripline</h1>
<p id="state" role="status">connecting</p>
<h2>Revocations</h2>
<table><thead><tr><th>Time</th><th>State</th><th>Action</th><th>Target</th><th>Agent</th><th>Receiver</th><th>Why</th></tr></thead><tbody id="revocations"></tbody></table>
<h2>Alerts</h2>
<table><thead><tr><th>Time</th><th>Severity</th><th>Detector</th><th>Agent</th><th>What happened</th></tr></thead><tbody id="alerts"></tbody></table>
<script src="/page.js"></script>
</html>
`;

export const PAGE_SCRIPT = `'use strict';
const ROWS_MAX = 200;
const COLUMNS = {
  alert: (a) => [clock(a.time), a.severity, a.detector, a.agent_id, a.summary],
  revocation: (o) => [clock(o.time), o.state, o.action, o.target, o.agent_id, o.receiver, o.why],
};
const clock = (iso) => new Date(iso).toLocaleTimeString();
const rows = { alert: new Map(), revocation: new Map() };

function show(type, item) {
  const id = item.alert_id && type === 'alert' ? item.alert_id : item.order_id;
  const known = rows[type].get(id);
  if (known && type === 'revocation' && known.seq >= item.seq) return;
  const row = known ? known.element : document.createElement('tr');
  row.replaceChildren(...COLUMNS[type](item).map((text, i) => cell(text, i)));
  if (!known) document.getElementById(type + 's').prepend(row);
  rows[type].set(id, { element: row, seq: item.seq });
  trim(type);
}

function cell(text, i) {
  const td = document.createElement('td');
  td.textContent = text || '';
  if (i === 1) td.className = text;
  if (i === 3) td.className = 'mono';
  return td;
}

function trim(type) {
  for (const [id, known] of rows[type]) {
    if (rows[type].size <= ROWS_MAX) return;
    known.element.remove();
    rows[type].delete(id);
  }
}

async function load(type) {
  const answer = await fetch('/api/' + type + 's?limit=100');
  if (!answer.ok) return;
  const page = await answer.json();
  for (const item of page.items.reverse()) show(type, item);
}

const stream = new EventSource('/api/stream');
for (const type of ['alert', 'revocation']) stream.addEventListener(type, (event) => show(type, JSON.parse(event.data)));
stream.onopen = () => {
  document.getElementById('state').textContent = 'live';
  load('alert');
  load('revocation');
};
stream.onerror = () => { document.getElementById('state').textContent = 'reconnecting'; };
`;
