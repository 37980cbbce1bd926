// What is asked in a load run, and what must be answered: good vends of every form, and hostile requests of every kind, each with
// the only status and code that it may get.
import type { Random } from '../../test/fuzz/random.ts';
import type { BadToken, People, Person } from './people.ts';

/** One request, and what it is owed. */
export interface Asked {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly isSts: boolean;
  /** Whether it leaves an audit record. */
  readonly isAudited: boolean;
  /** Who asks for credentials; undefined where none may be had. */
  readonly vend?: Person;
  /** Allowed outcomes besides a vend, as `status code`. */
  readonly refusals: readonly string[];
  /** The client leaves without waiting for the answer. */
  readonly hangsUp?: boolean;
}

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** What a good request may get while STS fails. */
const stsFaults = ['503 sts-unavailable', '502 upstream-invalid', '500 misconfigured'];
const stsFaultCodes = ['503 ServiceUnavailable', '403 AccessDenied'];

const badOutcomes: Readonly<Record<BadToken, readonly [json: string, sts: string]>> = {
  expired: ['401 token-expired', '400 ExpiredTokenException'],
  forged: ['401 token-invalid', '403 IDPRejectedClaim'],
  unsigned: ['401 token-invalid', '403 IDPRejectedClaim'],
  'unknown key': ['401 token-invalid', '403 IDPRejectedClaim'],
  'unknown issuer': ['401 token-invalid', '403 IDPRejectedClaim'],
  'other audience': ['401 token-invalid', '403 IDPRejectedClaim'],
  'odd tenant': ['403 tenant-invalid', '403 AccessDenied'],
  'missing tenant': ['403 tenant-invalid', '403 AccessDenied'],
  "another issuer's tenant": ['403 tenant-not-allowed', '403 AccessDenied'],
  'not yet valid': ['401 token-not-yet-valid', '403 IDPRejectedClaim'],
  'repeated claim': ['401 token-invalid', '403 IDPRejectedClaim'],
};

/** Chooses one request. `hostile` is the share of hostile ones, `faults` tells whether upstreams may fail. */
export function chooseRequest(people: People, random: Random, hostile: number, faults: boolean): Asked {
  if (random.below(10_000) < hostile * 10_000) return random.pick(hostileKinds)(people, random);
  const isSecond = random.below(10) === 0;
  const person = random.pick(isSecond ? people.second : people.first);
  const asked = random.pick(goodKinds)(person, random);
  if (!faults) return asked;
  const down = asked.isSts ? '400 IDPCommunicationError' : '503 issuer-unavailable';
  return { ...asked, refusals: [...(asked.isSts ? stsFaultCodes : stsFaults), ...(isSecond ? [down] : [])] };
}

type Good = (person: Person, random: Random) => Asked;
const good = (name: string, over: Partial<Asked>): Asked => ({
  name,
  method: 'GET',
  path: '/v1/credentials',
  headers: {},
  isSts: false,
  isAudited: true,
  refusals: [],
  ...over,
});

const goodKinds: readonly Good[] = [
  (vend) => good('GET', { vend, headers: { authorization: vend.token } }),
  (vend) => good('GET by name', { vend, path: '/v1/credentials/reports', headers: bearer(vend.token) }),
  (vend, random) =>
    good('POST', {
      vend,
      method: 'POST',
      headers: { ...bearer(vend.token), ...json },
      body: JSON.stringify({ durationSeconds: 900 + 900 * random.below(4), permissionSet: 'documents' }),
    }),
  (vend) => good('STS', { vend, method: 'POST', path: '/sts', headers: form, body: stsForm(vend.token), isSts: true }),
];

type Hostile = (people: People, random: Random) => Asked;

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

function stsForm(token: string, more: Readonly<Record<string, string>> = {}): string {
  const RoleArn = 'arn:aws:iam::000000000000:role/documents';
  const Action = 'AssumeRoleWithWebIdentity';
  return new URLSearchParams({
    Action,
    Version: '2011-06-15',
    RoleArn,
    RoleSessionName: 'x',
    WebIdentityToken: token,
    ...more,
  }).toString();
}

