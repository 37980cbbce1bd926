// Session policies at their edges: a subject that one statement of many uses, a guard that is lifted whole, sets by tags alone.
import { describe, expect, it } from 'vitest';
import { estimatePackedPercent } from '../../core/packed-size.ts';
import { renderSessionPolicy, renderStatements } from '../../core/session-policy.ts';
import { codeOf, configWith, permissionSetInput, type Json } from './fixtures.ts';

const objects = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' };
const homes = { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::b/{{tenant}}/{{subject}}/*' };
const render = (set: Json, subject = 'alice'): ReturnType<typeof renderSessionPolicy> =>
  renderSessionPolicy(configWith({ permissionSets: { documents: permissionSetInput(set) } }), 'documents', {
    tenant: 'acme',
    subject,
  });

describe('a subject', () => {
  it.each([
    ['first', [homes, objects]],
    ['last', [objects, homes]],
    ['only', [homes]],
  ])('that the %s statement uses is checked', (_, statements) => {
    for (const subject of ['a/b', '..', 'a\\b', 'a\u0000', 'é', ''])
      expect(codeOf(() => render({ statements }, subject))).toBe('parameter-invalid');
    expect(render({ statements }, 'a*b').text).toContain('/a${*}b/*');
  });

  it('that no statement uses may be anything', () => {
    expect(render({ statements: [objects] }, 'a/b').text).toBe(render({ statements: [objects] }).text);
  });
});

describe('the guard', () => {
  const all = [
    'sts:AssumeRole',
    'sts:AssumeRoleWithSAML',
    'sts:AssumeRoleWithWebIdentity',
    'sts:GetFederationToken',
    'sts:TagSession',
  ];
  const actionsOf = (allowDespiteGuard: readonly string[] | undefined): unknown => {
    const set = allowDespiteGuard === undefined ? {} : { allowDespiteGuard };
    return [render({ statements: [objects], ...set }).document.Statement]
      .flat()
      .filter(({ Effect }) => Effect === 'Deny');
  };

  it('denies what would leave the session policy behind', () => {
    const denied = [
      {
        Effect: 'Deny',
        Action: ['sts:AssumeRole*', 'sts:GetFederationToken', 'sts:TagSession', 'iam:*'],
        Resource: '*',
      },
    ];
    expect(actionsOf(undefined)).toEqual(denied);
  });

  it('loses an exempt action alone, in any case', () => {
    expect(actionsOf(['STS:assumerole'.replace('STS', 'sts')])).toEqual([
      { Effect: 'Deny', Action: [...all.slice(1, 3), ...all.slice(3), 'iam:*'], Resource: '*' },
    ]);
    expect(actionsOf(['iam:PassRole'])).toEqual([
      { Effect: 'Deny', Action: ['sts:AssumeRole*', 'sts:GetFederationToken', 'sts:TagSession'], Resource: '*' },
    ]);
  });

  it('is left out where everything is exempt: a Deny of nothing is no statement', () => {
    expect(actionsOf([...all, 'iam:PassRole'])).toEqual([]);
  });
});

describe('sizes', () => {
  it('count the ARNs of managed policies and the tag of the tenant', () => {
    const plain = render({ statements: [objects] });
    const arn = 'arn:aws:iam::111122223333:policy/ceiling';
    const document = {
      Version: '2012-10-17',
      Statement: [{ ...objects, Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/TenantId}/*' }],
    };
    const managed = render({ statements: [objects], managedPolicies: [{ arn, document }] });
    expect(plain.characters).toBe(plain.text.length);
    expect(managed.characters).toBe(plain.text.length + arn.length);
    const tags = [{ key: 'TenantId', value: 'acme' }];
    expect(plain.packedPercentEstimate).toBe(estimatePackedPercent({ characters: plain.characters, tags }));
    expect(plain.packedPercentEstimate).toBeGreaterThan(
      estimatePackedPercent({ characters: plain.characters, tags: [] }),
    );
  });

  it('of a set by tags alone are those of its tag', () => {
    const tagged = render({ statements: [objects], isolation: 'tags' });
    expect(tagged).toMatchObject({ text: '', characters: 0, document: { Version: '2012-10-17', Statement: [] } });
  });

  it('are estimated at 25 characters of policy, or 5 of tags, a percent', () => {
    expect(estimatePackedPercent({ characters: 1_000, tags: [] })).toBe(40);
    expect(estimatePackedPercent({ characters: 1_001, tags: [] })).toBe(41);
    expect(estimatePackedPercent({ characters: 0, tags: [{ key: 'abc', value: 'de' }] })).toBe(1);
    expect(
      estimatePackedPercent({
        characters: 100,
        tags: [
          { key: 'abcde', value: 'x'.repeat(10) },
          { key: 'k', value: 'abcd' },
        ],
      }),
    ).toBe(8);
  });
});

describe('a rendered policy', () => {
  it('is the same for the same set, whoever was rendered before', () => {
    const config = configWith({ permissionSets: { documents: permissionSetInput({ statements: [objects, homes] }) } });
    const set = config.permissionSets['documents']!;
    const first = renderStatements(set, { tenant: 'acme', subject: 'alice' });
    renderStatements(set, { tenant: 'globex', subject: 'bob' });
    expect(renderStatements(set, { tenant: 'acme', subject: 'alice' })).toEqual(first);
  });
});
