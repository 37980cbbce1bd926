// The case table: which test stands for each case of the security catalogue, read from the titles of the tests themselves, and why a
// case has none. `node test/security-cases.ts --write-docs` writes docs/security-cases.md; a test holds it current.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** One case of the catalogue. The letters of `harness` are explained in the page. */
export interface SecurityCase {
  readonly id: string;
  readonly group: string;
  readonly harness: string;
  readonly input: string;
  readonly expect: string;
}

/** A case without a test, or with one of a part of it. */
interface Exception {
  readonly id: string;
  /** `later`: the feature is not built yet, and its configuration is refused; `n/a`: nothing here could do what the case is about. */
  readonly kind: 'later' | 'n/a';
  readonly why: string;
}

export const page = 'docs/security-cases.md';
const notBuilt = 'is not built yet: a configuration that asks for it is refused';

export const exceptions: readonly Exception[] = [
  { id: 'SEC-REV-01', kind: 'later', why: `replay protection ${notBuilt}` },
  { id: 'SEC-REV-04', kind: 'later', why: `replay protection ${notBuilt}` },
  { id: 'SEC-REV-05', kind: 'later', why: `replay protection ${notBuilt}` },
  { id: 'SEC-REV-06', kind: 'later', why: 'the tenant directory is not built yet' },
  {
    id: 'SEC-REV-07',
    kind: 'later',
    why: 'the generator is not built yet; that such a policy works is tested in the evaluator',
  },
  { id: 'SEC-RATE-01', kind: 'later', why: `the rate limit per tenant ${notBuilt}` },
  {
    id: 'SEC-RATE-02',
    kind: 'later',
    why: 'limits are not built yet; that a forged header does not change the source address is tested',
  },
  {
    id: 'SEC-FLT-08',
    kind: 'n/a',
    why: 'no store is read when credentials are vended: policies and tenants are in the configuration, which is parsed once or fails the start',
  },
];

/** Reads the catalogue. */
export function readCases(): readonly SecurityCase[] {
  return JSON.parse(readFileSync('test/vectors/security-cases.json', 'utf8')) as readonly SecurityCase[];
}

const caseId = /SEC-[A-Z0-9]+-\d{2}/g;

/** The test files whose titles, or whose vectors, name each case. */
export function findTests(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const add = (text: string, path: string): void => {
    for (const [id] of text.matchAll(caseId)) found.set(id, (found.get(id) ?? new Set()).add(path));
  };
  for (const path of globSync('test/**/*.ts').sort()) {
    if (path === 'test/security-cases.ts' || path === 'test/security-cases.test.ts') continue;
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    for (const text of titlesOf(source)) add(text, path);
    for (const vectors of vectorsOf(source)) for (const text of namesOf(vectors)) add(text, path);
  }
  return new Map([...found].map(([id, paths]) => [id, [...paths]]));
}

/** Texts that are titles or rows of tables: those that stand in no function but that of a describe. What a test says inside of
 * itself, and comments, prove nothing. */
function titlesOf(source: ts.SourceFile): readonly string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && !isSuite(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** The body of a describe, or a function of ours that describes what many have in common (`describeHelper`). */
function isSuite(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node)) return /^describe/.test(node.name?.text ?? '');
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

/** Vector files that a test imports. */
function vectorsOf(source: ts.SourceFile): readonly string[] {
  return source.statements
    .filter((statement) => ts.isImportDeclaration(statement))
    .map(({ moduleSpecifier }) => /\/vectors\/([\w-]+\.json)$/.exec((moduleSpecifier as ts.StringLiteral).text)?.[1])
    .filter((name) => name !== undefined)
    .map((name) => `test/vectors/${name}`);
}

/** What each vector is called and what it stands for. */
function namesOf(path: string): readonly string[] {
  const vectors: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(vectors)) return [];
  return (vectors as readonly { readonly id?: string; readonly source?: string }[]).flatMap(({ id, source }) => [
    id ?? '',
    source ?? '',
  ]);
}

/** Renders the page. */
export function renderPage(cases: readonly SecurityCase[], tests: ReadonlyMap<string, readonly string[]>): string {
  const exceptionOf = new Map(exceptions.map((exception) => [exception.id, exception]));
  const counts = { pass: 0, later: 0, 'n/a': 0 };
  const row = ({ id, harness }: SecurityCase): string => {
    const exception = exceptionOf.get(id);
    const files = (tests.get(id) ?? []).map((path) => `\`${path}\``).join(', ');
    counts[exception?.kind ?? 'pass'] += 1;
    const reason = exception === undefined ? '' : `${exception.why}. `;
    return `| ${id} | ${harness} | ${exception?.kind ?? 'pass'} | ${`${reason}${files}`.trim()} |`;
  };
  const groups = Object.entries(Object.groupBy(cases, ({ group }) => group)).map(
    ([group, members = []]) =>
      `\n## ${group}\n\n| Case | Harness | State | Tests, or why not |\n| --- | --- | --- | --- |\n${members.map(row).join('\n')}\n`,
  );
  return `# Security cases

The catalogue is \`test/vectors/security-cases.json\`: what is done to the machine, and what must come of it. Each case is a test
named by its id. This page is written by \`node test/security-cases.ts --write-docs\` from the titles of the tests, and
\`npm test\` fails where it is not current, where a case has neither a test nor a reason, and where a title names a case that
is not there.

Of ${cases.length} cases ${counts.pass} pass, ${counts.later} belong to features of a later step, and ${counts['n/a']} ${counts['n/a'] === 1 ? 'does' : 'do'} not apply.

Harness: H over HTTP, J with a scripted JWKS server, L with a scripted STS, E with raw Lambda events, F a pure function, S a
synthesised template, R the repository. The H cases of tokens and requests are in \`test/security-cases/\`: real HTTP requests to
the built handler, each refusal held to the same five things (its status and code, no call of STS, no byte of a credential, the
headers of every answer, exactly one audit record). The files named beside it test the same case closer to the code.

Where the words of a case and the contract differ, the contract holds: its error codes are the slugs of
[errors.md](errors.md), and a "profile" is a permission set.
${groups.join('')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && process.argv.includes('--write-docs'))
  writeFileSync(page, renderPage(readCases(), findTests()));
