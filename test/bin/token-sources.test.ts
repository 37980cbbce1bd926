// Tokens of GitHub Actions and Kubernetes, against a scripted runner and files: what is asked of whom, and what is never told.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CommandError } from '../../bin/commands/command.ts';
import { githubActionsHolder, githubActionsToken } from '../../bin/token-sources/github-actions.ts';
import { kubernetesToken } from '../../bin/token-sources/kubernetes.ts';
import { findTokenOrigin } from '../../bin/token-sources/origin.ts';

const requestToken = 'request-token-that-nobody-may-see';
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${segment({ alg: 'RS256' })}.${segment(claims)}.c2lnbmF0dXJl`;

/** What somebody is told of a failure, cause and all. */
async function failureOf(work: Promise<string>): Promise<CommandError> {
  const cause: unknown = await work.catch((thrown: unknown) => thrown);
  expect(cause).toBeInstanceOf(CommandError);
  const failure = cause as CommandError;
  expect(failure.hint).not.toBe('');
  for (let one: unknown = failure; one instanceof Error; one = one.cause)
    expect(`${one.message} ${one.stack ?? ''} ${failure.hint}`).not.toContain(requestToken);
  return failure;
}

describe('the identity token of GitHub Actions', () => {
  let runner: Server;
  let url: string;
  let seen: { readonly url: string; readonly authorization: string | undefined }[];
  let answers: ((request: IncomingMessage) => { status?: number; headers?: Record<string, string>; body?: string })[];
  const environment = (): NodeJS.ProcessEnv => ({
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
  });
  const token = jwt({ iss: 'https://token.actions.githubusercontent.com' });
  const whole = (): { body: string } => ({ body: JSON.stringify({ count: 1, value: token }) });

  beforeAll(async () => {
    runner = createServer((request, response) => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
      const { status = 200, headers = {}, body = '' } = (answers[seen.length - 1] ?? answers.at(-1)!)(request);
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => runner.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(runner.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    seen = [];
    answers = [whole];
  });

  afterAll(() => {
    runner.closeAllConnections();
    runner.close();
  });

  it('is asked of the runner for the audience, with the request token in the header alone', async () => {
    expect(await githubActionsToken('https://tvm.example.com/?a=b&c', environment())).toBe(token);
    const [asked] = seen;
    expect(asked!.authorization).toBe(`bearer ${requestToken}`);
    const parameters = new URL(asked!.url, url).searchParams;
    expect([...parameters]).toEqual([
      ['api-version', '2.0'],
      ['audience', 'https://tvm.example.com/?a=b&c'],
    ]);
  });

  it('is asked for anew each time, because it lives for minutes', async () => {
    await githubActionsToken('api', environment());
    await githubActionsToken('api', environment());
    expect(seen.length).toBe(2);
  });

  it('is asked for again after an outage, and not after a refusal', async () => {
    answers = [() => ({ status: 503 }), whole];
    expect(await githubActionsToken('api', environment())).toBe(token);
    [seen, answers] = [[], [() => ({ status: 403, body: requestToken }), whole]];
    expect((await failureOf(githubActionsToken('api', environment()))).message).toMatch(/runner answered 403$/);
    expect(seen.length).toBe(1);
  });

  it('is not followed to another address', async () => {
    answers = [
      (request) => (request.url === '/elsewhere' ? whole() : { status: 302, headers: { location: '/elsewhere' } }),
    ];
    await failureOf(githubActionsToken('api', environment()));
    expect(seen.map((one) => one.url).filter((one) => one.startsWith('/elsewhere'))).toEqual([]);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', requestToken],
    ['no value', '{"count":0}'],
    ['a value that is no token', `{"value":"${requestToken}"}`],
    ['a value that would be two headers', '{"value":"a.b.c\\r\\nX: y"}'],
  ])('is refused as %s, which is not repeated', async (_, body) => {
    answers = [() => ({ body })];
    const { exitCode, message, hint } = await failureOf(githubActionsToken('api', environment()));
    expect([exitCode, message, hint]).toEqual([
      4,
      'no identity token of GitHub Actions: the runner answered without one',
      'give the job permissions: id-token: write',
    ]);
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['no variables', {}],
    ['no request token', { ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }],
    ['an address in clear text', { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://runner.example.com/token' }],
    ['an address in another scheme', { ACTIONS_ID_TOKEN_REQUEST_URL: 'file:///etc/passwd' }],
    ['no address', { ACTIONS_ID_TOKEN_REQUEST_URL: 'token' }],
  ])('is not asked for with %s', async (name, change) => {
    const given = name === 'no variables' ? {} : { ...environment(), ...change };
    expect((await failureOf(githubActionsToken('api', given))).exitCode).toBe(4);
    expect(seen).toEqual([]);
  });

  it('finds what is kept by the job and the audience, and by no other', () => {
    const base = environment();
    const keys = [
      githubActionsHolder('api', base),
      githubActionsHolder('other', base),
      githubActionsHolder('api', { ...base, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of another job' }),
    ].map((holder) => JSON.stringify(holder));
    expect(new Set(keys).size).toBe(3);
    expect(JSON.stringify(githubActionsHolder('api', base))).toBe(keys[0]);
  });
});

describe('the projected token of a pod', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tvm-pod-'));
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const issuer = 'https://oidc.example.com/id/1';
  const read = async (claims: unknown): Promise<string> => kubernetesToken(write('token', `${jwt(claims)}\n`), '/none');

  it('is read anew each time and trimmed', async () => {
    for (const sub of ['one', 'two'])
      expect(await read({ iss: issuer, aud: ['tvm'], sub })).toBe(jwt({ iss: issuer, aud: ['tvm'], sub }));
  });

  it.each([
    ['https://kubernetes.default.svc'],
    ['https://kubernetes.default.svc.cluster.local'],
    ['kubernetes.default.svc'],
    ['https://container.googleapis.com/v1/projects/p/locations/l/clusters/c'],
    ['k3s'],
    [issuer],
    [['tvm', 'https://kubernetes.default.svc.cluster.local']],
  ])("is not sent where it opens the cluster's API (%j)", async (aud) => {
    const failure = await failureOf(read({ iss: issuer, aud }));
    expect([failure.exitCode, failure.message]).toEqual([
      4,
      expect.stringContaining("for the cluster's API") as string,
    ]);
  });

  it.each([
    ['empty', ''],
    ['no token', 'secret'],
  ])('that is %s is refused and not repeated', async (_, content) => {
    const failure = await failureOf((async () => kubernetesToken(write('token', content), '/none'))());
    expect(failure.exitCode).toBe(4);
    if (content !== '') expect(`${failure.message}${failure.hint}`).not.toContain(content);
  });

  it('says what to mount where there is none, and why the other one will not do', async () => {
    const missing = join(folder, 'missing');
    expect(await failureOf((async () => kubernetesToken(missing, '/none'))())).toMatchObject({
      message: `there is no token at ${missing}`,
      hint: expect.stringContaining('projected serviceAccountToken') as string,
    });
    const cluster = write('cluster', jwt({ aud: 'https://kubernetes.default.svc' }));
    expect((await failureOf((async () => kubernetesToken(missing, cluster))())).message).toMatch(
      /only the one for the cluster's API, which must not leave it$/,
    );
  });
});

describe('the origin of a token', () => {
  it.each<[string, Parameters<typeof findTokenOrigin>[0], object]>([
    ['a login', { login: 'work' }, { kind: 'login', name: 'work' }],
    ['a job', { 'github-audience': 'api' }, { kind: 'github-actions', audience: 'api' }],
    ['a pod', { kubernetes: true }, { kind: 'kubernetes' }],
    ['a file before a login', { login: 'work', 'token-file': 'f' }, { kind: 'file', file: 'f' }],
  ])('is %s', (_, values, origin) => {
    expect(findTokenOrigin(values)).toEqual(origin);
  });
});
