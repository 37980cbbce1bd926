import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TvmErrorCode } from '../../core/errors.ts';
import { parseQueryDuration, parseVendRequest } from '../../core/request.ts';
import { anyCharacter, codeOf, refusalOf } from './fixtures.ts';

describe('a vend request', () => {
  it('takes the four fields', () => {
    const body = { permissionSet: 'documents', durationSeconds: 900, parameters: { folder: 'a' }, reason: 'ticket 5' };
    expect(parseVendRequest(JSON.stringify(body))).toEqual(body);
    expect(parseVendRequest('{}')).toEqual({});
    expect(parseVendRequest('{"durationSeconds":null}')).toEqual({});
  });

  it.each<[string, TvmErrorCode]>([
    ['', 'request-invalid'],
    ['null', 'request-invalid'],
    ['[]', 'request-invalid'],
    ['"x"', 'request-invalid'],
    ['5', 'request-invalid'],
    ['{', 'request-invalid'],
    ['{}{}', 'request-invalid'],
    ['{"permissionSet":"a","permissionSet":"b"}', 'request-invalid'],
    ['{"permissionSet":null}', 'request-invalid'],
    ['{"permissionSet":5}', 'request-invalid'],
    ['{"permissionSet":["a"]}', 'request-invalid'],
    [`{"permissionSet":"${'a'.repeat(33)}"}`, 'request-invalid'],
    ['{"reason":5}', 'request-invalid'],
    ['{"reason":null}', 'request-invalid'],
    [`{"reason":"${'a'.repeat(257)}"}`, 'request-invalid'],
    ['{"reason":"\\ud800"}', 'request-invalid'],
    ['{"parameters":[]}', 'request-invalid'],
    ['{"parameters":"x"}', 'request-invalid'],
    ['{"parameters":null}', 'request-invalid'],
    ['{"parameters":{"a":5}}', 'parameter-invalid'],
    ['{"parameters":{"a":null}}', 'parameter-invalid'],
    ['{"parameters":{"a":["b"]}}', 'parameter-invalid'],
    ['{"parameters":{"a":"x","a":"y"}}', 'request-invalid'],
    ['{"parameters":{"a":{"b":{"c":{}}}}}', 'request-invalid'],
  ])('refuses %s', (body, code) => {
    expect(codeOf(() => parseVendRequest(body))).toBe(code);
  });

  it.each([
    'policy',
    'roleArn',
    'resources',
    'tags',
    'profile',
    'PermissionSet',
    'permissionset',
    'duration',
    'token',
    'access_token',
    'constructor',
    ' permissionSet',
    '',
  ])('SEC-REQ-03 refuses the field "%s"', (field) => {
    expect(codeOf(() => parseVendRequest(JSON.stringify({ [field]: {} })))).toBe('request-invalid');
  });

  it.each(['tenant', 'tenantId', 'TenantId', 'tenant_id'])('SEC-TEN-12 refuses a tenant as %s', (field) => {
    expect(codeOf(() => parseVendRequest(JSON.stringify({ [field]: 'globex' })))).toBe('request-invalid');
  });

  it('SEC-REQ-09 refuses __proto__ and pollutes nothing', () => {
    for (const body of [
      '{"__proto__":{"permissionSet":"admin"}}',
      '{"constructor":{"prototype":{"permissionSet":"admin"}}}',
      '{"parameters":{"__proto__":"x"}}',
    ])
      expect(codeOf(() => parseVendRequest(body))).toBe('request-invalid');
    expect(({} as { permissionSet?: unknown }).permissionSet).toBeUndefined();
  });

  it.each(['899', '0', '-1', '3601', '1e9', '"3600"', '3600.5', 'true', '[900]', '{}', '""'])(
    'SEC-STS-09 refuses durationSeconds %s',
    (duration) => {
      expect(codeOf(() => parseVendRequest(`{"durationSeconds":${duration}}`))).toBe('duration-out-of-range');
    },
  );

  it.each([900, 901, 3599, 3600])('SEC-STS-10 takes durationSeconds %d', (durationSeconds) => {
    expect(parseVendRequest(JSON.stringify({ durationSeconds }))).toEqual({ durationSeconds });
    expect(parseQueryDuration(String(durationSeconds))).toBe(durationSeconds);
  });

  it.each([
    '',
    ' ',
    '899',
    '3601',
    '7200',
    '-900',
    '+900',
    '900.0',
    '9e2',
    '0x384',
    '900 ',
    ' 900',
    '900\n',
    '900s',
    'NaN',
    'Infinity',
    '９００',
    '9'.repeat(400),
  ])('SEC-STS-09 refuses the query duration "%s"', (text) => {
    expect(codeOf(() => parseQueryDuration(text))).toBe('duration-out-of-range');
  });

  it('SEC-REQ-07 refuses over 10,240 characters, unparsed', () => {
    expect(codeOf(() => parseVendRequest(`{"reason":"${'a'.repeat(10_240)}"}`))).toBe('request-too-large');
  });

  it('takes a reason of 256 characters', () => {
    expect(parseVendRequest(JSON.stringify({ reason: 'a'.repeat(256) })).reason).toHaveLength(256);
  });

  it('answers any text with a request or a refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.json()), (text) => {
        try {
          parseVendRequest(text);
        } catch {
          expect(['request-invalid', 'parameter-invalid', 'duration-out-of-range', 'request-too-large']).toContain(
            codeOf(() => parseVendRequest(text)),
          );
        }
      }),
    );
  });

  it('never quotes the body in a refusal', () => {
    for (const body of ['{"secret":1}', 'secret', '{"parameters":{"secret":1}}', '{"durationSeconds":"secret"}'])
      expect(refusalOf(() => parseVendRequest(body)).message).not.toContain('secret');
  });
});
