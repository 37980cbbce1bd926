import { describe, expect, it } from 'vitest';
import { errorTable, TvmError, toTvmError, type TvmErrorCode } from '../../core/errors.ts';

type Row = readonly [
  code: TvmErrorCode,
  status: number,
  sdk: string,
  stsStatus: number,
  stsCode: string,
  retry: boolean,
];

// The table of contract.md section 2, row by row.
const contract: readonly Row[] = [
  ['token-missing', 401, 'MissingAuthenticationToken', 400, 'ValidationError', false],
  ['token-invalid', 401, 'IDPRejectedClaim', 403, 'IDPRejectedClaim', false],
  ['token-expired', 401, 'ExpiredTokenException', 400, 'ExpiredTokenException', false],
  ['token-expires-too-soon', 401, 'ExpiredTokenException', 400, 'ExpiredTokenException', false],
  ['token-not-yet-valid', 401, 'IDPRejectedClaim', 403, 'IDPRejectedClaim', false],
  ['token-replayed', 401, 'IDPRejectedClaim', 403, 'IDPRejectedClaim', false],
  ['tenant-invalid', 403, 'AccessDenied', 403, 'AccessDenied', false],
  ['tenant-not-allowed', 403, 'AccessDenied', 403, 'AccessDenied', false],
  ['tenant-disabled', 403, 'AccessDenied', 403, 'AccessDenied', false],
  ['permission-set-denied', 403, 'AccessDenied', 403, 'AccessDenied', false],
  ['request-invalid', 400, 'ValidationError', 400, 'ValidationError', false],
  ['parameter-invalid', 400, 'ValidationError', 400, 'ValidationError', false],
  ['duration-out-of-range', 400, 'ValidationError', 400, 'ValidationError', false],
  ['not-found', 404, 'InvalidAction', 400, 'InvalidAction', false],
  ['method-not-allowed', 405, 'InvalidAction', 400, 'InvalidAction', false],
  ['request-too-large', 413, 'ValidationError', 400, 'ValidationError', false],
  ['media-type-unsupported', 415, 'ValidationError', 400, 'ValidationError', false],
  ['rate-limited', 429, 'Throttling', 400, 'Throttling', true],
  ['misconfigured', 500, 'InternalFailure', 403, 'AccessDenied', false],
  ['policy-too-large', 500, 'PackedPolicyTooLarge', 400, 'PackedPolicyTooLarge', false],
  ['internal', 500, 'InternalFailure', 500, 'InternalFailure', true],
  ['upstream-invalid', 502, 'ServiceUnavailable', 503, 'ServiceUnavailable', true],
  ['issuer-unavailable', 503, 'IDPCommunicationError', 400, 'IDPCommunicationError', true],
  ['sts-unavailable', 503, 'ServiceUnavailable', 503, 'ServiceUnavailable', true],
];

describe('the error table', () => {
  it.each(contract)('has %s as the contract writes it', (code, status, sdk, stsStatus, stsCode, retryable) => {
    expect(errorTable[code]).toMatchObject({ status, code: sdk, sts: { status: stsStatus, code: stsCode }, retryable });
  });

  it('has no row beside those of the contract', () => {
    expect(Object.keys(errorTable).toSorted()).toEqual(contract.map(([code]) => code).toSorted());
  });

  it('says something constant and plain to the caller in every row', () => {
    for (const { title, detail } of Object.values(errorTable)) {
      expect(title).toMatch(/^[\x20-\x7e]+$/);
      expect(detail).toMatch(/^[\x20-\x7e]+\.$/);
    }
  });

  it('names AWS_ENDPOINT_URL_STS where an unknown action is answered', () => {
    expect(errorTable['not-found'].detail).toContain('AWS_ENDPOINT_URL_STS');
  });
});

describe('toTvmError', () => {
  it('keeps a refusal as it is', () => {
    const refusal = new TvmError('tenant-invalid', { detail: 'x' });
    expect(toTvmError(refusal)).toBe(refusal);
  });

  it.each([new TypeError('x'), 'text', undefined, null, 5, {}, { code: 'token-expired' }])(
    'makes %s an internal failure that keeps its cause',
    (thrown) => {
      const refusal = toTvmError(thrown);
      expect(refusal.code).toBe('internal');
      expect(refusal.cause).toBe(thrown);
    },
  );
});
