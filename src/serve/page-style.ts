export const PAGE_STYLE = `  body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #1a1d21; background: #fff; }
  h1 { font-size: 1.2rem; margin: 0 0 .2rem; } h2 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
  p { margin: 0; color: #555; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e3e5e8; vertical-align: top; }
  th { font-weight: 600; color: #555; }
  td.mono { font-family: ui-monospace, monospace; font-size: 12px; overflow-wrap: anywhere; }
  .critical, .failed, .escalated { color: #b00020; } .high { color: #b34700; } .confirmed { color: #0a7a35; } .accepted, .sent { color: #1f5fbf; }
  @media (prefers-color-scheme: dark) { body { background: #15181c; color: #e6e8ea; } th, p { color: #a0a6ad; } th, td { border-color: #2b3036; } }
`;
