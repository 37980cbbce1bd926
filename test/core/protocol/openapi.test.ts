import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorTable, TvmError, type TvmErrorCode } from '../../../core/errors.ts';
import { parseExplainRequest } from '../../../core/explanation.ts';
import { explainRequestJson } from '../../../core/protocol/documents.ts';
import { renderOpenApi } from '../../../core/protocol/openapi.ts';
import { routes } from '../../../core/protocol/routes.ts';
import { parseVendRequest, vendRequestSchema } from '../../../core/request.ts';
import { configWith, secrets, stubMachine, type Json } from '../fixtures.ts';
import { conforms, resolvePointer } from './json-schema.ts';
import { ask, refuse } from './sts-route.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Json[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly headers: Json;
        readonly content: Readonly<Record<string, { readonly schema: Json }>>;
      }
    >
  >;
}
interface Document extends Json {
  readonly openapi: string;
  readonly info: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly securitySchemes: Json };
}
const document = JSON.parse(renderOpenApi(true)) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  it('describes every path and method of the route table and no other', () => {
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = routes.flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`));
    expect(described.toSorted()).toEqual(served.toSorted());
  });

  it('leaves out explain where it is off', () => {
    expect(renderOpenApi(false)).not.toMatch(/\/v1\/explain|Explanation|ExplainRequest/);
  });

  it('has the members that OpenAPI 3.1 requires', () => {
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d$/) as string,
      info: { title: expect.any(String) as string, version: expect.any(String) as string },
    });
    for (const { path, operation } of operations) {
      expect(path).toMatch(/^\//);
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(description).not.toBe('');
        expect(Object.keys(content).length).toBeGreaterThan(0);
      }
      expect(operation.responses).toHaveProperty('200');
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(declared.map(({ name, required }) => [name, required])).toEqual(inPath.map((name) => [name, true]));
      for (const requirement of operation.security)
        for (const name of Object.keys(requirement)) expect(document.components.securitySchemes).toHaveProperty(name);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[\w.-]+$/);
  });

  it('points at something with every reference, and uses every schema', () => {
    const text = JSON.stringify(document);
    const targets = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!);
    for (const target of targets) expect(resolvePointer(document, target)).toBeDefined();
    // Of paths and methods that the document does not have.
    const unused = ['problem.not-found', 'problem.method-not-allowed'];
    const names = Object.keys(document.components.schemas).filter(
      (name) => !targets.includes(`#/components/schemas/${name}`),
    );
    expect(names.toSorted()).toEqual(unused.toSorted());
  });

  it('writes schemas of which every keyword is known and every pattern compiles', () => {
    for (const schema of Object.values(document.components.schemas))
      for (const value of [{}, { type: 'x' }, [], 'x', 0])
        expect(conforms(value, schema, document)).toBeTypeOf('boolean');
  });

  it('asks for the token exactly where it is read from the header', () => {
    const open = operations.filter(({ operation }) => operation.security.length === 0).map(({ path }) => path);
    expect(open.toSorted()).toEqual(['/.well-known/tvm-configuration', '/healthz', '/openapi.json', '/sts', '/sts/']);
  });

  it('is made once, and says nothing of the configuration', async () => {
    const response = await ask(
      { path: '/openapi.json', method: 'GET' },
      stubMachine({ config: configWith({ explain: true }) }),
    );
    expect(response).toMatchObject({
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: renderOpenApi(true),
    });
    expect(response.body).not.toMatch(/idp\.example|tvm-documents|bucket\/tenants/);
  });
});

