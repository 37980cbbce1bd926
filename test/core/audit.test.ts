import { describe, expect, it } from 'vitest';
import { AuditTrail, type Attempt } from '../../core/audit.ts';
import { TvmError } from '../../core/errors.ts';
import { claimsWith, now, secrets, sha256 } from './fixtures.ts';

const attempt: Attempt = {
  requestId: 'request-1',
  startedAt: now * 1000 - 12.4,
  coldStart: true,
  sourceIp: '203.0.113.1',
  userAgent: 'aws-cli',
};
const main = { name: 'main', issuer: 'https://idp.example/' };

describe('an audit record', () => {
  it('of nothing known says what, when and who asked', () => {
    expect(new AuditTrail(attempt).toRecord('credentials.refused', now * 1000)).toEqual({
      event: 'credentials.refused',
      time: '2026-11-21T22:04:05.000Z',
      request_id: 'request-1',
      source_ip: '203.0.113.1',
      user_agent: 'aws-cli',
      latency_ms: 12,
      cold_start: true,
    });
  });

  it('knows the token by its hash only', () => {
    const trail = new AuditTrail(attempt);
    trail.token(secrets.token, sha256);
    const record = trail.toRecord('credentials.refused', now * 1000);
    expect(record.token_sha256).toBe(sha256(secrets.token));
    expect(JSON.stringify(record)).not.toContain(secrets.token);
  });

  it('SEC-RESP-03 does not carry the token where a caller or an unforeseen error quotes it', () => {
    const trail = new AuditTrail({ ...attempt, userAgent: `curl ${secrets.token}` });
    trail.token(secrets.token, sha256);
    trail.reason(`because ${secrets.token}${secrets.token}`);
    trail.refused(new TvmError('internal', { detail: `Error: bad token ${secrets.token}` }));
    const text = JSON.stringify(trail.toRecord('credentials.refused', now * 1000));
    expect(text).not.toContain(secrets.token);
    expect(text).toContain('bad token [token]');
  });

  it('takes jti and sub from verified claims only where they are strings', () => {
    const recordOf = (claims: Record<string, unknown>): unknown => {
      const trail = new AuditTrail(attempt);
      trail.claims(claimsWith(claims), main);
      return trail.toRecord('credentials.refused', now * 1000);
    };
    expect(recordOf({ jti: 'j1' })).toMatchObject({
      token_jti: 'j1',
      subject: 'alice',
      issuer: main.issuer,
      issuer_name: 'main',
    });
    for (const claims of [
      { jti: 5, sub: 5 },
      { jti: { a: 1 }, sub: null },
      { jti: ['x'], sub: ['y'] },
    ]) {
      expect(recordOf(claims)).not.toHaveProperty('token_jti');
      expect(recordOf(claims)).not.toHaveProperty('subject');
    }
  });

  it('cannot be made to forge a line: control characters stay inside one JSON string', () => {
    const trail = new AuditTrail({ ...attempt, userAgent: 'x\n{"event":"credentials.vended"}\u2028' });
    trail.reason('a\r\nb\u0000"}');
    const line = JSON.stringify(trail.toRecord('credentials.refused', now * 1000));
    expect(line).not.toMatch(/[\r\n\0]/);
    expect(JSON.parse(line)).toMatchObject({ event: 'credentials.refused', reason: 'a\r\nb\u0000"}' });
  });

  it('keeps code and operator text of a refusal', () => {
    const trail = new AuditTrail(attempt);
    trail.refused(new TvmError('tenant-invalid', { detail: 'why' }));
    expect(trail.toRecord('credentials.refused', now * 1000)).toMatchObject({ code: 'tenant-invalid', detail: 'why' });
  });
});
