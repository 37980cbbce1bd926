// Running the app as a child: what it is told, what its failure says, and that the example comes out whole.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCdkProject, synthesiseApp } from '../../../local/template/index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tvm-app-'));

/** A command that runs this text with this very Node.js. */
function app(script: string): string {
  const file = join(mkdtempSync(join(scratch, 'app-')), 'app.mjs');
  writeFileSync(file, script);
  return `"${process.execPath}" "${file}"`;
}

const synthesise = (script: string, more: Partial<Parameters<typeof synthesiseApp>[0]> = {}) =>
  synthesiseApp({ appCommand: app(script), context: {}, outdir: mkdtempSync(join(scratch, 'out-')), ...more });
const failure = (detail: RegExp) =>
  expect.objectContaining({ code: 'misconfigured', detail: expect.stringMatching(detail) as string }) as Error;

describe('the app', () => {
  test('gets its output folder, context and environment, and no validation', async () => {
    const outdir = await synthesise(
      `import { writeFileSync } from 'node:fs';
       const { CDK_OUTDIR, CDK_CONTEXT_JSON, CDK_VALIDATION, CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION } = process.env;
       const seen = [JSON.parse(CDK_CONTEXT_JSON).flag, CDK_VALIDATION, CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION].join();
       if (seen !== 'on,false,111122223333,us-east-1') throw new Error(seen);
       writeFileSync(CDK_OUTDIR + '/manifest.json', '{}');`,
      { context: { flag: 'on' } },
    );
    expect(outdir).toContain('out-');
  });

  test.each<[string, string, RegExp]>([
    ['throws', 'throw new Error("no such issuer");', /ended with 1; it wrote:[^]*no such issuer/],
    ['exits in silence', 'process.exit(3);', /ended with 3; it wrote nothing to stderr/],
    ['writes nothing', 'console.error("done");', /wrote no cloud assembly; it wrote:\ndone/],
    ['is no program', 'this is not JavaScript', /SyntaxError/],
  ])('that %s is told so, in its own words', async (_, script, detail) => {
    await expect(synthesise(script)).rejects.toThrow(failure(detail));
  });

  test('that hangs is stopped', async () => {
    await expect(synthesise('setInterval(() => {}, 1000);', { timeoutMs: 300 })).rejects.toThrow(
      failure(/after 300 ms/),
    );
  });

  test('that cannot be started is an error too', async () => {
    await expect(synthesise('', { appCommand: 'no-such-command-of-ours' })).rejects.toThrow(failure(/ended with 127/));
  });
});

describe('cdk.json', () => {
  const project = (files: Readonly<Record<string, unknown>>): string => {
    const directory = mkdtempSync(join(scratch, 'project-'));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return directory;
  };

  test('gives the command and the context, which wins over what was looked up', () => {
    const directory = project({
      'cdk.json': { app: 'node app.js', context: { a: 1 } },
      'cdk.context.json': { a: 2, b: 3 },
    });
    expect(readCdkProject(directory)).toEqual({ appCommand: 'node app.js', context: { a: 1, b: 3 } });
  });

  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['is missing', {}, /cdk\.json cannot be read/],
    ['is no JSON', { 'cdk.json': '{' }, /cdk\.json cannot be read/],
    ['is a list', { 'cdk.json': [] }, /no JSON object/],
    ['names no app', { 'cdk.json': {} }, /names no app/],
    [
      'has a broken neighbour',
      { 'cdk.json': { app: 'x' }, 'cdk.context.json': '{' },
      /cdk\.context\.json cannot be read/,
    ],
  ])('that %s stops', (_, files, detail) => {
    expect(() => readCdkProject(project(files))).toThrow(failure(detail));
  });
});
