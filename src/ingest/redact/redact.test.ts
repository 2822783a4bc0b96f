import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hit, isPlain, redact } from './redact.ts';
import { SECRET_RULES } from './rules.ts';

const chars = (alphabet: string, length: number) =>
  Array.from({ length }, (_, i) => alphabet[(i * 7 + 3) % alphabet.length]).join('');
const alnum = (length: number) => chars('aB3dE5gH7jK9mN1pQ2sT4vW6xY8z', length);
const hex = (length: number) => chars('0123456789abcdef', length);
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const jwt = `${base64url('{"alg":"RS256"}')}.${base64url('{"sub":"someone","jti":"1"}')}.${alnum(43)}`;

/** A made-up secret of each rule, put together here so that no scanner takes this file for a leak; `|` marks what is around it. */
const SAMPLES: Record<string, string[]> = {
  'tripline-key': [`tlk_${hex(12)}_${hex(40)}`],
  'github-token': [`ghp_${alnum(36)}`, `gho_${alnum(36)}`, `ghu_${alnum(36)}`, `ghs_${alnum(36)}`, `ghr_${alnum(76)}`],
  'github-fine-grained': [`github_pat_${alnum(22)}_${alnum(59)}`],
  'gitlab-token': [`glpat-${alnum(20)}`, `glrt-${alnum(20)}`],
  'slack-token': [`xoxb-${hex(12)}-${alnum(24)}`, `xoxp-${hex(12)}-${hex(12)}-${hex(32)}`, `xoxe.xoxp-1-${alnum(60)}`],
  'slack-app-token': [`xapp-1-A0${chars('0123456789', 9)}-${chars('0123456789', 13)}-${hex(64)}`],
  'slack-webhook': [`https://hooks.slack.com/services/|T000${alnum(5)}/B000${alnum(5)}/${alnum(24)}`],
  'stripe-key': [`sk_live_${alnum(24)}`, `rk_test_${alnum(99)}`],
  'webhook-secret': [`whsec_${alnum(32)}`],
  'anthropic-key': [`sk-ant-api03-${alnum(93)}-${alnum(4)}AA`],
  'openai-key': [`sk-${alnum(48)}`, `sk-proj-${alnum(60)}_${alnum(20)}`],
  'google-api-key': [`AIza${alnum(35)}`],
  'google-oauth': [`ya29.${alnum(80)}`, `GOCSPX-${alnum(28)}`, `1//0${alnum(60)}`],
  'npm-token': [`npm_${alnum(36)}`],
  'pypi-token': [`pypi-AgE${alnum(120)}`],
  'rubygems-key': [`rubygems_${hex(48)}`],
  'vault-token': [`hvs.${alnum(90)}`, `hvb.${alnum(100)}`],
  'vault-token-old': [`s.${alnum(24)}`],
  'terraform-token': [`${alnum(14)}.atlasv1.${alnum(67)}`],
  'aws-session-token': [`IQoJb3JpZ2lu${alnum(300)}`, `FwoGZXIvYXdz${alnum(300)}`],
  'azure-storage-key': [`AccountName=x;AccountKey=|${alnum(86)}==`],
  'azure-shared-key': [`SharedAccessKeyName=x;SharedAccessKey=|${alnum(43)}=`],
  'azure-client-secret': [`${alnum(3)}8Q~${alnum(34)}`],
  'twilio-key': [`SK${hex(32)}`],
  'sendgrid-key': [`SG.${alnum(22)}.${alnum(43)}`],
  'mailgun-key': [`key-${hex(32)}`],
  'mailchimp-key': [`${hex(32)}-us12`],
  'telegram-bot': [`${chars('123456789', 9)}:AA${alnum(33)}`],
  'discord-bot': [`MT${alnum(22)}.${alnum(6)}.${alnum(27)}`],
  'discord-webhook': [`https://discord.com/api/webhooks/${chars('123456789', 18)}/|${alnum(68)}`],
  'digitalocean-token': [`dop_v1_${hex(64)}`],
  'databricks-token': [`dapi${hex(32)}`],
  'huggingface-token': [`hf_${alnum(34)}`],
  'replicate-token': [`r8_${alnum(37)}`],
  'groq-key': [`gsk_${alnum(52)}`],
  'xai-key': [`xai-${alnum(80)}`],
  'perplexity-key': [`pplx-${alnum(48)}`],
  'shopify-token': [`shpat_${hex(32)}`],
  'square-token': [`sq0atp-${alnum(22)}`],
  'newrelic-key': [`NRAK-${chars('ABCDEFGHJKLMNPQ0123456789', 27)}`],
  'doppler-token': [`dp.pt.${alnum(43)}`],
  'linear-key': [`lin_api_${alnum(40)}`],
  'notion-token': [`ntn_${alnum(46)}`, `secret_${alnum(43)}`],
  'airtable-token': [`pat${alnum(14)}.${hex(64)}`],
  'atlassian-token': [`ATATT3${alnum(180)}`],
  'postman-key': [`PMAK-${hex(24)}-${hex(34)}`],
  'grafana-token': [`glsa_${alnum(32)}_${hex(8)}`, `glc_${alnum(100)}`],
  'sentry-token': [`sntrys_${alnum(100)}`],
  'pulumi-token': [`pul-${hex(40)}`],
  'planetscale-token': [`pscale_tkn_${alnum(43)}`],
  'supabase-token': [`sbp_${hex(40)}`],
  'docker-token': [`dckr_pat_${alnum(27)}`],
  'age-key': [`AGE-SECRET-KEY-1${chars('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`],
  jwt: [jwt],
  'private-key': [
    `-----BEGIN RSA PRIVATE KEY-----\n${alnum(64)}\n${alnum(20)}==\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\\n${alnum(64)}\\n-----END PRIVATE KEY-----`,
  ],
  'url-password': [`postgres://app:|hunter2hunter2|@db.internal:5432/x`, `redis://:|s3cretpass|@cache`],
  'url-parameter': [`https://x.example/a?b=1&access_token=|${alnum(30)}|&c=2`, `https://x.example/a?sig=|${alnum(43)}`],
  bearer: [`curl -H "X: Bearer |${alnum(43)}|"`],
  basic: [`-H "X: Basic |${Buffer.from('user:pass').toString('base64')}|"`],
  authorization: [`{"Authorization": "Token |${alnum(40)}|"}`, `authorization: |${alnum(40)}`],
  cookie: [`Cookie: |session=abc123; theme=dark`],
  assignment: [
    `password = |correct-horse`,
    `{"db_password": "|hunter22|"}`,
    `AWS_SECRET_ACCESS_KEY=|${alnum(40)}`,
    `SecretAccessKey: '|${alnum(40)}|'`,
    `{\\"api_key\\": \\"|zzzzzz|\\"}`,
    `{"token":"|opaque-abcdef`,
    `client_secret=|abcdefgh|&x=1`,
    `X-Api-Key: |abcdefgh`,
  ],
};

