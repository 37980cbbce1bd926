// token-vending-machine/client as it is shipped: the built bundle, the real S3Client, local mode.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Client from '../../client/index.ts';
import { startMachine, type Machine } from './fixtures.ts';

let machine: Machine;
let client: typeof Client;

beforeAll(async () => {
  machine = await startMachine();
  client = (await import(pathToFileURL('dist/client/index.js').href)) as typeof Client;
});

afterAll(() => machine.local.stop());

function s3With(credentials: Client.CredentialProvider): S3Client {
  return new S3Client({ region: machine.local.region, endpoint: machine.local.aws, forcePathStyle: true, credentials });
}

async function read(s3: S3Client, key: string): Promise<string | undefined> {
  const { Body: body } = await s3.send(
    new GetObjectCommand({ Bucket: machine.local.account.buckets[0]!.name, Key: key }),
  );
  return body?.transformToString();
}

describe('fromTokenVendingMachine', () => {
  it("reads the tenant's objects and nobody else's through the real S3Client, on one vend", async () => {
    const { url, mintToken } = machine.local;
    const before = machine.vends();
    const s3 = s3With(client.fromTokenVendingMachine({ url, token: () => mintToken({ tenant: 'acme' }) }));
    const all = await Promise.all(Array.from({ length: 8 }, () => read(s3, 'acme/hello.txt')));
    expect(new Set(all)).toEqual(new Set(['hello from acme\n']));
    await expect(read(s3, 'globex/hello.txt')).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(machine.vends() - before).toBe(1);
  });

  it('keeps tenants apart in one process', async () => {
    const { url, mintToken } = machine.local;
    const providers = client.createTokenVendingMachineProviders({ url, max: 10 });
    const [acme, globex] = await Promise.all([
      mintToken({ tenant: 'acme' }),
      mintToken({ tenant: 'globex', subject: 'gina' }),
    ]);
    expect(await read(s3With(providers(acme)), 'acme/hello.txt')).toBe('hello from acme\n');
    expect(await read(s3With(providers(globex)), 'globex/hello.txt')).toBe('hello from globex\n');
    await expect(read(s3With(providers(globex)), 'acme/hello.txt')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it("gives the machine's refusal to the caller of the SDK", async () => {
    const { url, mintToken } = machine.local;
    const expired = await mintToken({ tenant: 'acme', expiresIn: -300 });
    await expect(
      read(s3With(client.fromTokenVendingMachine({ url, token: expired })), 'acme/hello.txt'),
    ).rejects.toMatchObject({
      name: 'VendRefusedError',
      code: 'token-expired',
    });
  });

  it('is one file without imports that needs nothing of Node', async () => {
    const source = readFileSync('dist/client/index.js', 'utf8');
    expect(source).not.toMatch(/\bimport\b|\brequire\b|node:|\bprocess\b|\bBuffer\b/);
    // A context with nothing but what browsers have as well.
    const platform = { fetch, AbortSignal, Headers, URL, setTimeout, TypeError };
    const provider = runInNewContext(
      `${source.replace(/export \{[\s\S]*\};/, '')}; fromTokenVendingMachine`,
      platform,
    ) as typeof client.fromTokenVendingMachine;
    const token = await machine.local.mintToken({ tenant: 'acme' });
    expect((await provider({ url: machine.local.url, token })()).accountId).toBe('111122223333');
  });
});
