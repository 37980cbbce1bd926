// What a command is, and how its failures leave: one message, one `try:` line, one exit code of docs/command-line.md.
import { readFileSync } from 'node:fs';
import type { ParseArgsConfig } from 'node:util';

/** Exit codes of `tvm`; `exec` passes on its child's. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  configuration: 3,
  token: 4,
  denied: 5,
  violation: 6,
  aws: 7,
  interrupted: 130,
} as const;

/** A failure with what the person can do about it. Its message never holds a token or a credential. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  readonly hint: string;

  constructor(exitCode: number, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

export type Values = Readonly<Record<string, string | boolean | undefined | readonly (string | boolean)[]>>;

/** One command. `rest` is what stands behind `--`. */
export interface Command {
  readonly summary: string;
  /** One line per option, for `--help`. */
  readonly usage: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** The name of what must stand bare on the line, such as PROFILE; most commands take nothing there. */
  readonly operand?: string;
  readonly run: (values: Values, rest: readonly string[], operand: string) => Promise<number>;
}

/** An option's text, or undefined. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** A whole number of an option. Throws a usage error. */
export function wholeNumber(values: Values, name: string): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  if (!/^-?\d{1,9}$/.test(value))
    throw new CommandError(exitCodes.usage, `--${name} is not a whole number`, `--${name} 900`);
  return Number(value);
}

/** The JSON of the file that an option names, or undefined where it is not given. Throws a configuration error. */
export function readJsonFile(values: Values, option: string): unknown {
  const file = text(values, option);
  if (file === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new CommandError(exitCodes.configuration, `--${option} ${file} ${why}`, 'check the file', cause);
  }
}

/** All of standard input. Read as a stream: a pipe that has nothing yet would fail a plain read. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Data for programs and pipes: standard output, and nothing else goes there. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Words for people: standard error. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
