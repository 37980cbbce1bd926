import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VendingConfig } from '../../core/config.ts';
import { evaluate, type PolicyDocument } from '../../core/iam/index.ts';
import {
  findPermissionSet,
  longestTenantId,
  renderSessionPolicy,
  type PolicyValues,
} from '../../core/session-policy.ts';
import { isTenantId } from '../../core/tenant.ts';
import { codeOf, configWith, permissionSetInput, type Json } from './fixtures.ts';
import { allowAll, documentOf, principalWith } from './iam/fixtures.ts';

const alice = { tenant: 'acme', subject: 'alice' };
const withSet = (over: Json = {}): VendingConfig =>
  configWith({ permissionSets: { documents: permissionSetInput(over) } });
const render = (values: PolicyValues = alice, over: Json = {}): ReturnType<typeof renderSessionPolicy> =>
  renderSessionPolicy(withSet(over), 'documents', values);
const tenantId = fc
  .string({ unit: fc.constantFrom(...'abAB01_.-'), minLength: 1, maxLength: 12 })
  .filter((text) => isTenantId(text));
const reads = (session: PolicyDocument, resource: string, action = 's3:GetObject'): boolean =>
  evaluate({
    policies: { role: [allowAll], session: [session] },
    principal: principalWith(),
    request: { action, resource },
  }).outcome === 'allowed';

const outcomeOf = (session: PolicyDocument, action: string): string =>
  evaluate({
    policies: { role: [allowAll], session: [session] },
    principal: principalWith(),
    request: { action, resource: '*' },
  }).outcome;

const fullGuard = {
  Effect: 'Deny',
  Action: ['sts:AssumeRole*', 'sts:GetFederationToken', 'sts:TagSession', 'iam:*'],
  Resource: '*',
};

