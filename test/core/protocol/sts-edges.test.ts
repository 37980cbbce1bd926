// The STS form at its edges: which ARNs name a set, the longest token, and what a form may leave out.
import { describe, expect, it } from 'vitest';
import { readStsRequest } from '../../../core/protocol/sts-query.ts';
import { codeOf, configWith, roleArn, secrets } from '../fixtures.ts';

const config = configWith();

function read(
  over: Readonly<Record<string, string>> = {},
  without: readonly string[] = [],
): ReturnType<typeof readStsRequest> {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'session',
    WebIdentityToken: secrets.token,
    ...over,
  });
  for (const name of without) form.delete(name);
  return readStsRequest(
    {
      method: 'POST',
      path: '/sts',
      query: new Map(),
      headers: new Map([['content-type', ['application/x-www-form-urlencoded']]]),
      body: new TextEncoder().encode(form.toString()),
      requestId: 'r',
    },
    config,
  );
}
const setOf = (RoleArn: string): string | undefined => read({ RoleArn }).request.permissionSet;

describe('RoleArn', () => {
  it.each([
    roleArn,
    'arn:aws:iam::999999999999:role/documents',
    'arn:aws-cn:iam::1:role/some/path/documents',
    'arn:aws:iam:::role/documents',
  ])('names the set: %s', (arn) => {
    expect(setOf(arn)).toBe('documents');
  });

  it.each([
    'xarn:aws:iam::1:role/documents',
    ' arn:aws:iam::1:role/documents',
    'documents',
    'role/documents',
    'arn:aws:iam::1:user/documents',
    'arn:aws:sts::1:role/documents',
    'arn:aws:iam:eu-west-1:1:role/documents',
    'arn:aws:iam::1:x:role/documents',
    'arn:a/b:iam::1:role/documents',
    'arn::iam::1:role/documents',
  ])('names none: %s', (arn) => {
    expect(setOf(arn)).toBe('');
  });

  it('of an unknown name is passed on as it is, for the answer that all unknown names get', () => {
    expect(setOf('arn:aws:iam::1:role/nobody')).toBe('nobody');
    expect(setOf('arn:aws:iam::1:role/documents/')).toBe('');
  });

  it('is needed', () => {
    expect(codeOf(() => read({}, ['RoleArn']))).toBe('request-invalid');
    expect(codeOf(() => read({ RoleArn: '' }))).toBe('request-invalid');
  });
});

describe('the token of a form', () => {
  const long = (length: number): string => `${'a'.repeat(length - 4)}.a.a`;

  it('has at most 8,192 characters, without the white space around it', () => {
    expect(read({ WebIdentityToken: ` ${long(8_192)}\n` }).token).toHaveLength(8_192);
    expect(codeOf(() => read({ WebIdentityToken: long(8_193) }))).toBe('token-invalid');
  });

  it('is missing where it is empty or not there', () => {
    expect(codeOf(() => read({ WebIdentityToken: ' \n' }))).toBe('token-missing');
    expect(codeOf(() => read({}, ['WebIdentityToken']))).toBe('token-missing');
  });
});

describe('further fields', () => {
  it('may be left out: the session name, and a duration for the default', () => {
    expect(read({}, ['RoleSessionName']).request).toEqual({ permissionSet: 'documents' });
    expect(read({ DurationSeconds: '900' }).request).toEqual({ permissionSet: 'documents', durationSeconds: 900 });
    expect(codeOf(() => read({ DurationSeconds: '' }))).toBe('duration-out-of-range');
  });

  it.each([
    ['Action', 'AssumeRole'],
    ['Action', 'assumerolewithwebidentity'],
    ['Version', '2011-06-16'],
    ['Version', ''],
  ])('must be ours: %s=%s is not found', (name, value) => {
    expect(codeOf(() => read({ [name]: value }))).toBe('not-found');
    expect(codeOf(() => read({}, [name]))).toBe('not-found');
  });
});
