import { describe, expect, it } from 'vitest';
import { parseVendingConfig } from '../../core/config.ts';
import {
  codeOf,
  configInput,
  configWith,
  issuerInput,
  permissionSetInput,
  refusalOf,
  roleArn,
  type Json,
} from './fixtures.ts';

const jwk = { kty: 'RSA', kid: 'k1', n: 'AQAB', e: 'AQAB' };
const two = (over: Json = {}): Json[] => [
  issuerInput({ tenants: ['acme'], ...over }),
  issuerInput({ name: 'second', issuer: 'https://second.example/', tenants: 'any' }),
];
const withSet = (over: Json): Json => configInput({ permissionSets: { documents: permissionSetInput(over) } });
const withIssuer = (over: Json): Json => configInput({ issuers: [issuerInput(over)] });
const without = (record: Json, name: string): Json =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
/** The JSON pointers that the refusal lists, one a line. */
const pointersOf = (input: unknown): string[] =>
  refusalOf(() => parseVendingConfig(input))
    .message.split('\n')
    .slice(1)
    .map((line) => line.trim().split(' ')[0]!);

describe('a configuration', () => {
  it('gets its defaults', () => {
    expect(configWith()).toMatchObject({
      defaultPermissionSet: 'documents',
      diagnostics: 'private',
      tenantId: { minLength: 1, maxLength: 63, pattern: 'default' },
      session: {
        tenantTagKey: 'TenantId',
        durationSeconds: 3600,
        sourceIdentity: 'subject',
        capToTokenExpiry: false,
        tags: {},
      },
      issuers: [
        { algorithms: ['RS256', 'ES256'], subjectClaim: ['sub'], audienceMode: 'any', maxTokenAgeSeconds: 86_400 },
      ],
      permissionSets: { documents: { isolation: 'both', sessionName: 'tenant-subject', maxDurationSeconds: 3600 } },
    });
  });

  it('has no default permission set where there are several', () => {
    const permissionSets = { a: permissionSetInput(), b: permissionSetInput() };
    expect(configWith({ permissionSets }).defaultPermissionSet).toBeUndefined();
    expect(configWith({ permissionSets, defaultPermissionSet: 'b' }).defaultPermissionSet).toBe('b');
  });

  it('parses to itself', () => {
    const full = configInput({
      issuers: two({ jwks: { keys: [jwk] }, clientIds: ['c'], permissionSets: ['documents'], tokenUse: 'id' }),
      tenantId: { pattern: { characters: 'abcdem-' }, maxLength: 20 },
      session: { tags: { Region: 'region', Plan: ['a', 'b'] }, sourceIdentity: 'none', capToTokenExpiry: true },
      cors: { origins: ['https://app.example'], maxAgeSeconds: 5 },
      permissionSets: {
        documents: permissionSetInput({
          externalId: 'x:/y',
          requires: [{ claim: 'role', contains: 'admin' }],
          parameters: { folder: { from: 'request' }, unit: { from: 'claim', claim: ['a', 'b'] } },
          allowDespiteGuard: ['sts:TagSession'],
        }),
      },
    });
    const parsed = parseVendingConfig(full);
    expect(parseVendingConfig(parsed)).toBe(parsed);
    expect(parseVendingConfig(structuredClone(parsed))).toEqual(parsed);
    expect(parseVendingConfig(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it('is frozen to its last leaf', () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(configWith({ issuers: [issuerInput({ jwks: { keys: [jwk] } })] }))).toBe(true);
  });

  it('neither changes nor freezes nor shares what it was parsed from', () => {
    const key = { ...jwk };
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
    const input = configInput({
      issuers: [issuerInput({ jwks: { keys: [key] } })],
      permissionSets: {
        documents: permissionSetInput({ managedPolicies: [{ arn: 'arn:aws:iam::aws:policy/x', document }] }),
      },
    });
    const before = structuredClone(input);
    const parsed = parseVendingConfig(input);
    expect(input).toEqual(before);
    expect([key, document, document.Statement[0]].some(Object.isFrozen)).toBe(false);
    key.kid = 'evil';
    document.Statement[0]!.Action = '*';
    (input['issuers'] as Json[])[0]!['issuer'] = 'https://evil.example/';
    (input['permissionSets'] as Json)['documents'] = {};
    expect(parsed).toEqual(parseVendingConfig(before));
  });

  it('is not believed to be parsed because it looks so', () => {
    const forged = Object.freeze({ ...configWith(), issuers: [] });
    expect(codeOf(() => parseVendingConfig(forged))).toBe('misconfigured');
  });

  it.each([undefined, null, 5, 'x', [], true, new Map(), {}])('is refused where it is %s', (input) => {
    expect(codeOf(() => parseVendingConfig(input))).toBe('misconfigured');
  });

  it('lists every issue at once, each with its JSON pointer', () => {
    const pointers = pointersOf({
      issuers: [
        issuerInput({ name: '', issuer: 'http://idp.example', audiences: [], tenant: { claim: '' }, 'a/b~c': 1 }),
      ],
      permissionSets: {
        Bad: permissionSetInput(),
        documents: permissionSetInput({ roleArn: 'x', statements: [{ Effect: 'Maybe' }] }),
      },
      session: { durationSeconds: 60 },
      diagnostics: 'loud',
      unknown: 1,
    });
    for (const pointer of [
      '/issuers/0/name',
      '/issuers/0/issuer',
      '/issuers/0/audiences',
      '/issuers/0/tenant/claim',
      '/issuers/0/a~1b~0c',
      '/permissionSets/Bad',
      '/permissionSets/documents/roleArn',
      '/permissionSets/documents/statements/0/Effect',
      '/session/durationSeconds',
      '/diagnostics',
      '/unknown',
    ])
      expect(pointers).toContain(pointer);
  });

  it('takes a fallback Region for STS, and nothing that is none', () => {
    expect(configWith({ sts: { fallbackRegion: 'eu-west-1' } }).sts).toEqual({ fallbackRegion: 'eu-west-1' });
    expect(configWith({ sts: { fallbackRegion: 'us-gov-east-1' } }).sts).toEqual({ fallbackRegion: 'us-gov-east-1' });
    expect(configWith().sts).toBeUndefined();
    // The Region becomes part of a host name: anything but a Region could name a host of somebody else.
    for (const fallbackRegion of ['', 'global', 'eu-west-1.evil.example', 'eu-west-1/', 'EU-WEST-1', 'eu-west-1\n', 1])
      expect(pointersOf(configInput({ sts: { fallbackRegion } }))).toEqual(['/sts/fallbackRegion']);
    expect(pointersOf(configInput({ sts: { endpoint: 'https://sts.example.com' } }))).toEqual(['/sts/endpoint']);
  });

  it.each(['rateLimit', 'replayProtection'])('refuses %s until it is built, and never ignores it', (field) => {
    expect(pointersOf(configInput({ [field]: true }))).toEqual([`/${field}`]);
  });

  it('refuses __proto__ at every level and pollutes nothing', () => {
    for (const text of [
      '{"__proto__":{"diagnostics":"public"}}',
      '{"session":{"__proto__":{}}}',
      '{"tenantId":{"__proto__":{"maxLength":5}}}',
    ])
      expect(
        codeOf(() =>
          parseVendingConfig({
            ...configInput(),
            ...(JSON.parse(text) as Json),
            ...Object.fromEntries(Object.entries(JSON.parse(text) as Json)),
          }),
        ),
      ).toBe('misconfigured');
    expect(({} as Json)['diagnostics']).toBeUndefined();
  });
});

/** For test names: NaN and Infinity are no JSON. */
const nameOf = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value));
const wrong = {
  string: [5, null, true, [], {}, ''],
  number: ['900', null, true, [], {}, 900.5, Number.NaN, Infinity],
  flag: ['true', 1, null, []],
};

