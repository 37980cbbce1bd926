// P4, P5, P10 and P13 for any request: what is refused costs no AssumeRole, what is vended is the verified tenant's, work is
// bounded, and no secret is where it should not be.
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer } from '../../core/answer.ts';
import { errorTable, TvmError, type TvmErrorCode } from '../../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../../core/protocol/http.ts';
import { assumedRoleArn } from '../../core/session.ts';
import { createAuditSink } from '../../lambda/audit-sink.ts';
import {
  assumedRoleFor,
  claimsWith,
  configWith,
  permissionSetInput,
  secrets,
  stubMachine,
  type StubMachine,
} from './fixtures.ts';

const config = configWith({
  explain: true,
  permissionSets: {
    documents: permissionSetInput(),
    billing: permissionSetInput({
      roleArn: 'arn:aws:iam::111122223333:role/tvm-billing',
      requires: [{ claim: 'plan', equals: 'gold' }],
    }),
  },
  defaultPermissionSet: 'documents',
});
const { signal } = new AbortController();
const codes = Object.keys(errorTable) as TvmErrorCode[];

/** A token of its own for each run, so that finding it anywhere means something. */
const token = fc.stringMatching(/^[A-Za-z0-9_-]{24,40}$/).map((text) => `eyJ${text}.eyJ${text}.${text}`);
const claim = fc.oneof(
  fc.constantFrom('acme', 'globex', 'a'),
  fc.constantFrom<unknown>('a..b', '*', '', 5, null, ['acme'], undefined),
  fc.string({ maxLength: 70 }),
);

/** One time in five. */
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

interface Asked {
  readonly token: string;
  readonly request: HttpRequest;
  readonly tenant: unknown;
  readonly plan: unknown;
  readonly verifierRefuses: TvmErrorCode | undefined;
  readonly stsRefuses: TvmErrorCode | undefined;
}

const asked: fc.Arbitrary<Asked> = fc
  .record({
    token,
    method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'DELETE', 'OPTIONS'),
    path: fc.constantFrom(
      '/v1/credentials',
      '/v1/credentials/documents',
      '/v1/credentials/billing',
      '/v1/credentials/none',
      '/v1/identity',
      '/v1/explain',
      '/sts',
      '/healthz',
      '/nothing',
    ),
    place: fc.constantFrom(
      'header',
      'header',
      'bare',
      'bare',
      'form',
      'query',
      'cookie',
      'body',
      'agent',
      'twice',
      'nowhere',
    ),
    body: fc.constantFrom('', '{}', '{"durationSeconds":900}', '{"tenant":"globex"}', '{', '{"reason":"TOKEN"}'),
    tenant: claim,
    plan: fc.constantFrom('gold', 'free', undefined),
    verifierRefuses: rarely(fc.constantFrom(...codes)),
    stsRefuses: rarely(
      fc.constantFrom<TvmErrorCode>('sts-unavailable', 'misconfigured', 'policy-too-large', 'upstream-invalid'),
    ),
  })
  .map(({ token: text, method, path, place, body, ...rest }) => {
    const form = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::1:role/documents',
      RoleSessionName: 's',
      WebIdentityToken: text,
    });
    const isForm = place === 'form' || path === '/sts';
    const headers = new Map<string, readonly string[]>([
      ['content-type', [isForm ? 'application/x-www-form-urlencoded' : 'application/json']],
      ['user-agent', [place === 'agent' ? `curl ${text}` : 'curl']],
    ]);
    if (place === 'header' || place === 'query') headers.set('authorization', [`Bearer ${text}`]);
    if (place === 'bare' || place === 'agent' || place === 'body') headers.set('authorization', [text]);
    if (place === 'twice') headers.set('authorization', [text, text]);
    if (place === 'cookie') headers.set('cookie', [`token=${text}`]);
    const content = isForm
      ? form.toString()
      : place === 'body'
        ? JSON.stringify({ reason: text })
        : body.replace('TOKEN', text);
    const query = new Map(place === 'query' ? [['access_token', [text]] as const] : []);
    const request = { method, path, query, headers, body: new TextEncoder().encode(content), requestId: 'request-1' };
    return { ...rest, token: text, request };
  });

