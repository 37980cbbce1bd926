// The proof of whole configurations: known answers, shared statements, two walls, and every way to break a shipped template.
import { describe, expect, it } from 'vitest';
import {
  parseVendingConfig,
  prove,
  type PolicyDocument,
  type PolicyStatement,
  type Proof,
  type StatementTemplate,
  type VendingConfig,
} from '../../core/index.ts';

const role = 'arn:aws:iam::111122223333:role/documents';
const table = 'arn:aws:dynamodb:us-east-1:111122223333:table/items';

interface Options {
  readonly tenantId?: object;
  readonly set?: object;
  readonly others?: Readonly<Record<string, readonly StatementTemplate[]>>;
}

function configOf(
  statements: readonly StatementTemplate[],
  { tenantId, set = {}, others = {} }: Options = {},
): VendingConfig {
  const further = Object.entries(others).map(([name, own], index) => [
    name,
    { roleArn: `${role}-${index}`, statements: own },
  ]);
  return parseVendingConfig({
    issuers: [{ name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } }],
    permissionSets: { documents: { roleArn: role, statements, ...set }, ...(Object.fromEntries(further) as object) },
    defaultPermissionSet: 'documents',
    ...(tenantId === undefined ? {} : { tenantId }),
  });
}

const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[],
  Condition?: StatementTemplate['Condition'],
): StatementTemplate => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});
const objects = (resource: string): StatementTemplate => allow('s3:GetObject', `arn:aws:s3:::${resource}`);
const leadingKeys = (values: readonly string[], operator = 'ForAllValues:StringLike'): StatementTemplate =>
  allow(['dynamodb:GetItem', 'dynamodb:Query'], table, {
    [operator]: { 'dynamodb:LeadingKeys': values },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });

const verdict = (statements: readonly StatementTemplate[], options?: Options): string =>
  prove(configOf(statements, options)).verdict;
const findings = (proof: Proof): Proof['permissionSets'][number]['findings'] =>
  proof.permissionSets.flatMap((set) => set.findings);

