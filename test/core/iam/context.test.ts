// What a request carries: keys that hold one value, tags that only the caller may bring, and stand-ins for what is not given.
import { describe, expect, it } from 'vitest';
import { buildContext } from '../../../core/iam/context.ts';
import { ConditionError } from '../../../core/iam/syntax.ts';
import { principalWith, roleArn, sessionArn } from './fixtures.ts';

describe('the context of a request', () => {
  it.each([
    'aws:RequestTag/Team',
    'aws:ResourceTag/Cost-Centre',
    'aws:PrincipalTag/TenantId',
    'AWS:SourceIp',
    'aws:PrincipalArn',
    'aws:PrincipalAccount',
    'aws:userid',
    'aws:username',
    'aws:SecureTransport',
    'aws:SourceIdentity',
    'sts:SourceIdentity',
    'sts:ExternalId',
    'sts:RoleSessionName',
    's3:prefix',
    's3:delimiter',
    'aws:ResourceTag/two\nlines',
  ])('refuses a list where one value is meant: %s', (key) => {
    expect(() => buildContext(principalWith(), { [key]: ['a', 'b'] })).toThrow(ConditionError);
    expect(() => buildContext(principalWith(), { [key]: ['a'] })).not.toThrow();
  });

  it.each(['dynamodb:LeadingKeys', 'aws:TagKeys', 's3:prefixes', 'x-aws:userid', 'my/s3:prefix', 'aws:useridentity'])(
    'takes a list for any other key: %s',
    (key) => {
      expect(buildContext(principalWith(), { [key]: ['a', 'b'] }).values(key)).toEqual(['a', 'b']);
    },
  );

  it('refuses a key that comes twice in two spellings, from the request or as a tag', () => {
    expect(() => buildContext(principalWith(), { 's3:prefix': 'a', 'S3:Prefix': 'b' })).toThrow(ConditionError);
    expect(() => buildContext(principalWith({ Team: 'a', team: 'b' }), {})).toThrow(ConditionError);
  });

  it('finds keys in any case, and no value in an empty list', () => {
    const { values, variable } = buildContext(principalWith({ Team: 'blue' }), {
      'S3:Prefix': 'a',
      many: ['a', 'b'],
      none: [],
    });
    expect([values('s3:PREFIX'), values('aws:principaltag/TEAM'), values('none'), values('other')]).toEqual([
      ['a'],
      ['blue'],
      undefined,
      undefined,
    ]);
    expect([variable('s3:prefix'), variable('many'), variable('none')]).toEqual(['a', undefined, undefined]);
  });

  it('lets no parameter of the request add or replace what describes the caller', () => {
    const { values } = buildContext(principalWith({ TenantId: 'acme' }), {
      'aws:PrincipalTag/TenantId': 'globex',
      'aws:PrincipalTag/Admin': 'true',
      'aws:PrincipalArn': 'arn:aws:iam::1:role/other',
      'aws:PrincipalAccount': '1',
      'aws:userid': 'x',
    });
    expect(values('aws:PrincipalTag/TenantId')).toEqual(['acme']);
    expect(values('aws:PrincipalTag/Admin')).toBeUndefined();
    expect([values('aws:PrincipalArn'), values('aws:PrincipalAccount')]).toEqual([[roleArn], ['111122223333']]);
    expect(values('aws:userid')).not.toEqual(['x']);
  });

  it('has a user id of the right shape where none is given: a role with its session name, or a user', () => {
    const idOf = (principal: Parameters<typeof buildContext>[0]): string =>
      buildContext(principal, {}).values('aws:userid')![0]!;
    expect(idOf(principalWith())).toBe(`AROAXXXXXXXXXXXXXXXXX:${sessionArn.split('/').at(-1)!}`);
    expect(idOf({ arn: roleArn, accountId: '1' })).toMatch(/^AIDA[A-Z]{17}$/);
    expect(idOf({ arn: roleArn, accountId: '1', userId: 'AROA1:me' })).toBe('AROA1:me');
  });
});
