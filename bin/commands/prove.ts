// tvm prove: the isolation proof of every permission set, for all tenants. Anything but PROVED exits with 6.
import { prove as proveConfig, type Finding, type Proof } from '../../core/index.ts';
import { CommandError, exitCodes, print, text, type Command, type Values } from './command.ts';
import { readSource, sourceOptions, sourceUsage } from './source.ts';

const formats = ['table', 'json', 'junit', 'sarif'] as const;

export const prove: Command = {
  summary: 'prove, for all tenants, that no request is allowed to two of them',
  usage: `${sourceUsage}\n  --format F             ${formats.join(' | ')} (default table)\n\nWith an app or a template, both walls are proved; with --config alone, the session policies.`,
  options: { ...sourceOptions, format: { type: 'string' }, json: { type: 'boolean' } },
  run: async (values) => {
    const format = readFormat(values);
    const { config, roles } = await readSource(values);
    const proof = proveConfig(config, roles === undefined ? {} : { roles });
    print(renderProof(proof, format));
    return proof.verdict === 'PROVED' ? exitCodes.ok : exitCodes.violation;
  },
};

function readFormat(values: Values): (typeof formats)[number] {
  const wanted = values['json'] === true ? 'json' : (text(values, 'format') ?? 'table');
  const format = formats.find((one) => one === wanted);
  if (format === undefined)
    throw new CommandError(
      exitCodes.usage,
      `there is no format ${JSON.stringify(wanted)}`,
      `--format ${formats.join('|')}`,
    );
  return format;
}

/** Renders a proof for people, scripts, test reports and code scanning. */
export function renderProof(proof: Proof, format: (typeof formats)[number]): string {
  switch (format) {
    case 'json':
      return JSON.stringify(proof);
    case 'table':
      return renderTable(proof);
    case 'junit':
      return renderJunit(proof);
    case 'sarif':
      return renderSarif(proof);
    default:
      return format satisfies never;
  }
}

function renderTable({ verdict, permissionSets }: Proof): string {
  const head = ['permission set', 'wall', 'statement', 'action', 'verdict'];
  const rows = permissionSets.flatMap(({ name, findings }) =>
    findings.map((finding) => [name, finding.wall, finding.statement, finding.action, finding.verdict]),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const open = permissionSets.flatMap(({ name, findings }) =>
    distinctReasons(findings).map((reason) => `${name}: ${reason}`),
  );
  return [line(head), ...rows.map(line), '', ...open, ...(open.length > 0 ? [''] : []), verdict].join('\n');
}

function distinctReasons(findings: readonly Finding[]): readonly string[] {
  return [
    ...new Set(
      findings
        .filter((finding) => finding.verdict !== 'PROVED')
        .map((finding) => `${finding.verdict} (${finding.wall} wall) ${finding.reason}`),
    ),
  ];
}

/** @see https://github.com/testmoapp/junitxml */
function renderJunit({ permissionSets }: Proof): string {
  const suites = permissionSets.map(({ name, findings }) => {
    const cases = findings.map((finding) => {
      const open = `    <testcase classname="${xml(name)}" name="${xml(`${finding.wall} ${finding.statement} ${finding.action}`)}"`;
      if (finding.verdict === 'PROVED') return `${open}/>`;
      return `${open}><failure type="${finding.verdict}" message="${xml(finding.reason)}"/></testcase>`;
    });
    const failures = findings.filter(({ verdict }) => verdict !== 'PROVED').length;
    return [
      `  <testsuite name="${xml(name)}" tests="${findings.length}" failures="${failures}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="tvm prove">', ...suites, '</testsuites>'].join(
    '\n',
  );
}

function xml(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return value.replace(/[&<>"']/g, (character) => entities[character]!).replace(/\p{Cc}/gu, ' ');
}

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
function renderSarif({ permissionSets }: Proof): string {
  const results = permissionSets.flatMap(({ name, findings }) =>
    findings
      .filter(({ verdict }) => verdict !== 'PROVED')
      .map((finding) => ({
        ruleId: finding.verdict,
        level: finding.verdict === 'LEAK' ? 'error' : 'warning',
        message: { text: `${name} ${finding.statement} ${finding.action} (${finding.wall} wall): ${finding.reason}` },
        locations: [
          {
            logicalLocations: [{ fullyQualifiedName: `${name}/${finding.wall}/${finding.statement}`, kind: 'policy' }],
          },
        ],
      })),
  );
  const rules = [
    { id: 'LEAK', shortDescription: { text: 'A request is allowed to two tenants' } },
    { id: 'UNPROVEN', shortDescription: { text: 'Isolation could not be proved' } },
  ];
  const driver = {
    name: 'tvm prove',
    informationUri: 'https://github.com/token-vending-machine/token-vending-machine',
    rules,
  };
  return JSON.stringify({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results }],
  });
}
