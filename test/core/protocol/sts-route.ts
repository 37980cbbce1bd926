// What the tests of the STS route share: a request to it, its form, and how its XML is read and a refusal recognised.
import { expect } from 'vitest';
import { answer } from '../../../core/answer.ts';
import { errorTable, TvmError, type TvmErrorCode } from '../../../core/errors.ts';
import type { HttpResponse } from '../../../core/protocol/http.ts';
import { roleArn, secrets, stubMachine, type StubMachine } from '../fixtures.ts';

export const formType = 'application/x-www-form-urlencoded';
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
const { signal } = new AbortController();
const lists = (record: Readonly<Record<string, string>>): Map<string, readonly string[]> =>
  new Map(Object.entries(record).map(([name, value]) => [name, [value]]));

export function ask(request: Ask, machine: StubMachine = stubMachine()): Promise<HttpResponse> {
  const { method = 'POST', path = '/sts', query = {}, headers = { 'content-type': formType }, body = '' } = request;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const wire = { method, path, query: lists(query), headers: lists(headers), body: bytes, requestId: 'request-1' };
  return answer(machine, wire, { signal, coldStart: false });
}

export const good = {
  Action: 'AssumeRoleWithWebIdentity',
  Version: '2011-06-15',
  RoleArn: roleArn,
  RoleSessionName: 'botocore-session-1',
  WebIdentityToken: secrets.token,
};
/** The good form with some parameters set or, as undefined, left out. */
export const form = (over: Readonly<Record<string, string | undefined>> = {}): string =>
  Object.entries<string | undefined>({ ...good, ...over })
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');

/** Leaf elements of an XML text with their paths, sorted: their order says nothing. */
export function leaves(xml: string): readonly string[] {
  const path: string[] = [];
  const found: string[] = [];
  for (const [tag, name = '', text = ''] of xml.matchAll(/<\/?([A-Za-z]+)[^>]*>([^<]*)/g)) {
    if (tag.startsWith('</')) path.pop();
    else path.push(name);
    if (xml.includes(`${tag}</${name}>`)) found.push(`${path.join('/')}=${text}`);
  }
  return found.toSorted();
}
export const textOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

/** The answer is that refusal as STS would write it, with nothing of a credential in it. */
export function expectRefusal(response: HttpResponse, code: TvmErrorCode): void {
  const { sts } = errorTable[code];
  expect([response.status, textOf(response.body, 'Code')]).toEqual([sts.status, sts.code]);
  expect(response.headers).toMatchObject({ 'Content-Type': 'text/xml', 'x-amzn-requestid': 'request-1' });
  expect(response.body).toMatch(/^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">/);
  expect(leaves(response.body).map((leaf) => leaf.split('=')[0])).toEqual([
    'ErrorResponse/Error/Code',
    'ErrorResponse/Error/Message',
    'ErrorResponse/Error/Type',
    'ErrorResponse/RequestId',
  ]);
  expect(textOf(response.body, 'Type')).toBe(sts.status < 500 ? 'Sender' : 'Receiver');
  expect(JSON.stringify(response)).not.toMatch(/ASIA|AROA|eyJ|AccessKeyId|SecretAccessKey|SessionToken/);
  for (const secret of Object.values(secrets)) expect(JSON.stringify(response)).not.toContain(secret);
}

/** A port that refuses, with words that only the operator may see. */
export const refuse = (code: TvmErrorCode) => (): Promise<never> =>
  Promise.reject(new TvmError(code, { detail: 'OPERATOR <arn:aws:iam::999999999999:role/x>' }));
