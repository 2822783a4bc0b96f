/** What fills the page. Everything shown is hostile text: it is set as text, and never becomes markup, an address or a class. */
export const PAGE_SCRIPT = `'use strict';
const ROWS_MAX = 200;
const RETRY_MS = 5000;
const HEALTH_MS = 10000;
const TONES = new Set('critical high medium low info observed proposed held sent accepted confirmed failed escalated expired undo_requested undone'.split(' '));
const byId = (id) => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function duration(ms) {
  if (!(ms >= 0)) return '';
  if (ms < 1000) return Math.round(ms) + ' ms';
  if (ms < 60000) return (ms / 1000).toFixed(1) + ' s';
  return Math.round(ms / 60000) + ' min';
}

function clock(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return today ? at.toLocaleTimeString() : at.toLocaleString();
}

function fact(name, value, code) {
  if (!value) return [];
  const span = element('span', '', name + ' ');
  span.append(element(code ? 'code' : 'bdi', '', value));
  return [span];
}

function link(text, path) {
  const span = element('span');
  const anchor = element('a', '', text);
  anchor.href = path;
  span.append(anchor);
  return [span];
}

const part = encodeURIComponent;

function since(from, to) {
  const text = from > 0 ? duration(Date.parse(to) - from) : '';
  return text && 'in ' + text;
}


const LISTS = {
  alert: {
    id: (a) => a.alert_id,
    at: (a) => Date.parse(a.time),
    isNewer: () => false,
    badge: (a) => a.severity,
    what: (a) => a.summary || a.detector,
    latency: (a) => since(a.appended, a.detected),
    latencyMeans: 'From the event being durable to the alert',
    facts: (a) => [
      ...fact('detector', a.detector),
      ...fact('agent', a.agent_id),
      ...fact('credential', a.credential, true),
      ...link('evidence', '/api/alerts/' + part(a.alert_id)),
      ...(a.agent_id ? link('timeline', '/api/agents/' + part(a.agent_id) + '/timeline') : []),
    ],
  },
  revocation: {
    id: (o) => o.order_id,
    at: (o) => Date.parse(o.created || o.time),
    isNewer: (o, known) => o.seq > known.seq,
    badge: (o) => o.state,
    what: (o) => o.action + ' ' + o.target_kind + (o.agent_id ? ' of ' + o.agent_id : '') + (o.why ? ': ' + o.why : ''),
    latency: (o) => since(o.event_appended, o.time),
    latencyMeans: 'From the event being durable to this state',
    facts: (o) => [
      ...fact('credential', o.credential, true),
      ...fact('target', o.target === o.credential ? '' : o.target, true),
      ...fact('receiver', o.receiver),
      ...fact('detector', o.detector),
      ...fact('mode', o.mode),
      ...link('history', '/api/revocations/' + part(o.order_id)),
    ],
  },
};

const shown = { alert: new Map(), revocation: new Map() };

function show(type, item, isFresh) {
  const list = LISTS[type];
  const id = list.id(item);
  const known = shown[type].get(id);
  if (known && !list.isNewer(item, known.item)) return;
  const row = element('li', isFresh ? 'fresh' : '');
  fill(row, list, item);
  const entry = { item, row, at: known ? known.at : list.at(item) };
  if (known) known.row.replaceWith(row);
  else place(type, entry);
  shown[type].set(id, entry);
  trim(type);
  summarise();
}

function fill(row, list, item) {
  const state = list.badge(item);
  const when = element('div', 'when');
  const latency = element('b', '', list.latency(item));
  latency.title = list.latencyMeans;
  const time = element('time', '', clock(item.time));
  time.title = item.time;
  when.append(latency, time);
  const facts = element('div', 'facts');
  facts.append(...list.facts(item));
  const what = element('div', 'what', list.what(item));
  row.append(element('span', 'badge' + (TONES.has(state) ? ' ' + state : ''), state.replace('_', ' ')), what, when, facts);
}

/** Newest first. */
function place(type, entry) {
  const list = byId(type + 's');
  const entries = new Map([...shown[type].values()].map((one) => [one.row, one.at]));
  const next = [...list.children].find((row) => entries.get(row) < entry.at);
  list.insertBefore(entry.row, next || null);
}

function trim(type) {
  const list = byId(type + 's');
  if (list.children.length <= ROWS_MAX) return;
  const last = list.lastElementChild;
  for (const [id, { row }] of shown[type]) if (row === last) shown[type].delete(id);
  last.remove();
}

function summarise() {
  const states = [...shown.revocation.values()].map(({ item }) => item.state);
  const count = (...wanted) => states.filter((state) => wanted.includes(state)).length;
  const parts = [
    [count('confirmed'), 'revoked and proven gone'],
    [count('proposed', 'sent', 'accepted'), 'under way'],
    [count('held', 'undo_requested'), 'waiting for a person'],
    [count('failed', 'escalated', 'irrevocable'), 'failed'],
    [count('observed'), 'only observed'],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, text]) => n + ' ' + text);
  const alerts = shown.alert.size;
  said.push(alerts === 1 ? '1 alert' : alerts + ' alerts');
  byId('summary').textContent = said.join(', ') + '.';
  for (const type of ['alert', 'revocation']) byId(type + 's-count').textContent = shown[type].size || '';
}

const condition = { stream: 'connecting', health: 'ok', unread: new Set() };

function tell() {
  const { stream, health, unread } = condition;
  const said = [stream];
  if (stream === 'live' && health !== 'ok') said.push(health);
  if (stream === 'live' && unread.size > 0) said.push('but what was before cannot be read now');
  byId('state').dataset.state = stream !== 'live' ? 'connecting' : said.length > 1 ? 'trouble' : 'live';
  byId('state').textContent = said.join(', ');
}

async function load(type) {
  const answer = await fetch('/api/' + type + 's?limit=' + ROWS_MAX).catch(() => undefined);
  if (answer && answer.ok) condition.unread.delete(type);
  else condition.unread.add(type);
  tell();
  if (condition.unread.has(type)) return void setTimeout(load, RETRY_MS, type);
  for (const item of (await answer.json()).items) show(type, item, false);
}

async function checkHealth() {
  const answer = await fetch('/api/health').catch(() => undefined);
  if (!answer || !answer.ok) return;
  condition.health = (await answer.json()).status;
  tell();
}

function loadAll() {
  load('alert');
  load('revocation');
}

/** The latest come with the stream, because the lists are behind it by as long as a block waits for the store. */
function follow() {
  const stream = new EventSource('/api/stream?recent=' + ROWS_MAX);
  for (const type of ['alert', 'revocation'])
    stream.addEventListener(type, (event) => show(type, JSON.parse(event.data), true));
  stream.addEventListener('reset', loadAll);
  stream.onopen = () => {
    condition.stream = 'live';
    tell();
    loadAll();
    checkHealth();
  };
  stream.onerror = () => {
    condition.stream = 'reconnecting';
    tell();
    // After an answer other than a stream, the browser does not try again by itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, RETRY_MS);
  };
}

summarise();
follow();
setInterval(checkHealth, HEALTH_MS);
`;
