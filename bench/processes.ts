// Whole processes that people wait for: `tvm credential-process` on a cache hit, local mode until it is ready, and synth.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocal } from '../local/index.ts';
import { runProcess } from './functions.ts';
import { median } from './statistics.ts';

/** Medians, milliseconds. */
export interface ProcessFigures {
  readonly bareProcess: number;
  readonly credentialProcessHit: number;
  readonly localModeReady: number;
  readonly synth: number;
}

/** Measures, interleaved. Needs a current build. */
export async function measureProcesses(rounds: number): Promise<ProcessFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'tvm-bench-'));
  const local = await startLocal({ log: () => undefined });
  try {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, await local.mintToken({ tenant: 'acme' }));
    const environment = { TVM_URL: local.url, TVM_TOKEN_FILE: tokenFile, TVM_CACHE_DIR: join(folder, 'cache') };
    const credentialProcess = (): Promise<{ readonly took: number; readonly stdout: string }> =>
      runProcess(['dist/bin/tvm.js', 'credential-process'], environment);
    const { stdout: vended } = await credentialProcess();
    const taken = { bare: [] as number[], hit: [] as number[], ready: [] as number[], synth: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      taken.bare.push((await runProcess(['-e', '0'], {})).took);
      const { took, stdout } = await credentialProcess();
      if (stdout !== vended) throw new TypeError('not a cache hit');
      taken.hit.push(took);
      taken.ready.push(await timeToReady());
      taken.synth.push((await runProcess(['dist/bin/app.js'], { CDK_OUTDIR: join(folder, 'out') })).took);
    }
    return {
      bareProcess: median(taken.bare),
      credentialProcessHit: median(taken.hit),
      localModeReady: median(taken.ready),
      synth: median(taken.synth),
    };
  } finally {
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the start of `tvm dev` to its line that says that it is ready. */
async function timeToReady(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['dist/bin/tvm.js', 'dev', '--port', '0', '--aws-port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((settle, reject) => {
    child.stdout.once('data', () => settle());
    child.once('exit', () => reject(new TypeError('local mode did not start')));
  });
  const took = performance.now() - startedAt;
  child.removeAllListeners('exit');
  const gone = new Promise((settle) => child.once('exit', settle));
  child.kill('SIGTERM');
  await gone;
  return took;
}
