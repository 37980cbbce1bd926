// Synthesises the integ apps as the CDK CLI would: each in a process of its own, with CloudFormation's own rules as errors.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The apps, by file name. */
export const variants: readonly string[] = globSync('integ.*.ts', { cwd: folder })
  .map((file) => basename(file))
  .sort();

/** One synthesis. */
export interface Synthesis {
  readonly variant: string;
  readonly status: number | null;
  readonly output: string;
  readonly milliseconds: number;
  /** The cloud assembly. */
  readonly directory: string;
  /** Templates by file name. */
  readonly templates: Readonly<Record<string, unknown>>;
  /** What cdk-nag and CloudFormation's rules reported and nobody acknowledged. */
  readonly violations: readonly unknown[];
}

/** Runs one app. No account, no credentials and no network are in its environment. */
export function synthesiseVariant(variant: string): Synthesis {
  const directory = mkdtempSync(join(tmpdir(), 'tvm-integ-'));
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, variant)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: directory, CDK_OUTDIR: directory, CDK_VALIDATION: 'true' },
  });
  const milliseconds = Math.round(performance.now() - started);
  const templates = Object.fromEntries(
    globSync('*.template.json', { cwd: directory }).map((file) => [file, readJson(join(directory, file))]),
  );
  return {
    variant,
    status,
    output: `${stdout}${stderr}`,
    milliseconds,
    directory,
    templates,
    violations: violationsOf(directory),
  };
}

function violationsOf(directory: string): readonly unknown[] {
  const report = join(directory, 'validation-report.json');
  if (!existsSync(report)) return [];
  const { pluginReports = [] } = readJson(report) as {
    readonly pluginReports?: readonly { readonly violations?: readonly unknown[] }[];
  };
  return pluginReports.flatMap(({ violations = [] }) => violations);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
