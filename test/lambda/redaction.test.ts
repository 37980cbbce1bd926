// SEC-RESP-03: everything the function wrote while good and hostile requests went through it, searched for what must never be
// in a log: tokens and their parts, secret access keys, session tokens, the execution role's own credentials.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { shapeNames, shapes, type PlainRequest } from './event-shapes.ts';
import { answerXml, assumeRoleXml, base64Url, stsErrorXml, type Script } from './fixtures.ts';
import { execution, startMachine, type Running } from './running-machine.ts';

let running: Running;
let written = '';
let refusals = '';
const tokens = new Set<string>();
const secrets = ['vectorSecret', 'vectorToken', execution.secretAccessKey, execution.sessionToken] as const;

/** A token that is searched for afterwards. */
function minted(claims: object = {}, header: object = {}): string {
  const token = running.token({ ...claims }, { ...header });
  tokens.add(token);
  return token;
}

/** Requests of all kinds, each with tokens in places where people and attackers put them. */
function requests(): readonly Partial<PlainRequest>[] {
  const good = minted();
  const other = minted({ sub: 'bob' });
  const bearer = ['authorization', `Bearer ${good}`] as const;
  const json = ['content-type', 'application/json'] as const;
  return [
    { headers: [bearer] },
    { headers: [['authorization', good]] },
    { headers: [bearer, ['user-agent', `curl ${good}`]] },
    { headers: [bearer, ['authorization', other], ['user-agent', `curl ${other}\n${good}`]] },
    {
      headers: [
        ['user-agent', good],
        ['x-token', good],
        ['cookie', `token=${good}`],
      ],
    },
    {
      headers: [
        ['authorization', `Basic ${good}`],
        ['user-agent', other],
      ],
    },
    { headers: [['authorization', `Bearer  ${good}`]] },
    { headers: [['authorization', `Bearer ${good}x`]] },
    { headers: [bearer], query: [['access_token', good]] },
    { headers: [], query: [['token', good]] },
    { headers: [bearer], path: `/v1/credentials/${good}` },
    { headers: [bearer], path: `/${good}` },
    { headers: [bearer], path: '/v1/identity' },
    { headers: [bearer], path: '/v1/explain', method: 'POST' },
    { headers: [bearer, json], method: 'POST', body: JSON.stringify({ reason: `see ${good} and ${other}` }) },
    { headers: [bearer, json], method: 'POST', body: JSON.stringify({ token: good }) },
    { headers: [bearer, json], method: 'POST', body: JSON.stringify({ [good]: other }) },
    { headers: [bearer, json], method: 'POST', body: `{"permissionSet":"${good}"` },
    { headers: [bearer, json], method: 'POST', body: JSON.stringify({ parameters: { [good]: good } }) },
    { headers: [['authorization', minted({ exp: 1 })]] },
    { headers: [['authorization', minted({ tenant: good })]] },
    { headers: [['authorization', minted({ iss: good })]] },
    { headers: [['authorization', minted({}, { kid: good })]] },
    { headers: [['authorization', minted({}, { alg: good })]] },
    { headers: [['authorization', minted({}, { crit: [good] })]] },
    { headers: [['authorization', `${good.slice(0, -6)}AAAAAA`]] },
    { headers: [['authorization', `${good.split('.').slice(0, 2).join('.')}.`]] },
    {
      path: '/sts',
      method: 'POST',
      binary: true,
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: new URLSearchParams({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: 'arn:aws:iam::111122223333:role/documents',
        RoleSessionName: good,
        WebIdentityToken: good,
      }).toString(),
    },
  ];
}

/** What STS says, at its worst. */
const scripts: readonly Script[] = [
  (_, response, body) => answerXml(response, assumeRoleXml(body)),
  (_, response, body) => answerXml(response, assumeRoleXml(body, { drop: 'Expiration' })),
  (_, response, body) => answerXml(response, assumeRoleXml(body).slice(0, -120)),
  (_, response, body) => answerXml(response, assumeRoleXml(body).replace('@alice', '@eve').replace('@bob', '@eve')),
  (request, response) =>
    answerXml(response, stsErrorXml('SignatureDoesNotMatch', `canonical: ${JSON.stringify(request.headers)}`), 403),
  (request, response) =>
    answerXml(
      response,
      stsErrorXml('SomethingNew', `${JSON.stringify(request.headers)} ${execution.secretAccessKey}`),
      400,
    ),
  (_, response, body) => answerXml(response, `<html>${assumeRoleXml(body)}</html>`, 403),
];

beforeAll(async () => {
  const capture = (chunk: unknown): true => {
    written += String(chunk);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(capture),
    vi.spyOn(process.stderr, 'write').mockImplementation(capture),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void capture(words.join(' '))),
    ),
  ];
  running = await startMachine({ explain: true });
  for (const script of scripts) {
    running.sts.script = script;
    for (const request of requests()) {
      for (const shape of shapeNames) {
        const plain = { method: 'GET', path: '/v1/credentials', ...request };
        const result = await running.invoke(shapes[shape](plain));
        if (result.statusCode !== 200) refusals += JSON.stringify(result);
      }
    }
  }
  written += running.written();
  spies.forEach((spy) => spy.mockRestore());
}, 120_000);

afterAll(() => running.stop());

describe('SEC-RESP-03 what was written', () => {
  it('is not nothing: both kinds of records and their metrics', () => {
    for (const word of ['credentials.vended', 'credentials.refused', 'identity.read', '"_aws"', 'ASIAVECTOR'])
      expect(written).toContain(word);
    expect(tokens.size).toBeGreaterThan(50);
  });

  it('is searched whole: thousands of lines, for every token that was sent and every secret there was', () => {
    const lines = written.split('\n').length - 1;
    const requestsMade = scripts.length * requests().length * shapeNames.length;
    // A record and a line of metrics each, but for the paths that leave none.
    expect(lines).toBeGreaterThan(requestsMade * 1.5);
    console.info(
      `redaction: ${lines} lines, ${written.length + refusals.length} bytes of log and refusals, searched for ${tokens.size} tokens in three parts each and ${secrets.length} secrets`,
    );
  });

  it.each([
    ['log', () => written],
    ['refusals', () => refusals],
  ])('holds in the %s no token, no payload and no signature', (_, text) => {
    const found = [...tokens].filter((token) => {
      const [, payload, signature] = token.split('.');
      return [token, payload!, signature!].some((part) => text().includes(part));
    });
    expect(found).toEqual([]);
    expect(text()).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+/);
    expect(text()).not.toContain(base64Url({ alg: 'ES256', kid: 'key-1' }));
  });

  it.each([
    ['log', () => written],
    ['refusals', () => refusals],
  ])('holds in the %s no secret', (_, text) => {
    for (const secret of secrets) expect(text()).not.toContain(secret);
  });

  it('is one JSON document a line, whatever callers sent', () => {
    const lines = running.written().trim().split('\n');
    expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
  });
});