describe('the rules of secrets', () => {
  it('each have a sample here, a source and a literal', () => {
    expect(SECRET_RULES.map(({ id }) => id).filter((id) => SAMPLES[id] === undefined)).toEqual([]);
    expect(new Set(SECRET_RULES.map(({ id }) => id)).size).toBe(SECRET_RULES.length);
    expect(SECRET_RULES.filter(({ source, literals }) => source === '' || literals.length === 0)).toEqual([]);
  });

  const cases = Object.entries(SAMPLES).flatMap(([id, texts]) => texts.map((text) => [id, text] as const));
  it.each(cases)('find a %s', (id, sample) => {
    const [before = '', secret = '', after = ''] = sample.includes('|') ? sample.split('|') : ['', sample];
    for (const [start, end] of [
      ['', ''],
      ['the key is ', '" and no other'],
      ['x="', '"'],
      ['line\n', '\n"line"'],
    ] as const) {
      const hits: Hit[] = [];
      const text = `${start}${before}${secret}${after}${end}`;
      expect(redact(text, hits)).toBe(`${start}${before}[redacted:${id}]${after}${end}`);
      expect(hits).toEqual([{ rule: id, secret }]);
      expect(isPlain(text)).toBe(false);
    }
  });

  it.each([
    'Basic understanding of tokens: 1234, next_page_token=abcdefghi',
    'password: required, Password reset link, secret: none, api_key={KEY}, password=********',
    'task-force disk-usage risk-assessment sk-learn scikit sk-short',
    '7f3d9c52-1b1e-4c9a-9d55-0a3b5c7d9e1f',
    'AKIAIOSFODNN7EXAMPLE and ASIAIOSFODNN7EXAMPLE name keys and are none',
    `sha256:${hex(64)} ${hex(40)} e3b0c44298fc1c149afbf4c8996fb924`,
    'arn:aws:iam::123456789012:user/ann http://user@host/path https://host:8080/a?page=2&keyword=x',
    'The users. Items.that.follow items.ABC',
    'tl-hmac:0123456789abcdef0123456789abcdef',
    'eyJub3QiOiJhIHRva2VuIn0 Bearer of news',
    '',
  ])('leave alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('redaction', () => {
  it('finds several secrets in one text, also side by side and escaped', () => {
    const [a, b] = [`ghp_${alnum(36)}`, `npm_${alnum(36)}`];
    const hits: Hit[] = [];
    expect(redact(`${a},${b} \\n${jwt}\\n${a}`, hits)).toBe(
      '[redacted:github-token],[redacted:npm-token] \\n[redacted:jwt]\\n[redacted:github-token]',
    );
    expect(hits.map(({ secret }) => secret)).toEqual([a, b, jwt, a]);
  });

  it('takes what is there of a secret that was cut off', () => {
    expect(redact(`a -----BEGIN OPENSSH PRIVATE KEY-----\n${alnum(64)}\n${alnum(9)}`)).toBe('a [redacted:private-key]');
    expect(redact('{"password":"hunter2')).toBe('{"password":"[redacted:assignment]');
  });

  it('changes nothing the second time', () => {
    const samples = Object.values(SAMPLES).flat();
    const text = fc.array(fc.oneof(fc.string(), fc.constantFrom(...samples)), { maxLength: 5 });
    fc.assert(
      fc.property(text, (parts) => {
        const once = redact(parts.join(' ').replaceAll('|', ''));
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it('costs time linear in the text, whatever it is made of', () => {
    const starts = [...new Set(SECRET_RULES.flatMap(({ literals }) => literals.slice(0, 8)))];
    for (const start of [...starts, 'eyJa.', '-----BEGIN PRIVATE KEY-----', 'password=', '://a:', 'Bearer ', 's.a']) {
      for (const between of ['', ' ', '"', '.', 'a'])
        expect(typeof redact((start + between).repeat(Math.ceil((1 << 16) / (start.length + 1))))).toBe('string');
    }
  });
});
