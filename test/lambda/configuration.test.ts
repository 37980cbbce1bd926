// How the function finds its configuration, and what fails its start.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../lambda/configuration.ts';

const document = {
  issuers: [{ name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } }],
  permissionSets: {
    documents: {
      roleArn: { $ref: 'ROLE_ARN' },
      statements: [
        { Effect: 'Allow', Action: 's3:GetObject', Resource: { $join: [{ $ref: 'BUCKET_ARN' }, '/{{tenant}}/*'] } },
      ],
    },
  },
};
const references = {
  TVM_REF_ROLE_ARN: 'arn:aws:iam::111122223333:role/documents',
  TVM_REF_BUCKET_ARN: 'arn:aws:s3:::b',
};
const nowhere = new URL('file:///nowhere/config.json');
const misconfigured = expect.objectContaining({ code: 'misconfigured' }) as Error;

function inline(change: object = {}, environment: Record<string, string | undefined> = {}): () => unknown {
  return () =>
    loadConfig({ ...references, TVM_CONFIG: JSON.stringify({ ...document, ...change }), ...environment }, nowhere);
}

describe('loadConfig', () => {
  it('reads TVM_CONFIG and fills its references', () => {
    expect(inline()()).toMatchObject({
      permissionSets: {
        documents: { roleArn: references.TVM_REF_ROLE_ARN, statements: [{ Resource: 'arn:aws:s3:::b/{{tenant}}/*' }] },
      },
    });
  });

  it('reads config.json where TVM_CONFIG is unset or empty', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tvm-test-')), 'config.json');
    writeFileSync(file, JSON.stringify(document));
    expect(loadConfig({ ...references, TVM_CONFIG: '' }, pathToFileURL(file))).toMatchObject({
      defaultPermissionSet: 'documents',
    });
  });

  it.each([
    ['no configuration at all', {}],
    ['text that is no JSON', { TVM_CONFIG: '{' }],
    ['a configuration with issues', { TVM_CONFIG: '{"issuers":[]}' }],
  ])('fails on %s', (_, environment) => {
    expect(() => loadConfig(environment, nowhere)).toThrow(misconfigured);
  });

  it('names every issue at once', () => {
    const environment = { TVM_CONFIG: '{"issuers":[],"permissionSets":{},"extra":1}' };
    expect(() => loadConfig(environment, nowhere)).toThrow(/\/extra[\s\S]*\/issuers|\/issuers[\s\S]*\/extra/);
  });

  it.each([
    ['unset', undefined],
    ['empty', ''],
    ['a placeholder', 'arn:aws:s3:::{{tenant}}'],
    ['a policy variable', 'arn:aws:s3:::${aws:username}'],
    ['a star', 'arn:aws:s3:::*'],
    ['a question mark', 'arn:aws:s3:::?'],
    ['white space', 'arn:aws:s3:::b c'],
    ['a new line', 'arn:aws:s3:::b\n'],
    ['a control character', 'arn:aws:s3:::b\u0001'],
  ])('fails on a reference that is %s', (_, value) => {
    expect(inline({}, { TVM_REF_BUCKET_ARN: value })).toThrow(misconfigured);
  });

  it.each([
    ['another $ object', { $sub: 'x' }],
    ['a $ref with company', { $ref: 'ROLE_ARN', more: 1 }],
    ['a $ref that is no name', { $ref: 'lower' }],
    ['a $join of numbers', { $join: [1] }],
    ['a nested $join', { $join: [{ $join: ['x'] }] }],
  ])('fails on %s', (_, value) => {
    const set = { ...document.permissionSets.documents, description: value };
    expect(inline({ permissionSets: { documents: set } })).toThrow(misconfigured);
  });

  it('refuses a loopback issuer beside real STS, whichever way it is named', () => {
    const local = { ...document.issuers[0], issuer: 'http://127.0.0.1:4747/oidc' };
    const keys = { ...document.issuers[0], jwksUri: 'http://localhost:4747/jwks' };
    for (const issuer of [local, keys]) {
      expect(inline({ issuers: [issuer] })).toThrow(misconfigured);
      expect(inline({ issuers: [issuer] }, { AWS_ENDPOINT_URL_STS: 'https://sts.us-east-1.amazonaws.com' })).toThrow(
        misconfigured,
      );
    }
    expect(inline({ issuers: [local] }, { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4748' })).not.toThrow();
  });

  it.each(['http://sts.example.com', 'ftp://127.0.0.1', 'sts.amazonaws.com'])(
    'refuses the STS endpoint %s',
    (endpoint) => {
      expect(inline({}, { AWS_ENDPOINT_URL_STS: endpoint })).toThrow(misconfigured);
    },
  );

  it('holds the general endpoint variable to the same, because the SDK follows it too', () => {
    expect(inline({}, { AWS_ENDPOINT_URL: 'http://aws.example.com' })).toThrow(misconfigured);
    expect(inline({}, { AWS_ENDPOINT_URL: 'https://aws.example.com' })).not.toThrow();
    const overruled = { AWS_ENDPOINT_URL: 'http://aws.example.com', AWS_ENDPOINT_URL_STS: 'https://sts.example.com' };
    expect(inline({}, overruled)).not.toThrow();
  });
});