/** A request with a good token that is refused for something else. */
function odd(name: string, refusal: string, over: (random: Random) => Partial<Asked>): Hostile {
  return ({ first }, random) => {
    const { headers, ...rest } = over(random);
    const authorization = random.pick(first).token;
    return good(name, { refusals: [refusal], headers: { authorization, ...headers }, ...rest });
  };
}
const post = (body: string, headers: Asked['headers'] = json): Partial<Asked> => ({ method: 'POST', headers, body });
const oddBodies = [
  '{',
  '[]',
  'null',
  '"x"',
  '{"tenant":"tenant-1-t"}',
  '{"roleArn":"x"}',
  '{"__proto__":{}}',
  '{"reason":1}',
  `{"reason":${'['.repeat(5_000)}`,
  '{"reason":"a","reason":"b"}',
];

const badKinds = (Object.keys(badOutcomes) as BadToken[]).flatMap((kind): Hostile[] => [
  ({ bad }, random) => good(kind, { headers: { authorization: random.pick(bad[kind]) }, refusals: outcomes(kind, 0) }),
  ({ bad }, random) =>
    good(`${kind}, STS`, {
      method: 'POST',
      path: '/sts',
      headers: form,
      body: stsForm(random.pick(bad[kind])),
      isSts: true,
      refusals: outcomes(kind, 1),
    }),
]);

/** Keys that nobody knows are looked for, which fails while the issuer is down. */
function outcomes(kind: BadToken, route: 0 | 1): readonly string[] {
  const down = ['503 issuer-unavailable', '400 IDPCommunicationError'][route]!;
  return kind === 'unknown key' ? [badOutcomes[kind][route], down] : [badOutcomes[kind][route]];
}

const hostileKinds: readonly Hostile[] = [
  ...badKinds,
  () => good('no token', { refusals: ['401 token-missing'] }),
  odd('large body', '413 request-too-large', (random) => post('x'.repeat(10_241 + random.below(200_000)))),
  odd('odd JSON', '400 request-invalid', (random) => post(random.pick(oddBodies))),
  odd('wrong type', '415 media-type-unsupported', () => post('{}', { 'content-type': 'text/plain' })),
  odd('wrong duration', '400 duration-out-of-range', (random) => ({
    path: `/v1/credentials?durationSeconds=${random.below(899)}`,
  })),
  odd('token in the query', '400 request-invalid', () => ({ path: '/v1/credentials?access_token=x' })),
  odd('unknown set', '403 permission-set-denied', (random) => ({
    path: `/v1/credentials/${random.pick(['admin', 'x', '__proto__', '%2e%2e'])}`,
  })),
  odd('wrong method', '405 method-not-allowed', (random) => ({
    method: random.pick(['PUT', 'DELETE', 'PATCH', 'TRACE']),
  })),
  odd('path below', '404 not-found', (random) => ({
    path: random.pick(['/v1/credentials/', '/v1/credentials/a/b', '/v1/credentials/..;/x']),
  })),
  odd('path elsewhere', '404 not-found', (random) => ({
    isAudited: false,
    path: random.pick(['//v1/credentials', '/', '/.env', '/v1/../v1/credentials', '/V1/credentials']),
  })),
  odd('odd headers', '401 token-invalid', (random) => ({
    headers: {
      authorization: random.pick(['Basic YTpi', 'Bearer', 'x', 'a.b.c.d', `Bearer ${'A'.repeat(9_000)}.A.A`]),
    },
  })),
  ({ first }, random) =>
    good('two tokens', {
      headers: { authorization: [random.pick(first).token, random.pick(first).token] },
      refusals: ['401 token-invalid'],
    }),
  ({ first }, random) =>
    good('policy by STS', {
      method: 'POST',
      path: '/sts',
      headers: form,
      body: stsForm(random.pick(first).token, { Policy: '{}' }),
      isSts: true,
      refusals: ['400 ValidationError'],
    }),
  ({ first }, random) =>
    good('role by STS', {
      method: 'POST',
      path: '/sts',
      headers: form,
      body: stsForm(random.pick(first).token, { RoleArn: 'arn:aws:iam::111122223333:role/root' }),
      isSts: true,
      refusals: ['403 AccessDenied'],
    }),
  // Some answers come before the caller is gone: those are answers to a good request.
  ({ first }, random) => {
    const vend = random.pick(first);
    return good('hangs up', { vend, hangsUp: true, headers: { authorization: vend.token }, refusals: stsFaults });
  },
];