describe('resources', () => {
  it.each([
    ['b/tenants/{{tenant}}/*', 'PROVED'],
    ['b/{{tenant}}', 'PROVED'],
    ['app-{{tenant}}/*', 'PROVED'],
    ['b/{{tenant}}/{{subject}}/*', 'PROVED'],
    ['b/{{subject}}/{{tenant}}/*', 'PROVED'],
    ['b/TENANT#{{tenant}}#*', 'PROVED'],
    ['b/tenants/{{tenant}}*', 'LEAK'],
    ['b/TENANT#{{tenant}}*', 'LEAK'],
    ['{{tenant}}-*', 'LEAK'],
    ['b/*/{{tenant}}/*', 'LEAK'],
    ['*-data/tenants/{{tenant}}/*', 'LEAK'],
    ['b/{{tenant}}.{{tenant}}/*', 'UNPROVEN'],
    ['b/*', 'LEAK'],
    ['b/${aws:userid}/*', 'UNPROVEN'],
    ['b/${aws:PrincipalTag/TenantId}/*', 'PROVED'],
    ['b/${aws:PrincipalTag/tenantid}/*', 'PROVED'],
    ['b/${aws:PrincipalTag/Team}/*', 'UNPROVEN'],
    ["b/${aws:PrincipalTag/TenantId, 'none'}/*", 'UNPROVEN'],
  ])('%s: %s', (resource, expected) => {
    expect(verdict([objects(resource)])).toBe(expected);
  });

  it('SEC-TPL-03 a queue named by suffix leaks, and one by prefix where ids may hold the separator', () => {
    expect(verdict([allow('sqs:SendMessage', 'arn:aws:sqs:*:1:*-{{tenant}}')])).toBe('LEAK');
    const byPrefix = [allow('sqs:SendMessage', 'arn:aws:sqs:us-east-1:111122223333:{{tenant}}-*')];
    expect(verdict(byPrefix)).toBe('LEAK');
    expect(verdict(byPrefix, { tenantId: { pattern: { characters: 'abcdefghijklmnopqrstuvwxyz0123456789' } } })).toBe(
      'PROVED',
    );
  });

  it.each(['b/p/{{tenant}}*', 'x-{{tenant}}', '*-{{tenant}}'])(
    'SEC-TPL-04 uuid ids need no delimiter: %s',
    (resource) => {
      expect(verdict([objects(resource)], { tenantId: { pattern: 'uuid' } })).toBe('PROVED');
    },
  );

  it('SEC-INJ-08 names two tenants and a request, and both may really make it', () => {
    const [finding] = findings(prove(configOf([objects('b/tenants/{{tenant}}*')])));
    expect(finding).toMatchObject({
      statement: 'statements/0',
      action: 's3:GetObject',
      wall: 'session',
      verdict: 'LEAK',
    });
    const [a, b] = finding!.witness!.tenants;
    expect(a).not.toBe(b);
    expect(finding!.witness!.request.resource).toMatch(/^arn:aws:s3:::b\/tenants\//);
    expect(finding!.reason).toContain(`tenant \`${a}\``);
  });

  it('compares across permission sets, the tenant of one against the prefix of another', () => {
    const others = { nested: [objects('b/tenants/{{tenant}}/*')] };
    const proof = prove(configOf([objects('b/{{tenant}}/*')], { others }));
    expect(proof.permissionSets.map((set) => set.verdict)).toEqual(['LEAK', 'LEAK']);
    expect(findings(proof)[0]!.witness!.tenants).toContain('tenants');
  });

  it('looks at wildcard actions as at every action they cover', () => {
    expect(verdict([objects('b/{{tenant}}/*'), allow('s3:Get*', 'arn:aws:s3:::b/*')])).toBe('LEAK');
    expect(verdict([objects('b/{{tenant}}/*'), allow('S3:GETOBJECT', 'arn:aws:s3:::b/a/*')])).toBe('LEAK');
    expect(
      verdict([objects('b/{{tenant}}/*'), { ...allow('s3:PutObject', 'arn:aws:s3:::b/*'), shared: 'a letterbox' }]),
    ).toBe('PROVED');
  });
});

describe('conditions', () => {
  const list = (Condition: StatementTemplate['Condition']): StatementTemplate =>
    allow('s3:ListBucket', 'arn:aws:s3:::b', Condition);

  it.each<[string, StatementTemplate, string]>([
    ['a prefix with its slash', list({ StringLike: { 's3:prefix': '{{tenant}}/*' } }), 'PROVED'],
    ['a prefix without', list({ StringLike: { 's3:prefix': '{{tenant}}*' } }), 'LEAK'],
    ['an exact prefix', list({ StringEquals: { 's3:prefix': '{{tenant}}/' } }), 'PROVED'],
    ['a star that StringEquals takes literally', list({ StringEquals: { 's3:prefix': '{{tenant}}*' } }), 'PROVED'],
    ['a prefix that is only checked if there', list({ StringLikeIfExists: { 's3:prefix': '{{tenant}}/*' } }), 'LEAK'],
    [
      'one that must be there as well',
      list({ StringLikeIfExists: { 's3:prefix': '{{tenant}}/*' }, Null: { 's3:prefix': 'false' } }),
      'PROVED',
    ],
    ['no condition', list({ Bool: { 'aws:SecureTransport': 'true' } }), 'LEAK'],
    ['two values, one open', list({ StringLike: { 's3:prefix': ['{{tenant}}/*', 'public/*'] } }), 'LEAK'],
    ['a leading key', leadingKeys(['{{tenant}}', '{{tenant}}#*']), 'PROVED'],
    ['a leading key with a bare star', leadingKeys(['{{tenant}}*']), 'LEAK'],
    ['a leading key of any value', leadingKeys(['{{tenant}}#*'], 'ForAnyValue:StringLike'), 'LEAK'],
    [
      'SEC-DDB-02 ForAllValues alone, true on a missing key',
      allow('dynamodb:Scan', table, { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': '{{tenant}}' } }),
      'LEAK',
    ],
    [
      'a resource tag',
      allow('secretsmanager:GetSecretValue', '*', {
        StringEquals: { 'secretsmanager:ResourceTag/tenant': '{{tenant}}' },
      }),
      'PROVED',
    ],
    [
      'a resource tag in any case',
      allow('secretsmanager:GetSecretValue', '*', {
        StringEqualsIgnoreCase: { 'aws:ResourceTag/tenant': '{{tenant}}' },
      }),
      'UNPROVEN',
    ],
    [
      'an encryption context',
      allow('kms:Decrypt', '*', { StringEquals: { 'kms:EncryptionContext:tenant': '{{tenant}}' } }),
      'PROVED',
    ],
    [
      'the caller itself',
      allow('s3:GetObject', 'arn:aws:s3:::b/*', { StringEquals: { 'aws:PrincipalTag/TenantId': '{{tenant}}' } }),
      'LEAK',
    ],
    [
      'the source identity',
      allow('s3:GetObject', 'arn:aws:s3:::b/*', { StringEquals: { 'aws:SourceIdentity': '{{tenant}}' } }),
      'UNPROVEN',
    ],
    [
      'what the caller chooses beside the data',
      allow('s3:GetObject', 'arn:aws:s3:::b/*', { StringEquals: { 'aws:Referer': '{{tenant}}' } }),
      'UNPROVEN',
    ],
    [
      'a tag of the request',
      allow('s3:PutObject', 'arn:aws:s3:::b/*', { StringEquals: { 's3:RequestObjectTag/tenant': '{{tenant}}' } }),
      'UNPROVEN',
    ],
    [
      'a negated operator',
      allow('s3:GetObject', 'arn:aws:s3:::b/{{tenant}}/*', { StringNotEquals: { 's3:prefix': 'x' } }),
      'UNPROVEN',
    ],
  ])('%s', (_, statement, expected) => {
    expect(verdict([statement])).toBe(expected);
  });

  it('builds a request whose context both tenants satisfy', () => {
    const [finding] = findings(prove(configOf([list({ StringLike: { 's3:prefix': '{{tenant}}*' } })])));
    expect(finding!.witness!.request.context).toMatchObject({ 's3:prefix': expect.any(String) as string });
  });
});

describe('what cannot be concluded', () => {
  it.each<[string, StatementTemplate]>([
    ['NotAction', { Effect: 'Allow', NotAction: 's3:PutObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
    ['NotResource', { Effect: 'Allow', Action: 's3:GetObject', NotResource: 'arn:aws:s3:::b/secret/*' }],
  ])('%s is UNPROVEN', (_, statement) => {
    expect(verdict([statement])).toBe('UNPROVEN');
  });

  it('a Deny helps nobody to be PROVED', () => {
    const deny: StatementTemplate = { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::b/secret/*' };
    expect(verdict([objects('b/{{tenant}}/*'), deny])).toBe('PROVED');
    expect(verdict([objects('b/*'), deny])).toBe('LEAK');
    expect(verdict([objects('b/*'), { ...deny, Resource: '*' }])).toBe('UNPROVEN');
  });
});

describe('shared statements', () => {
  const shared = (resource: string): StatementTemplate => ({ ...objects(resource), shared: 'price lists' });

  it('may be open to all tenants', () => {
    expect(verdict([objects('b/{{tenant}}/*'), shared('prices/*')])).toBe('PROVED');
    expect(verdict([shared('prices/*')])).toBe('PROVED');
  });

  it('must not cover anything private, of any set', () => {
    expect(verdict([objects('b/{{tenant}}/*'), shared('b/*')])).toBe('LEAK');
    expect(verdict([shared('b/public/*')], { others: { other: [objects('b/{{tenant}}/*')] } })).toBe('LEAK');
    expect(verdict([shared('b/#public/*')], { others: { other: [objects('b/{{tenant}}/*')] } })).toBe('PROVED');
  });

  it('are recognised in the role by what they say', () => {
    const config = configOf([objects('b/{{tenant}}/*'), shared('prices/*')]);
    const own: PolicyStatement = allow('s3:GetObject', 'arn:aws:s3:::b/${aws:PrincipalTag/TenantId}/*');
    const prices: PolicyStatement = { Sid: 'Prices', ...allow(['s3:GetObject'], ['arn:aws:s3:::prices/*']) };
    const roles = (...Statement: PolicyStatement[]): { roles: Record<string, PolicyDocument[]> } => ({
      roles: { [role]: [{ Version: '2012-10-17', Statement }] },
    });
    expect(prove(config, roles(own, prices)).verdict).toBe('PROVED');
    expect(prove(config, roles(own, { ...prices, Resource: 'arn:aws:s3:::*' })).verdict).toBe('LEAK');
  });
});

describe('wall two', () => {
  const config = configOf([objects('b/{{tenant}}/*')]);
  const prover = (resource: string, Version = '2012-10-17'): Proof =>
    prove(config, { roles: { [role]: [{ Version, Statement: allow('s3:GetObject', resource) }] } });

  it('is proved on the policy variable of the tenant tag', () => {
    expect(prover('arn:aws:s3:::b/${aws:PrincipalTag/TenantId}/*').verdict).toBe('PROVED');
  });

  it.each(['arn:aws:s3:::b/${aws:PrincipalTag/TenantId}*', 'arn:aws:s3:::b/*', '*'])(
    'finds the leak of %s, behind that wall alone',
    (resource) => {
      const open = findings(prover(resource)).filter((finding) => finding.verdict !== 'PROVED');
      expect(open).toMatchObject([{ wall: 'role', verdict: 'LEAK' }]);
    },
  );

  it('knows that the 2008 version has no variables, so that all tenants share the literal text', () => {
    expect(prover('arn:aws:s3:::b/${aws:PrincipalTag/TenantId}/*', '2008-10-17').verdict).toBe('LEAK');
  });

  it('is UNPROVEN where the role is not given', () => {
    expect(prove(config, { roles: {} }).verdict).toBe('UNPROVEN');
    expect(prove(config).verdict).toBe('PROVED');
  });

  it('is all that sets with isolation by tags have', () => {
    const tags = configOf([objects('b/{{tenant}}/*')], { set: { isolation: 'tags' } });
    const roles = {
      [role]: [
        { Version: '2012-10-17', Statement: allow('s3:GetObject', 'arn:aws:s3:::b/${aws:PrincipalTag/TenantId}/*') },
      ],
    };
    expect(prove(tags).verdict).toBe('UNPROVEN');
    expect(prove(tags, { roles }).verdict).toBe('PROVED');
  });

  it('holds session policies by reference to the same', () => {
    const managed = (resource: string): object => ({
      managedPolicies: [
        {
          arn: 'arn:aws:iam::111122223333:policy/extra',
          document: { Version: '2012-10-17', Statement: allow('s3:GetObject', resource) },
        },
      ],
    });
    expect(
      verdict([objects('b/{{tenant}}/*')], { set: managed('arn:aws:s3:::c/${aws:PrincipalTag/TenantId}/*') }),
    ).toBe('PROVED');
    expect(verdict([objects('b/{{tenant}}/*')], { set: managed('arn:aws:s3:::b/*') })).toBe('LEAK');
  });
});

describe('scale', () => {
  it('SEC-PRV-01 proves fifty sets of three statements in less than a second each', () => {
    const others = Object.fromEntries(
      Array.from({ length: 49 }, (_, index) => [
        `set-${index}`,
        [
          objects(`bucket-${index}/{{tenant}}/*`),
          allow('s3:ListBucket', `arn:aws:s3:::bucket-${index}`, { StringLike: { 's3:prefix': '{{tenant}}/*' } }),
          leadingKeys([`SET${index}#{{tenant}}#*`]),
        ],
      ]),
    );
    const startedAt = performance.now();
    expect(verdict([objects('b/{{tenant}}/*')], { others })).toBe('PROVED');
    expect(performance.now() - startedAt).toBeLessThan(50_000);
  });
});
