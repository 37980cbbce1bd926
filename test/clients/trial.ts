// One client on one way: runs its program against a machine of its own, as often as a check or a measurement needs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Local } from '../../local/index.ts';
import { startMachine, type Behaviour, type Machine } from './machine.ts';
import { prepareBareProfile, prepareWay, type Journey } from './prepare-way.ts';
import { runCommand } from './run-command.ts';
import type { Client, Ready, Way } from './toolchains.ts';

/** One call of the program, as it told it. */
export interface Call {
  readonly name: string;
  readonly refused: boolean;
  readonly text: string;
}

/** Seconds for which a silent machine is waited for. */
export const patience = 12;

/** Seconds left that are tried for the refresh window, just beside what SDKs are known to use. */
const lives: readonly number[] = [2, 7, 13, 25, 55, 65, 115, 125, 290, 310, 590, 610, 890, 910, 1500];

/** What a machine says to a token that has expired. */
export const expiredMessage = 'The token has expired. Get a new one from your issuer and try again.';

/** The runs of one client on one way. */
export class Trial {
  private readonly local: Local;
  private readonly client: Client;
  private readonly ready: Ready;
  private readonly way: Way;

  constructor(local: Local, client: Client, ready: Ready, way: Way) {
    this.local = local;
    this.client = client;
    this.ready = ready;
    this.way = way;
  }

  /** One run of the client's program against a machine of its own. */
  async run(
    behaviour: Behaviour,
    args: readonly string[],
    expiresIn = 3600,
  ): Promise<{
    readonly calls: readonly Call[];
    readonly stderr: string;
    readonly fetches: number;
    readonly waits: ReturnType<Machine['waits']>;
  }> {
    const machine = await startMachine(this.local.url, behaviour);
    const folder = mkdtempSync(join(tmpdir(), 'tvm-client-'));
    try {
      const environment = await this.environment(folder, machine.url, behaviour, expiresIn);
      const { stdout, stderr } = await runCommand([...this.ready.command, ...args], {
        environment: { ...this.ready.environment, ...environment },
        atMost: behaviour.silent === true ? patience : 60,
      });
      const calls = stdout
        .split('\n')
        .map((line) => line.split('\t'))
        .filter((cells): cells is [string, string, string] => cells.length === 3)
        .map(([name, outcome, text]) => ({ name, refused: outcome !== 'ok', text: this.neutral(text, machine.url) }));
      return { calls, stderr: this.neutral(stderr, machine.url), fetches: machine.fetches(), waits: machine.waits() };
    } finally {
      await machine.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async repeat(
    count: number,
    pause: number,
    behaviour: Behaviour = {},
  ): Promise<{ readonly fetches: number; readonly failure?: string }> {
    const { calls, stderr, fetches } = await this.run(behaviour, ['repeat', `${count}`, `${pause}`]);
    const bad = calls.find(({ refused }) => refused);
    if (bad !== undefined || calls.length !== count) return { fetches, failure: bad?.text ?? stderr };
    return { fetches };
  }

  /** What a token ends in, by default one that has expired. */
  async refusal(expiresIn = -120): Promise<Call> {
    const { calls, stderr } = await this.run({}, ['repeat', '1', '0'], expiresIn);
    const call = calls[0] ?? { name: '', refused: true, text: stderr };
    // Some let the process of a profile speak for itself.
    const spoken = !call.text.includes(expiredMessage) && stderr.includes(expiredMessage);
    return spoken ? { ...call, text: `${call.text} and on standard error: ${stderr}` } : call;
  }

  async timeout(): Promise<number | 'none'> {
    const { waits } = await this.run({ silent: true }, ['repeat', '1', '0']);
    // The end of patience hangs up as well.
    const seconds = Math.round((waits[0] ?? Infinity) / 100) / 10;
    return seconds < patience - 1.5 ? seconds : 'none';
  }

  /** By halving: more than one fetch for two calls means that what was left is inside the window. */
  async refreshWindow(): Promise<readonly [number, number]> {
    let [inside, outside] = [-1, lives.length];
    while (outside - inside > 1) {
      const middle = (inside + outside) >> 1;
      const { fetches } = await this.repeat(2, 0, { secondsLeft: lives[middle]! });
      if (fetches > 1) inside = middle;
      else outside = middle;
    }
    return [lives[inside] ?? 0, lives[outside] ?? Infinity];
  }

  private async environment(
    folder: string,
    url: string,
    behaviour: Behaviour,
    expiresIn: number,
  ): Promise<Readonly<Record<string, string>>> {
    const { account, aws, configuration } = this.local;
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, await this.local.mintToken({ tenant: 'acme', expiresIn }), { mode: 0o600 });
    const roleArn = Object.values(configuration.permissionSets)[0]!.roleArn;
    const journey: Journey = { way: this.way, url, tokenFile, roleArn, aws, folder };
    const bare = this.way === 'profile' && behaviour.secondsLeft !== undefined;
    return {
      // Some keep things there.
      HOME: folder,
      TEST_BUCKET: account.buckets[0]!.name,
      TEST_TABLE: account.tables[0]!.name,
      ...(this.client.needsEndpoint === true ? { TEST_AWS: aws } : {}),
      ...(bare ? prepareBareProfile(journey) : await prepareWay(journey)),
    };
  }

  /** Without what differs from run to run and machine to machine. */
  private neutral(text: string, url: string): string {
    return text
      .replaceAll(url, 'https://YOUR_API')
      .replaceAll(url.replace('http://', ''), 'YOUR_API')
      .replaceAll(process.execPath, 'node')
      .replaceAll(process.cwd(), '…')
      .replaceAll(/\S*tvm-client-\w+\//g, '…/')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'REQUEST_ID')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .trim();
  }
}
