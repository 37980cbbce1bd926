// Cross-origin calls of local AWS: listed origins are answered, refusals as well; every other page is kept out as before.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerPreflight, corsHeaders } from '../../../local/aws/cors.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws/index.ts';
import { account } from './account-fixture.ts';

const page = 'https://app.example.com';
let aws: LocalAws;

beforeAll(async () => {
  aws = await startLocalAws({ port: 0, account, now: () => Date.now(), origins: [page] });
});

afterAll(() => aws.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** By node:http, which sends whatever Origin it is told to. */
function ask(method: string, headers: Record<string, string>, path = '/bucket/key'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(new URL(path, aws.url), { method, headers }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

const preflight = {
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'authorization,x-amz-date',
};

describe('local AWS', () => {
  it('answers the preflight of a listed origin without a signature', async () => {
    const { status, headers } = await ask('OPTIONS', { origin: page, ...preflight });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
      'access-control-allow-headers': 'authorization,x-amz-date',
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('lets a listed origin read a refusal', async () => {
    const { status, headers } = await ask('GET', { origin: page, 'sec-fetch-site': 'cross-site' });
    expect([status, headers['access-control-allow-origin'], headers['vary']]).toEqual([403, page, 'Origin']);
    expect(headers['access-control-expose-headers']).toContain('x-amz-request-id');
  });

  it.each(['https://evil.example', 'https://app.example.com.evil.example', 'https://app.example.com:444', 'null', '*'])(
    'answers nothing to %s',
    async (origin) => {
      for (const method of ['OPTIONS', 'GET', 'POST']) {
        const { status, headers } = await ask(method, { origin, ...preflight });
        expect([status, headers['access-control-allow-origin']]).toEqual([403, undefined]);
      }
    },
  );

  it('takes an OPTIONS that is no preflight for the unsigned request that it is', async () => {
    for (const headers of [{ origin: page }, preflight]) expect((await ask('OPTIONS', headers)).status).not.toBe(200);
  });
});

describe('the headers', () => {
  const message = (headers: Record<string, string>, method = 'OPTIONS'): Parameters<typeof corsHeaders>[0] =>
    ({ headers, method }) as unknown as Parameters<typeof corsHeaders>[0];

  it('are none where no origin is listed', () => {
    expect(corsHeaders(message({ origin: page }), [])).toEqual({});
    expect(answerPreflight(message({ origin: page, ...preflight }), [])).toBeUndefined();
    expect(corsHeaders(message({}), [page])).toEqual({});
  });

  it('repeat no asked header that is none', () => {
    const odd = { origin: page, ...preflight, 'access-control-request-headers': 'x: y; <script>' };
    expect(answerPreflight(message(odd), [page])?.headers).not.toHaveProperty('access-control-allow-headers');
  });
});
