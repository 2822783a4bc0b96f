/** How one kind of secret looks. The forms are facts published by whoever issues them; `source` says where. */
export interface SecretRule {
  readonly id: string;
  readonly source: string;
  /** Where one of these stands the pattern is tried, and nowhere else. Three characters or more: redact.ts looks for those. */
  readonly literals: readonly string[];
  /** Matched from the literal on. The group `secret` is the secret, else all of it. Every repetition is bounded. */
  readonly pattern: string;
  /** What may not stand before the literal: a letter or digit (default), any character of a token, or nothing is refused. */
  readonly apart?: 'word' | 'token' | 'no';
  /** Characters before the literal that belong to the secret. */
  readonly before?: { readonly chars: RegExp; readonly max: number };
  /** A last look at what was found. */
  readonly valid?: (secret: string) => boolean;
}

type More = Omit<SecretRule, 'id' | 'source' | 'literals' | 'pattern'>;

const rule = (id: string, source: string, literals: string, pattern: string, more: More = {}): SecretRule => ({
  id,
  source,
  literals: literals.split(' '),
  pattern,
  ...more,
});

/** What stands in the place of a value in documentation, in messages and in text that was redacted before. */
const PLACEHOLDER =
  /^(?:[[<({$%*•]|x{3}|your|none\b|null\b|nil\b|true\b|false\b|undefined\b|required|optional|redacted|hidden|masked|removed|string\b|example\b|invalid|incorrect|expired|missing|wrong|not\b)/i;
/** True for a text that stands where a secret would and is none. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

const value = { valid: (secret: string) => !PLACEHOLDER.test(secret) };
const token = { apart: 'token' } as const;

/** `id:password` in base64; ordinary words decode to anything but that. */
function isBasic(secret: string): boolean {
  return /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(secret, 'base64').toString('latin1'));
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const followedBy = (starts: string, next: string) =>
  starts
    .split(' ')
    .flatMap((start) => [...next].map((char) => start + char))
    .join(' ');

const SECRET_PARAMETERS =
  `access_token refresh_token id_token auth_token token api_key apikey api-key key client_secret password passwd pwd sig
  signature X-Amz-Signature X-Amz-Security-Token X-Goog-Signature`.split(/\s+/);

/** Among rules with the same literal the first that matches names the secret. */
export const SECRET_RULES: readonly SecretRule[] = [
  rule('tripline-key', 'Tripline', 'tlk_', 'tlk_[0-9a-f]{12}_[0-9a-f]{40}'),
  rule('github-token', 'GitHub, token formats', 'ghp_ gho_ ghu_ ghs_ ghr_', 'gh[pousr]_[A-Za-z0-9]{36,255}'),
  rule('github-fine-grained', 'GitHub, token formats', 'github_pat_', 'github_pat_\\w{22,255}'),
  rule(
    'gitlab-token',
    'GitLab, token prefixes',
    'glpat- gldt- glrt- glptt- glft- glsoat- glcbt- glimt- glagent-',
    'gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent)-[\\w.-]{20,128}',
  ),
  rule(
    'slack-token',
    'Slack, token types',
    'xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxp- xoxr- xoxs-',
    'xox[a-es-z0-9pr][.-][\\w.%-]{10,400}',
  ),
  rule('slack-app-token', 'Slack, token types', 'xapp-', 'xapp-\\d-\\w{5,20}-\\d{5,20}-[a-f0-9]{32,128}'),
  rule(
    'slack-webhook',
    'Slack, incoming webhooks',
    'hooks.slack.com/',
    'hooks\\.slack\\.com/(?:services|workflows|triggers)/(?<secret>[\\w/+-]{20,128})',
  ),
  rule(
    'stripe-key',
    'Stripe, API keys',
    'sk_live_ sk_test_ rk_live_ rk_test_',
    '[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}',
  ),
  rule('webhook-secret', 'Standard Webhooks, Stripe: signing secrets', 'whsec_', 'whsec_[A-Za-z0-9+/=]{24,128}'),
  rule('anthropic-key', 'Anthropic, API keys', 'sk-ant-', 'sk-ant-[\\w-]{20,255}'),
  rule('openai-key', 'OpenAI, API keys', 'sk-', 'sk-(?=[\\w-]{0,200}\\d)[\\w-]{20,255}'),
  rule('google-api-key', 'Google Cloud, API keys', 'AIza', 'AIza[\\w-]{35}'),
  rule(
    'google-oauth',
    'Google Identity, OAuth 2.0',
    'ya29. GOCSPX- 1//0',
    '(?:ya29\\.[\\w.-]{20,2048}|GOCSPX-[\\w-]{20,64}|1//0[\\w-]{30,512})',
  ),
  rule('npm-token', 'npm, access tokens', 'npm_', 'npm_[A-Za-z0-9]{36}'),
  rule('pypi-token', 'PyPI, API tokens', 'pypi-AgE', 'pypi-AgE[\\w-]{50,1000}', token),
  rule('rubygems-key', 'RubyGems, API keys', 'rubygems_', 'rubygems_[a-f0-9]{48}'),
  rule('vault-token', 'HashiCorp Vault, tokens', 'hvs. hvb. hvr.', 'hv[sbr]\\.[\\w-]{24,512}'),
  rule(
    'vault-token-old',
    'HashiCorp Vault before 1.10, tokens',
    followedBy('s.', ALPHANUMERIC),
    's\\.(?=[A-Za-z]{0,23}\\d)[A-Za-z0-9]{24}(?![\\w.])',
  ),
  rule('terraform-token', 'HCP Terraform, API tokens', '.atlasv1.', '\\.atlasv1\\.[\\w=-]{60,80}', {
    apart: 'no',
    before: { chars: /[A-Za-z0-9]/, max: 14 },
  }),
  rule('aws-session-token', 'AWS STS, session tokens', 'IQoJb3JpZ2lu FwoGZXIvYXdz', '[A-Za-z0-9+/=]{100,2048}', token),
  rule(
    'azure-storage-key',
    'Azure Storage, account keys',
    'AccountKey=',
    'AccountKey=(?<secret>[A-Za-z0-9+/]{43,86}={1,2})',
  ),
  rule(
    'azure-shared-key',
    'Azure Service Bus, SAS',
    'SharedAccessKey=',
    'SharedAccessKey=(?<secret>[A-Za-z0-9+/]{43}=)',
  ),
  rule('azure-client-secret', 'Microsoft Entra, client secrets', '8Q~ 7Q~', '[78]Q~[\\w.~-]{31,34}', {
    apart: 'no',
    before: { chars: /[\w.~-]/, max: 3 },
  }),
  rule('twilio-key', 'Twilio, API keys', followedBy('SK', '0123456789abcdef'), 'SK[0-9a-f]{32}(?!\\w)'),
  rule('sendgrid-key', 'SendGrid, API keys', 'SG.', 'SG\\.[\\w-]{16,32}\\.[\\w-]{32,64}'),
  rule('mailgun-key', 'Mailgun, API keys', 'key-', 'key-[0-9a-f]{32}(?!\\w)'),
  rule('mailchimp-key', 'Mailchimp, API keys', '-us', '-us\\d{1,2}(?!\\w)', {
    apart: 'no',
    before: { chars: /[0-9a-f]/, max: 32 },
    valid: (secret) => /^[0-9a-f]{32}-us/.test(secret),
  }),
  rule('telegram-bot', 'Telegram, Bot API', ':AA', ':AA[\\w-]{33}(?![\\w-])', {
    apart: 'no',
    before: { chars: /\d/, max: 10 },
    valid: (secret) => /^\d{8,10}:/.test(secret),
  }),
  rule(
    'discord-bot',
    'Discord, bot tokens',
    followedBy('MT MD Mj Mz ND NT Nj Nz OD OT', ALPHANUMERIC),
    '[MNO][A-Za-z0-9_-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,40}',
    token,
  ),
  rule('discord-webhook', 'Discord, webhooks', '/api/webhooks/', '/api/webhooks/\\d{10,24}/(?<secret>[\\w-]{60,100})', {
    apart: 'no',
  }),
  rule('digitalocean-token', 'DigitalOcean, tokens', 'dop_v1_ doo_v1_ dor_v1_', 'do[opr]_v1_[a-f0-9]{64}'),
  rule('databricks-token', 'Databricks, access tokens', 'dapi', 'dapi[a-f0-9]{32}(?:-\\d)?'),
  rule('huggingface-token', 'Hugging Face, access tokens', 'hf_', 'hf_[A-Za-z0-9]{34,40}'),
  rule('replicate-token', 'Replicate, API tokens', 'r8_', 'r8_[A-Za-z0-9]{37}'),
  rule('groq-key', 'Groq, API keys', 'gsk_', 'gsk_[A-Za-z0-9]{50,56}'),
  rule('xai-key', 'xAI, API keys', 'xai-', 'xai-[A-Za-z0-9_]{70,90}'),
  rule('perplexity-key', 'Perplexity, API keys', 'pplx-', 'pplx-[A-Za-z0-9]{40,64}'),
  rule('shopify-token', 'Shopify, access tokens', 'shpat_ shpca_ shppa_ shpss_', 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}'),
  rule('square-token', 'Square, access tokens', 'sq0atp- sq0csp-', 'sq0(?:atp|csp)-[\\w-]{22,43}'),
  rule('newrelic-key', 'New Relic, user keys', 'NRAK-', 'NRAK-[A-Z0-9]{27}'),
  rule('doppler-token', 'Doppler, token formats', 'dp.', 'dp\\.(?:pt|st|sa|ct|scim|audit)\\.[\\w.-]{40,64}'),
  rule('linear-key', 'Linear, API keys', 'lin_api_', 'lin_api_[A-Za-z0-9]{40}'),
  rule(
    'notion-token',
    'Notion, integration tokens',
    'ntn_ secret_',
    '(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})',
  ),
  rule('airtable-token', 'Airtable, personal access tokens', 'pat', 'pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}'),
  rule('atlassian-token', 'Atlassian, API tokens', 'ATATT3 ATCTT3', 'AT[AC]TT3[\\w=-]{60,300}', token),
  rule('postman-key', 'Postman, API keys', 'PMAK-', 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}'),
  rule(
    'grafana-token',
    'Grafana, service account tokens',
    'glsa_ glc_',
    '(?:glsa_\\w{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2})',
  ),
  rule('sentry-token', 'Sentry, auth tokens', 'sntrys_ sntryu_', 'sntry[su]_[\\w=+/.-]{60,400}'),
  rule('pulumi-token', 'Pulumi, access tokens', 'pul-', 'pul-[a-f0-9]{40}'),
  rule('planetscale-token', 'PlanetScale, tokens', 'pscale_', 'pscale_(?:tkn|pw|oauth)_[\\w.-]{32,64}'),
  rule('supabase-token', 'Supabase, access tokens', 'sbp_ sb_secret_', '(?:sbp_[a-f0-9]{40}|sb_secret_[\\w-]{20,64})'),
  rule('docker-token', 'Docker Hub, access tokens', 'dckr_pat_ dckr_oat_', 'dckr_[po]at_[\\w-]{27,40}'),
  rule('age-key', 'age, secret keys', 'AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-1[A-Z0-9]{58}'),
  rule('jwt', 'RFC 7519, RFC 7515', 'eyJ', 'eyJ[\\w-]{8,4096}\\.[\\w-]{8,8192}\\.[\\w-]{0,2048}', token),
  rule(
    'private-key',
    'RFC 7468, OpenSSH, OpenPGP: armoured keys',
    '-----BEGIN',
    '-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?:\\r?\\n|\\\\r|\\\\n){1,2}[A-Za-z-]{1,20}: [^\\n\\\\]{0,80}){0,4}[A-Za-z0-9+/=\\s\\\\]{0,20000}(?:-----END [A-Z0-9 ]{1,64}-----)?',
    { apart: 'no' },
  ),
  rule('url-password', 'RFC 3986, 3.2.1', '://', '://[^\\s:/?#@"\']{0,128}:(?<secret>[^\\s/?#@"\']{1,256})@', {
    apart: 'no',
    ...value,
  }),
  rule(
    'url-parameter',
    'RFC 6750, 2.3, and signed URLs',
    SECRET_PARAMETERS.map((name) => `?${name}= &${name}=`).join(' '),
    `[?&](?:${SECRET_PARAMETERS.join('|')})=(?<secret>[^\\s&#"']{8,2048})`,
    { apart: 'no', ...value },
  ),
  rule(
    'bearer',
    'RFC 6750, 2.1',
    'Bearer bearer BEARER',
    '(?:Bearer|bearer|BEARER)[ +]{1,4}(?<secret>[\\w.~+/-]{16,8192}={0,2})',
    value,
  ),
  rule('basic', 'RFC 7617', 'Basic basic BASIC', '(?:Basic|basic|BASIC) {1,4}(?<secret>[A-Za-z0-9+/]{6,1024}={0,2})', {
    valid: isBasic,
  }),
  rule(
    'authorization',
    'RFC 9110, 11.6.2',
    'uthorization UTHORIZATION',
    '(?:uthorization|UTHORIZATION)\\\\?["\']?\\s{0,4}[:=]\\s{0,4}\\\\?["\']?(?:[A-Za-z]{3,12} {1,4})?(?<secret>[\\w.~+/=-]{16,8192})',
    { apart: 'no', ...value },
  ),
  rule(
    'cookie',
    'RFC 6265, 4',
    'ookie: OOKIE: ookie":',
    '(?:ookie|OOKIE)\\\\?"?: {0,4}\\\\?"?(?<secret>[^\\r\\n"]{6,4096})',
    { apart: 'no', ...value },
  ),
  rule(
    'assignment',
    'names of secrets, followed by their value',
    'password Password PASSWORD passwd PASSWD passphrase Passphrase secret Secret SECRET api_key apiKey ApiKey API_KEY apikey api-key Api-Key access_token accessToken ACCESS_TOKEN auth_token authToken AUTH_TOKEN refresh_token refreshToken REFRESH_TOKEN id_token session_token sessionToken SessionToken SESSION_TOKEN api_token API_TOKEN private_key PRIVATE_KEY access_key ACCESS_KEY AccessKey "token"',
    '(?:[\\w]{4,12}|[Aa]pi-[Kk]ey|\\w{2,8}_\\w{3,5}|"token")(?:[_-]?(?:[Aa]ccess|ACCESS)[_-]?(?:[Kk]ey|KEY)|[_-](?:key|KEY|token|TOKEN))?\\\\?["\']?\\s{0,4}[:=]\\s{0,4}\\\\?["\']?(?<secret>[^\\s"\',;&}\\\\]{6,512})',
    { apart: 'no', ...value },
  ),
];
