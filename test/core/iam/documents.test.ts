// Documents that IAM would refuse, an element at a time: what is attached to an identity and what to a resource.
import { describe, expect, it } from 'vitest';
import { parsePolicy, type PolicyDocument } from '../../../core/iam/policy.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };
const parse = (over: object, kind: 'identity' | 'resource' = 'identity'): ReturnType<typeof parsePolicy> => {
  const merged = Object.entries<unknown>({ ...statement, ...over }).filter(([, value]) => value !== undefined);
  return parsePolicy({ Version: '2012-10-17', Statement: Object.fromEntries(merged) } as never, kind);
};

describe('an action', () => {
  it.each(['s3:GetObject', 's3:*', 's3:Get?bject', '*', 'execute-api:Invoke', 's3:get_object', 'a4b:List-Skills'])(
    'is %s',
    (Action) => {
      expect(parse({ Action }).statements[0]!.actions.patterns).toHaveLength(1);
    },
  );

  it.each([
    '',
    's3',
    's3:',
    ':GetObject',
    ' s3:GetObject',
    's3:GetObject ',
    'x s3:GetObject',
    's3:Get Object',
    's3:GetObject\n',
    's3:Get:Object',
    's*:GetObject',
    '?:x',
    '**',
    's3:${aws:userid}',
    '/s3:GetObject',
    's3:GetObject/x',
  ])('is not "%s"', (Action) => {
    expect(() => parse({ Action })).toThrow(PolicySyntaxError);
    expect(() => parse({ Action: undefined, NotAction: Action })).toThrow(PolicySyntaxError);
  });

  it('is compared in lower case, and holds no variable', () => {
    expect(parse({ Action: 'S3:GetObject' }).statements[0]!.actions.patterns).toEqual([
      [{ kind: 'literal', text: 's3:getobject' }],
    ]);
  });
});

describe('a statement', () => {
  it.each([
    { Action: undefined },
    { Resource: undefined },
    { Effect: undefined },
    { Principal: '*' },
    { NotPrincipal: '*' },
    { Sid: 5 },
    { Other: 1 },
    { NotAction: 's3:*' },
    { NotResource: '*' },
  ])('of an identity policy is refused with %j', (over) => {
    expect(() => parse(over)).toThrow(PolicySyntaxError);
  });

  it.each([{}, { Principal: '*', NotPrincipal: '*' }, { NotPrincipal: '*' }, { Principal: '*', Action: undefined }])(
    'of a resource policy is refused with %j',
    (over) => {
      expect(() => parse(over, 'resource')).toThrow(PolicySyntaxError);
    },
  );

  it('of a trust policy has no resource, and one of a resource policy a principal', () => {
    expect(parse({ Principal: '*', Resource: undefined }, 'resource').statements[0]).not.toHaveProperty('resources');
    expect(parse({ Principal: '*' }, 'resource').statements[0]!.principals).toEqual({
      negated: false,
      list: [{ kind: 'any', id: '*' }],
    });
    expect(parse({ Effect: 'Deny', NotPrincipal: { AWS: '1' } }, 'resource').statements[0]!.principals).toEqual({
      negated: true,
      list: [{ kind: 'AWS', id: '1' }],
    });
  });

  it('has what it was given and no more', () => {
    const [parsed] = parse({ Sid: 'A', Resource: ['*'] }).statements;
    expect(parsed).toEqual({
      index: 0,
      sid: 'A',
      effect: 'Allow',
      actions: { negated: false, patterns: [[{ kind: 'literal', text: 's3:getobject' }]], texts: ['s3:GetObject'] },
      resources: { negated: false, patterns: [{ kind: 'all' }], texts: ['*'] },
      conditions: [],
    });
    expect(parse({}).statements[0]).not.toHaveProperty('sid');
    expect(parse({}).statements[0]).not.toHaveProperty('principals');
  });
});

describe('a document', () => {
  it.each([
    null,
    [],
    'x',
    {},
    { Statement: null },
    { Statement: 'x' },
    { Statement: [null] },
    { Statement: [[]] },
    { Version: '2012-10-18', Statement: [] },
    { Version: 20121017, Statement: [] },
    { Version: '2012-10-17', Statement: [], More: 1 },
    { Version: '2012-10-17', statement: [] },
  ])('is refused: %j', (document) => {
    expect(() => parsePolicy(document as unknown as PolicyDocument, 'identity')).toThrow(PolicySyntaxError);
  });

  it('has the version it says, the older one where it says none, and an Id if it likes', () => {
    expect(parsePolicy({ Version: '2012-10-17', Id: 'x', Statement: [] }, 'identity')).toEqual({
      version: '2012-10-17',
      statements: [],
    });
    expect(parsePolicy({ Statement: [] }, 'identity').version).toBe('2008-10-17');
  });
});
