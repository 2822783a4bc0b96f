import type { ToolClass } from './event.ts';

/**
 * General English words of tools and of requests. Not a list of known tools: a new tool is understood by its words.
 * A verb says what is done; those under `read` change nothing.
 */
const VERBS: Readonly<Partial<Record<ToolClass, string>>> = {
  read: `get read list search find fetch query show view describe lookup look check count browse retrieve select scan
    inspect head peek watch monitor summarize summarise extract parse analyze analyse compare calculate compute grep cat ls
    stat tail download load open visit navigate explore discover review see display print scrape crawl observe measure
    translate explain preview glob tell know detect validate test resolve sort filter decrypt reveal pull clone`,
  write: `create add update edit write set put insert append modify change save upload patch rename move copy replace
    commit merge apply configure enable disable schedule book reserve submit fill upsert store import reschedule assign
    close reopen tag label make generate draft register attach detach sync mark pin prepare organize organise fix
    correct reset increase decrease adjust cancel archive restore record log vote rate star follow push input allocate
    associate`,
  execute:
    'run execute exec eval evaluate invoke deploy start stop restart launch spawn kill trigger install reboot shutdown',
  send: 'send post publish reply forward email mail notify message tweet comment respond broadcast dm text contact announce',
  share: 'share invite transfer expose collaborate grant publicize',
  pay: 'pay buy purchase order checkout refund withdraw deposit charge donate wire remit reimburse redeem',
  delete: `delete remove drop destroy purge erase clear truncate wipe uninstall unlink rm discard del trash prune terminate
    deregister disassociate release`,
  identity: 'assume impersonate rotate elevate revoke authorize authorise enroll promote escalate sudo chmod chown',
};

/** Nouns that decide the class of an action, and of a name without a verb. */
const NOUNS: Readonly<Partial<Record<ToolClass, string>>> = {
  pay: `payment payments money fund funds transaction transactions invoice invoices purchase checkout refund refunds
    bill bills payout payouts rent cash order orders`,
  identity: `user users role roles permission permissions policy policies credential credentials password passwords passphrase
    account accounts member members mfa totp sso saml oidc oauth principal identity identities trust token
    tokens login logins privilege privileges admin admins certificate certificates`,
  share: 'collaborator collaborators participant participants sharing acl visibility access ownership',
  send: `email emails mail mails message messages sms notification notifications comment comments webhook slack chat tweet
    newsletter dm`,
  execute: 'command commands shell bash terminal script scripts python sql powershell interpreter console repl sandbox',
  secret_read: 'secret secrets vault keychain keystore keyring',
  read: 'weather news info information details balance history results webpage page pages web documentation docs status',
};

/** Verbs that are as often a noun: `log_search` searches. They count only where no plain verb stands. */
const HOMONYMS = `log record rate tag label pin mark star schedule draft book share review display filter print sort test
  check count query text contact charge deposit watch monitor store import copy patch commit merge register vote head
  stat access view measure save post`;

/** A key or token is a secret when the word before it says so: the others are keys of maps and counted tokens. */
const KEY_BEFORE = `access api ssh private secret signing encryption deploy pgp gpg master service ssl tls wallet kms auth
  refresh session bearer`;
const SECRET =
  'secret secrets password passwords passphrase credential credentials vault keychain keystore keyring dotenv';
/** Readings that hand a secret over; a count or a check does not. */
const DISCLOSING = `get read list search find fetch query show view describe retrieve select extract cat download load open
  see display print decrypt reveal tell grep`;
const SESSION = 'login logout signin signout authenticate verify confirm wait sleep think noop finish done ping';

const split = (words: string) => words.trim().split(/\s+/);
const classes = (groups: Readonly<Partial<Record<ToolClass, string>>>): ReadonlyMap<string, ToolClass> =>
  new Map(
    Object.entries(groups).flatMap(([name, words]) => split(words).map((word) => [word, name as ToolClass] as const)),
  );

export const VERB_CLASS = classes(VERBS);
export const NOUN_CLASS = classes(NOUNS);
export const HOMONYM_VERBS: ReadonlySet<string> = new Set(split(HOMONYMS));
export const KEY_WORDS: ReadonlySet<string> = new Set(split(KEY_BEFORE));
export const SECRET_NOUNS: ReadonlySet<string> = new Set(split(SECRET));
export const DISCLOSING_VERBS: ReadonlySet<string> = new Set(split(DISCLOSING));
/** Steps of a session: neither a reading nor an action. */
export const SESSION_WORDS: ReadonlySet<string> = new Set(split(SESSION));
/** Too common in requests about anything to name the class: every bank task has an account. */
export const VAGUE_NOUNS: ReadonlySet<string> = new Set(
  split('account accounts user users member members token tokens trust login logins'),
);
