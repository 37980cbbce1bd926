import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../core/audit.ts';
import type { Vended } from '../../core/credentials.ts';
import { TvmError, type TvmErrorCode } from '../../core/errors.ts';
import type { Machine } from '../../core/ports.ts';
import type { VendRequest } from '../../core/request.ts';
import { identify, recordPreflight, vend } from '../../core/vend.ts';
import {
  assumedRoleFor,
  claimsWith,
  configWith,
  issuerInput,
  now,
  permissionSetInput,
  rejectedCodeOf,
  roleArn,
  secrets,
  sha256,
  stubMachine,
  type Json,
  type StubMachine,
} from './fixtures.ts';

const attempt: Attempt = { requestId: 'request-1', startedAt: now * 1000, coldStart: false };
const { signal } = new AbortController();

function run(machine: Machine, request: VendRequest = {}): Promise<Vended> {
  return vend(machine, attempt, () => ({ token: secrets.token, request }), signal);
}
const refusing =
  (code: TvmErrorCode): (() => Promise<never>) =>
  () =>
    Promise.reject(new TvmError(code, { detail: 'scripted' }));
function expectNoSecret(machine: StubMachine): void {
  const text = JSON.stringify(machine.records);
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  for (const part of secrets.token.split('.')) expect(text).not.toContain(part);
}

