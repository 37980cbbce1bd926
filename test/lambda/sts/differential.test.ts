// The direct connection against AWS's own client as oracle: equal requests for equal inputs, equal outcomes for equal answers,
// equal endpoints for equal Regions. What the oracle takes and we do not is unreadable to us, never something else.
import { STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssumeRoleInput } from '../../../core/session.ts';
import type { StsConnection } from '../../../lambda/sts/connection.ts';
import { openDirectConnection } from '../../../lambda/sts/direct-connection.ts';
import { regionalStsEndpoint } from '../../../lambda/sts/endpoint.ts';
import { readStsFailure } from '../../../lambda/sts/failure.ts';
import { openSdkConnection } from '../../../lambda/sts/sdk-connection.ts';
import { answerXml, assumeRoleInput, assumeRoleXml, startPeer, stsErrorXml, type Peer } from '../fixtures.ts';

const signing = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret+/key', sessionToken: 'session/token+==' };

interface Sent {
  readonly body: string;
  /** Without what the SDK says of itself. */
  readonly canonical: readonly string[];
  readonly signatureHolds: boolean;
}

let peer: Peer;
let sent: Sent[] = [];
let answer: { readonly status: number; readonly text: (body: string) => string };
let direct: StsConnection;
let sdk: StsConnection;

beforeAll(async () => {
  peer = await startPeer((request, response, body) => {
    sent.push(readSent(request, body));
    answerXml(response, answer.text(body), answer.status);
  });
  const address = {
    region: 'eu-central-1',
    endpoint: peer.url,
    credentials: () => signing,
    clock: () => Date.now(),
  };
  direct = openDirectConnection(address);
  sdk = openSdkConnection(address);
});

afterAll(() => peer.stop());

/** Recomputes the signature with nothing but the request on the wire and the secret. */
function readSent(request: IncomingMessage, body: string): Sent {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const [, scope = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+), Signature=(\w{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? [];
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`);
  const head = [request.method ?? '', request.url ?? '', ''];
  const canonical = [...head, ...headers, '', names, sha256(body)].join('\n');
  const time = String(request.headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${signing.secretAccessKey}`);
  return {
    body,
    canonical: [...head, ...headers.filter((line) => !/^(?:amz-sdk-|x-amz-user-agent:|x-amz-date:)/.test(line))],
    signatureHolds: hmac(key, toSign).toString('hex') === signature,
  };
}

interface Outcome {
  readonly code: string;
  readonly kind?: string;
  readonly role?: unknown;
}

async function outcomeOf(connection: StsConnection, input = assumeRoleInput): Promise<Outcome> {
  try {
    return { code: 'vended', role: await connection.send(input, AbortSignal.timeout(5_000)) };
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    if (code === 'upstream-invalid') return { code, kind: 'final' };
    const { refusal, kind } = readStsFailure(cause);
    return { code: refusal.code, kind };
  }
}

describe('requests', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const key = fc.string({ minLength: 1, maxLength: 20 });
  const inputs: fc.Arbitrary<AssumeRoleInput> = fc.record(
    {
      roleArn: key.map((name) => `arn:aws:iam::111122223333:role/${name}`),
      roleSessionName: fc.string({ minLength: 2, maxLength: 64 }),
      policy: fc.oneof(fc.constant(''), fc.json(), text),
      policyArns: fc.array(
        key.map((name) => `arn:aws:iam::aws:policy/${name}`),
        { maxLength: 10 },
      ),
      durationSeconds: fc.integer({ min: 900, max: 3_600 }),
      tags: fc.array(fc.record({ key, value: text }), { minLength: 1, maxLength: 12 }),
      transitiveTagKeys: fc.array(key, { minLength: 1, maxLength: 3 }),
      sourceIdentity: fc.string({ minLength: 2, maxLength: 64 }),
      externalId: fc.string({ minLength: 2, maxLength: 64 }),
    },
    {
      requiredKeys: [
        'roleArn',
        'roleSessionName',
        'policy',
        'policyArns',
        'durationSeconds',
        'tags',
        'transitiveTagKeys',
      ],
    },
  );

  it('are the same bytes, for 600 random inputs, and both signatures hold', async () => {
    answer = { status: 200, text: (body) => assumeRoleXml(body) };
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        sent = [];
        await Promise.allSettled([outcomeOf(direct, input)]);
        await Promise.allSettled([outcomeOf(sdk, input)]);
        const [ours, theirs] = sent;
        expect(ours?.body).toBe(theirs?.body);
        expect(ours?.canonical).toEqual(theirs?.canonical);
        expect([ours?.signatureHolds, theirs?.signatureHolds]).toEqual([true, true]);
        compared += 1;
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThanOrEqual(600);
  }, 60_000);
});

