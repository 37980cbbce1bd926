import { describe, expect, it } from 'vitest';
import { TvmError } from '../../../core/errors.ts';
import { errorDocumentation, renderProblem } from '../../../core/protocol/problem.ts';

const options = { requestId: 'r', now: 0, asProblem: false, publicDiagnostics: false };

describe('a problem document', () => {
  it('names its explanation, and SDK members equal the RFC 9457 ones', () => {
    const body = JSON.parse(
      renderProblem(new TvmError('token-expired', { detail: 'private' }), options).body,
    ) as Record<string, unknown>;
    expect(body).toMatchObject({
      type: `${errorDocumentation}#token-expired`,
      status: 401,
      Code: 'ExpiredTokenException',
      RequestId: 'r',
      ServerTime: '1970-01-01T00:00:00Z',
    });
    expect(body['Message']).toBe(body['detail']);
    expect(JSON.stringify(body)).not.toContain('private');
  });

  it('shows the reason of token-invalid only where diagnostics are public', () => {
    const refusal = new TvmError('token-invalid', { detail: 'private' });
    expect(renderProblem(refusal, options).body).not.toContain('private');
    expect(renderProblem(refusal, { ...options, publicDiagnostics: true }).body).toContain('private');
    expect(
      renderProblem(new TvmError('tenant-invalid', { detail: 'private' }), { ...options, publicDiagnostics: true })
        .body,
    ).not.toContain('private');
  });
});