describe('each field of a configuration', () => {
  const bad: (readonly [string, Json, string])[] = [
    ...['issuers', 'permissionSets'].map((name) => [`no ${name}`, without(configInput(), name), `/${name}`] as const),
    ...[{}, 'x', null].map(
      (issuers) => [`issuers ${JSON.stringify(issuers)}`, configInput({ issuers }), '/issuers'] as const,
    ),
    ['no issuer at all', configInput({ issuers: [] }), '/issuers'],
    ['an issuer that is a text', configInput({ issuers: ['x'] }), '/issuers/0'],
    ['no permission set at all', configInput({ permissionSets: {} }), '/permissionSets'],
    ['permission sets as a list', configInput({ permissionSets: [permissionSetInput()] }), '/permissionSets'],
    ...['A', '1a', '-a', 'a_b', 'a.b', '', 'a'.repeat(33), 'ä', 'a\n', 'constructor ', 'tenants/x'].map(
      (name) =>
        [
          `permission set name ${JSON.stringify(name)}`,
          configInput({ permissionSets: { [name]: permissionSetInput() } }),
          `/permissionSets/${name.replaceAll('/', '~1')}`.split(/[\n ]/)[0]!,
        ] as const,
    ),
    ...['other', '', 5, null].map(
      (defaultPermissionSet) =>
        [
          `default set ${JSON.stringify(defaultPermissionSet)}`,
          configInput({ defaultPermissionSet }),
          '/defaultPermissionSet',
        ] as const,
    ),
    ['default set toString', configInput({ defaultPermissionSet: 'toString' }), '/defaultPermissionSet'],
    ...['Private', '', 5, null].map(
      (diagnostics) =>
        [`diagnostics ${JSON.stringify(diagnostics)}`, configInput({ diagnostics }), '/diagnostics'] as const,
    ),
    // issuers
    ...['name', 'issuer', 'audiences', 'tenant'].map(
      (name) =>
        [
          `issuer without ${name}`,
          configInput({ issuers: [without(issuerInput(), name)] }),
          `/issuers/0/${name}`,
        ] as const,
    ),
    ...[...wrong.string, 'a b', '-a', 'a-', 'a'.repeat(33), '0123456789abcdef0123456789abcdef', 'a/b', 'a=b'].map(
      (name) => [`issuer name ${JSON.stringify(name)}`, withIssuer({ name }), '/issuers/0/name'] as const,
    ),
    ...[
      ...wrong.string,
      'http://idp.example/',
      'https://idp.example/?a',
      'https://idp.example/#a',
      'https://u:p@idp.example/',
      'idp.example',
    ].map(
      (issuer) => [`SEC-ISS-10 issuer ${JSON.stringify(issuer)}`, withIssuer({ issuer }), '/issuers/0/issuer'] as const,
    ),
    ...[[], 'tvm', null, {}, ['a', 'a']].map(
      (audiences) =>
        [
          `SEC-ISS-10 audiences ${JSON.stringify(audiences)}`,
          withIssuer({ audiences }),
          '/issuers/0/audiences',
        ] as const,
    ),
    ...['', '*', 5, null].map(
      (audience) =>
        [
          `SEC-ISS-10 audience ${JSON.stringify(audience)}`,
          withIssuer({ audiences: ['tvm', audience] }),
          '/issuers/0/audiences/1',
        ] as const,
    ),
    ...['Access', 'refresh', null, 5].map(
      (tokenUse) => [`token use ${JSON.stringify(tokenUse)}`, withIssuer({ tokenUse }), '/issuers/0/tokenUse'] as const,
    ),
    ...[[], 'RS256', null, ['RS256', 'RS256']].map(
      (algorithms) =>
        [`algorithms ${JSON.stringify(algorithms)}`, withIssuer({ algorithms }), '/issuers/0/algorithms'] as const,
    ),
    ...['none', 'HS256', 'PS256', 'rs256', 'ES256K', ''].map(
      (algorithm) =>
        [`algorithm ${algorithm}`, withIssuer({ algorithms: [algorithm] }), '/issuers/0/algorithms/0'] as const,
    ),
    ...[...wrong.string, 'http://idp.example/jwks', 'https://idp.example/#a', 'https://u@idp.example/'].map(
      (jwksUri) => [`jwksUri ${JSON.stringify(jwksUri)}`, withIssuer({ jwksUri }), '/issuers/0/jwksUri'] as const,
    ),
    [
      'jwks beside jwksUri',
      withIssuer({ jwks: { keys: [jwk] }, jwksUri: 'https://idp.example/jwks' }),
      '/issuers/0/jwksUri',
    ],
    ['jwks without keys', withIssuer({ jwks: {} }), '/issuers/0/jwks/keys'],
    ['jwks with no key', withIssuer({ jwks: { keys: [] } }), '/issuers/0/jwks/keys'],
    ['jwks with more members', withIssuer({ jwks: { keys: [jwk], x: 1 } }), '/issuers/0/jwks/x'],
    ...[
      without(jwk, 'kty'),
      without(jwk, 'kid'),
      { ...jwk, kid: '' },
      { ...jwk, kid: 5 },
      { ...jwk, d: 'secret' },
      { ...jwk, p: 'secret' },
      { kty: 'oct', kid: 'k', k: 'secret' },
    ].map(
      (key) => [`key ${JSON.stringify(key)}`, withIssuer({ jwks: { keys: [key] } }), '/issuers/0/jwks/keys/0'] as const,
    ),
    ['key that is a text', withIssuer({ jwks: { keys: ['x'] } }), '/issuers/0/jwks/keys/0'],
    ...[{}, 'tenant', null, []].map(
      (tenant) => [`tenant ${JSON.stringify(tenant)}`, withIssuer({ tenant }), '/issuers/0/tenant'] as const,
    ),
    ['tenant both fixed and claimed', withIssuer({ tenant: { claim: 'a', fixed: 'b' } }), '/issuers/0/tenant/claim'],
    ...['a/b', '', 'a*', 5].map(
      (fixed) =>
        [
          `fixed tenant ${JSON.stringify(fixed)}`,
          withIssuer({ tenant: { fixed } }),
          '/issuers/0/tenant/fixed',
        ] as const,
    ),
    [
      'fixed tenant that tenants does not list',
      withIssuer({ tenant: { fixed: 'acme' }, tenants: ['globex'] }),
      '/issuers/0/tenants',
    ],
    ...['', 5, null, {}, [], '__proto__', 'constructor', 'prototype'].map(
      (claim) =>
        [
          `SEC-FMT-08 claim ${JSON.stringify(claim)}`,
          withIssuer({ tenant: { claim } }),
          '/issuers/0/tenant/claim',
        ] as const,
    ),
    ...[[''], ['__proto__', 'a'], ['constructor'], [5], [['a']]].map(
      (claim) =>
        [
          `SEC-FMT-08 claim path ${JSON.stringify(claim)}`,
          withIssuer({ tenant: { claim } }),
          '/issuers/0/tenant/claim/0',
        ] as const,
    ),
    ['claim path of nine', withIssuer({ tenant: { claim: [...'abcdefghi'] } }), '/issuers/0/tenant/claim'],
    ['subject claim __proto__', withIssuer({ subjectClaim: '__proto__' }), '/issuers/0/subjectClaim'],
    ...[[], 'all', '*', null, {}, ['acme', 'acme']].map(
      (tenants) => [`tenants ${JSON.stringify(tenants)}`, withIssuer({ tenants }), '/issuers/0/tenants'] as const,
    ),
    ...['a-*', '', 'a/b', 5].map(
      (tenant) =>
        [
          `SEC-ISS-07 a tenant ${JSON.stringify(tenant)} in the list`,
          withIssuer({ tenants: ['acme', tenant] }),
          '/issuers/0/tenants/1',
        ] as const,
    ),
    ...[[], ['documents', 'documents'], 'documents'].map(
      (permissionSets) =>
        [
          `issuer's sets ${JSON.stringify(permissionSets)}`,
          withIssuer({ permissionSets }),
          '/issuers/0/permissionSets',
        ] as const,
    ),
    ...['other', 'toString'].map(
      (name) =>
        [`issuer's set ${name}`, withIssuer({ permissionSets: [name] }), '/issuers/0/permissionSets/0'] as const,
    ),
    ...['all', '', null].map(
      (audienceMode) =>
        [
          `audience mode ${JSON.stringify(audienceMode)}`,
          withIssuer({ audienceMode }),
          '/issuers/0/audienceMode',
        ] as const,
    ),
    ...[[], 'app', ['a', 'a']].map(
      (clientIds) =>
        [`client ids ${JSON.stringify(clientIds)}`, withIssuer({ clientIds }), '/issuers/0/clientIds'] as const,
    ),
    ...[...wrong.number, 0, -1, 31_536_001].map(
      (maxTokenAgeSeconds) =>
        [
          `token age ${nameOf(maxTokenAgeSeconds)}`,
          withIssuer({ maxTokenAgeSeconds }),
          '/issuers/0/maxTokenAgeSeconds',
        ] as const,
    ),
    ['an unknown field of an issuer', withIssuer({ validateToken: false }), '/issuers/0/validateToken'],
    // several issuers
    [
      'SEC-ISS-07 two issuers, the first without tenants',
      configInput({
        issuers: [issuerInput(), issuerInput({ name: 'b', issuer: 'https://b.example/', tenants: 'any' })],
      }),
      '/issuers/0/tenants',
    ],
    [
      'SEC-ISS-07 two issuers, the second without tenants',
      configInput({
        issuers: [issuerInput({ tenants: 'any' }), issuerInput({ name: 'b', issuer: 'https://b.example/' })],
      }),
      '/issuers/1/tenants',
    ],
    ['two issuers of one name', configInput({ issuers: two({ name: 'second' }) }), '/issuers/1/name'],
    [
      'two issuers of one URL',
      configInput({ issuers: two({ issuer: 'https://second.example/' }) }),
      '/issuers/1/issuer',
    ],
    // tenant ids
    ...[null, 5, 'uuid', []].map(
      (tenantId) => [`tenantId ${JSON.stringify(tenantId)}`, configInput({ tenantId }), '/tenantId'] as const,
    ),
    ...[...wrong.number, 0, 64, -1].flatMap((length) =>
      (['minLength', 'maxLength'] as const).map(
        (name) =>
          [`${name} ${nameOf(length)}`, configInput({ tenantId: { [name]: length } }), `/tenantId/${name}`] as const,
      ),
    ),
    ['a least length over the greatest', configInput({ tenantId: { minLength: 5, maxLength: 4 } }), '/tenantId'],
    ['uuid of another length', configInput({ tenantId: { pattern: 'uuid', maxLength: 35 } }), '/tenantId'],
    ['ulid of another length', configInput({ tenantId: { pattern: 'ulid', minLength: 27 } }), '/tenantId'],
    ...['^a+$', 'UUID', '', '*'].map(
      (pattern) =>
        [`pattern ${JSON.stringify(pattern)}`, configInput({ tenantId: { pattern } }), '/tenantId/pattern'] as const,
    ),
    ['an empty pattern object', configInput({ tenantId: { pattern: {} } }), '/tenantId/pattern/characters'],
    ...['', '-_.', 'aa', 'a*', 'a/', 'a$', 'a{', 'a b', 'aä', 'a:', 'a@', 'a#', 'a?', 'a"', 'a\\', 'a\n', 5].map(
      (characters) =>
        [
          `characters ${JSON.stringify(characters)}`,
          configInput({ tenantId: { pattern: { characters } } }),
          '/tenantId/pattern/characters',
        ] as const,
    ),
    // session
    ...[null, 5, 'x', []].map(
      (session) => [`session ${JSON.stringify(session)}`, configInput({ session }), '/session'] as const,
    ),
    ...[...wrong.string, 'aws:tenant', 'AWS:tenant', 'aWs:x', 'a*', 'a$', 'a\n', 'k'.repeat(129)].map(
      (tenantTagKey) =>
        [
          `SEC-STS-04 tag key ${JSON.stringify(tenantTagKey).slice(0, 30)}`,
          configInput({ session: { tenantTagKey } }),
          '/session/tenantTagKey',
        ] as const,
    ),
    ...[...wrong.number, 899, 3601, 0, -900, 1e9].map(
      (durationSeconds) =>
        [
          `SEC-STS-09 duration ${nameOf(durationSeconds)}`,
          configInput({ session: { durationSeconds } }),
          '/session/durationSeconds',
        ] as const,
    ),
    ...['tenant', true, null].map(
      (sourceIdentity) =>
        [
          `source identity ${JSON.stringify(sourceIdentity)}`,
          configInput({ session: { sourceIdentity } }),
          '/session/sourceIdentity',
        ] as const,
    ),
    ...wrong.flag.map(
      (capToTokenExpiry) =>
        [
          `cap ${JSON.stringify(capToTokenExpiry)}`,
          configInput({ session: { capToTokenExpiry } }),
          '/session/capToTokenExpiry',
        ] as const,
    ),
    [
      'SEC-STS-04 a tag that repeats the tenant tag',
      configInput({ session: { tags: { tenantid: 'x' } } }),
      '/session/tags',
    ],
    [
      'SEC-STS-04 two tags that differ by case',
      configInput({ session: { tags: { Plan: 'x', plan: 'y' } } }),
      '/session/tags',
    ],
    ['SEC-STS-04 a reserved tag', configInput({ session: { tags: { 'aws:x': 'x' } } }), '/session/tags/aws:x'],
    [
      'SEC-STS-04 51 tags',
      configInput({
        session: { tags: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, 'c'])) },
      }),
      '/session/tags',
    ],
    ['a tag from no claim', configInput({ session: { tags: { Plan: '' } } }), '/session/tags/Plan'],
    ['an unknown field of the session', configInput({ session: { ttl: 5 } }), '/session/ttl'],
    ...wrong.flag.map(
      (explain) => [`explain ${JSON.stringify(explain)}`, configInput({ explain }), '/explain'] as const,
    ),
    // cors
    ...[null, [], 'x', {}].map(
      (cors) =>
        [
          `cors ${JSON.stringify(cors)}`,
          configInput({ cors }),
          Array.isArray(cors) || cors === null || cors === 'x' ? '/cors' : '/cors/origins',
        ] as const,
    ),
    ['no origins', configInput({ cors: { origins: [] } }), '/cors/origins'],
    ...[
      '*',
      'null',
      '',
      'https://*.example',
      'https://app.example/',
      'https://app.example/x',
      'app.example',
      'ftp://app.example',
      'https://u@app.example',
      'https://app.example?x',
      'https://app.example#x',
      'https://app.example\n',
      5,
    ].map(
      (origin) =>
        [
          `SEC-REQ-15 origin ${JSON.stringify(origin)}`,
          configInput({ cors: { origins: [origin] } }),
          '/cors/origins/0',
        ] as const,
    ),
    ...[...wrong.number, -1, 86_401].map(
      (maxAgeSeconds) =>
        [
          `preflight age ${nameOf(maxAgeSeconds)}`,
          configInput({ cors: { origins: ['https://a.example'], maxAgeSeconds } }),
          '/cors/maxAgeSeconds',
        ] as const,
    ),
    // permission sets
    [
      'a permission set that is a text',
      configInput({ permissionSets: { documents: 'x' } }),
      '/permissionSets/documents',
    ],
    ...['roleArn', 'statements'].map(
      (name) =>
        [
          `a set without ${name}`,
          configInput({ permissionSets: { documents: without(permissionSetInput(), name) } }),
          `/permissionSets/documents/${name}`,
        ] as const,
    ),
    ...[
      ...wrong.string,
      'arn:aws:iam::111122223333:user/x',
      'arn:aws:iam::1:role/x',
      'arn:aws:iam::111122223333:role/',
      'arn:aws:iam::*:role/x',
      'arn:aws:iam::111122223333:role/*',
      'arn:aws:iam:us-east-1:111122223333:role/x',
      'arn:aws:iam::111122223333:role/{{tenant}}',
      `${roleArn}\n`,
      'arn:evil:iam::111122223333:role/x',
    ].map(
      (arn) => [`role ${JSON.stringify(arn)}`, withSet({ roleArn: arn }), '/permissionSets/documents/roleArn'] as const,
    ),
    ...[[], {}, 'x', null].map(
      (statements) =>
        [
          `statements ${JSON.stringify(statements)}`,
          withSet({ statements }),
          '/permissionSets/documents/statements',
        ] as const,
    ),
    ...[...wrong.string, 'x', 'a b', 'a*', 'x'.repeat(1225)].map(
      (externalId) =>
        [
          `external id ${JSON.stringify(externalId).slice(0, 30)}`,
          withSet({ externalId }),
          '/permissionSets/documents/externalId',
        ] as const,
    ),
    ...[
      [],
      {},
      Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/x', document: { Statement: [] } })),
    ].map(
      (managedPolicies) =>
        [
          `managed policies ${JSON.stringify(managedPolicies).slice(0, 10)}`,
          withSet({ managedPolicies }),
          '/permissionSets/documents/managedPolicies',
        ] as const,
    ),
    [
      'a managed policy of another kind',
      withSet({ managedPolicies: [{ arn: roleArn, document: { Statement: [] } }] }),
      '/permissionSets/documents/managedPolicies/0/arn',
    ],
    [
      'a managed policy without its text',
      withSet({ managedPolicies: [{ arn: 'arn:aws:iam::aws:policy/x' }] }),
      '/permissionSets/documents/managedPolicies/0/document',
    ],
    ...[
      null,
      'x',
      {},
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', NotAction: [], Resource: '*' }] },
      { Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
    ].map(
      (document) =>
        [
          `managed policy text ${JSON.stringify(document)}`,
          withSet({ managedPolicies: [{ arn: 'arn:aws:iam::aws:policy/x', document }] }),
          '/permissionSets/documents/managedPolicies/0/document',
        ] as const,
    ),
    ...['none', 'session', null].map(
      (isolation) =>
        [
          `isolation ${JSON.stringify(isolation)}`,
          withSet({ isolation }),
          '/permissionSets/documents/isolation',
        ] as const,
    ),
    ...['subject', null].map(
      (sessionName) =>
        [
          `session name ${JSON.stringify(sessionName)}`,
          withSet({ sessionName }),
          '/permissionSets/documents/sessionName',
        ] as const,
    ),
    ...['sts:*', 'sts:Assume*', '*', 's3:GetObject', 'iam:', 'sts:TagSession ', 5].map(
      (action) =>
        [
          `guard exemption ${JSON.stringify(action)}`,
          withSet({ allowDespiteGuard: [action] }),
          '/permissionSets/documents/allowDespiteGuard/0',
        ] as const,
    ),
    ...[...wrong.number, 899, 3601].map(
      (maxDurationSeconds) =>
        [
          `SEC-STS-07 maximum ${nameOf(maxDurationSeconds)}`,
          withSet({ maxDurationSeconds }),
          '/permissionSets/documents/maxDurationSeconds',
        ] as const,
    ),
    [
      'SEC-STS-07 two hours under role chaining',
      withSet({ maxDurationSeconds: 7200 }),
      '/permissionSets/documents/maxDurationSeconds',
    ],
    ['no rule at all', withSet({ requires: [] }), '/permissionSets/documents/requires'],
    ...[
      {},
      { claim: 'a' },
      { equals: 'a' },
      { claim: 'a', matches: 'x' },
      { claim: 'a', equals: 'x', contains: 'y' },
      'admin',
    ].map(
      (rule) =>
        [
          `rule ${JSON.stringify(rule)}`,
          withSet({ requires: [rule] }),
          '/permissionSets/documents/requires/0',
        ] as const,
    ),
    ...[null, [], {}].map(
      (equals) =>
        [
          `rule value ${JSON.stringify(equals)}`,
          withSet({ requires: [{ claim: 'a', equals }] }),
          '/permissionSets/documents/requires/0/equals',
        ] as const,
    ),
    ...['', 5, null].map(
      (contains) =>
        [
          `contained ${JSON.stringify(contains)}`,
          withSet({ requires: [{ claim: 'a', contains }] }),
          '/permissionSets/documents/requires/0/contains',
        ] as const,
    ),
    ...['tenant', 'subject', 'Folder', '1a', 'a-b', '', 'a'.repeat(33), 'a b'].map(
      (name) =>
        [
          `parameter name ${JSON.stringify(name)}`,
          withSet({ parameters: { [name]: { from: 'request' } } }),
          `/permissionSets/documents/parameters/${name.split(' ')[0]!}`,
        ] as const,
    ),
    ...[
      {},
      { from: 'header' },
      { from: 'request', claim: 'a' },
      { from: 'claim' },
      { from: 'claim', claim: '__proto__' },
      'request',
      null,
    ].map(
      (spec) =>
        [
          `parameter ${JSON.stringify(spec)}`,
          withSet({ parameters: { folder: spec } }),
          '/permissionSets/documents/parameters/folder',
        ] as const,
    ),
    ['an unknown field of a set', withSet({ wildcard: true }), '/permissionSets/documents/wildcard'],
    [
      'a repeated Sid',
      withSet({ statements: [1, 2].map(() => ({ Sid: 'A', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })) }),
      '/permissionSets/documents/statements',
    ],
    [
      '{{subject}} in a shared session',
      withSet({
        sessionName: 'tenant',
        statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/{{subject}}' }],
      }),
      '/permissionSets/documents/statements/0',
    ],
    [
      'a role that ends in the name of another set',
      configInput({
        permissionSets: {
          a: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/p/b' }),
          b: permissionSetInput(),
        },
      }),
      '/permissionSets/a/roleArn',
    ],
    [
      'two roles that end in each other',
      configInput({
        permissionSets: {
          a: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/b' }),
          b: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/a' }),
        },
      }),
      '/permissionSets/b/roleArn',
    ],
  ];

  it.each(bad)('refuses %s', (_, input, pointer) => {
    expect(pointersOf(input).some((found) => found === pointer || found.startsWith(`${pointer}/`))).toBe(true);
  });

  it.each<[string, Json]>([
    ['the plain one', configInput()],
    [
      'a loopback issuer over http',
      withIssuer({ issuer: 'http://127.0.0.1:4747/oidc', jwksUri: 'http://localhost:4747/jwks' }),
    ],
    ['pinned keys', withIssuer({ jwks: { keys: [jwk] } })],
    ['two issuers that say their tenants', configInput({ issuers: two() })],
    [
      'two issuers, one with a fixed tenant',
      configInput({ issuers: [issuerInput({ tenant: { fixed: 'acme' } }), two()[1]] }),
    ],
    [
      'the shortest and longest durations',
      configInput({
        session: { durationSeconds: 900 },
        permissionSets: { documents: permissionSetInput({ maxDurationSeconds: 3600 }) },
      }),
    ],
    [
      '50 tags with the tenant tag',
      configInput({
        session: { tags: Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`t${index}`, 'c'])) },
      }),
    ],
    ['a tag key of 128 characters', configInput({ session: { tenantTagKey: 'k'.repeat(128) } })],
    ['a set name of 32 characters', configInput({ permissionSets: { ['a'.repeat(32)]: permissionSetInput() } })],
    [
      'a role that ends in its own name',
      configInput({
        permissionSets: {
          a: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/a' }),
          b: permissionSetInput(),
        },
      }),
    ],
    [
      'a shared role that ends in the name of one of its sets',
      configInput({
        permissionSets: {
          a: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/a' }),
          b: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/a' }),
        },
      }),
    ],
    ['another partition', withSet({ roleArn: 'arn:aws-us-gov:iam::111122223333:role/path/x' })],
    ['tags as the only wall', withSet({ isolation: 'tags' })],
    ['a null-free undefined', configInput({ diagnostics: undefined, session: { durationSeconds: undefined } })],
  ])('takes %s', (_, input) => {
    expect(() => parseVendingConfig(input)).not.toThrow();
  });
});
