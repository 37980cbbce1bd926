// Metrics out of audit records: what is counted, under which dimensions, and that no caller can choose one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../core/audit.ts';
import { metricNamespace, metricService, renderMetrics, type MetricFacts } from '../../core/metrics.ts';

const quiet: MetricFacts = { stsThrottled: 0, jwksFailures: 0 };
const sets = { documents: {}, admin: {} };
const vended: AuditRecord = {
  event: 'credentials.vended',
  time: '2026-11-21T22:04:05.000Z',
  request_id: 'request-1',
  tenant_id: 'acme',
  subject: 'alice',
  permission_set: 'documents',
  packed_policy_percent: 34,
  cache: 'off',
  latency_ms: 41,
  sts_ms: 30,
  cold_start: false,
};
const { sts_ms: _sts, packed_policy_percent: _packed, permission_set: _set, cache: _cache, ...bare } = vended;
const refused: AuditRecord = { ...bare, event: 'credentials.refused', code: 'token-expired' };

const directive = (record: AuditRecord, facts = quiet): { Dimensions: string[][]; Metrics: { Name: string }[] } =>
  renderMetrics(record, facts, sets)!._aws.CloudWatchMetrics[0] as never;
const namesOf = (record: AuditRecord, facts = quiet): string[] =>
  directive(record, facts).Metrics.map(({ Name: name }) => name);

describe('renderMetrics', () => {
  it('renders a vend as the embedded metric format has it', () => {
    expect(renderMetrics(vended, quiet, sets)).toEqual({
      _aws: {
        Timestamp: 1_795_298_645_000,
        CloudWatchMetrics: [
          {
            Namespace: 'TokenVendingMachine',
            Dimensions: [['service'], ['service', 'permission_set']],
            Metrics: [
              { Name: 'Vended', Unit: 'Count' },
              { Name: 'Latency', Unit: 'Milliseconds' },
              { Name: 'StsLatency', Unit: 'Milliseconds' },
              { Name: 'PackedPolicySize', Unit: 'Percent' },
            ],
          },
        ],
      },
      service: 'token-vending-machine',
      permission_set: 'documents',
      request_id: 'request-1',
      Vended: 1,
      Latency: 41,
      StsLatency: 30,
      PackedPolicySize: 34,
    });
    expect([metricNamespace, metricService]).toEqual(['TokenVendingMachine', 'token-vending-machine']);
  });

  it('counts a refusal by its code', () => {
    expect(renderMetrics(refused, quiet, sets)).toMatchObject({
      Refused: 1,
      permission_set: 'none',
      code: 'token-expired',
    });
    expect(directive(refused).Dimensions).toEqual([['service'], ['service', 'permission_set'], ['service', 'code']]);
    expect(namesOf(refused)).toEqual(['Refused', 'Latency']);
  });

  it('counts what happened on the way', () => {
    const facts = { stsThrottled: 2, jwksFailures: 1 };
    expect(renderMetrics({ ...vended, cache: 'hit', cold_start: true }, facts, sets)).toMatchObject({
      StsThrottled: 2,
      JwksFailures: 1,
      CacheHits: 1,
      ColdStart: 1,
    });
  });

  it('SEC-STS-02 tells how full STS found a policy that it refused', () => {
    const facts = { ...quiet, packedPolicyPercent: 137 };
    expect(renderMetrics({ ...refused, code: 'policy-too-large' }, facts, sets)).toMatchObject({
      PackedPolicySize: 137,
    });
  });

  it.each(['identity.read', 'identity.refused', 'credentials.preflight'] as const)(
    'counts %s neither as vended nor as refused, and tells of it only what concerns the environment',
    (event) => {
      expect(renderMetrics({ ...refused, event }, quiet, sets)).toBeUndefined();
      const metrics = renderMetrics({ ...refused, event, cold_start: true }, { ...quiet, jwksFailures: 2 }, sets);
      expect(metrics).toMatchObject({ JwksFailures: 2, ColdStart: 1 });
      expect(metrics?._aws.CloudWatchMetrics[0]).toMatchObject({ Dimensions: [['service']] });
      expect(metrics).not.toHaveProperty('Refused');
    },
  );

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'Documents', 'acme', ''])(
    'takes %j for no permission set and no code',
    (name) => {
      const metrics = renderMetrics({ ...refused, permission_set: name, code: name }, quiet, sets);
      expect(metrics).toMatchObject({ permission_set: 'none' });
      expect(metrics).not.toHaveProperty('code');
    },
  );

  it('leaves out a number that is none', () => {
    expect(namesOf({ ...vended, latency_ms: Number.NaN, sts_ms: Infinity })).toEqual(['Vended', 'PackedPolicySize']);
  });

  it('holds nothing of tenant, subject, token or words of anybody, whatever a record says', () => {
    const word = fc.string({ minLength: 12, maxLength: 40 });
    const untrusted = fc.record({
      tenant_id: word,
      subject: word,
      issuer: word,
      reason: word,
      token_jti: word,
      user_agent: word,
      detail: word,
      permission_set: word,
      code: word,
      source_ip: word,
      session_name: word,
    });
    const shape =
      /^\{"_aws":\{[^"]*"Timestamp":\d+,"CloudWatchMetrics":\[.*\]\},"service":"token-vending-machine","permission_set":"none","request_id":"request-1",("[A-Za-z]+":\d+,?)+\}$/;
    fc.assert(
      fc.property(untrusted, (facts) => {
        expect(JSON.stringify(renderMetrics({ ...refused, ...facts }, quiet, sets))).toMatch(shape);
      }),
    );
  });
});