describe('vending', () => {
  it('verifies, assumes, records, and then gives', async () => {
    const machine = stubMachine();
    const vended = await run(machine, { reason: 'ticket 5' });
    expect(machine.steps).toEqual(['verify', 'assume', 'audit']);
    expect(vended).toMatchObject({
      grant: { tenant: 'acme' },
      role: { secretAccessKey: secrets.secretAccessKey },
      madeAt: now,
    });
    const { roleSessionName, policy } = machine.assumed[0]!;
    expect(machine.records).toEqual([
      {
        event: 'credentials.vended',
        time: '2026-11-21T22:04:05.000Z',
        request_id: 'request-1',
        tenant_id: 'acme',
        subject: 'alice',
        issuer: 'https://idp.example/',
        issuer_name: 'main',
        permission_set: 'documents',
        reason: 'ticket 5',
        token_sha256: sha256(secrets.token),
        duration_seconds: 3600,
        expires_at: '2026-11-21T23:04:05Z',
        role_arn: roleArn,
        session_name: roleSessionName,
        source_identity: 'alice',
        access_key_id: 'ASIAEXAMPLE000000001',
        policy_sha256: sha256(policy),
        packed_policy_percent: 12,
        cache: 'off',
        latency_ms: 0,
        sts_ms: 0,
        cold_start: false,
      },
    ]);
    expectNoSecret(machine);
  });

  it('hands the token and the deadline to the ports as they are', async () => {
    const seen: unknown[] = [];
    const machine = stubMachine({
      verifyToken: async (token, given) => {
        seen.push(token, given);
        return claimsWith();
      },
      assumeRole: async (input, given) => {
        seen.push(given);
        return assumedRoleFor(input);
      },
    });
    await run(machine);
    expect(seen).toEqual([secrets.token, signal, signal]);
  });

  const strict = configWith({
    issuers: [issuerInput({ tenants: ['acme', 'globex'], permissionSets: ['documents', 'admin', 'big', 'folder'] })],
    session: { capToTokenExpiry: true },
    permissionSets: {
      documents: permissionSetInput(),
      admin: permissionSetInput({ requires: [{ claim: 'role', equals: 'admin' }] }),
      big: permissionSetInput({
        statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::b/${'x'.repeat(2100)}` }],
      }),
      folder: permissionSetInput({ parameters: { folder: { from: 'request' } } }),
      other: permissionSetInput(),
    },
    defaultPermissionSet: 'documents',
  });
  const atDecision: readonly (readonly [string, TvmErrorCode, Json, VendRequest])[] = [
    ['a missing tenant', 'tenant-invalid', { tenant: undefined }, {}],
    ['a tenant that is a list', 'tenant-invalid', { tenant: ['acme'] }, {}],
    ['a tenant with a star', 'tenant-invalid', { tenant: '*' }, {}],
    ['a tenant of another issuer', 'tenant-not-allowed', { tenant: 'initech' }, {}],
    ['an unknown permission set', 'permission-set-denied', {}, { permissionSet: 'nope' }],
    ['a forbidden permission set', 'permission-set-denied', {}, { permissionSet: 'admin' }],
    ['a permission set the issuer may not ask for', 'permission-set-denied', {}, { permissionSet: 'other' }],
    ['a token that ends too soon', 'token-expires-too-soon', { exp: now + 100 }, {}],
    ['a subject with a control character', 'token-invalid', { sub: 'a\n' }, {}],
    ['a missing parameter', 'parameter-invalid', {}, { permissionSet: 'folder' }],
    ['a hostile parameter', 'parameter-invalid', {}, { permissionSet: 'folder', parameters: { folder: '../*' } }],
    ['an undeclared parameter', 'parameter-invalid', {}, { parameters: { x: 'y' } }],
    ['SEC-STS-01 a policy over 2,048 characters', 'policy-too-large', {}, { permissionSet: 'big' }],
  ];

  it.each(atDecision)('P4: makes no AssumeRole call on %s, and records it once', async (_, code, claims, request) => {
    const machine = stubMachine({ config: strict }, claimsWith(claims));
    expect(await rejectedCodeOf(run(machine, request))).toBe(code);
    expect(machine.steps).toEqual(['verify', 'audit']);
    expect(machine.records).toMatchObject([
      { event: 'credentials.refused', code, token_sha256: sha256(secrets.token), issuer_name: 'main' },
    ]);
    expectNoSecret(machine);
  });

  it.each<TvmErrorCode>(['token-invalid', 'token-expired', 'token-not-yet-valid', 'issuer-unavailable', 'internal'])(
    'P4: decides nothing after the verifier says %s',
    async (code) => {
      const machine = stubMachine({ verifyToken: refusing(code) });
      expect(await rejectedCodeOf(run(machine))).toBe(code);
      expect(machine.steps).toEqual(['verify', 'audit']);
      expect(machine.records).toMatchObject([{ event: 'credentials.refused', code }]);
      expect(machine.records[0]).not.toHaveProperty('tenant_id');
      expect(machine.records[0]).not.toHaveProperty('issuer');
    },
  );

  it.each<TvmErrorCode>([
    'token-missing',
    'token-invalid',
    'request-invalid',
    'method-not-allowed',
    'request-too-large',
  ])('P4: verifies nothing where reading the request says %s', async (code) => {
    const machine = stubMachine();
    const promise = vend(
      machine,
      attempt,
      () => {
        throw new TvmError(code);
      },
      signal,
    );
    expect(await rejectedCodeOf(promise)).toBe(code);
    expect(machine.steps).toEqual(['audit']);
    expect(machine.records).toMatchObject([{ event: 'credentials.refused', code }]);
  });

  it.each<TvmErrorCode>(['sts-unavailable', 'upstream-invalid', 'misconfigured', 'policy-too-large'])(
    'SEC-STS-02 calls STS once and records once where it says %s',
    async (code) => {
      const machine = stubMachine({ assumeRole: refusing(code) });
      expect(await rejectedCodeOf(run(machine))).toBe(code);
      expect(machine.steps).toEqual(['verify', 'assume', 'audit']);
      expect(machine.records).toMatchObject([
        { event: 'credentials.refused', code, tenant_id: 'acme', permission_set: 'documents', sts_ms: 0 },
      ]);
      expect(machine.records[0]).not.toHaveProperty('access_key_id');
      expectNoSecret(machine);
    },
  );

  it.each([
    ['of another session', { assumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/tvm-documents/globex@gina' }],
    ['that has ended', { expiration: now - 1 }],
    ['that ends nowhere', { expiration: Number.NaN }],
  ])('vends nothing where STS answers with credentials %s', async (_, over) => {
    const machine = stubMachine({ assumeRole: async (input) => assumedRoleFor(input, over) });
    expect(await rejectedCodeOf(run(machine))).toBe('upstream-invalid');
    expect(machine.records).toMatchObject([{ event: 'credentials.refused', code: 'upstream-invalid' }]);
    expectNoSecret(machine);
  });

  it('turns what nobody foresaw into one internal refusal', async () => {
    for (const port of [
      { verifyToken: () => Promise.reject(new RangeError('x')) },
      { assumeRole: () => Promise.reject(new TypeError('x')) },
      {
        sha256: (): string => {
          throw new TypeError('x');
        },
      },
    ]) {
      const machine = stubMachine(port);
      expect(await rejectedCodeOf(run(machine))).toBe('internal');
      expect(machine.records).toMatchObject([{ event: 'credentials.refused', code: 'internal' }]);
    }
  });

  it('survives ports that throw at once instead of rejecting', async () => {
    const machine = stubMachine();
    const broken: Machine = {
      ...machine,
      assumeRole: () => {
        throw new TypeError('x');
      },
    };
    expect(await rejectedCodeOf(run(broken))).toBe('internal');
    expect(machine.records).toHaveLength(1);
  });

  it('SEC-RESP-03 records no token, also where a library’s error quotes it', async () => {
    const machine = stubMachine({ verifyToken: (token) => Promise.reject(new TypeError(`cannot read ${token}`)) });
    expect(await rejectedCodeOf(run(machine))).toBe('internal');
    expectNoSecret(machine);
  });

  it('SEC-RESP-06 vends nothing where the record cannot be written', async () => {
    const machine = stubMachine({ writeAudit: () => Promise.reject(new TypeError('stdout is closed')) });
    await expect(run(machine)).rejects.toMatchObject({ code: 'internal' });
    expect(machine.steps).toEqual(['verify', 'assume', 'audit']);
  });

  it('does not write a second record where the first one failed', async () => {
    const machine = stubMachine({
      verifyToken: refusing('token-invalid'),
      writeAudit: () => Promise.reject(new TypeError('stdout is closed')),
    });
    await expect(run(machine)).rejects.toThrow();
    expect(machine.records).toHaveLength(1);
  });

  it('waits for the record before it gives', async () => {
    let written = false;
    const machine = stubMachine({
      writeAudit: async () => {
        await Promise.resolve();
        await Promise.resolve();
        written = true;
      },
    });
    await run(machine);
    expect(written).toBe(true);
  });

  it('P5: gives concurrent requests of two tenants their own credentials', async () => {
    const config = configWith();
    const machine = stubMachine({
      config,
      verifyToken: async (token) => claimsWith({ tenant: token, sub: `user-of-${token}` }),
    });
    const vended = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 'acme' : 'globex')).map(async (tenant) => {
        const { grant, input } = await vend(machine, attempt, () => ({ token: tenant, request: {} }), signal);
        return [
          tenant,
          grant.tenant,
          input.tags[0]!.value,
          input.policy.includes(`tenants/${tenant}/`),
          input.sourceIdentity,
        ];
      }),
    );
    for (const [tenant, ...rest] of vended) expect(rest).toEqual([tenant, tenant, true, `user-of-${String(tenant)}`]);
    for (const [index, input] of machine.assumed.entries()) {
      const tenant = input.tags[0]!.value;
      expect(input.policy).not.toContain(tenant === 'acme' ? 'globex' : 'acme');
      expect(machine.records[index]?.event).toBe('credentials.vended');
    }
  });
});

describe('identify', () => {
  const ask = (machine: Machine): Promise<unknown> => identify(machine, attempt, () => secrets.token, signal);

  it('tells who the caller is, without STS, and records it', async () => {
    const machine = stubMachine();
    expect(await ask(machine)).toEqual({
      tenant: 'acme',
      subject: 'alice',
      issuer: 'https://idp.example/',
      permissionSets: ['documents'],
      tokenExpiresAt: now + 3600,
    });
    expect(machine.steps).toEqual(['verify', 'audit']);
    expect(machine.records).toMatchObject([{ event: 'identity.read', tenant_id: 'acme' }]);
    expectNoSecret(machine);
  });

  it('refuses as vending does', async () => {
    for (const [claims, code] of [
      [{ tenant: '*' }, 'tenant-invalid'],
      [{ sub: '' }, 'token-invalid'],
    ] as const) {
      const machine = stubMachine({}, claimsWith(claims));
      expect(await rejectedCodeOf(ask(machine))).toBe(code);
      expect(machine.records).toMatchObject([{ event: 'identity.refused', code }]);
    }
  });

  it('tells nothing where the record cannot be written', async () => {
    await expect(ask(stubMachine({ writeAudit: () => Promise.reject(new TypeError('closed')) }))).rejects.toMatchObject(
      { code: 'internal' },
    );
  });
});

describe('a preflight', () => {
  it('is recorded once and calls nothing', async () => {
    const machine = stubMachine();
    await recordPreflight(machine, attempt);
    expect(machine.steps).toEqual(['audit']);
  });
});
