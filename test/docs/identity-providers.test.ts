// The pages about identity providers: every statement compiles, runs and gives the very configuration that the page shows as
// JSON, so that nobody copies what does not work.
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runInThisContext } from 'node:vm';
import { Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseVendingConfig, type TrustedIssuer } from '../../core/index.ts';
import * as lib from '../../lib/index.ts';
import { newApp, standInBundle, synthesise } from '../lib/synthesised.ts';

const folder = new URL('../../docs/identity-providers/', import.meta.url).pathname;

interface Page {
  readonly name: string;
  readonly text: string;
  readonly statements: readonly string[];
  readonly documents: readonly string[];
}

const pages: readonly Page[] = globSync(`${folder}*.md`)
  .filter((path) => basename(path) !== 'README.md')
  .toSorted()
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    return { name: basename(path, '.md'), text, statements: blocks(text, 'ts'), documents: blocks(text, 'json') };
  });
const readme = readFileSync(`${folder}README.md`, 'utf8');

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, body]) => body!);
}

/** The machine of the pages, with the stand-in handler; its name is that of the construct. */
class PageMachine extends lib.TokenVendingMachine {
  constructor(scope: Construct, id: string, props: lib.TokenVendingMachineProps) {
    super(scope, id, { handlerBundle: standInBundle, ...props });
  }
}

/** Runs a statement as if it stood in the constructor of a stack. */
function run(statement: string): readonly TrustedIssuer[] {
  const app = newApp();
  const stack = new Stack(app, 'Page', { env: { region: 'eu-west-1', account: '111122223333' } });
  const names = { ...cognito, ...lib, TokenVendingMachine: PageMachine, bucket: new Bucket(stack, 'Data') };
  const script = ts.transpileModule(`(function (${Object.keys(names).join()}) { ${statement} })`, {
    compilerOptions: { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.ESNext },
  }).outputText;
  (runInThisContext(script) as (...values: unknown[]) => void).apply(stack, Object.values(names));
  return synthesise(app).config.issuers;
}

/** Reads an issuer as the configuration's parser does. */
function parseIssuer(document: string): TrustedIssuer {
  return parseVendingConfig({
    issuers: [JSON.parse(document) as unknown],
    permissionSets: {
      documents: {
        roleArn: 'arn:aws:iam::111122223333:role/documents',
        statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
      },
    },
  }).issuers[0]!;
}

describe.each(pages)('the page about $name', ({ name, text, statements, documents }) => {
  it('shows each statement with the configuration that it makes', () => {
    expect(statements.length).toBeGreaterThan(0);
    expect(documents).toHaveLength(statements.length);
    statements.forEach((statement, index) => {
      expect(run(statement)).toEqual([parseIssuer(documents[index]!)]);
    });
  });

  it('has the sections of every page, and says what was not tried', () => {
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      'At the provider',
      'CDK',
      'Configuration',
      'The token to send',
      'How the tenant gets into it',
      'Traps',
      'Try it',
    ]);
    expect(text).toMatch(/Shape checked against \[[^\]]+\]\(https:\/\/[^)]+\); not tried against a live account/);
    expect(readme).toContain(`(${name}.md)`);
  });
});

it('every statement of the pages compiles', () => {
  const path = new URL('./statements-of-the-pages.ts', import.meta.url).pathname;
  const all = pages.flatMap(({ statements }) => statements);
  const used = (from: object): string =>
    Object.keys(from)
      .filter((name) => all.some((statement) => new RegExp(`\\b${name}\\b`).test(statement)))
      .join();
  const source = [
    `import { Stack } from 'aws-cdk-lib';`,
    `import { ${used(cognito)} } from 'aws-cdk-lib/aws-cognito';`,
    `import type { Bucket } from 'aws-cdk-lib/aws-s3';`,
    `import { ${used(lib)} } from '../../lib/index.ts';`,
    `declare const bucket: Bucket;`,
    ...all.map((statement, index) => `export class Page${index} extends Stack { make() { ${statement} } }`),
  ].join('\n');
  const { config } = ts.readConfigFile(new URL('../../tsconfig.json', import.meta.url).pathname, (file) =>
    readFileSync(file, 'utf8'),
  ) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target) =>
    file === path ? ts.createSourceFile(file, source, target) : getSourceFile(file, target);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (file) => file === path || fileExists(file);
  const program = ts.createProgram([path], options, host);
  const file = program.getSourceFile(path)!;
  const messages = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
  expect(messages).toEqual([]);
}, 60_000);