describe('a rendered session policy', () => {
  it('is the templates with their values, and the guard at the end', () => {
    expect(render().document).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Objects', Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::bucket/tenants/acme/*' },
        {
          Sid: 'List',
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: 'arn:aws:s3:::bucket',
          Condition: { StringLike: { 's3:prefix': ['tenants/acme/*'] } },
        },
        fullGuard,
      ],
    });
  });

  it('is sent minified, and its characters are counted', () => {
    const { document, text, characters } = render();
    expect(text).toBe(JSON.stringify(document));
    expect(text).not.toMatch(/\n|": /);
    expect(characters).toBe(text.length);
  });

  it('is valid IAM that allows what it says and no more', () => {
    const { document } = render();
    expect(reads(document, 'arn:aws:s3:::bucket/tenants/acme/x')).toBe(true);
    for (const other of ['tenants/acme2/x', 'tenants/acme', 'tenants/acm/x', 'tenants/globex/x', 'tenants/ACME/x', 'x'])
      expect(reads(document, `arn:aws:s3:::bucket/${other}`)).toBe(false);
  });

  it('SEC-TPL-10 denies role chaining, retagging and IAM, whatever the role and its own statements allow', () => {
    const { document } = render(alice, { statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
    for (const action of [
      'sts:AssumeRole',
      'sts:AssumeRoleWithSAML',
      'sts:AssumeRoleWithWebIdentity',
      'sts:TagSession',
      'sts:GetFederationToken',
      'iam:CreateUser',
      'iam:PassRole',
      'STS:ASSUMEROLE',
    ])
      expect(outcomeOf(document, action)).toBe('explicitly-denied');
    expect(outcomeOf(document, 'sts:GetCallerIdentity')).toBe('allowed');
  });

  it('leaves the guard out only where the set names the action', () => {
    const guardOf = (allowDespiteGuard: string[]): unknown =>
      [render(alice, { allowDespiteGuard }).document.Statement].flat().at(-1);
    expect(guardOf([])).toEqual(fullGuard);
    expect(guardOf(['sts:TagSession'])).toMatchObject({
      Action: ['sts:AssumeRole*', 'sts:GetFederationToken', 'iam:*'],
    });
    expect(guardOf(['sts:tagsession'])).toMatchObject({
      Action: ['sts:AssumeRole*', 'sts:GetFederationToken', 'iam:*'],
    });
    const { document } = render(alice, {
      allowDespiteGuard: ['sts:AssumeRole'],
      statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    // Not denied by the guard; whether the target role trusts the session is another question.
    expect(outcomeOf(document, 'sts:AssumeRole')).toBe('implicitly-denied');
    for (const action of ['sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'iam:PassRole'])
      expect(outcomeOf(document, action)).toBe('explicitly-denied');
    expect(guardOf(['iam:GetRole'])).toMatchObject({
      Action: ['sts:AssumeRole*', 'sts:GetFederationToken', 'sts:TagSession'],
    });
  });

  it('has no inline policy where tags are the only wall', () => {
    expect(render(alice, { isolation: 'tags' })).toMatchObject({
      text: '',
      characters: 0,
      document: { Statement: [] },
    });
  });

  it('cannot be changed through an earlier one', () => {
    const config = withSet({
      statements: [
        { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::b/{{tenant}}/*'] },
        { Effect: 'Allow', Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::b/{{tenant}}/*'] },
      ],
    });
    const first = renderSessionPolicy(config, 'documents', alice);
    for (const statement of first.document.Statement as unknown as { Action?: string[] }[]) {
      for (const change of [() => statement.Action?.push('s3:*'), () => statement.Action?.splice(0)]) {
        try {
          change();
        } catch {
          // Frozen, or the rendering's own.
        }
      }
    }
    expect(renderSessionPolicy(config, 'documents', alice).text).toBe(first.text);
  });

  it('leaves out why a statement is shared', () => {
    const statements = [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/logos/*', shared: 'public logos' },
    ];
    expect(render(alice, { statements }).text).not.toContain('logos"');
    expect(render(alice, { statements }).text).not.toContain('shared');
  });

  it('SEC-STS-01 has at most 2,048 characters, with the ARNs of managed policies', () => {
    const statements = (length: number): Json[] => [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::b/{{tenant}}/${'x'.repeat(length)}` },
    ];
    const base = render(alice, { statements: statements(0) }).characters;
    expect(render(alice, { statements: statements(2048 - base) }).characters).toBe(2048);
    expect(codeOf(() => render(alice, { statements: statements(2049 - base) }))).toBe('policy-too-large');
    const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    const managedPolicies = [{ arn, document: allowAll }];
    expect(render(alice, { statements: statements(2048 - base - arn.length), managedPolicies }).characters).toBe(2048);
    expect(codeOf(() => render(alice, { statements: statements(2049 - base - arn.length), managedPolicies }))).toBe(
      'policy-too-large',
    );
    expect(codeOf(() => render({ ...alice, tenant: 'acmes' }, { statements: statements(2048 - base) }))).toBe(
      'policy-too-large',
    );
  });

  it('counts the ARNs of managed policies also where it has no text', () => {
    const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    expect(render(alice, { isolation: 'tags', managedPolicies: [{ arn, document: allowAll }] }).characters).toBe(
      arn.length,
    );
  });
});

describe('rendering', () => {
  it.each(['Documents', 'document', '', 'toString', '__proto__', 'constructor', 'documents '])(
    'refuses the permission set "%s"',
    (name) => {
      expect(codeOf(() => renderSessionPolicy(configWith(), name, alice))).toBe('permission-set-denied');
      expect(codeOf(() => findPermissionSet(configWith(), name))).toBe('permission-set-denied');
    },
  );

  it.each([
    ['SEC-INJ-01', ['*', '?', 'a*', '?cme']],
    ['SEC-INJ-02', ['${aws:username}', '${*}', '${?}', '${$}', '${aws:PrincipalTag/tenant}', '$', '{', '}']],
    [
      'SEC-INJ-03',
      ['x","Resource":"*', 'x"}],"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}],"y":[{"a":"'],
    ],
    ['SEC-INJ-05', ['..', '.', 'a/../b', 'a/b', '/', 'a//', '%2e%2e', 'a%2Fb']],
    ['SEC-INJ-06', ['acme:globex', 'arn:aws:s3:::x', 'acme#globex', 'acme|globex']],
    ['SEC-TEN-03', ['', ' ', '\t', '\u00a0', '\u200b']],
    ['SEC-TEN-06', ['acme\r\nX-Injected: 1', 'acme\0', 'acme\n']],
  ])('%s refuses the tenants %j', (_, tenants) => {
    for (const tenant of tenants) expect(codeOf(() => render({ ...alice, tenant }))).toBe('tenant-invalid');
  });

  it('SEC-TEN-01 refuses tenants of another type', () => {
    for (const tenant of [5, null, undefined, ['acme'], { id: 'acme' }])
      expect(codeOf(() => render({ subject: 'alice', tenant: tenant as unknown as string }))).toBe('tenant-invalid');
  });

  it('parses the configuration it is given, so that no unchecked one is rendered', () => {
    const forged = {
      ...configWith(),
      permissionSets: { documents: { ...permissionSetInput(), statements: [] } },
    } as unknown as VendingConfig;
    expect(codeOf(() => renderSessionPolicy(forged, 'documents', alice))).toBe('misconfigured');
  });

  it('P3: differs between tenants in placeholder leaves only', () => {
    fc.assert(
      fc.property(tenantId, tenantId, (a, b) => {
        const mask = (tenant: string): unknown =>
          JSON.parse(
            JSON.stringify(render({ ...alice, tenant }).document, (_, value: unknown) =>
              typeof value === 'string' ? value.replaceAll(`tenants/${tenant}/`, 'tenants/TENANT/') : value,
            ),
          );
        expect(mask(a)).toEqual(mask(b));
      }),
    );
  });

  it('SEC-INJ-13 isolates 5,000 pairs of tenants, prefixes of each other and one-character edits among them', () => {
    const neighbour = fc
      .tuple(
        tenantId,
        fc.constantFrom('a', '-', '.', '2', '_a', '-b'),
        fc.nat(),
        fc.constantFrom('append', 'insert', 'cut', 'case'),
      )
      .map(([id, extra, at, how]) => {
        const index = at % id.length;
        const other = {
          append: id + extra,
          insert: id.slice(0, index) + extra + id.slice(index),
          cut: id.slice(0, -1),
          case: id.toUpperCase(),
        }[how];
        return [id, other] as const;
      });
    fc.assert(
      fc.property(fc.oneof(neighbour, fc.tuple(tenantId, tenantId)), ([a, b]) => {
        const { document } = render({ ...alice, tenant: a });
        expect(reads(document, `arn:aws:s3:::bucket/tenants/${a}/x`)).toBe(true);
        if (b !== a) expect(reads(document, `arn:aws:s3:::bucket/tenants/${b}/x`)).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the subject in a policy', () => {
  const usesSubject = {
    statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/{{subject}}/*' }],
  };

  it('enters exactly, and escaped', () => {
    expect(render({ ...alice, subject: 'auth0|1 2' }, usesSubject).text).toContain('/auth0|1 2/*');
    expect(render({ ...alice, subject: 'a*' }, usesSubject).text).toContain('/a${*}/*');
    expect(render({ ...alice, subject: '{{tenant}}' }, usesSubject).text).toContain('/{{tenant}}/*');
  });

  it.each(['a/b', 'a\\b', '..', 'a..b', 'a\nb', 'a\0', 'é', '日本', '\u007f', ''])(
    'is refused by sets that use it: %j',
    (subject) => {
      expect(codeOf(() => render({ ...alice, subject }, usesSubject))).toBe('parameter-invalid');
    },
  );

  it.each(['a/b', '日本', '..', 'x'.repeat(300)])('is nobody’s concern in sets that do not use it: %s', (subject) => {
    expect(() => render({ ...alice, subject })).not.toThrow();
  });

  it('reaches no other subject and no other tenant, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab*?${}:"|@#,. '), minLength: 1, maxLength: 10 }),
        fc.string({ unit: fc.constantFrom(...'ab*?${}:') }),
        (subject, other) => {
          let document: PolicyDocument;
          try {
            ({ document } = render({ ...alice, subject }, usesSubject));
          } catch {
            expect(codeOf(() => render({ ...alice, subject }, usesSubject))).toBe('parameter-invalid');
            return;
          }
          expect(reads(document, `arn:aws:s3:::b/acme/${subject}/k`)).toBe(true);
          if (other !== subject) expect(reads(document, `arn:aws:s3:::b/acme/${other}/k`)).toBe(false);
          expect(reads(document, `arn:aws:s3:::b/globex/${subject}/k`)).toBe(false);
        },
      ),
    );
  });
});

describe('parameters', () => {
  const folder = {
    parameters: { folder: { from: 'request' } },
    statements: [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/tenants/{{tenant}}/{{folder}}/*' },
    ],
  };

  it('enter where they are declared', () => {
    expect(render({ ...alice, parameters: { folder: 'reports' } }, folder).text).toContain('tenants/acme/reports/*');
  });

  it.each<Record<string, string>>([
    {},
    { folder: '' },
    { folder: 'a/b' },
    { folder: '..' },
    { folder: '*' },
    { folder: '${aws:username}' },
    { folder: 'reports', other: 'x' },
    { other: 'x' },
    { folder: 'a'.repeat(64) },
  ])('SEC-REQ-04 refuse %j', (parameters) => {
    expect(codeOf(() => render({ ...alice, parameters }, folder))).toBe('parameter-invalid');
  });

  it('refuse what nobody declared, also inherited names', () => {
    for (const parameters of [{ folder: 'x' }, { toString: 'x' }, { constructor: 'x' }] as unknown as Record<
      string,
      string
    >[])
      expect(codeOf(() => render({ ...alice, parameters }))).toBe('parameter-invalid');
  });

  it('follow the default grammar, whatever the grammar of tenants', () => {
    const config = configWith({
      tenantId: { pattern: 'ulid' },
      permissionSets: { documents: permissionSetInput(folder) },
    });
    const values = { tenant: '01ARZ3NDEKTSV4RRFFQ69G5FAV', subject: 'a', parameters: { folder: 'reports' } };
    expect(renderSessionPolicy(config, 'documents', values).text).toContain('/reports/*');
  });

  it('P7: never reach beyond the tenant, whatever the request asks', () => {
    const value = fc.oneof(tenantId, fc.string({ unit: fc.constantFrom(...'ab/.*?${}'), maxLength: 8 }));
    fc.assert(
      fc.property(tenantId, tenantId, value, value, (tenant, other, asked, name) => {
        let document: PolicyDocument;
        try {
          ({ document } = render({ tenant, subject: 'alice', parameters: { folder: asked } }, folder));
        } catch {
          return;
        }
        if (other !== tenant) expect(reads(document, `arn:aws:s3:::bucket/tenants/${other}/${name}/k`)).toBe(false);
        const whole = documentOf({
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::bucket/tenants/${tenant}/*`,
        });
        const resource = `arn:aws:s3:::bucket/tenants/${tenant}/${name}/k`;
        if (reads(document, resource)) expect(reads(whole, resource)).toBe(true);
      }),
    );
  });
});

describe('the longest tenant id', () => {
  it.each<[Json, number]>([
    [{}, 63],
    [{ maxLength: 10 }, 10],
    [{ pattern: 'uuid' }, 36],
    [{ pattern: 'ulid' }, 26],
    [{ pattern: { characters: '-_ab' }, maxLength: 7 }, 7],
  ])('of %j has %d characters and is one', (grammar, length) => {
    const config = configWith({ tenantId: grammar });
    const longest = longestTenantId(config);
    expect(longest).toHaveLength(length);
    expect(isTenantId(longest, config.tenantId)).toBe(true);
  });
});