/** The record as it is written: the sink takes out what has the shape of a token. */
let written = '';
const log = new Writable({
  write: (chunk: Buffer, _, done) => {
    written += chunk.toString();
    done();
  },
});
const writeAudit = createAuditSink(() => log);

async function run({
  token: text,
  request,
  tenant,
  plan,
  verifierRefuses,
  stsRefuses,
}: Asked): Promise<{ readonly machine: StubMachine; readonly response: HttpResponse }> {
  const machine = stubMachine({
    config,
    verifyToken: async (given) => {
      if (verifierRefuses !== undefined || given !== text)
        throw new TvmError(verifierRefuses ?? 'token-invalid', { detail: `no ${given}` });
      return claimsWith({ tenant, plan });
    },
    assumeRole: async (input) => {
      if (stsRefuses !== undefined) throw new TvmError(stsRefuses, { detail: `near ${text}` });
      return assumedRoleFor(input, { assumedRoleArn: assumedRoleArn(input.roleArn, input.roleSessionName) });
    },
    writeAudit,
  });
  return { machine, response: await answer(machine, request, { signal, coldStart: false }) };
}

const hasCredentials = (text: string): boolean =>
  text.includes(secrets.secretAccessKey) || text.includes(secrets.sessionToken);

describe('for any request', () => {
  it('P4: a refusal has asked STS only where STS itself refused, and no credential-shaped byte leaves', async () => {
    let [refusals, vends] = [0, 0];
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        const { machine, response } = await run(one);
        if (response.status >= 400) {
          refusals += 1;
          expect(one.stsRefuses === undefined ? machine.assumed : []).toEqual([]);
          expect(hasCredentials(JSON.stringify(response))).toBe(false);
        } else if (machine.assumed.length > 0) vends += 1;
      }),
      { numRuns: 1_500, seed: 4 },
    );
    expect(refusals).toBeGreaterThan(500);
    expect(vends).toBeGreaterThan(20);
  });

  it('P5: an AssumeRole carries the tenant of the verified claim, in tag, policy and name', async () => {
    const tenants = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        const { machine } = await run(one);
        for (const input of machine.assumed) {
          tenants.add(one.tenant);
          expect(input.tags[0]).toEqual({ key: 'TenantId', value: one.tenant });
          expect(input.transitiveTagKeys).toEqual(['TenantId']);
          expect(input.policy).toContain(`tenants/${String(one.tenant)}/*`);
          expect(input.sourceIdentity).toBe('alice');
          expect(input.roleSessionName.startsWith(String(one.tenant).slice(0, 8))).toBe(true);
        }
      }),
      { numRuns: 1_500, seed: 5 },
    );
    expect(tenants.size).toBeGreaterThan(1);
  });

  it('P10: one request costs at most one verification, one AssumeRole and one record, and an invalid one no AssumeRole', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        const { machine, response } = await run(one);
        const count = (step: string): number => machine.steps.filter((taken) => taken === step).length;
        expect([count('verify'), count('assume'), count('audit')].every((steps) => steps <= 1)).toBe(true);
        expect(response.status >= 400 && one.stsRefuses === undefined ? count('assume') : 0).toBe(0);
        expect(response.body.length).toBeLessThan(60_000);
      }),
      { numRuns: 1_000, seed: 10 },
    );
  });

  it('P13: neither the token nor a secret is in a record, in a header or in a refusal', async () => {
    let records = 0;
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        written = '';
        const { machine, response } = await run(one);
        records += machine.records.length;
        const shown = JSON.stringify(response.headers) + (response.status >= 400 ? response.body : '');
        for (const text of [written, shown]) {
          expect(text).not.toContain(one.token);
          expect(text).not.toContain(one.token.split('.')[2]);
          expect(hasCredentials(text)).toBe(false);
        }
        expect(response.body).not.toContain(one.token);
      }),
      { numRuns: 1_500, seed: 13 },
    );
    expect(records).toBeGreaterThan(500);
  });
});