describe('answers', () => {
  interface Vector {
    readonly id: string;
    readonly response: { readonly status: number; readonly body: string };
  }
  const { vectors } = JSON.parse(readFileSync(new URL('../../vectors/sts-vectors.json', import.meta.url), 'utf8')) as {
    readonly vectors: readonly Vector[];
  };

  /** Both outcomes of one answer. */
  async function both(status: number, xml: string): Promise<readonly [ours: Outcome, theirs: Outcome]> {
    answer = { status, text: () => xml };
    return [await outcomeOf(direct), await outcomeOf(sdk)];
  }

  it.each(vectors.map(({ id, response }) => [id, response] as const))(
    'of the vector %s mean the same',
    async (_, { status, body }) => {
      const [ours, theirs] = await both(status, body);
      expect(ours).toEqual(theirs);
    },
  );

  it.each([
    'AccessDenied',
    'MalformedPolicyDocument',
    'PackedPolicyTooLarge',
    'RegionDisabledException',
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidClientTokenId',
    'Throttling',
    'ThrottlingException',
    'RequestLimitExceeded',
    'RequestExpired',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'InternalFailure',
    'ServiceUnavailable',
    'ValidationError',
    'OptInRequired',
    'Unheard.Of',
    '',
  ])('of the code %j mean the same with 400, 403, 429, 500 and 503', async (code) => {
    for (const status of [400, 403, 429, 500, 503]) {
      const [ours, theirs] = await both(status, stsErrorXml(code));
      expect(ours).toEqual(theirs);
    }
  });

  it('whose code has white space around it mean the same', async () => {
    const spaces = ['', ' ', '\t', '\n', '\n  ', '\u00a0', '&#10;'];
    for (const before of spaces) {
      for (const after of spaces) {
        for (const status of [403, 500]) {
          const [ours, theirs] = await both(status, stsErrorXml(`${before}AccessDenied${after}`));
          expect(ours, JSON.stringify([before, after, status])).toEqual(theirs);
        }
      }
    }
  });

  it('that are damaged mean the same, or are unreadable to us and never the reverse, in 1,000 random ways', async () => {
    const whole = [assumeRoleXml('RoleSessionName=acme%40alice'), stsErrorXml('AccessDenied', 'a &amp; b &lt;c&gt;')];
    const insertions = [
      '<',
      '>',
      '&',
      '&amp;',
      '&#x41;',
      '<!-- -->',
      '<![CDATA[x]]>',
      '<a>',
      '</a>',
      ' ',
      '\n',
      '"',
      '<Arn>x</Arn>',
    ];
    const counts = { same: 0, stricter: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...whole),
        fc.constantFrom(200, 400, 403, 500),
        fc.nat(),
        fc.nat({ max: 30 }),
        fc.constantFrom('', ...insertions),
        async (xml, status, at, length, insertion) => {
          const start = at % xml.length;
          const [ours, theirs] = await both(status, xml.slice(0, start) + insertion + xml.slice(start + length));
          if (ours.code === theirs.code) {
            expect(ours).toEqual(theirs);
            counts.same += 1;
          } else {
            // Stricter only: an answer we cannot read is the same to us as one without a code.
            expect(ours.code).toBe(status >= 500 ? 'sts-unavailable' : 'upstream-invalid');
            expect(ours.role).toBeUndefined();
            counts.stricter += 1;
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(counts.same).toBeGreaterThan(counts.stricter);
  }, 60_000);
});

describe('endpoints', () => {
  const regions =
    'us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 mx-central-1 sa-east-1 eu-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-2 il-central-1 me-south-1 af-south-1 ap-east-1 ap-south-1 ap-southeast-5 ap-northeast-3 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 us-isof-south-1 eusc-de-east-1'.split(
      ' ',
    );

  it.each(regions)('of %s are those of the SDK, with FIPS and without', (region) => {
    for (const useFips of [false, true]) {
      const { endpointProvider } = new STSClient({ region }).config;
      const theirs = endpointProvider({
        Region: region,
        UseFIPS: useFips,
        UseDualStack: false,
        UseGlobalEndpoint: false,
      }).url;
      const ours = regionalStsEndpoint(region, useFips ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {});
      expect(`${ours}/`).toBe(theirs.href);
    }
  });
});
