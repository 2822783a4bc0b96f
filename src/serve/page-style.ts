/** System fonts, light and dark by the reader's choice, one column on a phone. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #fff; --line: #e2e5ea; --text: #1a1f26; --quiet: #5b6673;
  --red: #b3261e; --orange: #a04a00; --green: #0b6b34; --blue: #1a56b0; --grey: #4a5563;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11151a; --card: #191f26; --line: #2a323c; --text: #e7eaee; --quiet: #9aa5b1;
    --red: #ff8a80; --orange: #ffb068; --green: #6fd79a; --blue: #8ab8ff; --grey: #b4bec9;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1.25rem; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .9rem; }
h1 { margin: 0; font-size: 1.35rem; letter-spacing: -.01em; }
h2 { margin: 1.6rem 0 .5rem; font-size: 1rem; }
h2 span { margin-left: .3rem; color: var(--quiet); font-weight: 400; }
#state { margin: 0; color: var(--quiet); font-size: .87rem; }
#state::before { content: ''; display: inline-block; width: .55rem; height: .55rem; margin-right: .4rem; border-radius: 50%; background: var(--grey); }
#state[data-state=live]::before { background: #22a55b; }
#state[data-state=trouble]::before { background: #d9822b; }
#summary { flex-basis: 100%; margin: .2rem 0 0; font-size: 1.05rem; }
ol { margin: 0; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
ol:empty { display: none; }
ol:not(:empty) + .empty { display: none; }
.empty { padding: 1.1rem 1.2rem; border: 1px dashed var(--line); border-radius: 10px; color: var(--quiet); }
.empty strong { display: block; color: var(--text); }
li { display: grid; grid-template-columns: 6.6rem 1fr auto; gap: .1rem .9rem; padding: .65rem .9rem; border-top: 1px solid var(--line); }
li:first-child { border-top: 0; }
li.fresh { animation: fresh 2s ease-out; }
@keyframes fresh { from { background: color-mix(in srgb, var(--blue) 16%, transparent); } }
@media (prefers-reduced-motion: reduce) { li.fresh { animation: none; } }
.badge { align-self: start; justify-self: start; margin-top: .1rem; padding: 0 .55rem; border-radius: 99px; font-size: .8rem; font-weight: 600; color: var(--tone, var(--grey)); background: color-mix(in srgb, var(--tone, var(--grey)) 14%, transparent); }
.critical, .failed, .escalated { --tone: var(--red); }
.high, .medium, .held, .undo_requested { --tone: var(--orange); }
.confirmed { --tone: var(--green); }
.sent, .accepted, .proposed { --tone: var(--blue); }
.what { font-weight: 550; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; }
.facts { grid-column: 2; color: var(--quiet); font-size: .87rem; overflow-wrap: anywhere; }
.facts > span { display: inline-block; max-width: 100%; margin-right: .9rem; }
.facts > span, .what { unicode-bidi: isolate; }
code { font: .93em ui-monospace, monospace; color: var(--text); }
.when { grid-column: 3; grid-row: 1 / span 2; text-align: right; white-space: nowrap; color: var(--quiet); font-size: .87rem; font-variant-numeric: tabular-nums; }
.when b { display: block; color: var(--text); font-weight: 550; }
a { color: var(--blue); text-decoration-thickness: 1px; text-underline-offset: 2px; }
footer { margin: 1.6rem 0 .5rem; font-size: .87rem; }
footer a { margin-right: .9rem; }
@media (max-width: 40rem) {
  body { padding: .9rem; }
  li { grid-template-columns: 1fr auto; }
  .what, .facts { grid-column: 1 / -1; }
  .when { grid-column: 2; grid-row: 1; }
  .when b, .when time { display: inline; margin-left: .6rem; }
}
`;
