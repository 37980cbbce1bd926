// The house rules as tests: who may import whom, what pure rooms may not touch, what no file may hold.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly tree: ts.SourceFile;
}

const rooms = ['bin', 'client', 'core', 'examples', 'lambda', 'lib', 'local'];
const files: readonly SourceFile[] = rooms.flatMap((room) => globSync(`${room}/**/*.ts`)).map(readSource);

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      imports.push({
        target: resolve(path, (node.moduleSpecifier as ts.StringLiteral).text),
        typeOnly: isTypeOnly(node),
      });
    }
    if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      node.arguments[0] !== undefined
    ) {
      // An import of a computed address (the built handler) names no module of ours.
      if (ts.isStringLiteral(node.arguments[0]))
        imports.push({ target: resolve(path, node.arguments[0].text), typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path, text, imports, tree };
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier;
}

/** For each room, the first segments of what it may import; packages by name. The first rule that fits a file counts. */
const arrows: readonly (readonly [RegExp, readonly RegExp[]])[] = [
  [/^core\/iam\//, [/^core\/iam\//]],
  [/^core\//, [/^core\//]],
  [/^client\//, [/^client\//]],
  [/^lambda\//, [/^lambda\//, /^core\//, /^node:/, /^@middy\/core$/, /^@aws-sdk\/client-sts$/]],
  [/^lib\//, [/^lib\//, /^core\//, /^node:/, /^aws-cdk-lib/, /^constructs$/]],
  [/^local\//, [/^local\//, /^core\//, /^node:/, /^jose$/, /^dynalite$/, /^@node-saml\/node-saml$/]],
  [/^bin\/app\.ts$/, [/^lib\//, /^examples\//, /^aws-cdk-lib/]],
  // The login alone knows an OpenID Connect client and the keychain; both load when they are used.
  [/^bin\/login\/oidc\.ts$/, [/^bin\//, /^core\//, /^openid-client$/]],
  [/^bin\/login\/keychain\.ts$/, [/^bin\//, /^@napi-rs\/keyring$/]],
  [/^bin\//, [/^bin\//, /^core\//, /^local\/index\.ts$/, /^client\//, /^node:/]],
  [
    /^examples\//,
    [/^lib\/index\.ts$/, /^examples\//, /^aws-cdk-lib/, /^constructs$/, /^@aws-sdk\//, /^token-vending-machine$/],
  ],
];

describe('rooms and arrows', () => {
  it('lets each room import only what the house plan allows', () => {
    const broken = files.flatMap(({ path, imports }) => {
      const [, allowed = []] = arrows.find(([room]) => room.test(path)) ?? [];
      return imports
        .filter(({ target }) => !allowed.some((pattern) => pattern.test(target)))
        .filter(({ target, typeOnly }) => !(typeOnly && path.startsWith('client/') && target.startsWith('core/')))
        .map(({ target }) => `${path} -> ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it('has no cycle of imports that load code', () => {
    const graph = new Map(
      files.map(({ path, imports }) => [path, imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target)]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      else if (!done.has(path)) {
        for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
        done.add(path);
      }
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('names no file or folder after nothing', () => {
    const empty = /(?:^|\/)(?:common|utils?|helpers?|shared|misc|managers?|services?)(?:\/|\.ts$)/;
    expect([...files.map(({ path }) => path), ...globSync('test/**/*.ts')].filter((path) => empty.test(path))).toEqual(
      [],
    );
  });
});

describe('purity', () => {
  /** Globals that reach clock, randomness, environment or network. */
  const impure = new Set([
    'process',
    'setTimeout',
    'setInterval',
    'fetch',
    'crypto',
    'console',
    'performance',
    'require',
    'Buffer',
    'globalThis',
  ]);

  function findImpurities(file: SourceFile): readonly string[] {
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && impure.has(node.text) && isGlobalUse(node)) found.push(`${file.path}: ${node.text}`);
      if (ts.isPropertyAccessExpression(node) && /^(?:Date\.now|Math\.random)$/.test(node.getText()))
        found.push(`${file.path}: ${node.getText()}`);
      if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
        found.push(`${file.path}: new Date()`);
      ts.forEachChild(node, visit);
    };
    visit(file.tree);
    return found;
  }

  function isGlobalUse(node: ts.Identifier): boolean {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
    return (
      !ts.isPropertyAssignment(parent) &&
      !ts.isPropertySignature(parent) &&
      !ts.isBindingElement(parent) &&
      !ts.isParameter(parent)
    );
  }

  it('keeps clock, randomness, environment and network out of core', () => {
    expect(files.filter(({ path }) => path.startsWith('core/')).flatMap(findImpurities)).toEqual([]);
  });

  it('keeps everything but fetch out of client, and clock, timer and chance in its one file for them', () => {
    const found = files.filter(({ path }) => path.startsWith('client/')).flatMap(findImpurities);
    // A retry needs a timer that keeps a Node process alive, which that of AbortSignal.timeout does not.
    const platform = ['Date.now', 'setTimeout', 'Math.random'].map((name) => `client/platform.ts: ${name}`);
    expect(found.filter((impurity) => !impurity.endsWith(': fetch') && !platform.includes(impurity))).toEqual([]);
  });

  it('reads process.env in lambda only where the machine is composed', () => {
    const readers = files
      .filter(({ path, text }) => path.startsWith('lambda/') && text.includes('process.env'))
      .map(({ path }) => path);
    expect(readers.sort()).toEqual(['lambda/index.ts', 'lambda/vend.ts']);
  });
});

describe('habits', () => {
  function findNodes(file: SourceFile, matches: (node: ts.Node) => boolean): readonly string[] {
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (matches(node))
        found.push(`${file.path}:${file.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
      ts.forEachChild(node, visit);
    };
    visit(file.tree);
    return found;
  }

  it('exports nothing by default', () => {
    const isDefault = (node: ts.Node): boolean =>
      ts.isExportAssignment(node) || (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent));
    const own = files.filter(({ path }) => !path.endsWith('.d.ts'));
    expect(own.flatMap((file) => findNodes(file, isDefault))).toEqual([]);
  });

  it('never says any', () => {
    expect(files.flatMap((file) => findNodes(file, (node) => node.kind === ts.SyntaxKind.AnyKeyword))).toEqual([]);
  });

  it('throws no bare Error outside lib', () => {
    const isBareError = (node: ts.Node): boolean => ts.isNewExpression(node) && node.expression.getText() === 'Error';
    expect(
      files.filter(({ path }) => !path.startsWith('lib/')).flatMap((file) => findNodes(file, isBareError)),
    ).toEqual([]);
  });

  it('says at the head of each file what it owns', () => {
    const headless = files.filter(({ text }) => !text.replace(/^#!.*\n/, '').startsWith('//')).map(({ path }) => path);
    expect(headless).toEqual([]);
  });

  it('holds no mark of work left undone', () => {
    expect(files.filter(({ text }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('knows HTTP statuses of refusals in the error table alone', () => {
    const knowing = files
      .filter(
        ({ path }) => path.startsWith('core/') && path !== 'core/errors.ts' && path !== 'core/protocol/problem.ts',
      )
      .filter(({ text }) => /\b(?:status|statusCode): (?:4|5)\d\d\b/.test(text));
    expect(knowing.map(({ path }) => path)).toEqual([]);
  });
});
