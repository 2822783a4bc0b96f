import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'A chain of tools that nobody asked for',
  maturity: 'stable',
  severity: 'high',
  detects:
    "An ordered chain in one session: something that came out of one tool's result goes out, or is acted on beyond recall, through another. Data flow alone never alerts. It takes a second, independent sign: the call is of a class that the request does not name or lies outside the declared scope, it goes to an address, account or host that nobody named, it shares no words with the request, or what it passes on is a secret. Two signs make a finding that may act, one is shown to an analyst. Where the request is not known, only a secret that goes to a destination which itself came out of a result fires, or one that the door saw in the arguments.",
  misses: [
    'A hijacked call of a class that the request names: a second payment among payments, another recipient of the mail that was asked for.',
    'Values that a model rewords. Flow is seen for addresses, accounts, hosts, links, ids, paths, telephone numbers and secrets; of secret readings for texts too.',
    'A value that is used only after fresh_results more results, unless it is a secret.',
    'Reading and executing calls, unless they go to an address out of a result that has nothing to do with a request which names places of its own.',
    'Sessions of which neither request nor scope is known, unless a secret is sent.',
    'Chains over several sessions or agents.',
  ],
  false_positives: [
    'A request that hands over to a text ("do what the note says") and also names an action of its own: declare the scope of such a task.',
    'A request in words for which no class is known, in a language other than English above all.',
    'An invoice or a mail that is to be answered, when the request is long and none of its words turn up in what is paid or said.',
    'An agent that reports to a person whose address it had to look up, unasked.',
  ],
  triage: [
    'Read the chain of the evidence from its first step: does the text that was read there give instructions?',
    "Compare the last call with the user's request: did the user want it, and that destination?",
    'See what the session did after it, and whether the destination turns up in other sessions.',
    'If a secret went out, rotate it, whatever became of the credential of the agent.',
    'If the user did want it, undo the revocation and declare the tool in the scope of the task.',
  ],
  attack: ['T1213', 'T1530', 'T1555.006', 'T1567'],
  atlas: ['AML.T0051.001', 'AML.T0053', 'AML.T0086', 'AML.T0098', 'AML.T0101'],
  asi: ['ASI01', 'ASI02', 'ASI03'],
  nhi: ['NHI2', 'NHI5'],
  safe_mcp: ['SAFE-T1102', 'SAFE-T1304', 'SAFE-T1703', 'SAFE-T1913', 'SAFE-T1914', 'SAFE-T2104'],
};
