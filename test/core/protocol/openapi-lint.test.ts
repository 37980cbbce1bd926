// /openapi.json as other people's tools read it: valid against the published OpenAPI 3.1 schema, and by rules of our own.
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { errorTable } from '../../../core/errors.ts';
import { renderOpenApi } from '../../../core/protocol/openapi.ts';

type Json = Record<string, unknown>;
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Json }[];
  readonly security?: readonly Json[];
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly headers?: Json; readonly content?: Readonly<Record<string, Json>> }
    >
  >;
}

const parse = (explain: boolean): Json => JSON.parse(renderOpenApi(explain)) as Json;
const documents = [true, false].map(
  (explain) => [explain ? 'with explain' : 'without explain', parse(explain)] as const,
);

const operationsOf = (document: Json): readonly (readonly [string, Operation])[] =>
  Object.entries(document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );

/** What is wrong by our own rules, a line each. */
function lint(document: Json): readonly string[] {
  const operations = operationsOf(document);
  const ids = operations.map(([, { operationId }]) => operationId);
  const found = operations.flatMap(([where, operation]) => {
    const issues: string[] = [];
    if (operation.operationId === undefined || ids.filter((id) => id === operation.operationId).length > 1)
      issues.push('its operationId is missing or not its own');
    if ((operation.summary ?? '').length < 10) issues.push('it has no summary');
    if (operation.security === undefined) issues.push('it does not say whether it wants a token');
    const statuses = Object.keys(operation.responses);
    if (!statuses.includes('200')) issues.push('it never succeeds');
    if ((operation.security ?? []).length > 0 && !statuses.includes('401')) issues.push('it refuses no token');
    for (const { name, in: place, schema } of operation.parameters ?? [])
      if (schema === undefined || place === 'cookie' || /token|authorization|tenant/i.test(name))
        issues.push(`its parameter ${name} has no schema, or is none that the API reads`);
    for (const [status, { description = '', content = {}, headers = {} }] of Object.entries(operation.responses)) {
      if (description.length < 5) issues.push(`${status} is not described`);
      const schemas = Object.values(content).map(({ schema }) => schema);
      if (schemas.length === 0 || schemas.some((schema) => schema === undefined))
        issues.push(`${status} has no schema`);
      if (['429', '503'].includes(status) && !('Retry-After' in headers)) issues.push(`${status} has no Retry-After`);
      if (status === '401' && !('WWW-Authenticate' in headers)) issues.push(`${status} has no WWW-Authenticate`);
    }
    return issues.map((issue) => `${where}: ${issue}`);
  });
  return [...found, ...missingCodes(document, operations)];
}

/** Refusal codes that no operation that vends documents; the two that belong to no path have a schema all the same. */
function missingCodes(document: Json, operations: ReturnType<typeof operationsOf>): readonly string[] {
  const { schemas } = document['components'] as { readonly schemas: Json };
  const vends = operations.filter(([where]) => where.includes('/v1/credentials'));
  const ofPaths = (code: string): boolean => !['not-found', 'method-not-allowed'].includes(code);
  return Object.keys(errorTable).flatMap((code) => {
    if (!Object.hasOwn(schemas, `problem.${code}`)) return [`${code} has no schema`];
    const silent = vends.filter(([, operation]) => !JSON.stringify(operation.responses).includes(`/problem.${code}"`));
    return ofPaths(code) ? silent.map(([where]) => `${where}: ${code} is not documented`) : [];
  });
}

describe.each(documents)('the OpenAPI document %s', (_, document) => {
  it('is valid against the OpenAPI 3.1 schema', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('breaks no rule of ours', () => {
    expect(lint(document)).toEqual([]);
  });
});

type Editable = Json & { readonly responses: Record<string, Json> };

/** The document with one thing broken. */
function broken(change: (document: Json, vend: Editable) => void): Json {
  const document = parse(true);
  const [, vend] = operationsOf(document).find(([where]) => where === 'GET /v1/credentials')!;
  change(document, vend as unknown as Editable);
  return document;
}

describe('the check of the OpenAPI document', () => {
  it.each<[string, (document: Json, vend: Editable) => void]>([
    ['no info', (document) => delete document['info']],
    ['a response without a description', (_, vend) => delete vend.responses['200']!['description']],
    ['a parameter in no place', (_, vend) => (vend['parameters'] = [{ name: 'x', in: 'nowhere', schema: {} }])],
    ['a method that is none', (document) => ((document['paths'] as Json)['/v1/identity'] = { fetch: {} })],
  ])('finds %s invalid', async (_, change) => {
    expect(await new Validator().validate(broken(change))).toMatchObject({ valid: false });
  });

  it.each<[string, RegExp, (document: Json, vend: Editable) => void]>([
    ['an operationId that is used twice', /not its own/, (_, vend) => (vend['operationId'] = 'postCredentials')],
    ['no summary', /no summary/, (_, vend) => (vend['summary'] = '')],
    [
      'a token as a parameter',
      /none that the API reads/,
      (_, vend) => (vend['parameters'] = [{ name: 'token', in: 'query', schema: {} }]),
    ],
    ['a response that says nothing', /200 is not described/, (_, vend) => (vend.responses['200']!['description'] = '')],
    [
      'a 503 without Retry-After',
      /503 has no Retry-After/,
      (_, vend) => delete (vend.responses['503']!['headers'] as Json)['Retry-After'],
    ],
    ['no 401', /refuses no token/, (_, vend) => delete vend.responses['401']],
    [
      'a refusal that is not described',
      /token-expired has no schema/,
      (document) => delete (document['components'] as { readonly schemas: Json }).schemas['problem.token-expired'],
    ],
  ])('finds %s', (_, words, change) => {
    const document = broken(change);
    if (words.source.includes('not its own')) {
      const [, other] = operationsOf(document).find(([where]) => where === 'POST /v1/credentials')!;
      (other as unknown as Editable)['operationId'] = 'postCredentials';
    }
    expect(lint(document).join('\n')).toMatch(words);
  });
});