describe('answers', () => {
  const config = configWith({ explain: true });
  const bearer = { authorization: secrets.token };
  const schemaOf = (path: string, method: string, status: number, type = 'application/json'): Json =>
    document.paths[path]![method.toLowerCase()]!.responses[String(status)]!.content[type]!.schema;

  it.each<[string, string, string]>([
    ['GET', '/v1/credentials', ''],
    ['POST', '/v1/credentials/{permissionSet}', '{}'],
    ['GET', '/v1/identity', ''],
    ['POST', '/v1/explain', '{"action":"s3:GetObject","resource":"arn:aws:s3:::bucket/x"}'],
    ['GET', '/.well-known/tvm-configuration', ''],
    ['GET', '/healthz', ''],
    ['GET', '/openapi.json', ''],
  ])('to %s %s are as described, and closed', async (method, path, body) => {
    const headers = body === '' ? bearer : { ...bearer, 'content-type': 'application/json' };
    const response = await ask(
      { method, path: path.replace('{permissionSet}', 'documents'), headers, body },
      stubMachine({ config }),
    );
    expect(response.status).toBe(200);
    const described = schemaOf(path, method, 200);
    const answer = JSON.parse(response.body) as Json;
    expect(conforms(answer, described, document)).toBe(true);
    if ('$ref' in described) {
      const closed = { ...resolvePointer(document, String(described['$ref'])), additionalProperties: false };
      expect(conforms(answer, closed, document)).toBe(true);
      const required = (closed as Json)['required'] as readonly string[];
      for (const name of required) expect(conforms({ ...answer, [name]: null }, closed, document)).toBe(false);
    }
  });

  it.each(Object.keys(errorTable) as TvmErrorCode[])(
    'that refuse with %s fit their own problem document only',
    async (code) => {
      const machine = stubMachine({ config, verifyToken: refuse(code) });
      const { status, headers, body } = await ask({ method: 'GET', path: '/v1/credentials', headers: bearer }, machine);
      const problem = JSON.parse(body) as Json;
      const fitting = Object.entries(document.components.schemas)
        .filter(([name, schema]) => name.startsWith('problem.') && conforms(problem, schema, document))
        .map(([name]) => name);
      expect(fitting).toEqual([`problem.${code}`]);
      if (code === 'not-found' || code === 'method-not-allowed') return;
      for (const type of ['application/json', 'application/problem+json'])
        expect(conforms(problem, schemaOf('/v1/credentials', 'GET', status, type), document)).toBe(true);
      const { headers: described } = document.paths['/v1/credentials']!['get']!.responses[String(status)]!;
      for (const name of ['X-Request-Id', 'WWW-Authenticate', 'Retry-After'])
        expect([name, name in described]).toEqual([name, name in headers]);
      const { sts } = errorTable[code];
      expect(document.paths['/sts']!['post']!.responses[String(sts.status)]!.description).toContain(sts.code);
    },
  );
});

describe('request bodies', () => {
  const value = fc.oneof(
    fc.constantFrom(
      null,
      899,
      900,
      3600,
      3601,
      900.5,
      '',
      'documents',
      'a'.repeat(32),
      'a'.repeat(33),
      'a'.repeat(257),
    ),
    fc.jsonValue({ maxDepth: 1 }),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.string(), fc.integer()), { maxKeys: 2 }),
  );
  const names = ['permissionSet', 'durationSeconds', 'parameters', 'reason'];
  const body = (...more: readonly string[]): fc.Arbitrary<Json> =>
    fc.dictionary(
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...names, ...more) }, fc.constantFrom('tenant', 'x')),
      value,
      { maxKeys: 3 },
    );
  const accepts = (parse: (text: string) => unknown, given: Json): boolean => {
    try {
      parse(JSON.stringify(given));
      return true;
    } catch (thrown) {
      if (thrown instanceof TvmError) return false;
      throw thrown;
    }
  };

  it('to vend are accepted exactly where the schema says so', () => {
    fc.assert(
      fc.property(body(), (given) => {
        expect(accepts(parseVendRequest, given)).toBe(conforms(given, vendRequestSchema.json as Json));
      }),
      { numRuns: 3000 },
    );
  });

  it('to explain are accepted exactly where the schema says so', () => {
    fc.assert(
      fc.property(body('action', 'resource', 'context'), (given) => {
        // A context that belongs to no question is not looked at.
        fc.pre(!('context' in given) || 'action' in given || 'resource' in given);
        expect(accepts(parseExplainRequest, given)).toBe(conforms(given, explainRequestJson() as Json));
      }),
      { numRuns: 3000 },
    );
  });
});
