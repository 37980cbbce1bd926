// The handler as Lambda calls it: any event in, a well-formed answer out, one audit line per credential request.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../core/audit.ts';
import { parseVendingConfig } from '../../core/config.ts';
import { TvmError } from '../../core/errors.ts';
import type { Machine } from '../../core/ports.ts';
import { createMachineHandler, type Handler } from '../../lambda/handler.ts';

const config = parseVendingConfig({
  issuers: [{ name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } }],
  permissionSets: {
    documents: {
      roleArn: 'arn:aws:iam::111122223333:role/documents',
      statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
    },
  },
});

function start(ports: Partial<Machine> = {}): { handler: Handler; records: AuditRecord[] } {
  const records: AuditRecord[] = [];
  const machine: Machine = {
    config,
    verifyToken: async () => ({ issuerIndex: 0, all: { sub: 'alice', tenant: 'acme' }, expiresAt: 2_000_000_000 }),
    assumeRole: async (input) => ({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'top-secret',
      sessionToken: 'session-token',
      expiration: Math.floor(Date.now() / 1000) + input.durationSeconds,
      assumedRoleArn: `arn:aws:sts::111122223333:assumed-role/documents/${input.roleSessionName}`,
    }),
    writeAudit: async (record) => void records.push(record),
    sha256: () => 'f'.repeat(64),
    clock: () => Date.now(),
    ...ports,
  };
  return { handler: createMachineHandler(machine), records };
}

const event = (path = '/v1/credentials', method = 'GET', headers: object = { authorization: 'a.b.c' }): object => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers,
  requestContext: { requestId: 'rid', stage: '$default', http: { method, sourceIp: '192.0.2.1' } },
});

describe('the handler', () => {
  it("vends and answers in the gateway's dialect, with the same request id in answer, header and audit record", async () => {
    const { handler, records } = start();
    const result = await handler(event());
    expect(result).toMatchObject({
      statusCode: 200,
      isBase64Encoded: false,
      headers: { 'X-Request-Id': 'rid', 'Cache-Control': 'no-store' },
    });
    expect(JSON.parse(result.body)).toMatchObject({ Token: 'session-token', RequestId: 'rid' });
    expect(records).toMatchObject([
      { event: 'credentials.vended', request_id: 'rid', tenant_id: 'acme', source_ip: '192.0.2.1' },
    ]);
  });

  it('says which request was the first of its environment', async () => {
    const { handler, records } = start();
    await handler(event());
    await handler(event());
    expect(records.map(({ cold_start: coldStart }) => coldStart)).toEqual([true, false]);
  });

  it('gives the ports a deadline of the remaining time less half a second', async () => {
    let signal: AbortSignal | undefined;
    const { handler } = start({
      assumeRole: (_, given) => {
        signal = given;
        return new Promise((_resolve, reject) =>
          given.addEventListener('abort', () => reject(new TvmError('sts-unavailable'))),
        );
      },
    });
    const startedAt = performance.now();
    const result = await handler(event(), { getRemainingTimeInMillis: () => 700.5 });
    expect([result.statusCode, signal?.aborted]).toEqual([503, true]);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  });

  it('answers a warm-up ping with nothing and records nothing', async () => {
    const { handler, records } = start();
    await expect(handler({ source: 'aws.events' })).resolves.toMatchObject({ statusCode: 204, body: '' });
    expect(records).toEqual([]);
  });

  it('vends nothing where the audit record cannot be written', async () => {
    const { handler } = start({ writeAudit: () => Promise.reject(new TypeError('disk full')) });
    const result = await handler(event());
    expect(result.statusCode).toBe(500);
    expect(JSON.stringify(result)).not.toMatch(/top-secret|session-token|ASIAEXAMPLE|disk full/);
  });

  it('P12 answers any JSON at all, and never with credentials', async () => {
    const { handler } = start({ verifyToken: () => Promise.reject(new TvmError('token-invalid')) });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (json) => {
        const result = await handler(json);
        expect(result.statusCode).toBeGreaterThanOrEqual(200);
        expect(result.body).not.toContain('top-secret');
      }),
      { numRuns: 300 },
    );
  });
});
