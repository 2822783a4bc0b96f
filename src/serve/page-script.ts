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
