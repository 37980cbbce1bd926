// The dry run: what would be vended, and what one request with it would be decided.
import { describe, expect, it } from 'vitest';
import { parseExplainRequest, principalOf } from '../../core/explanation.ts';

const read = (body: object): ReturnType<typeof parseExplainRequest> => parseExplainRequest(JSON.stringify(body));

describe('parseExplainRequest', () => {
  it('takes what a vend takes, and a question', () => {
    expect(read({ permissionSet: 'documents', action: 's3:GetObject', resource: 'arn:aws:s3:::b/x' })).toEqual({
      vend: { permissionSet: 'documents' },
      question: { action: 's3:GetObject', resource: 'arn:aws:s3:::b/x', context: {} },
    });
    expect(parseExplainRequest('')).toEqual({ vend: {} });
  });

  it.each<[string, object, string]>([
    ['an unknown field', { tenant: 'globex' }, 'request-invalid'],
    ['a context without a question', { context: { k: 'v' } }, 'request-invalid'],
    ['a context that is null', { action: 'a:b', resource: 'x', context: null }, 'request-invalid'],
    ['an action without a resource', { action: 's3:GetObject' }, 'request-invalid'],
    ['an action that is no string', { action: 5, resource: 'x' }, 'request-invalid'],
    ['a context of numbers', { action: 'a:b', resource: 'x', context: { k: 1 } }, 'request-invalid'],
    ['a context of lists of numbers', { action: 'a:b', resource: 'x', context: { k: [1] } }, 'request-invalid'],
    ['a context that is a list', { action: 'a:b', resource: 'x', context: [] }, 'request-invalid'],
    ['a duration out of range', { durationSeconds: 60 }, 'duration-out-of-range'],
  ])('refuses %s', (_, body, code) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it.each(['{', '[]', '"x"', '{"a":1,"a":2}', `{"reason":"${'x'.repeat(11_000)}"}`])(
    'refuses the body %.20s',
    (body) => {
      expect(() => parseExplainRequest(body)).toThrow();
    },
  );
});

describe('principalOf', () => {
  it("drops the path of the role in the session's ARN", () => {
    expect(principalOf('arn:aws-cn:iam::111122223333:role/tvm/documents', 'acme@alice', { TenantId: 'acme' })).toEqual({
      arn: 'arn:aws-cn:iam::111122223333:role/tvm/documents',
      sessionArn: 'arn:aws-cn:sts::111122223333:assumed-role/documents/acme@alice',
      accountId: '111122223333',
      tags: { TenantId: 'acme' },
    });
  });
});
