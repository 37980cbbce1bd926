// Our signature against AWS's own signer, also where the differential test of whole requests does not reach: odd paths, dates
// and credentials.
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signRequest } from '../../../lambda/sts/sign.ts';

class Sha256 {
  readonly #state: ReturnType<typeof createHmac> | ReturnType<typeof createHash>;

  constructor(secret?: Parameters<typeof createHmac>[1]) {
    this.#state = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data: Uint8Array): void {
    this.#state.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#state.digest();
  }

  reset(): void {
    throw new TypeError('not used');
  }
}

const printable = fc.stringMatching(/^[!-~]{1,40}$/);

it('does not take the key of a day, Region or secret for that of another', () => {
  const credentials = [1, 2].map((one) => ({ accessKeyId: `AKID${one}`, secretAccessKey: `secret-${one}` }));
  const common = { path: '/', headers: { host: 'sts' }, body: 'a=b' };
  const day = 86_400_000;
  for (const time of [0, day, 0, day]) {
    for (const region of ['us-east-1', 'eu-west-1', 'us-east-1']) {
      for (const who of credentials) {
        // The copy has no key kept for it.
        const fresh = signRequest({ ...common, region, time, credentials: { ...who } });
        expect(signRequest({ ...common, region, time, credentials: who })).toEqual(fresh);
      }
    }
  }
});

it('signs as AWS does, for 1,000 random requests', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        region: fc.constantFrom('us-east-1', 'cn-north-1', 'us-gov-west-1'),
        accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
        secretAccessKey: printable,
        sessionToken: fc.option(printable, { nil: undefined }),
        time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
        path: fc.constantFrom('/', '/sts/', '/a%20b/', '/a+b/~x/', "/it's(1)/"),
        body: fc.string({ unit: 'binary', maxLength: 200 }),
        value: fc.stringMatching(/^[ -~]{0,20}$/),
      }),
      async ({ region, accessKeyId, secretAccessKey, sessionToken, time, path, body, value }) => {
        const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
        const headers = { host: 'sts.example:8443', 'content-type': 'text/plain', 'x-extra': value };
        const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 as never });
        const request = new HttpRequest({ method: 'POST', hostname: 'sts.example', path, headers, body });
        const { headers: expected } = await signer.sign(request, { signingDate: new Date(time) });
        expect(signRequest({ region, credentials, time, path, headers, body })).toEqual(expected);
      },
    ),
    { numRuns: 1_000 },
  );
});
