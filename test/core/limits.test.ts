import { describe, expect, it } from 'vitest';
import * as limits from '../../core/limits.ts';

describe('limits', () => {
  it('are those of STS', () => {
    expect(limits.sts).toMatchObject({
      minSessionSeconds: 900,
      maxChainedSessionSeconds: 3600,
      maxPolicyCharacters: 2048,
      maxPolicyArns: 10,
      sessionName: { minLength: 2, maxLength: 64 },
      sourceIdentity: { minLength: 2, maxLength: 64 },
      externalId: { minLength: 2, maxLength: 1224 },
      maxTags: 50,
      maxTagKeyLength: 128,
      maxTagValueLength: 256,
    });
  });

  it('are those of the contract', () => {
    expect(limits.tenantId).toEqual({ minLength: 1, maxLength: 63 });
    expect(limits.token).toMatchObject({
      maxBytes: 8192,
      maxKeyIdLength: 256,
      leewaySeconds: 30,
      defaultMaxAgeSeconds: 86_400,
    });
    expect(limits.http).toMatchObject({ maxBodyBytes: 10_240, maxFormBytes: 32_768, maxAnswerBytes: 9_500 });
    expect(limits.refresh).toEqual({ marginSeconds: 900, lifetimeFraction: 0.25 });
    expect(limits.maxReasonLength).toBe(256);
  });
});
